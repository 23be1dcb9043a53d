//! Files: read whole, written aside and renamed, compared before they are touched.

#![expect(clippy::disallowed_methods, reason = "this is the door to files")]

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {act} `{}`: {source}", path.display())]
pub struct FileError {
    /// `read`, `write`, `list` …
    pub act: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

fn failed<'a>(act: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { act, path: path.to_owned(), source }
}

/// Whether a write changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The file is new or has other content than before.
    Changed,
    /// The file already held these bytes and was not touched.
    Unchanged,
}

/// Returns the bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(failed("read", path))
}

/// Returns the text of a file; bytes that are not UTF-8 become `U+FFFD`, and a byte-order mark is dropped.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Returns the text of a file, or `None` where there is no such file.
pub fn read_text_if_exists(path: &Path) -> Result<Option<String>, FileError> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the last `most` bytes of a file, and whether that is all of it.
pub fn read_tail(path: &Path, most: u64) -> Result<(Vec<u8>, bool), FileError> {
    use std::io::{Read as _, Seek as _};
    let mut file = std::fs::File::open(path).map_err(failed("read", path))?;
    let length = file.metadata().map_err(failed("read", path))?.len();
    let start = length.saturating_sub(most);
    file.seek(io::SeekFrom::Start(start)).map_err(failed("read", path))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok((bytes, start == 0))
}

/// Returns whether something stands at `path`.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Returns whether a folder stands at `path`.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(path).map_err(failed("create", path))
}

/// Writes a file aside and renames it into place, so that nobody ever reads half of it. Makes the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut aside = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder).map_err(failed("write", path))?;
    aside.write_all(bytes).map_err(failed("write", path))?;
    aside.as_file().set_permissions(mode(0o644)).map_err(failed("write", path))?;
    aside.persist(path).map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Writes a file as [`write`](fn@write) does, piece by piece.
pub fn write_by(path: &Path, by: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut aside = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder).map_err(failed("write", path))?;
    let mut writer = io::BufWriter::new(&mut aside);
    by(&mut writer).and_then(|()| writer.flush()).map_err(failed("write", path))?;
    drop(writer);
    aside.as_file().set_permissions(mode(0o644)).map_err(failed("write", path))?;
    aside.persist(path).map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Writes a file that is there already as [`write`](fn@write) does. It keeps its permissions, and a symbolic link that
/// leads to it still does.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let path = &canonical(path)?;
    let permissions = std::fs::metadata(path).map_err(failed("read", path))?.permissions();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder).map_err(failed("write", path))?;
    aside.write_all(bytes).map_err(failed("write", path))?;
    aside.as_file().set_permissions(permissions).map_err(failed("write", path))?;
    aside.persist(path).map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Writes a file where there is none, as [`write`](fn@write) does; returns whether it did. What is there is never touched.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut aside = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder).map_err(failed("write", path))?;
    aside.write_all(bytes).map_err(failed("write", path))?;
    aside.as_file().set_permissions(mode(0o644)).map_err(failed("write", path))?;
    match aside.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed("write", path)(error.error)),
    }
}

/// Writes a file as [`write`](fn@write) does, readable by this user alone.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder).map_err(failed("write", path))?;
    aside.write_all(bytes).map_err(failed("write", path))?;
    aside.persist(path).map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Makes a folder that this user alone can enter, and those above it.
pub fn create_private_folder(path: &Path) -> Result<(), FileError> {
    create_folder(path)?;
    std::fs::set_permissions(path, mode(0o700)).map_err(failed("create", path))
}

/// Makes `path` another name of the folder `folder`. Where the system knows no such thing, nothing is done.
pub fn link_folder(folder: &Path, path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder, path).map_err(failed("link", path))?;
    Ok(())
}

/// Writes a file unless it holds these bytes already; an unchanged file keeps its time stamp.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<Written, FileError> {
    if holds(path, bytes) {
        return Ok(Written::Unchanged);
    }
    write(path, bytes)?;
    Ok(Written::Changed)
}

/// Returns whether a file is there and holds these bytes.
pub fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_length = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == bytes.len() as u64);
    same_length && std::fs::read(path).is_ok_and(|old| old == bytes)
}

/// Writes a file where nobody looks before it is moved into place.
pub fn write_unseen(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let write_all = || {
        let mut file = std::fs::File::create(path)?;
        file.write_all(bytes)?;
        file.set_permissions(mode(0o644))
    };
    write_all().map_err(failed("write", path))
}

/// Moves a file to another place in the same file system, in one act; what was there is replaced.
pub fn move_to(from: &Path, path: &Path) -> Result<(), FileError> {
    std::fs::rename(from, path).map_err(failed("write", path))
}

/// What tells a file from what it was before, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// Its length in bytes.
    length: u64,
    /// When it was changed last, in nanoseconds since 1970.
    changed: u64,
}

/// Returns the stamp of a file, if there is one.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let changed = found.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Stamp { length: found.len(), changed: u64::try_from(changed.as_nanos()).ok()? })
}

/// Returns the names of the folders in `folder` that begin with `prefix`; none where there is no such folder.
pub fn hidden_folders(folder: &Path, prefix: &str) -> Result<Vec<std::ffi::OsString>, FileError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("list", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("list", folder))?;
        if entry.file_name().to_string_lossy().starts_with(prefix) && entry.path().is_dir() {
            names.push(entry.file_name());
        }
    }
    Ok(names)
}

/// Removes a file; one that is gone already is no error.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it; one that is gone already is no error.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder if it is empty.
pub fn remove_folder_if_empty(path: &Path) {
    // A folder that still holds something is left alone; that is the point.
    let _ = std::fs::remove_dir(path);
}

/// Something that was found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A folder; the one that was looked through is the first.
    Folder(PathBuf),
    /// A file.
    File(PathBuf),
    /// A symbolic link; it was not followed.
    Link {
        /// Where it stands.
        path: PathBuf,
        /// What it leads to in the end, every link on the way resolved; `None` where that is not there.
        target: Option<PathBuf>,
    },
}

/// Returns the files under `folder` in order of their names, following no links to folders and entering no hidden ones.
pub fn walk(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let file = |found| match found {
        Found::Folder(_) => None,
        Found::File(path) => Some(path),
        Found::Link { path, .. } => Some(path).filter(|path| path.is_file()),
    };
    Ok(walk_where(folder, |_| true)?.into_iter().filter_map(file).collect())
}

/// Returns what is under `folder` in order of names. Hidden files and folders are left out, and so are the folders that
/// `enter` does not want.
pub fn walk_where(folder: &Path, enter: impl Fn(&Path) -> bool) -> Result<Vec<Found>, FileError> {
    let wanted = |entry: &walkdir::DirEntry| {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        entry.depth() == 0 || !hidden && (!entry.file_type().is_dir() || enter(entry.path()))
    };
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(wanted) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            FileError { act: "list", path, source: error.into() }
        })?;
        if entry.file_type().is_dir() {
            found.push(Found::Folder(entry.into_path()));
        } else if entry.file_type().is_file() {
            found.push(Found::File(entry.into_path()));
        } else if entry.path_is_symlink() && entry.depth() > 0 {
            let target = entry.path().canonicalize().ok();
            found.push(Found::Link { path: entry.into_path(), target });
        }
    }
    Ok(found)
}

/// Returns a path without links and without `..` in it.
pub fn canonical(path: &Path) -> Result<PathBuf, FileError> {
    path.canonicalize().map_err(failed("find", path))
}

/// Returns how the names of our temporary folders begin; the process that made one comes next. Processes of another
/// container are known by other numbers, so the namespace of the numbers belongs to the name.
fn left_behind() -> String {
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let number: String = space.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    format!("runbooks.{number}.")
}

/// Removes the temporary folders of processes of ours that died before they could. Where the system does not tell which
/// processes there are, nothing is done.
pub fn remove_left_behind() {
    let processes = Path::new("/proc");
    if !processes.join(std::process::id().to_string()).exists() {
        return;
    }
    let (folder, begin) = (std::env::temp_dir(), left_behind());
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(&begin).and_then(|rest| rest.split_once('-'));
        let process = process.and_then(|(number, _)| number.parse::<u32>().ok());
        let is_dead = process.is_some_and(|number| !processes.join(number.to_string()).exists());
        if is_dead && is_own_folder(&entry.path()) {
            // What cannot be removed now is tried again the next time.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_own_folder(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(path).is_ok_and(|about| about.is_dir() && about.uid() == own)
}

/// Removes the files that a process which died had begun to write in a folder.
pub fn remove_half_written(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".tmp-") {
            // As above.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A new folder that only this user can enter, removed with all that is in it when the value is dropped.
#[derive(Debug)]
pub struct PrivateFolder(tempfile::TempDir);

impl PrivateFolder {
    /// Makes one in the system's folder for temporary files.
    pub fn create() -> Result<Self, FileError> {
        let prefix = format!("{}{}-", left_behind(), std::process::id());
        let made = tempfile::Builder::new().prefix(&prefix).permissions(mode(0o700)).tempdir();
        made.map(Self).map_err(|source| FileError { act: "create", path: std::env::temp_dir(), source })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(unix)]
fn mode(bits: u32) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_file_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.txt");
        assert_eq!(write_if_changed(&path, b"one").unwrap(), Written::Changed);
        assert_eq!(write_if_changed(&path, b"one").unwrap(), Written::Unchanged);
        assert_eq!(write_if_changed(&path, b"two").unwrap(), Written::Changed);
    }

    #[test]
    fn what_is_rewritten_keeps_its_permissions_and_the_links_to_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.md"), folder.path().join("b.md"));
        write(&path, b"one").unwrap();
        std::fs::set_permissions(&path, mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        rewrite(&link, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.md");
        assert!(write_new(&path, b"one").unwrap());
        assert!(!write_new(&path, b"two").unwrap());
        assert_eq!(read(&path).unwrap(), b"one");
    }

    #[test]
    fn a_private_file_is_readable_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = PrivateFolder::create().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, b"x").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn hidden_folders_are_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join(".git/x.md"), b"").unwrap();
        write(&folder.path().join("b/x.md"), b"").unwrap();
        write(&folder.path().join("a.md"), b"").unwrap();
        let names: Vec<_> = walk(folder.path()).unwrap();
        assert_eq!(names, [folder.path().join("a.md"), folder.path().join("b/x.md")]);
    }
}
