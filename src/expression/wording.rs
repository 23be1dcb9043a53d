//! Plain words for what CEL complains of: a parser's `mismatched input '<EOF>' expecting {…}` helps nobody at three in
//! the morning.

use cel::{ExecutionError, ParseErrors};

use super::{ExpressionError, Trouble};

/// Words for an expression that is not well formed.
pub(super) fn of_syntax(text: &str, errors: &ParseErrors) -> ExpressionError {
    if text.trim().is_empty() {
        return ExpressionError::new("the expression is empty");
    }
    let Some(first) = errors.errors.first() else { return ExpressionError::new("the expression cannot be read") };
    let offset = offset(text, first.pos);
    let (message, mut help) =
        words(first.msg.trim_start_matches("Syntax error: ").trim_start_matches("syntax error: "));
    help = single_equals(text, offset).or_else(|| word_operator(text)).or(help);
    ExpressionError { message, offset, help }
}

/// Returns the byte of a line and a column, both from 1, as the parser counts them.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or_default();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(column - 1).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(byte, _)| byte)
}

fn words(message: &str) -> (String, Option<String>) {
    let quoted = || {
        let start = message.find('\'')? + 1;
        let end = message[start..].find("' expecting").or_else(|| message[start..].rfind('\''))?;
        message.get(start..start + end)
    };
    let here = quoted().unwrap_or_default().trim();
    if here == "<EOF>" || message.contains("at '<EOF>'") || message.contains("at input '<EOF>'") {
        return (
            "the expression ends too early".to_owned(),
            Some("is a value, a quote or a bracket missing?".to_owned()),
        );
    }
    let said = if message.starts_with("token recognition error") {
        format!("`{here}` cannot be read here")
    } else if message.starts_with("mismatched input")
        || message.starts_with("extraneous input")
        || message.starts_with("no viable alternative")
    {
        format!("`{here}` is not expected here")
    } else if let Some((what, _)) = message.strip_prefix("missing '").and_then(|rest| rest.split_once('\'')) {
        format!("`{what}` is missing here")
    } else {
        let line = message.lines().next().unwrap_or("the expression cannot be read").trim().trim_end_matches('.');
        let mut characters = line.chars();
        characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
    };
    (said, None)
}

/// `a = b` is what a hand writes that knows SQL.
fn single_equals(text: &str, offset: usize) -> Option<String> {
    let near = text.get(..offset)?.len().saturating_sub(1)..(offset + 1).min(text.len());
    let bytes = text.as_bytes();
    near.into_iter()
        .any(|at| bytes.get(at) == Some(&b'=') && bytes.get(at + 1) != Some(&b'=') && !before_equals(bytes, at))
        .then(|| "`==` compares".to_owned())
}

fn before_equals(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|before| b"=!<>".contains(before))
}

fn word_operator(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find_map(|word| match word {
        "and" | "&" => Some("write `&&` for and".to_owned()),
        "or" | "|" => Some("write `||` for or".to_owned()),
        "not" => Some("write `!` for not".to_owned()),
        _ => None,
    })
}

/// Words for an expression that has no value. `missing` is what is known to be missing of what it speaks of.
pub(super) fn of_execution(error: &ExecutionError, missing: Option<String>) -> Trouble {
    match error {
        ExecutionError::NoSuchKey(key) => Trouble::World(missing.unwrap_or_else(|| format!("there is no `{key}`"))),
        ExecutionError::IndexOutOfBounds(_) => {
            Trouble::World(missing.unwrap_or_else(|| "the list has no such element".to_owned()))
        }
        ExecutionError::NoSuchOverload(overload) => {
            Trouble::World(missing.unwrap_or_else(|| overloaded(overload.function(), overload.argument_types())))
        }
        ExecutionError::UndeclaredReference(name) => {
            Trouble::Text(ExpressionError::new(format!("there is nothing called `{name}`")))
        }
        ExecutionError::FunctionError { function, message } => Trouble::World(format!("`{function}`: {message}")),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            Trouble::World("it divides by zero".to_owned())
        }
        other => Trouble::World(missing.unwrap_or_else(|| lower(&other.to_string()))),
    }
}

fn overloaded(function: &str, types: &[String]) -> String {
    let operator = function.replace('_', "").replace("@in", "in");
    match types {
        [one, other] if function.starts_with('_') || function.starts_with('@') => {
            let way_out = match (one.as_str(), other.as_str()) {
                ("double" | "int" | "uint", "string") | ("string", "double" | "int" | "uint") => {
                    " (`double(…)` makes a number of a string)"
                }
                ("google.protobuf.Duration" | "duration", _) | (_, "google.protobuf.Duration" | "duration") => {
                    " (write a length of time as `duration(\"2s\")`)"
                }
                _ => "",
            };
            format!("`{operator}` cannot be used between {one} and {other}{way_out}")
        }
        types => format!("`{operator}` cannot be used on {}", types.join(", ")),
    }
}

fn lower(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
