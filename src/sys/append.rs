//! A file that only grows, held by one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::files::{self, FileError};

/// A file opened for appending and locked against other processes.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    file: File,
}

/// Why a file cannot be appended to.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The system refuses.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process holds it.
    #[error("`{}` is held by another process", .0.display())]
    Held(PathBuf),
}

impl Appender {
    /// Opens a file, readable by its owner only, makes the folders above it, and takes its lock.
    pub fn open(path: &Path) -> Result<Self, AppendError> {
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        let file = options().open(path).map_err(|source| failed("open", path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), file }),
            Err(TryLockError::WouldBlock) => Err(AppendError::Held(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed("lock", path, source).into()),
        }
    }

    /// Appends `line` and a newline in one write, and waits until the disk has it.
    pub fn append(&mut self, line: &str) -> Result<(), FileError> {
        let bytes = format!("{line}\n");
        let written = self.file.write_all(bytes.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| failed("append to", &self.path, source))
    }

    /// Cuts the file after `length` bytes: a line that a crash tore goes, so that the next begins on its own.
    pub fn truncate(&mut self, length: u64) -> Result<(), FileError> {
        self.file.set_len(length).map_err(|source| failed("cut", &self.path, source))
    }
}

fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
}

fn failed(act: &'static str, path: &Path, source: io::Error) -> FileError {
    FileError { act, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/a/journal.ndjson");
        let first = Appender::open(&path).unwrap();
        assert!(matches!(Appender::open(&path), Err(AppendError::Held(_))));
        drop(first);
        assert!(Appender::open(&path).is_ok());
    }
}
