//! The journal of a run: every event, on disk before its consequence begins.
//!
//! One JSON object a line. Each carries the SHA-256 of the line before it, so that a changed or missing line is found
//! out. What a step prints is not journaled line by line; its result holds the bounded text.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::event::{Event, ListenError, Listener};
use crate::model::fingerprint;
use crate::sys::files::{self, FileError};
use crate::sys::{AppendError, Appender};

/// The version of the format.
const VERSION: u32 = 1;

/// A line of a journal.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    version: u32,
    /// From 1, without gaps.
    sequence: u64,
    /// SHA-256 of the line before, in hexadecimal; of nothing for the first.
    previous: String,
    #[serde(flatten)]
    event: Event,
}

/// Why a journal cannot be written or believed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be held or written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A line is not what the line after it remembers, or is no entry at all.
    #[error("`{}` line {line} is damaged: {why}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What does not fit.
        why: String,
    },
}

/// Writes a journal.
#[derive(Debug)]
pub struct Journal {
    tail: Mutex<Tail>,
}

#[derive(Debug)]
struct Tail {
    file: Appender,
    sequence: u64,
    hash: String,
}

/// What a journal says, and where its sound part ends.
#[derive(Debug)]
pub struct Record {
    /// The events, in order.
    pub events: Vec<Event>,
    sequence: u64,
    hash: String,
    length: u64,
}

impl Journal {
    /// Begins a journal in a file that does not exist yet.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let tail = Tail { file: Appender::open(path)?, sequence: 0, hash: fingerprint(b"") };
        Ok(Self { tail: Mutex::new(tail) })
    }

    /// Goes on with a journal, and returns what it says so far. A last line that a crash tore is cut off.
    pub fn reopen(path: &Path) -> Result<(Self, Record), JournalError> {
        let mut file = Appender::open(path)?;
        let record = read(path)?;
        file.truncate(record.length)?;
        let tail = Tail { file, sequence: record.sequence, hash: record.hash.clone() };
        Ok((Self { tail: Mutex::new(tail) }, record))
    }
}

impl Listener for Journal {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        if matches!(event, Event::Output { .. }) {
            return Ok(());
        }
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let entry =
            Entry { version: VERSION, sequence: tail.sequence + 1, previous: tail.hash.clone(), event: event.clone() };
        let line = serde_json::to_string(&entry).map_err(|error| ListenError(error.to_string()))?;
        tail.file.append(&line).map_err(|error| ListenError(error.to_string()))?;
        tail.sequence += 1;
        tail.hash = fingerprint(line.as_bytes());
        Ok(())
    }
}

/// Reads a journal and checks its chain. A torn last line is left out; any other damage is an error that names the line.
pub fn read(path: &Path) -> Result<Record, JournalError> {
    let text = files::read_text(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut record = Record { events: Vec::new(), sequence: 0, hash: fingerprint(b""), length: whole.len() as u64 };
    for (index, line) in whole.lines().enumerate() {
        let damaged = |why: String| JournalError::Damaged { path: path.to_owned(), line: index + 1, why };
        let entry: Entry = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
        if entry.version != VERSION {
            return Err(damaged(format!("version {} is not {VERSION}", entry.version)));
        }
        if entry.sequence != record.sequence + 1 {
            return Err(damaged(format!("entry {} follows entry {}", entry.sequence, record.sequence)));
        }
        if entry.previous != record.hash {
            return Err(damaged("the line before it was changed".to_owned()));
        }
        record.sequence = entry.sequence;
        record.hash = fingerprint(line.as_bytes());
        record.events.push(entry.event);
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn event(interrupted: bool) -> Event {
        Event::RunFinished { interrupted, at: Timestamp::UNIX_EPOCH }
    }

    fn journal_of(events: usize) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.ndjson");
        let journal = Journal::create(&path).unwrap();
        for index in 0..events {
            journal.hear(&event(index % 2 == 0)).unwrap();
        }
        (folder, path)
    }

    #[test]
    fn what_was_written_is_read_back() {
        let (_folder, path) = journal_of(3);
        assert_eq!(read(&path).unwrap().events, [event(true), event(false), event(true)]);
    }

    #[test]
    fn a_changed_line_is_found_out_and_named() {
        let (_folder, path) = journal_of(3);
        let text = files::read_text(&path).unwrap().replacen("false", "true", 1);
        files::write(&path, text.as_bytes()).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("line 3 is damaged"));
    }

    #[test]
    fn a_missing_line_is_found_out() {
        let (_folder, path) = journal_of(3);
        let text = files::read_text(&path).unwrap();
        let without_second: Vec<_> = text.lines().enumerate().filter(|(index, _)| *index != 1).map(|it| it.1).collect();
        files::write(&path, (without_second.join("\n") + "\n").as_bytes()).unwrap();
        assert!(matches!(read(&path), Err(JournalError::Damaged { line: 2, .. })));
    }

    #[test]
    fn a_torn_last_line_is_cut_and_the_journal_goes_on() {
        let (_folder, path) = journal_of(2);
        let text = files::read_text(&path).unwrap() + "{\"version\":1,\"sequ";
        files::write(&path, text.as_bytes()).unwrap();
        let (journal, record) = Journal::reopen(&path).unwrap();
        assert_eq!(record.events.len(), 2);
        journal.hear(&event(true)).unwrap();
        assert_eq!(read(&path).unwrap().events.len(), 3);
    }
}
