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

/// Returns what differs between two texts, with three lines around each place; nothing where nothing does.
pub fn changes(before: &str, after: &str) -> String {
    let (before, after) = (ended(before), ended(after));
    TextDiff::from_lines(before.as_str(), after.as_str()).unified_diff().context_radius(3).to_string()
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::{changes, difference};

    #[test]
    fn texts_that_are_the_same_have_no_changes() {
        assert_eq!(changes("a\nb", "a\nb\n"), "");
        assert!(changes("a\nb", "a\nc").contains("-b\n+c\n"));
    }

    #[test]
    fn only_what_differs_is_marked() {
        assert_eq!(difference("a\nb\nc", "a\nx\nc\n"), "  a\n- b\n+ x\n  c\n");
    }

    #[test]
    fn a_missing_text_is_all_taken_away() {
        assert_eq!(difference("a", ""), "- a\n");
    }
}
