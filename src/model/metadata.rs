//! What front matter says about a runbook; everything is optional, because half of all real runbooks have none.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Located, Span};

/// How grave the situation is that a runbook serves.
///
/// Written as `P0`…`P4`, `SEV0`…`SEV4`, or a word (`critical`, `high`, `medium`, `low`); kept as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Severity(pub String);

/// What is known about a runbook besides its text. Missing keys are derived where the text tells (title from the H1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// The title: front matter, else the first H1, else the file name.
    pub title: String,
    /// One or two sentences for lists and search results.
    pub description: Option<String>,
    /// How grave.
    pub severity: Option<Severity>,
    /// The service it is about.
    pub service: Option<String>,
    /// The team or person who keeps it true.
    pub owner: Option<String>,
    /// Free words to find it by.
    pub tags: Vec<String>,
    /// Names of alerts that lead here.
    pub alerts: Vec<String>,
    /// Earlier ids of this page, relative to the site's root.
    pub aliases: Vec<String>,
    /// The day somebody last read it with care.
    pub reviewed: Option<jiff::civil::Date>,
    /// How long a review is good for.
    pub review_every: Option<jiff::SpanFieldwise>,
    /// How long carrying it out takes.
    pub duration: Option<Duration>,
    /// How often it is done: `daily`, `weekly`, `monthly`, `quarterly`, `on alert` …
    pub frequency: Option<String>,
    /// The front matter, fences included; `None` where there is none.
    pub span: Option<Span>,
}

impl Metadata {
    /// Returns whether the review is overdue on `today`; `None` where no review period is known.
    pub fn overdue(&self, today: jiff::civil::Date) -> Option<bool> {
        let due = self.reviewed?.checked_add(self.review_every?.0).ok()?;
        Some(due < today)
    }
}

/// What must be there before step 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requires {
    /// Programs on the `PATH`.
    pub tools: Vec<Located<ToolRequirement>>,
    /// What the identity of the target must be allowed to do: `patch deployments -n ${NAMESPACE}`.
    pub access: Vec<Located<String>>,
    /// Environment variables that must be set.
    pub env: Vec<Located<String>>,
}

/// A program, and the lowest version that will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRequirement {
    /// The name on the `PATH`.
    pub name: String,
    /// The lowest version, as written after `>=`.
    pub minimum: Option<String>,
}
