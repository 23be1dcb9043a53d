//! How a run compares with what was kept before: new, fixed, still failing, flaky.
//!
//! Wrong is `failed`, `drifted` or `errored`; a check that only warns is never wrong. What was skipped says nothing, so it
//! neither fixes nor breaks anything. Runbooks that this run did not look at are left alone.

use std::collections::BTreeMap;

use super::history::{PastRun, PastStep};
use crate::model::{Finding, Outcome, RunResult, RunbookId, RunbookResult, StepResult, Trend, TrendItem};

/// How many runs of the same text are looked at, this one included.
const RUNS: usize = 10;

/// How often a step must have gone from passed to wrong or back among them to be flaky.
const CHANGES: usize = 3;

/// Compares a run with the results that were kept of its target, and with its history, oldest first.
pub fn trend(now: &RunResult, before: Option<&RunResult>, history: &[PastRun]) -> Trend {
    let mut trend = Trend { with: before.map(|before| before.run.clone()), ..Trend::default() };
    for runbook in &now.runbooks {
        let past = before.and_then(|before| before.runbooks.iter().find(|past| past.id == runbook.id));
        compare(runbook, past, &mut trend);
        for step in &runbook.steps {
            if is_flaky(step, &runbook.id, history) {
                let old = past.and_then(|past| past.steps.iter().find(|old| old.id == step.id));
                trend.flaky.push(of_step(runbook, step, old.map(|old| old.outcome)));
            }
        }
    }
    trend
}

fn compare(now: &RunbookResult, before: Option<&RunbookResult>, trend: &mut Trend) {
    for step in &now.steps {
        let old = before.and_then(|before| before.steps.iter().find(|old| old.id == step.id));
        let item = of_step(now, step, old.map(|old| old.outcome));
        match (old.is_some_and(is_wrong), is_wrong(step)) {
            (false, true) => trend.new.push(item),
            (true, true) => trend.still.push(item),
            (true, false) if step.outcome != Outcome::Skipped => trend.fixed.push(item),
            (true | false, false) => {}
        }
    }
    let (old, new) = (before.map(outside).unwrap_or_default(), outside(now));
    for (name, finding) in &new {
        let known = old.get(name);
        let item = of_finding(now, name, finding, known.map(|known| known.outcome), Some(finding.outcome));
        if known.is_some() { trend.still.push(item) } else { trend.new.push(item) }
    }
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    trend.fixed.extend(gone.map(|(name, finding)| of_finding(now, name, finding, Some(finding.outcome), None)));
}

fn is_wrong(step: &StepResult) -> bool {
    !matches!(step.outcome, Outcome::Passed | Outcome::Skipped) && !(step.warn && step.outcome == Outcome::Failed)
}

/// Returns the findings outside the steps that claim something, by what they say: a finding that has moved is the same.
fn outside(runbook: &RunbookResult) -> BTreeMap<String, &Finding> {
    let claims = runbook.findings.iter().filter(|finding| finding.outcome != Outcome::Skipped);
    claims.map(|finding| (format!("{}: {}", finding.rule, finding.message), finding)).collect()
}

fn of_step(runbook: &RunbookResult, step: &StepResult, before: Option<Outcome>) -> TrendItem {
    TrendItem {
        runbook: runbook.id.clone(),
        name: step.id.0.clone(),
        before,
        now: Some(step.outcome),
        path: step.place.path.clone(),
        line: step.place.start.line,
    }
}

fn of_finding(
    runbook: &RunbookResult,
    name: &str,
    finding: &Finding,
    before: Option<Outcome>,
    now: Option<Outcome>,
) -> TrendItem {
    TrendItem {
        runbook: runbook.id.clone(),
        name: name.to_owned(),
        before,
        now,
        path: finding.place.path.clone(),
        line: finding.place.start.line,
    }
}

/// Returns whether a step of an unchanged text goes to and fro.
fn is_flaky(step: &StepResult, runbook: &RunbookId, history: &[PastRun]) -> bool {
    let now = PastStep::of(step);
    let of_run = |run: &PastRun| run.runbooks.get(runbook)?.steps.get(&step.id).cloned();
    let past = history.iter().rev().filter_map(of_run).filter(|past| past.hash == now.hash);
    let runs = std::iter::once(now.clone()).chain(past).filter(|run| run.outcome != Outcome::Skipped).take(RUNS);
    let passed: Vec<bool> = runs.map(|run| run.outcome == Outcome::Passed).collect();
    passed.windows(2).filter(|pair| pair[0] != pair[1]).count() >= CHANGES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcomes: &[(&str, Outcome)]) -> RunResult {
        let steps: Vec<_> = outcomes
            .iter()
            .map(|(id, outcome)| {
                serde_json::json!({"id": id, "title": "", "role": "check", "hash": "h", "outcome": outcome,
                    "place": {"path": "x.md", "line": 1, "column": 1, "end": {"line": 1, "column": 2}},
                    "started": "2026-11-21T12:00:00Z", "duration_ms": 5, "attempts": 1})
            })
            .collect();
        serde_json::from_value(serde_json::json!({"version": 1, "run": "r", "mode": "verify", "target": "t",
            "started": "2026-11-21T12:00:00Z", "finished": "2026-11-21T12:00:01Z", "interrupted": false,
            "tally": {"passed": 0, "failed": 0, "drifted": 0, "errored": 0, "skipped": 0},
            "runbooks": [{"id": "x", "title": "", "path": "x.md", "outcome": "passed", "steps": steps,
            "references": {"resolved": 0, "drifted": 0, "unknown": 0, "errored": 0},
            "started": "2026-11-21T12:00:00Z", "duration_ms": 5}]}))
        .unwrap()
    }

    fn names(items: &[TrendItem]) -> Vec<&str> {
        items.iter().map(|item| item.name.as_str()).collect()
    }

    #[test]
    fn every_step_is_new_fixed_or_still() {
        use Outcome::{Drifted, Failed, Passed, Skipped};
        let before = result(&[("a", Passed), ("b", Failed), ("c", Failed), ("d", Failed), ("e", Passed)]);
        let now = result(&[("a", Drifted), ("b", Passed), ("c", Failed), ("d", Skipped), ("e", Passed), ("f", Failed)]);
        let trend = trend(&now, Some(&before), &[]);
        assert_eq!(names(&trend.new), ["a", "f"]);
        assert_eq!(names(&trend.fixed), ["b"]);
        assert_eq!(names(&trend.still), ["c"]);
        assert!(trend.flaky.is_empty());
    }

    #[test]
    fn without_a_past_everything_wrong_is_new() {
        let trend = trend(&result(&[("a", Outcome::Failed)]), None, &[]);
        assert_eq!((names(&trend.new), trend.with), (vec!["a"], None));
    }

    fn past(outcomes: &[Outcome]) -> Vec<PastRun> {
        outcomes.iter().map(|&outcome| PastRun::of(&result(&[("a", outcome)]))).collect()
    }

    #[test]
    fn to_and_fro_is_flaky_and_an_outage_is_not() {
        use Outcome::{Failed, Passed, Skipped};
        let flaky = |history: &[Outcome], now| !trend(&result(&[("a", now)]), None, &past(history)).flaky.is_empty();
        assert!(flaky(&[Passed, Failed, Passed], Failed));
        assert!(flaky(&[Passed, Failed, Skipped, Passed], Failed));
        assert!(!flaky(&[Passed, Failed, Failed], Passed));
        assert!(!flaky(&[Passed, Passed, Passed], Passed));
        let long_ago =
            [Passed, Failed, Passed, Failed, Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed];
        assert!(!flaky(&long_ago, Passed));
    }

    #[test]
    fn a_text_that_was_changed_begins_anew() {
        use Outcome::{Failed, Passed};
        let mut history = past(&[Passed, Failed, Passed]);
        for run in &mut history {
            for runbook in run.runbooks.values_mut() {
                runbook.steps.values_mut().for_each(|step| "other".clone_into(&mut step.hash));
            }
        }
        assert!(trend(&result(&[("a", Failed)]), None, &history).flaky.is_empty());
    }

    #[test]
    fn a_finding_that_has_moved_is_the_same() {
        let finding = |line: usize| {
            serde_json::from_value::<Finding>(serde_json::json!({"outcome": "drifted", "rule": "missing-object",
                "message": "no x", "place": {"path": "x.md", "line": line, "column": 1, "end": {"line": line, "column": 2}}}))
            .unwrap()
        };
        let (mut before, mut now) = (result(&[]), result(&[]));
        before.runbooks[0].findings = vec![finding(3)];
        now.runbooks[0].findings = vec![finding(9)];
        assert_eq!(names(&trend(&now, Some(&before), &[]).still), ["missing-object: no x"]);
        now.runbooks[0].findings.clear();
        assert_eq!(trend(&now, Some(&before), &[]).fixed.len(), 1);
    }
}
