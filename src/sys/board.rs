//! A folder where the people of one machine leave notes for each other. Who left one is what the kernel says.

#![expect(clippy::disallowed_methods, reason = "this is the door to files")]

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::files::FileError;

/// The longest note, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// A folder of notes: everybody may leave one, nobody may take away another's.
#[derive(Debug, Clone)]
pub struct Board {
    folder: PathBuf,
}

/// A note, and who left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// The user id of who left it.
    pub user: u32,
}

/// Returns the user id of this process.
pub fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

impl Board {
    /// Returns the board in a folder, which need not be there yet.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Puts the board up: others must be able to leave notes on it.
    pub fn put_up(&self) -> Result<(), FileError> {
        super::files::create_folder(&self.folder)?;
        let owned = std::fs::metadata(&self.folder).map_err(failed("look at", &self.folder))?;
        if owned.uid() == own_user() {
            // As /tmp: everybody may add, and only the owner of a note removes it.
            let open = Permissions::from_mode(0o1777);
            std::fs::set_permissions(&self.folder, open).map_err(failed("open", &self.folder))?;
        }
        Ok(())
    }

    /// Leaves a note that everybody may read, where none of that name is.
    pub fn leave(&self, name: &str, text: &str) -> Result<(), FileError> {
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o644).open(&path).map_err(failed("write", &path))?;
        // Whatever the umask says: it is there to be read.
        file.set_permissions(Permissions::from_mode(0o644)).map_err(failed("write", &path))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("write", &path))
    }

    /// Returns a note; `None` where there is none. What is no plain file, a link above all, is none.
    pub fn read(&self, name: &str) -> Result<Option<Note>, FileError> {
        let path = self.folder.join(name);
        let Some(file) = open(&path)? else { return Ok(None) };
        let about = file.metadata().map_err(failed("read", &path))?;
        if !about.is_file() || about.nlink() != 1 {
            return Ok(None);
        }
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(failed("read", &path))?;
        Ok(Some(Note { text, user: about.uid() }))
    }

    /// Returns the names of the notes that begin so, in order.
    pub fn names(&self, beginning: &str) -> Vec<String> {
        // A board that is not up has no notes.
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(beginning)).collect();
        names.sort();
        names
    }

    /// Takes a note away; one that is gone, or that is another's, is no loss.
    pub fn take_away(&self, name: &str) {
        let _ = std::fs::remove_file(self.folder.join(name));
    }
}

fn open(path: &Path) -> Result<Option<File>, FileError> {
    let flags = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK).bits();
    let opened = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A link is not followed.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn failed<'a>(act: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { act, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_who_left_it_and_a_link_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let board = Board::at(folder.path().join("board"));
        board.put_up().unwrap();
        assert_eq!(board.read("a").unwrap(), None);
        board.leave("a", "text").unwrap();
        assert_eq!(board.read("a").unwrap(), Some(Note { text: "text".to_owned(), user: own_user() }));
        assert!(board.leave("a", "another").is_err(), "what is there stays");
        std::os::unix::fs::symlink(folder.path().join("board/a"), folder.path().join("board/link")).unwrap();
        assert_eq!(board.read("link").unwrap(), None);
        std::fs::hard_link(folder.path().join("board/a"), folder.path().join("board/hard")).unwrap();
        assert_eq!(board.read("hard").unwrap(), None);
    }
}
