//! The alerts of a rule file, a `PrometheusRule` object or the template of one.
//!
//! A Helm template is no YAML, so alerts are found by their lines: `alert:` and, deeper than its rule, `runbook_url:`.
//! What is YAML or JSON is read as such, too, so that a way of writing that lines do not show is not missed.

use std::sync::Arc;

use serde_json::Value;

use crate::model::{Source, Span};

/// Names under which rules keep the address of a page.
const ADDRESS_KEYS: [&str; 5] = ["runbook_url", "runbook", "runbook_uri", "runbookUrl", "runbookURL"];

/// An alert of a rule file.
#[derive(Debug, Clone)]
pub(crate) struct Alert {
    /// Its name; with `{{ … }}` in it where a template makes it.
    pub(crate) name: String,
    /// The address of its page, and where it stands.
    pub(crate) url: Option<(String, Span)>,
    /// Where it is declared.
    pub(crate) span: Span,
    /// The file.
    pub(crate) source: Arc<Source>,
}

/// Returns the alerts of a file, in the order of its lines.
pub(crate) fn read(source: &Arc<Source>) -> Vec<Alert> {
    let mut alerts = by_lines(source);
    for (name, url) in by_structure(source.text()) {
        if !alerts.iter().any(|alert| alert.name == name) {
            let place = |words: &str| {
                source.text().find(words).map_or_else(Span::default, |at| Span::new(at, at + words.len()))
            };
            let url = url.map(|url| (url.clone(), place(&url)));
            alerts.push(Alert { span: place(&name), name, url, source: Arc::clone(source) });
        }
    }
    alerts
}

/// A line `key: value`, without the `- ` before it.
struct Line<'a> {
    indent: usize,
    /// Whether it begins an element of a list.
    first: bool,
    key: &'a str,
    value: &'a str,
    /// Where the value stands.
    start: usize,
}

fn by_lines(source: &Arc<Source>) -> Vec<Alert> {
    let mut alerts: Vec<(usize, Alert)> = Vec::new();
    let mut waiting: Option<(usize, String, Span)> = None;
    // The column of the keys of the rule being read.
    let mut rule: Option<usize> = None;
    let mut at = 0;
    let mut folded: Option<usize> = None;
    for text in source.text().split_inclusive('\n') {
        let start = at;
        at += text.len();
        if let Some(indent) = folded.take() {
            let line = text.trim();
            if text.len() - text.trim_start().len() > indent && !line.is_empty() {
                let begin = start + (text.len() - text.trim_start().len());
                address(&mut alerts, &mut waiting, rule, line, Span::new(begin, begin + line.len()), indent);
            }
        }
        let Some(line) = line(text, start) else { continue };
        if line.first && rule.is_some_and(|column| line.indent <= column) {
            (rule, waiting) = (Some(line.indent), None);
        }
        if line.key == "alert" {
            rule = Some(line.indent);
            let name = unquoted(line.value);
            let span = Span::new(line.start, line.start + line.value.len());
            let url = waiting.take().filter(|(column, ..)| *column >= line.indent).map(|(_, url, span)| (url, span));
            if !name.is_empty() {
                alerts.push((line.indent, Alert { name: name.to_owned(), url, span, source: Arc::clone(source) }));
            }
        } else if ADDRESS_KEYS.contains(&line.key) {
            if matches!(line.value, ">" | ">-" | "|" | "|-") {
                folded = Some(line.indent);
                continue;
            }
            let span = Span::new(line.start, line.start + line.value.len());
            address(&mut alerts, &mut waiting, rule, unquoted(line.value), span, line.indent);
        } else if line.first {
            rule = Some(line.indent);
        }
    }
    alerts.into_iter().map(|(_, alert)| alert).collect()
}

/// Gives an address to the rule it stands in: to the alert before it, or to the one that is still to come.
fn address(
    alerts: &mut [(usize, Alert)],
    waiting: &mut Option<(usize, String, Span)>,
    rule: Option<usize>,
    url: &str,
    span: Span,
    indent: usize,
) {
    let before = alerts.last_mut().filter(|(column, alert)| {
        rule == Some(*column) && indent > *column && alert.url.is_none() && alert.span.start < span.start
    });
    match before {
        Some((_, alert)) => alert.url = Some((url.to_owned(), span)),
        None => *waiting = Some((indent, url.to_owned(), span)),
    }
}

fn line(text: &str, start: usize) -> Option<Line<'_>> {
    let body = text.trim_end();
    let mut rest = body.trim_start_matches([' ', '\t']);
    if rest.starts_with('#') || rest.starts_with("{{") {
        return None;
    }
    let mut first = false;
    while let Some(inner) = rest.strip_prefix("- ") {
        (rest, first) = (inner.trim_start(), true);
    }
    let indent = body.len() - rest.len();
    let (key, value) = rest.split_once(':')?;
    let key = unquoted(key.trim_end());
    let sound = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if !sound || !(value.is_empty() || value.starts_with([' ', '\t'])) {
        return None;
    }
    let value = value.trim_start();
    let offset = body.len() - value.len();
    Some(Line { indent, first, key, value: without_comment(value), start: start + offset })
}

fn without_comment(value: &str) -> &str {
    if value.starts_with(['"', '\'']) {
        return value;
    }
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.split(quote).next());
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// Returns the alerts that a reader of YAML finds; none where the text is no YAML.
fn by_structure(text: &str) -> Vec<(String, Option<String>)> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = documents.iter().rev().collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                if let Some(name) = map.get("alert").and_then(Value::as_str).filter(|_| map.contains_key("expr")) {
                    let annotations = map.get("annotations");
                    let url = ADDRESS_KEYS.iter().find_map(|key| annotations?.get(key)?.as_str());
                    found.push((name.to_owned(), url.map(str::to_owned)));
                    continue;
                }
                waiting.extend(map.values().rev());
            }
            Value::Array(list) => waiting.extend(list.iter().rev()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alerts(text: &str) -> Vec<(String, Option<String>)> {
        let source = Arc::new(Source::new("rules.yaml", text));
        read(&source).into_iter().map(|alert| (alert.name, alert.url.map(|(url, _)| url))).collect()
    }

    fn pair(name: &str, url: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), url.map(str::to_owned))
    }

    #[test]
    fn rules_of_prometheus_are_read_whatever_the_order_of_their_keys() {
        let text = "groups:\n- name: a\n  rules:\n  - alert: One\n    expr: up == 0\n    annotations:\n      runbook_url: 'https://x/One' # see\n  \
                    - annotations:\n      runbook_url: https://x/Two\n    expr: x\n    alert: Two\n  - record: a:b\n    expr: y\n  - alert: Three\n    expr: z\n";
        let text = text.replace("\n      runbook_url: https://x/Two", "\n        runbook_url: https://x/Two");
        let expected = [pair("One", Some("https://x/One")), pair("Two", Some("https://x/Two")), pair("Three", None)];
        assert_eq!(alerts(&text), expected);
    }

    #[test]
    fn helm_templates_are_read_as_they_are() {
        let text = "{{- if .Values.rules }}\nspec:\n  groups:\n  {{- range .Values.groups }}\n  - name: {{ .name }}\n    rules:\n    \
                    - alert: One\n      annotations:\n        runbook_url: {{ .Values.base }}/alerts/One\n    {{- end }}\n    - alert: {{ .name }}Down\n      expr: x\n";
        assert_eq!(alerts(text), [pair("One", Some("{{ .Values.base }}/alerts/One")), pair("{{ .name }}Down", None)]);
    }

    #[test]
    fn json_and_folded_addresses_are_read_too() {
        let json = r#"{"kind":"PrometheusRule","spec":{"groups":[{"rules":[{"alert":"A","expr":"x","annotations":{"runbook_url":"https://x/A"}}]}]}}"#;
        assert_eq!(alerts(json), [pair("A", Some("https://x/A"))]);
        let folded = "- alert: B\n  expr: x\n  annotations:\n    runbook_url: >-\n      https://x/B\n";
        assert_eq!(alerts(folded), [pair("B", Some("https://x/B"))]);
    }

    #[test]
    fn what_is_no_rule_is_no_alert() {
        assert_eq!(alerts("receivers:\n- name: alert\n  url: x\n# alert: No\n"), []);
    }
}
