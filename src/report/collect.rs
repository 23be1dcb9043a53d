//! Folds events into the one result object.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::model::{Finding, Outcome, ReferenceCount, RunResult, RunbookId, RunbookResult, Tally};
use crate::run::event::{Event, ListenError, Listener};

/// Listens to a run and keeps what its report needs.
#[derive(Debug)]
pub struct Collector {
    folded: Mutex<Folded>,
}

#[derive(Debug)]
struct Folded {
    result: RunResult,
    runbooks: BTreeMap<RunbookId, RunbookResult>,
}

impl Default for Collector {
    fn default() -> Self {
        let result = RunResult {
            version: 1,
            run: String::new(),
            mode: String::new(),
            target: String::new(),
            cluster_version: None,
            recording: None,
            started: Timestamp::UNIX_EPOCH,
            finished: Timestamp::UNIX_EPOCH,
            interrupted: false,
            tally: Tally::default(),
            trend: None,
            runbooks: Vec::new(),
        };
        Self { folded: Mutex::new(Folded { result, runbooks: BTreeMap::new() }) }
    }
}

impl Collector {
    /// Returns what has been heard so far, as a result; a run in progress gives a valid partial one.
    pub fn result(&self) -> RunResult {
        let folded = self.lock();
        let mut result = folded.result.clone();
        result.runbooks = folded.runbooks.values().cloned().collect();
        result.tally = tally(&result.runbooks);
        result
    }

    /// A listener that panicked while it held the lock leaves a result that is at worst incomplete.
    fn lock(&self) -> MutexGuard<'_, Folded> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Collector {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        self.lock().fold(event);
        Ok(())
    }
}

impl Folded {
    fn fold(&mut self, event: &Event) {
        match event {
            Event::RunStarted { run, mode, target, cluster_version, recording, at, .. } => {
                self.result.run.clone_from(run);
                self.result.mode.clone_from(mode);
                self.result.target.clone_from(target);
                self.result.cluster_version.clone_from(cluster_version);
                self.result.recording.clone_from(recording);
                self.result.started = *at;
            }
            Event::RunbookStarted { runbook, title, path, at, .. } => {
                let started = RunbookResult {
                    id: runbook.clone(),
                    target: None,
                    title: title.clone(),
                    path: path.clone(),
                    outcome: Outcome::Skipped,
                    steps: Vec::new(),
                    references: ReferenceCount::default(),
                    findings: Vec::new(),
                    started: *at,
                    duration_ms: 0,
                };
                // A resumed run tells of its runbook again; what was known of it stays.
                self.runbooks.entry(runbook.clone()).or_insert(started);
            }
            Event::ReferencesResolved { runbook, count, findings } => {
                self.change(runbook, |result| {
                    result.references = *count;
                    result.findings.extend(findings.iter().cloned());
                });
            }
            Event::StepFinished { runbook, result: step } => self.change(runbook, |result| {
                // A check that is looked at again replaces what it said before: its last word counts.
                match result.steps.iter_mut().find(|earlier| earlier.id == step.id) {
                    Some(earlier) => *earlier = step.clone(),
                    None => result.steps.push(step.clone()),
                }
            }),
            Event::RunbookFinished { runbook, at } => {
                self.change(runbook, |result| result.duration_ms = milliseconds(result.started, *at));
            }
            Event::RunFinished { interrupted, at } => {
                self.result.interrupted = *interrupted;
                self.result.finished = *at;
            }
            Event::StepStarted { .. }
            | Event::Output { .. }
            | Event::ItemAnswered { .. }
            | Event::ValuesSettled { .. }
            | Event::StepsPlanned { .. }
            | Event::Captured { .. }
            | Event::TakingBack { .. }
            | Event::TakenBack { .. }
            | Event::Waiting { .. }
            | Event::WouldChange { .. }
            | Event::LockTaken { .. }
            | Event::Forced { .. }
            | Event::ApprovalAsked { .. }
            | Event::ApprovalAnswered { .. }
            | Event::Stopped { .. }
            | Event::WebhookFailed { .. }
            | Event::ClusterWriteBegun { .. }
            | Event::ClusterWrite { .. } => {}
        }
    }

    fn change(&mut self, runbook: &RunbookId, change: impl FnOnce(&mut RunbookResult)) {
        if let Some(result) = self.runbooks.get_mut(runbook) {
            change(result);
            result.outcome = outcome(result);
        }
    }
}

/// Returns the gravest of a runbook's outcomes. A check that only warns does not make its runbook fail. A text without
/// steps passes where all that it names is there.
fn outcome(result: &RunbookResult) -> Outcome {
    let all_there = result.steps.is_empty() && result.references.resolved > 0 && result.references.unknown == 0;
    let least = if all_there { Outcome::Passed } else { Outcome::Skipped };
    counted(result).fold(least, Outcome::worse)
}

/// Returns how many steps, and findings outside steps, ended in each way.
pub fn tally(runbooks: &[RunbookResult]) -> Tally {
    let mut tally = Tally::default();
    runbooks.iter().flat_map(counted).for_each(|outcome| tally.add(outcome));
    tally
}

/// Returns what counts of a runbook: each step once, and each drifted or errored finding outside a step once.
pub(super) fn counted(result: &RunbookResult) -> impl Iterator<Item = Outcome> {
    let steps = result
        .steps
        .iter()
        .map(|step| if step.warn && step.outcome == Outcome::Failed { Outcome::Passed } else { step.outcome });
    let outside = |finding: &Finding| (finding.outcome != Outcome::Skipped).then_some(finding.outcome);
    steps.chain(result.findings.iter().filter_map(outside))
}

fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_last_word_of_a_check_counts() {
        let collector = Collector::default();
        for event in example::events([Outcome::Failed, Outcome::Passed]) {
            collector.hear(&event).unwrap();
        }
        let result = collector.result();
        assert_eq!(result.tally, Tally { passed: 1, ..Tally::default() });
        assert_eq!(result.runbooks[0].outcome, Outcome::Passed);
    }

    #[test]
    fn a_run_in_progress_gives_a_partial_result() {
        let collector = Collector::default();
        collector.hear(&example::events([Outcome::Passed])[0]).unwrap();
        assert_eq!(collector.result().tally.total(), 0);
    }
}
