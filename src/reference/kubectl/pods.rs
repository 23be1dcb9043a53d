//! Which arguments of a verb name something: the verbs that look into pods.

use crate::reference::argument::{Argument, Unknown};
use crate::reference::subject::{Holder, Namespace, ObjectName, Subject};

use super::forms::container_of;
use super::mentions::Mentions;
use super::parts;
use super::resources::Resources;

/// Adds what the arguments of the verb name; returns whether the verb is one of these.
pub(super) fn mention(mentions: &mut Mentions<'_>) -> bool {
    let path = mentions.invocation.path().to_owned();
    let positionals = mentions.invocation.own_positionals().to_vec();
    match path.as_str() {
        "exec" | "attach" => {
            let object = pod(mentions, positionals.first());
            if let Some(object) = &object {
                parts::endpoints(mentions, object);
            }
            container(mentions, object.as_ref(), "container");
        }
        "port-forward" => {
            if let Some(object) = pod(mentions, positionals.first()) {
                parts::endpoints(mentions, &object);
                parts::ports(mentions, &object, &positionals[1..]);
            }
        }
        "debug" => debug(mentions, &positionals),
        "logs" => logs(mentions, &positionals),
        "top pod" => top(mentions, &positionals),
        "cp" => positionals.iter().for_each(|path| copied(mentions, path)),
        _ => return false,
    }
    true
}

/// Adds the pod, or the `kind/name` that stands for its pods.
pub(super) fn pod(mentions: &mut Mentions<'_>, argument: Option<&Argument>) -> Option<ObjectName> {
    let Some(argument) = argument else {
        if mentions.invocation.open_ended {
            let span = mentions.invocation.verb_span;
            mentions.add(Subject::Unclear(span, Unknown::Input));
        }
        return None;
    };
    let (kind, name) = Resources::one(argument, "pods");
    Some(mentions.object(kind, name))
}

/// Adds the container that a flag names.
pub(super) fn container(mentions: &mut Mentions<'_>, object: Option<&ObjectName>, flag: &str) {
    if let (Some(object), Some(container)) = (object, mentions.invocation.value(flag).cloned()) {
        container_of(mentions, object, container);
    }
}

fn debug(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let object = pod(mentions, positionals.first());
    container(mentions, object.as_ref(), "target");
    if let Some(copy) = mentions.invocation.value("copy-to").cloned() {
        mentions.makes("pods", &copy);
    }
}

fn logs(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let named = mentions.invocation.value("container").or(positionals.get(1)).cloned();
    let holder = match mentions.invocation.value("selector").cloned() {
        Some(selector) => {
            let kinds = vec![Argument::implied("pods", mentions.flag_or_verb_span("selector"))];
            Some(Holder::Matching(mentions.matching(kinds, selector)))
        }
        None => pod(mentions, positionals.first()).map(Holder::Object),
    };
    if let Some(Holder::Object(object)) = &holder {
        parts::endpoints(mentions, object);
    }
    if let (Some(holder), Some(container)) = (holder, named) {
        mentions.container(holder, container);
    }
}

fn top(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    if let Some(selector) = mentions.invocation.value("selector").cloned() {
        let kinds = vec![Argument::implied("pods", mentions.flag_or_verb_span("selector"))];
        mentions.matching(kinds, selector);
    } else if let Some(name) = positionals.first() {
        mentions.object_of("pods", name);
    }
}

/// `cp` takes `namespace/pod:path`, `pod:path` and local paths.
fn copied(mentions: &mut Mentions<'_>, argument: &Argument) {
    let Some((place, _)) = argument.split_once(':') else {
        if let Some(reason) = argument.unknown.clone().filter(|_| argument.text.is_empty()) {
            mentions.add(Subject::Unclear(argument.span, reason));
        }
        return;
    };
    if place.text.is_empty() || place.text.starts_with(['.', '/', '~']) {
        return;
    }
    let object = match place.split_once('/') {
        Some((namespace, name)) => {
            mentions.add_required(Subject::Namespace(namespace.clone()));
            let kind = Argument::implied("pods", name.span);
            let object = ObjectName { kind, name, namespace: Namespace::Named(namespace) };
            mentions.add(Subject::Object(object.clone()));
            object
        }
        None => mentions.object_of("pods", &place),
    };
    container(mentions, Some(&object), "container");
}
