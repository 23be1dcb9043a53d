//! How often each rule has spoken, and what to do about many findings at once: the end of a long list is what is read.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint;

/// From how many findings on a list is too long to be read.
const LONG: usize = 20;

/// Returns the lines that close a long list; nothing for a short one.
pub(super) fn lines(found: &[Diagnostic], adopted: bool) -> Vec<String> {
    if found.len() <= LONG {
        return Vec::new();
    }
    let mut counts: BTreeMap<(Level, &str), usize> = BTreeMap::new();
    for diagnostic in found {
        *counts.entry((diagnostic.level, diagnostic.rule)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|((level, rule), count)| (level, count, rule)).collect();
    counts.sort_by(|one, other| (other.0, other.1, one.2).cmp(&(one.0, one.1, other.2)));
    let width = counts.iter().map(|(_, _, rule)| rule.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = counts.iter().map(|(level, count, rule)| line(*level, *count, rule, width)).collect();
    lines.push(String::new());
    if let Some((_, _, rule)) = counts.first() {
        lines.push(format!("hint: `runbooks lint --explain {rule}` says what a rule is about; `-q` shows errors only"));
    }
    lines.push("hint: `--write-baseline` holds back what is here today, so that only what is new is told".to_owned());
    if !adopted {
        lines.push(
            "hint: no block has a role yet; `runbooks adopt` proposes which are checks and which actions".to_owned(),
        );
    }
    lines
}

fn line(level: Level, count: usize, rule: &str, width: usize) -> String {
    let summary = lint::rule(rule).map_or("", |rule| rule.summary);
    format!("{count:>6}  {:7}  {rule:width$}  {summary}", super::lint::word(level))
}
