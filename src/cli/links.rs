//! The links of a collection, for the verbs that tell what is wrong with them.

use std::collections::BTreeSet;

use crate::collection::Collection;
use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::link::{self, Catalogue};

/// What the links of a collection say.
pub(super) struct Links {
    /// Links that lead nowhere, and pages that want the same address.
    pub(super) problems: Vec<Diagnostic>,
    /// The files to publish beside the pages, relative to the content folder.
    pub(super) files: BTreeSet<String>,
}

/// Follows all links.
///
/// What lies in a folder `content/` is there to be published. Where the whole root is the content, much else lies beside
/// the runbooks, and only what a page links to or shows is published.
pub(super) fn follow(settings: &Settings, collection: &Collection) -> Links {
    let name = |path: &std::path::PathBuf| {
        path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let assets = collection.assets.iter().map(name).collect();
    let title = &settings.site.title;
    let (catalogue, mut places) = Catalogue::new(&collection.runbooks, assets, title);
    let mut problems = link::problems(&catalogue);
    let files = if settings.is_whole_root() { link::linked_files(&catalogue) } else { catalogue.files };
    // A file that is not published stands in no page's way.
    if settings.is_whole_root() && !places.is_empty() {
        places = Catalogue::new(&collection.runbooks, files.clone(), title).1;
    }
    places.append(&mut problems);
    Links { problems: places, files }
}
