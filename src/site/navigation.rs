//! The list of folders and runbooks beside every page, rendered once for each folder, when its first page needs it, and
//! spliced into its pages.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;
use tera::Context;

use super::text::escape;
use super::theme::Theme;
use crate::diagnostic::Diagnostic;
use crate::link::address::{self, Address};
use crate::link::{Catalogue, Folder};

/// Stands for the way up to the root, which differs between a folder's own page and the pages in it.
const ROOT: &str = "\u{1}root\u{1}";
/// A folder lists this many of its runbooks; its page lists all.
const RUNBOOKS: usize = 60;
/// A folder lists this many of its folders, beside the one that is open.
const FOLDERS: usize = 30;

/// The lists by folder, those rendered that were asked for.
#[derive(Debug)]
pub(crate) struct Navigation(BTreeMap<String, OnceLock<Result<String, Box<Diagnostic>>>>);

#[derive(Debug, Serialize)]
struct Item {
    title: String,
    url: String,
    /// How many runbooks are in it, if it is a folder.
    total: Option<usize>,
    /// What is in it, if it is shown open.
    items: Vec<Item>,
    /// How many of its folders and runbooks are not shown.
    more: usize,
}

impl Navigation {
    /// Has no list rendered yet.
    pub(crate) fn new(catalogue: &Catalogue<'_>) -> Self {
        Self(catalogue.folders.keys().map(|path| (path.clone(), OnceLock::new())).collect())
    }

    /// Returns the list for a page in `folder`, with the page marked as the one being read.
    pub(crate) fn for_page(
        &self,
        folder: &str,
        page: &Address,
        (catalogue, theme): (&Catalogue<'_>, &Theme),
    ) -> Result<String, Box<Diagnostic>> {
        let Some(list) = self.0.get(folder) else { return Ok(String::new()) };
        let list = list.get_or_init(|| rendered(folder, catalogue, theme)).as_ref().map_err(Clone::clone)?;
        let list = list.replace(ROOT, &page.to_root());
        let here = format!("href=\"{}{}\"", page.to_root(), escape(&page.url()));
        Ok(list.replacen(&here, &format!("{here} aria-current=\"page\""), 1))
    }
}

/// Renders the list of a folder: the way to it is open, all else is closed.
fn rendered(folder: &str, catalogue: &Catalogue<'_>, theme: &Theme) -> Result<String, Box<Diagnostic>> {
    let mut context = Context::new();
    context.insert("root", ROOT);
    context.insert("navigation", &items(catalogue, "", folder));
    theme.render("navigation.html", &context)
}

/// Returns what `folder` holds, with the folders on the way to `open` opened.
fn items(catalogue: &Catalogue<'_>, folder: &str, open: &str) -> Vec<Item> {
    let Some(content) = catalogue.folders.get(folder) else { return Vec::new() };
    let folders = shown(content, folder, open).map(|path| {
        let below = catalogue.folders.get(path);
        let opened = below.filter(|_| is_on_the_way(path, open));
        Item {
            title: catalogue.folder_title(path),
            url: catalogue.folder_address(path).url(),
            total: Some(below.map_or(0, |folder| folder.total)),
            items: opened.map_or_else(Vec::new, |_| items(catalogue, path, open)),
            more: opened.map_or(0, |below| {
                let folders = below.folders.len() - shown(below, path, open).count();
                folders + below.runbooks.len().saturating_sub(RUNBOOKS)
            }),
        }
    });
    let runbooks = content.runbooks.iter().take(RUNBOOKS).map(|&at| {
        let entry = &catalogue.entries[at];
        Item { title: entry.title.clone(), url: entry.address.url(), total: None, items: Vec::new(), more: 0 }
    });
    // Runbooks of the root stand after its folders, as files stand after folders in every file list.
    folders.chain(runbooks).collect()
}

/// Returns the folders of a folder that are listed: all of the root, of another the first and the one on the way.
fn shown<'a>(content: &'a Folder, folder: &'a str, open: &'a str) -> impl Iterator<Item = &'a String> {
    let is_shown = move |(at, path): &(usize, &String)| folder.is_empty() || *at < FOLDERS || is_on_the_way(path, open);
    content.folders.iter().enumerate().filter(is_shown).map(|(_, path)| path)
}

fn is_on_the_way(path: &str, open: &str) -> bool {
    open == path || open.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the folders above a path, the root first and without the path itself.
pub(crate) fn ancestors(path: &str) -> Vec<&str> {
    let mut above = Vec::new();
    let mut folder = path;
    while !folder.is_empty() {
        folder = address::parent(folder);
        above.push(folder);
    }
    above.reverse();
    above
}
