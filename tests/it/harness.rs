//! A collection in a folder of its own, and the real program run on it in a world that holds still.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use regex::Regex;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::process::{self, Finished, PATIENCE, Running};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_runbooks");

/// The time it is for the program under test.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

/// The folder of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A collection, a home and a folder of programs, gone with the value.
pub(crate) struct Collection {
    folder: TempDir,
}

impl Collection {
    /// Makes a collection without any file.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        for name in ["root", "home", "bin"] {
            fs::create_dir(folder.path().join(name)).expect("a folder for a test");
        }
        std::os::unix::fs::symlink(PROGRAM, folder.path().join("bin/runbooks")).expect("a link for a test");
        Self { folder }
    }

    /// Makes a collection that holds the files of a folder.
    pub(crate) fn copy_of(source: &Path) -> Self {
        let collection = Self::empty();
        copy(source, &collection.root());
        collection
    }

    /// Makes a collection of the content we ship. Numbers that are watched for minutes during a release are watched for a
    /// second: nothing else is other than in the repository.
    pub(crate) fn shipped() -> Self {
        let collection = Self::empty();
        for name in ["content", "checks", "runbooks.toml"] {
            copy(&repository().join(name), &collection.path(name));
        }
        let window = Regex::new(" for=[0-9]+m every=[0-9]+s ").expect("a good pattern");
        for path in ["content/deploy/blue-green.md", "content/deploy/canary.md"] {
            let text = collection.text(path);
            assert!(window.is_match(&text), "{path} watches nothing");
            collection.write(path, &window.replace_all(&text, " for=1s every=500ms "));
        }
        collection
    }

    /// Puts a file into the collection.
    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Puts a file into the collection, in place of the one there was.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder for a test");
        fs::write(path, text).expect("a file for a test");
    }

    /// Returns the text of a file of the collection.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Returns the text of a file of the collection; nothing where there is none yet.
    pub(crate) fn text_so_far(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Returns the collection's folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Returns a path in the collection's folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Returns the home of whoever runs the program.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Puts the programs of a folder in front of the machine's.
    pub(crate) fn put_programs(&self, source: &Path) {
        copy(source, &self.folder.path().join("bin"));
    }

    /// Returns the journal of the only run there is.
    pub(crate) fn journal(&self) -> Vec<Json> {
        let Ok(runs) = fs::read_dir(self.path(".runbooks/runs")) else { return Vec::new() };
        let runs: Vec<_> = runs.filter_map(Result::ok).collect();
        assert!(runs.len() < 2, "which of these runs? {runs:?}");
        let text = runs.first().and_then(|run| fs::read_to_string(run.path().join("journal.ndjson")).ok());
        // The last line may be half written.
        text.unwrap_or_default().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Returns the name of the only run there is.
    #[track_caller]
    pub(crate) fn run_id(&self) -> String {
        let runs: Vec<_> = fs::read_dir(self.path(".runbooks/runs")).expect("there are runs").flatten().collect();
        let folders: Vec<_> = runs.iter().filter(|run| run.path().is_dir()).collect();
        assert_eq!(folders.len(), 1, "which of these runs? {runs:?}");
        folders[0].file_name().to_string_lossy().into_owned()
    }

    /// Lets other users of the machine enter, and returns a copy of the program that they can start.
    pub(crate) fn open_to_others(&self) -> PathBuf {
        let program = self.path("runbooks");
        fs::copy(PROGRAM, &program).expect("a program can be copied");
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        program
    }

    /// Returns the program, about to be run with these words.
    pub(crate) fn run(&self, words: &str) -> Run {
        let mut run = self.command(PROGRAM);
        run.command.args(words.split_whitespace());
        run
    }

    /// Returns any command, about to be run in the world of the collection.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Run {
        let mut command = Command::new(program);
        let own = self.folder.path().join("bin");
        let path = [own, repository().join("target/testcluster"), "/usr/bin".into(), "/bin".into()];
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::join_paths(path).expect("no folder here has a colon in its name"))
            .env("HOME", self.home())
            .env("RUNBOOKS_NOW", NOW)
            .env("RUNBOOKS_OPERATOR", "mara@desk")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .env("TERM", "dumb")
            .stdin(Stdio::null());
        Run { command, patience: PATIENCE }
    }
}

fn copy(source: &Path, target: &Path) {
    if source.is_dir() {
        fs::create_dir_all(target).expect("a folder for a test");
        for entry in fs::read_dir(source).expect("a folder that can be read").flatten() {
            copy(&entry.path(), &target.join(entry.file_name()));
        }
    } else {
        fs::copy(source, target).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    }
}

/// A command that is about to be run.
pub(crate) struct Run {
    command: Command,
    patience: Duration,
}

impl Run {
    /// Adds a word that may hold spaces.
    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets variables of the environment.
    pub(crate) fn envs<'a>(mut self, variables: impl IntoIterator<Item = &'a (String, String)>) -> Self {
        self.command.envs(variables.into_iter().map(|(name, value)| (name, value)));
        self
    }

    /// Gives it more time than anything takes that does not hang, on a busy machine.
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Lets the test write to its standard input while it runs.
    pub(crate) fn with_input(mut self) -> Self {
        self.command.stdin(Stdio::piped());
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        process::start(self.command)
    }

    /// Runs it to its end, and makes sure that nothing is left behind.
    #[track_caller]
    pub(crate) fn done(self) -> Finished {
        let patience = self.patience;
        self.start().done(patience)
    }

    /// Runs it to its end, and returns the JSON it printed.
    #[track_caller]
    pub(crate) fn json(self, exit: i32) -> Json {
        let done = self.done().exits(exit);
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{done}"))
    }
}
