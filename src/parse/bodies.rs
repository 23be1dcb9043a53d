//! What stands between the fences of a step, as far as its language can be judged without running it.

use serde::de::IgnoredAny;

use crate::model::{ObjectSyntax, Role, Span, Step, StepKind, StepLanguage};

use super::findings::Findings;
use super::front_matter::{Data, Node, objects};

/// Reports a body that cannot be what its language asks for.
pub(super) fn check(step: &Step, opening: Span, findings: &mut Findings) {
    if step.code.text().trim().is_empty() {
        let role = role(step);
        let title = format!("this {} is empty", role.as_str());
        findings.add(findings.error("empty-step", opening, title));
        return;
    }
    match step.language {
        StepLanguage::Object(syntax) => object(step, syntax, opening, findings),
        StepLanguage::Http => request(step, findings),
        StepLanguage::Shell(_) | StepLanguage::Console | StepLanguage::Promql => {}
    }
}

const fn role(step: &Step) -> Role {
    match step.kind {
        StepKind::Check(_) => Role::Check,
        StepKind::Action(_) => Role::Action,
    }
}

/// An object block names what it is about by `apiVersion` and `kind`; without them it is just data.
fn object(step: &Step, syntax: ObjectSyntax, opening: Span, findings: &mut Findings) {
    let masked = mask(step.code.text(), syntax);
    if syntax == ObjectSyntax::Json
        && let Err(error) = serde_json::from_str::<IgnoredAny>(&masked)
    {
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let span = step.code.source_span(place(&masked, error.line(), error.column()));
        findings.add(findings.error("broken-object", span, format!("cannot read the object: {message}")));
        return;
    }
    match objects(&step.code, &masked) {
        Ok(documents) if documents.is_empty() => {
            findings.add(findings.error("missing-object", opening, "this block holds no object"));
        }
        Ok(documents) => documents.iter().for_each(|document| named(document, opening, findings)),
        Err(error) => {
            let title = format!("cannot read the object: {}", error.message);
            let mut diagnostic = findings.error("broken-object", error.span, title);
            diagnostic.help = error.help;
            findings.add(diagnostic);
        }
    }
}

/// Returns the character at a line and a byte of it, both from 1 as `serde_json` counts.
fn place(text: &str, line: usize, column: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = text.floor_char_boundary((start + column.saturating_sub(1)).min(text.len()));
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(start, start + width)
}

fn named(document: &Node, opening: Span, findings: &mut Findings) {
    let Data::Map(entries) = &document.data else {
        let title = format!("an object is a table, not {}", document.sort());
        findings.add(findings.error("missing-object", document.span, title));
        return;
    };
    let missing: Vec<&str> = ["apiVersion", "kind"]
        .into_iter()
        .filter(|name| !entries.iter().any(|(key, node)| key.value == *name && node.data != Data::Null))
        .collect();
    if !missing.is_empty() {
        let keys = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
        let title = format!("the object has no {keys}");
        let help = "add them, or drop the role if this is not a Kubernetes object";
        let span = entries.first().map_or(opening, |(key, _)| key.span);
        findings.add(findings.error("missing-object", span, title).help(help));
    }
}

/// Replaces `${NAME}` by text of the same length that is a value in the syntax, so that places stay true.
fn mask(text: &str, syntax: ObjectSyntax) -> String {
    let filler = match syntax {
        ObjectSyntax::Yaml => "x",
        ObjectSyntax::Json => "1",
    };
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        masked.push_str(before);
        let end = after.find('}').filter(|&end| super::front_matter::is_name(after.get(..end).unwrap_or_default()));
        let Some(end) = end else {
            masked.push_str("${");
            rest = after;
            continue;
        };
        masked.push_str(&filler.repeat(end + 3));
        rest = after.get(end + 1..).unwrap_or_default();
    }
    masked.push_str(rest);
    masked
}

const METHODS: [&str; 9] = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY"];
const READING: [&str; 5] = ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"];

/// A request begins with a method and an address. A check may only read; `POST` is used for queries too often to be
/// refused, so it warns.
fn request(step: &Step, findings: &mut Findings) {
    let text = step.code.text();
    let start = text.len() - text.trim_start().len();
    let line = text.trim_start().lines().next().unwrap_or_default().trim_end();
    let place = |from: usize, to: usize| step.code.source_span(Span::new(start + from, start + to));
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default();
    let address = words.next().unwrap_or_default();
    if !METHODS.contains(&method) || !(address.contains("://") || address.starts_with("${")) {
        let title = "a request begins with a method and an address";
        let help = "for example `GET https://example.com/health`";
        findings.add(findings.error("bad-request", place(0, line.len()), title).help(help));
        return;
    }
    if role(step) == Role::Check && !READING.contains(&method) {
        let span = place(0, method.len());
        let title = format!("`{method}` may write, and a check only reads");
        let help = "make it an `action`, or ask with `GET`";
        let diagnostic = if method == "POST" {
            findings.warning("writing-check", span, title)
        } else {
            findings.error("writing-check", span, title)
        };
        findings.add(diagnostic.help(help));
    }
}
