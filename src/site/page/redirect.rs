//! Addresses that lead on: alerts, which their rules name for years, and pages that have moved.

use super::view::Site;
use super::{Rendered, lists};
use crate::diagnostic::Diagnostic;
use crate::link::address::Address;
use crate::link::facets::{Facet, FacetValue};
use crate::link::generated::alias_address;

/// Renders the page of an alert that one runbook answers: it leads there at once, in the spelling of the alert and in
/// lower case, because some generators have lower-cased the addresses that alerts were given.
pub(super) fn alert(site: Site<'_>, facet: &Facet, value: &FacetValue) -> Result<Vec<Rendered>, Box<Diagnostic>> {
    let Some(entry) = value.entries.first().map(|&at| &site.catalogue.entries[at]) else { return Ok(Vec::new()) };
    let mut pages = vec![to(site, "alert.html", &value.address, &value.label, &entry.address)?];
    pages.extend(lower_case(site, facet, value, &entry.address)?);
    Ok(pages)
}

/// Renders the page of an alert in lower case, where no alert is spelled so.
pub(super) fn lower_case(
    site: Site<'_>,
    facet: &Facet,
    value: &FacetValue,
    destination: &Address,
) -> Result<Option<Rendered>, Box<Diagnostic>> {
    let lower = Address::new(value.address.as_str().to_lowercase());
    let taken = facet.values.iter().any(|other| other.address == lower);
    if taken { Ok(None) } else { to(site, "alert.html", &lower, &value.label, destination).map(Some) }
}

/// Renders the pages at earlier addresses of runbooks.
pub(super) fn aliases(site: Site<'_>) -> Result<Vec<Rendered>, Box<Diagnostic>> {
    let mut pages = Vec::new();
    for entry in &site.catalogue.entries {
        for address in entry.runbook.metadata.aliases.iter().filter_map(|alias| alias_address(alias)) {
            pages.push(to(site, "redirect.html", &address, &entry.title, &entry.address)?);
        }
    }
    Ok(pages)
}

fn to(site: Site<'_>, template: &str, from: &Address, title: &str, to: &Address) -> Result<Rendered, Box<Diagnostic>> {
    let mut context = site.frame("redirect", title, from, "");
    context.insert("destination", &to.url());
    context.insert("canonical_destination", &site.published(to));
    Ok(Rendered::page(from, site.theme.render(template, &context)?))
}

/// Renders the pages of every facet.
pub(super) fn facets(site: Site<'_>) -> Result<Vec<Rendered>, Box<Diagnostic>> {
    let mut pages = Vec::new();
    for facet in site.facets.iter() {
        pages.extend(lists::facet(site, facet)?);
    }
    Ok(pages)
}
