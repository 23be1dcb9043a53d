//! By what it is known that a runbook's page would be the same again: everything it shows, hashed.
//!
//! A key that says "the same" too rarely costs time; one that says it once too often leaves an old page. So what is hard
//! to tell for one page (which links lead where) is taken from the whole site: when a page comes, goes, moves, or has
//! other anchors, all pages are made again.

use rayon::prelude::*;
use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::recipe::Recipe;
use super::runbook;
use super::view::Site;
use crate::diagnostic::Diagnostic;
use crate::link::Entry;
use crate::model::hexadecimal;
use crate::site::body::LAST_VERIFIED;

/// Makes keys.
#[derive(Debug)]
pub(in crate::site) struct Keys(String);

impl Keys {
    /// Takes what all pages have in common.
    pub(in crate::site) fn new<'a>(site: Site<'_>, recipes: impl Iterator<Item = &'a str>) -> Self {
        let mut hash = Hash::new();
        let input = site.input;
        for (path, bytes) in site.theme.files() {
            hash.part(path.as_bytes());
            hash.part(bytes);
        }
        hash.json(&super::site_view(input, site.facets, site.catalogue));
        hash.part(format!("{:?}", input.config).as_bytes());
        // Every address there is, and every place on every page.
        recipes.for_each(|path| hash.part(path.as_bytes()));
        let places: Vec<String> = site.catalogue.entries.par_iter().map(places).collect();
        places.iter().for_each(|places| hash.part(places.as_bytes()));
        site.catalogue.files.iter().for_each(|path| hash.part(path.as_bytes()));
        Self(hash.finish())
    }

    /// Returns the key of what a recipe makes; `None` where it is made every time.
    pub(in crate::site) fn of(&self, site: Site<'_>, recipe: &Recipe<'_>) -> Result<Option<String>, Box<Diagnostic>> {
        let at = match *recipe {
            Recipe::Runbook(at) => at,
            // Its address is the hash of its text.
            Recipe::Diagram(_) => return Ok(Some("diagram".to_owned())),
            _ => return Ok(None),
        };
        let entry = &site.catalogue.entries[at];
        // The home page lists much of the site.
        if entry.address.as_str().is_empty() {
            return Ok(None);
        }
        let runbook = entry.runbook;
        let mut hash = Hash::new();
        hash.part(self.0.as_bytes());
        hash.part(runbook.source.text().as_bytes());
        // What comes from a shared text is not in this one.
        if runbook.blocks.iter().any(|block| block.fragment.is_some()) {
            hash.part(format!("{:?}", runbook.steps).as_bytes());
        }
        let folder = if entry.of_folder { entry.address.as_str() } else { entry.folder };
        hash.json(&site.frame_view("runbook", &entry.title, &entry.address));
        hash.part(site.list_beside(folder, &entry.address)?.as_bytes());
        let values = runbook::values(site, entry);
        hash.json(&runbook::view(site, entry, at, &values));
        hash.json(&runbook::children(site, entry));
        for step in &runbook.steps {
            hash.json(&site.evidence.of_step(runbook.id.as_str(), step));
        }
        // Its tables may say when others were verified.
        if runbook.source.text().to_ascii_lowercase().contains(LAST_VERIFIED) {
            for other in &site.catalogue.entries {
                hash.json(&site.evidence.of_runbook(other.runbook.id.as_str()));
            }
        }
        Ok(Some(hash.finish()))
    }
}

/// Returns a hash of what links can lead to on a page.
fn places(entry: &Entry<'_>) -> String {
    let mut hash = Hash::new();
    hash.part(entry.runbook.id.as_str().as_bytes());
    hash.part(entry.address.as_str().as_bytes());
    hash.part(&[u8::from(entry.of_folder)]);
    entry.anchors.sorted_names().iter().for_each(|name| hash.part(name.as_bytes()));
    entry.runbook.metadata.aliases.iter().for_each(|alias| hash.part(alias.as_bytes()));
    hash.finish()
}

struct Hash(Context);

impl Hash {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Takes a part; where one ends and the next begins counts.
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn json<T: Serialize>(&mut self, value: &T) {
        // Views always have a form in JSON.
        self.part(&serde_json::to_vec(value).unwrap_or_default());
    }

    /// Returns the hash in hexadecimal.
    fn finish(self) -> String {
        hexadecimal(self.0.finish().as_ref())
    }
}
