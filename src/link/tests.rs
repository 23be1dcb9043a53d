use std::sync::Arc;

use super::{Catalogue, linked_files, problems};
use crate::model::{Runbook, RunbookId, Source};
use crate::parse::{self, Fragments};

fn runbooks(texts: &[(&str, &str)]) -> Vec<Runbook> {
    let parse = |(id, text): &(&str, &str)| {
        let source = Arc::new(Source::new(format!("content/{id}.md"), *text));
        parse::parse(RunbookId((*id).to_owned()), source, &Fragments::new()).0
    };
    texts.iter().map(parse).collect()
}

/// Returns what is wrong with the links of some texts: the rule, the words it is about, and the way out.
fn wrong(texts: &[(&str, &str)], files: &[&str]) -> Vec<(&'static str, String, Option<String>)> {
    let runbooks = runbooks(texts);
    let files = files.iter().map(|path| (*path).to_owned()).collect();
    let (catalogue, mut found) = Catalogue::new(&runbooks, files, "Home");
    found.extend(problems(&catalogue));
    let told = |found: crate::diagnostic::Diagnostic| {
        (found.rule, found.source.slice(found.primary.span).to_owned(), found.help)
    };
    found.into_iter().map(told).collect()
}

fn rules(texts: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    wrong(texts, &[]).into_iter().map(|(rule, words, _)| (rule, words)).collect()
}

#[test]
fn links_that_lead_somewhere_are_not_mentioned() {
    let text = "# X\n\n[y](../b/y.md#part) [y](/b/y) [b](../b/) [me](#x) [f](../f.png?v=1) [a](https://a.b) <a@b.c>\n";
    assert_eq!(wrong(&[("a/x", text), ("b/y", "# Y\n\n## Part\n")], &["f.png"]), []);
}

#[test]
fn a_link_to_nothing_is_told_with_a_suggestion() {
    let found = wrong(&[("a/x", "see [y](../b/yy.md)\n"), ("b/y", "# Y\n")], &[]);
    let expected = ("broken-link", "[y](../b/yy.md)".to_owned(), Some("did you mean `../b/y.md`?".to_owned()));
    assert_eq!(found, [expected]);
}

#[test]
fn a_file_that_is_not_there_is_told_with_a_suggestion() {
    let found = wrong(&[("a/x", "![g](img/grahp.png)\n")], &["a/img/graph.png"]);
    assert_eq!(found[0].2.as_deref(), Some("did you mean `img/graph.png`?"));
}

#[test]
fn a_missing_anchor_is_told_and_a_loose_one_is_a_hint() {
    let found = rules(&[("x", "# X\n\n[a](#Some--part) [b](#non)\n\n## Some part\n")]);
    let expected = [("loose-anchor", "[a](#Some--part)"), ("broken-anchor", "[b](#non)")];
    assert_eq!(found, expected.map(|(rule, words)| (rule, words.to_owned())));
}

#[test]
fn a_link_out_of_the_content_is_told() {
    assert_eq!(rules(&[("x", "[y](../y.md)\n")]), [("broken-link", "[y](../y.md)".to_owned())]);
}

#[test]
fn an_address_that_would_do_something_is_told() {
    assert_eq!(rules(&[("x", "[y](javascript:alert)\n")])[0].0, "unsafe-link");
}

#[test]
fn an_anchor_set_in_html_is_known() {
    assert_eq!(rules(&[("x", "[a](#old)\n\n<a id=\"old\"></a>\n\ntext\n")]), []);
}

#[test]
fn links_of_raw_html_are_followed_too() {
    let found = rules(&[("x", "<p align=\"center\">\n<img src=\"no.png\">\n</p>\n\n<a href=\"no.md\">b</a>\n")]);
    let expected = [("broken-link", "<img src=\"no.png\">"), ("broken-link", "<a href=\"no.md\">")];
    assert_eq!(found, expected.map(|(rule, words)| (rule, words.to_owned())));
}

#[test]
fn an_image_of_another_host_is_a_hint_and_a_link_is_not() {
    let text = "![badge](https://example.com/b.svg) [page](https://example.com)\n";
    assert_eq!(rules(&[("x", text)]), [("remote-image", "![badge](https://example.com/b.svg)".to_owned())]);
}

#[test]
fn ids_that_differ_in_case_only_are_two_pages() {
    assert_eq!(rules(&[("a", "# A\n\n## One\n\n[b](A.md#two)\n"), ("A", "# A\n\n## Two\n\n[a](a.md#one)\n")]), []);
}

#[test]
fn files_that_are_linked_or_shown_are_known_and_others_are_not() {
    let runbooks = runbooks(&[("a/x", "![g](img/g.png) [run](../run.sh#L3) [key](../.env)\n")]);
    let files = ["a/img/g.png", "run.sh", "other.txt"].map(str::to_owned).into_iter().collect();
    let (catalogue, _) = Catalogue::new(&runbooks, files, "Home");
    assert_eq!(linked_files(&catalogue).into_iter().collect::<Vec<_>>(), ["a/img/g.png", "run.sh"]);
}

#[test]
fn links_to_pages_that_no_text_stands_for_are_known() {
    let page = "---\ntags: [redis]\nalerts: [PoolFull]\naliases: [/old/name.md]\n---\n# X\n\n## Part\n";
    let links =
        "[s](/status/) [f](/search/index.html) [t](/tags/redis/) [l](../alerts/poolfull/) [o](/old/name/#part)\n";
    assert_eq!(rules(&[("a/x", page), ("a/y", links)]), []);
    let wrong = "[t](/tags/reddis/) [a](/alerts/Other/) [o](/old/name/#no)\n";
    let told: Vec<_> = rules(&[("a/x", page), ("a/y", wrong)]).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(told, ["broken-link", "broken-link", "broken-anchor"]);
}

#[test]
fn a_page_and_a_file_of_one_name_are_told_apart() {
    let same = runbooks(&[("Dockerfile", "# D\n"), ("other", "# O\n")]);
    let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (catalogue, found) = Catalogue::new(&same, files(&["Dockerfile"]), "Home");
    assert_eq!(found.iter().map(|found| found.rule).collect::<Vec<_>>(), ["same-address"]);
    assert!(found[0].title.contains("the file `Dockerfile`"), "{found:?}");
    let addresses: Vec<&str> = catalogue.entries.iter().map(|entry| entry.address.as_str()).collect();
    assert_eq!(addresses, ["Dockerfile-page", "other"]);
    let (_, found) = Catalogue::new(&same, files(&["Dockerfile.txt", "other/a.png"]), "Home");
    assert!(found.is_empty(), "{found:?}");
}
