//! The site as JSON. `docs/site.schema.json` says what each name means; names are only ever added.

use serde::Serialize;

use super::super::view::Site;
use super::url_beside;
use crate::link::Entry;
use crate::link::facets::FacetKind;
use crate::model::{Outcome, Role, Step};
use crate::site::evidence::PageEvidence;

/// Grows when a name changes its meaning.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
struct RunbooksFile<'a> {
    version: u32,
    kind: &'static str,
    title: &'a str,
    description: Option<&'a str>,
    url: Option<&'a str>,
    runbooks: Vec<RunbookData<'a>>,
}

#[derive(Debug, Serialize)]
struct RunbookData<'a> {
    id: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    page: String,
    markdown: String,
    badge: Option<String>,
    severity: Option<&'a str>,
    service: Option<&'a str>,
    owner: Option<&'a str>,
    tags: &'a [String],
    alerts: &'a [String],
    frequency: Option<&'a str>,
    duration_seconds: Option<u64>,
    reviewed: Option<String>,
    overdue: bool,
    changed: Option<String>,
    items: usize,
    steps: Vec<StepData<'a>>,
}

#[derive(Debug, Serialize)]
struct StepData<'a> {
    id: &'a str,
    title: &'a str,
    role: &'static str,
    risk: Option<&'static str>,
    anchor: &'a str,
}

#[derive(Debug, Serialize)]
struct StatusFile<'a> {
    version: u32,
    kind: &'static str,
    runbooks: Vec<StatusData<'a>>,
    unreadable: &'a [String],
}

#[derive(Debug, Serialize)]
struct StatusData<'a> {
    id: &'a str,
    page: String,
    outcome: Option<&'static str>,
    targets: Vec<TargetData>,
}

#[derive(Debug, Serialize)]
struct TargetData {
    target: String,
    outcome: &'static str,
    started: String,
    stale: bool,
    summary: String,
}

#[derive(Debug, Serialize)]
struct AlertsFile<'a> {
    version: u32,
    kind: &'static str,
    alerts: Vec<AlertData<'a>>,
}

#[derive(Debug, Serialize)]
struct AlertData<'a> {
    name: &'a str,
    page: String,
    runbooks: Vec<&'a str>,
}

/// Returns every runbook with its steps.
pub(super) fn runbooks(site: Site<'_>) -> String {
    let config = &site.input.config;
    json(&RunbooksFile {
        version: VERSION,
        kind: "runbooks",
        title: &config.title,
        description: config.description.as_deref(),
        url: config.url.as_deref(),
        runbooks: site.catalogue.entries.iter().map(|entry| runbook(site, entry)).collect(),
    })
}

fn runbook<'a>(site: Site<'a>, entry: &'a Entry<'a>) -> RunbookData<'a> {
    let runbook = entry.runbook;
    let metadata = &runbook.metadata;
    RunbookData {
        id: runbook.id.as_str(),
        title: &entry.title,
        description: metadata.description.as_deref(),
        page: entry.address.url(),
        markdown: url_beside(entry, "index.md"),
        badge: (!runbook.steps.is_empty()).then(|| url_beside(entry, "badge.svg")),
        severity: metadata.severity.as_ref().map(|severity| severity.0.as_str()),
        service: metadata.service.as_deref(),
        owner: metadata.owner.as_deref(),
        tags: &metadata.tags,
        alerts: &metadata.alerts,
        frequency: metadata.frequency.as_deref(),
        duration_seconds: metadata.duration.map(|length| length.as_secs()),
        reviewed: metadata.reviewed.map(|day| day.to_string()),
        overdue: site.is_overdue(entry),
        changed: site.input.changes.get(&runbook.id).map(ToString::to_string),
        items: runbook.items.len(),
        steps: runbook.steps.iter().enumerate().map(|(at, step)| step_data(entry, at, step)).collect(),
    }
}

fn step_data<'a>(entry: &'a Entry<'a>, at: usize, step: &'a Step) -> StepData<'a> {
    let role = if step.as_check().is_some() { Role::Check } else { Role::Action };
    StepData {
        id: step.id.as_str(),
        title: &step.title,
        role: role.as_str(),
        risk: step.as_action().map(|action| action.risk.as_str()),
        anchor: entry.anchors.step(at),
    }
}

/// Returns what is known of each runbook that has steps, on each target that has tried it.
pub(super) fn status(site: Site<'_>) -> String {
    let with_steps = site.catalogue.entries.iter().filter(|entry| !entry.runbook.steps.is_empty());
    let status = |entry: &'_ Entry<'_>| {
        let id = entry.runbook.id.as_str();
        (entry.address.url(), site.evidence.outcome(id), site.evidence.of_runbook(id))
    };
    let runbooks = with_steps.map(|entry| {
        let (page, outcome, found) = status(entry);
        StatusData {
            id: entry.runbook.id.as_str(),
            page,
            outcome: outcome.map(Outcome::as_str),
            targets: found.into_iter().map(target).collect(),
        }
    });
    let runbooks = runbooks.collect();
    json(&StatusFile { version: VERSION, kind: "status", runbooks, unreadable: site.evidence.unreadable })
}

fn target(found: PageEvidence) -> TargetData {
    let PageEvidence { target, outcome, datetime, stale, summary, .. } = found;
    TargetData { target, outcome, started: datetime, stale, summary }
}

/// Returns where each alert leads.
pub(super) fn alerts(site: Site<'_>) -> String {
    let values = site.facets.get(FacetKind::Alert).map_or(&[][..], |facet| &facet.values);
    let alerts = values.iter().map(|value| AlertData {
        name: &value.label,
        page: value.address.url(),
        runbooks: value.entries.iter().map(|&at| site.catalogue.entries[at].runbook.id.as_str()).collect(),
    });
    json(&AlertsFile { version: VERSION, kind: "alerts", alerts: alerts.collect() })
}

fn json<T: Serialize>(value: &T) -> String {
    // Texts, numbers and lists of them always have a form in JSON.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}
