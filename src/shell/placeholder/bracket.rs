//! `{pod}`, `[pod-name]` and `{{ namespace }}`: rarely meant as they stand, so each has narrow rules.

use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::regions::{Region, Regions};

/// Words that people put in brackets for what the reader should put there.
const NOUNS: &[&str] = &[
    "pod",
    "pods",
    "name",
    "namespace",
    "node",
    "container",
    "service",
    "deployment",
    "ip",
    "host",
    "hostname",
    "user",
    "username",
    "password",
    "token",
    "cluster",
    "region",
    "bucket",
    "id",
    "file",
    "filename",
    "path",
    "version",
    "database",
    "table",
    "url",
    "port",
    "project",
    "options",
    "flags",
    "command",
    "args",
    "release",
    "chart",
    "instance",
    "zone",
    "key",
    "value",
    "tag",
    "image",
    "topic",
    "queue",
    "environment",
    "env",
    "account",
    "role",
    "group",
    "context",
    "secret",
];

/// Words that templates are made of.
const TEMPLATE_WORDS: &[&str] = &[
    "end", "else", "range", "if", "with", "break", "continue", "json", "nil", "true", "false", "table", "println",
    "printf", "print", "next", "exit", "template", "define", "block", "len", "now",
];

static BRACES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{([A-Za-z][A-Za-z0-9_. -]{0,60})\}").ok());
static DOUBLE_BRACES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{ ?([A-Za-z][A-Za-z0-9_-]{1,60}) ?\}\}").ok());
static BRACKETS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[([A-Za-z][A-Za-z0-9_-]{0,60}(?: [A-Za-z0-9_-]{1,30}){0,8})\]").ok());

/// Finds placeholders in braces and brackets.
pub(super) fn find(text: &str, regions: &Regions) -> Vec<Found> {
    let mut found = Vec::new();
    if !text.contains(['{', '[']) {
        return found;
    }
    each(&BRACES, text, |whole, inner| {
        if in_braces(text, regions, whole, inner) {
            found.push(Found::certain(whole.0, whole.1));
        }
    });
    each(&DOUBLE_BRACES, text, |whole, inner| {
        if in_double_braces(text, regions, whole, inner) {
            found.push(Found::certain(whole.0, whole.1));
        }
    });
    each(&BRACKETS, text, |whole, inner| found.extend(in_brackets(text, regions, whole, inner)));
    found
}

fn each(regex: &LazyLock<Option<Regex>>, text: &str, mut take: impl FnMut((usize, usize), &str)) {
    for captures in regex.iter().flat_map(|regex| regex.captures_iter(text)) {
        if let (Some(whole), Some(inner)) = (captures.get(0), captures.get(1)) {
            take((whole.start(), whole.end()), inner.as_str());
        }
    }
}

fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// Returns the line up to `at`, as far as it matters.
fn line_before(text: &str, at: usize) -> &str {
    let from = text.floor_char_boundary(at.saturating_sub(200));
    let head = text.get(from..at).unwrap_or_default();
    head.rsplit('\n').next().unwrap_or_default()
}

/// Returns whether the word at `at` is a template, for which braces have another meaning.
fn in_template(text: &str, at: usize) -> bool {
    let line = line_before(text, at);
    ["template", "format", "jsonpath", "custom-columns", "jinja", "awk", "jq", "-o "]
        .iter()
        .any(|word| line.contains(word))
}

/// `{pod}` as an argument, or as a part of a path or URL. `${x}`, `@{x}`, `%{x}`, `{{x}}`, `-I{x}` and awk's `{print}` are something else.
fn in_braces(text: &str, regions: &Regions, (start, end): (usize, usize), inner: &str) -> bool {
    let (previous, next) = (before(text, start), after(text, end));
    let taken =
        matches!(previous, Some('$' | '@' | '{' | '%' | '#' | '\\')) || matches!(next, Some('}' | '<' | '>' | '('));
    let spoken = inner.ends_with(' ') || TEMPLATE_WORDS.contains(&inner.split(['.', ' ']).next().unwrap_or_default());
    let line = line_before(text, start);
    let replaces = text.contains(&format!("-I{{{inner}}}")) || text.contains(&format!("-I {{{inner}}}"));
    if taken
        || spoken
        || replaces
        || in_template(text, start)
        || line.rfind("${").is_some_and(|at| !line[at..].contains('}'))
    {
        return false;
    }
    match regions.stretch(start) {
        None => !inner.contains(' ') || previous.is_none_or(char::is_whitespace),
        Some((_, _, Region::Comment | Region::HereDocument)) => false,
        Some((from, to, _)) => {
            let string = text.get(from..to).unwrap_or_default();
            let path = previous.is_some_and(|c| "/-=:.".contains(c)) || next.is_some_and(|c| "/-.:".contains(c));
            let whole = start == from + 1 && end + 1 == to;
            !string.contains([' ', '"', ',']) && path
                || (whole && NOUNS.contains(&last_noun(inner).as_str()))
                || path && string.contains("://") && !inner.contains(' ')
        }
    }
}

/// `{{ namespace }}` for a template engine that nobody runs here.
fn in_double_braces(text: &str, regions: &Regions, (start, end): (usize, usize), inner: &str) -> bool {
    let quoted_template = regions.stretch(start).is_some_and(|(from, to, region)| {
        region == Region::Comment
            || text.get(from..to).is_some_and(|string| string.contains("{{.") || string.contains("{{range"))
    });
    let sides = before(text, start) == Some('{') || after(text, end) == Some('}');
    !sides && !quoted_template && !TEMPLATE_WORDS.contains(&inner) && !in_template(text, start)
}

/// `[pod-name]` as a whole argument or as a value; never a class of characters such as `[a-z]`.
fn in_brackets(text: &str, regions: &Regions, (start, end): (usize, usize), inner: &str) -> Option<Found> {
    let (previous, next) = (before(text, start), after(text, end));
    let stretch = regions.stretch(start);
    let words = inner.split(['-', '_', ' ']).filter(|word| !word.is_empty()).count();
    let known = NOUNS.contains(&last_noun(inner).as_str());
    let many = words >= 2 && inner.split(['-', '_', ' ']).all(|word| word.len() >= 2);
    if !known || in_template(text, start) {
        return None;
    }
    match stretch {
        None => {
            let opens = previous.is_some_and(|c| c.is_whitespace() || "=/:@".contains(c));
            let closes = next.is_none_or(|c| c.is_whitespace() || "/:;|".contains(c));
            let after_bracket = line_before(text, start).trim_end().ends_with('[');
            (opens && closes && !after_bracket && first_is_command(text, start)).then(|| Found::certain(start, end))
        }
        Some((from, to, Region::Single | Region::Double)) => {
            let whole = start == from + 1 && end + 1 == to;
            (whole && many).then(|| Found::weak(start, end))
        }
        Some(_) => None,
    }
}

/// Returns the last word of a name, lower-cased: `name` of `Pod-Name`.
fn last_noun(inner: &str) -> String {
    inner.rsplit(['-', '_', ' ']).next().unwrap_or_default().to_lowercase()
}

/// A bracket opens an argument only where a command stands before it: `[INFO] …` opens a line of output.
fn first_is_command(text: &str, start: usize) -> bool {
    !line_before(text, start).trim().is_empty()
}
