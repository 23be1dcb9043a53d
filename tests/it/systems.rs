//! The systems beside `NovaCron`: released to, broken, and taken back; drills, alerts, and the list of procedures.

use std::fs;

use crate::harness::{Collection, repository};
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, SYSTEMS, System};

/// Returns the image of a deployment.
fn image(system: &System, deployment: &str) -> String {
    system.value(&format!("deployment/{deployment}"), "{.spec.template.spec.containers[0].image}")
}

/// Gives a deployment an image that crashes, as a bad release would.
fn break_release(system: &System, deployment: &str) {
    let namespace = system.facts.namespace;
    let bad = "*=registry.example/crash:v9.9.9";
    system.cluster.kubectl(&["set", "image", &format!("deployment/{deployment}"), bad, "-n", namespace]);
}

/// Executes a runbook as the person on call, without anybody being asked.
fn exec(system: &System, collection: &Collection, words: &str) {
    let run = system.run(collection, &format!("exec {words} --yes --assume-manual --max-risk high"));
    run.env("KUBECONFIG", system.on_call(collection)).done().exits(0);
}

#[test]
fn a_canary_becomes_the_stable_version_of_noa_and_a_bad_revision_is_taken_back() {
    let system = System::of_its_own(&NOA);
    let collection = Collection::shipped();
    exec(&system, &collection, "deploy/canary");
    let released = "registry.noaserver.com/noa-api:v2.4.0";
    assert_eq!(image(&system, NOA.live), released);
    assert_eq!(system.value("httproute/noa-api", "{.spec.rules[0].backendRefs[*].weight}"), "100 0");
    assert_eq!(system.value("deployment/noa-api-canary", "{.spec.replicas}"), "0");

    // By its number, which is not that of the one before.
    let revision = "{.metadata.annotations.deployment\\.kubernetes\\.io/revision}";
    let revision = system.value(&format!("deployment/{}", NOA.live), revision);
    let other = ["set", "image", &format!("deployment/{}", NOA.live), "*=registry.example/crash:v9.9.8", "-n", "noa"];
    system.cluster.kubectl(&other);
    break_release(&system, NOA.live);
    exec(&system, &Collection::shipped(), &format!("rollback/revision --param REVISION={revision}"));
    assert_eq!(image(&system, NOA.live), released);
    assert_eq!(system.value(&format!("deployment/{}", NOA.live), "{.status.readyReplicas}"), "3");
}

#[test]
fn a_canary_that_fails_gets_no_traffic_any_more() {
    let system = System::of_its_own(&NOA);
    let collection = Collection::shipped();
    let run = system.run(&collection, "exec deploy/canary --yes --assume-manual --max-risk high");
    run.env("RUNBOOKS_PARAM_MAX_P95_SECONDS", "0.1").done().exits(1).says("latency");
    assert_eq!(system.value("httproute/noa-api", "{.spec.rules[0].backendRefs[*].weight}"), "100 0");
    assert_eq!(system.value("deployment/noa-api-canary", "{.spec.replicas}"), "0", "it is parked again");
    assert_eq!(image(&system, NOA.live), "registry.noaserver.com/noa-api:v2.3.0");
}

/// Releases to green, then to blue, breaks that, and sends the users back to green.
fn releases_and_takes_back(facts: &'static Facts, service: &str, label: &str, green: &str, released: &str) {
    let system = System::of_its_own(facts);
    exec(&system, &Collection::shipped(), "deploy/blue-green");
    let selected = |system: &System| system.value(service, &format!("{{.spec.selector.{label}}}"));
    assert_eq!(selected(&system), "green");
    assert_eq!(image(&system, green), released);

    // The colours are the other way round now, and the next release says how to go on.
    let next = Collection::shipped();
    let words = "exec deploy/blue-green --yes --assume-manual --max-risk high";
    let run = system.run(&next, words).env("KUBECONFIG", system.on_call(&next));
    run.done().exits(1).prints("begin again with --param LIVE_COLOR=green --param IDLE_COLOR=blue");
    exec(&system, &Collection::shipped(), "deploy/blue-green --param LIVE_COLOR=green --param IDLE_COLOR=blue");
    assert_eq!(selected(&system), "blue");
    assert_eq!(image(&system, facts.live), released);

    break_release(&system, facts.live);
    exec(&system, &Collection::shipped(), "rollback/traffic --param LIVE_COLOR=green --param IDLE_COLOR=blue");
    assert_eq!(selected(&system), "green");
    assert_eq!(system.value(&format!("deployment/{}", facts.live), "{.spec.replicas}"), "0");
    assert_eq!(system.value(&format!("deployment/{green}"), "{.status.readyReplicas}"), "3");
}

#[test]
fn a_release_of_inopnc_and_its_roll_back_end_in_the_promised_state() {
    let released = "ghcr.io/your-org/inopnc-wm:v1.2.3";
    releases_and_takes_back(&INOPNC, "service/inopnc-prod", "environment", "inopnc-green", released);
}

#[test]
fn a_release_of_candlefish_and_its_roll_back_end_in_the_promised_state() {
    let (service, green) = ("service/candlefish-website-service", "candlefish-website-green");
    let released = "123456789012.dkr.ecr.us-east-1.amazonaws.com/candlefish-website:v1.2.3";
    releases_and_takes_back(&CANDLEFISH, service, "version", green, released);
}

#[test]
fn a_release_of_dotmac_by_pipeline_and_its_roll_back_end_in_the_promised_state() {
    let system = System::of_its_own(&DOTMAC);
    let released = "registry.dotmac.framework/api-gateway:v1.3.0";
    exec(&system, &Collection::shipped(), "deploy/pipeline-gate");
    assert_eq!(image(&system, DOTMAC.live), released);

    break_release(&system, DOTMAC.live);
    exec(&system, &Collection::shipped(), "rollback/pipeline");
    assert_eq!(image(&system, DOTMAC.live), released);
    assert_eq!(system.value("deployment/api-gateway", "{.status.readyReplicas}"), "3");
}

#[test]
fn drills_break_mend_and_clean_up_a_namespace_of_their_own() {
    let system = System::novacron();
    let before = system.everything();
    for drill in ["crash-loop", "roll-back"] {
        let collection = Collection::shipped();
        let run = collection.run(&format!("exec drills/{drill} --yes --assume-manual --target practice"));
        run.env("KUBECONFIG", system.cluster.kubeconfig()).done().exits(0);
        let journal = collection.journal();
        let finished = journal.iter().filter(|entry| entry["event"] == "step-finished").map(|entry| &entry["result"]);
        let passed: Vec<_> = finished.filter(|it| it["outcome"] == "passed").map(|it| it["id"].clone()).collect();
        for id in ["is-broken", "mend", "all-well", "clean-up"] {
            assert!(passed.iter().any(|passed| passed == id), "`{id}` has not passed in {drill}: {passed:?}");
        }
        let left = system.cluster.kubectl(&["get", "namespaces", "-o", "name"]);
        assert!(!left.contains("namespace/drill"), "{left}");
    }
    assert_eq!(before, system.everything(), "nothing else is touched");
}

#[test]
fn every_alert_leads_to_a_page() {
    let collection = Collection::shipped();
    collection.run("build").done().exits(0);
    let mut seen = 0;
    for facts in SYSTEMS {
        let rules = fs::read_to_string(facts.folder().join("prometheus/alerts.yaml")).expect("there are rules");
        for line in
            rules.lines().filter_map(|line| line.trim().strip_prefix("runbook_url: https://runbooks.novacron.local/"))
        {
            let page = collection.path("site").join(line).join("index.html");
            assert!(page.is_file(), "{}: no page for {line}", facts.name);
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} alerts");
}

#[test]
fn every_procedure_has_a_runbook_that_its_target_is_for() {
    let text = fs::read_to_string(repository().join("content/reference/procedures.md")).expect("the table is there");
    let collection = Collection::shipped();
    let mut system = "";
    let mut seen = 0;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ").and_then(|line| line.split("{#").nth(1)) {
            system = name.trim_end_matches('}');
        }
        let Some((_, link)) = line.split_once("](../") else { continue };
        let id = link.split(".md)").next().expect("a part before");
        assert!(collection.path(&format!("content/{id}.md")).is_file(), "no runbook {id}: {line}");
        assert!(is_for(&collection, system, id), "target {system} is not for {id}");
        seen += 1;
    }
    assert!(seen > 100, "only {seen} procedures");
}

#[test]
fn the_quick_reference_says_what_the_runbooks_say() {
    let content = repository().join("content");
    let text = fs::read_to_string(content.join("reference/debugging.md")).expect("the page is there");
    let (_, quick) = text.split_once("## From the runbooks\n").expect("there is a quick reference");
    let quick = quick.split("\n## ").next().expect("a part before");
    let mut runbook = String::new();
    let mut seen = 0;
    for line in quick.lines() {
        if let Some((_, link)) = line.split_once("](../") {
            let path = content.join(link.split(')').next().expect("a part before"));
            runbook = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        if line.starts_with("kubectl ") {
            assert!(runbook.lines().any(|said| said == line), "the runbook named above it does not say: {line}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen} commands");
}

/// Returns whether a target's list of globs, as written, names a runbook.
fn is_for(collection: &Collection, target: &str, id: &str) -> bool {
    let settings: toml::Table = collection.text("runbooks.toml").parse().expect("it is TOML");
    let globs = settings["target"][target]["runbooks"].as_array().expect("a list of globs");
    globs
        .iter()
        .filter_map(|glob| glob.as_str())
        .any(|glob| globset::GlobBuilder::new(glob).build().is_ok_and(|glob| glob.compile_matcher().is_match(id)))
}
