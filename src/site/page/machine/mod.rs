//! What programs read of a site: JSON, badges, the Markdown of each page, a feed of changes, and lists of it all.
//!
//! Addresses are relative to the site's root, so that they hold wherever it stands. A feed and a description of the search
//! must say where the site is published: without `url` there is neither. Nothing here knows the hour: a file says on which
//! day something was seen, never how long ago that was.

mod api;
mod badge;
mod card;
mod lists;
mod markdown;

use super::view::Site;
use crate::diagnostic::Diagnostic;
use crate::link::Entry;
use crate::link::address::encode;
use crate::site::SiteInput;

/// The schema of all files under `api/`.
const SCHEMA: &str = include_str!("../../../../docs/site.schema.json");

/// A file for programs.
#[derive(Debug, Clone, Copy)]
pub(in crate::site) enum Machine {
    /// Every runbook with its steps.
    Runbooks,
    /// What is known of each runbook on each target.
    Status,
    /// Where each alert leads.
    Alerts,
    /// What the three look like.
    Schema,
    /// The state of the whole site in a picture.
    SiteBadge,
    /// The state of a runbook in a picture.
    Badge(usize),
    /// What a chat shows of a link to a runbook.
    Card(usize),
    /// The text of a runbook as it was written, but for secrets.
    Markdown(usize),
    /// What is here, for language models.
    Llms,
    /// What was changed last, as an Atom feed.
    Feed,
    /// How a browser searches the site.
    Search,
}

impl Machine {
    /// Returns the files that are about the whole site, by path.
    pub(super) fn of_site(site: Site<'_>) -> Vec<(&'static str, Self)> {
        let mut files = vec![
            ("api/runbooks.json", Self::Runbooks),
            ("api/status.json", Self::Status),
            ("api/alerts.json", Self::Alerts),
            ("api/schema.json", Self::Schema),
            ("badge.svg", Self::SiteBadge),
            ("llms.txt", Self::Llms),
        ];
        if site.input.config.url.is_some() {
            files.push(("opensearch.xml", Self::Search));
            if has_feed(site.input) {
                files.push(("feed.xml", Self::Feed));
            }
        }
        files
    }

    /// Returns the files beside the page of a runbook, by path.
    pub(super) fn of_runbook(site: Site<'_>, entry: &Entry<'_>, at: usize) -> Vec<(String, Self)> {
        let mut files = vec![(beside(entry, "index.md"), Self::Markdown(at))];
        if !entry.runbook.steps.is_empty() {
            files.push((beside(entry, "badge.svg"), Self::Badge(at)));
        }
        // A page names it in full.
        if site.input.config.url.is_some() {
            files.push((beside(entry, "card.svg"), Self::Card(at)));
        }
        files
    }

    /// Makes the file.
    pub(super) fn make(self, site: Site<'_>) -> Result<String, Box<Diagnostic>> {
        Ok(match self {
            Self::Runbooks => api::runbooks(site),
            Self::Status => api::status(site),
            Self::Alerts => api::alerts(site),
            Self::Schema => SCHEMA.to_owned(),
            Self::SiteBadge => badge::of_site(site),
            Self::Badge(at) => badge::of_runbook(site, site.catalogue.entries[at].runbook.id.as_str()),
            Self::Card(at) => card::of_runbook(site, &site.catalogue.entries[at]),
            Self::Markdown(at) => markdown::of(site.catalogue.entries[at].runbook).into_owned(),
            Self::Llms => lists::llms(site)?,
            Self::Feed => lists::feed(site)?,
            Self::Search => lists::search(site)?,
        })
    }
}

/// Returns whether there is a feed: one that could not say when anything was changed would be none.
pub(super) fn has_feed(input: &SiteInput) -> bool {
    input.config.url.is_some() && !input.changes.is_empty()
}

/// Returns the path of a file beside the page of a runbook.
fn beside(entry: &Entry<'_>, name: &str) -> String {
    let folder = entry.address.as_str();
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Returns the same as a URL.
fn url_beside(entry: &Entry<'_>, name: &str) -> String {
    encode(&beside(entry, name))
}
