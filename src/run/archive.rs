//! The runs that are on record: `.runbooks/runs/<run>/journal.ndjson`.

use std::path::{Path, PathBuf};

use super::event::Event;
use super::exec::Past;
use super::journal::{self, Journal, JournalError, Record};
use crate::sys::Appender;
use crate::sys::files::{self, FileError};

/// The runs of a collection.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

/// Why a run cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The folder of runs cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal of a run cannot be believed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no run of that id.
    #[error("no run `{0}`; `runbooks runs list` shows those there are")]
    NoRun(String),
    /// No run is left unfinished.
    #[error("no run is left unfinished; nothing to resume")]
    NothingToResume,
}

impl Archive {
    /// Returns the archive in the state folder of a collection.
    pub fn new(state_folder: &Path) -> Self {
        Self { folder: state_folder.join("runs") }
    }

    /// Returns the folder of a run.
    pub fn folder(&self, run: &str) -> PathBuf {
        self.folder.join(run)
    }

    /// Returns the journal of a run.
    pub fn journal(&self, run: &str) -> PathBuf {
        self.folder(run).join("journal.ndjson")
    }

    /// Returns the ids of all runs, newest first.
    pub fn list(&self) -> Result<Vec<String>, FileError> {
        if !files::is_folder(&self.folder) {
            return Ok(Vec::new());
        }
        let journals = files::walk(&self.folder)?.into_iter().filter(|path| path.ends_with("journal.ndjson"));
        let name = |path: PathBuf| Some(path.parent()?.file_name()?.to_string_lossy().into_owned());
        let mut runs: Vec<_> = journals.filter_map(name).collect();
        runs.sort_by(|left, right| right.cmp(left));
        Ok(runs)
    }

    /// Returns whether a run is one of these, and no process carries it out.
    pub fn is_dead(&self, run: &str) -> bool {
        let path = self.journal(run);
        files::exists(&path) && Appender::open(&path).is_ok()
    }

    /// Returns what is on record of a run.
    pub fn read(&self, run: &str) -> Result<Record, ArchiveError> {
        let path = self.journal(run);
        if !files::exists(&path) {
            return Err(ArchiveError::NoRun(run.to_owned()));
        }
        Ok(journal::read(&path)?)
    }

    /// Takes hold of the journal of a run, and returns what is on record.
    pub fn reopen(&self, run: &str) -> Result<(Journal, Record), ArchiveError> {
        let path = self.journal(run);
        if !files::exists(&path) {
            return Err(ArchiveError::NoRun(run.to_owned()));
        }
        Ok(Journal::reopen(&path)?)
    }

    /// Returns the newest run that did not come to its end, of `runbook` where one is given.
    pub fn unfinished(&self, runbook: Option<&str>) -> Result<String, ArchiveError> {
        for run in self.list()? {
            let Ok(record) = self.read(&run) else { continue };
            let past = Past::of(&record.events);
            let wanted = runbook.is_none_or(|id| past.runbook.as_ref().is_some_and(|it| it.as_str() == id));
            if wanted && !past.finished && is_execution(&record.events) {
                return Ok(run);
            }
        }
        Err(ArchiveError::NothingToResume)
    }
}

impl Archive {
    /// Removes a run with all that is kept of it. One that another process holds is left, with an error.
    pub fn remove(&self, run: &str) -> Result<(), ArchiveError> {
        let path = self.journal(run);
        if !files::exists(&path) {
            return Err(ArchiveError::NoRun(run.to_owned()));
        }
        let _held = Appender::open(&path).map_err(JournalError::from)?;
        Ok(files::remove_folder(&self.folder(run))?)
    }
}

fn is_execution(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::RunStarted { mode, .. } if mode == "exec"))
}
