//! Commands that a word processor, a chat or a careless hand has broken: dashes, blanks and quotes that only look right.

use super::texts::Text;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::Span;
use crate::shell::{Command, PartKind, Word};

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
        found.extend(lost_backslash(text));
        found.extend(lost_quote(text));
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

/// A line that begins with a flag goes on with the command before it, which a backslash would have to say.
fn lost_backslash(text: &Text<'_>) -> Option<Diagnostic> {
    let code = text.code.text();
    let pairs = text.script.commands.windows(2);
    let word = pairs.filter_map(|pair| match pair {
        [before, command] => command.words.first().filter(|flag| goes_on(code, before, command, flag)),
        _ => None,
    });
    let word = word.into_iter().next()?;
    let written = code.get(word.span.start..word.span.end).unwrap_or_default();
    let title = format!("the line begins with the flag `{written}`, and the command before it has ended");
    let problem = text.problem("lost-backslash", Level::Warning, title, word.span);
    Some(problem.help("end the line before with a backslash"))
}

/// Returns whether a line that begins with a flag belongs to the command in the line before. What a program prints of its
/// flags begins so too: behind a heading, or with the flag in a column of its own.
fn goes_on(code: &str, before: &Command, command: &Command, flag: &Word) -> bool {
    let slice = |from: usize, to: usize| code.get(from..to).unwrap_or_default();
    let name = flag.literal_prefix();
    let is_flag =
        name.strip_prefix("--").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
    let program = before.name().unwrap_or_default();
    let is_program = program.starts_with(|first: char| first.is_ascii_lowercase() || "./".contains(first))
        && !slice(before.span.start, before.span.end).contains("--help");
    let gap = slice(before.span.end, command.span.start);
    let next_line = gap.trim().is_empty() && gap.matches('\n').count() == 1;
    let in_columns = slice(flag.span.end, code.len()).starts_with("  ");
    is_flag
        && is_program
        && next_line
        && !in_columns
        && !gap.contains('\\')
        && !slice(0, before.span.end).ends_with([':', '\\', ' '])
}

/// A quote without its partner, in a block without a role. Of a step it is told as `shell-syntax`, like all that cannot be
/// read; a block without a role may hold more than commands, so only one line that a quote leaves open is looked at.
fn lost_quote(text: &Text<'_>) -> Option<Diagnostic> {
    let code = text.code.text().trim_end();
    let program = code.split_whitespace().next().unwrap_or_default();
    let known = TWO_DASHES.contains(&program) || ["echo", "grep", "psql", "ssh", "sudo", "watch"].contains(&program);
    if text.step.is_some() || code.contains('\n') || text.script.errors.is_empty() || !known {
        return None;
    }
    let (mut open, mut escaped) = (None, false);
    for (at, letter) in code.char_indices() {
        match (letter, open) {
            (_, _) if escaped => escaped = false,
            ('\\', None | Some((_, '"'))) => escaped = true,
            ('#', None) if code[..at].ends_with([' ', '\t']) => break,
            ('"' | '\'', None) => open = Some((at, letter)),
            (_, Some((_, quote))) if letter == quote => open = None,
            _ => {}
        }
    }
    let (at, quote) = open?;
    let title = format!("the quote `{quote}` is not closed");
    let problem = text.problem("shell-syntax", Level::Warning, title, Span::new(at, at + 1));
    Some(problem.help("a shell waits for more until it finds the second one"))
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
