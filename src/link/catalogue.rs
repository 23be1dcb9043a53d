//! What is on the site: which runbook stands at which address, in which folder, and which anchors it has.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use super::address::{self, Address};
use super::facets::Facets;
use super::generated::GeneratedPages;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Runbook, Span};

/// A runbook and where it stands.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The runbook.
    pub(crate) runbook: &'a Runbook,
    /// Its page.
    pub(crate) address: Address,
    /// The content folder its file is in; relative links begin here.
    pub(crate) folder: &'a str,
    /// Whether it is the page of a folder (`README.md`, `index.md`), which its address names.
    pub(crate) of_folder: bool,
    /// What people read.
    pub(crate) title: String,
    /// Names that `#…` can lead to.
    pub(crate) anchors: LazyAnchors<'a>,
}

/// A folder of the content.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// The entry that is its page, where it has one.
    pub(crate) page: Option<usize>,
    /// Its runbooks, by title.
    pub(crate) runbooks: Vec<usize>,
    /// Paths of the folders in it.
    pub(crate) folders: Vec<String>,
    /// How many runbooks are in it and below it.
    pub(crate) total: usize,
}

/// Everything that can be linked to.
#[derive(Debug)]
pub(crate) struct Catalogue<'a> {
    /// Every runbook, in order of ids.
    pub(crate) entries: Vec<Entry<'a>>,
    /// Every folder with a runbook in or below it; the root is the empty path.
    pub(crate) folders: BTreeMap<String, Folder>,
    /// Other files that a link may lead to, by their paths below the content folder.
    pub(crate) files: BTreeSet<String>,
    /// The title of the home page, where no runbook gives it one.
    home: String,
    /// The words that runbooks are found by.
    pub(crate) facets: Facets,
    /// Pages that no text stands for.
    pub(super) generated: GeneratedPages,
    by_id: HashMap<&'a str, usize>,
    by_lower_case: HashMap<String, usize>,
}

impl<'a> Catalogue<'a> {
    /// Gives every runbook its place.
    pub(crate) fn new(runbooks: &'a [Runbook], files: BTreeSet<String>, home: &str) -> (Self, Vec<Diagnostic>) {
        let mut runbooks: Vec<&Runbook> = runbooks.iter().collect();
        runbooks.sort_by(|one, other| one.id.cmp(&other.id));
        let folder_paths = folder_paths(&runbooks);
        let mut taken = HashSet::new();
        let mut diagnostics = Vec::new();
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(runbooks.len());
        // Pages of folders choose first, so that `incident/README.md` and not `incident.md` is `/incident/`.
        runbooks.sort_by_cached_key(|runbook| folder_page_rank(runbook.id.as_str(), &folder_paths).unwrap_or(u8::MAX));
        for runbook in runbooks {
            entries.push(entry(runbook, &folder_paths, (&mut taken, &files), &mut diagnostics));
        }
        entries.sort_by(|one, other| one.runbook.id.cmp(&other.runbook.id));
        let by_id = entries.iter().enumerate().map(|(at, entry)| (entry.runbook.id.as_str(), at)).collect();
        let by_lower_case =
            entries.iter().enumerate().map(|(at, entry)| (entry.runbook.id.0.to_lowercase(), at)).collect();
        let folders = folders(&entries, folder_paths);
        let (facets, generated) = (Facets::default(), GeneratedPages::default());
        let home = home.to_owned();
        let mut catalogue = Self { entries, folders, files, home, facets, generated, by_id, by_lower_case };
        catalogue.facets = Facets::new(&catalogue);
        catalogue.generated = GeneratedPages::new(&catalogue);
        (catalogue, diagnostics)
    }

    /// Returns the runbook of an id; where no id is the same, one that differs in case only.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Entry<'a>> {
        self.position(id).map(|at| &self.entries[at])
    }

    /// Returns the runbook of exactly this id.
    pub(crate) fn by_exact_id(&self, id: &str) -> Option<&Entry<'a>> {
        self.by_id.get(id).map(|&at| &self.entries[at])
    }

    /// Returns the position of the runbook of an id; where no id is the same, of one that differs in case only.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).or_else(|| self.by_lower_case.get(&id.to_lowercase())).copied()
    }

    /// Returns the title of a folder: that of its page, else its name.
    pub(crate) fn folder_title(&self, path: &str) -> String {
        let page = self.folders.get(path).and_then(|folder| folder.page).map(|at| &self.entries[at]);
        match page {
            Some(entry) => entry.title.clone(),
            None if path.is_empty() => self.home.clone(),
            None => address::title_of_name(address::name(path)),
        }
    }

    /// Returns the page of the folder `path`, which may be written by a runbook or made by us.
    pub(crate) fn folder_address(&self, path: &str) -> Address {
        let page = self.folders.get(path).and_then(|folder| folder.page);
        page.map_or_else(|| Address::new(path), |at| self.entries[at].address.clone())
    }
}

/// Returns every folder that holds a runbook, and the folders above it.
fn folder_paths(runbooks: &[&Runbook]) -> HashSet<String> {
    let mut paths = HashSet::from([String::new()]);
    for runbook in runbooks {
        let mut folder = address::parent(runbook.id.as_str());
        while !folder.is_empty() && paths.insert(folder.to_owned()) {
            folder = address::parent(folder);
        }
    }
    paths
}

/// Returns how strong a claim a runbook has to be the page of a folder (0 is the strongest); `None` if it has none.
fn folder_page_rank(id: &str, folders: &HashSet<String>) -> Option<u8> {
    let name = address::name(id);
    let rank = ["readme", "index", "_index"].iter().position(|page| name.eq_ignore_ascii_case(page));
    match rank {
        Some(rank) => u8::try_from(rank).ok(),
        None => folders.contains(id).then_some(3),
    }
}

fn entry<'a>(
    runbook: &'a Runbook,
    folder_paths: &HashSet<String>,
    (taken, files): (&mut HashSet<Address>, &BTreeSet<String>),
    diagnostics: &mut Vec<Diagnostic>,
) -> Entry<'a> {
    let id = runbook.id.as_str();
    let folder = address::parent(id);
    let wished = folder_page_rank(id, folder_paths).map(|rank| Address::new(if rank == 3 { id } else { folder }));
    let of_folder = wished.as_ref().is_some_and(|address| !taken.contains(address));
    let mut address = wished.filter(|_| of_folder).unwrap_or_else(|| Address::new(id));
    loop {
        // A page is a folder: no file can have its name.
        let other = if files.contains(address.as_str()) {
            format!("the file `{0}` already stands at `/{0}`", address.as_str())
        } else if taken.insert(address.clone()) {
            break;
        } else {
            format!("another runbook already stands at `/{}/`", address.as_str())
        };
        diagnostics.push(
            Diagnostic::new("same-address", Level::Warning, other, &runbook.source, Span::default())
                .help("rename one of the two files; until then this one stands at an address of its own"),
        );
        address = Address::new(format!("{}-page", address.as_str()));
    }
    let title = title(runbook, of_folder.then(|| address.as_str()));
    Entry { runbook, address, folder, of_folder, title, anchors: LazyAnchors::of(runbook) }
}

/// Returns what people read: a folder's page without a title of its own is called as its folder.
fn title(runbook: &Runbook, folder: Option<&str>) -> String {
    let written = runbook.metadata.title.trim();
    let name = address::name(runbook.id.as_str());
    match folder {
        Some(folder) if !folder.is_empty() && (written.is_empty() || written.eq_ignore_ascii_case(name)) => {
            address::title_of_name(address::name(folder))
        }
        _ if written.is_empty() => address::title_of_name(name),
        _ => written.to_owned(),
    }
}

fn folders(entries: &[Entry<'_>], paths: HashSet<String>) -> BTreeMap<String, Folder> {
    let mut folders: BTreeMap<String, Folder> = paths.into_iter().map(|path| (path, Folder::default())).collect();
    let children: Vec<String> = folders.keys().filter(|path| !path.is_empty()).cloned().collect();
    for path in children {
        if let Some(folder) = folders.get_mut(address::parent(&path)) {
            folder.folders.push(path);
        }
    }
    for (at, entry) in entries.iter().enumerate() {
        if entry.of_folder {
            if let Some(folder) = folders.get_mut(entry.address.as_str()) {
                folder.page = Some(at);
            }
            continue;
        }
        if let Some(folder) = folders.get_mut(entry.folder) {
            folder.runbooks.push(at);
        }
        let mut path = entry.folder;
        while let Some(folder) = folders.get_mut(path) {
            folder.total += 1;
            if path.is_empty() {
                break;
            }
            path = address::parent(path);
        }
    }
    for folder in folders.values_mut() {
        folder.runbooks.sort_by_key(|&at| entries[at].title.to_lowercase());
    }
    folders
}

/// The names on a page, collected when somebody asks for one: most pages of a large site are never asked.
#[derive(Debug)]
pub(crate) struct LazyAnchors<'a> {
    runbook: &'a Runbook,
    anchors: OnceLock<Anchors>,
}

impl<'a> LazyAnchors<'a> {
    fn of(runbook: &'a Runbook) -> Self {
        Self { runbook, anchors: OnceLock::new() }
    }
}

impl std::ops::Deref for LazyAnchors<'_> {
    type Target = Anchors;

    fn deref(&self) -> &Anchors {
        self.anchors.get_or_init(|| Anchors::of(self.runbook))
    }
}

/// The names on a page that `#…` can lead to.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    names: HashSet<String>,
    /// For each step, in order, its name on the page.
    steps: Vec<String>,
}

/// How well a name written in a link fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AnchorMatch<'a> {
    /// It is a name on the page.
    Exact,
    /// It is not, but one differs only in case or in signs.
    Loose(&'a str),
    /// There is none.
    Missing,
}

impl Anchors {
    fn of(runbook: &Runbook) -> Self {
        let mut names: HashSet<String> = runbook.sections.iter().map(|section| section.anchor.clone()).collect();
        names.extend(html_names(runbook.source.text()));
        let mut steps = Vec::with_capacity(runbook.steps.len());
        for step in &runbook.steps {
            // A step whose id is also a heading's name gives way: links to the heading came first.
            let mut name = step.id.0.clone();
            while !names.insert(name.clone()) {
                name = format!("step-{name}");
            }
            steps.push(name);
        }
        names.insert("main".to_owned());
        Self { names, steps }
    }

    /// Returns the name of the step at `index`.
    pub(crate) fn step(&self, index: usize) -> &str {
        self.steps.get(index).map_or("", String::as_str)
    }

    /// Returns whether `name` is on the page, or one that was probably meant.
    pub(crate) fn find(&self, name: &str) -> AnchorMatch<'_> {
        if name.is_empty() || self.names.contains(name) {
            return AnchorMatch::Exact;
        }
        let bare = bare(name);
        let mut loose: Vec<&String> = self.names.iter().filter(|known| self::bare(known) == bare).collect();
        loose.sort();
        loose.first().map_or(AnchorMatch::Missing, |known| AnchorMatch::Loose(known))
    }

    /// Returns all names, in order.
    pub(crate) fn sorted_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// Returns what two spellings of an anchor share: different tools make `a--b`, `a-b` and `A-B` of the same heading.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the values of `id` and `name` in raw HTML, where authors set anchors by hand.
fn html_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for key in [" id=\"", " name=\"", " id='", " name='"] {
        let quote = key.chars().last().unwrap_or('"');
        for (at, _) in text.match_indices(key) {
            let inside_a_tag = text[..at].rfind(['<', '>']).is_some_and(|sign| text.as_bytes()[sign] == b'<');
            let value = text[at + key.len()..].split(quote).next();
            names.extend(value.filter(|_| inside_a_tag).map(str::to_owned));
        }
    }
    names
}
