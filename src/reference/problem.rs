//! What is wrong with something a command names, before it is given a place in a file.

use crate::model::{Outcome, Span};

/// Something a command names and that is not there, or that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The word it is about, in the text that was parsed.
    pub span: Span,
    /// The command it stands in.
    pub command: Span,
    /// `drifted` or `errored`; `skipped` for what only warns.
    pub outcome: Outcome,
    /// A stable name for this sort of problem: `missing-object`.
    pub rule: &'static str,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// What the text promised.
    pub expected: Option<String>,
    /// What is there instead.
    pub actual: Option<String>,
    /// What the reader can do.
    pub help: Option<String>,
}

impl Problem {
    /// Says that the text names something that is not there.
    pub fn drifted(rule: &'static str, span: Span, command: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            command,
            outcome: Outcome::Drifted,
            rule,
            message: message.into(),
            expected: None,
            actual: None,
            help: None,
        }
    }

    /// Says that nobody could look.
    pub fn errored(rule: &'static str, span: Span, command: Span, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Errored, ..Self::drifted(rule, span, command, message) }
    }

    /// Says that what works today may not work for ever.
    pub fn warning(rule: &'static str, span: Span, command: Span, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::drifted(rule, span, command, message) }
    }

    /// Returns whether it only warns.
    pub fn warns(&self) -> bool {
        self.outcome == Outcome::Skipped
    }

    /// Tells what the text promised.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into());
        self
    }

    /// Tells what is there instead.
    #[must_use]
    pub fn actual(mut self, text: impl Into<String>) -> Self {
        self.actual = Some(text.into());
        self
    }

    /// Tells the way out, if there is one to tell.
    #[must_use]
    pub fn help(mut self, text: impl Into<Option<String>>) -> Self {
        self.help = text.into();
        self
    }
}
