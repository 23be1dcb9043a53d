//! What a command would change, as the request that kubectl would send, where the words of the command tell all of it.
//!
//! The server can be asked beforehand whether it would accept such a request. Changes that depend on what is there
//! (`rollout undo`), on files, or on values that are not known, are left out.

use serde_json::{Map, Value, json};

use crate::model::{Patch, PatchForm};
use crate::reference::argument::Argument;
use crate::reference::subject::{Change, ObjectName};

use super::forms::pair;
use super::invocation::Invocation;
use super::mentions::Mentions;
use super::resources::{Resources, is_assignment, split_pairs};

/// Kinds whose pods are described in `spec.template`, as people write them.
const WITH_TEMPLATE: [&str; 12] = [
    "deploy",
    "deployment",
    "deployments",
    "deployments.apps",
    "sts",
    "statefulset",
    "statefulsets",
    "statefulsets.apps",
    "ds",
    "daemonset",
    "daemonsets",
    "daemonsets.apps",
];

/// Returns the changes that a command makes to objects that it names.
pub(super) fn changes(mentions: &Mentions<'_>) -> Vec<Change> {
    let invocation = mentions.invocation;
    let unusual =
        ["filename", "kustomize", "selector", "all", "as", "local", "list", "dry-run", "field-selector", "token"];
    if invocation.open_ended || unusual.iter().any(|flag| invocation.flag(flag).is_some()) {
        return Vec::new();
    }
    let Some((objects, patch)) = patch(invocation) else { return Vec::new() };
    let change = |(kind, name): (Argument, Argument)| Change {
        span: invocation.verb_span,
        command: invocation.span,
        object: ObjectName { kind, name, namespace: mentions.place() },
        patch: patch.clone(),
    };
    objects.into_iter().map(change).collect()
}

type Objects = Vec<(Argument, Argument)>;

fn patch(invocation: &Invocation) -> Option<(Objects, Patch)> {
    let positionals = invocation.own_positionals();
    let named = |arguments: &[Argument]| Resources::read(arguments, false).objects;
    let strategic = |body: Value| Patch { form: PatchForm::Strategic, subresource: None, body };
    let merge = |body: Value| Patch { form: PatchForm::Merge, subresource: None, body };
    Some(match invocation.path() {
        "scale" => {
            let replicas: u32 = invocation.value("replicas")?.known().ok()?.parse().ok()?;
            let body = json!({"spec": {"replicas": replicas}});
            (named(positionals), Patch { subresource: Some("scale".to_owned()), ..merge(body) })
        }
        "label" => (
            named(split_pairs(positionals, is_assignment).0),
            merge(json!({"metadata": {"labels": pairs(positionals)?}})),
        ),
        "annotate" => {
            let objects = named(split_pairs(positionals, is_assignment).0);
            (objects, merge(json!({"metadata": {"annotations": pairs(positionals)?}})))
        }
        "patch" => (named(positionals), written(invocation)?),
        "set image" => {
            let (objects, images) = split_pairs(positionals, |argument| argument.text.contains('='));
            let container = |image: &Argument| {
                let (name, image) = pair(image)?;
                (name != "*").then(|| json!({"name": name, "image": image}))
            };
            let containers: Option<Vec<Value>> = images.iter().map(container).collect();
            let objects = named(objects);
            if !objects.iter().all(|(kind, _)| kind.known().is_ok_and(|kind| WITH_TEMPLATE.contains(&kind))) {
                return None;
            }
            (objects, strategic(json!({"spec": {"template": {"spec": {"containers": containers?}}}})))
        }
        "rollout restart" => {
            let note = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
            (named(positionals), strategic(json!({"spec": {"template": {"metadata": {"annotations": note}}}})))
        }
        "rollout pause" => (named(positionals), strategic(json!({"spec": {"paused": true}}))),
        "rollout resume" => (named(positionals), strategic(json!({"spec": {"paused": null}}))),
        verb @ ("cordon" | "uncordon") => {
            let nodes = positionals.iter().map(|node| Resources::one(node, "nodes")).collect();
            (nodes, strategic(json!({"spec": {"unschedulable": (verb == "cordon").then_some(true)}})))
        }
        _ => return None,
    })
}

/// Returns the patch of `kubectl patch -p …`; it may be written as YAML.
fn written(invocation: &Invocation) -> Option<Patch> {
    let known = |flag: &str| invocation.value(flag).map(|value| value.known().ok());
    let body = serde_saphyr::from_str::<Value>(known("patch")??).ok()?;
    let form = match known("type").unwrap_or(Some("strategic"))? {
        "strategic" => PatchForm::Strategic,
        "merge" => PatchForm::Merge,
        "json" => PatchForm::Json,
        _ => return None,
    };
    let subresource = match known("subresource") {
        Some(part) => Some(part?.to_owned()),
        None => None,
    };
    Some(Patch { form, subresource, body })
}

/// Returns `key=value` and `key-` as a merge patch writes them.
fn pairs(positionals: &[Argument]) -> Option<Map<String, Value>> {
    let (_, pairs) = split_pairs(positionals, is_assignment);
    let entry = |argument: &Argument| {
        let text = argument.known().ok()?;
        Some(match text.split_once('=') {
            Some((key, value)) => (key.to_owned(), Value::from(value)),
            None => (text.strip_suffix('-')?.to_owned(), Value::Null),
        })
    };
    pairs.iter().map(entry).collect()
}
