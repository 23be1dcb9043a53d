//! Terms → the pages they stand on, with how much they mean there.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Bound;

use rayon::prelude::*;
use smallvec::SmallVec;

use super::text::{Line, Searchable};
use super::{facets, terms};
use crate::site::body::Kind;

/// A page of this many terms is neither long nor short. Fixed, so that a new page does not change the weights of others.
const USUAL_LENGTH: f32 = 700.0;

/// Where a term stands counts: in a title most, in prose least.
const TITLE: f32 = 24.0;
const WORD: f32 = 10.0;
const HEADING: f32 = 8.0;
const COMMAND: f32 = 2.0;
const OUTPUT: f32 = 1.5;
const PROSE: f32 = 1.0;
/// However often a term stands in the body of a page, it means less there than in a heading, and in headings less than in
/// the title.
const MOST_OF_BODY: f32 = 6.0;
const MOST_OF_HEADINGS: f32 = 16.0;
/// How many shares of all terms are put in order at a time.
const SHARES: usize = 16;
/// A part of a word means less than the word.
const PART: f32 = 0.4;

/// A page's number, and what a term means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Posting(u32);

/// Most terms stand on one page only.
type Postings = SmallVec<[Posting; 4]>;

/// All terms, sorted, each with its pages and weights.
#[derive(Debug)]
pub(super) struct Index(BTreeMap<Box<str>, Postings>);

/// A term, and where it stands.
type Entry = (Box<str>, Postings);

type Terms<V> = HashMap<Box<str>, V, BuildHasherDefault<Quick>>;

impl Index {
    /// Indexes pages; a page's number is its place in the list.
    pub(super) fn new(pages: &[Searchable]) -> Self {
        let size = pages.len().div_ceil(rayon::current_num_threads().max(1) * 4).max(1);
        let parts: Vec<_> =
            pages.par_chunks(size).enumerate().map(|(part, pages)| terms_of(part * size, pages)).collect();
        let mut shares = shares(parts);
        shares.par_iter_mut().for_each(merge);
        Self(shares.into_iter().flatten().collect())
    }

    /// Puts what stands on a page now in the place of what stood there before.
    pub(super) fn replace(&mut self, page: usize, before: Option<&Searchable>, now: Option<&Searchable>) {
        let page = number(page);
        for (term, _) in before.into_iter().flat_map(weights) {
            let Some(postings) = self.0.get_mut(&term) else { continue };
            postings.retain(|known| known.page() != page);
            if postings.is_empty() {
                self.0.remove(&term);
            }
        }
        for (term, weight) in now.into_iter().flat_map(weights) {
            let postings = self.0.entry(term).or_default();
            let at = postings.partition_point(|known| known.page() < page);
            postings.insert(at, Posting::new(page, weight));
        }
    }

    /// Cuts the terms into chunks of about `length` bytes; returns the first term of each.
    pub(super) fn firsts(&self, length: usize) -> Vec<String> {
        let mut firsts = Vec::new();
        let (mut chunk, mut before) = (String::new(), "");
        for (term, postings) in &self.0 {
            if firsts.is_empty() || chunk.len() > length {
                chunk.clear();
                // Whatever comes before all that is known falls into the first.
                firsts.push(if firsts.is_empty() { String::new() } else { term.to_string() });
                before = "";
            }
            write(before, term, postings, &mut chunk);
            before = term;
        }
        firsts
    }

    /// Returns the terms from one up to and without another, as `term postings` pairs separated by spaces; a term begins
    /// with how many letters it shares with the one before it.
    pub(super) fn text(&self, first: &str, next: Option<&str>) -> String {
        let end = next.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut text, mut before) = (String::new(), "");
        for (term, postings) in self.0.range::<str, _>((Bound::Included(first), end)) {
            write(before, term, postings, &mut text);
            before = term;
        }
        text
    }

    /// Returns words without their pages, by first letter and length: where a word of a query is unknown, what is close to
    /// it is looked for here. Names with digits and dots are no words that somebody mistypes one letter of and still
    /// expects to find.
    pub(super) fn words(&self) -> BTreeMap<String, String> {
        let mut words: BTreeMap<String, String> = BTreeMap::new();
        for term in self.0.keys() {
            let Some(shelf) = shelf(term) else { continue };
            let list = words.entry(shelf).or_default();
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(term);
        }
        words
    }
}

/// Returns where a word is kept: the number of its first letter, and the third of its length. `search.js` does the same.
fn shelf(word: &str) -> Option<String> {
    let first = word.chars().next().filter(|first| first.is_alphabetic())?;
    let length = word.chars().count();
    let sound = (4..=26).contains(&length) && word.chars().all(|letter| letter.is_alphabetic() || letter == '-');
    sound.then(|| format!("{}-{}", u32::from(first), length / 3))
}

impl Posting {
    const WEIGHTS: u32 = 26;

    fn new(page: u32, weight: u8) -> Self {
        Self(page.saturating_mul(Self::WEIGHTS) + u32::from(weight).min(Self::WEIGHTS - 1))
    }

    const fn page(self) -> u32 {
        self.0 / Self::WEIGHTS
    }

    fn weight(self) -> u8 {
        u8::try_from(self.0 % Self::WEIGHTS).unwrap_or_default()
    }
}

/// Returns the terms of some pages in order; the first page has the number `first`.
fn terms_of(first: usize, pages: &[Searchable]) -> Vec<Entry> {
    let mut terms: Terms<Postings> = Terms::default();
    for (at, page) in pages.iter().enumerate() {
        for (term, weight) in weights(page) {
            terms.entry(term).or_default().push(Posting::new(number(first + at), weight));
        }
    }
    let mut sorted: Vec<_> = terms.into_iter().collect();
    sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    sorted
}

/// Cuts sorted lists at the same terms: each share holds what all lists have between two of them, list by list.
fn shares(lists: Vec<Vec<Entry>>) -> Vec<Vec<Entry>> {
    let longest = lists.iter().max_by_key(|list| list.len()).map_or(&[][..], Vec::as_slice);
    let bounds: Vec<Box<str>> =
        (1..SHARES).filter_map(|at| longest.get(at * longest.len() / SHARES)).map(|(term, _)| term.clone()).collect();
    let mut shares: Vec<Vec<Entry>> = (0..=bounds.len()).map(|_| Vec::new()).collect();
    for mut list in lists {
        for (at, bound) in bounds.iter().enumerate().rev() {
            shares[at + 1].extend(list.split_off(list.partition_point(|(term, _)| term < bound)));
        }
        shares[0].append(&mut list);
    }
    shares
}

/// Puts terms in order, each once. Stable, and the lists follow each other: a term's pages stay in order.
fn merge(share: &mut Vec<Entry>) {
    share.sort_by(|(one, _), (other, _)| one.cmp(other));
    share.dedup_by(|(term, postings), (kept, before)| {
        let same = term == kept;
        if same {
            before.append(postings);
        }
        same
    });
}

fn number(page: usize) -> u32 {
    u32::try_from(page).unwrap_or(u32::MAX)
}

fn write(before: &str, term: &str, postings: &[Posting], out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
    let shared = shared(before, term);
    out.push(char::from_digit(shared, 36).unwrap_or('0'));
    out.push_str(&term[shared as usize..]);
    out.push(' ');
    encode(postings, out);
}

/// Returns how many letters two terms begin with alike, as far as one digit tells. Only those of ASCII are counted: they are
/// one byte here and one unit in JavaScript.
fn shared(one: &str, other: &str) -> u32 {
    let alike = one.bytes().zip(other.bytes()).take(35).take_while(|(one, other)| one == other && one.is_ascii());
    alike.fold(0, |count, _| count + 1)
}

/// Writes pages as the distance to the page before in base 36 (nothing for 1), each followed by its weight as a capital.
fn encode(postings: &[Posting], out: &mut String) {
    let mut before = None;
    for posting in postings {
        let page = posting.page();
        let distance = before.map_or(page + 1, |before: u32| page - before);
        if distance != 1 {
            base36(distance, out);
        }
        out.push(char::from(b'A' + posting.weight()));
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

/// Returns the terms of a page with what they mean there.
fn weights(page: &Searchable) -> Vec<(Box<str>, u8)> {
    let mut weights: Terms<f32> = Terms::default();
    let mut buffer = String::new();
    let mut length = 0.0_f32;
    let mut note = |text: &str, field: f32| {
        let most = if field < HEADING { MOST_OF_BODY } else { MOST_OF_HEADINGS };
        terms::each(text, &mut buffer, |term, whole| {
            length += 1.0;
            let weight = if whole { field } else { field * PART };
            match weights.get_mut(term) {
                Some(known) if field <= HEADING && *known >= most => {}
                Some(known) => *known += weight,
                None => _ = weights.insert(term.into(), weight),
            }
        });
    };
    note(page.lines.title(), TITLE);
    page.words.iter().for_each(|words| note(words, WORD));
    for line in page.lines.iter() {
        match line {
            Line::Section(title) => note(title, HEADING),
            Line::Text(Kind::Prose, line) => note(line, PROSE),
            Line::Text(Kind::Command, line) => note(line, COMMAND),
            Line::Text(Kind::Output, line) => note(line, OUTPUT),
        }
    }
    let saturation = 4.0 * (0.7 + 0.3 * length / USUAL_LENGTH);
    for (kind, label) in page.values() {
        weights.insert(facets::term(kind, label).into(), 0.0);
    }
    weights.into_iter().map(|(term, weight)| (term, letter(weight / (weight + saturation)))).collect()
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
    use super::super::text::Lines;
    use super::*;

    #[test]
    fn neighbours_cost_one_letter() {
        let mut out = String::new();
        let postings = [(0, 0), (1, 25), (40, 2)].map(|(page, weight)| Posting::new(page, weight));
        encode(&postings, &mut out);
        assert_eq!(out, "AZ13C");
    }

    #[test]
    fn what_a_term_shares_with_the_one_before_is_not_written_again() {
        let pages = [page("pool-1", "", ""), page("pool-12", "", ""), page("poß", "", ""), page("poßt", "", "")];
        let index = Index::new(&pages);
        let text = index.text("pool-1", None);
        let terms: Vec<&str> = text.split(' ').step_by(2).collect();
        assert_eq!(terms, ["0pool-1", "62", "2ß", "2ßt"]);
    }

    fn page(title: &str, word: &str, line: &str) -> Searchable {
        let lines = Lines(format!("{title}\n\n# \np{line}").into());
        Searchable { address: title.to_owned(), words: vec![word.to_owned()], values: Vec::new(), lines }
    }

    #[test]
    fn a_title_counts_for_more_than_a_tag() {
        let index = Index::new(&[page("pool", "x", ""), page("y", "pool", "")]);
        let postings = &index.0["pool"];
        assert!(postings[0].weight() > postings[1].weight());
    }

    #[test]
    fn a_title_and_a_heading_count_for_more_than_any_number_of_lines() {
        let often = "pool ".repeat(50);
        let mut heading = page("x", "y", "");
        heading.lines = Lines("x\n\n#pool Pool\npThe pool is full, the pool is slow".into());
        let long = format!("{} pool", "other words of a long page ".repeat(600));
        let index = Index::new(&[page("pool", "x", &long), heading, page("z", "y", &often)]);
        let weights: Vec<u8> = index.0["pool"].iter().map(|posting| posting.weight()).collect();
        assert!(weights[0] > weights[2] && weights[1] > weights[2], "{weights:?}");
    }

    #[test]
    fn an_index_that_is_kept_up_is_one_made_anew() {
        let pages = [page("one", "a", "disk full"), page("two", "b", "pool full"), page("three", "c", "queue")];
        let mut kept = Index::new(&pages);
        let changed = page("two", "b", "pool empty now");
        kept.replace(1, Some(&pages[1]), Some(&changed));
        kept.replace(2, Some(&pages[2]), None);
        let anew = Index::new(&[pages[0].clone(), changed]);
        assert_eq!(kept.0, anew.0);
    }

    #[test]
    fn an_index_of_many_pages_is_one_that_grew_page_by_page() {
        let word = |number: usize, at: usize| format!("w{}", (number * 7 + at * 5) % 61);
        let words = |number: usize| (0..9).map(|at| word(number, at)).collect::<Vec<_>>().join(" ");
        let pages: Vec<_> = (0..80).map(|number| page(&format!("p{number}"), "", &words(number))).collect();
        let mut grown = Index::new(&[]);
        pages.iter().enumerate().for_each(|(number, page)| grown.replace(number, None, Some(page)));
        assert_eq!(Index::new(&pages).0, grown.0);
    }
}
