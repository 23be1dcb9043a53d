//! One try at one step: what it brought, and what is thought of it.

use crate::model::{Finding, Outcome};

use super::expression::Facts;

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
    /// What it complained of, bounded.
    pub stderr: String,
    /// The value of a `promql` step, or the HTTP status of an `http` step.
    pub value: Option<String>,
    /// The names that `expect` and `capture` may speak of, and their values.
    pub(crate) facts: Facts,
    /// Whether another try could come to something else; a mistake in the text will not go away.
    pub(crate) retry: bool,
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
            stderr: String::new(),
            value: None,
            facts: Facts::default(),
            retry: true,
        }
    }

    /// Returns an attempt that could not look.
    pub fn errored(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(Outcome::Errored) }
    }
}
