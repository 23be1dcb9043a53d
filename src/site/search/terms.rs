//! What counts as a term: whole words with their signs (`--to-revision`, `novacron-api`), and the parts they are made of.
//!
//! There is no list of words to leave out: in a runbook `not`, `for` and `after` matter. `search.js` cuts a query in the
//! same way; a test of the two with the same examples keeps them alike.

/// Longer words are data, not words: hashes, tokens, encoded files.
const LONGEST: usize = 48;

/// Hands every term of `text` to `take`, with whether it is a whole word rather than a part of one.
pub(super) fn each(text: &str, buffer: &mut String, mut take: impl FnMut(&str, bool)) {
    let mut start = None;
    for (at, letter) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let inside = letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
        match start {
            None if inside => start = Some(at),
            Some(from) if !inside => {
                word(&text[from..at], buffer, &mut take);
                start = None;
            }
            _ => {}
        }
    }
}

fn word(raw: &str, buffer: &mut String, take: &mut impl FnMut(&str, bool)) {
    let raw = raw.trim_end_matches(['.', '-', '_']).trim_start_matches(['.', '_']);
    let bare = raw.trim_start_matches('-');
    if bare.is_empty() || bare.len() > LONGEST {
        return;
    }
    if bare.len() < raw.len() {
        lower(raw, buffer);
        take(buffer, true);
    }
    lower(bare, buffer);
    take(buffer, true);
    if bare.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    parts(bare, |part| {
        if part.len() > 1 && part.len() < bare.len() {
            lower(part, buffer);
            take(buffer, false);
        }
    });
}

/// Hands on the parts of a word: cut at signs, and where a small letter meets a capital. There, what follows is handed
/// on whole, too, so that `BackOff` is found in `CrashLoopBackOff`.
fn parts(word: &str, mut take: impl FnMut(&str)) {
    let mut start = 0;
    let mut before = ' ';
    for (at, letter) in word.char_indices() {
        if matches!(letter, '-' | '_' | '.') {
            take(&word[start..at]);
            start = at + 1;
        } else if letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            take(&word[start..at]);
            take(&word[at..]);
            start = at;
        }
        before = letter;
    }
    // What follows the last capital was handed on already.
    if start == 0 || matches!(word.as_bytes().get(start - 1), Some(b'-' | b'_' | b'.')) {
        take(&word[start..]);
    }
}

fn lower(word: &str, buffer: &mut String) {
    buffer.clear();
    if word.is_ascii() {
        buffer.push_str(word);
        buffer.make_ascii_lowercase();
    } else {
        buffer.extend(word.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text, &mut String::new(), |term, _| found.push(term.to_owned()));
        found
    }

    #[test]
    fn a_flag_is_found_with_and_without_its_hyphens() {
        assert_eq!(terms("undo --to-revision=3"), ["undo", "--to-revision", "to-revision", "to", "revision", "3"]);
    }

    #[test]
    fn names_are_found_whole_and_in_parts() {
        assert_eq!(terms("novacron-api"), ["novacron-api", "novacron", "api"]);
        assert_eq!(
            terms("CrashLoopBackOff."),
            ["crashloopbackoff", "crash", "loopbackoff", "loop", "backoff", "back", "off"]
        );
    }

    #[test]
    fn data_is_no_word() {
        assert!(terms(&"x".repeat(60)).is_empty());
    }
}
