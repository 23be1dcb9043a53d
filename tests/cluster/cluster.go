package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/component-base/version"
)

// cluster is a cluster being started, or running.
type cluster struct {
	dir       string
	scratch   string // where `kubectl exec` works; inside dir if the user nobody can get there
	nodes     int
	ports     ports
	pki       *authority
	processes []*process // in the order of their start
	client    kubernetes.Interface
}

type ports struct{ etcd, etcdPeer, apiserver, kubelet int }

func newCluster(dir string, nodes int) (*cluster, error) {
	dir, err := newDir(dir)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, nodes: nodes}
	free, err := freePorts(4)
	if err != nil {
		return c, err
	}
	c.ports = ports{etcd: free[0], etcdPeer: free[1], apiserver: free[2], kubelet: free[3]}
	// Whom `exec` runs as must be able to pass through the directory, but not to list it.
	if err := os.Chmod(dir, 0o711); err != nil {
		return c, err
	}
	for _, name := range []string{"logs", "podlogs", "podports"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return c, err
		}
	}
	if c.scratch, err = newScratch(dir); err != nil {
		return c, err
	}
	return c, c.writeCredentials()
}

func (c *cluster) server() string { return fmt.Sprintf("https://127.0.0.1:%d", c.ports.apiserver) }

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) writeCredentials() error {
	pki, err := newAuthority(c.path("pki"))
	if err != nil {
		return err
	}
	c.pki = pki
	if err := pki.keyPair("service-accounts"); err != nil {
		return err
	}
	if err := pki.server("server"); err != nil {
		return err
	}
	for _, user := range []struct{ file, name, group string }{
		{"front-proxy", "front-proxy", ""},
		{"apiserver-to-kubelet", "apiserver-to-kubelet", ""},
		{"admin", "admin", "system:masters"},
		{"kwok", "kwok", "system:masters"},
		{"kubelet", "kubelet", "system:masters"},
		{"controller-manager", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""},
	} {
		if err := pki.client(user.file, user.name, user.group); err != nil {
			return err
		}
		info, err := certificateUser(pki, user.file)
		if err != nil {
			return err
		}
		if err := c.writeKubeconfig(user.file, info); err != nil {
			return err
		}
	}
	return nil
}

// writeKubeconfig writes the kubeconfig of a user; kubeconfig(user) is its path.
func (c *cluster) writeKubeconfig(user string, info *api.AuthInfo) error {
	ca, err := os.ReadFile(c.pki.path("ca.crt"))
	if err != nil {
		return err
	}
	return writeKubeconfig(c.kubeconfig(user), c.server(), ca, info)
}

func (c *cluster) kubeconfig(user string) string { return c.path(user + ".kubeconfig") }

// start brings up the components in order and returns when the cluster is ready for use.
func (c *cluster) start(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig("admin"))
	if err != nil {
		return err
	}
	config.QPS = -1
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if err := c.startEach(c.etcd(), c.apiserver()); err != nil {
		return err
	}
	if err := c.waitForAPIServer(ctx); err != nil {
		return err
	}
	if err := c.writeStages(); err != nil {
		return err
	}
	if err := c.startEach(c.controllerManager(), c.scheduler(), c.kwok(), c.kubelet()); err != nil {
		return err
	}
	return c.furnish(ctx)
}

func (c *cluster) startEach(commands ...[]string) error {
	for _, command := range commands {
		orphaned := syscall.SIGKILL // works on a stopped process, too
		if command[0] == "kubelet" {
			orphaned = cleanUpSignal
		}
		p, err := start(command[0], c.dir, orphaned, command[1:]...)
		if err != nil {
			return err
		}
		c.processes = append(c.processes, p)
	}
	return nil
}

// stop ends the clients of the API server, all at once, then the API server, then etcd; and
// removes everything.
func (c *cluster) stop() {
	servers := min(len(c.processes), 2) // etcd and the API server were started first
	var clients sync.WaitGroup
	for _, p := range c.processes[servers:] {
		clients.Go(func() { p.stop(patience) })
	}
	clients.Wait()
	for _, p := range slices.Backward(c.processes[:servers]) {
		p.stop(patience)
	}
	_ = os.RemoveAll(c.scratch)
	_ = os.RemoveAll(c.dir)
}

// alive returns an error if a component has ended: then there is nothing to wait for.
func (c *cluster) alive() error {
	for _, p := range c.processes {
		select {
		case <-p.gone:
			return fmt.Errorf("%s ended during start", p.name)
		default:
		}
	}
	return nil
}

// showLogs prints the end of each component's log, for a start that failed.
func (c *cluster) showLogs() {
	const enough = 2000
	for _, p := range c.processes {
		log, _ := os.ReadFile(filepath.Join(c.dir, "logs", p.name+".log"))
		log = log[max(0, len(log)-enough):]
		_, _ = io.WriteString(os.Stderr, "--- "+p.name+"\n"+string(log)+"\n")
	}
}

func (c *cluster) report() report {
	pids := map[string]int{"up": os.Getpid()}
	for _, p := range c.processes {
		pids[p.name] = p.pid
	}
	return report{
		Kubeconfig:           c.kubeconfig("admin"),
		RestrictedKubeconfig: c.kubeconfig("restricted"),
		Context:              contextName,
		Server:               c.server(),
		Version:              version.Get().GitVersion,
		Nodes:                c.nodeNames(),
		Pids:                 pids,
		Dir:                  c.dir,
		Logs:                 c.path("logs"),
		PodLogs:              c.path("podlogs"),
		PodPorts:             c.path("podports"),
		Exec:                 c.scratch,
	}
}

func (c *cluster) etcd() []string {
	return []string{
		"etcd",
		"--data-dir=" + c.path("etcd"),
		"--client-url=http://127.0.0.1:" + strconv.Itoa(c.ports.etcd),
		"--peer-url=http://127.0.0.1:" + strconv.Itoa(c.ports.etcdPeer),
	}
}

func (c *cluster) apiserver() []string {
	return []string{
		"apiserver",
		"--etcd-servers=http://127.0.0.1:" + strconv.Itoa(c.ports.etcd),
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(c.ports.apiserver),
		// The kubernetes service refuses a loopback address; nothing ever connects to this one.
		"--advertise-address=192.0.2.10",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=Node,RBAC",
		"--allow-privileged=true",
		"--profiling=false",
		"--cert-dir=" + c.path("pki"),
		"--tls-cert-file=" + c.pki.path("server.crt"),
		"--tls-private-key-file=" + c.pki.path("server.key"),
		"--client-ca-file=" + c.pki.path("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.pki.path("service-accounts.pub"),
		"--service-account-signing-key-file=" + c.pki.path("service-accounts.key"),
		"--kubelet-certificate-authority=" + c.pki.path("ca.crt"),
		"--kubelet-client-certificate=" + c.pki.path("apiserver-to-kubelet.crt"),
		"--kubelet-client-key=" + c.pki.path("apiserver-to-kubelet.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--proxy-client-cert-file=" + c.pki.path("front-proxy.crt"),
		"--proxy-client-key-file=" + c.pki.path("front-proxy.key"),
		"--requestheader-client-ca-file=" + c.pki.path("ca.crt"),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
	}
}

func (c *cluster) controllerManager() []string {
	return []string{
		"controller-manager",
		"--kubeconfig=" + c.kubeconfig("controller-manager"),
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + c.pki.path("service-accounts.key"),
		"--root-ca-file=" + c.pki.path("ca.crt"),
		"--cluster-signing-cert-file=" + c.pki.path("ca.crt"),
		"--cluster-signing-key-file=" + c.pki.path("ca.key"),
		// With the default 20 requests a second, a thousand pods take minutes.
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		// Each look of the endpoint slice controller at slices that are older than its last write
		// doubles its pause, beginning with a second. On a busy machine every change of a pod is such
		// a look, and users follow a switch a minute late; one look for many changes keeps it quick.
		"--endpointslice-updates-batch-period=500ms",
		// Tests wait for autoscalers, which look every 15 seconds otherwise.
		"--horizontal-pod-autoscaler-sync-period=3s",
		// A test that stops the API server for a while must not find its nodes lost.
		"--node-monitor-grace-period=10m",
	}
}

func (c *cluster) scheduler() []string {
	return []string{
		"scheduler",
		"--kubeconfig=" + c.kubeconfig("scheduler"),
		"--secure-port=0",
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	}
}

func (c *cluster) kwok() []string {
	return []string{
		"kwok",
		"--kubeconfig=" + c.kubeconfig("kwok"),
		"--config=" + c.path("stages.yaml"),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
	}
}

func (c *cluster) kubelet() []string {
	return []string{
		"kubelet",
		"--dir=" + c.dir,
		"--kubeconfig=" + c.kubeconfig("kubelet"),
		"--port=" + strconv.Itoa(c.ports.kubelet),
		"--pki=" + c.path("pki"),
		"--pod-logs=" + c.path("podlogs"),
		"--pod-ports=" + c.path("podports"),
		"--scratch=" + c.scratch,
	}
}

func (c *cluster) nodeNames() []string {
	var names []string
	for i := range c.nodes {
		names = append(names, fmt.Sprintf("node-%d", i+1))
	}
	return names
}

func (c *cluster) writeStages() error {
	text, err := stages()
	if err != nil {
		return err
	}
	return os.WriteFile(c.path("stages.yaml"), []byte(text), 0o644)
}

// until asks again and again, quickly, until done is true.
func (c *cluster) until(ctx context.Context, what string, done func() bool) error {
	deadline := time.After(time.Minute)
	for !done() {
		if err := c.alive(); err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("%s: not within a minute", what)
		}
	}
	return nil
}
