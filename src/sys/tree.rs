//! A folder of files that is ours: written where it differs, cleaned of what we wrote before and do not write now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::files::{self, FileError, Written};

/// The file that lists what we wrote, one path a line. Nothing else in the folder is ever touched.
pub const MANIFEST: &str = ".runbooks-manifest";

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
}

/// Makes `folder` hold `files` (by path, with `/` between names), and nothing else of what was written here before.
///
/// Files are compared first, so that an unchanged one keeps its time stamp; stale ones are removed last. A folder that
/// has no manifest must be empty, but for a `README.md` and hidden files.
pub fn publish(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<Published, TreeError> {
    if let Some(path) = files.keys().find(|path| !is_inside(path)) {
        return Err(TreeError::Outside(path.clone()));
    }
    let before = manifest(folder)?;
    let now: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    let stale: Vec<&str> = before.iter().map(String::as_str).filter(|path| !now.contains(path)).collect();
    if now.iter().any(|path| !before.contains(*path)) {
        // What is about to appear is listed before it is there: whatever interrupts us, it is known to be ours.
        write_manifest(folder, before.iter().map(String::as_str).chain(now.iter().copied()).collect())?;
    }
    let folders: BTreeSet<PathBuf> =
        files.keys().filter_map(|path| folder.join(path).parent().map(Path::to_owned)).collect();
    for path in folders {
        files::create_folder(&path)?;
    }
    let written = files
        .par_iter()
        .map(|(path, bytes)| files::write_if_changed(&folder.join(path), bytes))
        .map(|result| result.map(|written| usize::from(written == Written::Changed)))
        .try_reduce(|| 0, |one, other| Ok(one + other))?;
    for path in &stale {
        files::remove(&folder.join(path))?;
        remove_empty_folders(folder, path);
    }
    write_manifest(folder, now)?;
    Ok(Published { written, unchanged: files.len() - written, removed: stale.len() })
}

/// Returns what we wrote before; an error where the folder is somebody else's.
fn manifest(folder: &Path) -> Result<BTreeSet<String>, TreeError> {
    if let Some(text) = files::read_text_if_exists(&folder.join(MANIFEST))? {
        return Ok(text.lines().filter(|path| is_inside(path)).map(str::to_owned).collect());
    }
    if files::is_folder(folder) {
        let foreign =
            |path: &PathBuf| path.parent() != Some(folder) || path.file_name().is_none_or(|name| name != "README.md");
        if let Some(found) = files::walk(folder)?.into_iter().find(foreign) {
            let found = found.strip_prefix(folder).unwrap_or(&found).display().to_string();
            return Err(TreeError::NotOurs { folder: folder.to_owned(), found });
        }
    }
    Ok(BTreeSet::new())
}

fn write_manifest(folder: &Path, paths: BTreeSet<&str>) -> Result<(), FileError> {
    let mut text = String::new();
    for path in paths {
        text.push_str(path);
        text.push('\n');
    }
    files::write_if_changed(&folder.join(MANIFEST), text.as_bytes()).map(drop)
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

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn an_unchanged_tree_is_not_touched_and_a_stale_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let first = publish(folder.path(), &tree(&[("a.html", "a"), ("b/c.html", "c")])).unwrap();
        assert_eq!(first, Published { written: 2, unchanged: 0, removed: 0 });
        let again = publish(folder.path(), &tree(&[("a.html", "a"), ("b/c.html", "c")])).unwrap();
        assert_eq!(again, Published { written: 0, unchanged: 2, removed: 0 });
        let less = publish(folder.path(), &tree(&[("a.html", "b")])).unwrap();
        assert_eq!(less, Published { written: 1, unchanged: 0, removed: 1 });
        assert!(!files::exists(&folder.path().join("b")));
    }

    #[test]
    fn what_somebody_else_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), &tree(&[("a.html", "a")])).unwrap();
        files::write(&folder.path().join("CNAME"), b"x").unwrap();
        publish(folder.path(), &tree(&[("b.html", "b")])).unwrap();
        assert!(files::exists(&folder.path().join("CNAME")));
        assert!(!files::exists(&folder.path().join("a.html")));
    }

    #[test]
    fn a_folder_of_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("README.md"), b"note").unwrap();
        assert!(publish(folder.path(), &tree(&[("a.html", "a")])).is_ok());
        let other = tempfile::tempdir().unwrap();
        files::write(&other.path().join("thesis.txt"), b"years").unwrap();
        assert!(matches!(publish(other.path(), &tree(&[("a.html", "a")])), Err(TreeError::NotOurs { .. })));
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(publish(folder.path(), &tree(&[("../x", "x")])), Err(TreeError::Outside(_))));
    }
}
