//! The latest results of each target: `.runbooks/results/<target>.json`, which the site shows as evidence.

use std::path::{Path, PathBuf};

use super::history;
use crate::model::{Outcome, RunResult, Tally};
use crate::sys::files::{self, FileError};
use crate::sys::{AppendError, Appender};

/// Why evidence cannot be kept or used.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be held.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A file holds something else than results.
    #[error("`{}` holds no results: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What is kept of all targets.
#[derive(Debug, Default)]
pub struct Kept {
    /// The results, by the target's name.
    pub results: Vec<RunResult>,
    /// The files that hold no results.
    pub damaged: Vec<DamagedResults>,
}

/// A file that holds no results.
#[derive(Debug)]
pub struct DamagedResults {
    /// The target, as its file is called.
    pub target: String,
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
    /// What is wrong with it.
    pub error: serde_json::Error,
}

/// Returns the results of every target. A damaged file keeps nobody from the results of other targets.
pub fn load(state_folder: &Path) -> Result<Kept, FileError> {
    let folder = state_folder.join("results");
    let mut kept = Kept::default();
    if !files::is_folder(&folder) {
        return Ok(kept);
    }
    let json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    for path in files::walk(&folder)?.into_iter().filter(json) {
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        match serde_json::from_str(&text) {
            Ok(result) => kept.results.push(result),
            Err(error) => {
                let target = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                kept.damaged.push(DamagedResults { target, path, text, error });
            }
        }
    }
    Ok(kept)
}

/// Returns what is kept of a target.
pub fn of_target(state_folder: &Path, target: &str) -> Result<Option<RunResult>, EvidenceError> {
    let path = kept_in(state_folder, target);
    if files::exists(&path) { read(&path).map(Some) } else { Ok(None) }
}

/// Keeps the results of a run: they replace what was kept of the same runbooks on that target, and nothing else. A line of
/// the target's history tells of them too.
///
/// The results are read and written again under a lock, so that two runs that end at once are both kept.
pub fn save(state_folder: &Path, result: &RunResult) -> Result<PathBuf, EvidenceError> {
    let path = kept_in(state_folder, &result.target);
    let lock = Appender::wait(&path.with_extension("lock"))?;
    let mut kept = result.clone();
    kept.trend = None;
    if let Some(old) = of_target(state_folder, &result.target)? {
        let fresh = |id: &crate::model::RunbookId| result.runbooks.iter().any(|runbook| runbook.id == *id);
        kept.runbooks.extend(old.runbooks.into_iter().filter(|runbook| !fresh(&runbook.id)));
        kept.runbooks.sort_by(|left, right| left.id.cmp(&right.id));
    }
    kept.tally = tally(&kept);
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|source| EvidenceError::Unreadable { path: path.clone(), source })?;
    files::write(&path, text.as_bytes())?;
    history::append(state_folder, result)?;
    drop(lock);
    Ok(path)
}

/// Counts as a report does: a check that only warns has passed, and a finding outside a step that claims something counts.
fn tally(result: &RunResult) -> Tally {
    let mut tally = Tally::default();
    for runbook in &result.runbooks {
        for step in &runbook.steps {
            let warned = step.warn && step.outcome == Outcome::Failed;
            tally.add(if warned { Outcome::Passed } else { step.outcome });
        }
        let claims = runbook.findings.iter().filter(|finding| finding.outcome != Outcome::Skipped);
        claims.for_each(|finding| tally.add(finding.outcome));
    }
    tally
}

fn kept_in(state_folder: &Path, target: &str) -> PathBuf {
    state_folder.join("results").join(format!("{}.json", file_name(target)))
}

fn read(path: &Path) -> Result<RunResult, EvidenceError> {
    let text = files::read_text(path)?;
    serde_json::from_str(&text).map_err(|source| EvidenceError::Unreadable { path: path.to_owned(), source })
}

/// Returns a target's name as a file's: what a path would understand otherwise becomes `_`.
pub fn file_name(target: &str) -> String {
    target.chars().map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }).collect()
}
