//! Whole sites of a few lines, and what their pages show.

mod blocks;
mod finding;
mod links;
mod machine;
mod pages;
mod prose;
mod secrets;
mod spellings;
mod standing;
mod themes;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{SiteConfig, SiteInput, SiteOutput, ThemeFiles, build};
use crate::model::{RunbookId, Source};
use crate::parse::{self, Fragments};

/// Returns what a site is made of: runbooks by id, and nothing else.
pub(super) fn input(texts: &[(&str, &str)]) -> SiteInput {
    let parse = |(id, text): &(&str, &str)| {
        let source = Arc::new(Source::new(format!("content/{id}.md"), *text));
        parse::parse(RunbookId((*id).to_owned()), source, &Fragments::new()).0
    };
    SiteInput {
        config: SiteConfig::default(),
        runbooks: texts.iter().map(parse).collect(),
        results: Vec::new(),
        history: Vec::new(),
        unreadable: Vec::new(),
        changes: BTreeMap::new(),
        targets: Vec::new(),
        theme: ThemeFiles::new(),
        files: BTreeMap::new(),
        today: jiff::civil::date(2026, 11, 21),
    }
}

/// Makes a site of runbooks by id.
pub(super) fn site(texts: &[(&str, &str)]) -> SiteOutput {
    build(&input(texts))
}

/// Returns a file of a site.
pub(super) fn file<'a>(site: &'a SiteOutput, path: &str) -> &'a str {
    let bytes = site.files.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", site.files.keys()));
    std::str::from_utf8(bytes).unwrap()
}

/// Returns the text of a runbook's page: what its Markdown became.
pub(super) fn text<'a>(site: &'a SiteOutput, id: &str) -> &'a str {
    let page = file(site, &format!("{id}/index.html"));
    let start = page.find("<div class=\"text\">\n").unwrap() + "<div class=\"text\">\n".len();
    let rest = &page[start..];
    let end = ["<section class=\"backlinks\">", "<nav class=\"neighbours\"", "</article>"]
        .iter()
        .filter_map(|end| rest.find(end))
        .min()
        .unwrap();
    rest[..end].trim_end().trim_end_matches("</div>").trim_end().trim_end_matches("</div>").trim_end()
}

/// Returns what Markdown becomes on a page of its own.
pub(super) fn html(markdown: &str) -> String {
    text(&site(&[("page", markdown)]), "page").to_owned()
}

/// Returns the rules of the diagnostics of a site, each with the words it is about.
pub(super) fn rules(site: &SiteOutput) -> Vec<(&str, &str)> {
    site.diagnostics.iter().map(|found| (found.rule, found.source.slice(found.primary.span))).collect()
}
