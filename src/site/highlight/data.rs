//! YAML, JSON, INI and diffs.

use super::Class;
use super::painter::Canvas;

/// Colours YAML line by line; a `{{ template }}` is a variable wherever it stands.
pub(super) fn yaml(painter: &mut impl Canvas, code: &str) {
    let mut block: Option<usize> = None;
    for line in code.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let blank = line.trim().is_empty();
        if block.is_some_and(|outer| blank || indent > outer) {
            text_with_variables(painter, line);
            continue;
        }
        block = None;
        if yaml_line(painter, line, indent) {
            block = Some(indent);
        }
    }
}

/// Colours one line; returns whether a block scalar begins below it.
fn yaml_line(painter: &mut impl Canvas, line: &str, indent: usize) -> bool {
    painter.plain(&line[..indent]);
    let mut rest = &line[indent..];
    if rest.starts_with("---") || rest.starts_with("...") {
        painter.put(Class::Comment, rest.trim_end());
        painter.plain(&rest[rest.trim_end().len()..]);
        return false;
    }
    while let Some(item) = rest.strip_prefix("- ") {
        painter.plain("- ");
        rest = item;
    }
    if let Some(end) = key_end(rest) {
        painter.put(Class::Key, &rest[..end]);
        painter.plain(":");
        rest = &rest[end + 1..];
    }
    yaml_value(painter, rest);
    let value = rest.trim_end();
    let scalar = value.trim_start();
    matches!(scalar.as_bytes(), [b'|' | b'>', ..]) && scalar.len() <= 3
}

/// Returns where the key of a line ends, if it begins with one.
fn key_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let start = match bytes.first()? {
        quote @ (b'"' | b'\'') => 2 + bytes[1..].iter().position(|byte| byte == quote)?,
        b'#' | b'{' | b'[' | b'&' | b'*' | b'!' | b'|' | b'>' => return None,
        _ => 0,
    };
    let end = start + text[start..].find(':')?;
    let sound = bytes.get(end + 1).is_none_or(u8::is_ascii_whitespace) && !text[..end].contains(" #");
    sound.then_some(end)
}

fn yaml_value(painter: &mut impl Canvas, value: &str) {
    let bytes = value.as_bytes();
    let mut at = 0;
    let mut word = 0;
    while at < bytes.len() {
        let comment = bytes[at] == b'#' && (at == 0 || bytes[at - 1].is_ascii_whitespace());
        match bytes[at] {
            b'#' if comment => {
                scalar(painter, &value[word..at]);
                let end = value.trim_end_matches('\n').len();
                painter.put(Class::Comment, &value[at..end]);
                painter.plain(&value[end..]);
                return;
            }
            quote @ (b'"' | b'\'') if value[word..at].trim().is_empty() => {
                painter.plain(&value[word..at]);
                let end = string_end(bytes, at, quote);
                let flow_key = bytes.get(end) == Some(&b':');
                if flow_key {
                    painter.put(Class::Key, &value[at..end]);
                } else {
                    quoted(painter, &value[at..end]);
                }
                at = end;
                word = end;
            }
            b'$' => at = super::shell::variable_end(value, at).unwrap_or(at + 1),
            b',' | b'[' | b']' | b'{' | b'}' if !value[word..].trim_start().starts_with("{{") => {
                scalar(painter, &value[word..at]);
                painter.plain(&value[at..=at]);
                at += 1;
                word = at;
            }
            _ => at += 1,
        }
    }
    scalar(painter, &value[word..]);
}

/// Colours a plain scalar with the spaces around it.
fn scalar(painter: &mut impl Canvas, text: &str) {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    painter.plain(&text[..start]);
    match trimmed {
        "" => {}
        "true" | "false" | "null" | "~" | "yes" | "no" | "on" | "off" => painter.put(Class::Keyword, trimmed),
        _ if is_number(trimmed) => painter.put(Class::Number, trimmed),
        _ if trimmed.starts_with(['&', '*', '!']) => painter.put(Class::Keyword, trimmed),
        _ => text_with_variables(painter, trimmed),
    }
    painter.plain(&text[start + trimmed.len()..]);
}

fn is_number(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().enumerate().all(|(at, byte)| match byte {
            b'0'..=b'9' | b'.' | b'_' | b':' | b'%' => true,
            b'-' | b'+' => at == 0 || at == 4 || at == 7,
            b'T' | b'Z' | b'e' | b'E' | b'x' => at > 0,
            _ => false,
        })
}

/// Colours `${NAME}`, `{{ template }}` and `<placeholder>` in a text.
pub(super) fn text_with_variables(painter: &mut impl Canvas, text: &str) {
    with_variables(painter, text, None);
}

/// Colours the same in a quoted text.
pub(super) fn quoted(painter: &mut impl Canvas, text: &str) {
    with_variables(painter, text, Some(Class::Text));
}

fn put_or_plain(painter: &mut impl Canvas, class: Option<Class>, text: &str) {
    match class {
        Some(class) => painter.put(class, text),
        None => painter.plain(text),
    }
}

fn with_variables(painter: &mut impl Canvas, text: &str, class: Option<Class>) {
    let mut done = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find(['$', '{', '<']).map(|found| from + found) {
        let (found, end) = if let Some(end) = super::shell::variable_end(text, at) {
            (Class::Variable, end)
        } else if let Some(end) = text[at..].strip_prefix("{{").and_then(|rest| rest.find("}}")) {
            (Class::Variable, at + end + 4)
        } else if let Some(end) = super::shell::placeholder_end(text, at) {
            (Class::Placeholder, end)
        } else {
            from = at + 1;
            continue;
        };
        put_or_plain(painter, class, &text[done..at]);
        painter.put(found, &text[at..end]);
        done = end;
        from = end;
    }
    put_or_plain(painter, class, &text[done..]);
}

/// Returns the end of a quoted text that begins at `start`, its closing quote included.
pub(super) fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Colours JSON, with comments.
pub(super) fn json(painter: &mut impl Canvas, code: &str) {
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at, b'"');
                if code[at..].trim_start().starts_with(':') {
                    painter.put(Class::Key, &code[start..at]);
                } else {
                    quoted(painter, &code[start..at]);
                }
            }
            b'0'..=b'9' | b'-' => {
                at +=
                    bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
                painter.put(Class::Number, &code[start..at]);
            }
            b'a'..=b'z' => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
                match &code[start..at] {
                    word @ ("true" | "false" | "null") => painter.put(Class::Keyword, word),
                    word => painter.plain(word),
                }
            }
            b'/' if code[at..].starts_with("//") => {
                at += code[at..].find('\n').unwrap_or(code.len() - at);
                painter.put(Class::Comment, &code[start..at]);
            }
            b'<' | b'$' | b'{' => {
                let end = super::shell::placeholder_end(code, at).or_else(|| super::shell::variable_end(code, at));
                at = end.unwrap_or(at + 1);
                match end {
                    Some(end) => painter.put(Class::Placeholder, &code[start..end]),
                    None => painter.plain(&code[start..at]),
                }
            }
            _ => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| !b"\"-/<${".contains(byte) && !byte.is_ascii_alphanumeric())
                    .count()
                    .max(1);
                at = code.ceil_char_boundary(at);
                painter.plain(&code[start..at]);
            }
        }
    }
}

/// Colours a diff by lines.
pub(super) fn diff(painter: &mut impl Canvas, code: &str) {
    for line in code.split_inclusive('\n') {
        let class = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', b'i', b'f', b'f', ..] => Class::Comment,
            [b'@', b'@', ..] => Class::Keyword,
            [b'+', ..] => Class::Inserted,
            [b'-', ..] => Class::Deleted,
            _ => {
                painter.plain(line);
                continue;
            }
        };
        painter.put(class, line);
    }
}

/// Colours INI, TOML, properties and environment files.
pub(super) fn ini(painter: &mut impl Canvas, code: &str) {
    for line in code.split_inclusive('\n') {
        let text = line.trim_start();
        painter.plain(&line[..line.len() - text.len()]);
        if text.starts_with(['#', ';']) {
            painter.put(Class::Comment, text);
        } else if text.starts_with('[') {
            painter.put(Class::Keyword, text);
        } else if let Some(equals) = text.find('=') {
            painter.put(Class::Key, text[..equals].trim_end());
            painter.plain(&text[text[..equals].trim_end().len()..=equals]);
            yaml_value(painter, &text[equals + 1..]);
        } else {
            text_with_variables(painter, text);
        }
    }
}
