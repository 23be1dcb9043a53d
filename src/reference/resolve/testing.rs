//! A world that is a table, for tests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::model::{Doer, ObjectSummary, Patch, Rehearsal, ResourceKind, Right, Rights, Unavailable, World};
use crate::reference::manifest::labels;

/// A world that answers from a table, and counts the questions.
#[derive(Default)]
pub(crate) struct Table {
    kinds: Arc<Vec<ResourceKind>>,
    objects: Vec<Value>,
    /// Plurals that this identity may not list.
    pub(crate) forbidden: BTreeSet<String>,
    /// What this identity may not do: `patch deployments shop`, `create pods/exec shop`.
    pub(crate) denied: BTreeSet<String>,
    /// What it may do all the same, to single objects: `patch api`.
    pub(crate) granted: BTreeSet<String>,
    /// What it says to every change, if it would refuse it.
    pub(crate) refuses: Option<String>,
    /// Whether it does not look at changes at all.
    pub(crate) untried: bool,
    /// What it warns of, by plural.
    pub(crate) warns: Vec<(String, String)>,
    /// Group versions that do not say what they serve.
    pub(crate) silent: Vec<String>,
    /// Whose rights the commands are held against.
    pub(crate) rights: Rights,
    /// Whether nobody may ask about the rights of others.
    pub(crate) discreet: bool,
    /// Why nobody answers, if nobody does.
    pub(crate) down: Option<Unavailable>,
    pub(crate) asked: AtomicUsize,
}

impl Table {
    /// Adds an object, as a manifest would describe it.
    pub(crate) fn with(mut self, object: Value) -> Self {
        self.objects.push(object);
        self
    }

    /// Adds an object of which nothing but its name matters.
    pub(crate) fn with_name(self, kind: &str, namespace: &str, name: &str) -> Self {
        self.with(json!({"kind": kind, "metadata": {"name": name, "namespace": namespace}}))
    }

    pub(crate) fn without(mut self, kind: &str, name: &str) -> Self {
        self.objects.retain(|object| object["kind"] != kind || object["metadata"]["name"] != name);
        self
    }

    fn answer(&self, kind: &ResourceKind) -> Result<(), Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.down.clone().map_or(Ok(()), Err)?;
        if self.forbidden.contains(&kind.plural) {
            return Err(Unavailable::Forbidden(format!("cannot list {}", kind.plural)));
        }
        Ok(())
    }

    fn of<'a>(&'a self, kind: &'a ResourceKind, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| {
            object["kind"] == kind.kind
                && namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        })
    }
}

impl World for Table {
    fn namespace(&self) -> &'static str {
        "shop"
    }

    fn context(&self) -> Option<&str> {
        Some("production")
    }

    fn contexts(&self) -> Vec<String> {
        vec!["production".to_owned(), "staging".to_owned()]
    }

    async fn kinds(&self) -> Result<Arc<Vec<ResourceKind>>, Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.down.clone().map_or_else(|| Ok(Arc::clone(&self.kinds)), Err)
    }

    async fn silent_groups(&self) -> Result<Vec<String>, Unavailable> {
        Ok(self.silent.clone())
    }

    async fn list(&self, kind: &ResourceKind, namespace: Option<&str>) -> Result<Arc<Vec<ObjectSummary>>, Unavailable> {
        self.answer(kind)?;
        let summary = |object: &Value| ObjectSummary {
            name: object["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            namespace: object["metadata"]["namespace"].as_str().map(str::to_owned),
            labels: labels(&object["metadata"]["labels"]).unwrap_or_default(),
            owners: owners(object),
            revision: object["metadata"]["annotations"]["revision"].as_str().map(str::to_owned),
        };
        Ok(Arc::new(self.of(kind, namespace).map(summary).collect()))
    }

    async fn get(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<Value>>, Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.down.clone().map_or(Ok(()), Err)?;
        if self.forbidden.contains(&format!("{}/{name}", kind.plural)) {
            return Err(Unavailable::Forbidden(format!("cannot get {} \"{name}\"", kind.plural)));
        }
        Ok(self.of(kind, namespace).find(|object| object["metadata"]["name"] == name).cloned().map(Arc::new))
    }

    fn rights(&self) -> &Rights {
        &self.rights
    }

    async fn may(&self, right: &Right<'_>) -> Result<bool, Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.down.clone().map_or(Ok(()), Err)?;
        if self.discreet && right.by == Doer::Actor {
            return Err(Unavailable::Forbidden("cannot create subjectaccessreviews".to_owned()));
        }
        let part = right.subresource.map_or_else(String::new, |part| format!("/{part}"));
        let place = right.namespace.unwrap_or_default();
        let text = format!("{} {}{part} {place}", right.verb, right.kind.plural);
        let named = right.name.is_some_and(|name| self.granted.contains(&format!("{} {name}", right.verb)));
        Ok(named || !self.denied.contains(text.trim_end()))
    }

    async fn rehearse(&self, _: &ResourceKind, _: Option<&str>, _: &str, _: &Patch) -> Result<Rehearsal, Unavailable> {
        Ok(Rehearsal { refusal: self.refuses.clone(), warnings: Vec::new(), untried: self.untried })
    }

    async fn warnings(&self, kind: &ResourceKind) -> Vec<String> {
        self.warns.iter().filter(|(plural, _)| *plural == kind.plural).map(|(_, text)| text.clone()).collect()
    }

    async fn identity(&self) -> Option<String> {
        Some("deployer".to_owned())
    }
}

fn owners(object: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    owners.map(|owner| (text(&owner["kind"]), text(&owner["name"]))).collect()
}

fn kind(group: &str, kind: &str, plural: &str, short: &[&str], namespaced: bool) -> ResourceKind {
    ResourceKind {
        group: group.to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        short_names: short.iter().map(|name| (*name).to_owned()).collect(),
        categories: if namespaced && !plural.starts_with("config") { vec!["all".to_owned()] } else { Vec::new() },
        namespaced,
        verbs: ["get", "list", "patch"].map(str::to_owned).to_vec(),
        subresources: subresources(plural),
    }
}

fn subresources(plural: &str) -> Vec<String> {
    let parts: &[&str] = match plural {
        "deployments" | "statefulsets" | "replicasets" => &["scale", "status"],
        "pods" => &["attach", "eviction", "exec", "log", "portforward", "status"],
        _ => &["status"],
    };
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Returns what a plain cluster serves, as far as the tests need it.
pub(crate) fn kinds() -> Vec<ResourceKind> {
    vec![
        kind("", "Namespace", "namespaces", &["ns"], false),
        kind("", "Node", "nodes", &["no"], false),
        kind("", "Pod", "pods", &["po"], true),
        kind("", "Service", "services", &["svc"], true),
        kind("", "ConfigMap", "configmaps", &["cm"], true),
        kind("", "Secret", "secrets", &[], true),
        kind("", "ServiceAccount", "serviceaccounts", &["sa"], true),
        kind("apps", "Deployment", "deployments", &["deploy"], true),
        kind("apps", "StatefulSet", "statefulsets", &["sts"], true),
        kind("apps", "DaemonSet", "daemonsets", &["ds"], true),
        kind("apps", "ReplicaSet", "replicasets", &["rs"], true),
        kind("batch", "CronJob", "cronjobs", &["cj"], true),
        kind("batch", "Job", "jobs", &[], true),
        kind("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", &[], false),
        kind("postgresql.cnpg.io", "Cluster", "clusters", &[], true),
    ]
}

fn workload(kind: &str, name: &str, containers: &[&str]) -> Value {
    let containers: Vec<Value> = containers.iter().map(|name| json!({"name": name})).collect();
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}});
    let spec = if kind == "CronJob" {
        json!({"jobTemplate": {"spec": {"template": template}}})
    } else {
        json!({"template": template})
    };
    json!({"kind": kind, "metadata": {"name": name, "namespace": "shop", "labels": {"part-of": "shop"}}, "spec": spec})
}

/// Returns a shop: an API in two colours, a web front scaled to nothing, a database, an agent on each node.
pub(crate) fn shop() -> Table {
    let pod = json!({
        "kind": "Pod",
        "metadata": {"name": "api-green-7d9c6c5b4f-x2x4z", "namespace": "shop", "labels": {"app": "api-green", "app.kubernetes.io/name": "api"}},
        "spec": {"containers": [{"name": "api"}, {"name": "proxy"}], "initContainers": [{"name": "migrate"}]},
    });
    let service = json!({
        "kind": "Service",
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"selector": {"app": "api-green"}},
    });
    let mut table = Table { kinds: Arc::new(kinds()), ..Table::default() };
    for namespace in ["shop", "logging", "default"] {
        table = table.with(json!({"kind": "Namespace", "metadata": {"name": namespace}}));
    }
    table
        .with(json!({"kind": "Node", "metadata": {"name": "node-1", "labels": {"zone": "a"}}}))
        .with(pod)
        .with(service)
        .with(workload("Deployment", "api-green", &["api", "proxy"]))
        .with(workload("Deployment", "web", &["nginx"]))
        .with(workload("StatefulSet", "db", &["postgres"]))
        .with(workload("DaemonSet", "agent", &["agent"]))
        .with(workload("CronJob", "backup", &["backup"]))
        .with_name("ConfigMap", "shop", "settings")
        .with_name("Deployment", "logging", "loki")
        .with(json!({"kind": "ClusterRole", "metadata": {"name": "view"}}))
}
