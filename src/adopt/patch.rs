//! Changes of fence lines: applied to the text, and drawn as a unified diff.

use std::fmt::Write as _;

use super::Proposal;
use crate::model::{Source, Span};

/// Returns the text with the info strings in place. Nothing else is touched.
pub(super) fn apply(text: &str, proposals: &[Proposal]) -> String {
    let mut out = String::with_capacity(text.len() + 32 * proposals.len());
    let mut at = 0;
    for proposal in proposals {
        out.push_str(text.get(at..proposal.span.start).unwrap_or_default());
        out.push_str(&proposal.info);
        at = proposal.span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Returns the changes as a unified diff without context, the reason of each in the heading of its hunk.
pub(super) fn diff(source: &Source, proposals: &[Proposal]) -> String {
    if proposals.is_empty() {
        return String::new();
    }
    let path = source.path().display();
    let mut out = format!("--- {path}\n+++ {path}\n");
    for proposal in proposals {
        let number = source.position(proposal.span.start).line;
        let (before, old, after) = around(source.text(), proposal.span);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "@@ -{number} +{number} @@ {}", proposal.reason);
        let _ = writeln!(out, "-{before}{old}{after}\n+{before}{}{after}", proposal.info);
    }
    out
}

/// Returns the line that holds a span, in three parts.
fn around(text: &str, span: Span) -> (&str, &str, &str) {
    let before = text.get(..span.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let after = text.get(span.end..).unwrap_or_default();
    let end = after.find('\n').unwrap_or(after.len());
    (
        before.get(start..).unwrap_or_default(),
        text.get(span.start..span.end).unwrap_or_default(),
        after.get(..end).unwrap_or_default(),
    )
}
