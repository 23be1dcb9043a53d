//! All pages of a site: which there are, and how each is made when it is asked for.

mod contents;
mod key;
mod lean;
mod lists;
mod machine;
mod recipe;
mod redirect;
mod runbook;
mod situations;
mod status;
mod view;

use std::collections::BTreeMap;

use serde::Serialize;
use tera::Context;

use super::diagram::Diagrams;
use super::evidence::Evidence;
use super::navigation::Navigation;
use super::theme::Theme;
use super::{SiteInput, body};
use crate::diagnostic::Diagnostic;
use crate::link;
use crate::link::Catalogue;
use crate::link::address::Address;
use crate::link::facets::{FacetKind, Facets};
use crate::link::generated;

pub(super) use key::Keys;
pub(super) use recipe::{Made, Recipe, recipes, runbook_at};
pub(super) use runbook::{body, values};
pub(super) use view::Site;

/// A page, written.
#[derive(Debug)]
pub(super) struct Rendered {
    /// Its bytes.
    pub(super) html: String,
    /// What of it can be searched.
    pub(super) text: Option<body::PageText>,
    /// What is wrong with its text.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Rendered {
    fn page(address: &Address, html: String) -> Self {
        Self { html: lean::lean(html, address), text: None, diagnostics: Vec::new() }
    }
}

/// Which runbooks link to which.
#[derive(Debug)]
pub(super) struct Backlinks(Vec<Vec<usize>>);

impl Backlinks {
    fn new(catalogue: &Catalogue<'_>) -> Self {
        let mut from = vec![Vec::new(); catalogue.entries.len()];
        for (at, entry) in catalogue.entries.iter().enumerate() {
            for link in &entry.runbook.links {
                let target = link::runbook(catalogue, entry, &link.destination).filter(|&target| target != at);
                if let Some(target) = target.filter(|&target| from[target].last() != Some(&at)) {
                    from[target].push(at);
                }
            }
        }
        Self(from)
    }

    fn of(&self, at: usize) -> &[usize] {
        self.0.get(at).map_or(&[], Vec::as_slice)
    }
}

/// What every template knows of the site.
#[derive(Debug, Serialize)]
struct SiteView<'a> {
    title: &'a str,
    description: Option<&'a str>,
    language: &'a str,
    /// Where runbooks can be pointed.
    targets: Vec<TargetView<'a>>,
    /// Where runbook by target is shown.
    status: String,
    /// Whether there is a feed of changes.
    has_feed: bool,
    /// Whether the site says where it is published.
    is_published: bool,
    /// Status, and the lists by severity, service and so on that have something in them.
    lists: Vec<view::TitledLink>,
}

/// A target in the list of the header.
#[derive(Debug, Serialize)]
struct TargetView<'a> {
    name: &'a str,
    title: &'a str,
}

/// Lays the site out, renders nothing yet, and hands it to `work`.
pub(super) fn with<R>(input: &SiteInput, work: impl FnOnce(Site<'_>) -> R) -> Result<R, Box<Diagnostic>> {
    let mut theme = Theme::load(&input.theme)?;
    // What is wrong with addresses and links is said by `link`, for `lint` and `build` alike.
    let (catalogue, _) = Catalogue::new(&input.runbooks, input.files.keys().cloned().collect(), &input.config.title);
    let facets = &catalogue.facets;
    let evidence = Evidence::new(input);
    theme.set("site", &site_view(input, facets, &catalogue));
    let navigation = Navigation::new(&catalogue);
    let backlinks = Backlinks::new(&catalogue);
    let diagrams = Diagrams::new(&input.runbooks);
    let site = Site {
        input,
        catalogue: &catalogue,
        facets,
        evidence: &evidence,
        navigation: &navigation,
        backlinks: &backlinks,
        diagrams: &diagrams,
        theme: &theme,
    };
    Ok(work(site))
}

fn site_view<'a>(input: &'a SiteInput, facets: &Facets, catalogue: &Catalogue<'_>) -> SiteView<'a> {
    let facets =
        facets.iter().map(|facet| view::TitledLink { title: facet.kind.many().to_owned(), url: facet.address.url() });
    let status = view::TitledLink { title: "Status".to_owned(), url: generated::status(catalogue).url() };
    SiteView {
        title: &input.config.title,
        description: input.config.description.as_deref(),
        language: &input.config.language,
        targets: input.targets.iter().map(target_view).collect(),
        status: status.url.clone(),
        has_feed: machine::has_feed(input),
        is_published: input.config.url.is_some(),
        lists: std::iter::once(status).chain(facets).collect(),
    }
}

fn target_view(target: &crate::model::Target) -> TargetView<'_> {
    TargetView { name: &target.name, title: target.title.as_deref().unwrap_or(&target.name) }
}

fn theme_files(theme: &Theme) -> BTreeMap<String, &[u8]> {
    theme.assets().map(|(path, bytes)| (format!("theme/{path}"), bytes)).collect()
}

fn search_page(site: Site<'_>, address: &Address) -> Result<Rendered, Box<Diagnostic>> {
    let context = site.frame("search", "Search", address, "")?;
    Ok(Rendered::page(address, site.theme.render("search.html", &context)?))
}

/// Renders the page for addresses that lead nowhere; its links are absolute, because it is shown at any depth.
fn not_found(site: Site<'_>) -> Result<Rendered, Box<Diagnostic>> {
    let mut context = site.frame("not-found", "Page not found", &Address::home(), "")?;
    let root = published_path(site.input.config.url.as_deref());
    context.insert("navigation", "");
    context.insert("root", &root);
    let alerts = site.facets.get(FacetKind::Alert).map(|facet| facet.address.url());
    context.insert("alerts", &alerts);
    Ok(Rendered::page(&Address::home(), site.theme.render("404.html", &context)?))
}

/// Returns the path of the URL a site is published at, with `/` at both ends; `/` where it is not known.
fn published_path(url: Option<&str>) -> String {
    let path =
        url.and_then(|url| url.split_once("://")).and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    match path.map(|path| path.trim_matches('/')) {
        None | Some("") => "/".to_owned(),
        Some(path) => format!("/{path}/"),
    }
}

/// A page in the list of all addresses.
#[derive(Debug, Serialize)]
struct SitemapUrl {
    url: String,
    /// The day of its last change; where that is not known, of its last review.
    day: Option<String>,
}

fn sitemap(site: Site<'_>) -> Result<Rendered, Box<Diagnostic>> {
    let url = |entry: &link::Entry<'_>| {
        let runbook = entry.runbook;
        let day = site.input.changes.get(&runbook.id).or(runbook.metadata.reviewed.as_ref());
        Some(SitemapUrl { url: site.published(&entry.address)?, day: day.map(ToString::to_string) })
    };
    let urls: Vec<SitemapUrl> = site.catalogue.entries.iter().filter_map(url).collect();
    let mut context = Context::new();
    context.insert("urls", &urls);
    let html = site.theme.render("sitemap.xml", &context)?;
    Ok(Rendered { html, text: None, diagnostics: Vec::new() })
}
