//! What front matter says about a runbook.

use crate::diagnostic::Diagnostic;
use crate::model::{Metadata, Severity};

use super::super::findings::Findings;
use super::super::values;
use super::data::{Data, Node};

/// Reads one key into `metadata`; nothing is done for a key without value.
///
/// A value of the wrong sort only warns: it is missing on the page, but every step still runs.
pub(super) fn read(name: &str, node: &Node, metadata: &mut Metadata, findings: &mut Findings) {
    let before = findings.list.len();
    match name {
        "title" => metadata.title = text(name, node, findings).unwrap_or_default(),
        "description" => metadata.description = text(name, node, findings),
        "severity" => metadata.severity = text(name, node, findings).map(Severity),
        "service" => metadata.service = text(name, node, findings),
        "owner" => metadata.owner = text(name, node, findings),
        "frequency" => metadata.frequency = text(name, node, findings),
        "tags" => metadata.tags = words(name, node, findings),
        "alerts" => metadata.alerts = words(name, node, findings),
        "aliases" => metadata.aliases = words(name, node, findings),
        "reviewed" | "last_reviewed_on" => {
            metadata.reviewed = typed(name, node, "a day such as `2026-01-31`", values::date, findings);
        }
        "review_every" | "review_in" => {
            let expected = "a period such as `90d` or `6 months`";
            metadata.review_every = typed(name, node, expected, values::period, findings);
        }
        "duration" => {
            metadata.duration = typed(name, node, "a length of time such as `20m`", values::duration, findings);
        }
        _ => {}
    }
    findings.list.iter_mut().skip(before).for_each(soften);
}

fn soften(diagnostic: &mut Diagnostic) {
    diagnostic.level = crate::diagnostic::Level::Warning;
}

fn text(name: &str, node: &Node, findings: &mut Findings) -> Option<String> {
    node.text(name, findings).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A list, or one text with commas.
fn words(name: &str, node: &Node, findings: &mut Findings) -> Vec<String> {
    let listed = node.list(name, findings);
    let split = !matches!(node.data, Data::List(_));
    let words =
        listed.iter().flat_map(|word| if split { word.value.split(',').collect() } else { vec![word.value.as_str()] });
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn typed<T>(
    name: &str,
    node: &Node,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
    findings: &mut Findings,
) -> Option<T> {
    let text = node.text(name, findings)?;
    let value = read(&text);
    if value.is_none() {
        let title = format!("`{name}` is not {expected}: `{text}`");
        findings.add(findings.warning("bad-value", node.span, title).label(format!("expected {expected}")));
    }
    value
}
