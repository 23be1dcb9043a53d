//! The search index: an inverted index in classic scripts, so that it is found over HTTP and on a disk alike.
//!
//! Terms are sorted and cut into chunks; a query loads the chunks its words fall in, and the texts of the few pages it
//! shows. Nothing is loaded before somebody searches. The reader of these files is `search.js` of the theme.

mod index;
mod terms;

use std::collections::BTreeMap;

use serde::Serialize;

use super::body::{Kind, PageText};
use crate::link::{Catalogue, Entry};
use index::Index;

/// Terms and where they stand: a chunk is closed when it is this long.
const CHUNK: usize = 14_000;
/// A page's text in results is cut here; what is behind it is found all the same, but without its line.
const LONGEST_PAGE: usize = 40_000;
/// A line in results is cut here.
const LONGEST_LINE: usize = 240;

/// Returns the files of the index; `texts` are the pages in the order of the catalogue.
pub(crate) fn files(
    catalogue: &Catalogue<'_>,
    texts: impl Iterator<Item = Option<PageText>>,
) -> BTreeMap<String, Vec<u8>> {
    let texts: Vec<PageText> = texts.map(Option::unwrap_or_default).collect();
    let mut files = BTreeMap::new();
    for (at, (text, entry)) in texts.iter().zip(&catalogue.entries).enumerate() {
        files.insert(format!("search/page/{at}.js"), script("page", at, &page(text, entry)));
    }
    let index = Index::new(&texts);
    let chunks = index.chunks(CHUNK);
    for (at, chunk) in chunks.iter().enumerate() {
        files.insert(format!("search/terms/{at}.js"), script("terms", at, &chunk.text));
    }
    let words = index.words();
    for (first, list) in &words {
        let number = u32::from(*first);
        files.insert(format!("search/words/{number}.js"), script("words", number as usize, list));
    }
    let directory = Directory {
        pages: texts.len(),
        chunks: chunks.iter().map(|chunk| chunk.first.as_str()).collect(),
        words: words.keys().collect(),
    };
    files.insert("search/index.js".to_owned(), script("open", 0, &directory));
    files
}

/// What is loaded first: which chunk holds which terms.
#[derive(Debug, Serialize)]
struct Directory<'a> {
    pages: usize,
    /// The first term of each chunk.
    chunks: Vec<&'a str>,
    /// The letters that words begin with.
    words: String,
}

/// A page as results show it. The keys are short because there is one such file for each page.
#[derive(Debug, Serialize)]
struct Page<'a> {
    /// Title.
    t: &'a str,
    /// URL, relative to the root.
    u: String,
    /// Severity, service and owner.
    m: Vec<&'a str>,
    /// Sections: anchor, heading, and lines, each after a letter for what it is.
    s: Vec<(&'a str, &'a str, Vec<String>)>,
}

fn page<'a>(text: &'a PageText, entry: &'a Entry<'_>) -> Page<'a> {
    let metadata = &entry.runbook.metadata;
    let severity = metadata.severity.as_ref().map(|severity| severity.0.as_str());
    let mut left = LONGEST_PAGE;
    let mut sections = Vec::with_capacity(text.sections.len());
    for section in &text.sections {
        let mut lines = Vec::new();
        for (kind, line) in &section.lines {
            let line = cut(line, LONGEST_LINE);
            if left < line.len() {
                break;
            }
            left -= line.len();
            let letter = match kind {
                Kind::Prose => 'p',
                Kind::Command => 'c',
                Kind::Output => 'o',
            };
            lines.push(format!("{letter}{line}"));
        }
        sections.push((section.anchor.as_str(), section.title.as_str(), lines));
    }
    Page {
        t: &text.title,
        u: entry.address.url(),
        m: severity.into_iter().chain(metadata.service.as_deref()).chain(metadata.owner.as_deref()).collect(),
        s: sections,
    }
}

fn cut(line: &str, longest: usize) -> &str {
    &line[..line.floor_char_boundary(longest.min(line.len()))]
}

/// Wraps data in a call that `search.js` has prepared.
fn script<T: Serialize + ?Sized>(call: &str, number: usize, data: &T) -> Vec<u8> {
    // Data of our own types always has a form in JSON.
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    format!("runbooksSearch.{call}({number},{data});\n").into_bytes()
}
