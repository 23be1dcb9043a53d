//! Shell scripts and terminal sessions.

use super::Class;
use super::data::{quoted, string_end, text_with_variables};
use super::painter::{Canvas, Spans};
use crate::model::Code;
use crate::shell::prompt::{self, PromptKind};

const WORDS: [&str; 20] = [
    "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case", "esac", "function",
    "select", "time", "{", "}", "!", "[[",
];

/// Words after which a command begins.
const BEFORE_COMMAND: [&str; 9] = ["if", "then", "else", "elif", "do", "while", "until", "time", "!"];

/// Colours a script; one with prompts is a terminal session.
pub(super) fn script_or_session(painter: &mut impl Canvas, code: &str) {
    if prompt::has_prompts(code) { session(painter, code) } else { script(painter, code) }
}

/// Colours a session: what was typed as scripts, all else as prompts and as what was printed.
pub(super) fn session(painter: &mut impl Canvas, code: &str) {
    let mut done = 0;
    for exchange in prompt::split(code) {
        let Some((shown, kind)) = exchange.prompt else { return script(painter, code) };
        let typed = exchange.command.span();
        if typed.end <= typed.start || shown.start < done {
            continue;
        }
        painter.put(Class::Printed, &code[done..shown.start]);
        painter.put(Class::Prompt, &code[shown.start..typed.start]);
        let mut spans = Spans::default();
        if kind != PromptKind::Interpreter {
            script(&mut spans, exchange.command.text());
        }
        done = command(painter, code, &exchange.command, &spans);
    }
    painter.put(Class::Printed, &code[done..]);
}

/// Writes a typed command with the prompts of its continued lines; returns where it ends in the session.
fn command(painter: &mut impl Canvas, code: &str, command: &Code, spans: &Spans) -> usize {
    let mut done = command.span().start;
    let mut at = 0;
    for line in command.text().split_inclusive('\n') {
        let start = command.source_offset(at);
        painter.put(Class::Prompt, &code[done..start]);
        let end = at + line.len();
        let inside = spans.found.iter().filter(|(_, from, to)| *from < end && *to > at);
        let mut written = at;
        for &(class, from, to) in inside {
            let (from, to) = (from.max(at), to.min(end));
            painter.plain(&command.text()[written..from]);
            painter.put(class, &command.text()[from..to]);
            written = to;
        }
        painter.plain(&command.text()[written..end]);
        done = start + line.len();
        at = end;
    }
    done
}

/// Marks the placeholders in a text that is no script.
pub(super) fn placeholders_in_text(painter: &mut impl Canvas, text: &str) {
    let mut done = 0;
    for (at, _) in text.match_indices('<') {
        if at < done {
            continue;
        }
        if let Some(end) = placeholder_end(text, at) {
            painter.plain(&text[done..at]);
            painter.put(Class::Placeholder, &text[at..end]);
            done = end;
        }
    }
    painter.plain(&text[done..]);
}

/// Returns the end of the `<placeholder>` that begins at `at`: a letter, then letters, digits and `-_. ` up to a `>`.
pub(super) fn placeholder_end(text: &str, at: usize) -> Option<usize> {
    let inner = text[at..].strip_prefix('<')?;
    let end = inner.find('>')?;
    let name = &inner[..end];
    let sound = name.starts_with(|letter: char| letter.is_alphabetic())
        && !name.ends_with(' ')
        && name.len() <= 60
        && name.chars().all(|letter| letter.is_alphanumeric() || "-_./ '|".contains(letter));
    sound.then_some(at + end + 2)
}

/// Returns the end of the `$NAME`, `${NAME…}` or `$1` that begins at `at`; command substitutions are none.
pub(super) fn variable_end(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix('$')?;
    match rest.as_bytes().first()? {
        b'{' => rest.find('}').map(|end| at + end + 2),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            Some(at + 1 + rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count())
        }
        b'0'..=b'9' | b'?' | b'#' | b'@' | b'*' | b'$' | b'!' => Some(at + 2),
        _ => None,
    }
}

/// Colours a script in one pass. Here-documents are plain up to their end.
pub(super) fn script(painter: &mut impl Canvas, code: &str) {
    let mut at = 0;
    let mut command = true;
    let mut document: Option<String> = None;
    while at < code.len() {
        let rest = &code[at..];
        let length = match rest.as_bytes()[0] {
            b'\n' => {
                painter.plain("\n");
                command = true;
                1 + document.take().map_or(0, |end| here_document(painter, &rest[1..], &end))
            }
            b'\\' if rest.starts_with("\\\n") => {
                painter.plain("\\\n");
                2
            }
            b' ' | b'\t' => blank(painter, rest),
            b'#' => {
                let end = rest.find('\n').unwrap_or(rest.len());
                painter.put(Class::Comment, &rest[..end]);
                end
            }
            b'<' if rest.starts_with("<<") && !rest.starts_with("<<<") => {
                let (length, end) = here_start(painter, rest);
                document = end;
                length
            }
            b';' | b'|' | b'&' | b'(' => {
                painter.plain(&rest[..1]);
                command = true;
                1
            }
            b'<' | b'>' if placeholder_end(code, at).is_none() => {
                painter.plain(&rest[..1]);
                1
            }
            b')' => {
                painter.plain(")");
                command = false;
                1
            }
            _ => {
                let end = word_end(rest);
                command = word(painter, &rest[..end], command);
                end
            }
        };
        at += length.max(1);
    }
}

fn blank(painter: &mut impl Canvas, rest: &str) -> usize {
    let end = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    painter.plain(&rest[..end]);
    end
}

/// Colours `<<EOF` and returns its length and the line that ends the document.
fn here_start(painter: &mut impl Canvas, rest: &str) -> (usize, Option<String>) {
    let sign = if rest.starts_with("<<-") { 3 } else { 2 };
    let length = word_end(&rest[sign..]);
    let name = rest[sign..sign + length].trim_matches(['"', '\'', '\\']).to_owned();
    painter.plain(&rest[..sign]);
    painter.put(Class::Keyword, &rest[sign..sign + length]);
    (sign + length, Some(name).filter(|name| !name.is_empty()))
}

fn here_document(painter: &mut impl Canvas, rest: &str, end: &str) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim() == end {
            let text = line.trim_end_matches('\n');
            painter.put(Class::Keyword, text);
            return length + text.len();
        }
        text_with_variables(painter, line);
        length += line.len();
    }
    length
}

/// Returns the end of the word a text begins with; quotes, substitutions and placeholders belong to it.
fn word_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'' | b'`') => at = string_end(bytes, at, quote),
            b'\\' => at = text.ceil_char_boundary((at + 2).min(bytes.len())),
            b'<' => match placeholder_end(text, at) {
                Some(end) => at = end,
                None => break,
            },
            // What is inside a substitution is coloured as a command of its own.
            b'$' if bytes.get(at + 1) == Some(&b'(') => return if at == 0 { 2 } else { at },
            b'$' => at = variable_end(text, at).unwrap_or(at + 1),
            b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'>' => break,
            _ => at += 1,
        }
    }
    text.ceil_char_boundary(at.max(1).min(text.len()))
}

/// Colours a word; returns whether a command may follow.
fn word(painter: &mut impl Canvas, word: &str, command: bool) -> bool {
    if word == "$(" {
        painter.plain(word);
        return true;
    }
    if command && WORDS.contains(&word) {
        painter.put(Class::Keyword, word);
        return BEFORE_COMMAND.contains(&word);
    }
    if matches!(word, "in" | "do") {
        painter.put(Class::Keyword, word);
        return word == "do";
    }
    if let Some(equals) = assignment(word).filter(|_| command) {
        painter.put(Class::Variable, &word[..equals]);
        painter.plain("=");
        pieces(painter, &word[equals + 1..]);
        return true;
    }
    match word.as_bytes()[0] {
        b'-' if !command => {
            let end = word.find('=').map_or(word.len(), |at| at + 1);
            let end = word[..end].find(['$', '"', '\'', '<']).unwrap_or(end);
            painter.put(Class::Flag, &word[..end]);
            pieces(painter, &word[end..]);
        }
        b'"' | b'\'' | b'$' | b'<' | b'\\' | b'`' => {
            pieces(painter, word);
            return false;
        }
        _ if command => painter.put(Class::Function, word),
        b'0'..=b'9' if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            painter.put(Class::Number, word);
        }
        _ => pieces(painter, word),
    }
    false
}

/// Returns where the `=` of `NAME=value` stands.
fn assignment(word: &str) -> Option<usize> {
    let equals = word.find('=')?;
    let name = word[..equals].as_bytes();
    let sound = name.first()?.is_ascii_alphabetic() || name[0] == b'_';
    (sound && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')).then_some(equals)
}

/// Colours the parts of a word: quoted texts, variables, placeholders.
fn pieces(painter: &mut impl Canvas, word: &str) {
    let bytes = word.as_bytes();
    let (mut at, mut done) = (0, 0);
    while at < bytes.len() {
        let (class, end) = match bytes[at] {
            b'\'' => (Class::Text, string_end(bytes, at, b'\'')),
            b'"' => {
                painter.plain(&word[done..at]);
                let end = string_end(bytes, at, b'"');
                quoted(painter, &word[at..end]);
                (at, done) = (end, end);
                continue;
            }
            b'$' => match variable_end(word, at) {
                Some(end) => (Class::Variable, end),
                None => (Class::Text, at),
            },
            b'<' => match placeholder_end(word, at) {
                Some(end) => (Class::Placeholder, end),
                None => (Class::Text, at),
            },
            _ => (Class::Text, at),
        };
        if end == at {
            at += 1;
            continue;
        }
        painter.plain(&word[done..at]);
        painter.put(class, &word[at..end]);
        (at, done) = (end, end);
    }
    painter.plain(&word[done..]);
}
