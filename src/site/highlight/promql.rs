//! Prometheus queries.

use super::Class;
use super::data::{quoted, string_end};
use super::painter::Canvas;

const WORDS: [&str; 13] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "offset",
    "bool",
    "and",
    "or",
    "unless",
    "inf",
    "nan",
];

/// Colours a query: functions, labels, ranges, texts and numbers.
pub(super) fn query(painter: &mut impl Canvas, code: &str) {
    let bytes = code.as_bytes();
    let mut at = 0;
    let mut in_labels = false;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'#' => {
                at += code[at..].find('\n').unwrap_or(code.len() - at);
                painter.put(Class::Comment, &code[start..at]);
            }
            quote @ (b'"' | b'\'' | b'`') => {
                at = string_end(bytes, at, quote);
                quoted(painter, &code[start..at]);
            }
            b'0'..=b'9' => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
                painter.put(Class::Number, &code[start..at]);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                at +=
                    bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(byte)).count();
                word(painter, &code[start..at], &code[at..], in_labels);
            }
            b'$' | b'<' => {
                let end = super::shell::variable_end(code, at).or_else(|| super::shell::placeholder_end(code, at));
                at = end.unwrap_or(at + 1);
                match end {
                    Some(end) => painter.put(Class::Variable, &code[start..end]),
                    None => painter.plain(&code[start..at]),
                }
            }
            byte => {
                in_labels = byte == b'{' || in_labels && byte != b'}';
                at = code.ceil_char_boundary(at + 1);
                painter.plain(&code[start..at]);
            }
        }
    }
}

fn word(painter: &mut impl Canvas, word: &str, after: &str, in_labels: bool) {
    if in_labels {
        painter.put(Class::Key, word);
    } else if WORDS.contains(&word.to_ascii_lowercase().as_str()) {
        painter.put(Class::Keyword, word);
    } else if after.trim_start().starts_with('(') {
        painter.put(Class::Function, word);
    } else {
        painter.plain(word);
    }
}
