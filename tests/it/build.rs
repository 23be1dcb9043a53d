//! `build` on the content we ship and on pages that nobody prepared for us.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use regex::Regex;

use crate::harness::Collection;

/// A page with the features of runbooks as they are found, and nothing that is ours.
const RAW: &str = include_str!("raw.md");

#[test]
fn the_content_we_ship_builds_without_an_error() {
    let collection = Collection::shipped();
    let done = collection.run("build").done().exits(0);
    assert!(done.stderr.contains("0 errors") && !done.stderr.contains("error["), "{done}");
    assert!(collection.path("site/index.html").is_file(), "{done}");
    let pages = pages(&collection.path("site"));
    for id in ["deploy/blue-green", "incident/db-pool", "health/application", "reference/severities"] {
        assert!(pages.keys().any(|page| page.to_string_lossy().contains(id)), "no page for {id} in {:?}", pages.keys());
    }
}

#[test]
fn every_link_of_the_site_we_ship_leads_somewhere() {
    let collection = Collection::shipped();
    collection.run("build").done().exits(0);
    assert_eq!(dead_links(&collection.path("site")), Vec::<String>::new());
}

#[test]
fn a_page_asks_nothing_of_another_host() {
    let collection = Collection::shipped();
    collection.run("build").done().exits(0);
    let loads = Regex::new(r#"<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)="(?:https?:)?//[^"]*""#)
        .expect("a good pattern");
    let own = Regex::new(r#"rel="(?:canonical|alternate)""#).expect("a good pattern");
    for (page, text) in pages(&collection.path("site")) {
        let foreign: Vec<_> =
            loads.find_iter(&text).filter(|it| !own.is_match(it.as_str())).map(|it| it.as_str()).collect();
        assert!(foreign.is_empty(), "{}: {foreign:?}", page.display());
    }
}

#[test]
fn a_second_build_changes_nothing() {
    let collection = Collection::shipped();
    collection.run("build").done().exits(0);
    let before = stamps(&collection.path("site"));
    collection.run("build").done().exits(0);
    let after = stamps(&collection.path("site"));
    let changed: Vec<_> = after.iter().filter(|(path, stamp)| before.get(*path) != Some(stamp)).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?}");
}

#[test]
fn a_page_that_is_gone_is_gone_from_the_site() {
    let collection = Collection::empty().with("content/one.md", "# One\n").with("content/two.md", "# Two\n");
    collection.run("build").done().exits(0);
    let before = stamps(&collection.path("site")).len();
    fs::remove_file(collection.path("content/two.md")).expect("it was there");
    collection.run("build").done().exits(0);
    let left = stamps(&collection.path("site"));
    assert!(left.len() < before, "{:?}", left.keys());
    assert!(!left.keys().any(|path| path.starts_with("two")), "{:?}", left.keys());
}

#[test]
fn pages_that_nobody_prepared_build_with_working_anchors() {
    let collection = Collection::empty().with("raw page.md", RAW);
    let done = collection.run("build --root . --out out").done().exits(0);
    assert_eq!(dead_links(&collection.path("out")), Vec::<String>::new(), "{done}");
    let pages = pages(&collection.path("out"));
    let (_, page) = pages.iter().find(|(_, text)| text.contains("Raise the limit")).expect("the page is there");
    let main = main_of(page);
    for kept in ["&lt;pod-name&gt;", "<table", "<li", "type=\"checkbox\"", "nested fence", "&lt;unknown-tag&gt;"] {
        assert!(main.contains(kept), "no {kept} in {main}");
    }
}

#[test]
fn a_page_without_front_matter_or_configuration_is_built_verified_and_executed() {
    let page = "# The disk is full\n\n```bash check\ntest -d /\n```\n\n```bash action\necho freed >> log\n```\n";
    let collection = Collection::empty().with("disk is full.md", page);
    collection.run("build").done().exits(0);
    assert!(page_of(&collection, "The disk is full").contains("test"));
    collection.run("verify").arg("disk is full").done().exits(0).prints("1 passed");
    collection.run("exec --yes").arg("disk is full").done().exits(0);
    assert_eq!(collection.text("log"), "freed\n");
}

#[test]
fn a_broken_link_names_the_line() {
    let page = "# One\n\nSee [two](two.md), [three](one.md#three) and [here](#one).\n";
    let collection = Collection::empty().with("content/one.md", page);
    let done = collection.run("build").done();
    done.says("two.md").says("#three").says("one.md:3");
}

#[test]
fn what_was_verified_is_shown_beside_its_step() {
    let page = "# Pool\n\n```bash check id=has-room title=\"There is room\"\ntrue\n```\n\n```bash check id=is-quick title=\"It is quick\"\nfalse\n```\n";
    let collection = Collection::empty().with("content/pool.md", page);
    collection.run("build").done().exits(0);
    let before = page_of(&collection, "There is room");
    collection.run("verify --save").done().exits(1);
    collection.run("build").done().exits(0);
    let after = page_of(&collection, "There is room");
    assert_ne!(before, after);
    for evidence in ["passed", "failed", "2026-11-21"] {
        assert!(after.contains(evidence), "no {evidence} in {after}");
        assert!(evidence == "2026-11-21" || !before.contains(&format!(">{evidence}<")), "{evidence} in {before}");
    }
}

#[test]
fn old_evidence_is_called_stale() {
    let page = "# Pool\n\n```bash check id=has-room\ntrue\n```\n";
    let collection = Collection::empty().with("content/pool.md", page);
    collection.run("verify --save").done().exits(0);
    collection.run("build").done().exits(0);
    assert!(!page_of(&collection, "Pool").contains("stale"));
    collection.run("build").env("RUNBOOKS_NOW", "2026-12-24T12:00:00Z").done().exits(0);
    assert!(page_of(&collection, "Pool").contains("stale"));
}

#[test]
fn a_missing_root_is_an_error_that_names_it() {
    let collection = Collection::empty();
    collection.run("build --root nowhere").done().exits(2).says("nowhere");
}

/// Returns `<main>` of the page of the runbook that holds a text.
fn page_of(collection: &Collection, text: &str) -> String {
    let pages = pages(&collection.path("site"));
    let page = pages.iter().find(|(path, page)| !is_index(path) && main_of(page).contains(text));
    main_of(page.map_or_else(|| panic!("no page holds {text}: {:?}", pages.keys()), |(_, page)| page)).to_owned()
}

fn is_index(path: &Path) -> bool {
    path == Path::new("index.html")
}

fn main_of(page: &str) -> &str {
    let start = page.find("<main").unwrap_or_default();
    page.get(start..page.find("</main>").unwrap_or(page.len())).unwrap_or(page)
}

/// Returns the pages of a site, by their paths in it.
fn pages(site: &Path) -> BTreeMap<PathBuf, String> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|it| it == "html");
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(site.join(&path)).expect("a page is text"));
    files(site).into_iter().filter(is_page).map(read).collect()
}

fn files(site: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(site).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(site).expect("it was found there").to_owned()).collect()
}

fn stamps(site: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let stamp = |path: &PathBuf| fs::metadata(site.join(path)).and_then(|it| it.modified()).expect("a file has a time");
    files(site).into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"<[a-z][^>]*?\s(?:href|src)="([^"]*)""#).expect("a good pattern"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\s(?:id|name)="([^"]*)""#).expect("a good pattern"));

/// Returns the links of a site that lead nowhere inside of it: each page, link and reason.
fn dead_links(site: &Path) -> Vec<String> {
    let pages = pages(site);
    let anchors: BTreeMap<_, BTreeSet<_>> = pages
        .iter()
        .map(|(path, text)| (path.clone(), ANCHOR.captures_iter(text).map(|found| unescaped(&found[1])).collect()))
        .collect();
    let mut dead = Vec::new();
    for (page, text) in &pages {
        for link in LINK.captures_iter(text) {
            let link = unescaped(&link[1]);
            if let Some(reason) = why_dead(site, page, &link, &anchors) {
                dead.push(format!("{}: {link}: {reason}", page.display()));
            }
        }
    }
    assert!(pages.values().any(|text| LINK.is_match(text)), "no link in the whole site: {:?}", pages.keys());
    dead
}

fn why_dead(
    site: &Path,
    page: &Path,
    link: &str,
    anchors: &BTreeMap<PathBuf, BTreeSet<String>>,
) -> Option<&'static str> {
    let is_foreign = |link: &str| link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:");
    if is_foreign(link) {
        return None;
    }
    // The page for what is not there is shown at any address, so only it names the root.
    let link = match link.strip_prefix('/') {
        Some(rest) if page == Path::new("404.html") => rest,
        Some(_) => return Some("works only at the root of a server"),
        None => link,
    };
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = decoded(path.split('?').next().unwrap_or_default());
    let target = if path.is_empty() { page.to_owned() } else { joined(page, &path)? };
    let target = if site.join(&target).is_dir() { target.join("index.html") } else { target };
    if !site.join(&target).is_file() {
        return Some("no such file");
    }
    let known = anchors.get(&target).is_none_or(|anchors| anchors.contains(&decoded(anchor)));
    (!anchor.is_empty() && !known).then_some("no such anchor")
}

/// Returns where a relative path leads from a page; `None` never dies here: a path out of the site is no file in it.
fn joined(page: &Path, path: &str) -> Option<PathBuf> {
    let mut target = page.parent()?.to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if !target.pop() => return Some(PathBuf::from("outside")),
            ".." => {}
            name => target.push(name),
        }
    }
    Some(target)
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#x2F;", "/")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = std::str::from_utf8(rest.get(1..3).unwrap_or_default()).ok();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
