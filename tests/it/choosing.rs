//! What `verify` looks at and what it exits with: shards, changes, targets, outcomes, and a run that is stopped.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};

fn ids(result: &Json) -> Vec<String> {
    let runbooks = result["runbooks"].as_array().into_iter().flatten();
    runbooks.map(|runbook| runbook["id"].as_str().unwrap_or_default().to_owned()).collect()
}

fn collection() -> Collection {
    let page = "# Page\n\n```bash check id=ok\ntrue\n```\n\n```bash\nkubectl --no-such-flag get pods\n```\n";
    Collection::empty()
        .with("runbooks.toml", "[target.one]\n[target.two]\nrunbooks = [\"a\"]\n")
        .with("content/a.md", page)
        .with("content/b.md", page)
        .with("content/c.md", "# Page\n\n```check use=shared\n```\n")
        .with("checks/shared.md", "# Shared\n\n```bash check id=shared warn\nfalse\n```\n")
}

#[test]
fn the_shards_together_are_all_runbooks() {
    let collection = collection();
    let mut seen = BTreeSet::new();
    for number in 1..=3 {
        let words = format!("verify --target one --roles-only --format json --shard {number}/3");
        for id in ids(&collection.run(&words).json(0)) {
            assert!(seen.insert(id.clone()), "{id} is in two shards");
        }
    }
    assert_eq!(seen, ["a", "b", "c"].map(str::to_owned).into());
}

#[test]
fn several_targets_are_verified_in_one_run() {
    let result = collection().run("verify --target one,two --roles-only --format json").json(0);
    let places: Vec<_> = result["runbooks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|runbook| format!("{}@{}", runbook["id"].as_str().unwrap(), runbook["target"].as_str().unwrap()))
        .collect();
    assert_eq!(places, ["a@one", "b@one", "c@one", "a@two"]);
    assert_eq!((result["target"].as_str(), result["tally"]["passed"].as_u64()), (Some("one,two"), Some(4)));
}

#[test]
fn what_is_let_through_does_not_fail_the_run() {
    let collection = collection();
    let exits = |words: &str, code: i32| collection.run(&format!("verify --target one {words}")).done().exits(code);
    exits("--roles-only", 0);
    exits("--roles-only --fail-on warn", 1);
    exits("a --fail-on failed,warn", 0).says("--fail-on lets through what was found");
    exits("a --fail-on drifted,errored", 1);
    exits("a", 1);
}

#[test]
fn only_what_has_changed_is_verified() {
    let collection = collection();
    let git = |words: &str| {
        let mut run = collection.command("git");
        for word in ["-c", "user.name=a", "-c", "user.email=a@b"].into_iter().chain(words.split_whitespace()) {
            run = run.arg(word);
        }
        run.done().exits(0);
    };
    git("init -q .");
    git("add -A");
    git("commit -q -m one");
    let since =
        |code: i32| collection.run("verify --target one --roles-only --format json --changed-since HEAD").json(code);
    assert_eq!(ids(&since(0)), Vec::<String>::new());
    collection
        .run("verify --target one --changed-since HEAD")
        .done()
        .exits(0)
        .says("none of the 3 runbooks selected has changed");
    collection
        .run("verify --target one --changed-since nothing")
        .done()
        .exits(2)
        .says("git knows no revision `nothing`");
    collection.write("checks/shared.md", "# Shared\n\n```bash check id=shared\ntrue\n```\n");
    assert_eq!(ids(&since(0)), ["c"]);
    git("add -A");
    git("commit -q -m two");
    collection.write("content/new.md", "# New\n\n```bash check\ntrue\n```\n");
    assert_eq!(ids(&since(0)), ["new"]);
    collection.write("runbooks.toml", "[target.one]\n");
    assert_eq!(ids(&since(0)), ["a", "b", "c", "new"]);
}

#[test]
fn a_run_that_is_stopped_leaves_what_it_found() {
    let text = "# Long\n\n```bash check id=quick\ntrue\n```\n\n```bash check id=long timeout=10m\ntouch begun\nsleep 600 & wait\n```\n\n\
        ```bash check id=never\ntrue\n```\n";
    let collection = Collection::empty().with("content/long.md", text);
    let running = collection.run("verify --format json --report junit=report.xml").start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "the long step never began");
    running.signal(Signal::INT);
    // `done` also makes sure that no process is left.
    let done = running.done(PATIENCE).exits(130);
    let result: Json = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}\n{done}"));
    assert_eq!(result["interrupted"], true);
    let steps = result["runbooks"][0]["steps"].as_array().cloned().unwrap_or_default();
    let ended: Vec<_> = steps.iter().map(|step| (step["id"].as_str(), step["outcome"].as_str())).collect();
    assert_eq!(ended, [(Some("quick"), Some("passed")), (Some("long"), Some("errored"))]);
    assert_eq!(steps[1]["reason"], "interrupted");
    let junit = collection.text("report.xml");
    assert!(junit.trim_end().ends_with("</testsuites>") && junit.contains("name=\"long\""), "{junit}");
}
