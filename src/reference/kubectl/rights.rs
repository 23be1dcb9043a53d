//! What a command needs besides names: rights, and kinds that can do what the verb does.

use crate::model::{Doer, PatchForm};
use crate::reference::argument::Argument;
use crate::reference::subject::{Ability, Access, Namespace, Need, Presence, Sending, Subject};

use super::invocation::Invocation;
use super::mentions::Mentions;

/// A kind, and the object of it that is named.
pub(super) type Target = (Argument, Option<Argument>);

/// A right: what is done, and to which part of a kind.
type Right = (&'static str, Option<&'static str>);

const PATCH: Right = ("patch", None);
const CREATE: Right = ("create", None);

/// What the verbs do to the kinds that are named with them. Verbs that only read are not listed: who may not read is told
/// so when the names are looked up.
const OF_TARGETS: &[(&str, &[Right])] = &[
    ("annotate", &[PATCH]),
    ("cordon", &[PATCH]),
    ("delete", &[("delete", None)]),
    ("drain", &[PATCH]),
    ("edit", &[PATCH]),
    ("label", &[PATCH]),
    ("patch", &[PATCH]),
    ("rollout pause", &[PATCH]),
    ("rollout restart", &[PATCH]),
    ("rollout resume", &[PATCH]),
    ("rollout undo", &[PATCH]),
    ("scale", &[("patch", Some("scale"))]),
    ("set env", &[PATCH]),
    ("set image", &[PATCH]),
    ("set resources", &[PATCH]),
    ("set selector", &[PATCH]),
    ("set serviceaccount", &[PATCH]),
    ("set subject", &[PATCH]),
    ("taint", &[PATCH]),
    ("uncordon", &[PATCH]),
];

/// What the verbs do to kinds that they imply.
const OF_IMPLIED: &[(&str, &str, Right)] = &[
    ("attach", "pods", ("create", Some("attach"))),
    ("certificate approve", "certificatesigningrequests", ("update", Some("approval"))),
    ("certificate deny", "certificatesigningrequests", ("update", Some("approval"))),
    ("cp", "pods", ("create", Some("exec"))),
    ("create token", "serviceaccounts", ("create", Some("token"))),
    ("drain", "pods", ("create", Some("eviction"))),
    ("exec", "pods", ("create", Some("exec"))),
    ("logs", "pods", ("get", Some("log"))),
    ("port-forward", "pods", ("create", Some("portforward"))),
    ("rsh", "pods", ("create", Some("exec"))),
];

/// The kinds that the words behind `rollout` handle.
const ROLLED_OUT: &[(&str, &str, &[&str])] = &[
    ("rollout history", "be rolled out", &["deployments", "daemonsets", "statefulsets"]),
    ("rollout pause", "be paused", &["deployments"]),
    ("rollout restart", "be restarted", &["deployments", "daemonsets", "statefulsets"]),
    ("rollout resume", "be resumed", &["deployments"]),
    ("rollout status", "be rolled out", &["deployments", "daemonsets", "statefulsets"]),
    ("rollout undo", "be rolled back", &["deployments", "daemonsets", "statefulsets"]),
];

/// Adds what the verb needs of the kinds it was found to be about.
pub(super) fn mention(mentions: &mut Mentions<'_>) {
    let path = mentions.invocation.path();
    mentions.removes = false;
    let targets = distinct(std::mem::take(&mut mentions.targets));
    let created = distinct(std::mem::take(&mut mentions.created));
    abilities(mentions, path, &targets);
    if mentions.presence == Presence::Optional || is_only_tried(mentions.invocation) {
        return;
    }
    let of_targets = OF_TARGETS.iter().filter(|(verb, _)| *verb == path).flat_map(|(_, rights)| *rights);
    let written = mentions.invocation.value("subresource").cloned();
    for (verb, part) in of_targets {
        // Of a part that nobody here knows, nothing is claimed.
        let part = match &written {
            None => *part,
            Some(written) if subresource(written).is_some() => subresource(written),
            Some(_) => continue,
        };
        targets.iter().for_each(|(kind, name)| access(mentions, kind, name.clone(), (verb, part)));
    }
    let span = mentions.invocation.verb_span;
    for (_, kind, right) in OF_IMPLIED.iter().filter(|(verb, ..)| *verb == path) {
        access(mentions, &Argument::implied(*kind, span), None, *right);
    }
    created.iter().for_each(|(kind, _)| access(mentions, kind, None, CREATE));
}

/// Returns the part of an object that `--subresource` names.
fn subresource(written: &Argument) -> Option<&'static str> {
    ["status", "scale", "resize"].into_iter().find(|part| written.is(part))
}

/// Returns how a command sends the manifests that it names; `None` where it does not send them, or does as somebody else.
pub(in crate::reference) fn sending(invocation: &Invocation, namespace: Namespace) -> Option<Sending> {
    let path = invocation.path();
    let replaces = invocation.is_set("force") && path == "replace";
    if !matches!(path, "apply" | "create" | "replace") || replaces || is_only_tried(invocation) {
        return None;
    }
    let lax = invocation.value("validate").is_some_and(|value| !matches!(value.text.as_str(), "true" | "strict" | ""));
    let yields = invocation.is_set("server-side") && !invocation.is_set("force-conflicts");
    // The server knows what `kubectl apply` has set under this name, also without `--server-side`.
    let form = PatchForm::Apply { manager: "kubectl", yields, lax };
    Some(Sending { namespace, form, only_new: path == "create" })
}

/// Returns whether the command changes nothing, or does it as somebody else.
fn is_only_tried(invocation: &Invocation) -> bool {
    let dry = invocation
        .flag("dry-run")
        .is_some_and(|flag| flag.value.as_ref().is_none_or(|value| value.text != "none" && value.text != "false"));
    let local = invocation.is_set("local") || invocation.is_set("list");
    dry || local || invocation.flag("as").is_some() || invocation.flag("token").is_some()
}

fn abilities(mentions: &mut Mentions<'_>, path: &str, targets: &[Target]) {
    let mut kinds: Vec<&Argument> = targets.iter().map(|(kind, _)| kind).collect();
    kinds.dedup_by(|one, other| one.text == other.text);
    let written = mentions.invocation.value("subresource").cloned();
    let implied = (path == "scale").then(|| Argument::implied("scale", mentions.invocation.verb_span));
    if let Some(part) = written.or(implied) {
        for kind in &kinds {
            let need = Need::Subresource(part.clone());
            mentions.add(Subject::Ability(Ability { kind: (*kind).clone(), need }));
        }
    }
    for (_, deed, plurals) in ROLLED_OUT.iter().filter(|(verb, ..)| *verb == path) {
        for kind in &kinds {
            mentions.add(Subject::Ability(Ability { kind: (*kind).clone(), need: Need::OneOf { deed, plurals } }));
        }
    }
}

fn access(mentions: &mut Mentions<'_>, kind: &Argument, name: Option<Argument>, (verb, subresource): Right) {
    let (span, namespace) = (mentions.invocation.verb_span, mentions.place());
    mentions.add(Subject::Access(Access {
        by: Doer::default(),
        span,
        verb,
        kind: kind.clone(),
        name,
        subresource,
        namespace,
    }));
}

fn distinct(targets: Vec<Target>) -> Vec<Target> {
    let mut seen: Vec<Target> = Vec::new();
    for (kind, name) in targets {
        if kind.unknown.is_none() && !seen.iter().any(|(other, named)| other.text == kind.text && *named == name) {
            seen.push((kind, name));
        }
    }
    seen
}
