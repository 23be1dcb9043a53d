//! What is on record of a run, and what can be done with it afterwards.

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::{Collection, repository};
use crate::schema::violations;

/// Two actions that can be taken back, the second of a higher risk to take back, and one that cannot.
const THREE: &str = "---\ntitle: Three\nparams: [{name: WORD, default: plain}, {name: TOKEN, secret: true, default: hunter2hunter2}]\n---\n\n# Three

```bash action id=one
echo one $WORD >> log
```

```bash action id=undo-one undo=one verify=gone
echo undo-one >> log
touch gone
```

```bash action id=two
echo two >> log
```

```bash action id=undo-two undo=two risk=high
echo undo-two >> log
```

```bash action id=three
echo three >> log
```

```bash check id=gone
test ! -e never
```
";

fn three() -> (Collection, String) {
    let collection = Collection::empty().with("three.md", THREE);
    collection.run("exec three --yes --max-risk high").done().exits(0);
    let run = collection.run_id();
    (collection, run)
}

#[test]
fn a_finished_run_is_taken_back_newest_first_and_only_once() {
    let (collection, run) = three();
    collection.run("runs undo --yes").arg(&run).done().exits(2).says("`undo-two` is of risk high");
    assert_eq!(collection.text("log"), "one plain\ntwo\nthree\n");
    collection.run("runs undo --yes --max-risk high").arg(&run).done().exits(0).says("newest first");
    assert_eq!(collection.text("log"), "one plain\ntwo\nthree\nundo-two\nundo-one\n");
    let exported = collection.run("runs export --format json").arg(&run).json(0);
    assert_eq!(exported["ending"], "taken back");
    let again = collection.run("runs undo --yes --max-risk high").arg(&run).done().exits(2);
    again.says("nothing that run");
    assert_eq!(collection.text("log"), "one plain\ntwo\nthree\nundo-two\nundo-one\n");
}

#[test]
fn an_undo_whose_verify_fails_ends_the_taking_back() {
    let (collection, run) = three();
    let text = THREE.replace("undo=two risk=high", "undo=two verify=gone").replace("test ! -e never", "false");
    collection.write("three.md", &text);
    let undone = collection.run("runs undo --yes --accept-changes").arg(&run).done().exits(1);
    undone.says("not all of it is taken back");
    assert_eq!(collection.run("runs export --format json").arg(&run).json(0)["ending"], "stopped");
    assert_eq!(collection.text("log"), "one plain\ntwo\nthree\nundo-two\n");
}

#[test]
fn without_a_terminal_and_yes_nothing_is_taken_back() {
    let (collection, run) = three();
    let done = collection.run("runs undo").arg(&run).done().exits(2).says("--yes");
    assert!(!done.stderr.contains("--plan"), "there is no such flag: {done}");
    assert_eq!(collection.text("log"), "one plain\ntwo\nthree\n");
}

#[test]
fn a_run_is_exported_as_a_timeline_without_its_secrets() {
    let (collection, run) = three();
    for (format, told) in [
        ("markdown", "| action “Three” (one) | passed |"),
        ("json", "\"operator\": \"mara@desk\""),
        ("html", "<h1>Three</h1>"),
    ] {
        let done = collection.run("runs export --format").arg(format).arg(&run).done().exits(0);
        assert!(!done.stdout.contains("hunter2"), "{done}");
        assert!(done.stdout.to_lowercase().contains(&told.to_lowercase()), "{done}");
    }
    let json = collection.run("runs export --format json").arg(&run).json(0);
    assert_eq!(
        (&json["ending"], &json["values"]["WORD"], &json["secrets"][0]),
        (&"completed".into(), &"plain".into(), &"TOKEN".into())
    );
    collection.run("runs export no-such-run").done().exits(2).says("no run `no-such-run`");
}

#[test]
fn every_line_of_a_journal_is_as_its_schema_says() {
    let (collection, run) = three();
    collection.run("runs undo --yes --max-risk high").arg(&run).done().exits(0);
    let text = std::fs::read_to_string(repository().join("docs/journal.schema.json")).expect("there is a schema");
    let schema: Json = serde_json::from_str(&text).expect("a schema is JSON");
    let journal = collection.journal();
    assert!(journal.len() > 20, "{journal:#?}");
    for line in &journal {
        let mut wanted = schema.clone();
        wanted["$ref"] = format!("#/$defs/{}", line["event"].as_str().unwrap_or_default()).into();
        assert_eq!(violations(&wanted, line), Vec::<String>::new(), "{line:#}");
    }
    assert_eq!(collection.run("report schema journal").json(0), schema);
}

#[test]
fn old_runs_are_removed_and_those_that_can_be_resumed_stay() {
    let collection = Collection::empty()
        .with("one.md", "# One\n\n```bash action id=one\necho one >> log\n```\n")
        .with("two.md", "# Two\n\n- [ ] look\n\n```bash action id=two\ntrue\n```\n\n```bash action id=asks\nkill -INT $PPID\nsleep 5\n```\n");
    let at = |time: &str, words: &str, exit: i32| collection.run(words).env("RUNBOOKS_NOW", time).done().exits(exit);
    at("2026-01-01T00:00:00Z", "exec one --yes", 0);
    at("2026-02-01T00:00:00Z", "exec two --yes --assume-manual", 130);
    at("2026-11-01T00:00:00Z", "exec one --yes", 0);
    at("2026-11-20T00:00:00Z", "exec one --yes", 0);
    let listed = || collection.run("runs list").done().exits(0).stdout.lines().count();
    assert_eq!(listed(), 4);
    collection.run("runs clean").done().exits(2);
    collection.run("runs clean --older-than 90d").done().exits(0).prints("20260101T").says("can be resumed");
    assert_eq!(listed(), 3);
    collection.run("runs clean --keep 1").done().exits(0).prints("20261101T");
    let left = collection.run("runs list").done().exits(0);
    left.prints("20260201T").prints("20261120T");
}

#[test]
fn what_the_cluster_changed_is_shown_with_versions_and_as_a_diff() {
    let cluster = Cluster::shared();
    cluster.namespace("runs-show");
    cluster.kubectl(&["create", "configmap", "one", "-n", "runs-show", "--from-literal=key=before"]);
    cluster.kubectl(&["create", "secret", "generic", "hidden", "-n", "runs-show", "--from-literal=key=hunter2hunter2"]);
    let text = "# Page

```bash action id=change
kubectl patch configmap one --type merge -p '{\"data\":{\"key\":\"after\"}}'
kubectl label secret hidden tier=gold
kubectl create configmap two
kubectl delete configmap two
```
";
    let collection = Collection::empty().with("page.md", text);
    collection.run("exec page --yes --namespace runs-show").on(cluster).done().exits(0);
    let run = collection.run_id();
    let shown = collection.run("runs show --diff").arg(&run).done().exits(0);
    let shown = shown.prints("PATCH configmaps \"one\" in namespace \"runs-show\": 200, resourceVersion ");
    let shown = shown.prints("-    \"key\": \"before\"").prints("+    \"key\": \"after\"").prints("[masked]");
    assert!(shown.stdout.contains(": 201, new, resourceVersion "), "{shown}");
    let hidden = |text: &str| !text.contains("hunter2") && !text.contains("aHVudGVyMmh1bnRlcjI=");
    let files = walkdir::WalkDir::new(collection.path(".runbooks")).into_iter().flatten();
    for file in files.filter(|file| file.file_type().is_file()) {
        let text = std::fs::read_to_string(file.path()).expect("what is kept is text");
        assert!(hidden(&text), "{}", file.path().display());
    }
    let begun = collection.journal().iter().filter(|line| line["event"] == "cluster-write-begun").count();
    assert_eq!(begun, 4, "{:#?}", collection.journal());
}

#[test]
fn a_kept_object_that_was_changed_is_found_out_and_not_shown() {
    let cluster = Cluster::shared();
    cluster.namespace("runs-kept");
    cluster.kubectl(&["create", "configmap", "one", "-n", "runs-kept", "--from-literal=key=before"]);
    let patch = "kubectl patch configmap one --type merge -p '{\"data\":{\"key\":\"after\"}}'";
    let collection = Collection::empty().with("page.md", &format!("# Page\n\n```bash action\n{patch}\n```\n"));
    collection.run("exec page --yes --namespace runs-kept").on(cluster).done().exits(0);
    let run = collection.run_id();
    let show = || collection.run("runs show --diff").arg(&run).done();
    show().exits(0).prints("-    \"key\": \"before\"");
    let path = collection.path(".runbooks/runs").join(&run).join("objects/0001-before.json");
    let text = std::fs::read_to_string(&path).expect("it is kept");
    std::fs::write(&path, text.replace("before", "beforf")).expect("a file can be written");
    let shown = show().exits(2).says("objects/0001-before.json` is not what the run kept: it was changed since");
    assert!(!shown.stdout.contains("beforf"), "{shown}");
    std::fs::remove_file(&path).expect("it is there");
    show().exits(2).says("is not what the run kept: cannot read");
}

#[test]
fn an_incident_report_is_made_by_a_template_of_one_s_own() {
    let (collection, run) = three();
    let template = "{{ title }} on {{ target }} by {{ operators | join(sep=\", \") }}{% for entry in entries %}{% if entry.what == \"step\" %}\n{{ entry.step }}: {{ entry.outcome }}{% endif %}{% endfor %}\n";
    collection.write("report.md", template);
    let export = |file: &str| collection.run("runs export --template").arg(file).arg(&run).done();
    let report = "Three on default by mara@desk\none: passed\ntwo: passed\nthree: passed\ngone: passed\n";
    assert_eq!(export("report.md").exits(0).stdout, report);
    collection.write("report.html", "<p>{{ title }} {{ \"<b>\" }}</p>");
    export("report.html").exits(0).prints("<p>Three &lt;b&gt;</p>");
    collection.write("broken.md", "one\n{{ no_such_name }}\n");
    export("broken.md").exits(2).says("`broken.md` cannot be filled in: line 2: ");
    collection.write("broken.md", "one\ntwo\n{% if %}\n");
    export("broken.md").exits(2).says("line 3: ");
    let ours = repository().join("docs/incident-report.md.tera");
    let report = export(&ours.to_string_lossy()).exits(0);
    let report = report.prints("# Incident report: Three").prints("action “Three” (one): passed");
    assert!(!report.stdout.contains("hunter2"), "{report}");
}

#[test]
fn a_write_that_was_in_flight_when_the_run_died_is_on_record() {
    use crate::process::{PATIENCE, holds_within};
    let cluster = Cluster::shared();
    cluster.namespace("runs-died");
    let text = "# Page

```bash action id=change
kubectl create configmap one
touch written
while test -e hold; do sleep 0.02; done
```
";
    let collection = Collection::empty().with("page.md", text).with("hold", "");
    let run = collection.run("exec page --yes --namespace runs-died").on(cluster).start();
    assert!(holds_within(PATIENCE, || collection.path("written").exists()), "the write is done");
    run.kill();
    let run = collection.run_id();
    let shown = collection.run("runs show").arg(&run).done().exits(0);
    shown.prints("write by `change`: POST configmaps \"one\" in namespace \"runs-died\": 201, new");
}
