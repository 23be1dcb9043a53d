//! The status page: runbook by target, what needs attention first.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Rendered;
use super::view::Site;
use crate::diagnostic::Diagnostic;
use crate::link::Entry;
use crate::link::address::Address;
use crate::model::{Outcome, Target};
use crate::site::evidence::{LOOKED_UP, PageEvidence};

#[derive(Debug, Serialize)]
struct Row {
    title: String,
    url: String,
    owner: Option<String>,
    /// The gravest outcome on any target.
    outcome: Option<&'static str>,
    /// How it stands: the same as it is shown, or that it passed too long ago.
    shown: Option<&'static str>,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    found: Option<PageEvidence>,
    /// Whether the target is one for this runbook.
    meant: bool,
    /// Whether there are results that cannot be read.
    unreadable: bool,
}

/// How many runbooks stand how; without an outcome, those that were never verified.
#[derive(Debug, Serialize)]
struct Total {
    outcome: Option<&'static str>,
    count: usize,
}

/// Renders the page.
pub(super) fn render(site: Site<'_>, address: &Address) -> Result<Rendered, Box<Diagnostic>> {
    let targets = targets(site);
    let mut rows: Vec<Row> = site
        .catalogue
        .entries
        .iter()
        .filter(|entry| !entry.runbook.steps.is_empty())
        .map(|entry| row(site, entry, &targets))
        .collect();
    // Sorting is stable: within a rank and a moment, runbooks stand in order of their ids.
    rows.sort_by_cached_key(|row| (rank(row.shown), std::cmp::Reverse(latest(row))));
    let owners: BTreeSet<&str> = rows.iter().filter_map(|row| row.owner.as_deref()).collect();
    let mut context = site.frame("status", "Status", address, "")?;
    context.insert("totals", &totals(&rows));
    context.insert("owners", &owners);
    context.insert("targets", &targets.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    context.insert("rows", &rows);
    Ok(Rendered::page(address, site.theme.render("status.html", &context)?))
}

/// Returns the targets that are configured, and those that have results all the same.
fn targets(site: Site<'_>) -> Vec<(&str, Option<&Target>)> {
    let mut targets: Vec<_> = site.input.targets.iter().map(|target| (target.name.as_str(), Some(target))).collect();
    for result in &site.input.results {
        if !targets.iter().any(|(name, _)| *name == result.target) {
            targets.push((&result.target, None));
        }
    }
    for name in site.evidence.unreadable {
        if !targets.iter().any(|(known, _)| known == name) {
            targets.push((name, None));
        }
    }
    targets
}

fn row(site: Site<'_>, entry: &Entry<'_>, targets: &[(&str, Option<&Target>)]) -> Row {
    let id = entry.runbook.id.as_str();
    let found = site.evidence.of_runbook(id);
    let cell = |(name, target): &(&str, Option<&Target>)| Cell {
        found: found.iter().find(|found| found.target == *name).cloned(),
        unreadable: site.evidence.unreadable.iter().any(|unreadable| unreadable == name),
        meant: target.is_none_or(|target| super::runbook::is_meant(target, id)),
    };
    let standing = site.evidence.standing(id);
    Row {
        title: entry.title.clone(),
        url: entry.address.url(),
        owner: entry.runbook.metadata.owner.clone(),
        outcome: standing.map(|standing| standing.outcome.as_str()),
        shown: standing.map(|standing| match standing.outcome {
            Outcome::Passed if standing.stale => STALE,
            _ => standing.shown,
        }),
        cells: targets.iter().map(cell).collect(),
    }
}

/// What is shown of a runbook that passed too long ago.
const STALE: &str = "stale";

/// How runbooks can stand, in the order in which they are read: what is wrong, what could not be looked at, what nobody
/// has looked at or not for long, the rest.
const ORDER: [(Option<&str>, u8); 8] = [
    (Some("failed"), 0),
    (Some("drifted"), 0),
    (Some("errored"), 1),
    (None, 2),
    (Some("skipped"), 2),
    (Some(STALE), 3),
    (Some(LOOKED_UP), 4),
    (Some("passed"), 4),
];

fn rank(shown: Option<&str>) -> u8 {
    ORDER.into_iter().find(|(known, _)| *known == shown).map_or(u8::MAX, |(_, rank)| rank)
}

/// Returns when something was last seen of a runbook; of two moments in this form, the later is the greater.
fn latest(row: &Row) -> Option<String> {
    row.cells.iter().filter_map(|cell| cell.found.as_ref()).map(|found| found.datetime.clone()).max()
}

fn totals(rows: &[Row]) -> Vec<Total> {
    let total = |(kind, _)| Total { outcome: kind, count: rows.iter().filter(|row| row.shown == kind).count() };
    ORDER.into_iter().map(total).filter(|total| total.count > 0).collect()
}
