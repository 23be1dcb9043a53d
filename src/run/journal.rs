//! The journal of a run: every event, on disk before its consequence begins.
//!
//! One JSON object a line. Each carries the SHA-256 of the line before it and, as its last key, of itself, so that a
//! changed byte or a missing line is found out, in the last line too. What a step prints is not journaled line by line; its result holds the bounded text.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::event::{Event, ListenError, Listener};
use crate::model::fingerprint;
use crate::sys::files::{self, FileError};
use crate::sys::{AppendError, Appender};

/// The version of the format.
/// 1: lines without a seal, or without what a write to the cluster began with. 2: both.
const VERSION: u32 = 2;

/// The JSON Schema (draft 2020-12) of a line: `docs/journal.schema.json`.
pub const SCHEMA: &str = include_str!("../../docs/journal.schema.json");

/// What stands behind an entry: the hash of all that stands before it in its line.
const SEAL: &str = ",\"seal\":\"";

/// How long a hash is.
const HASH: usize = 64;

/// A line of a journal, without its seal.
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

/// What every line of every version says.
#[derive(Deserialize)]
struct Format {
    version: u32,
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
    /// There is one already.
    #[error("`{}` is there already; nothing was run. Try again", .0.display())]
    Exists(PathBuf),
    /// It was written by an older `runbooks`, in a form that this one does not go on with.
    #[error("`{}` was written by an older runbooks (version {version} of the format; this one reads {VERSION}): read it with that one", path.display())]
    Older {
        /// The journal.
        path: PathBuf,
        /// The version it has.
        version: u32,
    },
    /// It was written by a newer `runbooks`.
    #[error("`{}` was written by a newer runbooks (version {version} of the format; this one reads {VERSION}): read it with that one", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// The version it has.
        version: u32,
    },
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
    /// Whether a line could not be written. What is written behind half a line could not be read.
    broken: bool,
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
        let file = Appender::open(path)?;
        if !file.is_empty()? {
            return Err(JournalError::Exists(path.to_owned()));
        }
        file.sync_place()?;
        let tail = Tail { file, sequence: 0, hash: fingerprint(b""), broken: false };
        Ok(Self { tail: Mutex::new(tail) })
    }

    /// Goes on with a journal, and returns what it says so far. A last line that a crash tore is cut off.
    pub fn reopen(path: &Path) -> Result<(Self, Record), JournalError> {
        let mut file = Appender::open(path)?;
        let record = read(path)?;
        file.truncate(record.length)?;
        let tail = Tail { file, sequence: record.sequence, hash: record.hash.clone(), broken: false };
        Ok((Self { tail: Mutex::new(tail) }, record))
    }
}

impl Listener for Journal {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        if matches!(event, Event::Output { .. } | Event::Waiting { .. } | Event::WouldChange { .. }) {
            return Ok(());
        }
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.broken {
            return Err(ListenError("the journal could not be written before".to_owned()));
        }
        let entry =
            Entry { version: VERSION, sequence: tail.sequence + 1, previous: tail.hash.clone(), event: event.clone() };
        let line = seal(&serde_json::to_string(&entry).map_err(|error| ListenError(error.to_string()))?);
        if let Err(error) = tail.file.append(&line) {
            tail.broken = true;
            return Err(ListenError(error.to_string()));
        }
        tail.sequence += 1;
        tail.hash = fingerprint(line.as_bytes());
        Ok(())
    }
}

/// Reads a journal and checks its chain. A torn last line is left out; any other damage is an error that names the line.
pub fn read(path: &Path) -> Result<Record, JournalError> {
    let text = files::read_text(path)?;
    let torn = text.rsplit('\n').next().unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut record = Record { events: Vec::new(), sequence: 0, hash: fingerprint(b""), length: whole.len() as u64 };
    for (index, line) in whole.lines().enumerate() {
        let damaged = |why: String| JournalError::Damaged { path: path.to_owned(), line: index + 1, why };
        let Format { version } = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
        match version.cmp(&VERSION) {
            // Only the first line can tell: behind one of ours nothing older or newer is written.
            Ordering::Less if index == 0 => return Err(JournalError::Older { path: path.to_owned(), version }),
            Ordering::Greater if index == 0 && is_sealed(line) => {
                return Err(JournalError::Newer { path: path.to_owned(), version });
            }
            _ => {}
        }
        let entry: Entry = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
        if !is_sealed(line) {
            return Err(damaged("it was changed".to_owned()));
        }
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
    // A crash takes away from the end of a line; it puts nothing behind one.
    if torn.rfind(SEAL).is_some_and(|at| torn.len() > at + SEAL.len() + HASH + 2) {
        let why = "it does not end where it should".to_owned();
        return Err(JournalError::Damaged { path: path.to_owned(), line: whole.lines().count() + 1, why });
    }
    Ok(record)
}

/// Puts the hash of an entry behind it.
fn seal(entry: &str) -> String {
    let open = entry.strip_suffix('}').unwrap_or(entry);
    format!("{open}{SEAL}{}\"}}", fingerprint(open.as_bytes()))
}

/// Returns whether a line is as it was sealed.
fn is_sealed(line: &str) -> bool {
    line.rfind(SEAL).is_some_and(|at| line[at..] == format!("{SEAL}{}\"}}", fingerprint(&line.as_bytes()[..at])))
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
    fn a_journal_takes_no_other_s_place() {
        let (_folder, path) = journal_of(1);
        assert!(matches!(Journal::create(&path), Err(JournalError::Exists(_))));
        assert_eq!(read(&path).unwrap().events.len(), 1);
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
        assert!(read(&path).unwrap_err().to_string().contains("line 2 is damaged"));
    }

    #[test]
    fn every_changed_byte_is_found_out_and_its_line_named() {
        let (_folder, path) = journal_of(3);
        let sound = files::read(&path).unwrap();
        let mut line = 1;
        for index in 0..sound.len() {
            let mut changed = sound.clone();
            changed[index] ^= 1;
            files::write(&path, &changed).unwrap();
            let error = read(&path).map(|_| ()).unwrap_err();
            assert!(matches!(error, JournalError::Damaged { line: named, .. } if named == line), "{index}: {error}");
            line += usize::from(sound[index] == b'\n');
        }
    }

    #[test]
    fn a_line_torn_anywhere_is_cut() {
        let (_folder, path) = journal_of(2);
        let sound = files::read(&path).unwrap();
        let first = sound.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in first..sound.len() {
            files::write(&path, &sound[..end]).unwrap();
            assert_eq!(read(&path).unwrap().events.len(), 1, "{end}");
        }
    }

    #[test]
    fn a_journal_of_another_version_is_told_from_a_damaged_one() {
        let (_folder, path) = journal_of(1);
        for (version, told) in [("1", "written by an older runbooks"), ("3", "written by a newer runbooks")] {
            let entry = format!("{{\"version\":{version},\"sequence\":1,\"event\":\"of-another-age\"}}");
            files::write(&path, (seal(&entry) + "\n").as_bytes()).unwrap();
            let error = read(&path).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
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
        let text = files::read_text(&path).unwrap() + "{\"version\":2,\"sequ";
        files::write(&path, text.as_bytes()).unwrap();
        let (journal, record) = Journal::reopen(&path).unwrap();
        assert_eq!(record.events.len(), 2);
        journal.hear(&event(true)).unwrap();
        assert_eq!(read(&path).unwrap().events.len(), 3);
    }
}
