//! What the objects of a cluster say, without what the cluster itself writes into them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::cluster::Cluster;

/// What a runbook or a test may make or change. What controllers make of these, they also put right.
const KINDS: &str = "nodes,namespaces,storageclasses,deployments,statefulsets,services,configmaps,secrets,\
    serviceaccounts,horizontalpodautoscalers,poddisruptionbudgets,jobs,cronjobs,leases,networkpolicies,\
    persistentvolumeclaims,roles,rolebindings,certificates,httproutes,verticalpodautoscalers,volumesnapshots,backups,\
    restores";

/// The objects of a cluster, but for those of its own components.
#[derive(Debug)]
pub(crate) struct State {
    /// By namespace (none, where the object has none) and by kind and name.
    objects: BTreeMap<(String, String), Json>,
}

impl State {
    /// Asks for all of them.
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let text = cluster.kubectl(&["get", KINDS, "--all-namespaces", "-o", "json"]);
        let list: Json = serde_json::from_str(&text).expect("kubectl writes JSON");
        let all = list["items"].as_array().into_iter().flatten();
        Self { objects: all.filter_map(|object| Some((place(object)?, said(object)))).collect() }
    }

    /// Returns the places of what differs.
    pub(crate) fn differences(&self, other: &Self) -> Vec<(String, String)> {
        let differs = |place: &&(String, String)| self.objects.get(*place) != other.objects.get(*place);
        let all: BTreeSet<_> = self.objects.keys().chain(other.objects.keys()).collect();
        all.into_iter().filter(differs).cloned().collect()
    }

    /// Deletes what was not there before, and does not wait for its end.
    pub(crate) fn delete_what_was_not_in(&self, before: &Self, cluster: &Cluster) {
        for (namespace, name) in self.objects.keys().filter(|place| !before.objects.contains_key(place)) {
            cluster.kubectl(&["delete", name, "-n", namespace, "--ignore-not-found", "--wait=false"]);
        }
    }
}

fn place(object: &Json) -> Option<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let (kind, name) = (text(&object["kind"]).to_lowercase(), text(&object["metadata"]["name"]));
    let namespace = text(&object["metadata"]["namespace"]);
    let of_the_cluster = namespace.starts_with("kube-") || name == "kube-root-ca.crt";
    (!of_the_cluster).then(|| (namespace, format!("{kind}/{name}")))
}

/// Returns what somebody said of an object: all but its status, what the API server keeps of it, and its volume.
fn said(object: &Json) -> Json {
    let mut said = object.clone();
    let own = |(name, _): &(&String, &Json)| !name.contains("kubernetes.io/");
    let annotations = object["metadata"]["annotations"].as_object().into_iter().flatten().filter(own);
    let annotations: BTreeMap<_, _> = annotations.collect();
    said["metadata"] = serde_json::json!({ "labels": object["metadata"]["labels"], "annotations": annotations });
    if let Some(said) = said.as_object_mut() {
        said.remove("status");
    }
    if let Some(spec) = said["spec"].as_object_mut() {
        spec.remove("volumeName");
    }
    said
}
