//! `<pod-name>`: a placeholder, unless it is a redirection, markup, a comparison, a type or an address.

use std::collections::HashSet;

use super::Found;
use super::regions::{Region, Regions};

/// No placeholder is longer; what is, is two comparisons.
const LONGEST: usize = 120;

/// Elements that are markup wherever they are quoted, with or without an end tag.
const ELEMENTS: &[&str] = &[
    "html", "head", "div", "span", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "tr", "td", "th",
    "thead", "tbody", "em", "strong", "img", "script", "style", "meta", "pre", "iframe", "svg", "title", "body",
    "doctype", "xml",
];

/// What kubectl and its kin print; quoted, it is something to look for.
const PRINTED: &[&str] = &["none", "unknown", "nil", "null", "pending", "invalid", "unset", "no value", "error"];

/// What stands between the angle brackets and around them.
struct Candidate<'a> {
    inner: &'a str,
    before: Option<char>,
    after: Option<char>,
    /// The text behind the closing bracket.
    following: &'a str,
    /// The word up to the opening bracket.
    head: &'a str,
    region: Region,
    closing_tags: &'a HashSet<&'a str>,
}

/// Finds placeholders in angle brackets.
pub(super) fn find(text: &str, regions: &Regions) -> Vec<Found> {
    if !text.contains('<') {
        return Vec::new();
    }
    let closing_tags = closing_tags(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('<')).map(|offset| at + offset) {
        at = start + 1;
        if regions.at(start) == Region::Comment {
            continue;
        }
        if let Some(end) = doubled(text, start, regions) {
            found.push(Found::certain(start, end));
            at = end;
            continue;
        }
        let Some(length) = inner_length(text, start + 1) else { continue };
        let close = start + 1 + length;
        let candidate = Candidate {
            inner: text.get(start + 1..close).unwrap_or_default(),
            before: text.get(..start).and_then(|head| head.chars().next_back()),
            after: text.get(close + 1..).and_then(|tail| tail.chars().next()),
            following: text.get(close + 1..).unwrap_or_default(),
            head: head(text, start),
            region: regions.at(start),
            closing_tags: &closing_tags,
        };
        if let Some((extra_before, extra_after)) = candidate.judge() {
            found.push(Found::certain(start - extra_before, close + 1 + extra_after));
            at = close + 1;
        }
    }
    found
}

/// Returns the length of the text up to the closing bracket on the same line.
fn inner_length(text: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    let length = rest.iter().take(LONGEST).position(|byte| matches!(byte, b'<' | b'>' | b'\n'))?;
    (rest.get(length) == Some(&b'>') && length > 0).then_some(length)
}

/// `<<name>>`, if it is not a here-document that appends to a file.
fn doubled(text: &str, start: usize, regions: &Regions) -> Option<usize> {
    let rest = text.get(start..)?.strip_prefix("<<")?;
    let length = rest.find(|c: char| !(c.is_alphanumeric() || "_- .".contains(c))).filter(|&length| length > 0)?;
    let inner = rest.get(..length)?;
    let after = rest.get(length..)?.strip_prefix(">>")?;
    let lone = !inner.starts_with([' ', '-']) && !inner.ends_with(' ');
    let bounded = after.chars().next().is_none_or(|next| next.is_whitespace() || "\"'/.:,;".contains(next));
    (lone && bounded && !regions.is_delimiter(inner)).then_some(start + length + 4)
}

/// Returns the word before a byte, as far as it may be part of a type or a comparison.
fn head(text: &str, start: usize) -> &str {
    let before = text.get(text.floor_char_boundary(start.saturating_sub(40))..start).unwrap_or_default();
    let from = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
    before.get(from..).unwrap_or_default()
}

/// Returns the names in `</name>`.
fn closing_tags(text: &str) -> HashSet<&str> {
    text.match_indices("</")
        .filter_map(|(at, _)| {
            let rest = text.get(at + 2..)?;
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.:".contains(c)))?;
            rest.get(end..)?.trim_start_matches(' ').starts_with('>').then(|| rest.get(..end)).flatten()
        })
        .collect()
}

impl Candidate<'_> {
    /// Returns how many bytes before and behind the brackets belong to the placeholder, if it is one.
    fn judge(&self) -> Option<(usize, usize)> {
        if self.region == Region::Plain && self.before == Some('\\') {
            // `\<pod\>`: escaped for Markdown, which does not do that in code.
            let word = self.inner.strip_suffix('\\')?;
            return is_name(word).then_some((1, 0));
        }
        let good = self.opens_well()
            && self.reads_like_a_name()
            && !self.is_redirection()
            && !self.is_comparison()
            && !self.is_markup()
            && !self.is_type()
            && !self.is_address();
        good.then_some((0, 0))
    }

    /// `<<`, `(?<name>…)`, `\<word\>`, `<(`, `< file`, `</b>`, `<!--`, `<?xml` open something else.
    fn opens_well(&self) -> bool {
        let first = self.inner.chars().next().unwrap_or(' ');
        let quoted = self.region != Region::Plain;
        let group = quoted && (self.before == Some('?') || self.head == "P");
        !matches!(self.before, Some('<' | '\\')) && !group && (first.is_alphanumeric() || "_.$…*[".contains(first))
    }

    fn reads_like_a_name(&self) -> bool {
        let inner = self.inner;
        let dots = inner == "..." || inner == "…";
        let first = inner.chars().next().unwrap_or(' ');
        let variable = first == '$' && is_name(&inner[1..]);
        let optional = first == '[' && inner.ends_with(']');
        if "$*[.".contains(first) && !dots && !variable && !optional {
            return false;
        }
        let odd = inner.chars().any(|c| matches!(c, ';' | '`' | '"' | '{' | '}' | '\\'))
            || inner.contains("&&")
            || inner.contains("||")
            || (inner.contains('$') && !variable);
        let ends_badly = inner.ends_with([' ', '\t', '=', '!']) || inner.ends_with(" -");
        !odd && !ends_badly && balanced(inner)
    }

    /// `sort <in >out`, `cmd <file 2>&1`, `cmd <file 2>/dev/null`.
    fn is_redirection(&self) -> bool {
        if self.region != Region::Plain {
            return false;
        }
        let words: Vec<&str> = self.inner.split_whitespace().collect();
        let digit = words.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit()));
        if words.len() >= 2 && digit {
            let file = words.first().is_some_and(|first| first.contains(['.', '/']));
            return self.after == Some('&') || self.following.starts_with("/dev/") || (words.len() == 2 && file);
        }
        let path = self.inner.contains('/') && self.inner.contains('.') && words.len() == 1;
        let piped = self.inner.contains(" | ") && self.after.is_some_and(|next| !next.is_whitespace());
        self.after == Some('&') || self.following.starts_with("/dev/") || piped || (path && self.after == Some('>'))
    }

    /// `a<b and c>d` in SQL, awk or jq.
    fn is_comparison(&self) -> bool {
        let quoted = matches!(self.region, Region::Single | Region::Double | Region::HereDocument);
        let lowered = self.inner.to_lowercase();
        let joined = [" and ", " or ", " && ", " || "].iter().any(|word| lowered.contains(word));
        let operand = self.before.is_some_and(|c| c.is_alphanumeric() || ")]_".contains(c));
        let number = self.inner.starts_with(|c: char| c.is_ascii_digit());
        quoted && joined && (operand || number)
    }

    fn is_markup(&self) -> bool {
        let name: &str = self.inner.split([' ', '/', '\t']).next().unwrap_or_default();
        let lowered = name.to_lowercase();
        if self.closing_tags.contains(name) {
            return true;
        }
        if self.region == Region::Plain {
            return false;
        }
        let element = ELEMENTS.contains(&lowered.as_str());
        let attributes = self.inner.contains("=\"") || self.inner.contains("='") || self.inner.contains("=\\\"");
        let lone =
            self.inner.ends_with('/') && (element || self.region == Region::HereDocument || self.inner.contains(' '));
        let printed = PRINTED.contains(&self.inner.to_lowercase().as_str());
        element || attributes || lone || printed
    }

    /// `Map<String,Object>`, `vector<int>`, `#include <stdio.h>`.
    fn is_type(&self) -> bool {
        let mut letters = self.head.chars();
        let camel = letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase);
        let container = camel || matches!(self.head, "vector" | "map" | "set" | "list" | "optional" | "array" | "chan");
        let types = self.inner.split(',').all(|part| {
            let part = part.trim();
            let mut letters = part.chars();
            let upper = letters.next().is_some_and(char::is_uppercase);
            let known = matches!(part, "int" | "long" | "string" | "bool" | "float" | "double" | "char" | "byte" | "?");
            known
                || (upper
                    && (part.len() == 1 || part.chars().any(char::is_lowercase))
                    && !part.contains([' ', '-', '_']))
        });
        container && types || self.inner.strip_suffix(".h").is_some()
    }

    /// `Name <somebody@host.org>`, and quoted `<https://…>`.
    fn is_address(&self) -> bool {
        let mail = self
            .inner
            .split_once('@')
            .is_some_and(|(user, host)| host.contains('.') && !user.is_empty() && !self.inner.contains(' '));
        mail || (self.region != Region::Plain && self.inner.contains("://"))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c)) && !text.starts_with(' ')
}

fn balanced(text: &str) -> bool {
    let mut open = 0_usize;
    for c in text.chars() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return false,
            ')' => open -= 1,
            _ => {}
        }
    }
    open == 0
}
