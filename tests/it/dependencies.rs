//! What every dependency is licensed under, where it comes from, and that the ones we refuse are not there: `deny.toml`
//! against what cargo resolved.
//!
//! `cargo deny check bans licenses sources` reads the same file. It is not run here because building it takes longer
//! than all other lints together.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::harness::repository;

/// The part of `deny.toml` that is checked.
#[derive(Debug, Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// What one package may be licensed under beside what all may.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Debug, Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn rules() -> Rules {
    let text = fs::read_to_string(repository().join("deny.toml")).expect("deny.toml is there");
    toml::from_str(&text).expect("deny.toml holds what is checked")
}

#[test]
fn every_dependency_may_be_used() {
    let rules = rules();
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--locked"]).current_dir(repository());
    command.args(rules.graph.targets.iter().flat_map(|target| ["--filter-platform", target]));
    let done = command.output().expect("cargo runs");
    assert!(done.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&done.stderr));
    let metadata: Json = serde_json::from_slice(&done.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    assert!(packages.len() > 100, "all dependencies are looked at, not {}", packages.len());
    let wrong: Vec<_> = packages.iter().flat_map(|package| complaints(&rules, package)).collect();
    assert!(wrong.is_empty(), "deny.toml does not allow:\n{}", wrong.join("\n"));
}

/// Returns what is wrong with a package.
fn complaints(rules: &Rules, package: &Json) -> Vec<String> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let name = format!("{} {}", text("name"), text("version"));
    let mut complaints = Vec::new();
    let own = rules.licenses.exceptions.iter().filter(|exception| exception.name == text("name"));
    let allowed = own.flat_map(|exception| &exception.allow).chain(&rules.licenses.allow).cloned().collect();
    if !is_allowed(text("license"), &allowed) {
        complaints.push(format!("{name}: licence `{}`", text("license")));
    }
    if rules.bans.deny.iter().any(|banned| banned.name == text("name")) {
        complaints.push(format!("{name}: is refused"));
    }
    // What has no source is ours.
    if !package["source"].is_null() && package["source"] != REGISTRY {
        complaints.push(format!("{name}: comes from {}", package["source"]));
    }
    complaints
}

/// Returns whether an SPDX expression can be satisfied with the licences that are allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Before SPDX, a slash meant OR.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let satisfied = reader.any();
    satisfied == Some(true) && reader.words.is_empty()
}

/// Reads an expression from left to right; `None` where it is none.
struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Option<bool> {
        let mut satisfied = self.all()?;
        while self.takes("OR") {
            satisfied |= self.all()?;
        }
        Some(satisfied)
    }

    fn all(&mut self) -> Option<bool> {
        let mut satisfied = self.one()?;
        while self.takes("AND") {
            satisfied &= self.one()?;
        }
        Some(satisfied)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let satisfied = self.any()?;
            return self.takes(")").then_some(satisfied);
        }
        let licence = self.next()?;
        let licence = match self.takes("WITH") {
            true => format!("{licence} WITH {}", self.next()?),
            false => licence.to_owned(),
        };
        Some(self.allowed.contains(&licence))
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        self.words = &self.words[usize::from(found)..];
        found
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[test]
fn what_may_not_be_used_is_found() {
    let rules = rules();
    let package = |name: &str, license: &str, source: &str| {
        complaints(&rules, &json!({ "name": name, "version": "1.0.0", "license": license, "source": source }))
    };
    assert!(package("fine", "MIT OR GPL-3.0", REGISTRY).is_empty());
    assert!(package("cssparser", "MPL-2.0", REGISTRY).is_empty());
    assert_eq!(package("other", "MPL-2.0", REGISTRY), ["other 1.0.0: licence `MPL-2.0`"]);
    assert_eq!(package("copyleft", "GPL-3.0", REGISTRY), ["copyleft 1.0.0: licence `GPL-3.0`"]);
    assert_eq!(package("openssl-sys", "MIT", REGISTRY), ["openssl-sys 1.0.0: is refused"]);
    assert_eq!(package("elsewhere", "MIT", "git+https://x.example").len(), 1);
    assert_eq!(package("unlicensed", "", REGISTRY).len(), 1);
}

#[test]
fn licences_are_read_as_they_are_meant() {
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "(MIT OR GPL-3.0) AND Apache-2.0",
        "Apache-2.0 WITH LLVM-exception AND MIT",
        "GPL-3.0 AND Zlib OR MIT",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "MIT WITH GPL-3.0", "(MIT", "MIT MIT", "MIT OR"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}
