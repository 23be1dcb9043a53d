//! Expected and actual output, compared as the author asked. There is no similarity score.

mod lines;
pub(crate) mod subset;
mod table;
mod window;

use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use crate::model::Comparison;

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// It is as documented.
    Same,
    /// It is not.
    Different(Difference),
    /// What was expected cannot be compared with anything: the text must be mended.
    Unusable(String),
}

/// How two outputs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In one line: lower case, no full stop.
    pub message: String,
    /// What was expected, near the first difference. What matched a wildcard stands here as it came, so that a plain
    /// diff of the two texts shows what differs and nothing else.
    pub expected: String,
    /// What came, near the first difference.
    pub actual: String,
}

/// Compares what came with what was expected.
pub fn compare(comparison: Comparison, expected: &str, actual: &str) -> Compared {
    match comparison {
        Comparison::Lines => lines::compare(&clean(expected), &clean(actual)),
        Comparison::Exact => exact(expected, actual),
        Comparison::Regex => regex(&clean(expected), &clean(actual)),
        Comparison::Contains => contains(&clean(expected), &clean(actual)),
        Comparison::Json => data(&clean(expected), &clean(actual), "JSON", &parse_json),
        Comparison::Yaml => data(&clean(expected), &clean(actual), "YAML", &parse_yaml),
        Comparison::Table => table::compare(&clean(expected), &clean(actual)),
    }
}

/// Returns a diff of two texts: `-` is what was expected, `+` is what came.
pub fn diff(expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        format!("{sign} {}\n", change.value().trim_end_matches('\n'))
    });
    lines.collect()
}

/// Returns a text as a terminal shows it: no colours, no carriage returns, no blanks at the ends of lines, and no blank
/// lines at its end.
fn clean(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let mut clean = String::with_capacity(plain.len());
    for line in plain.lines() {
        let line = line.trim_end();
        // What stands before a carriage return was written over, as progress bars do.
        clean.push_str(line.rsplit('\r').next().unwrap_or(line));
        clean.push('\n');
    }
    clean.truncate(clean.trim_end_matches('\n').len());
    clean
}

fn different(message: impl Into<String>, expected: &str, actual: &str) -> Compared {
    let (expected, actual) = window::around_difference(expected, actual);
    Compared::Different(Difference { message: message.into(), expected, actual })
}

fn exact(expected: &str, actual: &str) -> Compared {
    let expected = expected.strip_suffix('\n').unwrap_or(expected);
    let actual = actual.strip_suffix('\n').unwrap_or(actual);
    if expected == actual {
        return Compared::Same;
    }
    different("the output is not exactly as documented", expected, actual)
}

fn regex(expected: &str, actual: &str) -> Compared {
    match regex::Regex::new(&format!(r"\A(?:{expected})\z")) {
        Err(_) => match regex::Regex::new(expected) {
            Err(error) => Compared::Unusable(format!("not a regular expression: {}", last_line(&error.to_string()))),
            Ok(_) => Compared::Unusable("not a regular expression that can match a whole output".to_owned()),
        },
        Ok(regex) if regex.is_match(actual) => Compared::Same,
        Ok(_) => different("the output does not match the regular expression", expected, actual),
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}

fn contains(expected: &str, actual: &str) -> Compared {
    if actual.contains(expected) {
        return Compared::Same;
    }
    different("the output does not contain what is documented", expected, actual)
}

fn data(expected: &str, actual: &str, language: &str, parse: &dyn Fn(&str) -> Result<Json, String>) -> Compared {
    let wanted = match parse(expected) {
        Ok(wanted) => wanted,
        Err(error) => return Compared::Unusable(format!("what is expected is not {language}: {error}")),
    };
    let found = match parse(actual) {
        Ok(found) => found,
        Err(error) => return different(format!("the output is not {language}: {error}"), expected, actual),
    };
    let differences = subset::differences(&wanted, &found);
    let Some(first) = differences.first() else { return Compared::Same };
    let more = match differences.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Compared::Different(Difference {
        message: format!("{first}{more}"),
        expected: differences.iter().map(subset::Difference::expected_line).collect(),
        actual: differences.iter().map(subset::Difference::found_line).collect(),
    })
}

fn parse_json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn parse_yaml(text: &str) -> Result<Json, String> {
    let documents = yaml_documents(text)?;
    match <[Json; 1]>::try_from(documents) {
        Ok([document]) => Ok(document),
        Err(documents) => Ok(Json::Array(documents)),
    }
}

/// Reads a YAML text of one or several documents; empty documents are left out.
pub(crate) fn yaml_documents(text: &str) -> Result<Vec<Json>, String> {
    let documents: Vec<Json> = serde_saphyr::from_multiple(text)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

#[cfg(test)]
mod tests;
