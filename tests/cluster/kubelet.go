package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// kubelet answers what the API server asks of kubelets, for all nodes at once. Nothing runs in
// pods: logs come from files that tests write, `exec` runs commands of this machine, ports lead
// to where a test says. (kwok can do this too, but it loses exit codes and reads one file for all.)
type kubelet struct {
	client  kubernetes.Interface
	podLogs string
	ports   string
	scratch string
}

const (
	idleTimeout     = time.Hour
	creationTimeout = 30 * time.Second
)

func runKubelet() int {
	flags := pflag.NewFlagSet("kubelet", pflag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "whom to be")
	port := flags.Int("port", 0, "port to listen on")
	dir := flags.String("dir", "", "data directory of the cluster, to remove when nobody else does")
	pki := flags.String("pki", "", "directory with server.crt, server.key and ca.crt")
	k := &kubelet{}
	flags.StringVar(&k.podLogs, "pod-logs", "", "directory with the logs of pods")
	flags.StringVar(&k.ports, "pod-ports", "", "directory that says where ports of pods lead")
	flags.StringVar(&k.scratch, "scratch", "", "directory where exec works")
	_ = flags.Parse(os.Args[1:])

	go cleanUpAfter(*dir, k.scratch)

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fail(err)
	}
	config.QPS = -1
	if k.client, err = kubernetes.NewForConfig(config); err != nil {
		return fail(err)
	}
	ca, err := os.ReadFile(filepath.Join(*pki, "ca.crt"))
	if err != nil {
		return fail(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	server := &http.Server{
		Addr:    fmt.Sprintf("127.0.0.1:%d", *port),
		Handler: k.handler(),
		// Only the API server holds a certificate that gets in here: this executes commands.
		TLSConfig: &tls.Config{ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert},
	}
	// SPDY, which exec and port-forward use, is an upgrade of HTTP/1.1.
	server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	return fail(server.ListenAndServeTLS(filepath.Join(*pki, "server.crt"), filepath.Join(*pki, "server.key")))
}

// cleanUpSignal reaches this component when `up` was killed; the other components die with it.
const cleanUpSignal = syscall.SIGUSR1

// cleanUpAfter removes what `up` could not.
func cleanUpAfter(dirs ...string) {
	orphaned := make(chan os.Signal, 1)
	signal.Notify(orphaned, cleanUpSignal)
	<-orphaned
	time.Sleep(200 * time.Millisecond) // the others may be writing still
	for _, dir := range dirs {
		_ = os.RemoveAll(dir)
	}
	os.Exit(1)
}

func (k *kubelet) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.serveLogs)
	for _, verb := range []string{"exec", "attach"} {
		serve := map[string]http.HandlerFunc{"exec": k.serveExec, "attach": k.serveAttach}[verb]
		mux.HandleFunc("/"+verb+"/{namespace}/{pod}/{container}", serve)
		mux.HandleFunc("/"+verb+"/{namespace}/{pod}/{uid}/{container}", serve)
	}
	mux.HandleFunc("/portForward/{namespace}/{pod}", k.servePortForward)
	mux.HandleFunc("/portForward/{namespace}/{pod}/{uid}", k.servePortForward)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	k.handleMetrics(mux)
	return mux
}

func (k *kubelet) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, k, podOf(r), r.PathValue("uid"), r.PathValue("container"), r.Form["command"],
		options, idleTimeout, creationTimeout, remotecommand.SupportedStreamingProtocols)
}

func (k *kubelet) serveAttach(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeAttach(w, r, k, podOf(r), r.PathValue("uid"), r.PathValue("container"),
		options, idleTimeout, creationTimeout, remotecommand.SupportedStreamingProtocols)
}

func (k *kubelet) servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, k, podOf(r), r.PathValue("uid"), options,
		idleTimeout, creationTimeout, portforward.SupportedProtocols)
}

// podOf names the pod of a request in the one string that the streaming library passes through.
func podOf(r *http.Request) string { return r.PathValue("namespace") + "/" + r.PathValue("pod") }

func (k *kubelet) pod(ctx context.Context, name string) (*core.Pod, error) {
	namespace, name, _ := strings.Cut(name, "/")
	return k.client.CoreV1().Pods(namespace).Get(ctx, name, meta.GetOptions{})
}

// status returns what is known of a container of any kind, or nil.
func status(pod *core.Pod, container string) *core.ContainerStatus {
	for _, list := range [][]core.ContainerStatus{
		pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses,
	} {
		for i := range list {
			if list[i].Name == container {
				return &list[i]
			}
		}
	}
	return nil
}
