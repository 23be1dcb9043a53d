//! All pages of a site, put together.

mod contents;
mod lists;
mod redirect;
mod runbook;
mod status;
mod view;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use tera::Context;

use super::body::PageText;
use super::evidence::Evidence;
use super::navigation::Navigation;
use super::theme::Theme;
use super::{SiteInput, SiteOutput, search};
use crate::diagnostic::Diagnostic;
use crate::link;
use crate::link::Catalogue;
use crate::link::address::Address;
use crate::link::facets::{FacetKind, Facets};
use crate::link::generated;
use view::Site;

/// A page, written.
#[derive(Debug)]
struct Rendered {
    /// Its file below the site's root.
    file: String,
    html: String,
    /// What of it can be searched.
    text: Option<PageText>,
    diagnostics: Vec<Diagnostic>,
}

impl Rendered {
    fn page(address: &Address, html: String) -> Self {
        Self { file: address.file(), html, text: None, diagnostics: Vec::new() }
    }
}

/// Which runbooks link to which.
#[derive(Debug)]
struct Backlinks(Vec<Vec<usize>>);

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
    /// Status, and the lists by severity, service and so on that have something in them.
    lists: Vec<view::TitledLink>,
}

/// A target in the list of the header.
#[derive(Debug, Serialize)]
struct TargetView<'a> {
    name: &'a str,
    title: &'a str,
}

/// Makes all files of the site.
pub(super) fn site(input: &SiteInput) -> Result<SiteOutput, Box<Diagnostic>> {
    let mut theme = Theme::load(&input.theme)?;
    let mut diagnostics = Vec::new();
    // What is wrong with addresses and links is said by `link`, for `lint` and `build` alike.
    let (catalogue, _) = Catalogue::new(&input.runbooks, input.files.keys().cloned().collect(), &input.config.title);
    let facets = Facets::new(&catalogue);
    let evidence = Evidence::new(input);
    theme.set("site", &site_view(input, &facets, &catalogue));
    let navigation = Navigation::new(&catalogue, &theme)?;
    let site = Site {
        input,
        catalogue: &catalogue,
        facets: &facets,
        evidence: &evidence,
        navigation: &navigation,
        theme: &theme,
    };
    let backlinks = Backlinks::new(&catalogue);
    let mut pages = (0..catalogue.entries.len())
        .into_par_iter()
        .map(|at| runbook::render(site, &backlinks, at))
        .collect::<Result<Vec<Rendered>, _>>()?;
    let mut files = theme_files(&theme);
    files.extend(input.files.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    files.extend(search::files(&catalogue, pages.iter_mut().map(|page| page.text.take())));
    pages.extend(others(site)?);
    for page in pages {
        diagnostics.extend(page.diagnostics);
        // What the content says of an address outranks what we would put there, and stands first in the list.
        files.entry(page.file).or_insert_with(|| page.html.into_bytes());
    }
    Ok(SiteOutput { files, pages: catalogue.entries.len(), diagnostics })
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
        lists: std::iter::once(status).chain(facets).collect(),
    }
}

fn target_view(target: &crate::model::Target) -> TargetView<'_> {
    TargetView { name: &target.name, title: target.title.as_deref().unwrap_or(&target.name) }
}

fn theme_files(theme: &Theme) -> BTreeMap<String, Vec<u8>> {
    theme.assets().map(|(path, bytes)| (format!("theme/{path}"), bytes.to_vec())).collect()
}

/// Renders the pages that are no runbook's.
fn others(site: Site<'_>) -> Result<Vec<Rendered>, Box<Diagnostic>> {
    let mut pages = Vec::new();
    for (path, folder) in &site.catalogue.folders {
        match folder.page {
            Some(_) => {}
            None if path.is_empty() => pages.push(lists::home_without_text(site)?),
            None => pages.push(lists::folder(site, path)?),
        }
    }
    pages.extend(redirect::facets(site)?);
    pages.extend(redirect::aliases(site)?);
    let address = Address::new("search");
    let context = site.frame("search", "Search", &address, "");
    pages.push(Rendered::page(&address, site.theme.render("search.html", &context)?));
    pages.push(status::render(site, &generated::status(site.catalogue))?);
    pages.push(not_found(site)?);
    pages.extend(sitemap(site)?);
    Ok(pages)
}

/// Renders the page for addresses that lead nowhere; its links are absolute, because it is shown at any depth.
fn not_found(site: Site<'_>) -> Result<Rendered, Box<Diagnostic>> {
    let mut context = site.frame("not-found", "Page not found", &Address::home(), "");
    let root = published_path(site.input.config.url.as_deref());
    context.insert("navigation", "");
    context.insert("root", &root);
    let alerts = site.facets.get(FacetKind::Alert).map(|facet| facet.address.url());
    context.insert("alerts", &alerts);
    Ok(Rendered {
        file: "404.html".to_owned(),
        ..Rendered::page(&Address::home(), site.theme.render("404.html", &context)?)
    })
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

fn sitemap(site: Site<'_>) -> Result<Option<Rendered>, Box<Diagnostic>> {
    if site.input.config.url.is_none() {
        return Ok(None);
    }
    let urls: Vec<(Option<String>, Option<String>)> = site
        .catalogue
        .entries
        .iter()
        .map(|entry| (site.published(&entry.address), entry.runbook.metadata.reviewed.map(|day| day.to_string())))
        .collect();
    let mut context = Context::new();
    context.insert("urls", &urls);
    let html = site.theme.render("sitemap.xml", &context)?;
    Ok(Some(Rendered { file: "sitemap.xml".to_owned(), html, text: None, diagnostics: Vec::new() }))
}
