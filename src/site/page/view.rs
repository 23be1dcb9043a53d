//! What templates are given: the words of a runbook, ready to be shown.

use serde::Serialize;
use tera::{Context, Value};

use crate::diagnostic::Diagnostic;
use crate::link::address::Address;
use crate::link::facets::{FacetKind, Facets, severity_rank};
use crate::link::{Catalogue, Entry};
use crate::site::SiteInput;
use crate::site::diagram::Diagrams;
use crate::site::evidence::Evidence;
use crate::site::navigation::{self, Navigation};
use crate::site::theme::Theme;

/// Everything pages are made from.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// What the site is made of.
    pub(crate) input: &'a SiteInput,
    /// What is on the site.
    pub(crate) catalogue: &'a Catalogue<'a>,
    /// The ways to find it.
    pub(crate) facets: &'a Facets,
    /// What runs have shown.
    pub(crate) evidence: &'a Evidence<'a>,
    /// The lists beside the pages.
    pub(crate) navigation: &'a Navigation,
    /// Which runbooks link to which.
    pub(super) backlinks: &'a super::Backlinks,
    /// The pictures of its diagrams.
    pub(crate) diagrams: &'a Diagrams<'a>,
    /// The templates.
    pub(crate) theme: &'a Theme,
}

/// A word and the page that lists what has it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tag {
    /// The word.
    pub(crate) label: String,
    /// Its page, relative to the root.
    pub(crate) url: String,
    /// How many runbooks have it.
    pub(crate) total: usize,
    /// Of a severity: how grave, 0 to 4.
    pub(crate) rank: Option<u8>,
}

/// A runbook in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunbookItem {
    id: String,
    title: String,
    url: String,
    description: Option<String>,
    severity: Option<Tag>,
    service: Option<String>,
    owner: Option<String>,
    reviewed: Option<String>,
    overdue: bool,
    /// The gravest outcome on any target.
    outcome: Option<&'static str>,
    /// The same as it is shown.
    shown: Option<&'static str>,
    /// Whether what was seen on one of them is too long ago.
    stale: bool,
    /// How many steps it has.
    steps: usize,
}

/// A title and where it leads.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TitledLink {
    /// What people read.
    pub(crate) title: String,
    /// Relative to the root.
    pub(crate) url: String,
}

/// What every page has.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    kind: &'static str,
    title: String,
    /// Where the page is published, absolute, if that is known.
    canonical: Option<String>,
    breadcrumbs: Vec<TitledLink>,
}

impl Site<'_> {
    /// Returns a runbook as lists show it.
    pub(crate) fn item(&self, at: usize) -> RunbookItem {
        let entry = &self.catalogue.entries[at];
        let metadata = &entry.runbook.metadata;
        let standing = self.evidence.standing(entry.runbook.id.as_str());
        RunbookItem {
            id: entry.runbook.id.0.clone(),
            title: entry.title.clone(),
            url: entry.address.url(),
            description: metadata.description.clone(),
            severity: metadata.severity.as_ref().map(|severity| self.tag(FacetKind::Severity, &severity.0)),
            service: metadata.service.clone(),
            owner: metadata.owner.clone(),
            reviewed: metadata.reviewed.map(|day| day.to_string()),
            overdue: self.is_overdue(entry),
            outcome: standing.map(|standing| standing.outcome.as_str()),
            shown: standing.map(|standing| standing.shown),
            stale: standing.is_some_and(|standing| standing.stale),
            steps: entry.runbook.steps.len(),
        }
    }

    /// Returns several runbooks as lists show them.
    pub(crate) fn items(&self, entries: &[usize]) -> Vec<RunbookItem> {
        entries.iter().map(|&at| self.item(at)).collect()
    }

    /// Returns a word with its page.
    pub(crate) fn tag(&self, kind: FacetKind, label: &str) -> Tag {
        let value = self.facets.page(kind, label);
        Tag {
            label: label.to_owned(),
            url: value.map_or_else(String::new, |value| value.address.url()),
            total: value.map_or(0, |value| value.entries.len()),
            rank: (kind == FacetKind::Severity).then(|| severity_rank(label)),
        }
    }

    /// Returns whether somebody should have looked at a runbook again by now.
    pub(crate) fn is_overdue(&self, entry: &Entry<'_>) -> bool {
        entry.runbook.metadata.overdue(self.input.today).unwrap_or(false)
    }

    /// Returns the address a page is published at, if that is known.
    pub(crate) fn published(&self, address: &Address) -> Option<String> {
        let url = self.input.config.url.as_deref()?;
        Some(format!("{}/{}", url.trim_end_matches('/'), address.folder_url()))
    }

    /// Makes the context every template needs: the page, the way to the root and the list beside it.
    pub(crate) fn frame(
        &self,
        kind: &'static str,
        title: &str,
        address: &Address,
        folder: &str,
    ) -> Result<Context, Box<Diagnostic>> {
        let mut context = Context::new();
        context.insert("page", &self.frame_view(kind, title, address));
        context.insert("root", &address.to_root());
        context.insert_value("navigation", Value::safe_string(&self.list_beside(folder, address)?));
        Ok(context)
    }

    /// Returns what every page has.
    pub(super) fn frame_view(&self, kind: &'static str, title: &str, address: &Address) -> Frame {
        let parents = navigation::ancestors(address.as_str());
        let known = parents.into_iter().filter(|path| path.is_empty() || self.catalogue.folders.contains_key(*path));
        let link = |path: &str| TitledLink {
            title: if path.is_empty() { "Home".to_owned() } else { self.catalogue.folder_title(path) },
            url: self.catalogue.folder_address(path).url(),
        };
        Frame {
            kind,
            title: title.to_owned(),
            canonical: self.published(address),
            breadcrumbs: known.map(link).collect(),
        }
    }

    /// Returns the list beside a page.
    pub(super) fn list_beside(&self, folder: &str, address: &Address) -> Result<String, Box<Diagnostic>> {
        self.navigation.for_page(folder, address, (self.catalogue, self.theme))
    }
}
