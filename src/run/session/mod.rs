//! One session per runbook and run: what a block sets is there for the next.

use std::path::PathBuf;

/// Where a session lives.
#[derive(Debug, Clone)]
pub struct SessionPlace {
    /// A folder of its own, made if missing, private (0700). `exec --resume` gives the same one to go on.
    pub folder: PathBuf,
    /// The directory the first block runs in: the collection's root.
    pub directory: PathBuf,
    /// `<run id>/<runbook id>`: marks every process of the session.
    pub name: String,
}

/// Why a session cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The folder or the state in it cannot be read or written.
    #[error(transparent)]
    File(#[from] crate::sys::files::FileError),
}

/// What blocks hand on to the blocks after them: variables, functions, options, the working directory.
#[derive(Debug)]
pub struct Session {
    place: SessionPlace,
}

impl Session {
    /// Opens a session: where the folder holds the state of an earlier one, it goes on from there.
    pub fn open(place: SessionPlace) -> Result<Self, SessionError> {
        Ok(Self { place })
    }

    /// Returns where it lives.
    pub const fn place(&self) -> &SessionPlace {
        &self.place
    }

    /// Sets an exported variable for the blocks to come: a captured value.
    pub fn set(&mut self, _name: &str, _value: &str) {}

    /// Ends the session: whatever its blocks left running is ended too.
    pub async fn end(self) {}
}
