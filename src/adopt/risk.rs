//! What an action could break, as far as its words tell. An author knows better; this is where to begin.

use crate::model::Risk;
use crate::shell::{Command, Reason, Script};

/// A command that writes.
pub(super) struct Write {
    pub(super) risk: Risk,
    /// What it does, with the command.
    pub(super) reason: String,
}

/// Words that take something away for good, or put something old in its place.
const GRAVE: &[&str] = &[
    "drop",
    "truncate",
    "destroy",
    "uninstall",
    "purge",
    "prune",
    "restore",
    "pg_restore",
    "dropdb",
    "terminate",
    "poweroff",
    "shutdown",
    "reboot",
    "flushall",
    "flushdb",
    "mkfs",
    "wipefs",
    "shred",
    "stop",
    "down",
    "rollback",
    "force-unlock",
    "filter-branch",
    "dd",
];

/// Words that take something away.
const DELETING: &[&str] = &["delete", "rm", "remove", "del"];

/// What comes back by itself when it is deleted.
const REPLACED: &[&str] = &["pod", "pods", "po", "job", "jobs", "event", "events", "replicaset", "rs"];

/// Words that add something beside what is there, and take nothing away.
const MILD: &[&str] = &["label", "annotate", "create", "backup", "uncordon", "tag", "debug", "dump"];

/// Judges a command that changes what others see.
pub(super) fn of(script: &Script, reason: &Reason, text: &str) -> Write {
    let command = script.commands.get(reason.command);
    let words = command.map(words).unwrap_or_default();
    let says = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let replaced = || words.iter().any(|word| REPLACED.iter().any(|kind| is_of_kind(word, kind)));
    let to_zero = words.iter().any(|word| word == "--replicas=0")
        || words.windows(2).any(|pair| pair[0] == "--replicas" && pair[1] == "0");
    let everything = says(&["--all", "--all-namespaces", "-A"]);
    let sql = ["DROP", "TRUNCATE", "DELETE", "ALTER", "REINDEX"].iter().any(|verb| reason.text.contains(verb));
    let infrastructure = reason.text.contains("infrastructure") && !says(&["refresh"]);
    let disks = reason.text.contains("disks") || reason.text.contains("volumes");
    let deletes = says(DELETING);
    let risk = match () {
        () if deletes && replaced() && !everything => Risk::Medium,
        () if deletes || says(GRAVE) || to_zero || sql || infrastructure || disks => Risk::High,
        () if says(MILD) => Risk::Low,
        () => Risk::Medium,
    };
    Write { risk, reason: told(reason, text) }
}

/// Judges a command that changes files or settings of the machine it runs on.
pub(super) fn of_files(script: &Script, reason: &Reason, text: &str) -> Write {
    let words = script.commands.get(reason.command).map(words).unwrap_or_default();
    let deletes = words.first().is_some_and(|name| matches!(name.as_str(), "rm" | "rmdir" | "shred" | "truncate"))
        || reason.text.contains("delete")
        || words.iter().any(|word| matches!(word.as_str(), "--hard" | "clean" | "prune"));
    let risk = if deletes { Risk::Medium } else { Risk::Low };
    Write { risk, reason: told(reason, text) }
}

/// Returns whether a word of kubectl names a kind: `pod`, `pod/web-0`.
fn is_of_kind(word: &str, kind: &str) -> bool {
    word == kind || word.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/'))
}

fn words(command: &Command) -> Vec<String> {
    command.words.iter().map(|word| word.literal().unwrap_or_else(|| word.literal_prefix())).collect()
}

fn told(reason: &Reason, text: &str) -> String {
    const LONGEST: usize = 60;
    let written = text.get(reason.span.start..reason.span.end).unwrap_or_default();
    let line = written.lines().next().unwrap_or_default().trim_end_matches(['\\', ' ']);
    let short: String = line.chars().take(LONGEST).collect();
    let rest = if short.len() < line.len() || written.lines().count() > 1 { " …" } else { "" };
    format!("{}: `{}{rest}`", reason.text, short.trim_end())
}
