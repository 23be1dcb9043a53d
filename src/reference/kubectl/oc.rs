//! The verbs that only `oc` has, as far as they name objects or change where later commands look.

use crate::reference::argument::Argument;
use crate::reference::subject::Subject;

use super::forms::resources;
use super::mentions::Mentions;
use super::pods::{container, pod};

/// Adds what the arguments of the verb name. Of verbs that are not listed nothing is claimed.
pub(super) fn mention(mentions: &mut Mentions<'_>) {
    let path = mentions.invocation.path().to_owned();
    let positionals = mentions.invocation.own_positionals().to_vec();
    let with_kind: Vec<Argument> = positionals.iter().filter(|argument| argument.text.contains('/')).cloned().collect();
    match path.as_str() {
        "rsh" => {
            let object = pod(mentions, positionals.first());
            container(mentions, object.as_ref(), "container");
        }
        "project" => {
            if let Some(name) = positionals.first() {
                mentions.add(Subject::Namespace(name.clone()));
            }
        }
        "new-project" => {
            if let Some(name) = positionals.first() {
                mentions.makes("namespaces", name);
            }
        }
        "rollout latest" | "rollout retry" | "rollout cancel" | "extract" | "set volume" | "set volumes"
        | "set probe" | "set triggers" | "set data" => drop(resources(mentions, &with_kind)),
        _ => {}
    }
}
