//! Finding a way through options without knowing all of them: only those that take a value matter.

use super::Word;

/// The options of a program that take their value as the next word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Options {
    /// Letters: `-n value`.
    pub(super) short: &'static str,
    /// Names without dashes: `--namespace value`.
    pub(super) long: &'static [&'static str],
}

impl Options {
    pub(super) const NONE: Self = Self { short: "", long: &[] };

    pub(super) const fn new(short: &'static str, long: &'static [&'static str]) -> Self {
        Self { short, long }
    }

    /// Returns the index of the first word from `start` on that is no option and no option's value; `--` ends options.
    pub(super) fn operand(&self, words: &[Word], start: usize) -> Option<usize> {
        let mut index = start;
        while let Some(word) = words.get(index) {
            let text = word.literal_prefix();
            if text == "--" && word.parts.len() == 1 {
                index += 1;
                break;
            }
            if !text.starts_with('-') || text == "-" {
                break;
            }
            index += if self.takes_next(&text, word.parts.len() == 1) { 2 } else { 1 };
        }
        (index < words.len()).then_some(index)
    }

    /// Returns the words that are no options and no option's values.
    pub(super) fn operands<'w>(&self, words: &'w [Word]) -> Vec<&'w Word> {
        let mut found = Vec::new();
        let mut index = 0;
        while let Some(at) = self.operand(words, index) {
            found.extend(words.get(at));
            index = at + 1;
            if words.get(..at).is_some_and(|before| before.last().is_some_and(|word| word.is("--"))) {
                found.extend(words.get(index..).unwrap_or_default());
                break;
            }
        }
        found
    }

    /// Returns whether the option `text` takes the next word; `whole` tells whether the word is nothing but `text`.
    fn takes_next(&self, text: &str, whole: bool) -> bool {
        if let Some(name) = text.strip_prefix("--") {
            return whole && self.long.contains(&name);
        }
        let mut letters = text.chars().skip(1);
        while let Some(letter) = letters.next() {
            if self.short.contains(letter) {
                return whole && letters.next().is_none();
            }
        }
        false
    }
}

/// Returns whether a word is `NAME=…`.
pub(super) fn is_assignment(word: &Word) -> bool {
    let prefix = word.literal_prefix();
    prefix
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Returns whether one of the words is the flag `-x` (alone or in a cluster such as `-ix`) or `--long[=…]`, before any `--`.
pub(super) fn has_flag(words: &[Word], letter: Option<char>, long: &str) -> bool {
    find_flag(words, letter, long).is_some()
}

/// Returns the word that is the flag `-x` or `--long[=…]`, before any `--`.
pub(super) fn find_flag<'w>(words: &'w [Word], letter: Option<char>, long: &str) -> Option<&'w Word> {
    words.iter().take_while(|word| !word.is("--")).find(|word| {
        let text = word.literal_prefix();
        if let Some(name) = text.strip_prefix("--") {
            return !long.is_empty() && name.split('=').next() == Some(long) && !text.ends_with("=false");
        }
        text.starts_with('-') && letter.is_some_and(|letter| text.contains(letter) && is_cluster(&text, letter))
    })
}

/// Returns the value of `-x value`, `-xvalue`, `--long value` or `--long=value`, if the text tells it.
pub(super) fn flag_value(words: &[Word], letter: Option<char>, long: &str) -> Option<String> {
    let at = words.iter().position(|word| {
        let text = word.literal_prefix();
        match text.strip_prefix("--") {
            Some(name) => !long.is_empty() && name.split('=').next() == Some(long),
            None => letter.is_some_and(|letter| text.starts_with('-') && text.chars().nth(1) == Some(letter)),
        }
    })?;
    let text = words.get(at)?.literal_prefix();
    if let Some((_, value)) = text.split_once('=').filter(|_| text.starts_with("--")) {
        return Some(value.to_owned());
    }
    if !text.starts_with("--") && text.chars().count() > 2 {
        return Some(text.chars().skip(2).collect::<String>().trim_start_matches('=').to_owned());
    }
    words.get(at + 1).and_then(Word::literal)
}

/// Returns whether `letter` stands in a cluster of letters, not in the value of an option (`-ofile`, `-n=x`).
fn is_cluster(text: &str, letter: char) -> bool {
    let letters = text.get(1..).unwrap_or_default().split('=').next().unwrap_or_default();
    letters.chars().take_while(char::is_ascii_alphabetic).take(6).any(|other| other == letter)
        && (letters.len() <= 4 || letters.starts_with(letter))
}
