use super::*;
use crate::model::{RunbookId, StepId};
use crate::run::event::Stop;

fn at(second: i64) -> Timestamp {
    Timestamp::new(second, 0).unwrap()
}

fn started(second: i64) -> Event {
    Event::RunStarted {
        run: "r".to_owned(),
        mode: "exec".to_owned(),
        target: "shop".to_owned(),
        context: None,
        namespace: None,
        cluster_version: Some("v1.36.0".to_owned()),
        operator: Some("mara@desk".to_owned()),
        recording: None,
        at: at(second),
        runbooks: 1,
    }
}

fn begun(number: u64) -> Event {
    Event::ClusterWriteBegun {
        runbook: RunbookId("a".to_owned()),
        step: StepId("scale".to_owned()),
        number,
        method: "PATCH".to_owned(),
        path: "/x".to_owned(),
        object: Some("deployments.apps \"api|<b>\"".to_owned()),
        absent: false,
        resource_version: Some("12".to_owned()),
        kept: None,
        kept_hash: None,
        command: None,
        dry_run: false,
        at: at(2),
    }
}

fn answered(number: u64) -> Event {
    Event::ClusterWrite {
        runbook: RunbookId("a".to_owned()),
        step: StepId("scale".to_owned()),
        number,
        method: "PATCH".to_owned(),
        path: "/x".to_owned(),
        object: None,
        status: 200,
        absent: false,
        resource_version: Some("13".to_owned()),
        kept: None,
        kept_hash: None,
        command: None,
        dry_run: false,
        at: at(3),
    }
}

#[test]
fn a_write_without_an_answer_is_told_from_one_with() {
    let timeline = timeline(&[started(1), begun(1), answered(1), begun(2)]).unwrap();
    let lines: Vec<_> = timeline.entries.iter().filter_map(|entry| write_line(&entry.what)).collect();
    assert_eq!(lines[0], "PATCH deployments.apps \"api|<b>\": 200, resourceVersion 12 → 13");
    assert_eq!(lines[1], "PATCH deployments.apps \"api|<b>\": no answer on record, resourceVersion 12 before");
}

#[test]
fn a_run_without_an_end_died_and_one_with_did_not() {
    assert_eq!(timeline(&[started(1)]).unwrap().ending, "died");
    let end = |interrupted| Event::RunFinished { interrupted, at: at(9) };
    assert_eq!(timeline(&[started(1), end(false)]).unwrap().ending, "completed");
    assert_eq!(timeline(&[started(1), end(true)]).unwrap().ending, "interrupted");
    assert_eq!(timeline(&[started(1), end(true), started(10)]).unwrap().ending, "died");
}

#[test]
fn a_run_that_a_person_took_back_is_not_completed_and_one_that_a_step_stopped_is_stopped() {
    let runbook = || RunbookId("a".to_owned());
    let end = || Event::RunFinished { interrupted: false, at: at(9) };
    let back = || Event::TakingBack { runbook: runbook(), steps: Vec::new(), stopped: None, at: at(5) };
    assert_eq!(timeline(&[started(1), back(), end()]).unwrap().ending, "taken back");
    assert_eq!(timeline(&[started(1), back(), end(), started(10), end()]).unwrap().ending, "completed");
    let stop = Stop { step: StepId("scale".to_owned()), reason: "it failed".to_owned() };
    let stopped = Event::Stopped { runbook: runbook(), stop, at: at(4) };
    assert_eq!(timeline(&[started(1), stopped, back(), end()]).unwrap().ending, "stopped");
}

#[test]
fn nothing_of_a_text_is_taken_for_markup() {
    let timeline = timeline(&[started(1), begun(1)]).unwrap();
    assert!(timeline_markdown(&timeline).contains("api\\|&lt;b>"), "{}", timeline_markdown(&timeline));
    assert!(timeline_html(&timeline).contains("api|&lt;b&gt;"), "{}", timeline_html(&timeline));
}

#[test]
fn a_journal_without_a_beginning_has_no_timeline() {
    assert_eq!(timeline(&[]), None);
}
