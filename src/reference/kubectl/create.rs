//! Which arguments of a verb name something: the verbs that make an object from their arguments.

use std::collections::BTreeMap;

use crate::reference::argument::Argument;
use crate::reference::subject::{Making, ObjectName, Subject};

use super::forms::{pair, service_accounts, source};
use super::mentions::Mentions;

/// Adds what the arguments of the verb name and make; returns whether the verb is one of these.
pub(super) fn mention(mentions: &mut Mentions<'_>) -> bool {
    let path = mentions.invocation.path().to_owned();
    let name = mentions.invocation.own_positionals().first().cloned();
    if path == "run" {
        if let Some(name) = name {
            run(mentions, &name);
        }
        return true;
    }
    let Some(kind) = path.strip_prefix("create ") else { return false };
    roles(mentions);
    if let Some(name) = name {
        create(mentions, kind, &name);
    }
    true
}

fn run(mentions: &mut Mentions<'_>, name: &Argument) {
    mentions.makes("pods", name);
    if mentions.invocation.is_set("expose") {
        mentions.makes("services", name);
    }
    let written: BTreeMap<_, _> = mentions.invocation.values("labels").iter().filter_map(pair).collect();
    if !written.is_empty() {
        mentions.making(Making::Labels(written));
    } else if let Ok(name) = name.known() {
        mentions.making(Making::Labels(BTreeMap::from([("run".to_owned(), name.to_owned())])));
    }
}

fn create(mentions: &mut Mentions<'_>, kind: &str, name: &Argument) {
    let first = kind.split(' ').next().unwrap_or(kind);
    match first {
        "token" => drop(mentions.object_of("serviceaccounts", name)),
        "quota" => mentions.makes("resourcequotas", name),
        "job" => {
            source(mentions);
            mentions.makes("jobs", name);
            labels(mentions, &["job-name", "batch.kubernetes.io/job-name"], name);
        }
        "deployment" | "service" => {
            mentions.makes(first, name);
            labels(mentions, &["app"], name);
        }
        _ => mentions.makes(first, name),
    }
}

fn labels(mentions: &mut Mentions<'_>, keys: &[&str], name: &Argument) {
    if let Ok(name) = name.known() {
        let labels = keys.iter().map(|key| ((*key).to_owned(), name.to_owned())).collect();
        mentions.making(Making::Labels(labels));
    }
}

/// Adds the roles and service accounts that a binding joins.
fn roles(mentions: &mut Mentions<'_>) {
    for (flag, kind) in [("clusterrole", "clusterroles"), ("role", "roles")] {
        if let Some(name) = mentions.invocation.value(flag).cloned() {
            let ObjectName { kind, name, namespace } = mentions.name(Argument::implied(kind, name.span), name);
            mentions.add_required(Subject::Object(ObjectName { kind, name, namespace }));
        }
    }
    service_accounts(mentions);
}
