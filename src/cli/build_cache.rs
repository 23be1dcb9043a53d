//! What is known of an earlier build: under which key each page was made, and what stands on it.
//!
//! Kept under `.runbooks/cache/`, in two files: the keys, which every build reads, and the texts, which only a build reads
//! that has something to index. A cache of another program, or one that cannot be read, is as good as none: then
//! everything is made again. Nothing of it is trusted without the file it speaks of being there as it was written.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::fingerprint;
use crate::site::Output;
use crate::sys::edition;
use crate::sys::files::{self, FileError, Stamp};
use crate::sys::tree::{Published, Publishing, TreeError};

/// A build on its way to its folder, with what is known of the one before.
pub(super) struct Publication {
    publishing: Publishing,
    /// The file of keys.
    keys: PathBuf,
    /// The file of texts.
    texts: PathBuf,
    before: Before,
    texts_before: OnceLock<HashMap<String, Text>>,
    now: Mutex<BTreeMap<String, Now>>,
}

/// The build before: each of its files, and what all of it was made of.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    files: BTreeMap<String, Known>,
    whole: Option<Whole>,
}

/// What a build was made of that found nothing wrong.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whole {
    /// A fingerprint of it.
    pub(super) sources: String,
    /// How many pages show a runbook.
    pub(super) pages: usize,
}

/// A file of the build before. Where its key is empty, the file is made every time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    key: String,
    stamp: Stamp,
}

/// What stands on a page, with the key the page was made under.
#[derive(Debug, Serialize, Deserialize)]
struct Text {
    key: String,
    text: Box<str>,
}

/// The same, borrowed.
#[derive(Debug, Serialize)]
struct TextRef<'a> {
    key: &'a str,
    text: &'a str,
}

/// The files of keys and of texts.
#[derive(Debug, Serialize, Deserialize)]
struct Kept<T> {
    /// The program that wrote it.
    edition: String,
    files: T,
}

/// A file of this build.
struct Now {
    key: String,
    text: Option<Arc<str>>,
}

impl Publication {
    /// Begins to publish into `out`; what is known is kept in `state`.
    pub(super) fn begin(state: &Path, out: &Path) -> Result<Self, TreeError> {
        let publishing = Publishing::begin(out)?;
        let folder = state.join("cache");
        // Before it is there, it has no name of its own.
        files::create_folder(out)?;
        let place = files::canonical(out).unwrap_or_else(|_| out.to_owned());
        let name = &fingerprint(place.to_string_lossy().as_bytes())[..12];
        let keys = folder.join(format!("site-{name}.json"));
        let texts = folder.join(format!("site-{name}-texts.json"));
        let before = read(&keys).unwrap_or_default();
        let (texts_before, now) = (OnceLock::new(), Mutex::default());
        Ok(Self { publishing, keys, texts, before, texts_before, now })
    }

    /// Returns how many pages show a runbook, if all files are there as they were made of the same, and nothing was wrong.
    pub(super) fn made_of(&self, sources: &str) -> Option<usize> {
        let whole = self.before.whole.as_ref().filter(|whole| whole.sources == sources)?;
        let files = &self.before.files;
        let is_whole = self.publishing.is_published(files.keys().map(String::as_str))
            && files.par_iter().all(|(path, known)| self.is_there(path, known));
        is_whole.then_some(whole.pages)
    }

    /// Returns what it means to leave all files as they are.
    pub(super) fn kept(&self) -> Published {
        Published { unchanged: self.before.files.len(), ..Published::default() }
    }

    /// Puts all files in their places, `last` after the others; keeps what is known now. A cache that cannot be kept is no
    /// failure of the build: the second value says why.
    pub(super) fn finish(self, last: &str, whole: Option<Whole>) -> Result<(Published, Option<FileError>), TreeError> {
        let now = self.now.into_inner().unwrap_or_else(PoisonError::into_inner);
        let places: Vec<(&String, PathBuf)> = now.keys().map(|path| (path, self.publishing.path(path))).collect();
        let published = self.publishing.finish(last)?;
        let stamps = places.par_iter().filter_map(|(path, place)| {
            let stamp = files::stamp(place)?;
            Some(((*path).clone(), Known { key: now[*path].key.clone(), stamp }))
        });
        let known = Before { files: stamps.collect(), whole };
        if known == self.before {
            return Ok((published, None));
        }
        drop(places);
        let texts_before = self.texts_before.into_inner().unwrap_or_else(|| read(&self.texts).unwrap_or_default());
        let texts = now.iter().filter_map(|(path, now)| {
            let kept = || texts_before.get(path).filter(|kept| kept.key == now.key).map(|kept| &*kept.text);
            Some((path, TextRef { key: &now.key, text: now.text.as_deref().or_else(kept)? }))
        });
        let texts: BTreeMap<&String, TextRef<'_>> = texts.collect();
        // Whichever is there without the other only costs time.
        let (texts, keys) = rayon::join(|| write(&self.texts, &texts), || write(&self.keys, &known));
        Ok((published, texts.and(keys).err()))
    }

    fn is_there(&self, path: &str, known: &Known) -> bool {
        files::stamp(&self.publishing.path(path)) == Some(known.stamp)
    }

    fn keep(&self, path: &str, known: &Known) {
        self.publishing.keep(path);
        self.note(path, Now { key: known.key.clone(), text: None });
    }

    fn note(&self, path: &str, now: Now) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), now);
    }
}

impl Output for Publication {
    type Error = TreeError;

    fn has(&self, path: &str, key: &str) -> bool {
        let known = self.before.files.get(path).filter(|known| known.key == key && self.is_there(path, known));
        known.inspect(|known| self.keep(path, known)).is_some()
    }

    fn has_all(&self, path: &str, key: &str) -> bool {
        let of_key: Vec<_> = self.before.files.iter().filter(|(_, known)| known.key == key).collect();
        let whole = of_key.iter().any(|(name, _)| *name == path)
            && of_key.par_iter().all(|(path, known)| self.is_there(path, known));
        if whole {
            of_key.iter().for_each(|(path, known)| self.keep(path, known));
        }
        whole
    }

    fn text(&self, path: &str, key: &str) -> Option<Arc<str>> {
        let texts = self.texts_before.get_or_init(|| read(&self.texts).unwrap_or_default());
        texts.get(path).filter(|text| text.key == key).map(|text| (*text.text).into())
    }

    fn put(&self, path: &str, bytes: Vec<u8>, key: Option<&str>, text: Option<&Arc<str>>) -> Result<(), TreeError> {
        self.publishing.put(path, &bytes)?;
        self.note(path, Now { key: key.unwrap_or_default().to_owned(), text: text.cloned() });
        Ok(())
    }
}

/// Reads a file of the cache; `None` where it is not there, is not sound, or is another program's.
fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Option<T> {
    let kept: Kept<T> = serde_json::from_slice(&files::read(path).ok()?).ok()?;
    (kept.edition == edition()).then_some(kept.files)
}

fn write<T: Serialize>(path: &Path, of: &T) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        // Nobody wants it in a repository.
        files::write_if_changed(&folder.join(".gitignore"), b"*\n")?;
    }
    let kept = Kept { edition: edition(), files: of };
    files::write_by(path, |writer| serde_json::to_writer(writer, &kept).map_err(Into::into))
}
