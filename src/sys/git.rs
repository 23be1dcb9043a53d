//! What git knows of the files of a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

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
    #[expect(clippy::disallowed_methods, reason = "this is the door to processes")]
    let mut command = std::process::Command::new(program);
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command.env_clear().envs(environment.variables()).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command.output().map_err(GitError::Launch)
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
