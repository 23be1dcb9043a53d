//! Where an address from outside leads: alerts, chats and bookmarks name pages as they are published.

use super::address;
use super::catalogue::{AnchorMatch, Catalogue};
use super::generated::Generated;
use super::resolve::without_extension;
use crate::diagnostic::did_you_mean;

/// Where an address leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// To a page, and to a place on it if it names one.
    Page,
    /// To a page that no text stands for.
    Generated,
    /// To a page that does not have the place.
    Anchor {
        /// The page's title.
        title: String,
        /// The place.
        name: String,
        /// One that was probably meant.
        close: Option<String>,
    },
    /// Nowhere.
    Nothing,
}

/// Returns where the path of an address below the site's root leads; capitals do not matter.
pub(crate) fn land(catalogue: &Catalogue<'_>, path: &str, fragment: Option<&str>) -> Landing {
    let path = address::decode(path);
    let path = path.trim_matches('/');
    let path = path.strip_suffix("index.html").or_else(|| path.strip_suffix(".html")).unwrap_or(path).trim_matches('/');
    let path = without_extension(path).unwrap_or(path);
    let by_address = || catalogue.entries.iter().position(|entry| entry.address.as_str().eq_ignore_ascii_case(path));
    let page = catalogue.position(path).or_else(by_address).or_else(|| match catalogue.generated.at(path) {
        Some(&Generated::Runbook(page)) => Some(page),
        _ => None,
    });
    let Some(entry) = page.and_then(|page| catalogue.entries.get(page)) else {
        let known = catalogue.folders.contains_key(path) && !path.is_empty() || catalogue.generated.at(path).is_some();
        return if known { Landing::Generated } else { Landing::Nothing };
    };
    let name = address::decode(fragment.unwrap_or_default());
    match entry.anchors.find(&name) {
        AnchorMatch::Exact | AnchorMatch::Loose(_) => Landing::Page,
        AnchorMatch::Missing => Landing::Anchor {
            title: entry.title.clone(),
            close: did_you_mean(&name, entry.anchors.sorted_names()).map(str::to_owned),
            name,
        },
    }
}

/// Returns the address of a runbook below the site's root.
pub(crate) fn published(catalogue: &Catalogue<'_>, id: &str) -> String {
    catalogue.by_id(id).map_or_else(|| id.to_owned(), |entry| entry.address.folder_url())
}
