//! Pages that no text stands for: lists, the status, search, alerts, and the earlier addresses of runbooks.
//!
//! An author may link to them as to any other page, and alerts link to them for years.

use std::collections::HashMap;

use super::Catalogue;
use super::address::Address;

/// Where such a page leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Generated {
    /// To itself.
    Page(Address),
    /// On to a runbook, by its position in the catalogue.
    Runbook(usize),
}

/// The pages by their addresses in lower case: how an address is spelled in a rule is not in our hands.
#[derive(Debug, Default)]
pub(crate) struct GeneratedPages(HashMap<String, Generated>);

impl GeneratedPages {
    /// Collects the pages around the runbooks of a catalogue.
    pub(super) fn new(catalogue: &Catalogue<'_>) -> Self {
        let mut pages = HashMap::new();
        let mut add = |address: &Address, page| _ = pages.entry(address.as_str().to_lowercase()).or_insert(page);
        let own = [Address::new("search"), status(catalogue)];
        for facet in catalogue.facets.iter() {
            add(&facet.address, Generated::Page(facet.address.clone()));
            for value in &facet.values {
                add(&value.address, Generated::Page(value.address.clone()));
            }
        }
        for address in own {
            add(&address, Generated::Page(address.clone()));
        }
        for (at, entry) in catalogue.entries.iter().enumerate() {
            for alias in entry.runbook.metadata.aliases.iter().filter_map(|alias| alias_address(alias)) {
                add(&alias, Generated::Runbook(at));
            }
        }
        Self(pages)
    }

    /// Returns the page at `path` below the site's root, whatever its capitals and with or without `index.html`.
    pub(crate) fn at(&self, path: &str) -> Option<&Generated> {
        let path = path.strip_suffix("index.html").unwrap_or(path).trim_matches('/');
        self.0.get(&path.to_lowercase())
    }
}

/// Returns where the status stands: a folder of the content of the same name keeps it.
pub(crate) fn status(catalogue: &Catalogue<'_>) -> Address {
    let taken = catalogue.folders.contains_key("status") || catalogue.by_id("status").is_some();
    Address::new(if taken { "verification-status" } else { "status" })
}

/// Returns an earlier address of a runbook as it was written; `None` where it is none below the site's root.
pub(crate) fn alias_address(alias: &str) -> Option<Address> {
    let path = alias.split(['#', '?']).next().unwrap_or_default();
    let path = path.trim_end_matches("index.html").trim_end_matches(".md").trim_end_matches(".html");
    let address = Address::new(path);
    let sound =
        !address.as_str().is_empty() && !address.as_str().split('/').any(|name| matches!(name, ".." | "." | ""));
    sound.then_some(address)
}
