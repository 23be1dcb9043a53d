//! A folder of files that is ours: written where it differs, cleaned of what we wrote before and do not write now.
//!
//! What is there stays whole while new files are made: those that differ wait in a hidden folder beside it, and are
//! renamed into place when all are ready. First those that nothing linked to before, then those that change, then the one
//! file that is to come last; only then what is stale goes. So whatever interrupts us at whatever moment, every link that
//! led somewhere still does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::files::{self, FileError};

/// The file that lists what we wrote, one path a line. Nothing else in the folder is ever touched.
pub const MANIFEST: &str = ".runbooks-manifest";
/// The file that lists what is about to appear; there is none unless a publication was interrupted.
const PENDING: &str = ".runbooks-pending";

/// What publishing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// Files that are new or hold other bytes than before.
    pub written: usize,
    /// Files that were as they should be and were not touched.
    pub unchanged: usize,
    /// Files we wrote before that are no longer part of it.
    pub removed: usize,
}

/// Why a folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A file cannot be read, written or removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else's files are in the folder.
    #[error("`{}` holds files that are not ours (`{found}`); choose an empty folder", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// One of the files.
        found: String,
    },
    /// A path leads out of the folder.
    #[error("`{0}` leads out of the output folder")]
    Outside(String),
    /// One name is to be a file and a folder.
    #[error("`{file}` cannot be both a file and the folder of `{inside}`; rename what one of the two is made of")]
    Twice {
        /// The file.
        file: String,
        /// A file in the folder of the same name.
        inside: String,
    },
}

/// The beginning of the name of the folder where files wait; the number of the process that writes them follows.
const STAGING: &str = ".runbooks-staging-";

/// Files on their way into a folder.
#[derive(Debug)]
pub struct Publishing {
    folder: PathBuf,
    staging: PathBuf,
    /// What was published whole.
    complete: BTreeSet<String>,
    /// What an interrupted publication may have put there.
    pending: BTreeSet<String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Files that are as they should be.
    unchanged: BTreeSet<String>,
    /// Files that wait.
    waiting: BTreeMap<String, Waiting>,
    /// How many files were put to wait: each has a name of its own, also where a path is put twice.
    put: usize,
}

#[derive(Debug)]
struct Waiting {
    /// Where it waits.
    at: PathBuf,
    /// Whether nothing links to its place yet.
    is_new: bool,
}

impl Publishing {
    /// Begins to publish into `folder`. One that has no manifest must be empty, but for a `README.md` and hidden files.
    pub fn begin(folder: &Path) -> Result<Self, TreeError> {
        let pending = listed(&folder.join(PENDING))?.unwrap_or_default();
        let complete = manifest(folder, &pending)?;
        remove_leftovers(folder)?;
        let staging = folder.join(format!("{STAGING}{}", std::process::id()));
        Ok(Self { folder: folder.to_owned(), staging, complete, pending, state: Mutex::default() })
    }

    /// Returns whether these files were published whole, and no others. Their paths come in order.
    pub fn is_published<'a>(&self, paths: impl Iterator<Item = &'a str>) -> bool {
        self.pending.is_empty() && self.complete.iter().map(String::as_str).eq(paths)
    }

    /// Returns where a file of the folder stands.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Leaves a file as it is.
    pub fn keep(&self, path: &str) {
        self.state().unchanged.insert(path.to_owned());
    }

    /// Takes a file, given by its path with `/` between names. One that is there already is compared, so that it keeps its
    /// time stamp if it is the same.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), TreeError> {
        if !is_inside(path) {
            return Err(TreeError::Outside(path.to_owned()));
        }
        if files::holds(&self.folder.join(path), bytes) {
            self.keep(path);
            return Ok(());
        }
        let waiting = {
            let mut state = self.state();
            let at = self.staging.join(state.put.to_string());
            state.put += 1;
            let is_new = !self.complete.contains(path) || !files::exists(&self.folder.join(path));
            state.waiting.insert(path.to_owned(), Waiting { at: at.clone(), is_new });
            at
        };
        files::create_folder(&self.staging)?;
        Ok(files::write_unseen(&waiting, bytes)?)
    }

    /// Puts everything in its place: `last` after all others, and what is stale goes at the very end.
    pub fn finish(self, last: &str) -> Result<Published, TreeError> {
        let State { unchanged, waiting, .. } = std::mem::take(&mut *self.state());
        let now: BTreeSet<&str> = unchanged.iter().chain(waiting.keys()).map(String::as_str).collect();
        check(&now)?;
        let before = self.complete.union(&self.pending).map(String::as_str);
        let stale: Vec<&str> = before.filter(|path| !now.contains(path)).collect();
        self.announce(&now)?;
        let (in_the_way, late): (Vec<&str>, Vec<&str>) = stale.iter().partition(|path| is_in_the_way(path, &now));
        in_the_way.iter().try_for_each(|path| self.remove(path))?;
        let folders: BTreeSet<PathBuf> =
            waiting.keys().filter_map(|path| self.folder.join(path).parent().map(Path::to_owned)).collect();
        folders.iter().try_for_each(|path| files::create_folder(path))?;
        let turn = |path: &str, file: &Waiting| match (path == last, file.is_new) {
            (true, _) => 2,
            (false, false) => 1,
            (false, true) => 0,
        };
        for now in 0..=2 {
            let files = waiting.par_iter().filter(|(path, file)| turn(path, file) == now);
            files.try_for_each(|(path, file)| files::move_to(&file.at, &self.folder.join(path)))?;
        }
        late.iter().try_for_each(|path| self.remove(path))?;
        self.write_list(MANIFEST, &now)?;
        files::remove(&self.folder.join(PENDING))?;
        Ok(Published { written: waiting.len(), unchanged: unchanged.len(), removed: stale.len() })
    }

    /// Lists what is about to appear before it is there: whatever interrupts us, it is known to be ours.
    fn announce(&self, now: &BTreeSet<&str>) -> Result<(), FileError> {
        let is_known = |path: &&str| self.complete.contains(*path) || self.pending.contains(*path);
        if now.iter().all(is_known) {
            return Ok(());
        }
        if !files::exists(&self.folder.join(MANIFEST)) {
            self.write_list(MANIFEST, &BTreeSet::new())?;
        }
        let all = self.pending.iter().map(String::as_str).chain(now.iter().copied()).collect();
        self.write_list(PENDING, &all)
    }

    /// Writes a list of paths. It waits where files wait, so that an interruption leaves nothing that nobody removes.
    fn write_list(&self, name: &str, paths: &BTreeSet<&str>) -> Result<(), FileError> {
        let place = self.folder.join(name);
        let text: String = paths.iter().flat_map(|path| [*path, "\n"]).collect();
        if files::holds(&place, text.as_bytes()) {
            return Ok(());
        }
        files::create_folder(&self.staging)?;
        let waiting = self.staging.join(name);
        files::write_unseen(&waiting, text.as_bytes())?;
        files::move_to(&waiting, &place)
    }

    /// Removes a file of ours. A folder that has come in its place is somebody else's.
    fn remove(&self, path: &str) -> Result<(), FileError> {
        let place = self.folder.join(path);
        if !files::is_folder(&place) {
            files::remove(&place)?;
        }
        remove_empty_folders(&self.folder, path);
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        // Whether all was published or something was in the way: what waits there, nobody needs any more. What cannot be
        // removed now, the next publication removes.
        let _ = files::remove_folder(&self.staging);
    }
}

/// Finds a name that is to be a file and a folder.
fn check(paths: &BTreeSet<&str>) -> Result<(), TreeError> {
    for path in paths {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        if let Some(file) = folders.find(|folder| paths.contains(folder)) {
            return Err(TreeError::Twice { file: file.to_owned(), inside: (*path).to_owned() });
        }
    }
    Ok(())
}

/// Returns whether a stale file stands where a folder is wanted now, or in a folder where a file is wanted.
fn is_in_the_way(stale: &str, now: &BTreeSet<&str>) -> bool {
    let folder = format!("{stale}/");
    let wanted = now.range(folder.as_str()..).next().is_some_and(|path| path.starts_with(&folder));
    wanted || stale.match_indices('/').any(|(at, _)| now.contains(&stale[..at]))
}

/// Removes the files that a process left waiting that is no more.
fn remove_leftovers(folder: &Path) -> Result<(), FileError> {
    for name in files::hidden_folders(folder, STAGING)? {
        let process = name.to_string_lossy().strip_prefix(STAGING).and_then(|number| number.parse().ok());
        if process.is_none_or(|process| !super::process::is_alive(process)) {
            files::remove_folder(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Returns what was published before; an error where the folder is somebody else's.
fn manifest(folder: &Path, pending: &BTreeSet<String>) -> Result<BTreeSet<String>, TreeError> {
    if let Some(published) = listed(&folder.join(MANIFEST))? {
        return Ok(published);
    }
    if files::is_folder(folder) && pending.is_empty() {
        let foreign =
            |path: &PathBuf| path.parent() != Some(folder) || path.file_name().is_none_or(|name| name != "README.md");
        if let Some(found) = files::walk(folder)?.into_iter().find(foreign) {
            let found = found.strip_prefix(folder).unwrap_or(&found).display().to_string();
            return Err(TreeError::NotOurs { folder: folder.to_owned(), found });
        }
    }
    Ok(BTreeSet::new())
}

/// Returns the paths that a file lists, if there is one.
fn listed(file: &Path) -> Result<Option<BTreeSet<String>>, FileError> {
    let text = files::read_text_if_exists(file)?;
    Ok(text.map(|text| text.lines().filter(|path| is_inside(path)).map(str::to_owned).collect()))
}

fn remove_empty_folders(root: &Path, path: &str) {
    let mut folder = Path::new(path).parent();
    while let Some(path) = folder.filter(|path| !path.as_os_str().is_empty()) {
        files::remove_folder_if_empty(&root.join(path));
        folder = path.parent();
    }
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree<'a>(files: &'a [(&'a str, &'a str)]) -> &'a [(&'a str, &'a str)] {
        files
    }

    fn publish(folder: &Path, files: &[(&str, &str)]) -> Result<Published, TreeError> {
        let publishing = Publishing::begin(folder)?;
        files.iter().try_for_each(|(path, text)| publishing.put(path, text.as_bytes()))?;
        publishing.finish("a.html")
    }

    #[test]
    fn nothing_is_seen_before_all_is_ready_and_what_was_left_behind_goes() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("a.html", "a"), ("b.html", "b")]).unwrap();
        let interrupted = Publishing::begin(folder.path()).unwrap();
        interrupted.put("a.html", b"other").unwrap();
        drop(interrupted);
        assert_eq!(files::read_text(&folder.path().join("a.html")).unwrap(), "a");
        // No process has this number: it is beyond what systems give.
        files::write(&folder.path().join(format!("{STAGING}2000000000/0")), b"left").unwrap();
        publish(folder.path(), &[("a.html", "a")]).unwrap();
        let left = files::hidden_folders(folder.path(), STAGING).unwrap();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn a_file_may_become_a_folder_and_a_folder_a_file() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("a", "file"), ("b/c/d", "deep")]).unwrap();
        publish(folder.path(), &[("a/x", "deep"), ("b", "file")]).unwrap();
        assert_eq!(files::read_text(&folder.path().join("a/x")).unwrap(), "deep");
        assert_eq!(files::read_text(&folder.path().join("b")).unwrap(), "file");
    }

    #[test]
    fn a_name_of_a_file_and_a_folder_is_refused_before_anything_changes() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("a.html", "a"), ("b", "b")]).unwrap();
        let refused = publish(folder.path(), &[("a.html", "other"), ("b", "b"), ("b/c", "c"), ("b.c", "d")]);
        assert!(
            matches!(&refused, Err(TreeError::Twice { file, inside }) if file == "b" && inside == "b/c"),
            "{refused:?}"
        );
        assert_eq!(files::read_text(&folder.path().join("a.html")).unwrap(), "a");
        assert!(files::hidden_folders(folder.path(), STAGING).unwrap().is_empty());
        assert!(!files::exists(&folder.path().join(PENDING)));
        publish(folder.path(), &[("a.html", "a"), ("b", "b"), ("b.c", "d"), ("c/b", "b")]).unwrap();
    }

    #[test]
    fn a_folder_where_a_stale_file_stood_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("a.html", "a"), ("b", "b")]).unwrap();
        files::remove(&folder.path().join("b")).unwrap();
        files::write(&folder.path().join("b/mine"), b"mine").unwrap();
        publish(folder.path(), &[("a.html", "a")]).unwrap();
        assert_eq!(files::read_text(&folder.path().join("b/mine")).unwrap(), "mine");
    }

    #[test]
    fn what_waits_goes_when_publishing_fails() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("a.html", "a")]).unwrap();
        files::write(&folder.path().join("b/mine"), b"mine").unwrap();
        assert!(publish(folder.path(), &[("a.html", "a"), ("b", "b")]).is_err());
        assert!(files::hidden_folders(folder.path(), STAGING).unwrap().is_empty());
    }

    #[test]
    fn a_path_that_is_put_twice_is_what_was_put_last_and_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &[("b", "first"), ("b", "second"), ("a.html", "a"), ("c", "c")]).unwrap();
        let text = |path| files::read_text(&folder.path().join(path)).unwrap();
        assert_eq!([text("b"), text("a.html"), text("c")], ["second", "a", "c"]);
    }

    #[test]
    fn an_unchanged_tree_is_not_touched_and_a_stale_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let first = publish(folder.path(), tree(&[("a.html", "a"), ("b/c.html", "c")])).unwrap();
        assert_eq!(first, Published { written: 2, unchanged: 0, removed: 0 });
        let again = publish(folder.path(), tree(&[("a.html", "a"), ("b/c.html", "c")])).unwrap();
        assert_eq!(again, Published { written: 0, unchanged: 2, removed: 0 });
        let less = publish(folder.path(), tree(&[("a.html", "b")])).unwrap();
        assert_eq!(less, Published { written: 1, unchanged: 0, removed: 1 });
        assert!(!files::exists(&folder.path().join("b")));
    }

    #[test]
    fn what_somebody_else_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), tree(&[("a.html", "a")])).unwrap();
        files::write(&folder.path().join("CNAME"), b"x").unwrap();
        publish(folder.path(), tree(&[("b.html", "b")])).unwrap();
        assert!(files::exists(&folder.path().join("CNAME")));
        assert!(!files::exists(&folder.path().join("a.html")));
    }

    #[test]
    fn a_folder_of_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("README.md"), b"note").unwrap();
        assert!(publish(folder.path(), tree(&[("a.html", "a")])).is_ok());
        let other = tempfile::tempdir().unwrap();
        files::write(&other.path().join("thesis.txt"), b"years").unwrap();
        assert!(matches!(publish(other.path(), tree(&[("a.html", "a")])), Err(TreeError::NotOurs { .. })));
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(publish(folder.path(), tree(&[("../x", "x")])), Err(TreeError::Outside(_))));
    }
}
