//! Front matter: YAML between `---` lines or TOML between `+++` lines at the top of a file. Most runbooks have none.

mod data;
mod metadata;
mod params;
mod requires;
mod toml;
mod yaml;

use crate::diagnostic::did_you_mean;
use crate::model::{Code, Metadata, Param, Requires, Span};

use super::findings::{Findings, one_of};

pub(super) use data::{Data, Node, Unreadable};
pub use params::KEYS as PARAM_KEYS;
pub use requires::KEYS as REQUIRES_KEYS;

pub(super) use params::is_name;
pub(super) use yaml::{objects, read as read_yaml};

/// What front matter says, typed.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    pub(super) metadata: Metadata,
    pub(super) params: Vec<Param>,
    pub(super) requires: Requires,
    /// The byte at which Markdown begins.
    pub(super) body: usize,
}

/// The keys that front matter may hold; others are left to whoever else reads the file.
pub const KEYS: [&str; 16] = [
    "title",
    "description",
    "severity",
    "service",
    "owner",
    "tags",
    "alerts",
    "aliases",
    "reviewed",
    "review_every",
    "duration",
    "frequency",
    "params",
    "requires",
    "last_reviewed_on",
    "review_in",
];

/// Returns the byte at which Markdown begins.
pub(super) fn body_start(text: &str) -> usize {
    match find(text) {
        Place::Fenced { span, .. } => span.end,
        Place::Absent | Place::Unclosed(_) => byte_order_mark(text),
    }
}

/// Reads the front matter of a file.
pub(super) fn read(findings: &mut Findings) -> FrontMatter {
    let source = std::sync::Arc::clone(&findings.source);
    let mut found = FrontMatter { body: body_start(source.text()), ..FrontMatter::default() };
    let (span, content, syntax) = match find(source.text()) {
        Place::Absent => return found,
        Place::Unclosed(opening) => {
            let fence = source.slice(opening).trim();
            findings.add(
                findings
                    .error("unclosed-front-matter", opening, "the front matter is not closed")
                    .help(format!("add a line `{fence}` after its last key")),
            );
            return found;
        }
        Place::Fenced { span, content, syntax } => (span, content, syntax),
    };
    found.metadata.span = Some(span);
    let mut code = Code::empty();
    code.push(source.slice(content), content.start);
    let root = match syntax {
        Syntax::Yaml => yaml::read(&code),
        Syntax::Toml => toml::read(&code),
    };
    match root {
        Ok(root) => keys(&root, &mut found, findings),
        Err(Unreadable { message, span, help }) => {
            let mut diagnostic =
                findings.error("broken-front-matter", span, format!("cannot read the front matter: {message}"));
            diagnostic.help = help;
            findings.add(diagnostic);
        }
    }
    found
}

fn keys(root: &Node, found: &mut FrontMatter, findings: &mut Findings) {
    let Data::Map(entries) = &root.data else { return };
    for (key, node) in entries {
        match key.value.as_str() {
            "params" => found.params = params::read(node, findings),
            "requires" => found.requires = requires::read(node, findings),
            name if KEYS.contains(&name) => metadata::read(name, node, &mut found.metadata, findings),
            name => near_key(name, key.span, findings),
        }
    }
}

/// A key that nobody knows is somebody else's, unless it is nearly one of ours.
fn near_key(name: &str, span: Span, findings: &mut Findings) {
    if let Some(meant) = did_you_mean(name, KEYS) {
        let title = format!("`{name}` is not a key of ours and is ignored");
        findings.add(findings.warning("unknown-key", span, title).help(format!("did you mean `{meant}`?")));
    }
}

/// Reports a key that a table of ours does not have.
fn unknown_key(name: &str, span: Span, table: &str, known: &[&str], findings: &mut Findings) {
    let title = format!("unknown key `{name}` in {table}");
    let mut diagnostic = findings.error("unknown-key", span, title);
    diagnostic.help = Some(match did_you_mean(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it may hold {}", one_of(known.iter().copied())),
    });
    findings.add(diagnostic);
}

/// Which language a front matter is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Yaml,
    Toml,
}

/// Where the front matter of a text is.
enum Place {
    Absent,
    /// It begins and does not end; this is the line that begins it.
    Unclosed(Span),
    Fenced {
        span: Span,
        content: Span,
        syntax: Syntax,
    },
}

fn find(text: &str) -> Place {
    let start = byte_order_mark(text);
    let rest = text.get(start..).unwrap_or_default();
    let Some(first) = rest.split_inclusive('\n').next() else { return Place::Absent };
    let syntax = match first.trim_end() {
        "---" => Syntax::Yaml,
        "+++" => Syntax::Toml,
        _ => return Place::Absent,
    };
    let content = start + first.len();
    let mut at = content;
    for line in text.get(content..).unwrap_or_default().split_inclusive('\n') {
        let closes = matches!((syntax, line.trim_end()), (Syntax::Yaml, "---" | "...") | (Syntax::Toml, "+++"));
        if closes {
            let inside = text.get(content..at).unwrap_or_default();
            if syntax == Syntax::Yaml && !looks_like_yaml(inside) {
                return Place::Absent;
            }
            let span = Span::new(start, at + line.len());
            return Place::Fenced { span, content: Span::new(content, at), syntax };
        }
        at += line.len();
    }
    let opening = Span::new(start, start + first.trim_end().len());
    let begins = text.get(content..).unwrap_or_default();
    if syntax == Syntax::Toml || first_key(begins.lines().next().unwrap_or_default()) {
        return Place::Unclosed(opening);
    }
    Place::Absent
}

/// Two rules with Markdown between them are no front matter: its first paragraph must hold a `key:`.
fn looks_like_yaml(content: &str) -> bool {
    if content.trim().is_empty() {
        return content.lines().count() <= 1;
    }
    let blank_first = content.lines().next().is_some_and(|line| line.trim().is_empty());
    let mut paragraph =
        content.lines().skip_while(|line| line.trim().is_empty()).take_while(|line| !line.trim().is_empty());
    if blank_first { paragraph.next().is_some_and(first_key) } else { paragraph.any(key_line) }
}

/// Returns whether a line begins with a key as front matter has them: `title:`.
fn first_key(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_lowercase()) && key_line(line) && !line.trim_end().ends_with("::")
}

fn key_line(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['"', '\'', '{', '?']);
    let end = line.find(|next: char| !next.is_alphanumeric() && !matches!(next, '_' | '-' | '.')).unwrap_or(line.len());
    let after = line.get(end..).unwrap_or_default().trim_start_matches(['"', '\'', ' ']);
    end > 0 && after.strip_prefix(':').is_some_and(|value| value.is_empty() || value.starts_with(char::is_whitespace))
}

fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_around_markdown_are_no_front_matter() {
        for text in
            ["---\n\n# Title\n\n---\n", "---\nHello world\n---\n", "---\n\nNote: read this first.\n\n---\n", "----\n"]
        {
            assert_eq!(body_start(text), 0, "{text}");
        }
    }

    #[test]
    fn front_matter_ends_after_its_closing_line() {
        assert_eq!(body_start("---\ntitle: x\n---\nbody"), 17);
        assert_eq!(body_start("---\r\ntitle: x\r\n...\r\nbody"), 20);
        assert_eq!(body_start("+++\ntitle = 'x'\n+++\nbody"), 20);
        assert_eq!(body_start("\u{feff}---\na: b\n---\nbody"), 16);
        assert_eq!(body_start("---\n---\n"), 8);
    }
}
