//! The page of a runbook.

use serde::Serialize;
use tera::{Context, Value};

use super::Rendered;
use super::contents::{self, ContentsEntry};
use super::view::{RunbookItem, Site, Tag, TitledLink};
use crate::diagnostic::Diagnostic;
use crate::link::Entry;
use crate::link::address;
use crate::link::facets::FacetKind;
use crate::model::{Requires, Role, Runbook, StepKind, Target};
use crate::site::body::{self, Body, Scope};
use crate::site::evidence::PageEvidence;
use crate::site::text;
use crate::site::values::{PageValues, quoted};

#[derive(Debug, Serialize)]
pub(super) struct RunbookView<'a> {
    id: &'a str,
    title: &'a str,
    /// The name of the title on the page.
    anchor: &'a str,
    description: Option<&'a str>,
    severity: Option<Tag>,
    service: Option<Tag>,
    owner: Option<Tag>,
    tags: Vec<Tag>,
    alerts: Vec<Tag>,
    duration: Option<String>,
    frequency: Option<&'a str>,
    reviewed: Option<String>,
    /// The day by which it should be reviewed again.
    due: Option<String>,
    overdue: bool,
    checks: usize,
    actions: usize,
    items: usize,
    values: &'a PageValues,
    /// The same for the page's script.
    values_json: String,
    requires: RequiresView<'a>,
    commands: Vec<Command>,
    evidence: Vec<PageEvidence>,
    /// Targets whose results cannot be read.
    unreadable: &'a [String],
    contents: Vec<ContentsEntry<'a>>,
    previous: Option<TitledLink>,
    next: Option<TitledLink>,
    backlinks: Vec<TitledLink>,
    related: Vec<TitledLink>,
    /// The day of its last change.
    changed: Option<String>,
    edit: Option<String>,
    source: String,
}

#[derive(Debug, Serialize)]
struct RequiresView<'a> {
    tools: Vec<String>,
    access: Vec<&'a str>,
    env: Vec<&'a str>,
}

/// A line to paste in a terminal.
#[derive(Debug, Serialize)]
struct Command {
    label: &'static str,
    line: String,
    /// The target it is for.
    target: Option<String>,
}

/// Renders the page of the runbook at `at`.
pub(super) fn render(site: Site<'_>, at: usize) -> Result<Rendered, Box<Diagnostic>> {
    let entry = &site.catalogue.entries[at];
    let values = values(site, entry);
    let body = body(site, entry, &values)?;
    let folder = if entry.of_folder { entry.address.as_str() } else { entry.folder };
    let mut context = site.frame("runbook", &entry.title, &entry.address, folder)?;
    context.insert("runbook", &view(site, entry, at, &values));
    context.insert("children", &children(site, entry));
    context.insert_value("body", Value::safe_string(&body.html));
    let html = if entry.address.as_str().is_empty() {
        super::lists::home(site, context, true)?
    } else {
        site.theme.render("runbook.html", &context)?
    };
    let page = Rendered::page(&entry.address, html);
    Ok(Rendered { text: Some(body.text), diagnostics: body.diagnostics, ..page })
}

/// Renders the text of a runbook.
pub(in crate::site) fn body(site: Site<'_>, entry: &Entry<'_>, values: &PageValues) -> Result<Body, Box<Diagnostic>> {
    body::render(Scope {
        catalogue: site.catalogue,
        entry,
        evidence: site.evidence,
        diagrams: site.diagrams,
        theme: site.theme,
        values,
        unsafe_html: site.input.config.unsafe_html,
    })
}

/// Returns the values that the commands of a runbook show.
pub(in crate::site) fn values(site: Site<'_>, entry: &Entry<'_>) -> PageValues {
    let id = entry.runbook.id.as_str();
    PageValues::new(entry.runbook, &site.input.targets, |target| is_meant(target, id))
}

/// Returns what a folder holds, where the runbook is a folder's page.
pub(super) fn children(site: Site<'_>, entry: &Entry<'_>) -> Vec<RunbookItem> {
    let folder = site.catalogue.folders.get(entry.address.as_str()).filter(|_| entry.of_folder);
    folder.map(|folder| site.items(&folder.runbooks)).unwrap_or_default()
}

/// Describes a runbook for its template.
pub(super) fn view<'a>(site: Site<'a>, entry: &'a Entry<'a>, at: usize, values: &'a PageValues) -> RunbookView<'a> {
    let runbook = entry.runbook;
    let metadata = &runbook.metadata;
    let tags = |kind, labels: &'a [String]| labels.iter().map(|label| site.tag(kind, label)).collect();
    let (previous, next) = neighbours(site, entry, at);
    let first = runbook.sections.first().filter(|section| section.level == 1);
    RunbookView {
        id: runbook.id.as_str(),
        title: &entry.title,
        anchor: first.map_or("", |section| section.anchor.as_str()),
        description: metadata.description.as_deref(),
        severity: metadata.severity.as_ref().map(|severity| site.tag(FacetKind::Severity, &severity.0)),
        service: metadata.service.as_ref().map(|service| site.tag(FacetKind::Service, service)),
        owner: metadata.owner.as_ref().map(|owner| site.tag(FacetKind::Owner, owner)),
        tags: tags(FacetKind::Tag, &metadata.tags),
        alerts: tags(FacetKind::Alert, &metadata.alerts),
        duration: metadata.duration.map(text::duration),
        frequency: metadata.frequency.as_deref(),
        reviewed: metadata.reviewed.map(|day| day.to_string()),
        due: due(runbook),
        overdue: site.is_overdue(entry),
        checks: count(runbook, Role::Check),
        actions: count(runbook, Role::Action),
        items: runbook.items.len(),
        values,
        values_json: serde_json::to_string(values).unwrap_or_default(),
        requires: requires(&runbook.requires),
        commands: commands(runbook, values),
        evidence: site.evidence.of_runbook(runbook.id.as_str()),
        unreadable: site.evidence.unreadable,
        contents: contents::of(site, entry),
        previous,
        next,
        backlinks: site.backlinks.of(at).iter().map(|&at| link(site, at)).collect(),
        related: super::situations::related(site, entry, at),
        changed: site.input.changes.get(&runbook.id).map(ToString::to_string),
        edit: edit(site, runbook),
        source: runbook.source.path().display().to_string(),
    }
}

fn count(runbook: &Runbook, role: Role) -> usize {
    runbook.steps.iter().filter(|step| matches!(step.kind, StepKind::Check(_)) == (role == Role::Check)).count()
}

fn due(runbook: &Runbook) -> Option<String> {
    let metadata = &runbook.metadata;
    let every = metadata.review_every.as_ref()?.0;
    Some(metadata.reviewed?.checked_add(every).ok()?.to_string())
}

fn requires(requires: &Requires) -> RequiresView<'_> {
    let tool = |name: &str, minimum: &Option<String>| match minimum {
        Some(version) => format!("{name} {version} or newer"),
        None => name.to_owned(),
    };
    RequiresView {
        tools: requires.tools.iter().map(|found| tool(&found.value.name, &found.value.minimum)).collect(),
        access: requires.access.iter().map(|found| found.value.as_str()).collect(),
        env: requires.env.iter().map(|found| found.value.as_str()).collect(),
    }
}

/// Returns the lines to paste: to verify, and to execute where there is an action, on the target that is shown.
fn commands(runbook: &Runbook, values: &PageValues) -> Vec<Command> {
    if runbook.steps.is_empty() {
        return Vec::new();
    }
    let id = quoted(runbook.id.as_str());
    let command = |label, verb| Command {
        label,
        line: format!("runbooks {verb} {id}"),
        target: values.shown.as_deref().map(quoted),
    };
    let (exec, verify) = (command("Execute", "exec"), command("Verify", "verify"));
    if count(runbook, Role::Action) > 0 { vec![exec, verify] } else { vec![verify] }
}

/// Returns whether a target is one for a runbook.
pub(super) fn is_meant(target: &Target, runbook: &str) -> bool {
    let fits = |glob: &String| globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(runbook));
    target.runbooks.is_empty() || target.runbooks.iter().any(fits)
}

fn link(site: Site<'_>, at: usize) -> TitledLink {
    let entry = &site.catalogue.entries[at];
    TitledLink { title: entry.title.clone(), url: entry.address.url() }
}

/// Returns the runbooks before and after this one in its folder.
fn neighbours(site: Site<'_>, entry: &Entry<'_>, at: usize) -> (Option<TitledLink>, Option<TitledLink>) {
    let Some(folder) = site.catalogue.folders.get(entry.folder).filter(|_| !entry.of_folder) else {
        return (None, None);
    };
    let Some(place) = folder.runbooks.iter().position(|&other| other == at) else { return (None, None) };
    let before = place.checked_sub(1).and_then(|place| folder.runbooks.get(place));
    (before.map(|&at| link(site, at)), folder.runbooks.get(place + 1).map(|&at| link(site, at)))
}

fn edit(site: Site<'_>, runbook: &Runbook) -> Option<String> {
    let base = site.input.config.repository.as_deref()?;
    let extension = runbook.source.path().extension().map_or_else(|| "md".into(), |end| end.to_string_lossy());
    let path = address::encode(&format!("{}.{extension}", runbook.id));
    Some(format!("{}/{path}", base.trim_end_matches('/')))
}

/// Adds what a context needs that has no runbook.
pub(super) fn without_runbook(context: &mut Context) {
    context.insert("children", &Vec::<RunbookItem>::new());
}
