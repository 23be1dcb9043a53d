//! What we ship says nothing in the words of the documents that its facts come from.
//!
//! The documents are not ours to publish, so `tests/systems/sentences` holds a hash of each sequence of eight words in
//! them instead, code aside.

use std::collections::HashSet;
use std::fs;

use crate::harness::repository;

const WORDS: usize = 8;

/// Returns the words of a Markdown text, in small letters, without what stands in its fences and its front matter.
fn words(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut words = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let lower = line.to_lowercase();
            words.extend(lower.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// Returns the first six bytes of a 64-bit FNV-1a hash, in hexadecimal.
fn hash(words: &[String]) -> String {
    let bytes = words.join(" ").into_bytes();
    let mixed = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{mixed:016x}")[..12].to_owned()
}

fn known() -> HashSet<String> {
    let text = fs::read_to_string(repository().join("tests/systems/sentences")).expect("the hashes are there");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// Returns the sequences of a text that stand in the documents too.
fn borrowed(text: &str, known: &HashSet<String>) -> Vec<String> {
    let words = words(text);
    words.windows(WORDS).filter(|window| known.contains(&hash(window))).map(|window| window.join(" ")).collect()
}

#[test]
fn no_eight_words_in_a_row_are_borrowed() {
    let known = known();
    assert!(known.len() > 1000, "the documents have more than {} sequences", known.len());
    let files = ["content", "checks"].into_iter().flat_map(|name| walkdir::WalkDir::new(repository().join(name)));
    let mut seen = 0;
    for entry in files.flatten().filter(|entry| entry.path().extension().is_some_and(|it| it == "md")) {
        let text = fs::read_to_string(entry.path()).expect("a runbook is text");
        let found = borrowed(&text, &known);
        assert!(found.is_empty(), "{} borrows: {found:#?}", entry.path().display());
        seen += 1;
    }
    assert!(seen > 50, "only {seen} files");
}

#[test]
fn a_borrowed_sentence_is_found_and_code_is_not_looked_at() {
    let sentence = "one two three four five six seven eight nine";
    let known = words(sentence).windows(WORDS).map(hash).collect();
    assert_eq!(borrowed("So: ONE two, three four\nfive six seven (eight)!", &known).len(), 1);
    assert!(borrowed(&format!("```text\n{sentence}\n```\n"), &known).is_empty());
}
