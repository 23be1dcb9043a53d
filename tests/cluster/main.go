// Command testcluster is a real Kubernetes control plane in one binary, for tests.
//
// `testcluster up` starts a cluster and keeps it until its standard input closes; `testcluster
// kubectl` is kubectl. The other subcommands are the components: `up` starts each of them by
// executing this binary again, because in one process they would fight over flags, signal
// handlers and global metrics.
//
// There are no containers: nodes and the fate of pods are simulated by kwok (see stages.yaml), and
// what a kubelet would serve (logs, exec, port-forward, metrics) is answered by the component
// "kubelet" in this package.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Every child dies with the thread that started it (PR_SET_PDEATHSIG counts threads, not
// processes), so `up` starts children from the main thread, which lives as long as the process.
func init() { runtime.LockOSThread() }

type component struct {
	name string
	run  func() int
}

var components = []component{
	{"up", runUp},
	{"kubectl", runKubectl},
	{"etcd", runEtcd},
	{"apiserver", runAPIServer},
	{"controller-manager", runControllerManager},
	{"scheduler", runScheduler},
	{"kwok", runKwok},
	{"kubelet", runKubelet},
}

func main() {
	name, arguments := filepath.Base(os.Args[0]), os.Args[1:]
	if name != "kubectl" {
		name = ""
		if len(arguments) > 0 {
			name, arguments = arguments[0], arguments[1:]
		}
	}
	for _, c := range components {
		if c.name == name {
			// Cobra and kwok read os.Args themselves.
			os.Args = append([]string{name}, arguments...)
			os.Exit(c.run())
		}
	}
	fmt.Fprintln(os.Stderr, "usage: testcluster up [--dir DIR] [--nodes N]\n       testcluster kubectl ...")
	os.Exit(2)
}
