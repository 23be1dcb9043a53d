//! Recordings: made on a real system, and then answering in its place.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::harness::{Collection, Run, repository};
use crate::system::{Found, NOVACRON, System};

const LIVE: &str = NOVACRON.live;

/// The recording that the README verifies the content we ship against. `tests/record` makes it anew.
fn shipped_recording() -> PathBuf {
    repository().join("tests/systems/novacron/recording.ndjson")
}

/// Returns `verify` against a recording, on a machine that has nothing: no cluster, no network, no program at all.
fn replay(collection: &Collection, recording: &str, words: &str) -> Run {
    let run = collection.run(&format!("verify {words}")).arg("--replay").arg(recording);
    run.env("PATH", collection.path("no-programs")).env("HOME", collection.path("no-home"))
}

/// Records the content we ship on a healthy system.
fn recorded(collection: &Collection) -> Found {
    let run = System::novacron().run(collection, "verify --format json --record recording.ndjson");
    Found { result: run.json(0) }
}

/// Returns what became of every step.
fn outcomes(found: &Found) -> BTreeMap<(String, String), String> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let runbooks = found.result["runbooks"].as_array().into_iter().flatten();
    let steps = runbooks.flat_map(|runbook| {
        let id = text(&runbook["id"]);
        let steps = runbook["steps"].as_array().into_iter().flatten();
        steps.map(move |step| ((id.clone(), text(&step["id"])), text(&step["outcome"])))
    });
    steps.collect()
}

#[test]
fn a_recording_answers_where_there_is_nothing_at_all() {
    let collection = Collection::shipped();
    let live = recorded(&collection);
    let replayed = Found { result: replay(&collection, "recording.ndjson", "--format json --target novacron").json(0) };
    assert_eq!(outcomes(&live), outcomes(&replayed));
    assert!(live.count("passed") > 50, "{:#}", live.result["tally"]);
    assert_eq!(live.result["cluster_version"], replayed.result["cluster_version"]);
    assert_eq!(replayed.result["recording"]["run"], live.result["run"]);
    assert_eq!(live.result["recording"], Json::Null);
}

#[test]
fn two_recordings_hold_the_same_questions_in_the_same_order() {
    let asked = [(); 2].map(|()| {
        let collection = Collection::shipped();
        recorded(&collection);
        let text = collection.text("recording.ndjson");
        let lines = text.lines().skip(1).map(|line| serde_json::from_str::<Json>(line).expect("every line is JSON"));
        lines.map(|line| line.get("cluster").unwrap_or(&Json::Null).to_string()).collect::<Vec<_>>()
    });
    assert_eq!(asked[0], asked[1]);
}

/// Changes a runbook we ship, and returns what the recording of it as it was says then.
fn after_change(from: &str, to: &str, exit: i32) -> Found {
    let path = "content/rollback/traffic.md";
    let collection = Collection::shipped();
    let text = collection.text(path);
    assert_eq!(text.matches(from).count(), 1, "`{from}` is there, once");
    collection.write(path, &text.replace(from, to));
    let recording = shipped_recording();
    let run = replay(&collection, &recording.to_string_lossy(), "rollback/traffic --format json --target novacron");
    Found { result: run.json(exit) }
}

/// Returns the names of the steps that ended as `outcome`.
fn names(found: &Found, outcome: &str) -> Vec<String> {
    found.steps(outcome).into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_command_that_names_another_object_drifts_at_its_line() {
    let path = "content/rollback/traffic.md";
    let addition = format!("# Roll back\n\nLook with `kubectl get deployment/{LIVE}x -n novacron` first.\n");
    let collection = Collection::shipped();
    collection.write(path, &addition);
    let recording = shipped_recording();
    let run = replay(&collection, &recording.to_string_lossy(), "rollback/traffic --format json --target novacron");
    let found = Found { result: run.json(1) };
    assert_eq!(found.lines("drifted"), [(path.to_owned(), 3)]);
    assert!(found.result.to_string().contains(LIVE), "what is there is offered: {:#}", found.result);
}

#[test]
fn a_block_that_was_changed_is_not_claimed_to_pass() {
    let found = after_change("echo \"selected: $selected,", "echo \"it is: $selected,", 2);
    assert_eq!(names(&found, "errored"), ["selects-old"]);
    assert!(found.result.to_string().contains("not-recorded"));
    assert_eq!((found.count("failed"), found.count("drifted")), (0, 0));
}

#[test]
fn an_expectation_that_was_changed_is_held_against_what_was_recorded() {
    let found = after_change("json.status == \"healthy\"'", "json.status == \"ill\"'", 1);
    assert_eq!(names(&found, "failed"), ["healthy"]);
    let found = after_change("json.status == \"healthy\"'", "size(json.status) == 7'", 0);
    assert!(names(&found, "passed").contains(&"healthy".to_owned()));
}

#[test]
fn a_value_that_was_changed_is_not_claimed_to_pass() {
    let collection = Collection::shipped();
    let toml = collection.text("runbooks.toml");
    collection.write("runbooks.toml", &toml.replace("POOL_LIMIT_PERCENT = \"80\"", "POOL_LIMIT_PERCENT = \"70\""));
    let recording = shipped_recording();
    let run = replay(&collection, &recording.to_string_lossy(), "health/database --format json --target novacron");
    let found = Found { result: run.json(2) };
    assert_eq!(names(&found, "errored"), ["pool-has-room"]);
}

#[test]
fn what_nobody_asked_the_cluster_is_not_claimed_to_be_missing() {
    let collection = Collection::empty()
        .with("runbooks.toml", "[target.novacron]\nnamespace = \"novacron\"\n")
        .with("content/a.md", "# A\n\nSee `kubectl get leases -n novacron`, and `kubectl get lease/x -n novacron`.\n");
    let recording = shipped_recording();
    let run = replay(&collection, &recording.to_string_lossy(), "--format json --target novacron");
    let found = Found { result: run.json(2) };
    assert_eq!((found.count("failed"), found.count("drifted")), (0, 0), "{:#}", found.result);
    assert!(found.result.to_string().contains("not in the recording"), "{:#}", found.result);
}

#[test]
fn a_recording_is_no_proof() {
    let collection = Collection::shipped();
    let recording = shipped_recording();
    let recording = recording.to_string_lossy();
    replay(&collection, &recording, "--save --target novacron").done().exits(2).says("proves nothing of today");
    let toml = format!("{}\n[target.other]\n", collection.text("runbooks.toml"));
    collection.write("runbooks.toml", &toml);
    replay(&collection, &recording, "--target other").done().exits(2).says("is a recording of target `novacron`");
    let done = replay(&collection, &recording, "--target novacron").done().exits(0);
    assert!(done.stdout.contains("on a recording of novacron"), "{done}");
    assert!(done.stdout.contains("nothing was asked today"), "{done}");
}

#[test]
fn no_secret_is_recorded() {
    let runbook = "# Secrets\n\n\
        ```bash check id=shown\nkubectl -n novacron get secret novacron-secrets -o yaml\n```\n\n\
        ```bash check id=decoded\nkubectl -n novacron get secret novacron-secrets -o json | jq -r '.data[]' | base64 -d\n```\n\n\
        ```bash check id=given\necho \"$GIVEN\"; echo \"$PLAIN_PASSWORD\"; echo DB_PASSWORD=hunter2-by-name\n```\n\n\
        ```bash check id=composed\necho \"$ADDRESS\"\n```\n\n\
        ```check use=handed-on id=handed-on\nHANDED: ${GIVEN}\n```\n\n\
        ```yaml check id=object\napiVersion: v1\nkind: Secret\nmetadata:\n  name: novacron-secrets\n  namespace: novacron\n```\n";
    let front = "---\nparams:\n  - name: GIVEN\n    secret: true\n  - name: ADDRESS\n    default: \"https://me:${GIVEN}@shop/\"\n---\n\n";
    let handed_on = "---\nparams: [{name: HANDED}]\n---\n\n```bash check\necho \"$HANDED\"\n```\n";
    let collection = Collection::empty()
        .with("runbooks.toml", "[target.novacron]\nnamespace = \"novacron\"\n")
        .with("checks/handed-on.md", handed_on)
        .with("content/a.md", &format!("{front}{runbook}"));
    let novacron = System::novacron();
    let run = novacron.run(&collection, "verify --record recording.ndjson");
    run.env("RUNBOOKS_PARAM_GIVEN", "hunter2-given").done().exits(0);
    let text = collection.text("recording.ndjson");
    let data = novacron.cluster.kubectl(&["get", "secret", "novacron-secrets", "-n", "novacron", "-o", "json"]);
    let data: Json = serde_json::from_str(&data).expect("kubectl prints JSON");
    let data = data["data"].as_object().expect("the Secret has data");
    assert!(!data.is_empty());
    for (key, encoded) in data {
        let encoded = encoded.as_str().expect("values are texts");
        let plain = novacron.value("secret/novacron-secrets", &format!("{{.data.{}}}", key.replace('.', "\\.")));
        assert_eq!(plain, encoded);
        assert!(!text.contains(encoded), "the value of `{key}` is in the recording");
        assert!(text.contains(key.as_str()), "the key `{key}` is not in the recording");
    }
    for secret in ["hunter2", "certificate-authority-data", "client-key", "Bearer "] {
        assert!(!text.contains(secret), "`{secret}` is in the recording");
    }
    // Who replays knows no secret, and needs none.
    replay(&collection, "recording.ndjson", "--target novacron").done().exits(0);
}

#[test]
fn the_recording_we_ship_answers_for_the_content_we_ship() {
    let recording = shipped_recording();
    let collection = Collection::shipped();
    if std::env::var_os("RECORDING").is_some_and(|wish| wish == "overwrite") {
        recorded(&collection);
        fs::copy(collection.path("recording.ndjson"), &recording).expect("the recording can be replaced");
    }
    let done = replay(&collection, &recording.to_string_lossy(), "--quiet --target novacron").done();
    assert_eq!(done.code, Some(0), "if the content was changed: bash tests/record\n{done}");
}

#[test]
fn what_the_gate_refused_is_refused_in_the_recording_too() {
    let text = "# A\n\n```bash check id=writes\nverb=delete; kubectl -n novacron \"$verb\" configmap novacron-config || true\n```\n\n\
        ```bash check id=fails\nkubectl -n novacron get configmap novacron-config -o name; exit 3\n```\n";
    let collection = Collection::empty()
        .with("runbooks.toml", "[target.novacron]\nnamespace = \"novacron\"\n")
        .with("content/a.md", text);
    let run = System::novacron().run(&collection, "verify --format json --record recording.ndjson");
    let live = Found { result: run.json(1) };
    let replayed = Found { result: replay(&collection, "recording.ndjson", "--format json --target novacron").json(1) };
    assert_eq!(names(&live, "failed"), ["writes", "fails"], "{:#}", live.result);
    let findings = |found: &Found| {
        let steps = found.result["runbooks"][0]["steps"].as_array().cloned().unwrap_or_default();
        steps.iter().map(|step| step["findings"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(findings(&live), findings(&replayed));
    assert!(replayed.result.to_string().contains("refused-write"));
}
