//! The latest results of each target: `.runbooks/results/<target>.json`, which the site shows as evidence.

use std::path::{Path, PathBuf};

use crate::model::{RunResult, Tally};
use crate::sys::files::{self, FileError};

/// Why evidence cannot be kept or used.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file holds something else than results.
    #[error("`{}` holds no results: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Returns the results of every target, by the target's name.
pub fn load(state_folder: &Path) -> Result<Vec<RunResult>, EvidenceError> {
    let folder = state_folder.join("results");
    if !files::is_folder(&folder) {
        return Ok(Vec::new());
    }
    let json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    files::walk(&folder)?.iter().filter(|path| json(path)).map(|path| read(path)).collect()
}

/// Keeps the results of a run: they replace what was kept of the same runbooks on that target, and nothing else.
pub fn save(state_folder: &Path, result: &RunResult) -> Result<PathBuf, EvidenceError> {
    let path = state_folder.join("results").join(format!("{}.json", file_name(&result.target)));
    let mut kept = result.clone();
    if files::exists(&path) {
        let fresh = |id: &crate::model::RunbookId| result.runbooks.iter().any(|runbook| runbook.id == *id);
        kept.runbooks.extend(read(&path)?.runbooks.into_iter().filter(|runbook| !fresh(&runbook.id)));
        kept.runbooks.sort_by(|left, right| left.id.cmp(&right.id));
    }
    kept.tally = Tally::default();
    for step in kept.runbooks.iter().flat_map(|runbook| &runbook.steps) {
        kept.tally.add(step.outcome);
    }
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|source| EvidenceError::Unreadable { path: path.clone(), source })?;
    files::write(&path, text.as_bytes())?;
    Ok(path)
}

fn read(path: &Path) -> Result<RunResult, EvidenceError> {
    let text = files::read_text(path)?;
    serde_json::from_str(&text).map_err(|source| EvidenceError::Unreadable { path: path.to_owned(), source })
}

/// Returns a target's name as a file's: what a path would understand otherwise becomes `_`.
fn file_name(target: &str) -> String {
    target.chars().map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }).collect()
}
