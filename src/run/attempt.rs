//! One try at one step: what it brought, and what is thought of it.

use crate::model::{Finding, Outcome};

use crate::expression::{Fact, Facts};

/// What one try at a step brought. Texts are as they came: the redactor stands behind this, not before it, because
/// expectations and captures need the real values.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// What is thought of it.
    pub outcome: Outcome,
    /// Why, in one line; always given where it is `errored`.
    pub reason: Option<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The exit status of the process; 128 + signal where a signal ended it.
    pub exit: Option<i32>,
    /// What it printed (for `http` the body), bounded.
    pub stdout: String,
    /// Why `stdout` is not all that was printed, and what to do about it, if it is not.
    pub(crate) cut: Option<Cut>,
    /// What it complained of, bounded.
    pub stderr: String,
    /// The value of a `promql` step, or the HTTP status of an `http` step.
    pub value: Option<String>,
    /// The names that `expect` and `capture` may speak of, and their values.
    pub(crate) facts: Facts,
    /// What differs from sample to sample of a `promql` step: an expectation must hold for each.
    pub(crate) each: Vec<(String, Vec<(&'static str, Fact)>)>,
    /// Whether another try could come to something else; a mistake in the text will not go away.
    pub(crate) retry: bool,
}

/// Why an output was not looked at whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// In one line.
    pub(crate) reason: String,
    /// What the author can do.
    pub(crate) help: &'static str,
}

/// What somebody who knows more (the engine, who sees what the gate refused) thinks of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// A stable name for the finding: `refused-write`, `cluster-unreachable` …
    pub rule: String,
    /// What is wrong, in one line.
    pub message: String,
    /// What the reader can do.
    pub help: Option<String>,
    /// Whether another try, within the step's `within`, could come to something else.
    pub retry: bool,
}

impl Attempt {
    /// Returns an attempt of which nothing is known yet but that it ended as `outcome`.
    pub fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            reason: None,
            findings: Vec::new(),
            exit: None,
            stdout: String::new(),
            cut: None,
            stderr: String::new(),
            value: None,
            facts: Facts::default(),
            each: Vec::new(),
            retry: true,
        }
    }

    /// Returns an attempt that could not look.
    pub fn errored(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(Outcome::Errored) }
    }
}

impl Attempt {
    /// Returns an attempt that ended with one finding.
    pub(crate) fn found(finding: Finding) -> Self {
        let reason = (finding.outcome == Outcome::Errored).then(|| finding.message.clone());
        Self { reason, ..Self::new(finding.outcome) }.with(finding)
    }

    /// Adds a finding; the graver outcome stays.
    pub(crate) fn with(mut self, finding: Finding) -> Self {
        self.add(finding);
        self
    }

    /// Adds a finding; the graver outcome stays.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.outcome = self.outcome.worse(finding.outcome);
        if finding.outcome == Outcome::Errored && self.reason.is_none() {
            self.reason = Some(finding.message.clone());
        }
        self.findings.push(finding);
    }

    /// Says that another try will come to the same.
    pub(crate) const fn for_good(mut self) -> Self {
        self.retry = false;
        self
    }
}
