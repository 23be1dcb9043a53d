//! All links of all pages, followed.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::resolve::{self, Destination};
use crate::diagnostic::{Diagnostic, Level};

/// Returns what is wrong with the links and images of all pages, page by page in the order of the text.
pub(crate) fn problems(catalogue: &Catalogue<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for entry in &catalogue.entries {
        for link in &entry.runbook.links {
            let resolved = resolve::resolve(&link.destination, catalogue, entry);
            found.extend(resolved.fault.map(|fault| fault.diagnostic(catalogue, entry, link.span)));
            if link.image && matches!(resolved.destination, Destination::Away(_)) {
                let title = "an image of another host is shown as a link";
                found.push(
                    Diagnostic::new("remote-image", Level::Hint, title, &entry.runbook.source, link.span)
                        .help("put the image beside the runbook: pages ask no other host for anything"),
                );
            }
        }
    }
    found
}

/// Returns the files that a page links to or shows, by their paths below the content folder.
pub(crate) fn linked_files(catalogue: &Catalogue<'_>) -> BTreeSet<String> {
    let links = catalogue.entries.iter().flat_map(|entry| entry.runbook.links.iter().map(move |link| (entry, link)));
    links.filter_map(|(entry, link)| resolve::file(catalogue, entry, &link.destination)).map(str::to_owned).collect()
}
