//! HTTP requests and answers in the text form of RFC 9112.

use super::Class;
use super::data::{json, text_with_variables};
use super::painter::Canvas;

/// Colours the request or status line, the headers, and a JSON body.
pub(super) fn message(painter: &mut impl Canvas, code: &str) {
    let (head, body) = match code.find("\n\n") {
        Some(at) => code.split_at(at + 1),
        None => (code, ""),
    };
    for (number, line) in head.split_inclusive('\n').enumerate() {
        if number == 0 {
            start_line(painter, line);
        } else if let Some((name, value)) = line.split_once(':') {
            painter.put(Class::Key, name);
            painter.plain(":");
            text_with_variables(painter, value);
        } else {
            text_with_variables(painter, line);
        }
    }
    if body.trim_start().starts_with(['{', '[']) {
        json(painter, body);
    } else {
        text_with_variables(painter, body);
    }
}

fn start_line(painter: &mut impl Canvas, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if word.starts_with("HTTP/") {
        painter.plain(word);
        painter.plain(&line[word.len()..word.len() + usize::from(!rest.is_empty())]);
        painter.put(Class::Number, rest);
    } else if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        painter.put(Class::Keyword, word);
        text_with_variables(painter, &line[word.len()..]);
    } else {
        text_with_variables(painter, line);
    }
}
