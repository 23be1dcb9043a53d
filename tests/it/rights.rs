//! The person on call of each system has the rights that the runbooks need, and no other right to change anything.
//!
//! That these rights are enough, `planted` shows: everything passes with them. Here they are compared with what a
//! verification asks about, every action of every runbook switched on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::harness::Collection;
use crate::system::System;

/// Values with which no action is left out.
const EVERYTHING: &[(&str, &str)] = &[
    ("NEW_POOL_SIZE", "2"),
    ("NEW_MEMORY_LIMIT", "2Gi"),
    ("NEW_SIZE", "20Gi"),
    ("PODS", "4"),
    ("WORKERS", "4"),
    ("END_SLOW", "yes"),
    ("MAX_PODS", "14"),
    ("VALUE", "true"),
    ("READ_ONLY", "yes"),
    ("EXCHANGE", "yes"),
    ("MOMENT", "2026-11-20T14:30:00Z"),
    ("REQUESTS", "cpu=100m,memory=512Mi"),
    ("LIMITS", "cpu=1,memory=1Gi"),
    ("RESTORE_DATA", "yes"),
    ("WAY", "restore"),
    ("NODE", "node-1"),
    ("APPLY", "yes"),
    ("REBUILD", "yes"),
    ("RENEW", "yes"),
];

/// A right to change something: the verb, the group, the resource with its subresource.
type Right = (String, String, String);

/// Returns the rights that `verify` asks about, with the names of the objects (none, where it is any object).
fn asked(recording: &str) -> BTreeMap<Right, BTreeSet<String>> {
    let mut asked: BTreeMap<Right, BTreeSet<String>> = BTreeMap::new();
    for line in recording.lines() {
        let line: Json = serde_json::from_str(line).expect("a recording is lines of JSON");
        let ask = line["cluster"]["ask"].as_str().unwrap_or_default();
        if ask.ends_with("/selfsubjectaccessreviews") {
            let body: Json =
                serde_json::from_str(line["cluster"]["body"].as_str().expect("it has a body")).expect("JSON");
            let attributes = &body["spec"]["resourceAttributes"];
            let text = |name: &str| attributes[name].as_str().unwrap_or_default().to_owned();
            let resource = match text("subresource").as_str() {
                "" => text("resource"),
                subresource => format!("{}/{subresource}", text("resource")),
            };
            asked.entry((text("verb"), text("group"), resource)).or_default().insert(text("name"));
        }
    }
    asked
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    resources: Vec<String>,
    #[serde(default)]
    resource_names: BTreeSet<String>,
    verbs: Vec<String>,
}

/// Returns the rules that the person on call is given, in the system's namespace and elsewhere.
fn given(system: &System) -> Vec<Rule> {
    let roles = system.cluster.kubectl(&["get", "roles,clusterroles", "-A", "-o", "json"]);
    let roles: Json = serde_json::from_str(&roles).expect("kubectl writes JSON");
    let is_ours = |role: &&Json| role["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("oncall"));
    let ours = roles["items"].as_array().into_iter().flatten().filter(is_ours);
    let rules = ours.flat_map(|role| role["rules"].as_array().into_iter().flatten());
    rules.map(|rule| serde_json::from_value(rule.clone()).expect("a rule names its resources")).collect()
}

/// Returns the rights that the person on call has and no runbook asks for.
pub(crate) fn too_many(system: &System, collection: &Collection) -> Vec<String> {
    let recording = collection.home().join("recording.ndjson");
    let mut run = system.run(collection, &format!("verify --record {}", recording.display()));
    for (name, value) in EVERYTHING {
        run = run.env(&format!("RUNBOOKS_PARAM_{name}"), value);
    }
    run.env("KUBECONFIG", system.on_call(collection)).done();
    let asked = asked(&fs::read_to_string(&recording).expect("it is recorded"));
    let given = given(system);
    assert!(given.len() > 10 && asked.len() > 5, "{given:?}, {asked:?}");
    given.iter().flat_map(|rule| unused(rule, &asked)).collect()
}

/// Returns what a rule gives and nobody asks about.
fn unused(rule: &Rule, asked: &BTreeMap<Right, BTreeSet<String>>) -> Vec<String> {
    let is_asked = |verb: &str, group: &str, resource: &str| {
        let names = asked.get(&(verb.to_owned(), group.to_owned(), resource.to_owned()));
        names.is_some_and(|names| {
            rule.resource_names.is_empty() || names.contains("") || !names.is_disjoint(&rule.resource_names)
        })
    };
    let is_used = |verb: &str, group: &str, resource: &str| match verb {
        "get" | "list" | "watch" => resource != "secrets" && resource != "*",
        // `exec` itself needs the lock that keeps two people from the same runbook.
        _ if resource == "leases" => true,
        // A `yaml` action is a server-side apply, and that is a patch even of what is not there yet.
        "patch" => is_asked("patch", group, resource) || is_asked("create", group, resource),
        _ => is_asked(verb, group, resource),
    };
    let mut unused = Vec::new();
    for (group, resource) in rule.api_groups.iter().flat_map(|it| rule.resources.iter().map(move |name| (it, name))) {
        for verb in rule.verbs.iter().filter(|verb| !is_used(verb, group, resource)) {
            unused.push(format!("{verb} {resource} ({group}) {:?}", rule.resource_names));
        }
    }
    unused
}
