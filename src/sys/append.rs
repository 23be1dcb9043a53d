//! A file that only grows, held by one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
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

    /// Opens a file as [`open`](Self::open) does, and waits until no other process holds it.
    pub fn wait(path: &Path) -> Result<Self, AppendError> {
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        let file = options().read(true).open(path).map_err(|source| failed("open", path, source))?;
        file.lock().map_err(|source| failed("lock", path, source))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Takes away what stands behind the last newline: the line that a crash tore. Needs a file from [`wait`](Self::wait).
    pub fn drop_torn_line(&mut self) -> Result<(), FileError> {
        let length = whole_lines(&mut self.file).map_err(|source| failed("read", &self.path, source))?;
        self.truncate(length)
    }

    /// Waits until the disk knows that the file is there, and the folder it stands in.
    pub fn sync_place(&self) -> Result<(), FileError> {
        let folders = self.path.ancestors().skip(1).take(2).filter(|folder| !folder.as_os_str().is_empty());
        for folder in folders {
            let synced = OpenOptions::new().read(true).open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|source| failed("sync", folder, source))?;
        }
        Ok(())
    }

    /// Returns whether nothing stands in it.
    pub fn is_empty(&self) -> Result<bool, FileError> {
        Ok(self.file.metadata().map_err(|source| failed("look at", &self.path, source))?.len() == 0)
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

/// Returns how many bytes of a file are whole lines, looking only at its end.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    const CHUNK: u64 = 64 * 1024;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        Read::by_ref(file).take(end - start).read_to_end(&mut bytes)?;
        if let Some(at) = bytes.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + u64::try_from(at).unwrap_or(0) + 1);
        }
        end = start;
    }
    Ok(0)
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
