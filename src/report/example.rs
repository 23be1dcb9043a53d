//! A small run for the tests of the formats.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::model::{Finding, Outcome, Place, Position, Role, RunResult, RunbookId, RunbookResult, StepId, StepResult};
use crate::run::event::{Event, Listener as _};

/// Returns the events of a run in which the one check of one runbook ends in these ways, one after the other.
pub(super) fn events(outcomes: impl IntoIterator<Item = Outcome>) -> Vec<Event> {
    let at = Timestamp::UNIX_EPOCH;
    let runbook = RunbookId("incident/db-pool".to_owned());
    let start = Event::RunStarted {
        run: "r1".to_owned(),
        mode: "verify".to_owned(),
        target: "novacron".to_owned(),
        operator: None,
        context: None,
        namespace: None,
        cluster_version: Some("v1.36.0".to_owned()),
        recording: None,
        at,
        runbooks: 1,
    };
    let path = PathBuf::from("content/incident/db-pool.md");
    let started = Event::RunbookStarted {
        runbook: runbook.clone(),
        title: "Database pool exhausted".to_owned(),
        path,
        steps: 1,
        at,
    };
    let finished = |outcome| Event::StepFinished { runbook: runbook.clone(), result: step(outcome) };
    let end = [Event::RunbookFinished { runbook: runbook.clone(), at }, Event::RunFinished { interrupted: false, at }];
    [start, started].into_iter().chain(outcomes.into_iter().map(finished)).chain(end).collect()
}

/// Returns the result of such a run on a recording.
pub(super) fn recorded(outcome: Outcome) -> RunResult {
    let recording = crate::model::Recorded { at: Timestamp::UNIX_EPOCH, run: "r0".to_owned() };
    RunResult { recording: Some(recording), ..result(outcome) }
}

/// Returns the result of such a run.
pub(super) fn result(outcome: Outcome) -> RunResult {
    let collector = super::Collector::default();
    for event in events([outcome]) {
        collector.hear(&event).expect("a collector takes everything");
    }
    collector.result()
}

/// Returns the result of such a run on several targets.
pub(super) fn on_targets(outcome: Outcome, targets: &[&str]) -> RunResult {
    let mut result = result(outcome);
    let runbooks = std::mem::take(&mut result.runbooks);
    let of_all = targets.iter().flat_map(|target| {
        let on = |runbook: &RunbookResult| RunbookResult { target: Some((*target).to_owned()), ..runbook.clone() };
        runbooks.iter().map(on).collect::<Vec<_>>()
    });
    result.runbooks = of_all.collect();
    result
}

fn step(outcome: Outcome) -> StepResult {
    let place = Place {
        path: PathBuf::from("content/incident/db-pool.md"),
        start: Position { line: 12, column: 1 },
        end: Position { line: 12, column: 30 },
    };
    let finding = Finding {
        outcome,
        warn: false,
        rule: "expectation".to_owned(),
        place: place.clone(),
        command: Some("psql -Atc 'select 1'".to_owned()),
        message: "the expectation does not hold".to_owned(),
        expected: Some("value < 0.9".to_owned()),
        actual: Some("value = 0.97".to_owned()),
        help: Some("end idle sessions".to_owned()),
    };
    StepResult {
        id: StepId("pool-has-room".to_owned()),
        title: "The pool has room".to_owned(),
        role: Role::Check,
        place,
        hash: "0".repeat(64),
        outcome,
        warn: false,
        reason: (outcome == Outcome::Skipped).then(|| "not now".to_owned()),
        findings: if outcome == Outcome::Passed { Vec::new() } else { vec![finding] },
        started: Timestamp::UNIX_EPOCH,
        duration_ms: 1250,
        attempts: 1,
        exit: Some(0),
        stdout: String::new(),
        stderr: String::new(),
        value: None,
    }
}
