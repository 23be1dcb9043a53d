//! The rules of the house that no compiler checks.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use regex::Regex;

use crate::harness::repository;
use crate::layers::walk;

/// Longer files say why in their first lines.
const LONGEST: usize = 600;

#[test]
fn no_source_file_is_long_without_a_reason() {
    let long = |text: &str| text.lines().count() > LONGEST;
    let reasoned =
        |text: &str| text.lines().take(5).any(|line| line.starts_with("//!") && line.contains("long because"));
    let folders = ["src", "tests/it"].map(|folder| repository().join(folder));
    let wrong: Vec<_> = folders
        .iter()
        .flat_map(|folder| walk(folder))
        .filter(|path| {
            let text = fs::read_to_string(path).expect("a source file is text");
            long(&text) && !reasoned(&text)
        })
        .collect();
    assert!(wrong.is_empty(), "over {LONGEST} lines, without `//! … long because …`: {wrong:?}");
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let pattern = Regex::new(r"(^|[^\w./-])/(wor[k]|tmp/w[t]|roo[t])/").expect("a good pattern");
    let mut wrong = Vec::new();
    for path in tracked() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let lines = text.lines().enumerate().filter(|(_, line)| pattern.is_match(line));
        wrong.extend(lines.map(|(index, line)| format!("{}:{}: {line}", path.display(), index + 1)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the files that git knows.
fn tracked() -> Vec<PathBuf> {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(repository()).output().expect("git runs");
    assert!(git.status.success(), "git ls-files: {}", String::from_utf8_lossy(&git.stderr));
    let names = String::from_utf8(git.stdout).expect("our file names are UTF-8");
    names.split('\0').filter(|name| !name.is_empty()).map(|name| repository().join(name)).collect()
}
