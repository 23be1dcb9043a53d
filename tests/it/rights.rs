//! The person on call of each system has the rights that the runbooks need, and no other right to change anything.
//!
//! That these rights are enough, `planted` shows: everything passes with them. Here they are compared with what a
//! verification asks about, every action of every runbook switched on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::harness::Collection;
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, NOVACRON, System};

/// Values with which no action is left out.
const EVERYTHING: &[&str] = &[
    "NEW_POOL_SIZE=2",
    "NEW_MEMORY_LIMIT=2Gi",
    "NEW_SIZE=20Gi",
    "PODS=4",
    "MAX_PODS=14",
    "VALUE=true",
    "READ_ONLY=yes",
    "EXCHANGE=yes",
    "MOMENT=2026-11-20T14:30:00Z",
    "REQUESTS=cpu=100m,memory=512Mi",
    "LIMITS=cpu=1,memory=1Gi",
    "RESTORE_DATA=yes",
    "WAY=restore",
    "NODE=node-1",
    "APPLY=yes",
    "REBUILD=yes",
    "RENEW=yes",
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

/// Returns the rules that the person on call is given, of the system's namespace and of others.
fn given(system: &System) -> Vec<Rule> {
    let roles = system.cluster.kubectl(&["get", "roles,clusterroles", "-A", "-o", "json"]);
    let roles: Json = serde_json::from_str(&roles).expect("kubectl writes JSON");
    let manifest = fs::read_to_string(system.facts.folder().join("50-rbac.yaml")).expect("the manifest is there");
    let ours = |role: &&Json| {
        let name = role["metadata"]["name"].as_str().unwrap_or_default();
        name.contains("oncall") && manifest.contains(&format!("name: {name}\n"))
    };
    let rules = roles["items"].as_array().into_iter().flatten().filter(ours);
    let rules = rules.flat_map(|role| role["rules"].as_array().into_iter().flatten());
    rules.map(|rule| serde_json::from_value(rule.clone()).expect("a rule names its resources")).collect()
}

fn has_no_right_too_many(facts: &'static Facts) {
    let system = System::of_its_own(facts);
    let collection = Collection::shipped();
    let recording = collection.home().join("recording.ndjson");
    let mut run = system.run(&collection, "verify --record").arg(&recording);
    for value in EVERYTHING {
        run = run.arg("--param").arg(value);
    }
    run.env("KUBECONFIG", system.on_call(&collection)).done();
    let asked = asked(&fs::read_to_string(&recording).expect("it is recorded"));
    let given = given(&system);
    assert!(given.len() > 10 && asked.len() > 5, "{given:?}, {asked:?}");

    let mut too_many = Vec::new();
    for rule in &given {
        for (group, resource) in rule.api_groups.iter().flat_map(|it| rule.resources.iter().map(move |name| (it, name)))
        {
            for verb in rule.verbs.iter().filter(|verb| !["get", "list", "watch"].contains(&verb.as_str())) {
                let names = asked.get(&(verb.clone(), group.clone(), resource.clone()));
                let used = names.is_some_and(|names| {
                    rule.resource_names.is_empty() || names.contains("") || !names.is_disjoint(&rule.resource_names)
                });
                if !used {
                    too_many.push(format!("{verb} {resource} ({group}) {:?}", rule.resource_names));
                }
            }
        }
    }
    assert!(too_many.is_empty(), "{}: nobody needs these: {too_many:#?}\nasked: {asked:#?}", facts.name);
    let everything = given.iter().any(|rule| rule.resources.iter().chain(&rule.verbs).any(|it| it == "*"));
    let secrets = given.iter().any(|rule| {
        rule.resources.iter().any(|it| it == "secrets")
            && rule.verbs.iter().any(|it| ["get", "list", "watch"].contains(&it.as_str()))
    });
    assert!(!everything && !secrets, "{}: all, or secrets", facts.name);
}

#[test]
fn the_person_on_call_of_novacron_has_no_right_too_many() {
    has_no_right_too_many(&NOVACRON);
}

#[test]
fn the_person_on_call_of_noa_has_no_right_too_many() {
    has_no_right_too_many(&NOA);
}

#[test]
fn the_person_on_call_of_inopnc_has_no_right_too_many() {
    has_no_right_too_many(&INOPNC);
}

#[test]
fn the_person_on_call_of_candlefish_has_no_right_too_many() {
    has_no_right_too_many(&CANDLEFISH);
}

#[test]
fn the_person_on_call_of_dotmac_has_no_right_too_many() {
    has_no_right_too_many(&DOTMAC);
}
