//! `${NAME}` in `http`, `promql` and object steps: filled with the quoting of the language around it, so that a value is
//! always one value, whatever characters it holds. `${NAME:-text}` takes the text where there is no value or an empty one;
//! `$${NAME}` stands for the text `${NAME}` itself.

use crate::model::Values;
use crate::plan;

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FillError {
    /// In plain words: lower case, no full stop.
    pub(crate) message: String,
    /// The byte of the text it is about.
    pub(crate) offset: usize,
}

/// A part of a text with variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Text as it is.
    Text(&'a str),
    /// `${NAME}` or `${NAME:-text}`: what is inside the braces, with the byte at which it stands.
    Variable(&'a str, usize),
}

/// Splits a text at its variables.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text[from..].find("${").map(|at| from + at) {
        let Some(name) = name(&text[at + 2..]) else {
            from = at + 2;
            continue;
        };
        let end = at + 2 + name.len() + 1;
        if at > start && text.as_bytes()[at - 1] == b'$' {
            parts.extend([Part::Text(&text[start..at - 1]), Part::Text(&text[at..end])]);
        } else {
            parts.extend([Part::Text(&text[start..at]), Part::Variable(name, at)]);
        }
        (start, from) = (end, end);
    }
    parts.push(Part::Text(&text[start..]));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

fn name(text: &str) -> Option<&str> {
    let inside = &text[..text.find('}')?];
    let name = inside.split_once(":-").map_or(inside, |(name, _)| name);
    let good = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    good.then_some(inside)
}

/// Returns the text with every variable filled in; `quote` is given what stands before it in the filled text, and the
/// value.
pub(crate) fn fill(
    text: &str,
    values: &Values,
    quote: &dyn Fn(&str, &str) -> Result<String, String>,
) -> Result<String, FillError> {
    let mut filled = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Variable(name, offset) => {
                let value = value(name, offset, values)?;
                let quoted = quote(&filled, value)
                    .map_err(|reason| FillError { message: format!("the value of `{name}` {reason}"), offset })?;
                filled.push_str(&quoted);
            }
        }
    }
    Ok(filled)
}

/// Returns the value of a variable; one without a value is an error, because the text would mean something else.
pub(crate) fn value<'a>(name: &'a str, offset: usize, values: &'a Values) -> Result<&'a str, FillError> {
    plan::meant(name, values).ok_or_else(|| FillError { message: format!("`{name}` has no value"), offset })
}

/// A URL: at its very beginning a value is the base URL, in the place of the host a host, behind it one segment or one
/// argument.
pub(crate) fn url(before: &str, value: &str) -> Result<String, String> {
    let after_scheme = before.split_once("://").map(|(_, rest)| rest);
    match after_scheme {
        None if before.is_empty() => {
            let whole = value.starts_with("http://") || value.starts_with("https://");
            let clean = !value.contains(|character: char| character.is_whitespace() || character.is_control());
            if whole && clean { Ok(value.to_owned()) } else { Err("is no base URL".to_owned()) }
        }
        Some(rest) if !rest.contains(['/', '?', '#']) => {
            let host = !value.is_empty()
                && value.chars().all(|character| character.is_ascii_alphanumeric() || "-.:[]_".contains(character));
            if host { Ok(value.to_owned()) } else { Err("is no host".to_owned()) }
        }
        _ => Ok(percent(value)),
    }
}

/// Returns a value as one segment or argument of a URL.
pub(crate) fn percent(value: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    value.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A header: as it is, on one line.
pub(crate) fn header(_: &str, value: &str) -> Result<String, String> {
    if value.contains(['\r', '\n', '\0']) { Err("has several lines".to_owned()) } else { Ok(value.to_owned()) }
}

/// JSON: inside a string escaped; elsewhere a number, `true`, `false` or `null` as it is, anything else as a string.
pub(crate) fn json(before: &str, value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    if in_quotes(before, &['"']).is_some() {
        return quoted[1..quoted.len() - 1].to_owned();
    }
    let scalar = serde_json::from_str::<serde_json::Value>(value)
        .is_ok_and(|value| value.is_number() || value.is_boolean() || value.is_null());
    if scalar { value.to_owned() } else { quoted }
}

/// PromQL: inside a string escaped; elsewhere a number, a duration or a name as it is, and nothing else.
pub(crate) fn promql(before: &str, value: &str) -> Result<String, String> {
    match in_quotes(before, &['"', '\'', '`']) {
        Some('`') if value.contains('`') => Err("holds a backtick, and stands in backticks".to_owned()),
        Some('`') => Ok(value.to_owned()),
        Some(quote) => Ok(value
            .chars()
            .map(|character| match character {
                '\\' => "\\\\".to_owned(),
                '\n' => "\\n".to_owned(),
                other if other == quote => format!("\\{other}"),
                other => other.to_string(),
            })
            .collect()),
        None => {
            let plain = !value.is_empty()
                && value.chars().all(|character| character.is_ascii_alphanumeric() || "_:.".contains(character));
            if plain {
                Ok(value.to_owned())
            } else {
                Err("is no number, duration or name; let it stand in quotes".to_owned())
            }
        }
    }
}

/// Returns the quotation mark that is open at the end of a text.
fn in_quotes(text: &str, marks: &[char]) -> Option<char> {
    let mut open = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match open {
            Some('`') if character == '`' => open = None,
            Some('`') => {}
            Some(_) if character == '\\' => {
                characters.next();
            }
            Some(mark) if character == mark => open = None,
            None if marks.contains(&character) => open = Some(character),
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Value, ValueOrigin};

    fn values(pairs: &[(&str, &str)]) -> Values {
        let value = |text: &str| Value { text: text.to_owned(), secret: false, origin: ValueOrigin::Flag };
        pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    fn filled(quote: &dyn Fn(&str, &str) -> Result<String, String>, text: &str, value: &str) -> Result<String, String> {
        fill(text, &values(&[("X", value)]), quote).map_err(|error| error.message)
    }

    #[test]
    fn a_value_in_a_url_stays_one_value() {
        assert_eq!(filled(&url, "${X}/health", "http://a:8080").as_deref(), Ok("http://a:8080/health"));
        assert_eq!(filled(&url, "http://${X}/health", "a.b:80").as_deref(), Ok("http://a.b:80/health"));
        assert_eq!(filled(&url, "http://a/${X}?q=1", "b/../c?d").as_deref(), Ok("http://a/b%2F..%2Fc%3Fd?q=1"));
        assert_eq!(filled(&url, "http://a/?q=${X}", "1&r=é").as_deref(), Ok("http://a/?q=1%26r%3D%C3%A9"));
        assert_eq!(filled(&url, "http://${X}/", "a/b@c").unwrap_err(), "the value of `X` is no host");
        assert_eq!(filled(&url, "${X}/", "file:///etc").unwrap_err(), "the value of `X` is no base URL");
    }

    #[test]
    fn a_value_in_json_stays_one_value() {
        let json = |before: &str, value: &str| Ok(super::json(before, value));
        assert_eq!(filled(&json, r#"{"a": "x${X}"}"#, "\"},\n").as_deref(), Ok(r#"{"a": "x\"},\n"}"#));
        assert_eq!(filled(&json, r#"{"a": ${X}}"#, "3").as_deref(), Ok(r#"{"a": 3}"#));
        assert_eq!(filled(&json, r#"{"a": ${X}}"#, "3, \"b\": 4").as_deref(), Ok(r#"{"a": "3, \"b\": 4"}"#));
        assert_eq!(filled(&json, r#"{"\"": ${X}}"#, "x").as_deref(), Ok(r#"{"\"": "x"}"#));
    }

    #[test]
    fn a_value_in_promql_stays_one_value() {
        assert_eq!(filled(&promql, r#"up{job="${X}"}"#, "a\"b\\").as_deref(), Ok(r#"up{job="a\"b\\"}"#));
        assert_eq!(filled(&promql, "rate(a[${X}])", "5m").as_deref(), Ok("rate(a[5m])"));
        assert!(filled(&promql, "rate(a[${X}])", "5m]) or b").is_err());
    }

    #[test]
    fn a_header_has_one_line() {
        assert_eq!(filled(&header, "Bearer ${X}", "a b").as_deref(), Ok("Bearer a b"));
        assert!(filled(&header, "Bearer ${X}", "a\r\nX-Evil: 1").is_err());
    }

    #[test]
    fn a_variable_without_a_value_is_an_error_with_its_place() {
        let error = fill("a ${NOPE}", &Values::new(), &header).unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), ("`NOPE` has no value", 2));
    }

    #[test]
    fn what_is_no_variable_is_left_alone() {
        assert_eq!(filled(&header, "$X ${x-y} $${X} ${ ${X}", "v").as_deref(), Ok("$X ${x-y} ${X} ${ v"));
    }

    #[test]
    fn a_text_is_taken_where_there_is_no_value_or_an_empty_one() {
        for (value, expected) in [("v", "a/v/none"), ("", "a/instead/none")] {
            assert_eq!(filled(&header, "a/${X:-instead}/${NOPE:-none}", value).as_deref(), Ok(expected));
        }
    }
}
