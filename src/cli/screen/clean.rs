//! What programs print → what may be shown: no escape code, no control character and no bell reaches the terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// How far apart tab stops are.
const TAB: usize = 8;

/// A line of which so many of a hundred characters say nothing is no text.
const BINARY_PERCENT: usize = 20;

/// A line as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    /// A text.
    Text(String),
    /// Bytes that are no text: how many.
    Binary(usize),
}

/// Returns a text as it may be shown, line by line.
pub(in crate::cli) fn clean(text: &str) -> String {
    let lines = text.split('\n').map(|line| match clean_line(line) {
        Shown::Text(line) => line,
        Shown::Binary(length) => format!("[{length} bytes that are no text]"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a text that somebody decides about, with nothing left out: what hides or moves something is shown by its number.
pub(in crate::cli) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) && !matches!(letter, '\n' | '\t') {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Returns a line as it may be shown: as a terminal would leave it, where carriage returns and backspaces write over
/// what stands there, without colours, with spaces for tabs. Other control characters are shown by their number.
fn clean_line(line: &str) -> Shown {
    let mut cells: Vec<char> = Vec::new();
    let (mut at, mut odd, mut all) = (0usize, 0, 0);
    let plain = without_escapes(line);
    for character in plain.trim_end_matches(['\r', '\n']).chars() {
        all += 1;
        match character {
            '\r' => at = 0,
            '\u{8}' => at = at.saturating_sub(1),
            '\t' => {
                let before: usize = cells[..at].iter().map(|cell| cell.width().unwrap_or(0)).sum();
                (0..TAB - before % TAB).for_each(|_| put(&mut cells, &mut at, ' '));
            }
            '\u{fffd}' => {
                odd += 1;
                put(&mut cells, &mut at, character);
            }
            character if is_hidden(character) => {
                odd += 1;
                let mut number = String::new();
                // Writing to a String cannot fail.
                let _ = write!(number, "<{:02X}>", u32::from(character));
                number.chars().for_each(|digit| put(&mut cells, &mut at, digit));
            }
            character => put(&mut cells, &mut at, character),
        }
    }
    if odd > 3 && odd * 100 > all * BINARY_PERCENT {
        return Shown::Binary(line.len());
    }
    Shown::Text(cells.into_iter().collect())
}

fn put(cells: &mut Vec<char>, at: &mut usize, character: char) {
    match cells.get_mut(*at) {
        Some(cell) => *cell = character,
        None => cells.push(character),
    }
    *at += 1;
}

/// Returns whether a character shows nothing, or makes a terminal or a reader see another order than there is.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns a text without the escape codes of terminals: colours, moves, titles, links.
fn without_escapes(text: &str) -> String {
    if !text.contains(['\u{1b}', '\u{9b}']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\u{9b}' => skip_sequence(&mut rest),
            '\u{1b}' => match rest.next() {
                Some('[') => skip_sequence(&mut rest),
                Some(']' | 'P' | '_' | '^' | 'X') => skip_string(&mut rest),
                Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => {
                    rest.next();
                }
                _ => {}
            },
            character => out.push(character),
        }
    }
    out
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips parameters and the letter that ends them.
fn skip_sequence(rest: &mut Rest<'_>) {
    while rest.next_if(|next| matches!(next, ' '..='?')).is_some() {}
    rest.next_if(|next| matches!(next, '@'..='~'));
}

/// Skips a string that a bell or `ESC \` ends; one without an end ends with the line.
fn skip_string(rest: &mut Rest<'_>) {
    while let Some(next) = rest.next() {
        match next {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> String {
        match clean_line(line) {
            Shown::Text(text) => text,
            Shown::Binary(length) => panic!("{length} bytes are a text"),
        }
    }

    #[test]
    fn escape_codes_leave_nothing_behind() {
        assert_eq!(text("\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "red link");
        assert_eq!(text("\x1b[2J\x1b[Hgone\x1bc\x1b(B"), "gone");
        assert_eq!(text("never ends \x1b]0;title"), "never ends ");
    }

    #[test]
    fn a_progress_bar_is_what_a_terminal_would_show_in_the_end() {
        assert_eq!(text(" 10%\r 50%\r100%"), "100%");
        assert_eq!(text("long words\rshort"), "shortwords");
        assert_eq!(text("dos line\r"), "dos line");
        assert_eq!(text("N\u{8}NA\u{8}A"), "NA");
    }

    #[test]
    fn tabs_are_spaces_and_control_characters_numbers() {
        assert_eq!(text("a\tb\t日\tc"), "a       b       日      c");
        assert_eq!(text("bell\u{7} nul\u{0} rtl\u{202e}"), "bell<07> nul<00> rtl<202E>");
    }

    #[test]
    fn bytes_that_are_no_text_are_counted() {
        assert_eq!(clean_line(&"\u{fffd}\u{1}\u{2}x".repeat(9)), Shown::Binary(54));
        assert_eq!(clean("one\n\u{1}\u{2}\u{3}\u{4}\u{5}"), "one\n[5 bytes that are no text]");
    }

    #[test]
    fn nothing_in_a_question_moves_the_cursor_or_hides() {
        assert_eq!(visible("a\x1b[2K\rb\nc\td"), "a\\u{1b}[2K\\u{d}b\nc\td");
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(visible("größe — “x”"), "größe — “x”");
    }
}
