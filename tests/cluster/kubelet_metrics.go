package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What a pod uses, unless its annotations with these names say otherwise; for each container.
const (
	cpuAnnotation    = "testcluster/cpu"
	memoryAnnotation = "testcluster/memory"
	defaultCPU       = "10m"
	defaultMemory    = "32Mi"
)

type object = map[string]any

// metricsAPIService is the object that makes the API server ask us for metrics.k8s.io.
func metricsAPIService(port int, ca []byte) []byte {
	body, err := json.Marshal(object{
		"apiVersion": "apiregistration.k8s.io/v1",
		"kind":       "APIService",
		"metadata":   object{"name": "v1beta1.metrics.k8s.io"},
		"spec": object{
			"group": "metrics.k8s.io", "version": "v1beta1",
			"groupPriorityMinimum": 100, "versionPriority": 100,
			"service":  object{"name": "metrics-server", "namespace": "kube-system", "port": port},
			"caBundle": base64.StdEncoding.EncodeToString(ca),
		},
	})
	if err != nil {
		panic(err) // of constants
	}
	return body
}

// handleMetrics serves metrics.k8s.io, for `kubectl top` and autoscalers.
func (k *kubelet) handleMetrics(mux *http.ServeMux) {
	const root = "/apis/metrics.k8s.io/v1beta1"
	mux.HandleFunc("GET "+root, func(w http.ResponseWriter, _ *http.Request) {
		resource := func(name, kind string, namespaced bool) object {
			return object{"name": name, "singularName": "", "kind": kind, "namespaced": namespaced, "verbs": []string{"get", "list"}}
		}
		reply(w, object{
			"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
			"resources": []object{resource("nodes", "NodeMetrics", false), resource("pods", "PodMetrics", true)},
		})
	})
	mux.HandleFunc("GET "+root+"/nodes", k.serveNodeMetrics)
	mux.HandleFunc("GET "+root+"/nodes/{name}", k.serveNodeMetrics)
	mux.HandleFunc("GET "+root+"/pods", k.servePodMetrics)
	mux.HandleFunc("GET "+root+"/namespaces/{namespace}/pods", k.servePodMetrics)
	mux.HandleFunc("GET "+root+"/namespaces/{namespace}/pods/{name}", k.servePodMetrics)
}

func (k *kubelet) servePodMetrics(w http.ResponseWriter, r *http.Request) {
	pods, err := k.client.CoreV1().Pods(r.PathValue("namespace")).List(r.Context(), selection(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	items := []object{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.Phase != core.PodRunning {
			continue
		}
		cpu, memory := usage(pod)
		var containers []object
		for _, container := range pod.Spec.Containers {
			containers = append(containers, object{"name": container.Name, "usage": object{"cpu": cpu.String(), "memory": memory.String()}})
		}
		item := metrics("PodMetrics", meta.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, Labels: pod.Labels})
		item["containers"] = containers
		items = append(items, item)
	}
	replyList(w, r, "PodMetricsList", items)
}

// serveNodeMetrics adds up the pods of each node.
func (k *kubelet) serveNodeMetrics(w http.ResponseWriter, r *http.Request) {
	nodes, err := k.client.CoreV1().Nodes().List(r.Context(), selection(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	pods, err := k.client.CoreV1().Pods("").List(r.Context(), meta.ListOptions{FieldSelector: "status.phase=Running"})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	items := []object{}
	for _, node := range nodes.Items {
		cpu, memory := resource.MustParse("100m"), resource.MustParse("1Gi") // the system's own
		for i := range pods.Items {
			pod := &pods.Items[i]
			if pod.Spec.NodeName != node.Name {
				continue
			}
			podCPU, podMemory := usage(pod)
			for range pod.Spec.Containers {
				cpu.Add(podCPU)
				memory.Add(podMemory)
			}
		}
		item := metrics("NodeMetrics", meta.ObjectMeta{Name: node.Name, Labels: node.Labels})
		item["usage"] = object{"cpu": cpu.String(), "memory": memory.String()}
		items = append(items, item)
	}
	replyList(w, r, "NodeMetricsList", items)
}

func usage(pod *core.Pod) (cpu, memory resource.Quantity) {
	read := func(annotation, otherwise string) resource.Quantity {
		if q, err := resource.ParseQuantity(pod.Annotations[annotation]); err == nil {
			return q
		}
		return resource.MustParse(otherwise)
	}
	return read(cpuAnnotation, defaultCPU), read(memoryAnnotation, defaultMemory)
}

// selection passes a request's selectors on; a name is one too.
func selection(r *http.Request) meta.ListOptions {
	options := meta.ListOptions{
		LabelSelector: r.URL.Query().Get("labelSelector"),
		FieldSelector: r.URL.Query().Get("fieldSelector"),
	}
	if name := r.PathValue("name"); name != "" {
		options.FieldSelector = "metadata.name=" + name
	}
	return options
}

func metrics(kind string, about meta.ObjectMeta) object {
	return object{
		"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": about,
		"timestamp": time.Now().UTC().Format(time.RFC3339), "window": "10s",
	}
}

// replyList replies with all items or, to a request that names one, with the first.
func replyList(w http.ResponseWriter, r *http.Request, kind string, items []object) {
	name := r.PathValue("name")
	switch {
	case name == "":
		reply(w, object{"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": object{}, "items": items})
	case len(items) == 1:
		reply(w, items[0])
	default:
		replyStatus(w, http.StatusNotFound, object{
			"kind": "Status", "apiVersion": "v1", "metadata": object{}, "status": "Failure", "reason": "NotFound",
			"message": "no metrics known for " + strconv.Quote(name), "code": http.StatusNotFound,
		})
	}
}

func reply(w http.ResponseWriter, value object) { replyStatus(w, http.StatusOK, value) }

func replyStatus(w http.ResponseWriter, status int, value object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
