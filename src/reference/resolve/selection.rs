//! Label selectors: whether they pick anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::{ObjectSummary, ResourceKind, World};
use crate::reference::argument::Unknown;
use crate::reference::manifest::labels;
use crate::reference::problem::Problem;
use crate::reference::selector::{Selector, Test};
use crate::reference::subject::{Matching, Presence, Reference};

use super::{Resolver, Verdict, kinds};

/// Kinds whose objects make pods, and where the labels of those pods stand.
const TEMPLATES: [(&str, &str); 6] = [
    ("deployments.apps", "/spec/template/metadata/labels"),
    ("statefulsets.apps", "/spec/template/metadata/labels"),
    ("daemonsets.apps", "/spec/template/metadata/labels"),
    ("replicasets.apps", "/spec/template/metadata/labels"),
    ("cronjobs.batch", "/spec/jobTemplate/spec/template/metadata/labels"),
    ("cronjobs.batch", "/spec/jobTemplate/metadata/labels"),
];

impl<W: World> Resolver<'_, W> {
    pub(super) async fn matching(&mut self, reference: &Reference, matching: &Matching) -> Result<Verdict, Verdict> {
        let mut kinds = Vec::new();
        for kind in &matching.kinds {
            kinds.extend(self.kinds(reference, kind).await?);
        }
        let text = matching.selector.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let selector = Selector::parse(text).map_err(|message| {
            Verdict::Drifted(Box::new(Problem::drifted(
                "invalid-selector",
                matching.selector.span,
                reference.command,
                message,
            )))
        })?;
        let namespace = self.place(&matching.namespace)?;
        let mut seen = Vec::new();
        for kind in &kinds {
            let objects = self.answers.list(kind, namespace.as_deref()).await.map_err(Verdict::Errored)?;
            if objects.iter().any(|object| selector.matches(&object.labels)) {
                return Ok(Verdict::Resolved);
            }
            seen.push(objects);
        }
        if selector.only_excludes() || self.made.labels().iter().any(|labels| selector.matches(labels)) {
            return Ok(Verdict::Resolved);
        }
        let scope = kinds.iter().any(|kind| kind.namespaced).then_some(namespace).flatten();
        if let Some(verdict) = self.settle_by_namespace(reference, &matching.namespace, scope.as_deref()).await {
            return Ok(verdict);
        }
        if reference.presence == Presence::Optional || self.would_match(&kinds, scope.as_deref(), &selector).await {
            return Ok(Verdict::Resolved);
        }
        if let Some(release) = self.made.filler(scope.as_deref().unwrap_or_default()) {
            return Ok(Verdict::Unknown(Unknown::InRelease(release.to_owned())));
        }
        Ok(no_match(reference, &kinds, scope.as_deref(), text, &selector, &seen))
    }

    /// Returns whether pods would match if there were any: a selector is not wrong because a deployment is scaled to 0.
    pub(super) async fn would_match(
        &mut self,
        kinds: &[ResourceKind],
        namespace: Option<&str>,
        selector: &Selector,
    ) -> bool {
        if !kinds.iter().any(|kind| matches!(kind.plural.as_str(), "pods" | "replicasets" | "jobs")) {
            return false;
        }
        for (word, place) in TEMPLATES {
            let Ok(Some(kind)) = self.answers.kind(word).await else { continue };
            let owners = self.answers.list(&kind, namespace).await.unwrap_or_default();
            for owner in owners.iter() {
                if selector.matches(&owner.labels)
                    || self.template_matches(&kind, namespace, owner, place, selector).await
                {
                    return true;
                }
            }
        }
        false
    }

    async fn template_matches(
        &mut self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        owner: &ObjectSummary,
        place: &str,
        selector: &Selector,
    ) -> bool {
        // Who looks in all namespaces is not told which one an owner lives in.
        let Some(namespace) = namespace else { return false };
        let Ok(Some(object)) = self.answers.get(kind, Some(namespace), &owner.name).await else { return false };
        object.pointer(place).and_then(labels).is_some_and(|labels| selector.matches(&labels))
    }

    /// Returns the first pod, whole, that carries the labels of a service's selector.
    pub(super) async fn pod_behind(&mut self, namespace: Option<&str>, service: &Value) -> Option<Arc<Value>> {
        let wanted = labels(service.pointer("/spec/selector")?).filter(|labels| !labels.is_empty())?;
        let selector = wanted.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
        self.first_pod(namespace, &Selector::parse(&selector).ok()?).await
    }

    /// Returns the first pod, whole, that a selector picks.
    pub(super) async fn first_pod(&mut self, namespace: Option<&str>, selector: &Selector) -> Option<Arc<Value>> {
        let kind = self.answers.kind("pods").await.ok()??;
        let pods = self.answers.list(&kind, namespace).await.ok()?;
        let name = pods.iter().find(|pod| selector.matches(&pod.labels))?.name.clone();
        self.answers.get(&kind, namespace, &name).await.ok()?
    }
}

fn no_match(
    reference: &Reference,
    found: &[ResourceKind],
    namespace: Option<&str>,
    text: &str,
    selector: &Selector,
    seen: &[Arc<Vec<ObjectSummary>>],
) -> Verdict {
    let what = if let [kind] = found { kinds::singular(kind) } else { "object".to_owned() };
    let place = namespace.map_or_else(String::new, |namespace| format!(" in namespace \"{namespace}\""));
    let problem = Problem::drifted(
        "no-match",
        reference.subject.span(),
        reference.command,
        format!("no {what}{place} matches \"{text}\""),
    );
    let labels: Vec<_> = seen.iter().flat_map(|objects| objects.iter().map(|object| &object.labels)).collect();
    Verdict::Drifted(Box::new(problem.help(nearest(selector, &labels))))
}

/// Returns a selector that would match: another key with the same value, or another value of the same key.
pub(super) fn nearest(selector: &Selector, labels: &[&BTreeMap<String, String>]) -> Option<String> {
    for requirement in &selector.requirements {
        let Test::In(wanted) = &requirement.test else { continue };
        if labels.iter().any(|labels| labels.get(&requirement.key).is_some_and(|value| wanted.contains(value))) {
            continue;
        }
        let pairs = || labels.iter().flat_map(|labels| labels.iter());
        if let Some((key, value)) = pairs().find(|(_, value)| wanted.contains(value)) {
            return Some(format!("did you mean \"{key}={value}\"?"));
        }
        let mut values: Vec<String> =
            pairs().filter(|(key, _)| **key == requirement.key).map(|(_, value)| value.clone()).collect();
        values.sort();
        values.dedup();
        if values.is_empty() {
            return Some(format!("nothing there has a label \"{}\"", requirement.key));
        }
        return Some(super::suggestions::there_are(&format!("values of \"{}\"", requirement.key), &values));
    }
    None
}
