//! A build over an earlier one is a clean build: after edits, moves, deletions, and changes of all the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }
}

fn page(number: usize, version: usize) -> String {
    let other = (number + 1) % 9;
    format!(
        "---\nservice: s{}\ntags: [t{}]\nalerts: [Alert{number}]\naliases: [old/{number}-{version}]\n---\n# Page {number} v{version}\n\n\
         See [another](../f{}/p{other}.md).\n\n```bash check title=\"Step {version}\"\necho $NS v{version}\n```\n{}\n\
         | runbook | Last verified |\n| --- | --- |\n| [another](../f{}/p{other}.md) | |\n{}",
        version % 3,
        number % 4,
        other % 3,
        if number.is_multiple_of(3) { "\n```check use=shared\n```\n" } else { "" },
        other % 3,
        if number == 4 {
            format!("\n```mermaid\npie\n  \"a\" : {}\n  \"b\" : 1\n```\n", 1 + version % 3)
        } else {
            String::new()
        },
    )
}

fn path(number: usize) -> String {
    format!("content/f{}/p{number}.md", number % 3)
}

/// Makes one change; returns what it was.
fn change(collection: &Collection, numbers: &mut Numbers, round: usize) -> String {
    let number = numbers.below(9);
    let file = collection.path(&path(number));
    match numbers.below(11) {
        0..=2 => write(&file, &page(number, round)),
        3 => drop(fs::remove_file(&file)),
        4 => {
            let to = collection.path(&format!("content/moved/m{number}.md"));
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            drop(fs::rename(&file, to));
        }
        5 => {
            write(
                &collection.path("themes/default/templates/redirect.html"),
                &format!("{{{{ destination }}}} {round}"),
            );
        }
        6 => write(
            &collection.path("runbooks.toml"),
            &format!("[site]\ntitle = \"Site {round}\"\n[target.a.params]\nNS = \"n{round}\"\n"),
        ),
        7 => {
            collection.run("verify --save").done();
            return format!("{round}: evidence");
        }
        8 => {
            let text = format!("```bash check title=\"Shared {round}\"\ntrue {round}\n```\n");
            write(&collection.path("checks/shared.md"), &text);
            return format!("{round}: a shared step");
        }
        9 => {
            let text = format!("<div class=\"step\" id=\"{{{{ step.anchor }}}}\">{round} {{{{ step.title }}}}</div>");
            write(&collection.path("themes/default/templates/step.html"), &text);
            return format!("{round}: the template of a step");
        }
        // Somebody meddles with what was built.
        _ => {
            let built = files(&collection.path("over"));
            let name = built.keys().nth(numbers.below(built.len().max(1))).cloned().unwrap_or_default();
            if !name.is_empty() && !name.starts_with('.') {
                write(&collection.path(&format!("over/{name}")), &format!("{round}"));
            }
            return format!("{round}: the built {name}");
        }
    }
    format!("{round}: {}", path(number))
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("it can be written");
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                waiting.push(entry);
            } else {
                let name = entry.strip_prefix(folder).expect("inside").to_string_lossy().into_owned();
                found.insert(name, fs::read(&entry).expect("it can be read"));
            }
        }
    }
    found
}

#[test]
fn whatever_changes_a_build_over_an_earlier_one_is_a_clean_build() {
    let mut collection = Collection::empty()
        .with("runbooks.toml", "[target.a.params]\nNS = \"n\"\n")
        .with("checks/shared.md", "```bash check\ntrue\n```\n");
    for number in 0..9 {
        collection = collection.with(&path(number), &page(number, 0));
    }
    let mut numbers = Numbers(20_261_125);
    let mut done = Vec::new();
    for round in 1..=28 {
        done.push(change(&collection, &mut numbers, round));
        collection.run("build --quiet --out over").done();
        collection.run(&format!("build --quiet --out clean{round}")).done();
        let (over, clean) = (files(&collection.path("over")), files(&collection.path(&format!("clean{round}"))));
        let differing: Vec<_> =
            over.keys().chain(clean.keys()).filter(|name| over.get(*name) != clean.get(*name)).collect();
        assert!(differing.is_empty(), "{differing:?} after {done:#?}");
        collection.run("build --out over").done().says(" 0 files written").says(" 0 removed");
    }
    let kinds: Vec<_> = done.iter().filter(|it| it.contains("evidence")).collect();
    assert!(!kinds.is_empty(), "evidence never changed: {done:?}");
}

fn nine(version: usize) -> Collection {
    let mut collection = Collection::empty().with("checks/shared.md", "```bash check\ntrue\n```\n");
    for number in 0..9 {
        collection = collection.with(&path(number), &page(number, version));
    }
    collection
}

/// Returns the files of the cache.
fn cache(collection: &Collection) -> Vec<std::path::PathBuf> {
    let names = files(&collection.path(".runbooks/cache")).into_keys();
    let kept: Vec<_> = names.filter(|name| name.ends_with(".json")).collect();
    assert_eq!(kept.len(), 2, "keys and texts: {kept:?}");
    kept.into_iter().map(|name| collection.path(&format!(".runbooks/cache/{name}"))).collect()
}

#[test]
fn a_cache_that_is_damaged_foreign_or_old_costs_time_and_nothing_else() {
    let collection = nine(0);
    collection.run("build --quiet --out over").done().exits(0);
    for (spoilt, number) in ["", "{", "null", "[1,2]", "{\"edition\":\"other\",\"files\":{}}"].into_iter().zip(1..) {
        for which in 0..2 {
            write(&cache(&collection)[which], spoilt);
            write(&collection.path(&path(which)), &page(which, number));
            collection.run("build --quiet --out over").done().exits(0);
            let clean = format!("clean-{number}-{which}");
            collection.run(&format!("build --quiet --out {clean}")).done().exits(0);
            assert!(files(&collection.path("over")) == files(&collection.path(&clean)), "{spoilt:?}");
            fs::remove_dir_all(collection.path(".runbooks/cache")).expect("it is there");
            collection.run("build --quiet --out over").done().exits(0);
        }
    }
}

#[test]
fn what_was_built_and_then_changed_or_removed_is_mended() {
    let collection = nine(0);
    collection.run("build --quiet").done().exits(0);
    let clean = files(&collection.path("site"));
    for name in clean.keys().filter(|name| !name.starts_with('.')).step_by(7) {
        write(&collection.path(&format!("site/{name}")), "meddled with");
        collection.run("build").done().exits(0).says(": 1 files written");
        fs::remove_file(collection.path(&format!("site/{name}"))).expect("it is there");
        collection.run("build").done().exits(0).says(": 1 files written");
        assert!(files(&collection.path("site")) == clean, "{name}");
    }
}

#[test]
fn what_is_wrong_is_said_by_each_build_also_where_nothing_else_has_changed() {
    let collection = nine(0);
    collection.run("build").done().exits(0).says("0 warnings");
    let stray = collection.path("content/stray.md");
    std::os::unix::fs::symlink("/etc/hostname", &stray).expect("a link for a test");
    for _ in 0..2 {
        collection.run("build").done().exits(0).says("stray-symlink").says(" 0 files written");
    }
    fs::remove_file(&stray).expect("it is there");
    let done = collection.run("build").done().exits(0).says("0 warnings");
    assert!(!done.stderr.contains("stray-symlink"), "{done}");
}

#[test]
fn a_build_of_one_edited_page_writes_that_page_and_what_finds_it() {
    let collection = nine(0);
    collection.run("build --quiet").done().exits(0);
    let before = files(&collection.path("site"));
    let text = format!("{}\nzebras\n", page(4, 0));
    write(&collection.path(&path(4)), &text);
    collection.run("build --quiet").done().exits(0);
    let after = files(&collection.path("site"));
    let others = |name: &&String| {
        let index = name.starts_with("search/") && !name.starts_with("search/text/");
        !index && !name.starts_with('.') && before.get(*name) != after.get(*name)
    };
    let changed: Vec<&String> = after.keys().filter(others).collect();
    assert_eq!(changed, ["f1/p4/index.html", "f1/p4/index.md", "search/text/f1/p4.js"]);
}

#[test]
fn a_build_that_is_killed_leaves_a_site_whose_links_lead_somewhere() {
    let collection = nine(0);
    collection.run("build --quiet").done().exits(0);
    for version in 1..=24 {
        for number in 0..9 {
            // Pages change, come and go, and so do the addresses of their aliases.
            let file = collection.path(&path(number));
            if (number + version) % 4 == 0 {
                drop(fs::remove_file(&file));
            } else {
                write(&file, &page(number, version));
            }
        }
        let build = collection.run("build --quiet").start();
        let wanted = version * 3;
        // Reading the folder is all the waiting there is: what is wanted is some moment of the work.
        holds_within(PATIENCE, || waiting(&collection) >= wanted || renamed(&collection, version));
        build.kill();
        let site = collection.path("site");
        // A page that nothing leads to yet may name another that is about to appear.
        let read = crate::build::reachable(&site);
        let of_read = |dead: &String| dead.split(": ").next().is_some_and(|page| read.contains(Path::new(page)));
        let dead: Vec<_> = crate::build::dead_links(&site).into_iter().filter(of_read).collect();
        assert_eq!(dead, Vec::<String>::new(), "version {version}");
        assert!(read.len() > 9, "{read:?}");
        assert_eq!(missing_of_the_index(&site), Vec::<String>::new(), "version {version}");
    }
    collection.run("build --quiet").done().exits(0);
    collection.run("build --quiet --out clean").done().exits(0);
    let (site, clean) = (files(&collection.path("site")), files(&collection.path("clean")));
    assert_eq!(site.keys().collect::<Vec<_>>(), clean.keys().collect::<Vec<_>>());
    assert!(site == clean);
}

/// Returns how many files wait to be put into their places.
fn waiting(collection: &Collection) -> usize {
    let found = fs::read_dir(collection.path("site")).into_iter().flatten().flatten();
    let staging = found.filter(|entry| entry.file_name().to_string_lossy().starts_with(".runbooks-staging-"));
    staging.map(|folder| fs::read_dir(folder.path()).into_iter().flatten().count()).sum()
}

/// Returns whether a page of this version is in its place.
fn renamed(collection: &Collection, version: usize) -> bool {
    let shows = |number: usize| {
        let page = collection.text_so_far(&format!("site/f{}/p{number}/index.html", number % 3));
        page.contains(&format!("Page {number} v{version}<"))
    };
    (0..9).any(shows)
}

/// Returns the files that the search index names and that are not there.
fn missing_of_the_index(site: &Path) -> Vec<String> {
    let text = fs::read_to_string(site.join("search/index.js")).expect("there is an index");
    let json = text.split_once(',').map_or("", |(_, rest)| rest.trim_end().trim_end_matches(");"));
    let index: serde_json::Value = serde_json::from_str(json).expect("the index is JSON");
    let list = |name: &str| index[name].as_array().cloned().unwrap_or_default();
    let folder = index["folder"].as_str().unwrap_or_default();
    let mut names = vec![format!("search/{}.js", index["sample"].as_str().unwrap_or_default())];
    names.push(format!("search/{folder}/facets.js"));
    names.push(format!("search/{folder}/names/0.js"));
    names.extend((0..list("chunks").len()).map(|at| format!("search/{folder}/terms/{at}.js")));
    names.extend(
        list("words").iter().map(|shelf| format!("search/{folder}/words/{}.js", shelf.as_str().unwrap_or("?"))),
    );
    names.retain(|name| !site.join(name).is_file());
    names
}

#[test]
fn the_second_build_into_a_folder_knows_of_the_first() {
    let collection = Collection::empty().with("content/a.md", "# A\n");
    collection.run("build --out made/anew").done().exits(0);
    let known = || fs::read_dir(collection.path(".runbooks/cache")).into_iter().flatten().flatten().count();
    let first = known();
    assert!(first > 1, "nothing is known");
    collection.run("build --out made/anew").done().exits(0).says("0 files written");
    assert_eq!(known(), first, "the folder had another name before it was there");
}
