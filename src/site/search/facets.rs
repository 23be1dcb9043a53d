//! What a search can be narrowed to: severity, service, owner, tag, alert, and the kind of section.
//!
//! A value is a term of the index like any other (`service:novacron-api`), so that it costs no file of its own and can
//! be typed; the reader is told which values there are, most frequent first.

use std::collections::BTreeMap;

use super::text::Searchable;

/// How many values of a kind can be chosen from; any other can be typed.
const MOST: usize = 200;
/// A heading that stands on fewer pages is no kind of section.
const COMMON: usize = 3;

/// Returns the values of each kind: how they are shown, and on how many pages they stand.
pub(super) fn choices<'a>(
    pages: impl Iterator<Item = &'a Searchable>,
) -> BTreeMap<&'static str, Vec<(&'a str, usize)>> {
    let mut counts: BTreeMap<&'static str, BTreeMap<String, (&'a str, usize)>> = BTreeMap::new();
    for page in pages {
        let mut seen = Vec::new();
        for (kind, label) in page.values() {
            let term = term(kind, label);
            if !seen.contains(&term) {
                counts.entry(kind).or_default().entry(term.clone()).or_insert((label.trim(), 0)).1 += 1;
                seen.push(term);
            }
        }
    }
    let kinds = counts.into_iter().map(|(kind, values)| (kind, most_frequent(kind, values)));
    kinds.filter(|(_, values)| !values.is_empty()).collect()
}

fn most_frequent<'a>(kind: &str, values: BTreeMap<String, (&'a str, usize)>) -> Vec<(&'a str, usize)> {
    let least = if kind == "section" { COMMON } else { 1 };
    let mut values: Vec<_> = values.into_values().filter(|(_, count)| *count >= least).collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    values.truncate(MOST);
    values
}

/// Returns the term of a value: without capitals and spaces. `search.js` does the same.
pub(super) fn term(kind: &str, label: &str) -> String {
    let words: Vec<String> = label.split_whitespace().map(str::to_lowercase).collect();
    format!("{kind}:{}", words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::term;

    #[test]
    fn a_term_has_neither_capitals_nor_spaces() {
        assert_eq!(term("section", " Before you  Start"), "section:before_you_start");
    }
}
