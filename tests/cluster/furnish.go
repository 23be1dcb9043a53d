package main

import (
	"context"
	"fmt"
	"os"
	"time"

	authentication "k8s.io/api/authentication/v1"
	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	api "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/component-base/version"
)

// restrictedName is the service account, in the namespace "default", that may read there and do
// nothing else; and the cluster role that says so, for tests to bind in namespaces of theirs.
const restrictedName = "restricted"

// furnish puts into a bare API server what every cluster has, and waits until it is usable.
func (c *cluster) furnish(ctx context.Context) error {
	if err := c.makeNodes(ctx); err != nil {
		return err
	}
	if err := c.makeStorageClass(ctx); err != nil {
		return err
	}
	if err := c.makeMetricsService(ctx); err != nil {
		return err
	}
	if err := c.makeRestricted(ctx); err != nil {
		return err
	}
	for _, wait := range []struct {
		what string
		done func() bool
	}{
		{"nodes ready", func() bool { return c.nodesReady(ctx) }},
		{"service account default", func() bool { return c.hasDefaultServiceAccount(ctx) }},
		{"metrics API", func() bool { return c.servesMetrics(ctx) }},
	} {
		if err := c.until(ctx, wait.what, wait.done); err != nil {
			return err
		}
	}
	return nil
}

// waitForAPIServer returns when the API server is ready and has made its own namespaces.
func (c *cluster) waitForAPIServer(ctx context.Context) error {
	return c.until(ctx, "API server ready", func() bool {
		if err := c.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
			return false
		}
		_, err := c.client.CoreV1().Namespaces().Get(ctx, "default", meta.GetOptions{})
		return err == nil
	})
}

// makeNodes makes nodes as kubelets do: complete with their status. kwok renews their leases.
func (c *cluster) makeNodes(ctx context.Context) error {
	for i, name := range c.nodeNames() {
		_, err := c.client.CoreV1().Nodes().Create(ctx, c.node(name, i), meta.CreateOptions{})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) node(name string, index int) *core.Node {
	resources := core.ResourceList{
		core.ResourceCPU:              resource.MustParse("32"),
		core.ResourceMemory:           resource.MustParse("128Gi"),
		core.ResourceEphemeralStorage: resource.MustParse("500Gi"),
		core.ResourcePods:             resource.MustParse("2000"),
	}
	now := meta.NewTime(time.Now())
	condition := func(kind core.NodeConditionType, status core.ConditionStatus, reason, message string) core.NodeCondition {
		return core.NodeCondition{
			Type: kind, Status: status, Reason: reason, Message: message,
			LastHeartbeatTime: now, LastTransitionTime: now,
		}
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				core.LabelHostname:               name,
				core.LabelOSStable:               "linux",
				core.LabelArchStable:             "amd64",
				core.LabelTopologyRegion:         "test",
				core.LabelTopologyZone:           fmt.Sprintf("test-%c", 'a'+index%3),
				"node-role.kubernetes.io/worker": "",
			},
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
		},
		Status: core.NodeStatus{
			Phase:       core.NodeRunning,
			Capacity:    resources,
			Allocatable: resources,
			Addresses: []core.NodeAddress{
				{Type: core.NodeInternalIP, Address: "127.0.0.1"},
				{Type: core.NodeHostName, Address: name},
			},
			DaemonEndpoints: core.NodeDaemonEndpoints{
				KubeletEndpoint: core.DaemonEndpoint{Port: int32(c.ports.kubelet)},
			},
			NodeInfo: core.NodeSystemInfo{
				KubeletVersion:          version.Get().GitVersion,
				ContainerRuntimeVersion: "kwok://0.8.0",
				OperatingSystem:         "linux",
				Architecture:            "amd64",
				OSImage:                 "none (simulated)",
				KernelVersion:           "none",
			},
			Conditions: []core.NodeCondition{
				condition(core.NodeReady, core.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
				condition(core.NodeMemoryPressure, core.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
				condition(core.NodeDiskPressure, core.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
				condition(core.NodePIDPressure, core.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
			},
		},
	}
}

// nodesReady tells whether pods can be scheduled and will start: new nodes are tainted until the
// controller manager has seen that they are ready, and have a lease once kwok cares for them.
func (c *cluster) nodesReady(ctx context.Context) bool {
	nodes, err := c.client.CoreV1().Nodes().List(ctx, meta.ListOptions{})
	if err != nil || len(nodes.Items) < c.nodes {
		return false
	}
	for _, node := range nodes.Items {
		if len(node.Spec.Taints) > 0 {
			return false
		}
	}
	leases, err := c.client.CoordinationV1().Leases(core.NamespaceNodeLease).List(ctx, meta.ListOptions{})
	return err == nil && len(leases.Items) >= c.nodes
}

func (c *cluster) hasDefaultServiceAccount(ctx context.Context) bool {
	_, err := c.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", meta.GetOptions{})
	return err == nil
}

// makeStorageClass makes the class whose claims the stages provide for.
func (c *cluster) makeStorageClass(ctx context.Context) error {
	_, err := c.client.StorageV1().StorageClasses().Create(ctx, &storage.StorageClass{
		ObjectMeta: meta.ObjectMeta{
			Name:        "standard",
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner: "testcluster",
	}, meta.CreateOptions{})
	return err
}

// makeRestricted makes the restricted user and writes its kubeconfig.
func (c *cluster) makeRestricted(ctx context.Context) error {
	named := meta.ObjectMeta{Name: restrictedName}
	accounts := c.client.CoreV1().ServiceAccounts("default")
	_, err := accounts.Create(ctx, &core.ServiceAccount{ObjectMeta: named}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	read := []string{"get", "list", "watch"}
	_, err = c.client.RbacV1().ClusterRoles().Create(ctx, &rbac.ClusterRole{ObjectMeta: named, Rules: []rbac.PolicyRule{
		{Verbs: read, APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "services", "endpoints", "events", "configmaps"}},
		{Verbs: read, APIGroups: []string{"apps"}, Resources: []string{"deployments", "replicasets", "statefulsets", "daemonsets"}},
		{Verbs: read, APIGroups: []string{"batch"}, Resources: []string{"jobs", "cronjobs"}},
	}}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	_, err = c.client.RbacV1().RoleBindings("default").Create(ctx, &rbac.RoleBinding{
		ObjectMeta: named,
		RoleRef:    rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "ClusterRole", Name: restrictedName},
		Subjects:   []rbac.Subject{{Kind: "ServiceAccount", Name: restrictedName, Namespace: "default"}},
	}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	day := int64((24 * time.Hour).Seconds())
	token, err := accounts.CreateToken(ctx, restrictedName, &authentication.TokenRequest{
		Spec: authentication.TokenRequestSpec{ExpirationSeconds: &day},
	}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	return c.writeKubeconfig(restrictedName, &api.AuthInfo{Token: token.Status.Token})
}

// makeMetricsService registers the component "kubelet" as the server of metrics.k8s.io. The API
// server finds it through a service that is a mere name for localhost.
func (c *cluster) makeMetricsService(ctx context.Context) error {
	_, err := c.client.CoreV1().Services("kube-system").Create(ctx, &core.Service{
		ObjectMeta: meta.ObjectMeta{Name: "metrics-server"},
		Spec:       core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "localhost"},
	}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(c.pki.path("ca.crt"))
	if err != nil {
		return err
	}
	return c.client.CoreV1().RESTClient().Post().
		AbsPath("/apis/apiregistration.k8s.io/v1/apiservices").
		Body(metricsAPIService(c.ports.kubelet, ca)).
		Do(ctx).Error()
}

func (c *cluster) servesMetrics(ctx context.Context) bool {
	return c.client.CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1").Do(ctx).Error() == nil
}
