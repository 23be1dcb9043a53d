//! A build over an earlier one is a clean build: after edits, moves, deletions, and changes of all the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::Collection;

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
         See [another](../f{}/p{other}.md).\n\n```bash check title=\"Step {version}\"\necho $NS v{version}\n```\n",
        version % 3,
        number % 4,
        other % 3
    )
}

fn path(number: usize) -> String {
    format!("content/f{}/p{number}.md", number % 3)
}

/// Makes one change; returns what it was.
fn change(collection: &Collection, numbers: &mut Numbers, round: usize) -> String {
    let number = numbers.below(9);
    let file = collection.path(&path(number));
    match numbers.below(8) {
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
        _ => {
            collection.run("verify --save").done();
            return format!("{round}: evidence");
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
    let mut collection = Collection::empty().with("runbooks.toml", "[target.a.params]\nNS = \"n\"\n");
    for number in 0..9 {
        collection = collection.with(&path(number), &page(number, 0));
    }
    let mut numbers = Numbers(20_261_125);
    let mut done = Vec::new();
    for round in 1..=14 {
        done.push(change(&collection, &mut numbers, round));
        collection.run("build --quiet --out over").done();
        collection.run(&format!("build --quiet --out clean{round}")).done();
        let (over, clean) = (files(&collection.path("over")), files(&collection.path(&format!("clean{round}"))));
        let differing: Vec<_> =
            over.keys().chain(clean.keys()).filter(|name| over.get(*name) != clean.get(*name)).collect();
        assert!(differing.is_empty(), "{differing:?} after {done:#?}");
    }
    let kinds: Vec<_> = done.iter().filter(|it| it.contains("evidence")).collect();
    assert!(!kinds.is_empty(), "evidence never changed: {done:?}");
}
