//! Which arguments of a verb name something: the verbs that take resources, nodes, contexts and kinds.

use std::collections::BTreeMap;

use crate::reference::argument::{Argument, Unknown};
use crate::reference::subject::{FileUse, Holder, Making, Namespace, ObjectName, Presence, Subject};

use super::mentions::Mentions;
use super::parts;
use super::resources::{Resources, is_assignment, split_pairs};

/// Adds what the arguments of the verb name. Verbs that name nothing, such as `version`, add nothing.
pub(super) fn mention(mentions: &mut Mentions<'_>) {
    let path = mentions.invocation.path().to_owned();
    let positionals = mentions.invocation.own_positionals().to_vec();
    match path.as_str() {
        "get" if mentions.invocation.flag("raw").is_some() => {}
        "describe" => {
            if mentions.presence == Presence::Required {
                mentions.presence = Presence::Prefix;
            }
            let objects = resources(mentions, &positionals);
            parts::endpoints_of(mentions, &objects);
        }
        "delete" => {
            mentions.removes = true;
            resources(mentions, &positionals);
        }
        "wait" => wait(mentions, &positionals),
        "label" => label(mentions, &positionals),
        "annotate" | "set selector" => drop(resources(mentions, split_pairs(&positionals, is_assignment).0)),
        "taint" => {
            let is_taint = |argument: &Argument| is_assignment(argument) || argument.text.contains(':');
            resources(mentions, split_pairs(&positionals, is_taint).0);
        }
        "set image" => set_image(mentions, &positionals),
        "set env" => set_env(mentions, &positionals),
        "set resources" => {
            let objects = resources(mentions, &positionals);
            containers(mentions, &objects, "containers");
        }
        "set serviceaccount" => set_service_account(mentions, &positionals),
        "set subject" => {
            resources(mentions, &positionals);
            service_accounts(mentions);
        }
        "expose" => expose(mentions, &positionals),
        "autoscale" => autoscale(mentions, &positionals),
        "cordon" | "uncordon" | "drain" | "top node" => nodes(mentions, &positionals),
        "certificate approve" | "certificate deny" => named(mentions, &positionals, "certificatesigningrequests"),
        "explain" => explain(mentions, &positionals),
        "events" => events(mentions),
        "kustomize" => files(mentions, &positionals),
        "get" => get(mentions, &positionals),
        "edit" | "patch" | "scale" => drop(resources(mentions, &positionals)),
        path if path.starts_with("rollout ") => {
            let objects = resources(mentions, &positionals);
            parts::revision(mentions, &objects);
        }
        path if path.starts_with("config ") => config(mentions, &positionals),
        _ => {}
    }
}

/// Adds resource arguments, or what a selector picks of them, and returns the objects that are named.
pub(super) fn resources(mentions: &mut Mentions<'_>, arguments: &[Argument]) -> Vec<ObjectName> {
    let from_file = ["filename", "kustomize"].iter().any(|flag| mentions.invocation.flag(flag).is_some());
    let selector = mentions.invocation.value("selector").filter(|selector| !selector.is("")).cloned();
    let open_ended = mentions.invocation.open_ended && !from_file && selector.is_none();
    let mut found = Resources::read(arguments, open_ended);
    mentions.targets.extend(found.kinds.iter().map(|kind| (kind.clone(), None)));
    mentions.targets.extend(found.objects.iter().map(|(kind, name)| (kind.clone(), Some(name.clone()))));
    if arguments.is_empty() && open_ended {
        found.unclear.push((mentions.invocation.verb_span, Unknown::Input));
    }
    for (span, reason) in found.unclear {
        mentions.add(Subject::Unclear(span, reason));
    }
    match selector {
        Some(selector) if !found.kinds.is_empty() => drop(mentions.matching(found.kinds, selector)),
        _ => found.kinds.into_iter().for_each(|kind| mentions.add_required(Subject::Kind(kind))),
    }
    found.objects.into_iter().map(|(kind, name)| mentions.object(kind, name)).collect()
}

fn get(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let objects = resources(mentions, positionals);
    parts::keys(mentions, &objects);
    parts::endpoints_of(mentions, &objects);
    let kinds: Vec<Argument> = mentions.targets.iter().map(|(kind, _)| kind.clone()).collect();
    parts::fields(mentions, &kinds);
}

fn wait(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let condition = mentions.invocation.value("for").map(|value| value.text.to_lowercase()).unwrap_or_default();
    if condition == "delete" || condition == "create" {
        mentions.presence = Presence::Optional;
    }
    resources(mentions, positionals);
}

fn label(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let (objects, pairs) = split_pairs(positionals, is_assignment);
    resources(mentions, objects);
    let labels = pairs.iter().filter_map(pair).collect::<BTreeMap<_, _>>();
    if !labels.is_empty() {
        mentions.making(Making::Labels(labels));
    }
}

/// Returns key and value of `key=value`, if both are known.
pub(super) fn pair(argument: &Argument) -> Option<(String, String)> {
    let (key, value) = argument.known().ok()?.split_once('=')?;
    Some((key.to_owned(), value.to_owned()))
}

fn set_image(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let (objects, pairs) = split_pairs(positionals, |argument| argument.text.contains('='));
    let objects = resources(mentions, objects);
    if let [object] = objects.as_slice() {
        for (container, _) in pairs.iter().filter_map(|pair| pair.split_once('=')) {
            container_of(mentions, object, container);
        }
    }
}

fn set_env(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let objects = resources(mentions, split_pairs(positionals, is_assignment).0);
    containers(mentions, &objects, "containers");
    source(mentions);
}

/// Adds the object that `--from=kind/name` takes something from.
pub(super) fn source(mentions: &mut Mentions<'_>) {
    if let Some((kind, name)) = mentions.invocation.value("from").and_then(|from| from.split_once('/')) {
        let object = mentions.name(kind, name);
        mentions.add_required(Subject::Object(object.clone()));
        parts::keys_of_source(mentions, &object);
    }
}

fn containers(mentions: &mut Mentions<'_>, objects: &[ObjectName], flag: &str) {
    if let [object] = objects {
        for container in mentions.invocation.values(flag) {
            container_of(mentions, object, container);
        }
    }
}

/// Adds a container of an object, unless it is a pattern.
pub(super) fn container_of(mentions: &mut Mentions<'_>, object: &ObjectName, container: Argument) {
    if !container.text.contains('*') {
        mentions.container(Holder::Object(object.clone()), container);
    }
}

fn set_service_account(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let Some((account, objects)) = positionals.split_last() else { return };
    resources(mentions, objects);
    mentions.object_of("serviceaccounts", account);
}

/// Adds the service accounts of `--serviceaccount=namespace:name`.
pub(super) fn service_accounts(mentions: &mut Mentions<'_>) {
    for value in mentions.invocation.values("serviceaccount") {
        let Some((namespace, name)) = value.split_once(':') else { continue };
        let kind = Argument::implied("serviceaccounts", name.span);
        let namespace = Namespace::Named(namespace);
        mentions.add_required(Subject::Object(ObjectName { kind, name, namespace }));
    }
}

fn expose(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let objects = resources(mentions, positionals);
    makes_for(mentions, &objects, "services");
}

fn autoscale(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let objects = resources(mentions, positionals);
    makes_for(mentions, &objects, "horizontalpodautoscalers");
}

fn makes_for(mentions: &mut Mentions<'_>, objects: &[ObjectName], kind: &str) {
    let name = mentions.invocation.value("name").or(objects.first().map(|object| &object.name)).cloned();
    if let Some(name) = name {
        mentions.makes(kind, &name);
    }
}

fn nodes(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    if let Some(selector) = mentions.invocation.value("selector").cloned() {
        let span = mentions.invocation.verb_span;
        mentions.matching(vec![Argument::implied("nodes", span)], selector);
    }
    let kind = Argument::implied("nodes", mentions.invocation.verb_span);
    match positionals {
        [] => mentions.targets.push((kind, None)),
        names => {
            mentions.targets.extend(names.iter().map(|name| (kind.clone(), Some(Resources::one(name, "nodes").1))));
        }
    }
    named(mentions, positionals, "nodes");
}

fn named(mentions: &mut Mentions<'_>, positionals: &[Argument], kind: &str) {
    for argument in positionals {
        let (kind, name) = Resources::one(argument, kind);
        mentions.object(kind, name);
    }
    if mentions.invocation.open_ended && positionals.is_empty() {
        let span = mentions.invocation.verb_span;
        mentions.add(Subject::Unclear(span, Unknown::Input));
    }
}

/// `explain deploy.spec.template`: the kind is the part before the first dot.
fn explain(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    if let Some(argument) = positionals.first() {
        let kind = argument.split_once('.').map_or_else(|| argument.clone(), |(kind, _)| kind);
        mentions.add(Subject::Kind(kind));
    }
}

fn events(mentions: &mut Mentions<'_>) {
    if let Some((kind, name)) = mentions.invocation.value("for").and_then(|value| value.split_once('/')) {
        mentions.object(kind, name);
    }
}

fn files(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    for file in positionals {
        mentions.file(file.clone(), FileUse::Kustomization);
    }
}

fn config(mentions: &mut Mentions<'_>, positionals: &[Argument]) {
    let path = mentions.invocation.path().to_owned();
    let Some(first) = positionals.first() else { return };
    match path.as_str() {
        "config use-context" | "config get-contexts" | "config delete-context" => {
            mentions.add(Subject::Context(first.clone()));
        }
        "config rename-context" => {
            mentions.add(Subject::Context(first.clone()));
            makes_context(mentions, positionals.get(1));
        }
        "config set-context" => makes_context(mentions, Some(first)),
        _ => {}
    }
}

fn makes_context(mentions: &mut Mentions<'_>, name: Option<&Argument>) {
    if let Some(Ok(name)) = name.map(Argument::known) {
        mentions.making(Making::Context(name.to_owned()));
    }
}
