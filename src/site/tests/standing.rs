//! What was seen too long ago, cannot be read, or was only looked at is not shown as what was seen to pass.

use serde_json::{Value, json};

use super::*;
use crate::model::RunResult;

const TEXT: &str = "# R\n\n```bash check id=look\ntrue\n```\n\n```bash action id=go\nkubectl delete pod x\n```\n";

/// Returns a result in which steps came to something: id, role, outcome.
fn seen(target: &str, started: &str, outcome: &str, steps: &[(&str, &str, &str)]) -> RunResult {
    let place = json!({"path": "content/r.md", "line": 3, "column": 1, "end": {"line": 3, "column": 1}});
    let step = |(id, role, outcome): &(&str, &str, &str)| {
        json!({"id": id, "title": id, "role": role, "place": place, "hash": "x", "outcome": outcome, "started": started,
            "reason": "why", "duration_ms": 7, "attempts": 1})
    };
    let none = serde_json::to_value(crate::model::ReferenceCount::default()).unwrap();
    let tally = serde_json::to_value(crate::model::Tally::default()).unwrap();
    let steps: Vec<Value> = steps.iter().map(step).collect();
    serde_json::from_value(json!({
        "version": 1, "run": "x", "mode": "verify", "target": target, "started": started, "finished": started,
        "interrupted": false, "tally": tally, "runbooks": [{"id": "r", "title": "R", "path": "content/r.md",
        "outcome": outcome, "steps": steps, "references": none, "started": started, "duration_ms": 1}]
    }))
    .unwrap()
}

const FRESH: &str = "2026-11-20T10:00:00Z";
const OLD: &str = "2026-10-01T10:00:00Z";
const BOTH: [(&str, &str, &str); 2] = [("look", "check", "passed"), ("go", "action", "passed")];

fn with(results: Vec<RunResult>, unreadable: &[&str]) -> SiteOutput {
    let unreadable = unreadable.iter().map(|name| (*name).to_owned()).collect();
    build(&SiteInput { results, unreadable, ..input(&[("r", TEXT)]) })
}

#[test]
fn an_action_that_was_not_run_does_not_look_as_if_it_had_passed() {
    let made = with(vec![seen("a", FRESH, "passed", &BOTH)], &[]);
    let page = text(&made, "r");
    let go = &page[page.find("id=\"go\"").unwrap()..];
    let look = &page[..page.len() - go.len()];
    assert!(look.contains("class=\"outcome passed\"") && look.contains("in 7ms"), "{look}");
    assert!(go.contains("#i-looked-up") && go.contains("not run, references resolve"), "{go}");
    assert!(!go.contains("passed") && !go.contains("in 7ms"), "{go}");
    let whole = file(&made, "r/index.html");
    assert!(whole.contains("1 passed, 1 not run (references resolve)"), "{whole}");
    assert!(whole.contains(", action, not run, references resolve</span>"), "{whole}");
    assert!(file(&made, "status/index.html").contains("1 passed, 1 not run (references resolve)"));
}

#[test]
fn a_runbook_of_which_nothing_was_run_is_not_green() {
    let made = with(vec![seen("a", FRESH, "passed", &BOTH[1..])], &[]);
    for path in ["r/index.html", "status/index.html"] {
        let page = file(&made, path);
        assert!(page.contains("class=\"outcome looked-up\"") && !page.contains("outcome passed"), "{path}: {page}");
    }
    assert!(file(&made, "r/badge.svg").contains("<title>runbook: references resolve 2026-11-20</title>"));
    // One target on which a check ran is no proof for the other.
    let two = with(vec![seen("a", FRESH, "passed", &BOTH), seen("b", FRESH, "passed", &BOTH[1..])], &[]);
    assert!(file(&two, "r/badge.svg").contains("references resolve"));
    let proven = with(vec![seen("a", FRESH, "passed", &BOTH)], &[]);
    assert!(file(&proven, "r/badge.svg").contains("<title>runbook: verified 2026-11-20</title>"));
}

#[test]
fn what_passed_too_long_ago_is_not_counted_as_verified() {
    let old = with(vec![seen("a", OLD, "passed", &BOTH)], &[]);
    assert!(file(&old, "index.html").contains(">0 verified as documented</a>, 1 too long ago to say so"));
    assert!(file(&old, "badge.svg").contains("<title>runbooks: 1 stale</title>"));
    assert!(file(&old, "status/index.html").contains("data-outcome=\"stale\""));
    let fresh = with(vec![seen("a", FRESH, "passed", &BOTH)], &[]);
    assert!(file(&fresh, "index.html").contains(">1 verified as documented</a></p>"));
    assert!(file(&fresh, "badge.svg").contains("<title>runbooks: 1 verified</title>"));
    assert!(file(&fresh, "status/index.html").contains("data-outcome=\"passed\""));
}

#[test]
fn results_that_cannot_be_read_are_told_where_things_are_counted() {
    let made = with(vec![seen("a", FRESH, "passed", &BOTH)], &["b"]);
    assert!(file(&made, "index.html").contains("the results of b cannot be read"));
    assert!(file(&made, "badge.svg").contains("<title>runbooks: 1 verified, 1 target unreadable</title>"));
    assert!(file(&made, "r/badge.svg").contains("<title>runbook: verified 2026-11-20, 1 target unreadable</title>"));
    for path in ["badge.svg", "r/badge.svg"] {
        assert!(!file(&made, path).contains("#1b6a38"), "{path} is green");
    }
}
