//! What a command does to the world, judged from its words alone.
//!
//! The tables err on the side of caution: what is not known to read is `Unknown`, and callers treat that as a write where it matters. The
//! gate holds children to the policy whatever is said here; this is for people, who want to know before.

mod cloud;
mod files;
mod http;
mod kubernetes;
mod sql;
mod system;
mod verbs;

use crate::model::Span;

use super::options::has_flag;
use super::{Command, Context, Script, Wrapper};

/// What a command, or a whole text, does to the world. In order of gravity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Looks, and changes nothing.
    Reads,
    /// Writes only what is thrown away: under `/tmp`, or in what `mktemp` made.
    Scratch(Reason),
    /// Writes files of the machine it runs on, or local settings such as the current context.
    Files(Reason),
    /// Nobody can tell from the text: a script, an interpreter, a program that is not known.
    Unknown(Reason),
    /// Changes something that others see: a cluster, a database, a service, a machine.
    Writes(Reason),
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What it does, as a verb phrase: `deletes objects of the cluster`.
    pub text: String,
    /// The command, or the part of it that does it.
    pub span: Span,
    /// Index of the command in [`Script::commands`].
    pub command: usize,
}

impl Effect {
    /// Returns whether it changes anything that is still there afterwards, or may do so.
    pub const fn may_change(&self) -> bool {
        !matches!(self, Self::Reads | Self::Scratch(_))
    }

    /// Returns why it is not a read.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Reads => None,
            Self::Scratch(reason) | Self::Files(reason) | Self::Unknown(reason) | Self::Writes(reason) => Some(reason),
        }
    }

    const fn gravity(&self) -> u8 {
        match self {
            Self::Reads => 0,
            Self::Scratch(_) => 1,
            Self::Files(_) => 2,
            Self::Unknown(_) => 3,
            Self::Writes(_) => 4,
        }
    }

    /// Returns the graver of two effects, the first where they are alike.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.gravity() > self.gravity() { other } else { self }
    }
}

/// Returns what a text does as a whole: the gravest effect of its commands.
pub fn effect(script: &Script) -> Effect {
    effects(script).into_iter().fold(Effect::Reads, Effect::and)
}

/// Returns the effect of every command, in the order of [`Script::commands`]. What a command carries (`sudo rm`) has its own.
pub fn effects(script: &Script) -> Vec<Effect> {
    let carrying = script.carriers();
    let scratch = files::Scratch::of(script);
    (0..script.commands.len())
        .filter_map(|index| {
            let command = script.commands.get(index)?;
            let carries = carrying.get(index).copied().unwrap_or(false);
            let verdict = judge(script, command, carries, &scratch).and(files::redirections(command, &scratch));
            Some(verdict.into_effect(command, index))
        })
        .collect()
}

/// What is said of a command before its place is added.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Reads,
    Scratch(String),
    Files(String),
    Unknown(String),
    Writes(String),
}

impl Verdict {
    fn files(text: &str) -> Self {
        Self::Files(text.to_owned())
    }

    fn unknown(text: &str) -> Self {
        Self::Unknown(text.to_owned())
    }

    fn writes(text: &str) -> Self {
        Self::Writes(text.to_owned())
    }

    const fn gravity(&self) -> u8 {
        match self {
            Self::Reads => 0,
            Self::Scratch(_) => 1,
            Self::Files(_) => 2,
            Self::Unknown(_) => 3,
            Self::Writes(_) => 4,
        }
    }

    fn and(self, other: Self) -> Self {
        if other.gravity() > self.gravity() { other } else { self }
    }

    /// Adds the place. Files elsewhere, or of root, are files that others see.
    fn into_effect(self, command: &Command, index: usize) -> Effect {
        let reason = |text| Reason { text, span: command.span, command: index };
        let privileged = command.via.contains(&Wrapper::Privilege);
        match self {
            Self::Reads => Effect::Reads,
            Self::Scratch(text) => Effect::Scratch(reason(text)),
            Self::Files(text) if command.context == Context::Container => {
                Effect::Writes(reason(format!("{text} in the container")))
            }
            Self::Files(text) if command.context == Context::Remote => {
                Effect::Writes(reason(format!("{text} on another machine")))
            }
            Self::Files(text) if privileged => Effect::Writes(reason(format!("{text} as root"))),
            Self::Files(text) => Effect::Files(reason(text)),
            Self::Unknown(text) => Effect::Unknown(reason(text)),
            Self::Writes(text) => Effect::Writes(reason(text)),
        }
    }
}

/// Folders whose programs are known by their names.
const PROGRAM_FOLDERS: &[&str] =
    &["/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/", "/opt/homebrew/bin/"];

fn judge(script: &Script, command: &Command, carries: bool, scratch: &files::Scratch) -> Verdict {
    let Some(first) = command.words.first() else { return Verdict::Reads };
    let Some(path) = first.literal() else { return Verdict::unknown("runs a program that only the run tells") };
    let name = path.rsplit('/').next().unwrap_or_default();
    if script.functions.iter().any(|function| function == name) {
        return Verdict::Reads;
    }
    if path.contains('/') && !PROGRAM_FOLDERS.iter().any(|folder| path.strip_prefix(folder) == Some(name)) {
        return Verdict::Unknown(format!("runs the script `{path}`"));
    }
    let arguments = command.arguments();
    if asks_for_help(command) {
        return Verdict::Reads;
    }
    kubernetes::judge(name, arguments, carries)
        .or_else(|| sql::judge(name, command, script.input_of(command)))
        .or_else(|| http::judge(name, arguments, scratch))
        .or_else(|| cloud::judge(name, arguments))
        .or_else(|| verbs::judge(name, arguments, carries))
        .or_else(|| files::judge(name, command, scratch))
        .or_else(|| system::judge(name, command, carries))
        .unwrap_or_else(|| Verdict::Unknown(format!("runs `{name}`, of which nothing is known")))
}

/// `tool --help`, `tool --version`, `tool version`.
fn asks_for_help(command: &Command) -> bool {
    let arguments = command.arguments();
    let version =
        matches!(arguments, [only] if only.is("version") || only.is("--version") || only.is("-V") || only.is("help"));
    version || has_flag(arguments, None, "help")
}

#[cfg(test)]
mod tests;
