//! The timeline as Markdown.

use std::fmt::Write as _;

use super::{Timeline, facts, row, time};

/// Returns a timeline as Markdown: facts, then a table.
pub fn timeline_markdown(timeline: &Timeline) -> String {
    let mut out = format!("# {}\n\n", inline(&timeline.title));
    for (name, text) in facts(timeline) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "- {name}: {}", inline(&text));
    }
    out.push_str("\n## Timeline\n\n| when | what | outcome | took |\n| --- | --- | --- | --: |\n");
    for entry in &timeline.entries {
        let (what, outcome, took) = row(&entry.what);
        let _ = writeln!(out, "| {} | {} | {} | {took} |", time(entry.at), inline(&what), inline(&outcome));
    }
    out
}

/// Returns text that Markdown shows as it stands, in one line and in one cell of a table.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}
