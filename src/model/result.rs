//! What a run found: the one result object that every report renders and that the site shows as evidence.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ExitCode, Outcome, Position, Role, RunbookId, Source, Span, StepId, Tally, Trend};

/// Where something stands, for people and for tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the collection's root.
    pub path: PathBuf,
    /// Where it begins.
    #[serde(flatten)]
    pub start: Position,
    /// Where it ends, end excluded.
    pub end: Position,
}

impl Place {
    /// Returns the place of `span` in `source`.
    pub fn of(source: &Source, span: Span) -> Self {
        Self { path: source.path().to_owned(), start: source.position(span.start), end: source.position(span.end) }
    }
}

/// Something found to be other than documented, or that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `failed`, `drifted` or `errored`; `skipped` for what claims nothing: a reference that stays unknown, a warning.
    pub outcome: Outcome,
    /// Whether it only warns: it counts for nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub warn: bool,
    /// A stable name for this sort of finding: `missing-object`, `unknown-kind`, `expectation` …
    pub rule: String,
    /// Where the text says what is not so.
    pub place: Place,
    /// The command or block it is about, as written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// What the text promised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was there instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actual: Option<String>,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
}

/// What became of one step. Every text in it has passed the redactor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step.
    pub id: StepId,
    /// What people read.
    pub title: String,
    /// `check` or `action`.
    pub role: Role,
    /// Its opening fence.
    pub place: Place,
    /// Hash of the block as it was run.
    pub hash: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether a failure only warns.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub warn: bool,
    /// Why it was skipped or errored; always given for these.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What is wrong, in the order found.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
    /// When the last attempt began.
    pub started: jiff::Timestamp,
    /// How long all attempts took, in milliseconds.
    pub duration_ms: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// The exit status of its process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exit: Option<i32>,
    /// What it printed, bounded: the first and the last part of a long text.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stdout: String,
    /// What it complained of, bounded.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stderr: String,
    /// The value of a `promql` step, or the HTTP status of an `http` step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// How many references of a runbook were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReferenceCount {
    /// Looked, and they are there.
    pub resolved: usize,
    /// Not there.
    pub drifted: usize,
    /// Could not be known without running something.
    pub unknown: usize,
    /// Could not be looked at.
    pub errored: usize,
}

impl Finding {
    /// Returns what was expected, where the message does not say it already: that of what is not there names it.
    pub fn expected_besides(&self) -> Option<&str> {
        self.expected.as_deref().filter(|text| self.outcome != Outcome::Drifted || text.trim_end().contains('\n'))
    }
}

impl RunResult {
    /// Returns how many references were looked up and are there.
    pub fn resolved(&self) -> usize {
        self.runbooks.iter().map(|runbook| runbook.references.resolved).sum()
    }

    /// Returns what a finished run exits with. One that found everything that texts without steps name has looked.
    pub fn exit_code(&self) -> ExitCode {
        if self.tally.total() == 0 && self.resolved() > 0 { ExitCode::Passed } else { ExitCode::of(&self.tally) }
    }
}

/// What became of one runbook on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookResult {
    /// The runbook.
    pub id: RunbookId,
    /// The target, where the run was on several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// What people read.
    pub title: String,
    /// Its file, relative to the collection's root.
    pub path: PathBuf,
    /// The gravest outcome of its steps and references.
    pub outcome: Outcome,
    /// Its steps, in order.
    pub steps: Vec<StepResult>,
    /// What its commands name.
    pub references: ReferenceCount,
    /// What is wrong outside its steps, and every warning: references in blocks without a role, diagnostics that kept it from running.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// The recording that answered in place of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it was made.
    pub at: jiff::Timestamp,
    /// The run it was made of.
    pub run: String,
}

/// What became of a whole run. JSON reports are this, and grow only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    /// The version of this format: 1.
    pub version: u32,
    /// The run's id.
    pub run: String,
    /// `verify` or `exec`.
    pub mode: String,
    /// The target's name; of several, their names with commas between.
    pub target: String,
    /// The API server's version, where a cluster was asked and answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster_version: Option<String>,
    /// The recording that was looked at in place of the world. Such a result says nothing of today.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording: Option<Recorded>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub finished: jiff::Timestamp,
    /// Whether somebody stopped it.
    pub interrupted: bool,
    /// How many steps ended in each way; a drifted or errored reference outside a step counts as one.
    pub tally: Tally,
    /// How this compares with what was kept before, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trend: Option<Trend>,
    /// The runbooks, by id.
    pub runbooks: Vec<RunbookResult>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a run of one runbook that names `resolved` things that are there.
    pub(in crate::model) fn run(tally: Tally, resolved: usize) -> RunResult {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let runbook = RunbookResult {
            id: RunbookId("a".to_owned()),
            target: None,
            title: "A".to_owned(),
            path: "a.md".into(),
            outcome: Outcome::Skipped,
            steps: Vec::new(),
            references: ReferenceCount { resolved, ..ReferenceCount::default() },
            findings: Vec::new(),
            started: at,
            duration_ms: 0,
        };
        RunResult {
            version: 1,
            run: "r".to_owned(),
            mode: "verify".to_owned(),
            target: "default".to_owned(),
            cluster_version: None,
            recording: None,
            started: at,
            finished: at,
            interrupted: false,
            tally,
            trend: None,
            runbooks: vec![runbook],
        }
    }

    #[test]
    fn a_text_whose_names_are_all_there_was_looked_at() {
        assert_eq!(run(Tally::default(), 1).exit_code(), ExitCode::Passed);
        assert_eq!(run(Tally::default(), 0).exit_code(), ExitCode::Unable);
        assert_eq!(run(Tally { errored: 1, ..Tally::default() }, 1).exit_code(), ExitCode::Unable);
    }
}
