//! Blocks that show what the step before them prints.

use std::sync::LazyLock;

use regex::Regex;

use super::Verdict;
use crate::model::{Block, Role, Runbook, Span};

/// Tags of blocks that hold text.
const TEXT: &[&str] = &["text", "txt", "plain", "plaintext", "output", "log"];

/// Words that say of a block that a command prints it.
const SHOWING: &[&str] = &[
    "output",
    "should",
    "expect",
    "expected",
    "returns",
    "prints",
    "result",
    "response",
    "you will see",
    "you'll see",
];

/// Words that say that it is only printed now and then, or never.
const DOUBTING: &[&str] = &["if ", "unless", "otherwise", "error", "fail", "bad", "wrong", "unhealthy", "not "];

/// What is another one each time: dates, times, ages, sizes, hashes.
static CHANGING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}:\d{2}|\b\d+(\.\d+)?\s?(ms|s|[KMGT]i?B|%)(\W|$)|\b[0-9a-f]{12,}\b";
    Regex::new(pattern).ok()
});

/// Returns what is said of a block that stands behind a step; `None` where it is no output.
pub(super) fn judge(runbook: &Runbook, step: &Block, block: &Block) -> Option<Verdict> {
    let written = runbook.source.slice(block.info).trim();
    let tag = block.language.as_deref();
    let plain = tag.is_none_or(|tag| TEXT.contains(&tag));
    let data = tag.filter(|tag| matches!(*tag, "json" | "yaml" | "yml"));
    if block.role.is_some() || written.to_lowercase() != tag.unwrap_or_default() || !(plain || data.is_some()) {
        return None;
    }
    let between = runbook.source.slice(Span::new(step.span.end, block.span.start)).to_lowercase();
    let announced = SHOWING.iter().any(|word| between.contains(word)) || tag == Some("output");
    if between.lines().any(|line| line.trim_start().starts_with(['#', '|'])) || !announced {
        return None;
    }
    if DOUBTING.iter().any(|word| between.contains(word)) {
        return Some(Verdict::Leave("it is shown for a case, not for each time".to_owned()));
    }
    let text = block.code.text();
    if let Some(table) = table(text).filter(|_| data.is_none()) {
        return Some(propose(format!("{} output match=table", tag.unwrap_or("text")), table));
    }
    if let Err(reason) = steady(text) {
        return Some(Verdict::Leave(reason));
    }
    let language = tag.filter(|tag| *tag != "output");
    let info = language.map_or_else(|| "output".to_owned(), |tag| format!("{tag} output"));
    Some(propose(info, "what the step above prints".to_owned()))
}

/// Words of something that went wrong: what shows them is shown for that case.
const TROUBLE: &[&str] = &[
    "error",
    "fail",
    "crashloop",
    "backoff",
    "pending",
    "terminated",
    "timed out",
    "timeout",
    "refused",
    "unhealthy",
    "degraded",
    "evicted",
    "notready",
    "forbidden",
    "not found",
    "unable",
    "cannot",
    "denied",
];

/// Returns why what a command prints cannot be expected of it each time.
pub(super) fn steady(text: &str) -> Result<(), String> {
    if text.lines().any(is_table_heading) {
        let reason = "the table it shows is another one each time (ages, hashes): put it in an `output` block with \
                      `match=table`";
        return Err(reason.to_owned());
    }
    if text.lines().any(|line| matches!(line.trim(), "[...]" | "[…]" | "…" | "<snip>" | "[snip]")) {
        return Err("lines are left out of what it shows; write `...` in their place".to_owned());
    }
    if let Some(found) = CHANGING.as_ref().and_then(|pattern| pattern.find(text)) {
        return Err(format!("`{}` in it is another one each time; write `[..]` in its place", found.as_str().trim()));
    }
    let said = text.to_lowercase();
    match TROUBLE.iter().find(|trouble| said.contains(*trouble)) {
        Some(trouble) => Err(format!("what it shows is a case of trouble (`{trouble}`), not what is hoped for")),
        None => Ok(()),
    }
}

/// Returns whether a line is the heading of a table as kubectl prints it: capitals, NAME among the first.
pub(super) fn is_table_heading(line: &str) -> bool {
    let capitals = |word: &str| word.chars().all(|letter| letter.is_ascii_uppercase() || "-()%".contains(letter));
    let words: Vec<&str> = line.split_whitespace().collect();
    words.len() > 1 && words.iter().take(2).any(|word| *word == "NAME") && words.iter().all(|word| capitals(word))
}

fn propose(info: String, reason: String) -> Verdict {
    Verdict::Propose { role: Role::Output, info, reason }
}

/// Returns what is said of a table as kubectl prints it.
fn table(text: &str) -> Option<String> {
    is_table_heading(text.lines().next()?)
        .then(|| "a table that the step above prints; ages and hashes are free".to_owned())
}
