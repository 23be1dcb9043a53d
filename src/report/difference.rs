//! What differs between two texts, line by line.

use similar::{ChangeTag, TextDiff};

/// Returns a diff of two texts: `-` is what was expected, `+` is what came.
pub fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual) = (ended(expected), ended(actual));
    let diff = TextDiff::from_lines(expected.as_str(), actual.as_str());
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        format!("{}\n", format!("{sign} {}", change.value().trim_end_matches('\n')).trim_end())
    });
    lines.collect()
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn only_what_differs_is_marked() {
        assert_eq!(difference("a\nb\nc", "a\nx\nc\n"), "  a\n- b\n+ x\n  c\n");
    }

    #[test]
    fn a_missing_text_is_all_taken_away() {
        assert_eq!(difference("a", ""), "- a\n");
    }
}
