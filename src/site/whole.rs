//! A whole site, file by file to whoever keeps them. What is known from an earlier build is not made again.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::page::{self, Keys, Made, Recipe, Site};
use super::search::{DIRECTORY, Lines, Search, Searchable};
use super::{PageText, SiteInput};
use crate::diagnostic::Diagnostic;
use crate::model::fingerprint;

/// Takes the files of a site, and knows which it has.
pub trait Output: Sync {
    /// Why a file cannot be taken.
    type Error: Send;

    /// Returns whether the file at `path` is there as it was made under this key.
    fn has(&self, path: &str, key: &str) -> bool;

    /// Returns whether all files that were made under this key are there, and `path` is one of them; if so, they stay.
    fn has_all(&self, path: &str, key: &str) -> bool;

    /// Returns the text that was kept with the file at `path`, if it is the one of this key.
    fn text(&self, path: &str, key: &str) -> Option<Arc<str>>;

    /// Takes a file. A key is that of the file's page; a text is kept with it.
    fn put(&self, path: &str, bytes: Vec<u8>, key: Option<&str>, text: Option<&Arc<str>>) -> Result<(), Self::Error>;
}

/// What came of writing a site.
#[derive(Debug, Default)]
pub struct Written {
    /// How many pages show a runbook.
    pub pages: usize,
    /// Findings that only the rendering shows.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a site was not written.
#[derive(Debug)]
pub enum Unwritten<E> {
    /// A template cannot be used.
    Template(Box<Diagnostic>),
    /// A file cannot be taken.
    Output(E),
}

/// A page that was made, or need not be.
struct Page {
    at: usize,
    path: String,
    key: Option<String>,
    lines: Option<Lines>,
    diagnostics: Vec<Diagnostic>,
}

/// Makes the site and hands its files out as they are made, several at a time and in no order; those of the search index
/// come after all pages.
pub fn write<O: Output>(mut input: SiteInput, out: &O) -> Result<Written, Unwritten<O::Error>> {
    let (written, index) = page::with(&input, |site| write_site(site, out)).map_err(Unwritten::Template)??;
    // The index is made of what the pages say, and takes as much memory as all of this.
    std::mem::take(&mut input.runbooks).into_par_iter().for_each(drop);
    drop(input);
    if let Some(index) = index {
        let folder = folder(&index.pages);
        let search = Search::new(index.pages, &folder);
        search.each(|path, bytes| out.put(&path, bytes, Some(&index.key), None)).map_err(Unwritten::Output)?;
    }
    Ok(written)
}

/// A search index to be made.
struct Unindexed {
    pages: Vec<Searchable>,
    key: String,
}

fn write_site<O: Output>(site: Site<'_>, out: &O) -> Result<(Written, Option<Unindexed>), Unwritten<O::Error>> {
    let recipes = page::recipes(site);
    let keys = Keys::new(site, recipes.iter().filter(|(_, recipe)| recipe.is_linked()).map(|(path, _)| path.as_str()));
    let make = |(path, recipe): (&String, &Recipe<'_>)| one(site, out, &keys, path, recipe);
    let pages = recipes.par_iter().map(make).collect::<Result<Vec<_>, _>>()?;
    let mut pages: Vec<Page> = pages.into_iter().flatten().collect();
    pages.sort_by_key(|page| page.at);
    let diagnostics = pages.iter_mut().flat_map(|page| std::mem::take(&mut page.diagnostics)).collect();
    let written = Written { pages: site.catalogue.entries.len(), diagnostics };
    Ok((written, to_index(site, out, pages).map_err(Unwritten::Template)?))
}

/// Makes one file, if it is not there.
fn one<O: Output>(
    site: Site<'_>,
    out: &O,
    keys: &Keys,
    path: &str,
    recipe: &Recipe<'_>,
) -> Result<Option<Page>, Unwritten<O::Error>> {
    let key = keys.of(site, recipe).map_err(Unwritten::Template)?;
    let page = |at, key, lines, diagnostics| Page { at, path: path.to_owned(), key, lines, diagnostics };
    if let Some(key) = &key
        && out.has(path, key)
    {
        let Recipe::Runbook(at) = *recipe else { return Ok(None) };
        return Ok(Some(page(at, Some(key.clone()), None, Vec::new())));
    }
    match recipe.make(site).map_err(Unwritten::Template)? {
        Made::File(bytes) => out.put(path, bytes.into_owned(), key.as_deref(), None).map_err(Unwritten::Output)?,
        Made::Nothing => {}
        Made::Page(made) => {
            let Recipe::Runbook(at) = *recipe else {
                out.put(path, made.html.into_bytes(), None, None).map_err(Unwritten::Output)?;
                return Ok(None);
            };
            let lines = lines(site, at, &made.text.unwrap_or_default());
            // A page whose text has something wrong is made every time, so that it is said every time.
            let key = key.filter(|_| made.diagnostics.is_empty());
            out.put(path, made.html.into_bytes(), key.as_deref(), Some(&lines.0)).map_err(Unwritten::Output)?;
            return Ok(Some(page(at, key, Some(lines), made.diagnostics)));
        }
    }
    Ok(None)
}

fn lines(site: Site<'_>, at: usize, text: &PageText) -> Lines {
    Lines::new(text, &site.catalogue.entries[at].runbook.metadata)
}

/// Returns what the search index is made of, if it would be another than the one that is there.
fn to_index<O: Output>(site: Site<'_>, out: &O, pages: Vec<Page>) -> Result<Option<Unindexed>, Box<Diagnostic>> {
    // A page without a key was made anew, and what is known of it is its key.
    let names = pages.iter().map(|page| match (&page.key, &page.lines) {
        (None, Some(lines)) => {
            let page = Searchable::new(&site.catalogue.entries[page.at], lines.clone());
            fingerprint(format!("{page:?}").as_bytes())
        }
        (key, _) => key.clone().unwrap_or_default(),
    });
    let key = fingerprint(names.collect::<Vec<_>>().join("\n").as_bytes());
    if out.has_all(DIRECTORY, &key) {
        return Ok(None);
    }
    let searchable = |page: Page| -> Result<Searchable, Box<Diagnostic>> {
        let entry = &site.catalogue.entries[page.at];
        let kept = || out.text(&page.path, page.key.as_deref()?).map(Lines);
        let lines = match page.lines.or_else(kept) {
            Some(lines) => lines,
            None => lines(site, page.at, &page::body(site, entry, &page::values(site, entry))?.text),
        };
        Ok(Searchable::new(entry, lines))
    };
    let pages = pages.into_par_iter().map(searchable).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Unindexed { pages, key }))
}

/// Returns a name for what belongs together: another index has another.
fn folder(pages: &[Searchable]) -> String {
    let all: Vec<String> = pages.par_iter().map(|page| fingerprint(format!("{page:?}").as_bytes())).collect();
    fingerprint(all.concat().as_bytes())[..10].to_owned()
}

/// Files in memory, none of which is known from before.
#[derive(Debug, Default)]
pub(super) struct InMemory(Mutex<BTreeMap<String, Vec<u8>>>);

impl InMemory {
    pub(super) fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Output for InMemory {
    type Error = Infallible;

    fn has(&self, _: &str, _: &str) -> bool {
        false
    }

    fn has_all(&self, _: &str, _: &str) -> bool {
        false
    }

    fn text(&self, _: &str, _: &str) -> Option<Arc<str>> {
        None
    }

    fn put(&self, path: &str, bytes: Vec<u8>, _: Option<&str>, _: Option<&Arc<str>>) -> Result<(), Infallible> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(path.to_owned(), bytes);
        Ok(())
    }
}
