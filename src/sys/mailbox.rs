//! A place in the file system where a child process leaves a message for us, without the message touching a disk.

#![expect(clippy::disallowed_methods, reason = "this is the door to files and processes")]

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

/// The longest message that is kept, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// How long the mailbox is left alone once something was found in it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// A FIFO that is open at both ends, so that a writer never waits for a reader to come.
#[derive(Debug)]
pub struct Mailbox {
    path: PathBuf,
    receiver: Receiver,
}

impl Mailbox {
    /// Makes the FIFO, in place of whatever stands at `path`. Must be called within a runtime.
    pub fn create(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        make(path)?;
        let file = std::fs::OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Self { path: path.to_owned(), receiver: Receiver::from_file(file)? })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Throws away what is there. Done before a child starts: once it runs, what is there may be its message already.
    pub fn empty(&self) {
        self.take_the_rest(&mut Vec::new());
    }

    /// Waits for `work`, and returns what it came to, with everything that is in the mailbox or was left there meanwhile.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> (T, Vec<u8>) {
        let mut message = Vec::new();
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                ready = self.receiver.readable() => {
                    if ready.is_err() {
                        break work.await;
                    }
                    self.take(&mut message);
                }
            }
            // A message is written line by line: to wake for each would slow its writer down.
            if let Ok(result) = timeout(BETWEEN_LOOKS, &mut work).await {
                break result;
            }
        };
        self.take_the_rest(&mut message);
        (result, message)
    }

    /// Takes what the runtime knows to be there.
    fn take(&self, message: &mut Vec<u8>) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = self.receiver.try_read(&mut buffer) {
            keep(&buffer[..count], message);
        }
    }

    /// Takes what is there now. The runtime may not have heard of it yet: on a busy machine it hears of the end of the
    /// child first, and `try_read` would not even look.
    fn take_the_rest(&self, message: &mut Vec<u8>) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = rustix::io::read(&self.receiver, &mut buffer) {
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
    async fn what_a_quick_child_has_left_already_is_returned() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::create(&folder.path().join("mail")).unwrap();
        std::fs::write(mailbox.path(), "done").unwrap();
        assert_eq!(mailbox.during(async {}).await.1, b"done");
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
}
