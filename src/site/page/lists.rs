//! Pages that lead to runbooks: home, folders, and the lists by severity, service, owner, alert and tag.

use serde::Serialize;
use tera::Context;

use super::Rendered;
use super::view::{RunbookItem, Site, Tag};
use crate::diagnostic::Diagnostic;
use crate::link::address::Address;
use crate::link::facets::{Facet, FacetValue};
use crate::model::Outcome;
use crate::site::evidence::Standing;

/// How many runbooks a list on the home page shows.
const SHORT: usize = 6;

#[derive(Debug, Serialize)]
struct FolderView {
    title: String,
    url: String,
    description: Option<String>,
    total: usize,
    runbooks: Vec<RunbookItem>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct FacetView {
    one: &'static str,
    many: &'static str,
    url: String,
    values: Vec<Tag>,
}

/// Renders the home page; `with_text` says whether the context holds the text of a runbook that stands for the root.
pub(super) fn home(site: Site<'_>, mut context: Context, with_text: bool) -> Result<String, Box<Diagnostic>> {
    if !with_text {
        super::runbook::without_runbook(&mut context);
    }
    let catalogue = site.catalogue;
    let root = catalogue.folders.get("");
    let folders = root.map(|folder| folder.folders.iter().map(|path| folder_view(site, path)).collect::<Vec<_>>());
    context.insert("folders", &folders.unwrap_or_default());
    context.insert("runbooks", &root.map(|folder| site.items(&folder.runbooks)).unwrap_or_default());
    context.insert("facets", &site.facets.iter().map(|facet| facet_view(site, facet)).collect::<Vec<_>>());
    context.insert("situations", &super::situations::of(site));
    context.insert("changed", &recently_changed(site));
    context.insert("recent", &recently_reviewed(site));
    context.insert("overdue", &overdue(site));
    context.insert("attention", &attention(site));
    context.insert("with_text", &with_text);
    context.insert("total", &catalogue.entries.len());
    let passed: Vec<Standing> = catalogue
        .entries
        .iter()
        .filter(|entry| !entry.runbook.steps.is_empty())
        .filter_map(|entry| site.evidence.standing(entry.runbook.id.as_str()))
        .filter(|standing| standing.outcome == Outcome::Passed)
        .collect();
    let stale = passed.iter().filter(|standing| standing.stale).count();
    context.insert("verified", &(passed.len() - stale));
    context.insert("stale", &stale);
    context.insert("unreadable", site.evidence.unreadable);
    context.insert("has_evidence", &!site.evidence.is_empty());
    site.theme.render("home.html", &context)
}

/// Renders the home page of a collection that has no text for it.
pub(super) fn home_without_text(site: Site<'_>) -> Result<Rendered, Box<Diagnostic>> {
    let title = site.input.config.title.clone();
    let context = site.frame("home", &title, &Address::home(), "")?;
    Ok(Rendered::page(&Address::home(), home(site, context, false)?))
}

/// Renders the page of a folder that has none of its own.
pub(super) fn folder(site: Site<'_>, path: &str) -> Result<Rendered, Box<Diagnostic>> {
    let address = Address::new(path);
    let mut context = site.frame("section", &site.catalogue.folder_title(path), &address, path)?;
    let folder = site.catalogue.folders.get(path);
    let folders = folder.map(|folder| folder.folders.iter().map(|path| folder_view(site, path)).collect::<Vec<_>>());
    context.insert("folders", &folders.unwrap_or_default());
    context.insert("runbooks", &folder.map(|folder| site.items(&folder.runbooks)).unwrap_or_default());
    Ok(Rendered::page(&address, site.theme.render("section.html", &context)?))
}

fn folder_view(site: Site<'_>, path: &str) -> FolderView {
    let catalogue = site.catalogue;
    let folder = catalogue.folders.get(path);
    let page = folder.and_then(|folder| folder.page).map(|at| &catalogue.entries[at]);
    let own: &[usize] = folder.map_or(&[], |folder| &folder.runbooks);
    FolderView {
        title: catalogue.folder_title(path),
        url: catalogue.folder_address(path).url(),
        description: page.and_then(|entry| entry.runbook.metadata.description.clone()),
        total: folder.map_or(0, |folder| folder.total),
        runbooks: site.items(&own[..own.len().min(SHORT)]),
        more: folder.map_or(0, |folder| folder.total).saturating_sub(own.len().min(SHORT)),
    }
}

fn facet_view(site: Site<'_>, facet: &Facet) -> FacetView {
    FacetView {
        one: facet.kind.one(),
        many: facet.kind.many(),
        url: facet.address.url(),
        values: facet.values.iter().map(|value| site.tag(facet.kind, &value.label)).collect(),
    }
}

#[derive(Debug, Serialize)]
struct Changed {
    title: String,
    url: String,
    day: String,
}

/// Returns the runbooks whose texts were changed last, latest first.
fn recently_changed(site: Site<'_>) -> Vec<Changed> {
    let mut changed: Vec<_> = site
        .catalogue
        .entries
        .iter()
        .filter_map(|entry| Some((*site.input.changes.get(&entry.runbook.id)?, entry)))
        .collect();
    changed.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    let view = |(day, entry): &(jiff::civil::Date, &crate::link::Entry<'_>)| Changed {
        title: entry.title.clone(),
        url: entry.address.url(),
        day: day.to_string(),
    };
    changed.iter().take(SHORT).map(view).collect()
}

/// Returns the runbooks somebody has read with care last, latest first.
fn recently_reviewed(site: Site<'_>) -> Vec<RunbookItem> {
    let entries = &site.catalogue.entries;
    let mut reviewed: Vec<usize> =
        (0..entries.len()).filter(|&at| entries[at].runbook.metadata.reviewed.is_some()).collect();
    reviewed.sort_by_key(|&at| std::cmp::Reverse(entries[at].runbook.metadata.reviewed));
    reviewed.truncate(SHORT);
    site.items(&reviewed)
}

fn overdue(site: Site<'_>) -> Vec<RunbookItem> {
    let entries = &site.catalogue.entries;
    let late: Vec<usize> = (0..entries.len()).filter(|&at| site.is_overdue(&entries[at])).take(SHORT).collect();
    site.items(&late)
}

/// Returns the runbooks that the last run has found something wrong with.
fn attention(site: Site<'_>) -> Vec<RunbookItem> {
    let entries = &site.catalogue.entries;
    let wrong = |at: &usize| {
        let outcome = site.evidence.outcome(entries[*at].runbook.id.as_str());
        matches!(outcome, Some(Outcome::Failed | Outcome::Drifted | Outcome::Errored))
    };
    site.items(&(0..entries.len()).filter(wrong).take(SHORT).collect::<Vec<_>>())
}

/// A value of a facet, with some of the runbooks that have it.
#[derive(Debug, Serialize)]
struct ValueView {
    #[serde(flatten)]
    tag: Tag,
    runbooks: Vec<RunbookItem>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct FacetIndex {
    one: &'static str,
    many: &'static str,
    url: String,
    values: Vec<ValueView>,
}

fn facet_index(site: Site<'_>, facet: &Facet) -> FacetIndex {
    let value = |value: &FacetValue| {
        let shown = value.entries.len().min(SHORT);
        ValueView {
            tag: site.tag(facet.kind, &value.label),
            runbooks: site.items(&value.entries[..shown]),
            more: value.entries.len() - shown,
        }
    };
    FacetIndex {
        one: facet.kind.one(),
        many: facet.kind.many(),
        url: facet.address.url(),
        values: facet.values.iter().map(value).collect(),
    }
}

/// Renders the list of a facet's values.
pub(super) fn facet(site: Site<'_>, facet: &Facet) -> Result<Rendered, Box<Diagnostic>> {
    let mut context = site.frame("facets", facet.kind.many(), &facet.address, "")?;
    context.insert("facet", &facet_index(site, facet));
    Ok(Rendered::page(&facet.address, site.theme.render("facets.html", &context)?))
}

/// Renders the list of the runbooks that have a value.
pub(super) fn value(site: Site<'_>, facet: &Facet, value: &FacetValue) -> Result<Rendered, Box<Diagnostic>> {
    let mut context = site.frame("facet", &value.label, &value.address, "")?;
    context.insert("facet", &facet_view(site, facet));
    context.insert("value", &site.tag(facet.kind, &value.label));
    context.insert("runbooks", &site.items(&value.entries));
    Ok(Rendered::page(&value.address, site.theme.render("facet.html", &context)?))
}
