//! A place in the file system where a child process leaves a message for us, without the message touching a disk.

#![expect(clippy::disallowed_methods, reason = "this is the door to files and processes")]

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

/// The longest message that is kept, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// How often it is looked whether a writer waits because the mailbox is full.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// How often it is looked while one does.
const SOON: Duration = Duration::from_millis(1);

/// A FIFO that is open at both ends, so that a writer never waits for a reader to come.
///
/// The runtime does not watch it: a shell writes its message line by line, and to wake for each costs more than the shell.
#[derive(Debug)]
pub struct Mailbox {
    path: PathBuf,
    file: File,
}

impl Mailbox {
    /// Makes the FIFO, in place of whatever stands at `path`.
    pub fn create(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        make(path)?;
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        rustix::io::ioctl_fionbio(&file, true)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Throws away what is there. To be called before a child is started: a quick one is done before we wait for it.
    pub fn empty(&self) {
        self.take(&mut Vec::new());
    }

    /// Waits for `work`, and returns what it came to, with everything that is in the mailbox then.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> (T, Vec<u8>) {
        let mut message = Vec::new();
        tokio::pin!(work);
        let result = loop {
            let before = message.len();
            self.take(&mut message);
            let pause = if message.len() > before { SOON } else { BETWEEN_LOOKS };
            if let Ok(result) = timeout(pause, &mut work).await {
                break result;
            }
        };
        self.take(&mut message);
        (result, message)
    }

    /// Takes what is there now.
    fn take(&self, message: &mut Vec<u8>) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = rustix::io::read(&self.file, &mut buffer) {
            keep(&buffer[..count], message);
        }
    }
}

/// Keeps a part of a message. What is too long is still read, or its writer would wait for ever.
fn keep(part: &[u8], message: &mut Vec<u8>) {
    if message.len() + part.len() <= LONGEST {
        message.extend_from_slice(part);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // A FIFO that is gone already is no loss.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(not(target_vendor = "apple"))]
fn make(path: &Path) -> io::Result<()> {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).map_err(io::Error::from)
}

/// Apple's systems have no `mknodat`; they all have the command.
#[cfg(target_vendor = "apple")]
fn make(path: &Path) -> io::Result<()> {
    let status = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(path).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("mkfifo failed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_left_at_the_very_end_is_returned_too() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::create(&folder.path().join("mail")).unwrap();
        let path = mailbox.path().to_owned();
        // The runtime has no chance to hear of the message before the work is done.
        let ((), message) = mailbox.during(async { std::fs::write(path, "last words").unwrap() }).await;
        assert_eq!(message, b"last words");
    }

    #[tokio::test]
    async fn what_is_left_during_the_work_is_returned() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::create(&folder.path().join("mail")).unwrap();
        let path = mailbox.path().to_owned();
        let write = |text: String| {
            let path = path.clone();
            tokio::task::spawn_blocking(move || std::fs::write(path, text).unwrap())
        };
        write("before".to_owned()).await.unwrap();
        mailbox.empty();
        // More than a pipe holds: the writer goes on only because somebody reads.
        let ((), message) = mailbox.during(async { write("x".repeat(200_000)).await.unwrap() }).await;
        assert_eq!(message.len(), 200_000);
    }

    #[tokio::test]
    async fn what_was_left_before_anybody_waited_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::create(&folder.path().join("mail")).unwrap();
        mailbox.empty();
        std::fs::write(mailbox.path(), "quick").unwrap();
        assert_eq!(mailbox.during(async {}).await.1, b"quick");
    }
}
