//! What the author may have meant: near names, other kinds, other namespaces.

use crate::diagnostic::did_you_mean;
use crate::model::{ObjectSummary, ResourceKind, World};

use super::Resolver;
use super::objects::full_name;

/// Kinds that people take for one another.
const WORKLOADS: [&str; 7] = [
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "cronjobs.batch",
    "jobs.batch",
    "replicasets.apps",
    "pods",
];

/// Labels that say what something is.
const NAMING: [&str; 6] =
    ["app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance", "app.kubernetes.io/component", "name"];

/// How many names are shown of a long list.
const SHOWN: usize = 5;

impl<W: World> Resolver<'_, W> {
    /// Returns the way out for an object that is not there: its real kind, a near name, the namespace it is in.
    pub(super) async fn help_for(
        &mut self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        siblings: &[String],
    ) -> Option<String> {
        if let Some(other) = self.other_kind(kind, namespace, name).await {
            return Some(format!("\"{name}\" is a {}, not a {}", other.kind, kind.kind));
        }
        if kind.plural == "pods"
            && let Some(owner) = self.owner_of(namespace, name).await
        {
            return Some(format!("the names of pods change; \"{owner}\" names those that run now"));
        }
        let near = match near(name, siblings) {
            Some(close) => Some(format!("did you mean {close}?")),
            None => self.labelled(kind, namespace, name).await,
        };
        let place = self.other_namespace(kind, namespace, name).await;
        let place = place.map(|place| format!("there is one in namespace \"{place}\""));
        match (near, place) {
            (Some(near), Some(place)) => Some(format!("{near} or the other namespace: {place}")),
            (near, place) => near.or(place),
        }
    }

    /// Returns the object of this kind that its labels call so: what was renamed keeps its labels more often than not.
    async fn labelled(&mut self, kind: &ResourceKind, namespace: Option<&str>, name: &str) -> Option<String> {
        let objects = self.answers.list(kind, namespace).await.ok()?;
        let calls = |object: &ObjectSummary| {
            let key = NAMING.iter().find(|key| object.labels.get(**key).is_some_and(|value| value == name))?;
            Some((object.name.clone(), *key))
        };
        let mut found = objects.iter().filter_map(calls);
        let (other, key) = found.next()?;
        found.next().is_none().then(|| format!("did you mean \"{other}\", which has the label {key}={name}?"))
    }

    async fn other_kind(&mut self, kind: &ResourceKind, namespace: Option<&str>, name: &str) -> Option<ResourceKind> {
        let own = full_name(kind);
        if !WORKLOADS.contains(&own.as_str()) {
            return None;
        }
        for word in WORKLOADS.iter().filter(|word| **word != own) {
            if self.names(word, namespace).await.iter().any(|other| other == name) {
                return self.answers.kind(word).await.ok().flatten();
            }
        }
        None
    }

    /// Returns `deploy/api` for the pod `api-7d9c6c5b4f-x2x4z` that is no more.
    async fn owner_of(&mut self, namespace: Option<&str>, pod: &str) -> Option<String> {
        let (rest, _) = pod.rsplit_once('-')?;
        let deployment = rest.rsplit_once('-').map_or("", |(name, _)| name);
        for (kind, short, name) in [("deployments.apps", "deploy", deployment), ("daemonsets.apps", "ds", rest)] {
            if self.names(kind, namespace).await.iter().any(|other| other == name) {
                return Some(format!("{short}/{name}"));
            }
        }
        None
    }

    /// Returns a namespace that has an object of this kind and name.
    pub(super) async fn other_namespace(
        &mut self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<String> {
        let here = namespace?;
        let anywhere = self.answers.list(kind, None).await.ok()?;
        let elsewhere = anywhere.iter().find(|object| object.name == name && object.namespace.as_deref() != Some(here));
        elsewhere?.namespace.clone()
    }
}

/// Returns the names that are most like `name`, as a phrase: `"a"`, `"a" or "b"`.
///
/// A name that goes on where the other ends (`api`, `api-green`) is nearer than one with a letter changed.
pub(super) fn near(name: &str, names: &[String]) -> Option<String> {
    let goes_on = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('-'));
    let mut close: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|other| goes_on(other, name) || goes_on(name, other) || other.ends_with(&format!("-{name}")))
        .collect();
    if close.is_empty() {
        close.extend(did_you_mean(name, names.iter().map(String::as_str)));
    }
    let quoted: Vec<String> = close.iter().take(3).map(|name| format!("\"{name}\"")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" or "))
}

/// Returns what there is instead, bounded: `deployments: a, b, c and 4 more`.
pub(super) fn there_are(plural: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("no {plural} at all");
    }
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => format!("{plural}: {shown}"),
        more => format!("{plural}: {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_longer_name_is_nearer_than_another_one() {
        assert_eq!(
            near("api", &names(&["apo", "api-green", "api-blue"])).as_deref(),
            Some("\"api-green\" or \"api-blue\"")
        );
        assert_eq!(near("novacron-api", &names(&["novacron-apl", "redis"])).as_deref(), Some("\"novacron-apl\""));
        assert_eq!(near("api", &names(&["redis"])), None);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(there_are("pods", &names(&["a", "b"])), "pods: a, b");
        assert_eq!(there_are("pods", &names(&["a", "b", "c", "d", "e", "f"])), "pods: a, b, c, d, e and 1 more");
        assert_eq!(there_are("pods", &[]), "no pods at all");
    }
}
