//! Addresses that lead on: alerts, which their rules name for years, and pages that have moved.

use super::Rendered;
use super::view::Site;
use crate::diagnostic::Diagnostic;
use crate::link::address::Address;
use crate::link::facets::{Facet, FacetKind, FacetValue};
use crate::link::generated::alias_address;

/// An address that leads on.
#[derive(Debug)]
pub(in crate::site) struct Redirect<'a> {
    template: &'static str,
    /// The address.
    pub(super) from: Address,
    title: &'a str,
    to: &'a Address,
}

/// Returns the page of an alert that one runbook answers: it leads there at once.
pub(super) fn alert<'a>(site: Site<'a>, facet: &Facet, value: &'a FacetValue) -> Option<Redirect<'a>> {
    let [only] = value.entries.as_slice() else { return None };
    let to = &site.catalogue.entries[*only].address;
    let redirect = Redirect { template: "alert.html", from: value.address.clone(), title: &value.label, to };
    (facet.kind == FacetKind::Alert).then_some(redirect)
}

/// Returns the page of an alert in lower case, where no alert is spelled so: some generators have lower-cased the
/// addresses that alerts were given.
pub(super) fn lower_case<'a>(site: Site<'a>, facet: &Facet, value: &'a FacetValue) -> Option<Redirect<'a>> {
    let from = Address::new(value.address.as_str().to_lowercase());
    let taken = from.as_str().rsplit('/').next().is_some_and(|name| facet.by_slug(name).is_some());
    let to = alert(site, facet, value).map_or(&value.address, |redirect| redirect.to);
    (!taken).then_some(Redirect { template: "alert.html", from, title: &value.label, to })
}

/// Returns the pages at earlier addresses of runbooks.
pub(super) fn aliases(site: Site<'_>) -> impl Iterator<Item = Redirect<'_>> {
    site.catalogue.entries.iter().flat_map(|entry| {
        let addresses = entry.runbook.metadata.aliases.iter().filter_map(|alias| alias_address(alias));
        addresses.map(|from| Redirect { template: "redirect.html", from, title: &entry.title, to: &entry.address })
    })
}

impl Redirect<'_> {
    /// Renders the page.
    pub(super) fn render(&self, site: Site<'_>) -> Result<Rendered, Box<Diagnostic>> {
        let mut context = site.frame("redirect", self.title, &self.from, "")?;
        context.insert("destination", &self.to.url());
        context.insert("canonical_destination", &site.published(self.to));
        Ok(Rendered::page(&self.from, site.theme.render(self.template, &context)?))
    }
}
