//! How an object of a cluster is now, in a few words: what somebody must know before it is changed.
//!
//! Secrets are not asked for: that one is named is all that is said.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value as Json;

use crate::cluster::Gate;
use crate::model::{ResourceKind, Unavailable, World as _};
use crate::run::references::NamedObject;

/// More keys than this are counted, not named.
const KEYS_NAMED: usize = 6;

/// Returns how each object is now.
pub(super) async fn states(
    objects: impl IntoIterator<Item = &NamedObject>,
    gate: Result<&Gate, &str>,
) -> BTreeMap<NamedObject, String> {
    let looked = objects.into_iter().map(async |object| {
        let state = match gate {
            Ok(gate) => look(object, gate).await.unwrap_or_else(|error| format!("cannot look: {error}")),
            Err(reason) => format!("cannot look: {reason}"),
        };
        (object.clone(), state)
    });
    join_all(looked).await.into_iter().collect()
}

async fn look(object: &NamedObject, gate: &Gate) -> Result<String, Unavailable> {
    let cluster = gate.cluster();
    let kinds = cluster.kinds().await?;
    let Some(kind) = kinds.iter().find(|kind| is_called(kind, &object.kind)) else {
        return Ok("the cluster serves no such kind".to_owned());
    };
    if kind.plural == "secrets" {
        return Ok("a Secret; not looked at".to_owned());
    }
    let namespace = object.namespace.as_deref().unwrap_or_else(|| cluster.namespace());
    let found = cluster.get_fresh(kind, kind.namespaced.then_some(namespace), &object.name).await?;
    // A kind of the same name in another group has other fields.
    let is_known = matches!(kind.group.as_str(), "" | "apps" | "batch" | "autoscaling" | "policy");
    let name = if is_known { kind.kind.as_str() } else { "" };
    Ok(found.map_or_else(|| "not there".to_owned(), |found| state(name, &found)))
}

/// Returns whether a kind is what somebody calls it: `deploy`, `deployments.apps`, `Deployment.v1.apps`.
fn is_called(kind: &ResourceKind, called: &str) -> bool {
    let called = called.to_ascii_lowercase();
    let (name, group) = called.split_once('.').unwrap_or((&called, ""));
    let named = kind.plural == name || kind.singular == name || kind.short_names.iter().any(|short| short == name);
    let group = group.strip_prefix(&kind.version).map_or(group, |rest| rest.trim_start_matches('.'));
    named && (group.is_empty() || group == kind.group)
}

/// Returns how an object is, in a few words.
fn state(kind: &str, object: &Json) -> String {
    let status = &object["status"];
    let spec = &object["spec"];
    let parts: Vec<String> = match kind {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => workload(spec, status),
        "DaemonSet" => {
            let ready =
                format!("{}/{} ready", number(&status["numberReady"]), number(&status["desiredNumberScheduled"]));
            std::iter::once(ready).chain(images(&spec["template"]["spec"])).collect()
        }
        "Pod" => pod(spec, status),
        "Service" => service(spec),
        "ConfigMap" => vec![keys(&object["data"])],
        "CronJob" => {
            let suspended = spec["suspend"].as_bool() == Some(true);
            let last = status["lastScheduleTime"].as_str().map(|at| format!("last run {at}"));
            let schedule = text(&spec["schedule"]).map(|it| format!("runs at `{it}`"));
            schedule.into_iter().chain(suspended.then(|| "suspended".to_owned())).chain(last).collect()
        }
        "Job" => [("active", "active"), ("succeeded", "succeeded"), ("failed", "failed")]
            .into_iter()
            .filter_map(|(field, word)| Some(format!("{} {word}", status[field].as_u64().filter(|count| *count > 0)?)))
            .collect(),
        "HorizontalPodAutoscaler" => vec![format!(
            "{} pods of {} to {}",
            number(&status["currentReplicas"]),
            spec["minReplicas"].as_u64().unwrap_or(1),
            number(&spec["maxReplicas"])
        )],
        "PodDisruptionBudget" => vec![format!("{} may go now", number(&status["disruptionsAllowed"]))],
        "PersistentVolumeClaim" => {
            [text(&status["phase"]), text(&status["capacity"]["storage"])].into_iter().flatten().collect()
        }
        "Node" => {
            let cordoned = spec["unschedulable"].as_bool() == Some(true);
            conditions(status).into_iter().chain(cordoned.then(|| "cordoned".to_owned())).collect()
        }
        "Namespace" | "PersistentVolume" => text(&status["phase"]).into_iter().collect(),
        _ => conditions(status),
    };
    if parts.is_empty() { "there".to_owned() } else { parts.join(", ") }
}

fn workload(spec: &Json, status: &Json) -> Vec<String> {
    let wanted = spec["replicas"].as_u64().unwrap_or(1);
    let mut parts = vec![format!("{}/{wanted} ready", number(&status["readyReplicas"]))];
    if spec["paused"].as_bool() == Some(true) {
        parts.push("paused".to_owned());
    }
    if let Some(updated) = status["updatedReplicas"].as_u64().filter(|updated| *updated < wanted) {
        parts.push(format!("{updated} up to date"));
    }
    parts.extend(images(&spec["template"]["spec"]));
    parts
}

fn pod(spec: &Json, status: &Json) -> Vec<String> {
    let containers = status["containerStatuses"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = containers.iter().filter(|it| it["ready"].as_bool() == Some(true)).count();
    let restarts: u64 = containers.iter().filter_map(|it| it["restartCount"].as_u64()).sum();
    let mut parts: Vec<String> = text(&status["phase"]).into_iter().collect();
    parts.push(format!("{ready}/{} ready", containers.len()));
    if restarts > 0 {
        parts.push(format!("restarted {restarts} times"));
    }
    parts.extend(images(spec));
    parts
}

fn service(spec: &Json) -> Vec<String> {
    let selector = spec["selector"].as_object().into_iter().flatten();
    let labels: Vec<_> = selector.filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?))).collect();
    let mut parts = vec![match labels.is_empty() {
        true => "selects nothing".to_owned(),
        false => format!("selects {}", labels.join(",")),
    }];
    let ports = spec["ports"].as_array().into_iter().flatten().filter_map(|port| port["port"].as_u64());
    let ports: Vec<_> = ports.map(|port| port.to_string()).collect();
    if !ports.is_empty() {
        parts.push(format!("port {}", ports.join(" and ")));
    }
    parts
}

/// Returns the images of a pod, without the registry they come from.
fn images(pod: &Json) -> Option<String> {
    let containers = pod["containers"].as_array()?;
    let short = |image: &str| image.rsplit('/').next().unwrap_or(image).to_owned();
    let images: Vec<_> = containers.iter().filter_map(|it| Some(short(it["image"].as_str()?))).collect();
    (!images.is_empty()).then(|| format!("image {}", images.join(" and ")))
}

fn keys(data: &Json) -> String {
    let keys: Vec<_> = data.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    match keys.len() {
        0 => "empty".to_owned(),
        1..=KEYS_NAMED => format!("keys {}", keys.join(", ")),
        count => format!("{count} keys"),
    }
}

/// Returns what an object says of itself: `Ready`, `not Available` …
fn conditions(status: &Json) -> Vec<String> {
    let told = status["conditions"].as_array().into_iter().flatten().filter_map(|condition| {
        let name = condition["type"].as_str().filter(|name| matches!(*name, "Ready" | "Available" | "Accepted"))?;
        let is_so = condition["status"].as_str() == Some("True");
        Some(if is_so { name.to_owned() } else { format!("not {name}") })
    });
    told.collect()
}

fn number(value: &Json) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn text(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_told_in_a_few_words() {
        let pods = json!({"containers": [{"image": "registry.local:5000/shop/api:1.4.2"}]});
        for (kind, object, told) in [
            (
                "Deployment",
                json!({"spec": {"replicas": 3, "template": {"spec": pods}}, "status": {"readyReplicas": 2, "updatedReplicas": 1}}),
                "2/3 ready, 1 up to date, image api:1.4.2",
            ),
            ("Deployment", json!({"spec": {"replicas": 0}, "status": {}}), "0/0 ready"),
            (
                "Service",
                json!({"spec": {"selector": {"app": "api", "color": "blue"}, "ports": [{"port": 80}]}}),
                "selects app=api,color=blue, port 80",
            ),
            ("ConfigMap", json!({"data": {"A": "1", "B": "2"}}), "keys A, B"),
            ("CronJob", json!({"spec": {"schedule": "0 3 * * *", "suspend": true}}), "runs at `0 3 * * *`, suspended"),
            ("Node", json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}), "not Ready"),
            ("HTTPRoute", json!({}), "there"),
        ] {
            assert_eq!(state(kind, &object), told);
        }
    }

    #[test]
    fn a_kind_is_known_by_each_of_its_names() {
        let kind = ResourceKind {
            group: "apps".to_owned(),
            version: "v1".to_owned(),
            kind: "Deployment".to_owned(),
            plural: "deployments".to_owned(),
            singular: "deployment".to_owned(),
            short_names: vec!["deploy".to_owned()],
            categories: Vec::new(),
            namespaced: true,
            verbs: Vec::new(),
            subresources: Vec::new(),
        };
        for called in ["deploy", "Deployment", "deployments.apps", "deployment.v1.apps"] {
            assert!(is_called(&kind, called), "{called}");
        }
        for called in ["deployments.extensions", "pods", "deployment.v2.apps"] {
            assert!(!is_called(&kind, called), "{called}");
        }
    }
}
