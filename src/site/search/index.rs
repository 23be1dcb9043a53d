//! Terms → the pages they stand on, with how much they mean there.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use rayon::prelude::*;

use super::terms;
use crate::site::body::{Kind, PageText};

/// A page of this many terms is neither long nor short. Fixed, so that a new page does not change the weights of others.
const USUAL_LENGTH: f32 = 700.0;

/// Where a term stands counts: in a title most, in prose least.
const TITLE: f32 = 12.0;
const WORD: f32 = 7.0;
const HEADING: f32 = 5.0;
const COMMAND: f32 = 2.0;
const OUTPUT: f32 = 1.5;
const PROSE: f32 = 1.0;
/// A part of a word means less than the word.
const PART: f32 = 0.4;

/// All terms, sorted, each with its pages and weights.
#[derive(Debug)]
pub(super) struct Index(Vec<(Box<str>, Vec<(u32, u8)>)>);

/// A run of terms in one file.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Its first term.
    pub(super) first: String,
    /// `term postings` pairs, separated by spaces.
    pub(super) text: String,
}

type Terms<V> = HashMap<Box<str>, V, BuildHasherDefault<Quick>>;

impl Index {
    /// Indexes pages; a page's number is its place in the list.
    pub(super) fn new(pages: &[PageText]) -> Self {
        let size = pages.len().div_ceil(rayon::current_num_threads().max(1) * 4).max(1);
        let parts: Vec<Terms<Vec<(u32, u8)>>> = pages
            .par_chunks(size)
            .enumerate()
            .map(|(part, pages)| {
                let mut terms = Terms::default();
                for (at, page) in pages.iter().enumerate() {
                    let number = u32::try_from(part * size + at).unwrap_or(u32::MAX);
                    add(&mut terms, number, page);
                }
                terms
            })
            .collect();
        let mut all: Terms<Vec<(u32, u8)>> = Terms::default();
        for part in parts {
            for (term, postings) in part {
                all.entry(term).or_default().extend(postings);
            }
        }
        let mut sorted: Vec<_> = all.into_iter().collect();
        sorted.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Self(sorted)
    }

    /// Cuts the terms into files of about `length` bytes.
    pub(super) fn chunks(&self, length: usize) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = Vec::new();
        for (term, postings) in &self.0 {
            if chunks.last().is_none_or(|chunk| chunk.text.len() > length) {
                chunks.push(Chunk { first: term.to_string(), text: String::with_capacity(length + 1_000) });
            }
            if let Some(chunk) = chunks.last_mut() {
                if !chunk.text.is_empty() {
                    chunk.text.push(' ');
                }
                chunk.text.push_str(term);
                chunk.text.push(' ');
                encode(postings, &mut chunk.text);
            }
        }
        chunks
    }

    /// Returns all terms without their pages, by first letter: where a word of a query is unknown, what is close to it
    /// is looked for here.
    pub(super) fn words(&self) -> BTreeMap<char, String> {
        let mut words: BTreeMap<char, String> = BTreeMap::new();
        for (term, _) in &self.0 {
            let Some(first) = term.chars().next().filter(|first| first.is_alphabetic()) else { continue };
            let list = words.entry(first).or_default();
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(term);
        }
        words
    }
}

/// Writes pages as the distance to the page before in base 36 (nothing for 1), each followed by its weight as a capital.
fn encode(postings: &[(u32, u8)], out: &mut String) {
    let mut before = None;
    for &(page, weight) in postings {
        let distance = before.map_or(page + 1, |before: u32| page - before);
        if distance != 1 {
            base36(distance, out);
        }
        out.push(char::from(b'A' + weight.min(25)));
        before = Some(page);
    }
}

fn base36(mut number: u32, out: &mut String) {
    let mut digits = [0_u8; 7];
    let mut at = digits.len();
    while number > 0 && at > 0 {
        at -= 1;
        let digit = u8::try_from(number % 36).unwrap_or(0);
        digits[at] = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        number /= 36;
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

fn add(terms: &mut Terms<Vec<(u32, u8)>>, number: u32, page: &PageText) {
    let mut weights: Terms<f32> = Terms::default();
    let mut buffer = String::new();
    let mut length = 0.0_f32;
    let mut note = |text: &str, field: f32| {
        terms::each(text, &mut buffer, |term, whole| {
            length += 1.0;
            let weight = if whole { field } else { field * PART };
            match weights.get_mut(term) {
                Some(known) => *known += weight,
                None => _ = weights.insert(term.into(), weight),
            }
        });
    };
    note(&page.title, TITLE);
    page.words.iter().for_each(|words| note(words, WORD));
    for section in &page.sections {
        note(&section.title, HEADING);
        for (kind, line) in &section.lines {
            note(
                line,
                match kind {
                    Kind::Prose => PROSE,
                    Kind::Command => COMMAND,
                    Kind::Output => OUTPUT,
                },
            );
        }
    }
    let saturation = 4.0 * (0.4 + 0.6 * length / USUAL_LENGTH);
    for (term, weight) in weights {
        terms.entry(term).or_default().push((number, letter(weight / (weight + saturation))));
    }
}

/// Returns a share of 1 as one of 26 letters.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is between 0 and 25")]
fn letter(share: f32) -> u8 {
    (share * 25.0).round().clamp(0.0, 25.0) as u8
}

/// A quick hash for short words; nobody outside chooses them to collide.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_cost_one_letter() {
        let mut out = String::new();
        encode(&[(0, 0), (1, 25), (40, 2)], &mut out);
        assert_eq!(out, "AZ13C");
    }

    #[test]
    fn a_title_counts_for_more_than_a_tag() {
        let page = |title: &str, word: &str| PageText {
            title: title.to_owned(),
            words: vec![word.to_owned()],
            sections: Vec::new(),
        };
        let index = Index::new(&[page("pool", "x"), page("y", "pool")]);
        let (_, postings) = index.0.iter().find(|(term, _)| **term == *"pool").unwrap();
        assert!(postings[0].1 > postings[1].1);
    }
}
