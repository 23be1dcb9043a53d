//! Which files a site has, and what each is made from. Making one makes no other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::machine::Machine;
use super::redirect::{self, Redirect};
use super::view::Site;
use super::{Rendered, lists, not_found, runbook, search_page, sitemap, status, theme_files};
use crate::diagnostic::Diagnostic;
use crate::link::address::Address;
use crate::link::facets::{Facet, FacetKind, FacetValue};
use crate::link::generated;
use crate::site::diagram;

/// What a file is made from.
#[derive(Debug)]
pub(in crate::site) enum Recipe<'a> {
    /// A file of the theme or of the content, as it is.
    File(&'a [u8]),
    /// The runbook at this place of the catalogue.
    Runbook(usize),
    /// The home page of a collection that has no text for it.
    Home,
    /// A folder that has no page of its own.
    Folder(&'a str),
    /// The values of a facet.
    Facet(&'a Facet),
    /// The runbooks of one value.
    Value(&'a Facet, &'a FacetValue),
    /// An address that leads on.
    Redirect(Redirect<'a>),
    /// The picture of a diagram.
    Diagram(&'a str),
    /// The page of the search.
    Search(Address),
    /// Runbook by target.
    Status(Address),
    /// The page for addresses that lead nowhere.
    NotFound,
    /// The list of all addresses.
    Sitemap,
    /// A file for programs.
    Machine(Machine),
}

/// What was made.
pub(in crate::site) enum Made<'a> {
    /// Bytes as they were.
    File(Cow<'a, [u8]>),
    /// A page.
    Page(Rendered),
    /// There is no such file after all.
    Nothing,
}

/// Returns what each file of the site is made from, by path. What the content says of an address outranks what we would
/// put there.
pub(in crate::site) fn recipes(site: Site<'_>) -> BTreeMap<String, Recipe<'_>> {
    let mut recipes: BTreeMap<String, Recipe<'_>> =
        theme_files(site.theme).into_iter().map(|(path, bytes)| (path, Recipe::File(bytes))).collect();
    recipes.extend(site.input.files.iter().map(|(path, bytes)| (path.clone(), Recipe::File(bytes))));
    let mut add = |path: String, recipe| _ = recipes.entry(path).or_insert(recipe);
    for (at, entry) in site.catalogue.entries.iter().enumerate() {
        add(entry.address.file(), Recipe::Runbook(at));
    }
    for (path, _) in site.catalogue.folders.iter().filter(|(_, folder)| folder.page.is_none()) {
        let recipe = if path.is_empty() { Recipe::Home } else { Recipe::Folder(path) };
        add(Address::new(path).file(), recipe);
    }
    for facet in site.facets.iter() {
        add(facet.address.file(), Recipe::Facet(facet));
        for value in &facet.values {
            // An alert that one runbook answers leads there at once.
            match redirect::alert(site, facet, value) {
                Some(redirect) => add(value.address.file(), Recipe::Redirect(redirect)),
                None => add(value.address.file(), Recipe::Value(facet, value)),
            }
            let lower = redirect::lower_case(site, facet, value).filter(|_| facet.kind == FacetKind::Alert);
            lower.into_iter().for_each(|redirect| add(redirect.from.file(), Recipe::Redirect(redirect)));
        }
    }
    redirect::aliases(site).for_each(|redirect| add(redirect.from.file(), Recipe::Redirect(redirect)));
    let (search, status) = (Address::new("search"), generated::status(site.catalogue));
    add(search.file(), Recipe::Search(search));
    add(status.file(), Recipe::Status(status));
    add("404.html".to_owned(), Recipe::NotFound);
    if site.input.config.url.is_some() {
        add("sitemap.xml".to_owned(), Recipe::Sitemap);
    }
    for text in site.diagrams.texts() {
        add(diagram::path(text), Recipe::Diagram(text));
    }
    for (path, file) in Machine::of_site(site) {
        add(path.to_owned(), Recipe::Machine(file));
    }
    for (at, entry) in site.catalogue.entries.iter().enumerate() {
        Machine::of_runbook(site, entry, at).into_iter().for_each(|(path, file)| add(path, Recipe::Machine(file)));
    }
    recipes
}

/// Returns the recipe of a runbook's page without looking at any other file: where its address is its id, and nothing of the
/// theme or the content stands there.
pub(in crate::site) fn runbook_at<'a>(site: Site<'a>, path: &str) -> Option<Recipe<'a>> {
    let at = site.catalogue.position(path.strip_suffix("/index.html")?)?;
    let is_page = site.catalogue.entries[at].address.file() == path;
    let is_taken = site.input.files.contains_key(path) || path.starts_with("theme/");
    (is_page && !is_taken).then_some(Recipe::Runbook(at))
}

impl<'a> Recipe<'a> {
    /// Returns whether links of pages can lead to what is made.
    pub(in crate::site) const fn is_linked(&self) -> bool {
        !matches!(self, Self::Machine(_) | Self::Diagram(_))
    }

    /// Makes the file.
    pub(in crate::site) fn make(&self, site: Site<'a>) -> Result<Made<'a>, Box<Diagnostic>> {
        Ok(Made::Page(match self {
            Self::File(bytes) => return Ok(Made::File(Cow::Borrowed(bytes))),
            Self::Runbook(at) => runbook::render(site, *at)?,
            Self::Home => lists::home_without_text(site)?,
            Self::Folder(path) => lists::folder(site, path)?,
            Self::Facet(facet) => lists::facet(site, facet)?,
            Self::Value(facet, value) => lists::value(site, facet, value)?,
            Self::Redirect(redirect) => redirect.render(site)?,
            Self::Diagram(text) => return Ok(drawn(site, text)),
            Self::Search(address) => search_page(site, address)?,
            Self::Status(address) => status::render(site, address)?,
            Self::NotFound => not_found(site)?,
            Self::Sitemap => sitemap(site)?,
            Self::Machine(file) => return Ok(Made::File(Cow::Owned(file.make(site)?.into_bytes()))),
        }))
    }
}

/// Returns the picture of a text. Where it cannot be drawn, its page says so and names no picture.
fn drawn<'a>(site: Site<'a>, text: &str) -> Made<'a> {
    match site.diagrams.get(text) {
        Some(Ok(picture)) => Made::File(Cow::Borrowed(picture.svg.as_bytes())),
        _ => Made::Nothing,
    }
}

impl Made<'_> {
    /// Returns the bytes of the file, if there is one.
    pub(in crate::site) fn bytes(self) -> Option<Vec<u8>> {
        Some(match self {
            Self::File(bytes) => bytes.into_owned(),
            Self::Page(page) => page.html.into_bytes(),
            Self::Nothing => return None,
        })
    }
}
