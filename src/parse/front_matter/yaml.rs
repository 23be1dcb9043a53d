//! YAML as a tree with places.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error, Location, Spanned};

use super::data::{Data, Node, Unreadable};
use crate::model::{Code, Located, Span};

/// Reads one YAML document.
pub(in crate::parse) fn read(code: &Code) -> Result<Node, Unreadable> {
    if code.text().trim().is_empty() {
        return Ok(Node { data: Data::Null, span: code.span() });
    }
    match serde_saphyr::from_str::<Spanned<Raw>>(code.text()) {
        Ok(root) => Ok(node(&root, code, code.text())),
        Err(error) => Err(unreadable(&error, code)),
    }
}

/// Reads all YAML documents of a text; empty ones are left out.
///
/// `text` is what is read: the code itself, or the code with its placeholders masked by text of the same length.
pub(in crate::parse) fn objects(code: &Code, text: &str) -> Result<Vec<Node>, Unreadable> {
    match serde_saphyr::from_multiple::<Spanned<Raw>>(text) {
        Ok(documents) => Ok(documents
            .iter()
            .map(|document| node(document, code, text))
            .filter(|document| document.data != Data::Null)
            .collect()),
        Err(error) => Err(unreadable(&error, code)),
    }
}

enum Raw {
    Null,
    Bool(bool),
    Scalar(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn node(raw: &Spanned<Raw>, code: &Code, text: &str) -> Node {
    let inside = span_in(&raw.referenced, text);
    let mut span = code.source_span(inside);
    let data = match &raw.value {
        Raw::Null => Data::Null,
        Raw::Bool(value) => Data::Bool(*value, word(*value, inside, text)),
        Raw::Scalar(value) => Data::Scalar(as_written(value, inside, text)),
        Raw::List(items) => {
            let items: Vec<Node> = items.iter().map(|item| node(item, code, text)).collect();
            span.end = items.last().map_or(span.end, |last| span.end.max(last.span.end));
            Data::List(items)
        }
        Raw::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| {
                    let place = code.source_span(span_in(&key.referenced, text));
                    (Located::new(key.value.clone(), place), node(value, code, text))
                })
                .collect();
            span.end = entries.last().map_or(span.end, |(key, last)| span.end.max(key.span.end).max(last.span.end));
            Data::Map(entries)
        }
    };
    Node { data, span }
}

/// Returns how true or false was written.
fn word(value: bool, span: Span, text: &str) -> String {
    let written = text.get(span.start..span.end).unwrap_or_default().trim();
    let plain = !written.is_empty() && written.chars().all(|next| next.is_ascii_alphabetic());
    if plain { written.to_owned() } else { value.to_string() }
}

/// A number is kept as its author wrote it; `value` then is only how the reader would print it.
fn as_written(value: &str, span: Span, text: &str) -> String {
    let written = text.get(span.start..span.end).unwrap_or_default().trim();
    let quoted = written.starts_with(['"', '\'']);
    let number = value.parse::<f64>().is_ok();
    let plain =
        !written.is_empty() && written.chars().all(|next| next.is_ascii_alphanumeric() || "+-._".contains(next));
    if number && plain && !quoted { written.to_owned() } else { value.to_owned() }
}

fn span_in(location: &Location, text: &str) -> Span {
    let span = location.span();
    let known = span.byte_offset().filter(|&offset| offset < u64::from(u32::MAX));
    let bytes = known.and_then(|offset| Some((usize::try_from(offset).ok()?, span.byte_len()?)));
    if let Some((start, length)) = bytes {
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(start.saturating_add(usize::try_from(length).unwrap_or(0)));
        let written = text.get(start..end).unwrap_or_default().trim_end();
        return Span::new(start, start + written.len());
    }
    let start = offset_of(location, text);
    let width = text.get(start..).and_then(|rest| rest.chars().next()).filter(|next| *next != '\n');
    Span::new(start, start + width.map_or(0, char::len_utf8))
}

/// Errors of the scanner know a line and a column only.
fn offset_of(location: &Location, text: &str) -> usize {
    let line = usize::try_from(location.line()).unwrap_or(1).max(1);
    let column = usize::try_from(location.column()).unwrap_or(1).max(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at)
}

fn unreadable(error: &Error, code: &Code) -> Unreadable {
    let error = error.without_snippet();
    let text = code.text();
    let inside = error.location().map_or(Span::new(0, 0), |location| span_in(&location, text));
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let message = message.split_once(", set DuplicateKeyPolicy").map_or(message, |(message, _)| message);
    let message = if message == "expected string scalar" { "a key must be text" } else { message };
    let line_start = text.get(..inside.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let help = if line.contains("{{") {
        Some("a value that begins with `{{` must stand in quotes")
    } else if message.contains("mapping values") {
        Some("put the value in quotes: a colon and a space begin a new key")
    } else if line.starts_with('\t') {
        Some("indent with spaces: YAML takes no tabs")
    } else {
        None
    };
    Unreadable { message: message.to_owned(), span: code.source_span(inside), help: help.map(str::to_owned) }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_owned()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Scalar(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        let mut code = Code::empty();
        code.push(text, 100);
        code
    }

    #[test]
    fn scalars_keep_their_text_and_place() {
        let root = read(&code("a: 1.20\nb: '007'\nc: 2026-01-02\n")).unwrap();
        let Data::Map(entries) = root.data else { panic!("a table") };
        let texts: Vec<_> = entries.iter().filter_map(|(_, node)| node.scalar()).collect();
        assert_eq!(texts, ["1.20", "007", "2026-01-02"]);
        assert_eq!(entries[1].1.span, Span::new(111, 116));
        assert_eq!(entries[1].0.span, Span::new(108, 109));
    }

    #[test]
    fn what_looks_true_or_false_keeps_its_text() {
        let root = read(&code("a: N\nb: on\nc: Yes\nd: true\ne: 'no'\n")).unwrap();
        let Data::Map(entries) = root.data else { panic!("a table") };
        let texts: Vec<_> = entries.iter().filter_map(|(_, node)| node.scalar()).collect();
        assert_eq!(texts, ["N", "on", "Yes", "true", "no"]);
        let truths: Vec<_> = entries.iter().map(|(_, node)| node.truth()).collect();
        assert_eq!(truths, [Some(false), Some(true), Some(true), Some(true), None]);
    }

    #[test]
    fn an_error_has_its_place_in_the_markdown_file() {
        let error = read(&code("é: x\na: b: c\n")).unwrap_err();
        assert_eq!(error.span, Span::new(110, 111));
        assert_eq!(error.message, "mapping values are not allowed in this context");
    }
}
