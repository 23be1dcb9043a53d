//! What blocks hand on: variables, functions, options, the working directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::withheld::is_needed_by;

/// What a session holds between two blocks. Only what differs from the environment the blocks are given: what the
/// operator's own environment holds is never written to a disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Where the last block was; `None` before the first.
    pub(super) directory: Option<PathBuf>,
    /// Variables by name.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, Variable>,
    /// Variables of the environment that a block has unset.
    #[serde(default)]
    pub(super) unset: BTreeSet<String>,
    /// Functions, as bash prints them.
    #[serde(default)]
    pub(super) functions: String,
    /// Names of exported functions.
    #[serde(default)]
    pub(super) exported_functions: Vec<String>,
    /// Aliases, as the shell prints them.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// One-letter options (`set -u`) that a block has set.
    #[serde(default)]
    pub(super) flags: String,
    /// Options of `shopt` that a block has set.
    #[serde(default)]
    pub(super) set_options: Vec<String>,
    /// Options of `shopt` that a block has unset.
    #[serde(default)]
    pub(super) unset_options: Vec<String>,
}

impl State {
    /// Returns whether something that blocks carry over may read a variable: a function, an alias, a text for `eval`.
    pub(super) fn needs(&self, name: &str) -> bool {
        let texts = self.variables.values().map(Variable::text).chain(self.aliases.iter().map(String::as_str));
        is_needed_by(&self.functions, name) || texts.into_iter().any(|text| is_needed_by(text, name))
    }
}

/// A variable of a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Variable {
    /// Text that stays in the shell.
    Shell(String),
    /// Text that child processes see too.
    Exported(String),
    /// What only bash has (arrays, integers, readonly …): the statement that makes it.
    Bash(String),
}

impl Variable {
    /// Returns the text that could give a secret away.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Shell(text) | Self::Exported(text) | Self::Bash(text) => text,
        }
    }
}

/// Options of a bash block that carry over: the others belong to the prelude, or make no sense without a terminal.
pub(super) const CARRIED_FLAGS: &str = "afkuvxCP";

/// Returns whether a variable is the shell's own, or ours: it is made anew in each process.
pub(super) fn is_own(name: &str) -> bool {
    const OWN: [&str; 38] = [
        "BASH",
        "COLUMNS",
        "COMP_WORDBREAKS",
        "DIRSTACK",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "EUID",
        "FUNCNAME",
        "GROUPS",
        "HISTCMD",
        "HISTFILE",
        "HISTFILESIZE",
        "HISTSIZE",
        "HOSTNAME",
        "HOSTTYPE",
        "LINENO",
        "LINES",
        "MACHTYPE",
        "MAILCHECK",
        "OLDPWD",
        "OPTARG",
        "OPTERR",
        "OPTIND",
        "OSTYPE",
        "PIPESTATUS",
        "PPID",
        "PS1",
        "PS2",
        "PS4",
        "PWD",
        "RANDOM",
        "SECONDS",
        "SHELL",
        "SHELLOPTS",
        "SHLVL",
        "SRANDOM",
        "UID",
        "_",
    ];
    OWN.binary_search(&name).is_ok()
        || name.starts_with("BASH_")
        || name == "BASHOPTS"
        || name == "BASHPID"
        || name == "TERM"
        || name.starts_with("RUNBOOKS_")
        || name.starts_with("__runbooks_")
}

/// Returns whether a shell would take this for a variable's name.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_s_own_variables_are_not_carried() {
        for name in ["_", "PWD", "UID", "BASH_VERSINFO", "BASHOPTS", "RUNBOOKS_STEP", "__runbooks_line", "SHLVL"] {
            assert!(is_own(name), "{name}");
        }
    }

    #[test]
    fn other_variables_are_carried() {
        for name in ["POD", "PATH", "IFS", "LANG", "KUBECONFIG", "PGPASSWORD"] {
            assert!(!is_own(name), "{name}");
        }
    }
}
