//! Commands that a word processor, a chat or a careless hand has broken: dashes, blanks and quotes that only look right.

use super::texts::Text;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::Span;
use crate::shell::PartKind;

/// Characters that take no room, or look like a blank and are none.
const HIDDEN: &[(char, &str, &str)] = &[
    ('\u{200b}', "zero-width space", ""),
    ('\u{2060}', "word joiner", ""),
    ('\u{feff}', "byte-order mark", ""),
    ('\u{ad}', "soft hyphen", ""),
    ('\u{a0}', "no-break space", " "),
    ('\u{202f}', "narrow no-break space", " "),
];

/// Programs whose long flags have two dashes.
const TWO_DASHES: &[&str] =
    &["kubectl", "k", "oc", "helm", "docker", "podman", "git", "gh", "curl", "aws", "gcloud", "az", "systemctl", "jq"];

/// Returns what only looks right in a text.
pub(super) fn problems(text: &Text<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !text.inline {
        found.extend(lines(text));
    }
    found.extend(hidden(text));
    found.extend(dashes(text));
    found.extend(quotes(text));
    found
}

/// A backslash continues its line only where nothing stands behind it, and a comment continues nothing.
fn lines(text: &Text<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut start = 0;
    let lines: Vec<&str> = text.code.text().split_inclusive('\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let written = line.trim_end_matches(['\n', '\r']);
        let bare = written.trim_end();
        let next = lines.get(index + 1).map_or("", |next| next.trim());
        let span = |from: usize, to: usize| Span::new(start + from, start + to);
        if bare.ends_with('\\') && !bare.ends_with("\\\\") && !bare.trim_start().starts_with('#') && !next.is_empty() {
            if bare.len() < written.len() {
                let blank = span(bare.len(), written.len());
                let title = "a blank behind the backslash ends the command here";
                let problem =
                    text.problem("trailing-space", Level::Warning, title, span(bare.len() - 1, written.len()));
                found.push(
                    problem.help("take the blank away, or `lint --fix` does").fix(text.place(blank), String::new()),
                );
            } else if next.starts_with('#') {
                let title = "the command goes on with the next line, which is a comment";
                let problem =
                    text.problem("continued-comment", Level::Warning, title, span(bare.len() - 1, bare.len()));
                found.push(problem.help("put the comment before the command"));
            }
        }
        start += line.len();
    }
    found
}

/// In a comment or between quotes they are text.
fn hidden(text: &Text<'_>) -> Vec<Diagnostic> {
    let code = text.code.text();
    let mut found = Vec::new();
    for (at, letter) in code.char_indices() {
        let Some((_, name, replacement)) = HIDDEN.iter().find(|(hidden, ..)| *hidden == letter) else { continue };
        let span = Span::new(at, at + letter.len_utf8());
        if in_comment_or_quotes(text, span) {
            continue;
        }
        let title = format!("a {name} (U+{:04X}) in a command", u32::from(letter));
        let problem = text.problem("hidden-character", Level::Warning, title, span);
        found.push(problem.help("type it anew, or `lint --fix` does").fix(text.place(span), *replacement));
    }
    found
}

fn in_comment_or_quotes(text: &Text<'_>, span: Span) -> bool {
    let words = text.script.commands.iter().flat_map(|command| &command.words);
    let mut parts = words.flat_map(|word| &word.parts);
    text.script.comments.iter().any(|comment| comment.contains(span))
        || parts.any(|part| part.quoted && part.span.contains(span))
}

fn dashes(text: &Text<'_>) -> Vec<Diagnostic> {
    let code = text.code.text();
    let mut found = Vec::new();
    for command in &text.script.commands {
        let two = command.name().is_some_and(|name| TWO_DASHES.contains(&name.as_str()));
        for word in command.arguments() {
            let written = code.get(word.span.start..word.span.end).unwrap_or_default();
            let dashes: String = written.chars().take_while(|letter| "–—−‐‑-".contains(*letter)).collect();
            let rest = &written[dashes.len()..];
            if dashes.chars().all(|dash| dash == '-') || !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
                continue;
            }
            let span = Span::new(word.span.start, word.span.start + dashes.len());
            let title = format!("`{dashes}` is no hyphen, so `{written}` is no flag");
            let problem = text.problem("odd-dash", Level::Warning, title, span);
            let name = rest.split(['=', ' ']).next().unwrap_or_default();
            let meant = match name.chars().count() {
                1 => Some("-"),
                _ if two => Some("--"),
                _ => None,
            };
            found.push(match meant {
                Some(meant) => problem.help(format!("write `{meant}{rest}`")).fix(text.place(span), meant),
                None => problem.help("write hyphens"),
            });
        }
    }
    found
}

/// Between straight quotes they are text.
fn quotes(text: &Text<'_>) -> Vec<Diagnostic> {
    let curly = |letter: char| "“”„‘’‚".contains(letter);
    let mut found = Vec::new();
    for word in text.script.commands.iter().flat_map(|command| &command.words) {
        let bare = word
            .parts
            .iter()
            .find(|part| !part.quoted && matches!(&part.kind, PartKind::Literal(literal) if literal.contains(curly)));
        let Some(part) = bare else { continue };
        let written = text.code.text().get(part.span.start..part.span.end).unwrap_or_default();
        let Some((at, quote)) = written.char_indices().find(|(_, letter)| curly(*letter)) else { continue };
        let start = part.span.start + at;
        let span = Span::new(start, start + quote.len_utf8());
        // `don’t` in an echo is an apostrophe.
        let letter = |at: Option<char>| at.is_some_and(char::is_alphanumeric);
        let (before, after) = (written[..at].chars().last(), written[at + quote.len_utf8()..].chars().next());
        if letter(before) && letter(after) {
            continue;
        }
        let title = format!("`{quote}` is no quote of the shell");
        let problem = text.problem("curly-quote", Level::Warning, title, span);
        found.push(problem.help("write straight quotes"));
    }
    found
}
