//! What a run comes to, in a line.

use super::duration;
use crate::model::{Outcome, RunResult, RunbookResult, Tally, Trend};

/// Returns `verify: 3 passed, 1 failed on novacron (v1.36.0) in 12s`.
pub(super) fn summary(result: &RunResult) -> String {
    format!("{}: {}", result.mode, counts_and_place(result))
}

/// Returns the same without the first word. A check whose failure only warns fails nothing, and has not passed either.
pub(super) fn counts_and_place(result: &RunResult) -> String {
    let steps = result.runbooks.iter().flat_map(|runbook| &runbook.steps);
    let warned = steps.filter(|step| step.warn && step.outcome == Outcome::Failed).count();
    let passed = result.tally.passed.saturating_sub(warned);
    let others = Outcome::ALL.into_iter().filter(|&outcome| outcome != Outcome::Passed);
    let others = others.map(|outcome| (result.tally.get(outcome), outcome.as_str()));
    let others = std::iter::once((warned, "warned")).chain(others).filter(|(number, _)| *number > 0);
    let counts: Vec<_> =
        std::iter::once((passed, "passed")).chain(others).map(|(number, word)| format!("{number} {word}")).collect();
    let elapsed = u64::try_from(result.finished.duration_since(result.started).as_millis()).unwrap_or(0);
    let cluster = result.cluster_version.as_ref().map(|version| format!(" ({version})")).unwrap_or_default();
    let recording = if result.recording.is_some() { "a recording of " } else { "" };
    format!("{} on {recording}{}{cluster} in {}", counts.join(", "), result.target, duration(elapsed))
}

/// Returns how many steps of a runbook ended in each way; a finding outside them that claims something counts as one.
pub(super) fn of_runbook(runbook: &RunbookResult) -> Tally {
    let mut tally = Tally::default();
    super::collect::counted(runbook).for_each(|outcome| tally.add(outcome));
    tally
}

/// Returns `since 20261120T…: 1 new, 2 fixed, 1 still failing, 1 flaky`.
pub(super) fn trend(trend: &Trend) -> String {
    let Some(with) = &trend.with else {
        return "compared with nothing: no results of this target are kept".to_owned();
    };
    let parts = [
        (trend.new.len(), "new"),
        (trend.fixed.len(), "fixed"),
        (trend.still.len(), "still failing"),
        (trend.flaky.len(), "flaky"),
    ];
    let parts: Vec<_> = parts.iter().map(|(number, word)| format!("{number} {word}")).collect();
    format!("since {with}: {}", parts.join(", "))
}
