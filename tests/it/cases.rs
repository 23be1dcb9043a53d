//! Runs every folder `tests/cases/<feature>/<case>`: inputs, `cmd`, and what must come of it.
//!
//! `cmd` is a script for bash, run in a copy of the folder with the real program as `runbooks`. `stdout`, `stderr` and
//! `exit` are what it must print and return; each file under `out/` must stand in the copy afterwards. `CASE=verify`
//! runs only the cases whose path holds that word.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;

use crate::harness::{Collection, PROGRAM, repository};
use crate::snapshot::{difference, redacted};

/// What a case consists of besides its inputs.
const PARTS: [&str; 5] = ["cmd", "stdout", "stderr", "exit", "out"];

#[test]
fn every_case_prints_and_returns_what_its_folder_says() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<_> = cases().into_iter().filter(|case| name(case).contains(&wanted)).collect();
    assert!(!cases.is_empty(), "no case is called `{wanted}`");
    let wrong: Vec<_> = cases.par_iter().filter_map(|case| run(case)).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cases differ\n\n{}\n\nSNAPSHOTS=overwrite rewrites them; then read the diff",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_folder_of_cases_is_a_case() {
    for feature in folders(&repository().join("tests/cases")) {
        let files = files(&feature);
        assert!(files.is_empty(), "these belong to no case: {files:?}");
    }
    let without: Vec<_> = cases().into_iter().filter(|case| !case.join("cmd").is_file()).collect();
    assert!(without.is_empty(), "no `cmd` in {without:?}");
}

#[test]
fn the_help_of_every_verb_is_a_case() {
    let help = Command::new(PROGRAM).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("help is text");
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(first_word);
    let verbs: BTreeSet<_> = verbs.filter_map(names).filter(|name| name != "help").collect();
    assert!(verbs.contains("verify"), "no verbs in:\n{help}");
    let cases = folders(&repository().join("tests/cases/help"));
    let cases: BTreeSet<_> = cases.iter().filter_map(|case| Some(case.file_name()?.to_str()?.to_owned())).collect();
    let missing: Vec<_> = verbs.difference(&cases).collect();
    assert!(missing.is_empty(), "add tests/cases/help/VERB for {missing:?}");
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Returns what is wrong with a case, if something is.
fn run(case: &Path) -> Option<String> {
    let collection = Collection::copy_of(case);
    PARTS.iter().map(|part| collection.path(part)).for_each(|part| drop(fs::remove_file(part)));
    drop(fs::remove_dir_all(collection.path("out")));
    let script = fs::read_to_string(case.join("cmd")).unwrap_or_default();
    let done = collection.command("bash").arg("-uc").arg(script).done();
    let code = done.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
    let mut wrong: Vec<_> = [("stdout", &done.stdout), ("stderr", &done.stderr), ("exit", &format!("{code}\n"))]
        .into_iter()
        .filter_map(|(part, actual)| difference(&redacted(actual, &collection), &case.join(part)))
        .collect();
    let promised = walk(&case.join("out"));
    wrong.extend(promised.iter().filter_map(|file| {
        let path = file.strip_prefix(case.join("out")).unwrap_or(file);
        difference(&redacted(&collection.text_so_far(&path.to_string_lossy()), &collection), file)
    }));
    (!wrong.is_empty()).then(|| format!("== {}\n{}", name(case), wrong.join("\n")))
}

fn name(case: &Path) -> String {
    let inside = case.strip_prefix(repository().join("tests/cases")).unwrap_or(case);
    inside.display().to_string()
}

fn cases() -> Vec<PathBuf> {
    folders(&repository().join("tests/cases")).iter().flat_map(|feature| folders(feature)).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_file()).collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let deeper = folders(folder).into_iter().flat_map(|folder| walk(&folder));
    files(folder).into_iter().chain(deeper).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
