//! Texts → lines of a width: broken between words, never inside one that fits.

use unicode_width::UnicodeWidthChar as _;

/// A text is never made narrower than this, whatever hangs before it.
const NARROWEST: usize = 16;

/// Returns how many columns a text takes on a terminal, colours not counted.
pub(in crate::cli) fn columns(text: &str) -> usize {
    let plain = anstream::adapter::strip_str(text).to_string();
    plain.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Returns a text cut to so many columns; three dots stand for what is left out.
pub(in crate::cli) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (head, _) = split_at(text, width.saturating_sub(1));
    format!("{}…", head.trim_end())
}

/// Returns a text of one or several lines wrapped to so many columns. A line that does not fit goes on under as many
/// spaces as it begins with and `hanging` more. A word that is wider than the line alone is broken.
pub(in crate::cli) fn wrap(text: &str, width: usize, hanging: usize) -> String {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        wrap_line(line, width, hanging, &mut lines);
    }
    lines.join("\n")
}

fn wrap_line(line: &str, width: usize, hanging: usize, lines: &mut Vec<String>) {
    if columns(line) <= width {
        lines.push(line.to_owned());
        return;
    }
    let own = line.len() - line.trim_start_matches(' ').len();
    let indent = (own + hanging).min(width.saturating_sub(NARROWEST));
    let mut current = " ".repeat(own.min(width.saturating_sub(NARROWEST)));
    let mut empty = true;
    for word in line.trim_start_matches(' ').split_inclusive(' ') {
        let mut word = word;
        if !empty && columns(&current) + columns(word.trim_end_matches(' ')) > width {
            lines.push(current.trim_end().to_owned());
            current = " ".repeat(indent);
        }
        while columns(&current) + columns(word.trim_end_matches(' ')) > width {
            let (head, rest) = split_at(word, width.saturating_sub(columns(&current)).max(1));
            lines.push(format!("{current}{head}"));
            current = " ".repeat(indent);
            word = rest;
        }
        current.push_str(word);
        empty = false;
    }
    lines.push(current.trim_end().to_owned());
}

/// Splits a text behind as many characters as fit into so many columns, but at least one.
fn split_at(text: &str, width: usize) -> (&str, &str) {
    let mut taken = 0;
    for (at, character) in text.char_indices() {
        taken += character.width().unwrap_or(0);
        if taken > width && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_hang() {
        assert_eq!(wrap("  one two three four five", 20, 2), "  one two three four\n    five");
        assert_eq!(wrap("short", 14, 2), "short");
        assert_eq!(wrap("a\n\nb", 14, 0), "a\n\nb");
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken_and_nothing_is_lost() {
        let long = "x".repeat(70);
        let wrapped = wrap(&format!("see {long} there"), 30, 4);
        assert!(wrapped.lines().all(|line| columns(line) <= 30), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().collect::<String>(), format!("see{long}there"));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("日本"), 4);
        assert!(wrap(&"日本語 ".repeat(9), 20, 0).lines().all(|line| columns(line) <= 20));
        assert_eq!(cut("日本語", 5), "日本…");
    }

    #[test]
    fn a_terminal_of_one_column_does_not_hang() {
        assert!(!wrap("one two 日本", 1, 8).is_empty());
        assert_eq!(cut("ab", 0), "a…");
    }
}
