//! Lists in forms that others have agreed on; each is a template of the theme.

use serde::Serialize;
use tera::Context;

use super::super::view::Site;
use super::url_beside;
use crate::diagnostic::Diagnostic;
use crate::link::Entry;

/// How many changes the feed tells.
const CHANGES: usize = 50;

#[derive(Debug, Serialize)]
struct Folder {
    title: String,
    runbooks: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    title: String,
    description: Option<String>,
    /// The Markdown: absolute where the site says where it is published, else relative to its root.
    markdown: String,
}

#[derive(Debug, Serialize)]
struct Change {
    title: String,
    description: Option<String>,
    owner: Option<String>,
    url: String,
    /// The day.
    day: String,
}

/// Returns what is here, for language models.
pub(super) fn llms(site: Site<'_>) -> Result<String, Box<Diagnostic>> {
    let base = base(site);
    let mut folders: Vec<Folder> = Vec::new();
    let mut last = None;
    for entry in &site.catalogue.entries {
        let folder = if entry.of_folder { entry.address.as_str() } else { entry.folder };
        if last != Some(folder) {
            folders.push(Folder { title: site.catalogue.folder_title(folder), runbooks: Vec::new() });
            last = Some(folder);
        }
        let item = Item {
            title: entry.title.clone(),
            description: entry.runbook.metadata.description.clone(),
            markdown: format!("{base}{}", url_beside(entry, "index.md")),
        };
        if let Some(folder) = folders.last_mut() {
            folder.runbooks.push(item);
        }
    }
    let mut context = Context::new();
    context.insert("base", &base);
    context.insert("folders", &folders);
    site.theme.render("llms.txt", &context)
}

/// Returns what was changed last, latest first.
pub(super) fn feed(site: Site<'_>) -> Result<String, Box<Diagnostic>> {
    let changes = &site.input.changes;
    let day = |entry: &Entry<'_>| changes.get(&entry.runbook.id).copied();
    let mut changed: Vec<_> = site.catalogue.entries.iter().filter_map(|entry| Some((day(entry)?, entry))).collect();
    // Sorting is stable: within a day, runbooks stand in order of their ids.
    changed.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    let view = |(day, entry): &(jiff::civil::Date, &Entry<'_>)| Change {
        title: entry.title.clone(),
        description: entry.runbook.metadata.description.clone(),
        owner: entry.runbook.metadata.owner.clone(),
        url: site.published(&entry.address).unwrap_or_default(),
        day: day.to_string(),
    };
    let mut context = Context::new();
    context.insert("base", &base(site));
    context.insert("changes", &changed.iter().take(CHANGES).map(view).collect::<Vec<_>>());
    site.theme.render("feed.xml", &context)
}

/// Returns how a browser searches the site.
pub(super) fn search(site: Site<'_>) -> Result<String, Box<Diagnostic>> {
    let mut context = Context::new();
    context.insert("base", &base(site));
    site.theme.render("opensearch.xml", &context)
}

/// Returns what stands before every address: where the site is published, with a slash at its end, or nothing.
fn base(site: Site<'_>) -> String {
    site.input.config.url.as_deref().map_or_else(String::new, |url| format!("{}/", url.trim_end_matches('/')))
}
