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
    for kept in ["&lt;pod-name&gt;", "<table", "<li", "type=checkbox", "nested fence", "&lt;unknown-tag&gt;"] {
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
fn without_a_content_folder_only_markdown_and_what_it_links_to_is_published() {
    let collection = Collection::empty()
        .with("README.md", "# Ours\n\n![graph](img/graph.svg) [licence](LICENSE) [key](.env) [up](../up.txt)\n")
        .with("docs/disk.md", "# The disk is full\n\n<img src=\"../img/df.png\">\n")
        .with("img/graph.svg", "<svg/>")
        .with("img/df.png", "png")
        .with("img/unused.png", "png")
        .with("LICENSE", "MIT")
        .with("server.key", "secret")
        .with(".env", "secret")
        .with(".git/config.md", "secret")
        .with("target/debug/notes.md", "# Not ours\n")
        .with("node_modules/a/README.md", "# Not ours\n")
        .with("cache/CACHEDIR.TAG", "Signature")
        .with("cache/a.md", "# Not ours\n");
    fs::write(collection.path("../up.txt"), "above").expect("a file for a test");
    let done = collection.run("build").done().exits(0).says("`.env`").says("`../up.txt`");
    let published = own_files(&collection.path("site"));
    let expected = ["LICENSE", "docs/disk/index.html", "docs/index.html", "img/df.png", "img/graph.svg", "index.html"];
    assert_eq!(published, expected.map(PathBuf::from), "{done}");
    // What was written is no content of the next build, wherever it is.
    collection.run("build --out out").done().exits(0);
    collection.run("build --out out").done().exits(0).says("0 files written");
}

#[test]
fn a_page_and_a_file_of_one_name_are_both_published() {
    let collection = Collection::empty().with("content/Dockerfile", "FROM x\n");
    collection.run("build").done().exits(0);
    collection.write("content/Dockerfile.md", "# What is in it\n");
    let done = collection.run("build").done().exits(0).says("same-address");
    assert_eq!(done.stderr.matches("the file `Dockerfile` already stands at `/Dockerfile`").count(), 1, "{done}");
    assert_eq!(collection.text("site/Dockerfile"), "FROM x\n");
    assert!(collection.text("site/Dockerfile-page/index.html").contains("What is in it"));
    collection.run("lint").done().says("same-address");
    fs::remove_file(collection.path("content/Dockerfile")).expect("it is there");
    let done = collection.run("build").done().exits(0);
    assert!(!done.stderr.contains("same-address"), "{done}");
    assert!(collection.text("site/Dockerfile/index.html").contains("What is in it"));
}

#[test]
fn a_file_that_is_not_published_stands_in_no_page_s_way() {
    let collection = Collection::empty().with("Dockerfile", "FROM x\n").with("Dockerfile.md", "# What is in it\n");
    let done = collection.run("build").done().exits(0);
    assert!(!done.stderr.contains("same-address"), "{done}");
    assert!(collection.text("site/Dockerfile/index.html").contains("What is in it"));
    collection.write("a.md", "# A\n\n[it](Dockerfile)\n");
    collection.run("build").done().exits(0).says("same-address");
    assert!(collection.path("site/Dockerfile").is_file());
}

#[test]
fn a_file_where_a_folder_of_ours_is_wanted_changes_nothing() {
    let collection = Collection::empty().with("content/a.md", "# A\n");
    collection.run("build").done().exits(0);
    let before = stamps(&collection.path("site"));
    collection.write("content/api", "mine\n");
    collection.run("build").done().exits(2).says("`api` cannot be both a file and the folder of `api/");
    assert_eq!(stamps(&collection.path("site")), before);
    let left = fs::read_dir(collection.path("site")).expect("it is there").flatten();
    let names: Vec<_> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name.contains("staging") || name.contains("pending")), "{names:?}");
}

#[test]
fn a_content_folder_is_published_whole_but_for_hidden_files() {
    let collection = Collection::empty()
        .with("content/a.md", "# A\n")
        .with("content/files/run.sh", "true\n")
        .with("content/.htpasswd", "secret")
        .with("content/.cache/x.txt", "secret")
        .with("other.txt", "not content");
    collection.run("build").done().exits(0);
    let expected = ["a/index.html", "files/run.sh", "index.html"];
    assert_eq!(own_files(&collection.path("site")), expected.map(PathBuf::from));
}

#[test]
fn a_symbolic_link_publishes_nothing_from_outside_or_hidden() {
    use std::os::unix::fs::symlink;
    let collection = Collection::empty()
        .with("content/a.md", "# A\n\n[one](shared.txt)\n")
        .with("shared/one.txt", "shared")
        .with(".env", "secret");
    fs::write(collection.path("../up.md"), "# Above\n").expect("a file for a test");
    let link = |target: &str, name: &str| symlink(target, collection.path(name)).expect("a link for a test");
    link("../shared/one.txt", "content/shared.txt");
    link("../../up.md", "content/up.md");
    link("../.env", "content/env.txt");
    link("../shared", "content/folder");
    link("nowhere", "content/gone.md");
    let done = collection.run("build").done().exits(0);
    let done =
        done.says("`content/up.md`").says("`content/env.txt`").says("`content/folder`").says("`content/gone.md`");
    let expected = ["a/index.html", "index.html", "shared.txt"];
    assert_eq!(own_files(&collection.path("site")), expected.map(PathBuf::from), "{done}");
    collection.run("lint").done().exits(0).says("stray-symlink");
}

#[test]
fn lint_and_build_say_the_same_of_links() {
    let page = "# One\n\nSee [two](two.md), [three](one.md#three), [here](#one) and [four](four.md).\n";
    let collection = Collection::empty().with("content/one.md", page).with("content/tow.md", "# Two\n");
    let told = |verb: &str| {
        let text = collection.run(verb).done().exits(0).stderr.clone();
        text.lines().take_while(|line| !line.contains("warnings")).collect::<Vec<_>>().join("\n")
    };
    let lint = told("lint");
    assert_eq!(lint, told("build"));
    for part in ["broken-link", "broken-anchor", "one.md:3:5", "did you mean `tow.md`?"] {
        assert!(lint.contains(part), "no {part} in {lint}");
    }
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
fn the_last_runs_of_a_step_are_a_strip_and_the_status_page_shows_what_is_wrong_first() {
    let page = "---\nowner: platform\n---\n\n# Pool\n\n```bash check id=has-room\ntest -e room\n```\n";
    let collection = Collection::empty()
        .with("content/pool.md", page)
        .with("content/a-good-one.md", "# A good one\n\n```bash check\ntrue\n```\n")
        .with("content/later.md", "# Later\n\n```bash check\ntrue\n```\n")
        .with("room", "");
    collection.run("verify --save pool a-good-one").done().exits(0);
    collection.run("build").done().exits(0);
    assert!(!page_of(&collection, "has-room").contains("class=\"strip\""), "one run is no strip");
    fs::remove_file(collection.path("room")).expect("it was there");
    collection.run("verify --save pool").done().exits(1);
    collection.run("build").done().exits(0);
    assert!(page_of(&collection, "has-room").contains("Last 2 runs: 1 passed, 1 failed"));
    let pages = pages(&collection.path("site"));
    let status = main_of(&pages[Path::new("status/index.html")]);
    let place = |text: &str| status.find(text).unwrap_or_else(|| panic!("no {text} in {status}"));
    assert!(place(">Pool<") < place(">Later<") && place(">Later<") < place(">A good one<"), "{status}");
    assert!(status.contains("data-owner=\"platform\" data-outcome=\"failed\""), "{status}");
    assert!(status.contains("data-outcome=\"never verified\""), "{status}");
}

#[test]
fn a_content_folder_of_that_name_keeps_the_address_of_the_status_page() {
    let collection = Collection::empty().with("content/status.md", "# What statuses mean\n");
    collection.run("build").done().exits(0);
    let pages = pages(&collection.path("site"));
    assert!(pages[Path::new("status/index.html")].contains("What statuses mean"));
    assert!(pages.contains_key(Path::new("verification-status/index.html")));
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

/// Returns the files that stand on a site because of its content: not the theme, the search index or the fixed pages.
fn own_files(site: &Path) -> Vec<PathBuf> {
    let ours = |path: &PathBuf| {
        let first = path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let fixed =
            ["theme", "search", "status", "404.html", "api", "badge.svg", "llms.txt", runbooks::sys::tree::MANIFEST];
        // The text of a page stands beside it.
        !path.ends_with("index.md") && !first.is_some_and(|name| fixed.contains(&name.as_str()))
    };
    files(site).into_iter().filter(ours).collect()
}

fn stamps(site: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let stamp = |path: &PathBuf| fs::metadata(site.join(path)).and_then(|it| it.modified()).expect("a file has a time");
    files(site).into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"<[a-z][^>]*?\s(?:href|src)="([^"]*)""#).expect("a good pattern"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\s(?:id|name)="([^"]*)""#).expect("a good pattern"));

/// Returns the links of a site that lead nowhere inside of it: each page, link and reason.
pub(crate) fn dead_links(site: &Path) -> Vec<String> {
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

/// Returns the pages that a reader gets to from the home page.
pub(crate) fn reachable(site: &Path) -> BTreeSet<PathBuf> {
    let pages = pages(site);
    let mut found = BTreeSet::new();
    let mut waiting = vec![PathBuf::from("index.html")];
    while let Some(page) = waiting.pop() {
        let Some(text) = pages.get(&page) else { continue };
        if !found.insert(page.clone()) {
            continue;
        }
        for link in LINK.captures_iter(text) {
            let link = unescaped(&link[1]);
            let path = decoded(link.split(['?', '#']).next().unwrap_or_default());
            waiting.extend(joined(&page, &path));
        }
    }
    found
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

#[test]
fn results_that_cannot_be_read_are_a_warning_with_their_line_and_the_pages_say_so() {
    let page = "# One\n\n```bash check\ntrue\n```\n";
    let collection = Collection::empty()
        .with("content/one.md", page)
        .with("runbooks.toml", "[target.east]\n[target.west]\n")
        .with(".runbooks/results/east.json", "{\n  \"version\": 1,\n  torn\n");
    collection.run("verify --save --target west").done().exits(0);
    let done = collection.run("build").done().exits(0);
    done.says("the results of target `east` cannot be read").says("results/east.json:3");
    let one = page_of(&collection, "One");
    assert!(one.contains("The results of <strong>east</strong> cannot be read"), "{one}");
    assert!(one.contains("passed</span> <span>on <strong>west</strong>"), "{one}");
    let status = fs::read_to_string(collection.path("site/status/index.html")).expect("the status is there");
    assert!(status.contains("results cannot be read"), "{status}");
}

#[test]
fn a_damaged_line_of_a_history_is_a_warning_and_the_other_lines_count() {
    let collection = Collection::empty().with("content/one.md", "# One\n\n```bash check\ntrue\n```\n");
    for _ in 0..3 {
        collection.run("verify --save").done().exits(0);
    }
    let path = collection.path(".runbooks/history/default.ndjson");
    let history = fs::read_to_string(&path).expect("there is a history");
    fs::write(&path, format!("damaged\n{history}")).expect("it can be written");
    let done = collection.run("build").done().exits(0);
    done.says("line 1 tells of no run").says("history/default.ndjson");
    assert!(page_of(&collection, "One").contains("Last 3 runs: 3 passed"));
}
