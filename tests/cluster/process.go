package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a component running as a child.
type process struct {
	name string
	pid  int
	// expected is set when we end the child ourselves.
	expected atomic.Bool
	// gone is closed once the child has ended, whoever ended it.
	gone chan struct{}
}

// start executes this binary again as the component called name, with its output in a file in
// logs. The child gets a home of its own, so that nothing in the user's reaches it. When this
// process dies, even of SIGKILL, the kernel sends the child the signal orphaned.
func start(name, dir string, orphaned syscall.Signal, arguments ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "logs", name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	child := exec.Command(self, append([]string{name}, arguments...)...)
	child.Dir = dir
	child.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{
		// A Ctrl-C at the terminal is for `up` alone, which stops the children in order.
		Setpgid:   true,
		Pdeathsig: orphaned,
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	p := &process{name: name, pid: child.Process.Pid, gone: make(chan struct{})}
	go func() {
		_ = child.Wait()
		if !p.expected.Load() {
			fmt.Fprintf(os.Stderr, "testcluster: %s ended: %v\n", name, child.ProcessState)
		}
		close(p.gone)
	}()
	return p, nil
}

// stop asks the process to end, and kills it if it has not after the patience given.
func (p *process) stop(patience time.Duration) {
	p.expected.Store(true)
	_ = syscall.Kill(p.pid, syscall.SIGTERM)
	select {
	case <-p.gone:
		return
	case <-time.After(patience):
	}
	_ = syscall.Kill(p.pid, syscall.SIGKILL)
	<-p.gone
}

// freePorts returns n ports of 127.0.0.1 on which nobody listens. They are taken from below the
// range that the kernel gives to outgoing connections, and at random, so that clusters started at
// the same moment do not meet.
func freePorts(n int) ([]int, error) {
	const lowest, highest = 12000, 32000
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		if tries > 1000 {
			return nil, fmt.Errorf("no free ports on 127.0.0.1 between %d and %d", lowest, highest)
		}
		port := lowest + rand.IntN(highest-lowest)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer listener.Close() // held until all are found, so that none is returned twice
		ports = append(ports, port)
	}
	return ports, nil
}
