//! What earlier runs have shown, in the words of a page.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::{SiteInput, text};
use crate::model::{Outcome, Role, RunResult, RunbookResult, Step, StepResult, Tally};

use super::strip::Strip;

/// The results of all targets, by runbook.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    by_runbook: HashMap<&'a str, Vec<(&'a RunResult, &'a RunbookResult)>>,
    /// The last outcomes of a step, oldest first, by target, runbook and step.
    history: HashMap<(&'a str, &'a str, &'a str), Vec<Outcome>>,
    stale_before: jiff::civil::Date,
    /// Targets whose results cannot be read.
    pub(crate) unreadable: &'a [String],
}

/// What became of a step on one target, for a template.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StepEvidence {
    /// `passed`, `failed` …
    pub(crate) outcome: &'static str,
    /// The same as it is shown.
    pub(crate) shown: &'static str,
    /// Whether a failure only warns.
    warn: bool,
    target: String,
    /// `2026-11-20 14:03 UTC`.
    when: String,
    /// The same for machines.
    datetime: String,
    duration: String,
    cluster: Option<String>,
    stale: bool,
    /// Whether the block was edited since.
    changed: bool,
    reason: Option<String>,
    findings: Vec<FindingView>,
    /// The last runs, where there is more than one.
    strip: Option<Strip>,
}

#[derive(Debug, Clone, Serialize)]
struct FindingView {
    message: String,
    /// The same as HTML: what stands between backticks is code.
    message_html: String,
    expected: Option<String>,
    actual: Option<String>,
    help: Option<String>,
    /// The same as HTML.
    help_html: Option<String>,
}

/// What became of a runbook on one target, for a template.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PageEvidence {
    /// The gravest outcome.
    pub(crate) outcome: &'static str,
    /// The same as it is shown.
    pub(crate) shown: &'static str,
    pub(crate) target: String,
    pub(crate) when: String,
    pub(crate) datetime: String,
    pub(crate) stale: bool,
    /// `4 passed, 1 drifted`.
    pub(crate) summary: String,
    /// What is wrong outside the steps.
    findings: Vec<FindingView>,
}

/// What is known of a runbook on all targets together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The gravest outcome of any target.
    pub(crate) outcome: Outcome,
    /// The same as it is shown.
    pub(crate) shown: &'static str,
    /// Whether what was seen on one of them is too long ago.
    pub(crate) stale: bool,
}

/// What is shown of an action that passed: it was not run, and what it names is there.
pub(crate) const LOOKED_UP: &str = "looked-up";

/// Returns what people read of what is shown; templates say the same.
pub(crate) fn word(shown: &str) -> &str {
    if shown == LOOKED_UP { "not run, references resolve" } else { shown }
}

/// Returns an outcome as it is shown. Nobody may take an action for proven that was only looked at.
pub(crate) const fn shown(outcome: Outcome, ran: bool) -> &'static str {
    match outcome {
        Outcome::Passed if !ran => LOOKED_UP,
        outcome => outcome.as_str(),
    }
}

/// Returns whether a step was run at all: `verify` runs no action.
fn ran(run: &RunResult, step: &StepResult) -> bool {
    step.role == Role::Check || run.mode != "verify"
}

/// Returns a runbook's outcome as it is shown: where all that passed are actions that were not run, it is theirs.
fn shown_of(run: &RunResult, result: &RunbookResult) -> &'static str {
    let mut passed = result.steps.iter().filter(|step| step.outcome == Outcome::Passed).peekable();
    shown(result.outcome, passed.peek().is_none() || passed.any(|step| ran(run, step)))
}

#[cfg(test)]
impl PageEvidence {
    /// Returns what became of a runbook at some moment.
    pub(crate) fn example(target: &str, outcome: &'static str) -> Self {
        let (when, datetime) = ("2026-11-01 12:00 UTC".to_owned(), "2026-11-01T12:00:00Z".to_owned());
        let (target, summary) = (target.to_owned(), String::new());
        Self { outcome, shown: outcome, target, when, datetime, stale: false, summary, findings: Vec::new() }
    }
}

impl<'a> Evidence<'a> {
    /// Sorts the results by runbook.
    pub(crate) fn new(input: &'a SiteInput) -> Self {
        let mut by_runbook: HashMap<&str, Vec<_>> = HashMap::new();
        let mut runs: Vec<&RunResult> = input.results.iter().collect();
        runs.sort_by(|one, other| one.target.cmp(&other.target));
        for run in runs {
            for runbook in &run.runbooks {
                by_runbook.entry(runbook.id.as_str()).or_default().push((run, runbook));
            }
        }
        let mut history: HashMap<_, Vec<Outcome>> = HashMap::new();
        for past in &input.history {
            let place = (past.target.as_str(), past.runbook.as_str(), past.step.as_str());
            history.entry(place).or_default().push(past.outcome);
        }
        let age = i64::try_from(input.config.stale_after.as_secs() / 86_400).unwrap_or(i64::MAX).min(100_000);
        let stale_before = input.today.saturating_sub(jiff::Span::new().days(age));
        Self { by_runbook, history, stale_before, unreadable: &input.unreadable }
    }

    /// Returns whether anything was ever verified.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_runbook.is_empty()
    }

    /// Returns what became of a step, one entry for each target that has tried it.
    pub(crate) fn of_step(&self, runbook: &str, step: &Step) -> Vec<StepEvidence> {
        let results = self.by_runbook.get(runbook).into_iter().flatten();
        results
            .filter_map(|(run, result)| {
                let found = result.steps.iter().find(|found| found.id == step.id)?;
                Some(self.step(run, found, (runbook, step)))
            })
            .collect()
    }

    fn step(&self, run: &RunResult, result: &StepResult, (runbook, step): (&str, &Step)) -> StepEvidence {
        let past = self.history.get(&(run.target.as_str(), runbook, step.id.as_str()));
        StepEvidence {
            outcome: result.outcome.as_str(),
            shown: shown(result.outcome, ran(run, result)),
            warn: result.warn && result.outcome == Outcome::Failed,
            target: run.target.clone(),
            when: text::moment(result.started),
            datetime: result.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            duration: text::duration(Duration::from_millis(result.duration_ms)),
            cluster: run.cluster_version.clone(),
            stale: self.is_stale(result.started),
            changed: result.hash != step.hash,
            reason: result.reason.clone(),
            findings: findings(&result.findings),
            strip: past.filter(|past| past.len() > 1).map(|past| Strip::of(past, ran(run, result))),
        }
    }

    /// Returns what became of a runbook, one entry for each target.
    pub(crate) fn of_runbook(&self, runbook: &str) -> Vec<PageEvidence> {
        let results = self.by_runbook.get(runbook).into_iter().flatten();
        results
            .map(|(run, result)| PageEvidence {
                outcome: result.outcome.as_str(),
                shown: shown_of(run, result),
                target: run.target.clone(),
                when: text::moment(result.started),
                datetime: result.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                stale: self.is_stale(result.started),
                summary: summary(run, result),
                findings: findings(&result.findings),
            })
            .collect()
    }

    /// Returns how a runbook stands on all targets together; `None` where it was never verified.
    pub(crate) fn standing(&self, runbook: &str) -> Option<Standing> {
        let of_each = self.by_runbook.get(runbook)?.iter().map(|(run, result)| Standing {
            outcome: result.outcome,
            shown: shown_of(run, result),
            stale: self.is_stale(result.started),
        });
        of_each.reduce(|one, other| {
            let outcome = one.outcome.worse(other.outcome);
            // Of two that passed, one that ran nothing is the weaker proof.
            let is_shown = |standing: &Standing| standing.outcome == outcome;
            let weaker = [one, other].into_iter().filter(is_shown).find(|standing| standing.shown == LOOKED_UP);
            let shown = weaker.map_or(outcome.as_str(), |standing| standing.shown);
            Standing { outcome, shown, stale: one.stale || other.stale }
        })
    }

    /// Returns the gravest outcome of a runbook on any target; `None` where it was never verified.
    pub(crate) fn outcome(&self, runbook: &str) -> Option<Outcome> {
        self.standing(runbook).map(|standing| standing.outcome)
    }

    fn is_stale(&self, at: jiff::Timestamp) -> bool {
        at.to_zoned(jiff::tz::TimeZone::UTC).date() < self.stale_before
    }
}

fn findings(findings: &[crate::model::Finding]) -> Vec<FindingView> {
    findings
        .iter()
        .filter(|finding| finding.outcome != Outcome::Skipped || finding.warn)
        .map(|finding| FindingView {
            message: finding.message.clone(),
            message_html: text::with_code(&finding.message),
            expected: finding.expected.clone(),
            actual: finding.actual.clone(),
            help: finding.help.clone(),
            help_html: finding.help.as_deref().map(text::with_code),
        })
        .collect()
}

/// Returns `4 passed, 1 drifted, 2 not run (references resolve)`.
fn summary(run: &RunResult, result: &RunbookResult) -> String {
    let is_looked_up = |step: &&StepResult| step.outcome == Outcome::Passed && !ran(run, step);
    let looked_up = result.steps.iter().filter(is_looked_up).count();
    let mut tally = Tally::default();
    for step in result.steps.iter().filter(|step| !is_looked_up(step)) {
        tally.add(step.outcome);
    }
    let mut parts: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| tally.get(*outcome) > 0)
        .map(|outcome| format!("{} {}", tally.get(outcome), outcome.as_str()))
        .collect();
    parts.extend((looked_up > 0).then(|| format!("{looked_up} not run (references resolve)")));
    match (parts.is_empty(), result.findings.is_empty()) {
        (true, true) => "no steps to run".to_owned(),
        (true, false) => "no step was tried".to_owned(),
        (false, _) => parts.join(", "),
    }
}
