//! The search index: an inverted index in classic scripts, so that it is found over HTTP and on a disk alike.
//!
//! Terms are sorted and cut into chunks; a query loads the chunks its words fall in, the addresses of the pages it has
//! found, and the texts of the few it shows. Nothing is loaded before somebody searches. All that belongs together stands
//! in a folder of its own, which `search/index.js` names: whoever publishes that file last never publishes half an
//! index. The reader of these files is `search.js` of the theme.

mod facets;
mod index;
mod pack;
mod terms;
mod text;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::Serialize;

use crate::model::fingerprint;
use index::Index;
use pack::Sample;
pub(crate) use text::{Lines, Searchable};

/// The file that names the rest; it is published last.
pub(crate) const DIRECTORY: &str = "search/index.js";
/// Terms and where they stand: a chunk is closed when it is this long.
const CHUNK: usize = 12_000;
/// A line in results is cut here.
const LONGEST_LINE: usize = 240;
/// How many addresses stand in a file.
const BLOCK: usize = 64;

/// The words that are looked through where one of a query is unknown, by their shelves.
type Words = BTreeMap<String, String>;

/// An index, from which each of its files is made when it is asked for.
#[derive(Debug)]
pub(crate) struct Search {
    /// The pages by their numbers; a number whose page is gone is not used again.
    pages: Vec<Option<Searchable>>,
    by_address: HashMap<String, usize>,
    index: Index,
    sample: Sample,
    /// The name of the sample's file: texts are packed with it, and say so.
    sample_name: String,
    /// The first term of each chunk.
    firsts: Vec<String>,
    folder: String,
}

impl Search {
    /// Indexes pages; the files stand in `search/FOLDER/`.
    pub(crate) fn new(pages: Vec<Searchable>, folder: &str) -> Self {
        let lines: Vec<String> = sampled(&pages).map(|page| page.lines.cut(LONGEST_LINE)).collect();
        let (sample, index) = rayon::join(|| Sample::of(&lines), || Index::new(&pages));
        let firsts = index.firsts(CHUNK);
        let by_address = pages.iter().enumerate().map(|(at, page)| (page.address.clone(), at)).collect();
        let sample_name = format!("sample-{}", &fingerprint(sample.packed().as_bytes())[..10]);
        let pages = pages.into_iter().map(Some).collect();
        Self { pages, by_address, index, sample, sample_name, firsts, folder: folder.to_owned() }
    }

    /// Puts a page in the place of the one at its address, or behind all others; `None` takes the one at `address` away.
    pub(crate) fn replace(&mut self, address: &str, page: Option<Searchable>) {
        let number = *self.by_address.entry(address.to_owned()).or_insert(self.pages.len());
        if number == self.pages.len() {
            self.pages.push(None);
        }
        let before = std::mem::replace(&mut self.pages[number], page);
        self.index.replace(number, before.as_ref(), self.pages[number].as_ref());
    }

    /// Returns the paths of the texts.
    fn texts(&self) -> Vec<String> {
        self.pages.iter().flatten().map(|page| text_path(&page.address)).collect()
    }

    /// Returns the paths of all other files.
    fn others(&self, words: &Words) -> Vec<String> {
        let inside = |name: String| format!("search/{}/{name}.js", self.folder);
        let terms = (0..self.firsts.len()).map(|at| inside(format!("terms/{at}")));
        let names = (0..self.pages.len().div_ceil(BLOCK)).map(|at| inside(format!("names/{at}")));
        let words = words.keys().map(|shelf| inside(format!("words/{shelf}")));
        let own = [inside("facets".to_owned()), format!("search/{}.js", self.sample_name), DIRECTORY.to_owned()];
        terms.chain(names).chain(words).chain(own).collect()
    }

    /// Makes all files, several at a time.
    pub(crate) fn each<E: Send>(&self, put: impl Fn(String, Vec<u8>) -> Result<(), E> + Sync) -> Result<(), E> {
        let make = |path: String, words: &Words| match self.file_with(&path, || Cow::Borrowed(words)) {
            Some(bytes) => put(path, bytes),
            None => Ok(()),
        };
        let texts = || self.texts().into_par_iter().try_for_each(|path| make(path, &Words::new()));
        let (words, texts) = rayon::join(|| self.index.words(), texts);
        texts?;
        self.others(&words).into_par_iter().try_for_each(|path| make(path, &words))
    }

    /// Makes the file at `path` below the site's root, if it is one of the index.
    pub(crate) fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.file_with(path, || Cow::Owned(self.index.words()))
    }

    fn file_with<'a>(&self, path: &str, words: impl Fn() -> Cow<'a, Words>) -> Option<Vec<u8>> {
        let name = path.strip_prefix("search/")?.strip_suffix(".js")?;
        if name == "index" {
            return Some(script("open", "", &self.directory(&words())));
        }
        if name == self.sample_name {
            return Some(packed("sample", name, &self.sample.packed()));
        }
        let text = if name == "home" { Some("") } else { name.strip_prefix("text/") };
        if let Some(address) = text {
            let page = self.pages[*self.by_address.get(address)?].as_ref()?;
            return Some(packed("page", address, &self.sample.pack(&page.lines.cut(LONGEST_LINE))));
        }
        let (kind, name) =
            name.strip_prefix(self.folder.as_str())?.strip_prefix('/')?.split_once('/').unwrap_or(("facets", ""));
        match kind {
            "facets" => Some(script("facets", "", &facets::choices(self.pages.iter().flatten()))),
            "words" => words().get(name).map(|list| script("words", name, list)),
            "terms" => {
                let at: usize = name.parse().ok()?;
                let first = self.firsts.get(at)?;
                Some(script("terms", name, &self.index.text(first, self.firsts.get(at + 1).map(String::as_str))))
            }
            "names" => {
                let at: usize = name.parse().ok()?;
                let pages = self.pages.get(at * BLOCK..)?.iter().take(BLOCK);
                let names: Vec<_> = pages.map(|page| page.as_ref().map_or("", |page| page.address.as_str())).collect();
                Some(packed("names", name, &Sample::of(&[]).pack(&names.join("\n"))))
            }
            _ => None,
        }
    }

    fn directory<'a>(&'a self, words: &'a Words) -> Directory<'a> {
        Directory {
            folder: &self.folder,
            sample: &self.sample_name,
            pages: self.pages.iter().flatten().count(),
            block: BLOCK,
            chunks: self.firsts.iter().map(String::as_str).collect(),
            words: words.keys().map(String::as_str).collect(),
        }
    }
}

/// Returns the pages a sample is taken from: evenly spaced, so that a new page does not change all of them.
fn sampled(pages: &[Searchable]) -> impl Iterator<Item = &Searchable> {
    let count = if pages.len() < pack::FEW { 0 } else { pack::SAMPLED };
    (0..count).map(move |at| &pages[at * pages.len() / count.max(1)])
}

/// Returns where the text of a page stands. It has its page's name and not a number, so that it stays as it is when
/// others come and go.
fn text_path(address: &str) -> String {
    if address.is_empty() { "search/home.js".to_owned() } else { format!("search/text/{address}.js") }
}

/// What is loaded first: which chunk holds which terms.
#[derive(Debug, Serialize)]
struct Directory<'a> {
    folder: &'a str,
    sample: &'a str,
    pages: usize,
    /// How many addresses stand in a file.
    block: usize,
    /// The first term of each chunk.
    chunks: Vec<&'a str>,
    /// The shelves of words that there are.
    words: Vec<&'a str>,
}

/// Wraps data in a call that `search.js` has prepared.
fn script<T: Serialize + ?Sized>(call: &str, name: &str, data: &T) -> Vec<u8> {
    // Data of our own types always has a form in JSON.
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    format!("runbooksSearch.{call}({},{data});\n", quoted(name)).into_bytes()
}

fn packed(call: &str, name: &str, text: &str) -> Vec<u8> {
    format!("runbooksSearch.{call}({},`{text}`);\n", quoted(name)).into_bytes()
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
