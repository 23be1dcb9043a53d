//! Alerts against the pages of the site.

use std::collections::{BTreeMap, HashSet};

use super::Alert;
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::link::{Catalogue, Landing, land, published};
use crate::model::{Located, Span};

/// Where an alert leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lead {
    /// To a page of this site.
    Page,
    /// To no address, though a page answers it.
    NoAddress,
    /// Nowhere: no page answers it.
    NoPage,
    /// To a page or a place on a page that is not there.
    Dead,
    /// To another site.
    Elsewhere,
    /// A template makes the address, or the name.
    Unknown,
}

impl Lead {
    /// All, in the order in which they are counted.
    pub(crate) const ALL: [Self; 6] =
        [Self::Page, Self::Elsewhere, Self::NoAddress, Self::NoPage, Self::Dead, Self::Unknown];

    /// Returns the word of reports.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::NoAddress => "no-address",
            Self::NoPage => "no-page",
            Self::Dead => "dead",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unknown",
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Where each alert leads, in the order given.
    pub(crate) leads: Vec<Lead>,
    /// What is wrong.
    pub(crate) problems: Vec<Diagnostic>,
}

/// Compares alerts with the pages of a site that is published at `site`, where that is known.
pub(crate) fn compare(alerts: &[Alert], catalogue: &Catalogue<'_>, site: Option<&str>) -> Comparison {
    let pages = pages_of_alerts(catalogue);
    let mut comparison = Comparison::default();
    for alert in alerts {
        let (lead, problem) = look(alert, catalogue, &pages, site);
        comparison.leads.push(lead);
        comparison.problems.extend(problem);
    }
    comparison.problems.extend(without_rule(alerts, catalogue));
    comparison
}

/// Returns the pages that say which alerts they answer, by the alert's name in lower case.
fn pages_of_alerts<'a>(catalogue: &'a Catalogue<'_>) -> BTreeMap<String, &'a str> {
    let mut pages = BTreeMap::new();
    for entry in &catalogue.entries {
        for alert in &entry.runbook.metadata.alerts {
            pages.entry(alert.to_lowercase()).or_insert(entry.runbook.id.as_str());
        }
    }
    pages
}

fn look(
    alert: &Alert,
    catalogue: &Catalogue<'_>,
    pages: &BTreeMap<String, &str>,
    site: Option<&str>,
) -> (Lead, Option<Diagnostic>) {
    if alert.name.contains("{{") {
        let problem =
            problem(alert, "unknown-alert", Level::Hint, "a template makes the name of this alert", alert.span);
        return (Lead::Unknown, Some(problem.help("render the chart, and give the rules that come of it")));
    }
    let page = pages.get(&alert.name.to_lowercase()).copied();
    let Some((url, span)) = alert.url.as_ref().filter(|(url, _)| is_address(url)) else {
        return without_address(alert, page, site);
    };
    match follow(&with_name(url, &alert.name), catalogue, site) {
        Followed::Page => (Lead::Page, None),
        Followed::Elsewhere => (Lead::Elsewhere, None),
        Followed::Unknown => {
            let told = problem(alert, "unknown-runbook-url", Level::Hint, "a template makes this address", *span);
            (Lead::Unknown, Some(told.help("render the chart, and give the rules that come of it")))
        }
        Followed::Anchor { title, name, close } => {
            let told = problem(alert, "dead-anchor", Level::Error, format!("`{title}` has no `#{name}`"), *span);
            let help = close.map_or_else(
                || "link to a heading of that page".to_owned(),
                |close| format!("did you mean `#{close}`?"),
            );
            (Lead::Dead, Some(told.help(help)))
        }
        Followed::Nothing { close } => {
            let told = problem(alert, "dead-runbook-url", Level::Error, format!("`{url}` leads to no page"), *span);
            let help = match (page, close) {
                (Some(page), _) => format!("`{page}` answers this alert: `{}`", address(&alert.name, site)),
                (None, Some(close)) => {
                    format!("did you mean `{close}`? An alias on that page keeps old addresses alive")
                }
                (None, None) => "write the page, or give a page this address as an alias".to_owned(),
            };
            (Lead::Dead, Some(told.help(help)))
        }
    }
}

fn without_address(alert: &Alert, page: Option<&str>, site: Option<&str>) -> (Lead, Option<Diagnostic>) {
    let span = alert.url.as_ref().map_or(alert.span, |(_, span)| *span);
    match page {
        Some(page) => {
            let title = format!("alert `{}` has no `runbook_url`", alert.name);
            let told = problem(alert, "no-runbook-url", Level::Warning, title, span);
            let help = format!("`{page}` answers it: `runbook_url: {}`", address(&alert.name, site));
            (Lead::NoAddress, Some(told.help(help)))
        }
        None => {
            let title = format!("no page answers alert `{}`", alert.name);
            let told = problem(alert, "no-page", Level::Error, title, span);
            (
                Lead::NoPage,
                Some(
                    told.help(format!("write one, and name the alert in its front matter: `alerts: [{}]`", alert.name)),
                ),
            )
        }
    }
}

fn problem(alert: &Alert, rule: &'static str, level: Level, title: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::new(rule, level, title, &alert.source, span)
}

fn address(alert: &str, site: Option<&str>) -> String {
    format!("{}/alerts/{alert}/", site.unwrap_or_default().trim_end_matches('/'))
}

/// Returns whether somebody has written an address, and not that there is none yet.
fn is_address(url: &str) -> bool {
    let word = url.trim().trim_matches(['<', '>', '.']).to_lowercase();
    !matches!(word.as_str(), "" | "tbd" | "todo" | "tba" | "none" | "n/a" | "na" | "null" | "~" | "-" | "fixme")
}

/// Fills in the alert's own name where a template of Prometheus would.
fn with_name(url: &str, name: &str) -> String {
    let mut filled = String::new();
    let mut rest = url;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}").map(|end| start + end + 2) else { break };
        filled.push_str(&rest[..start]);
        let inner = &rest[start..end];
        filled.push_str(if inner.to_lowercase().contains("alertname") { name } else { inner });
        rest = &rest[end..];
    }
    filled.push_str(rest);
    // What Helm needs around a template of Prometheus.
    filled.replace("{{`", "").replace("`}}", "")
}

enum Followed {
    Page,
    Elsewhere,
    Unknown,
    Anchor { title: String, name: String, close: Option<String> },
    Nothing { close: Option<String> },
}

fn follow(url: &str, catalogue: &Catalogue<'_>, site: Option<&str>) -> Followed {
    // A base that a template gives is this site's: whose pages would a chart name besides?
    let templated = url.strip_prefix("{{").and_then(|rest| rest.split_once("}}")).map(|(_, rest)| rest);
    let (path, sure) = match (templated, site) {
        (Some(rest), _) => (rest, true),
        (None, Some(site)) if below(url, site).is_some() => (below(url, site).unwrap_or_default(), true),
        (None, _) => match url.split_once("://") {
            Some((_, rest)) => (rest.split_once('/').map_or("", |(_, path)| path), false),
            None => (url, true),
        },
    };
    if path.contains("{{") {
        return Followed::Unknown;
    }
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, name)| (path, Some(name)));
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    // Without knowing where the site is published, the end of the address tells.
    let mut candidate = path;
    loop {
        match land(catalogue, candidate, fragment) {
            Landing::Page | Landing::Generated => return Followed::Page,
            Landing::Anchor { title, name, close } => return Followed::Anchor { title, name, close },
            Landing::Nothing => {}
        }
        let shorter = candidate.split_once('/').map(|(_, rest)| rest).filter(|_| site.is_none() || templated.is_some());
        match shorter {
            Some(shorter) => candidate = shorter,
            None if sure => return Followed::Nothing { close: close(path, catalogue) },
            None => return Followed::Elsewhere,
        }
    }
}

fn below<'a>(url: &'a str, site: &str) -> Option<&'a str> {
    let rest = url.strip_prefix(site.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with(['/', '#', '?'])).then_some(rest)
}

fn close(path: &str, catalogue: &Catalogue<'_>) -> Option<String> {
    let ids: Vec<&str> = catalogue.entries.iter().map(|entry| entry.runbook.id.as_str()).collect();
    let alerts = catalogue.entries.iter().flat_map(|entry| &entry.runbook.metadata.alerts);
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = did_you_mean(path, ids.iter().copied()).map(|id| published(catalogue, id));
    known.or_else(|| did_you_mean(name, alerts.map(String::as_str)).map(|alert| format!("alerts/{alert}/")))
}

/// Returns the pages that say they answer an alert which no rule has.
fn without_rule(alerts: &[Alert], catalogue: &Catalogue<'_>) -> Vec<Diagnostic> {
    let known: HashSet<String> = alerts.iter().map(|alert| alert.name.to_lowercase()).collect();
    let mut problems = Vec::new();
    for entry in &catalogue.entries {
        for alert in entry.runbook.metadata.alerts.iter().filter(|alert| !known.contains(&alert.to_lowercase())) {
            let text = entry.runbook.source.text();
            let span = text.find(alert.as_str()).map_or_else(Span::default, |at| Span::new(at, at + alert.len()));
            let Located { value: title, span } = Located::new(format!("no rule has the alert `{alert}`"), span);
            let told = Diagnostic::new("page-without-alert", Level::Warning, title, &entry.runbook.source, span);
            let close = did_you_mean(alert, alerts.iter().map(|alert| alert.name.as_str()));
            problems.push(told.help(match close {
                Some(close) => format!("did you mean `{close}`?"),
                None => "remove the name, or give the rules that hold it, too".to_owned(),
            }));
        }
    }
    problems
}
