package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	core "k8s.io/api/core/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// nobody is Debian's user and group without rights.
const nobody = 65534

// newScratch makes the directory where `exec` works. It is inside dir unless some directory above
// dir keeps the user nobody out, as /root and private temporary directories do.
func newScratch(dir string) (string, error) {
	if os.Geteuid() == 0 && !open(dir) {
		scratch, err := os.MkdirTemp("", "testcluster-exec-")
		if err != nil {
			return "", err
		}
		return scratch, furnishScratch(scratch)
	}
	scratch := filepath.Join(dir, "exec")
	if err := os.Mkdir(scratch, 0o755); err != nil {
		return "", err
	}
	return scratch, furnishScratch(scratch)
}

func furnishScratch(scratch string) error {
	if err := os.Chmod(scratch, 0o755); err != nil {
		return err
	}
	return os.Mkdir(filepath.Join(scratch, "bin"), 0o755)
}

// open tells whether everyone may pass through dir and all directories above it.
func open(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

// ExecInContainer runs command on this machine: as nobody if we are root, in a directory of the
// pod's own, with the container's literal environment, finding programs in scratch/bin first.
func (k *kubelet) ExecInContainer(ctx context.Context, name, _ string, container string, command []string,
	in io.Reader, out, errOut io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration,
) error {
	pod, err := k.pod(ctx, name)
	if err != nil {
		return err
	}
	if s := status(pod, container); s == nil || s.State.Running == nil {
		return fmt.Errorf("container not found (%q)", container)
	}
	child, err := k.command(ctx, pod, container, command)
	if err != nil {
		return err
	}
	if tty {
		err = runOnTerminal(child, in, out, resize)
	} else {
		err = runOnPipes(child, in, out, errOut)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code := exit.ExitCode()
		if signal := exit.Sys().(syscall.WaitStatus); signal.Signaled() {
			code = 128 + int(signal.Signal())
		}
		return utilexec.CodeExitError{Err: err, Code: code}
	}
	return err
}

func (k *kubelet) command(ctx context.Context, pod *core.Pod, container string, command []string) (*exec.Cmd, error) {
	search := []string{filepath.Join(k.scratch, "bin"), "/usr/local/bin", "/usr/bin", "/bin"}
	program, err := lookUp(command[0], search)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(k.scratch, pod.Namespace, pod.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, program, command[1:]...)
	child.Args[0] = command[0]
	child.Dir = dir
	child.Env = append(environment(pod, container),
		"PATH="+strings.Join(search, ":"), "HOME="+dir, "HOSTNAME="+pod.Name)
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
		child.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	// The command may have children; they are in its process group, or session.
	child.Cancel = func() error { return syscall.Kill(-child.Process.Pid, syscall.SIGKILL) }
	child.WaitDelay = time.Second
	return child, nil
}

// environment returns what the pod gives the container literally.
func environment(pod *core.Pod, container string) []string {
	var result []string
	for _, c := range pod.Spec.Containers {
		if c.Name != container {
			continue
		}
		for _, variable := range c.Env {
			if variable.ValueFrom == nil {
				result = append(result, variable.Name+"="+variable.Value)
			}
		}
	}
	return result
}

func lookUp(program string, search []string) (string, error) {
	if strings.Contains(program, "/") {
		if _, err := os.Stat(program); err != nil {
			return "", fmt.Errorf("OCI runtime exec failed: exec failed: unable to start container process: exec: %q: stat %s: no such file or directory: unknown", program, program)
		}
		return program, nil
	}
	for _, dir := range search {
		file := filepath.Join(dir, program)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("OCI runtime exec failed: exec failed: unable to start container process: exec: %q: executable file not found in $PATH: unknown", program)
}

func runOnPipes(child *exec.Cmd, in io.Reader, out, errOut io.Writer) error {
	child.SysProcAttr.Setpgid = true
	if out != nil {
		child.Stdout = out
	}
	if errOut != nil {
		child.Stderr = errOut
	}
	if in != nil {
		// Not child.Stdin: Wait would wait for the client to close its side.
		pipe, err := child.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(pipe, in)
			_ = pipe.Close()
		}()
	}
	return child.Run()
}

func runOnTerminal(child *exec.Cmd, in io.Reader, out io.Writer, resize <-chan remotecommand.TerminalSize) error {
	child.Env = append(child.Env, "TERM=xterm")
	terminal, err := pty.Start(child) // in a session, and so a process group, of its own
	if err != nil {
		return err
	}
	defer terminal.Close()
	go func() {
		for size := range resize {
			_ = pty.Setsize(terminal, &pty.Winsize{Rows: size.Height, Cols: size.Width})
		}
	}()
	if in != nil {
		go func() { _, _ = io.Copy(terminal, in) }()
	}
	if out != nil {
		_, _ = io.Copy(out, terminal) // ends with an error when the last program has closed it
	}
	return child.Wait()
}

// AttachContainer shows the container's log until its pod ends. What is typed goes nowhere.
func (k *kubelet) AttachContainer(ctx context.Context, name, _ string, container string,
	_ io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize,
) error {
	pod, err := k.pod(ctx, name)
	if err != nil {
		return err
	}
	if out != nil {
		k.copyLog(ctx, out, pod, container, logQuery{follow: true, tail: -1, limit: -1})
	}
	return nil
}
