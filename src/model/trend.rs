//! How a run compares with the one before it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Outcome, RunbookId};

/// What changed since the results that were kept last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trend {
    /// The run that was compared with; `None` where no results of the target are kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub with: Option<String>,
    /// Wrong now, and not before.
    pub new: Vec<TrendItem>,
    /// Wrong before, and passed now.
    pub fixed: Vec<TrendItem>,
    /// Wrong before and now.
    pub still: Vec<TrendItem>,
    /// Went to and fro in the last ten runs of the same text, at least three times.
    pub flaky: Vec<TrendItem>,
}

/// A step, or a finding outside the steps, as it was and as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendItem {
    /// The runbook.
    pub runbook: RunbookId,
    /// The step's id; of a finding outside the steps, its rule and message.
    pub name: String,
    /// What it was; `None` where it was not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Outcome>,
    /// What it is; `None` where it is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub now: Option<Outcome>,
    /// The file.
    pub path: PathBuf,
    /// The line.
    pub line: usize,
}
