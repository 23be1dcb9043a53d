//! What git knows of the files of a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{Environment, programs};

/// Why git cannot tell.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("`git` is not installed")]
    Missing,
    /// It could not be started.
    #[error("cannot run git: {0}")]
    Launch(#[source] std::io::Error),
    /// The revision is not known here.
    #[error("git knows no revision `{revision}` here: {said}")]
    Unknown {
        /// As given.
        revision: String,
        /// What git says.
        said: String,
    },
    /// It does not say when files were changed.
    #[error("git does not say when pages were last changed: {said}")]
    Silent {
        /// What git says.
        said: String,
    },
    /// It could not do what was asked.
    #[error("git cannot say what has changed since `{revision}`: {said}")]
    Unable {
        /// As given.
        revision: String,
        /// What git says.
        said: String,
    },
}

/// Returns the files under `folder`, relative to it, that differ from where this branch left `revision`: what has been
/// committed since, what has not been committed yet, and new files that git does not ignore.
pub fn changed_since(folder: &Path, revision: &str, environment: &Environment) -> Result<BTreeSet<PathBuf>, GitError> {
    let program = programs::find("git", environment).ok_or(GitError::Missing)?;
    let git = |words: &[&str]| run(&program, folder, words, environment);
    let commit = format!("{revision}^{{commit}}");
    let known = git(&["rev-parse", "--verify", "--end-of-options", &commit])?;
    if !known.status.success() {
        return Err(GitError::Unknown { revision: revision.to_owned(), said: complaint(&known) });
    }
    let able = |output: Output| match output.status.success() {
        true => Ok(output.stdout),
        false => Err(GitError::Unable { revision: revision.to_owned(), said: complaint(&output) }),
    };
    let commit = line(&known.stdout);
    let base = line(&able(git(&["merge-base", &commit, "HEAD"])?)?);
    let differing = able(git(&["diff", "--name-only", "--no-renames", "--relative", "-z", &base, "--"])?)?;
    let new = able(git(&["ls-files", "--others", "--exclude-standard", "-z"])?)?;
    Ok(paths(&differing).chain(paths(&new)).collect())
}

/// When files were last committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LastChanges {
    /// By path below the folder.
    pub at: BTreeMap<PathBuf, jiff::Timestamp>,
    /// Files of which it is not known, because the clone is shallow: what they came with is older than what is here.
    pub before: usize,
}

/// Returns when each file under `folder` that git knows was last committed. Nothing where there is no git, no repository,
/// or nothing committed yet. Goes back no further than it must.
pub fn last_changes(folder: &Path, environment: &Environment) -> Result<LastChanges, GitError> {
    let Some(program) = programs::find("git", environment) else { return Ok(LastChanges::default()) };
    let shallow = run(&program, folder, &["rev-parse", "--is-shallow-repository"], environment)?;
    if !shallow.status.success() {
        return unknown_or_none(&shallow);
    }
    let listed = run(&program, folder, &["ls-files", "-z"], environment)?;
    if !listed.status.success() {
        return unknown_or_none(&listed);
    }
    let wanted: BTreeSet<PathBuf> = paths(&listed.stdout).collect();
    let mut log =
        Log { wanted, is_shallow: line(&shallow.stdout) == "true", changes: LastChanges::default(), at: None };
    let words = ["log", "--format=%x01%ct %p", "--name-only", "--no-renames", "--relative", "-z", "--", "."];
    let mut git = command(&program, folder, &words, environment);
    let mut git = git.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(GitError::Launch)?;
    let stdout = git.stdout.take().map(BufReader::new);
    let is_done = stdout.map_or(Ok(false), |stdout| log.read(stdout)).map_err(GitError::Launch)?;
    if is_done {
        // The rest of the history tells nothing new. It may have ended by itself.
        drop(git.kill());
        git.wait().map_err(GitError::Launch)?;
        return Ok(log.changes);
    }
    let output = git.wait_with_output().map_err(GitError::Launch)?;
    if output.status.success() { Ok(log.changes) } else { unknown_or_none(&output) }
}

/// Tells a folder of which git knows nothing from one of which it cannot tell.
fn unknown_or_none(output: &Output) -> Result<LastChanges, GitError> {
    let said = complaint(output);
    let nothing = ["not a git repository", "does not have any commits yet"];
    if nothing.iter().any(|nothing| said.contains(nothing)) {
        return Ok(LastChanges::default());
    }
    Err(GitError::Silent { said })
}

/// What `git log` says, as far as it was read.
struct Log {
    /// The files whose last change was not met yet.
    wanted: BTreeSet<PathBuf>,
    is_shallow: bool,
    changes: LastChanges,
    /// When the commit was made that is being read; `None` where it only stands for all that came before.
    at: Option<jiff::Timestamp>,
}

impl Log {
    /// Reads until the last change of every file is known; returns whether it is.
    fn read(&mut self, mut stdout: impl BufRead) -> std::io::Result<bool> {
        let mut part = Vec::new();
        while !self.wanted.is_empty() {
            part.clear();
            if stdout.read_until(0, &mut part)? == 0 {
                return Ok(false);
            }
            String::from_utf8_lossy(&part).split(['\0', '\n']).for_each(|part| self.take(part));
        }
        Ok(true)
    }

    fn take(&mut self, part: &str) {
        if let Some(commit) = part.strip_prefix('\u{1}') {
            let (seconds, parents) = commit.split_once(' ').unwrap_or((commit, ""));
            let at = seconds.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
            self.at = at.filter(|_| !(self.is_shallow && parents.is_empty()));
        } else if self.wanted.remove(Path::new(part)) {
            match self.at {
                Some(at) => drop(self.changes.at.insert(PathBuf::from(part), at)),
                None => self.changes.before += 1,
            }
        }
    }
}

/// Returns whether a file stands in the last commit as it is now; an error where there is no git, or no repository.
pub fn is_committed(folder: &Path, file: &Path, environment: &Environment) -> Result<bool, GitError> {
    let program = programs::find("git", environment).ok_or(GitError::Missing)?;
    let file = file.to_string_lossy();
    let status = run(&program, folder, &["status", "--porcelain", "--ignored", "--", &file], environment)?;
    if !status.status.success() {
        return Err(GitError::Unable { revision: "HEAD".to_owned(), said: complaint(&status) });
    }
    let known = run(&program, folder, &["ls-files", "--error-unmatch", "--", &file], environment)?;
    Ok(status.stdout.is_empty() && known.status.success())
}

fn run(program: &Path, folder: &Path, words: &[&str], environment: &Environment) -> Result<Output, GitError> {
    command(program, folder, words, environment).output().map_err(GitError::Launch)
}

fn command(program: &Path, folder: &Path, words: &[&str], environment: &Environment) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this is the door to processes")]
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command.env_clear().envs(environment.variables()).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

fn paths(listed: &[u8]) -> impl Iterator<Item = PathBuf> {
    let names: Vec<PathBuf> = listed
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
        .collect();
    names.into_iter()
}

fn line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim().to_owned()
}

/// Returns what git complains of, in one line; `git merge-base` says nothing where two histories have nothing in common.
fn complaint(output: &Output) -> String {
    let text = line(&output.stderr);
    let first = text.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    if first.is_empty() {
        "the histories have nothing in common; is this a shallow clone?".to_owned()
    } else {
        first.to_owned()
    }
}
