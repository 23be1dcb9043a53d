//! What an old collection may keep for now: a list of findings that `lint` holds back, so that new ones stand out.
//!
//! A finding is known by its rule, its file and the text it is about, not by its line, so that edits elsewhere do not
//! bring it back. A text that occurs several times is counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::model::{Span, fingerprint};

/// Findings that are held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The version of this format: 1.
    version: u32,
    /// By file, rule and text: how many.
    findings: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    path: String,
    rule: String,
    /// The first sixteen digits of the hash of the lines it is about, without the blanks around them.
    text: String,
    count: usize,
}

type Key = (String, String, String);

impl Baseline {
    /// Makes a baseline of what was found.
    pub fn of(found: &[Diagnostic]) -> Self {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        found.iter().for_each(|diagnostic| *counts.entry(key(diagnostic)).or_default() += 1);
        let entry = |((path, rule, text), count)| Entry { path, rule, text, count };
        Self { version: 1, findings: counts.into_iter().map(entry).collect() }
    }

    /// Returns how many findings it holds.
    pub fn len(&self) -> usize {
        self.findings.iter().map(|entry| entry.count).sum()
    }

    /// Returns whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Takes away what is held back. Returns how many that were, and how many of the list were not found any more.
    pub fn hold_back(&self, found: &mut Vec<Diagnostic>) -> (usize, usize) {
        let mut left: BTreeMap<Key, usize> = BTreeMap::new();
        for entry in &self.findings {
            *left.entry((entry.path.clone(), entry.rule.clone(), entry.text.clone())).or_default() += entry.count;
        }
        let before = found.len();
        found.retain(|diagnostic| match left.get_mut(&key(diagnostic)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        (before - found.len(), left.values().sum())
    }
}

fn key(diagnostic: &Diagnostic) -> Key {
    let source = &diagnostic.source;
    let text = source.text();
    let span = diagnostic.primary.span;
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(span.end.max(start)..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at);
    let lines: Vec<&str> = source.slice(Span::new(start, end.max(start))).lines().map(str::trim).collect();
    let mut hash = fingerprint(lines.join("\n").as_bytes());
    hash.truncate(16);
    let path = source.path().to_string_lossy().replace('\\', "/");
    (path, diagnostic.rule.to_owned(), hash)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Level;
    use crate::model::Source;

    fn found(text: &str) -> Vec<Diagnostic> {
        let source = Arc::new(Source::new("a.md", text));
        let places = text.match_indices("bad").map(|(at, word)| Span::new(at, at + word.len()));
        places.map(|span| Diagnostic::new("a-rule", Level::Error, "t", &source, span)).collect()
    }

    #[test]
    fn what_is_known_is_held_back_wherever_it_moved_to() {
        let baseline = Baseline::of(&found("one\nbad x\n"));
        let mut now = found("new line\n\n  bad x\nbad y\n");
        assert_eq!(baseline.hold_back(&mut now), (1, 0));
        assert_eq!(now.len(), 1);
        assert_eq!(now[0].source.position(now[0].primary.span.start).line, 4);
    }

    #[test]
    fn what_occurs_more_often_than_before_is_new() {
        let baseline = Baseline::of(&found("bad\n"));
        let mut now = found("bad\nbad\n");
        assert_eq!(baseline.hold_back(&mut now), (1, 0));
        assert_eq!(now.len(), 1);
    }

    #[test]
    fn what_was_mended_is_counted() {
        assert_eq!(Baseline::of(&found("bad\n")).hold_back(&mut Vec::new()), (0, 1));
    }
}
