package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// report is the one line that `up` prints when the cluster is ready. Tests read it: names here are
// a promise.
type report struct {
	Kubeconfig           string         `json:"kubeconfig"`
	RestrictedKubeconfig string         `json:"restricted_kubeconfig"`
	Context              string         `json:"context"`
	Server               string         `json:"server"`
	Version              string         `json:"version"`
	Nodes                []string       `json:"nodes"`
	Pids                 map[string]int `json:"pids"`
	Dir                  string         `json:"dir"`
	Logs                 string         `json:"logs"`
	PodLogs              string         `json:"pod_logs"`
	PodPorts             string         `json:"pod_ports"`
	Exec                 string         `json:"exec"`
	ReadyMillis          int64          `json:"ready_ms"`
}

// patience is how long a component may take to end before it is killed; the data is thrown away
// in any case, so this is short.
const patience = 2 * time.Second

func runUp() int {
	flags := pflag.NewFlagSet("up", pflag.ContinueOnError)
	dir := flags.String("dir", "", "data directory, new or empty, removed at the end (default: a fresh temporary one)")
	nodes := flags.Int("nodes", 3, "number of nodes")
	if err := flags.Parse(os.Args[1:]); errors.Is(err, pflag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	began := time.Now()
	c, err := newCluster(*dir, *nodes)
	if c != nil {
		defer c.stop()
	}
	if err != nil {
		return fail(err)
	}
	if err := c.start(ctx); err != nil {
		if ctx.Err() != nil {
			return 0
		}
		c.showLogs()
		return fail(err)
	}
	r := c.report()
	r.ReadyMillis = time.Since(began).Milliseconds()
	line, err := json.Marshal(r)
	if err != nil {
		return fail(err)
	}
	fmt.Println(string(line))
	<-ctx.Done()
	return 0
}

// newDir returns the absolute path of a new data directory. Only one that is ours alone may be
// removed later, so one with something in it is refused.
func newDir(wanted string) (string, error) {
	if wanted == "" {
		return os.MkdirTemp("", "testcluster-")
	}
	dir, err := filepath.Abs(wanted)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("--dir %s is not empty", dir)
	}
	return dir, err
}
