//! Shell quotation, both ways: what a shell prints of its variables, and what it reads back.

use std::iter::Peekable;
use std::str::Bytes;

/// Returns a word that every POSIX shell reads back as `value`.
pub(super) fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Splits what `declare -p`, `set` or `alias` printed into statements: lines, but a quoted newline does not end one.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut quotation = Quotation::None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match (quotation, byte) {
            (Quotation::None | Quotation::Double | Quotation::Ansi, b'\\') => {
                bytes.next();
            }
            (Quotation::None, b'\n') => {
                statements.push(&text[start..at]);
                start = at + 1;
            }
            (Quotation::None, b'$') if bytes.peek().is_some_and(|&(_, next)| next == b'\'') => {
                bytes.next();
                quotation = Quotation::Ansi;
            }
            (Quotation::None, b'\'') => quotation = Quotation::Single,
            (Quotation::None, b'"') => quotation = Quotation::Double,
            (Quotation::Single | Quotation::Ansi, b'\'') | (Quotation::Double, b'"') => quotation = Quotation::None,
            _ => {}
        }
    }
    if start < text.len() {
        statements.push(&text[start..]);
    }
    statements
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotation {
    None,
    Single,
    Double,
    Ansi,
}

/// Returns the value of one quoted word; `None` where it is not UTF-8.
pub(super) fn unquote(word: &str) -> Option<String> {
    let mut value = Vec::with_capacity(word.len());
    let mut bytes = word.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' => value.extend(bytes.by_ref().take_while(|&byte| byte != b'\'')),
            b'"' => double_quoted(&mut bytes, &mut value),
            b'$' if bytes.peek() == Some(&b'\'') => {
                bytes.next();
                ansi_quoted(&mut bytes, &mut value);
            }
            b'\\' => value.extend(bytes.next()),
            other => value.push(other),
        }
    }
    String::from_utf8(value).ok()
}

fn double_quoted(bytes: &mut Peekable<Bytes<'_>>, value: &mut Vec<u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => match bytes.next() {
                Some(escaped @ (b'$' | b'`' | b'"' | b'\\')) => value.push(escaped),
                Some(b'\n') | None => {}
                Some(other) => value.extend([b'\\', other]),
            },
            other => value.push(other),
        }
    }
}

/// Reads the inside of `$'…'`.
fn ansi_quoted(bytes: &mut Peekable<Bytes<'_>>, value: &mut Vec<u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' => return,
            b'\\' => escape(bytes, value),
            other => value.push(other),
        }
    }
}

fn escape(bytes: &mut Peekable<Bytes<'_>>, value: &mut Vec<u8>) {
    let Some(byte) = bytes.next() else { return };
    match byte {
        b'a' => value.push(7),
        b'b' => value.push(8),
        b'e' | b'E' => value.push(27),
        b'f' => value.push(12),
        b'n' => value.push(b'\n'),
        b'r' => value.push(b'\r'),
        b't' => value.push(b'\t'),
        b'v' => value.push(11),
        b'0'..=b'7' => {
            let first = u32::from(byte - b'0');
            value.push(number(bytes, 8, 2, first).to_le_bytes()[0]);
        }
        b'x' => value.push(number(bytes, 16, 2, 0).to_le_bytes()[0]),
        b'u' => character(number(bytes, 16, 4, 0), value),
        b'U' => character(number(bytes, 16, 8, 0), value),
        b'c' => value.extend(bytes.next().map(|control| control & 0x1F)),
        other => value.push(other),
    }
}

fn number(bytes: &mut Peekable<Bytes<'_>>, radix: u32, digits: usize, first: u32) -> u32 {
    let mut number = first;
    for _ in 0..digits {
        let Some(digit) = bytes.peek().and_then(|&byte| char::from(byte).to_digit(radix)) else { break };
        number = number.wrapping_mul(radix).wrapping_add(digit);
        bytes.next();
    }
    number
}

fn character(code: u32, value: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    value.extend_from_slice(char::from_u32(code).unwrap_or('\u{FFFD}').encode_utf8(&mut buffer).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_read_back() {
        for value in ["", "a b", "it's", "a\nb", "$x `y` \"z\" \\", "한"] {
            assert_eq!(unquote(&quote(value)).as_deref(), Some(value));
        }
    }

    #[test]
    fn what_bash_prints_is_read() {
        assert_eq!(unquote(r#""it's \$ \"q\" \\ \`""#).as_deref(), Some("it's $ \"q\" \\ `"));
        assert_eq!(unquote(r"$'a\nb\E\303\251\'\u00e9'").as_deref(), Some("a\nb\u{1b}é'é"));
    }

    #[test]
    fn what_dash_prints_is_read() {
        assert_eq!(unquote("'a\nb'\"'\"'c'").as_deref(), Some("a\nb'c"));
    }

    #[test]
    fn bytes_that_are_not_text_are_not_guessed() {
        assert_eq!(unquote(r"$'\377'"), None);
    }

    #[test]
    fn a_quoted_newline_does_not_end_a_statement() {
        let text = "declare -- a=\"1\n2\"\ndeclare -x b=$'x\\'\\n'\nc='3\n4'\n";
        assert_eq!(statements(text), ["declare -- a=\"1\n2\"", "declare -x b=$'x\\'\\n'", "c='3\n4'"]);
    }
}
