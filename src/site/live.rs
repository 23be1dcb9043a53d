//! A site of which each file is made when somebody asks for it: what nobody looks at costs nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::page::{self, Made, Recipe, Site};
use super::search::{Lines, Search, Searchable};
use super::{PageText, SiteInput};
use crate::diagnostic::Diagnostic;
use crate::link;
use crate::model::{RunbookId, Source};

/// Where the files of the index stand: there is one index, kept up as texts change.
const FOLDER: &str = "live";

/// What is kept from one state of the texts to the next: the search index, and what is wrong with each text.
#[derive(Debug, Default)]
pub struct Kept {
    search: Option<Search>,
    known: HashMap<RunbookId, Known>,
}

/// A text as the index knows it.
#[derive(Debug)]
struct Known {
    source: Arc<Source>,
    address: String,
    title: String,
    diagnostics: Vec<Diagnostic>,
}

/// A site in one state of its texts.
pub struct OpenSite<'a> {
    site: Site<'a>,
    /// Found out when a file is asked for that is no runbook's page.
    recipes: OnceLock<BTreeMap<String, Recipe<'a>>>,
}

/// Lays the site out and hands it to `work`. Fails only where a template is broken.
pub fn open<R>(input: &SiteInput, work: impl FnOnce(&OpenSite<'_>) -> R) -> Result<R, Box<Diagnostic>> {
    page::with(input, |site| work(&OpenSite { site, recipes: OnceLock::new() }))
}

impl OpenSite<'_> {
    /// Makes the file at `path`, if there is one.
    pub fn file(&self, path: &str, kept: &Kept) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
        let made = |recipe: &Recipe<'_>| recipe.make(self.site).map(Made::bytes);
        if let Some(recipe) = page::runbook_at(self.site, path) {
            return made(&recipe);
        }
        match self.recipes.get_or_init(|| page::recipes(self.site)).get(path) {
            Some(recipe) => made(recipe),
            None => Ok(kept.search.as_ref().and_then(|search| search.file(path))),
        }
    }

    /// Brings what is kept up to this state of the texts. Only texts that were read again are gone through.
    pub fn refresh(&self, kept: &mut Kept) -> Result<(), Box<Diagnostic>> {
        let entries = &self.site.catalogue.entries;
        let is_known = |at: &usize| {
            let entry = &entries[*at];
            kept.known.get(&entry.runbook.id).is_some_and(|known| {
                Arc::ptr_eq(&known.source, &entry.runbook.source)
                    && known.address == entry.address.as_str()
                    && known.title == entry.title
            })
        };
        let changed: Vec<usize> = (0..entries.len()).filter(|at| !is_known(at)).collect();
        let read = changed.into_par_iter().map(|at| self.read(at)).collect::<Result<Vec<_>, _>>()?;
        let gone = self.forget(kept);
        let mut pages = Vec::with_capacity(read.len());
        for (at, page, diagnostics) in read {
            let entry = &entries[at];
            let known = Known {
                source: Arc::clone(&entry.runbook.source),
                address: entry.address.as_str().to_owned(),
                title: entry.title.clone(),
                diagnostics,
            };
            kept.known.insert(entry.runbook.id.clone(), known);
            pages.push(page);
        }
        match &mut kept.search {
            None => kept.search = Some(Search::new(pages, FOLDER)),
            Some(search) => {
                gone.iter().for_each(|address| search.replace(address, None));
                for page in pages {
                    let address = page.address().to_owned();
                    search.replace(&address, Some(page));
                }
            }
        }
        Ok(())
    }

    fn read(&self, at: usize) -> Result<(usize, Searchable, Vec<Diagnostic>), Box<Diagnostic>> {
        let entry = &self.site.catalogue.entries[at];
        let body = page::body(self.site, entry, &page::values(self.site, entry))?;
        let text: PageText = body.text;
        let lines = Lines::new(&text, &entry.runbook.metadata);
        Ok((at, Searchable::new(entry, lines), body.diagnostics))
    }

    /// Forgets the pages that are gone; returns the addresses where nothing stands any more, or something else.
    fn forget(&self, kept: &mut Kept) -> Vec<String> {
        let mut gone = Vec::new();
        kept.known.retain(|id, known| {
            let address = self.site.catalogue.by_exact_id(id.as_str()).map(|entry| entry.address.as_str());
            if address != Some(known.address.as_str()) {
                gone.push(known.address.clone());
            }
            address.is_some()
        });
        gone
    }

    /// Returns what is wrong with the links of all texts, and with what was noted of each.
    pub fn problems(&self, kept: &Kept) -> Vec<Diagnostic> {
        let mut problems = link::problems(self.site.catalogue);
        problems.extend(kept.known.values().flat_map(|known| known.diagnostics.iter().cloned()));
        problems
    }
}
