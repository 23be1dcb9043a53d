//! Quoted text, and what is expanded in it.

use crate::shell::placeholder::Region;

use super::TokenClass;
use super::lexer::{Lexer, Open};

/// Longest `${…}` looked for.
const LONGEST_EXPANSION: usize = 400;

impl Lexer<'_> {
    /// Takes `'…'`; a quote that is not closed is a character.
    pub(super) fn single(&mut self) {
        let end = match self.regions.stretch(self.at) {
            Some((start, end, Region::Single)) if start == self.at => end,
            // Inside a substitution in double quotes the regions know nothing; look for the end on this line.
            _ => self.quote_on_line(b'\''),
        };
        if end > self.at {
            self.take(end - self.at, TokenClass::String);
        } else {
            self.at += 1;
        }
    }

    /// Returns the end of a quote that is closed on this line, else the place itself.
    fn quote_on_line(&self, quote: u8) -> usize {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let close = rest.iter().take(LONGEST_EXPANSION).position(|&byte| byte == quote || byte == b'\n');
        match close {
            Some(length) if rest.get(length) == Some(&quote) => self.at + length + 2,
            _ => self.at,
        }
    }

    /// Opens `"…"`.
    pub(super) fn string_start(&mut self) {
        let known = matches!(self.regions.stretch(self.at), Some((_, _, Region::Double)));
        if !known && self.quote_on_line(b'"') == self.at {
            self.at += 1;
            return;
        }
        self.take(1, TokenClass::String);
        self.push(Open::Double);
    }

    /// Takes text inside double quotes up to what is expanded, or the end.
    pub(super) fn double(&mut self) {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                b'"' => {
                    self.at += 1;
                    self.string(start, self.at);
                    self.pop();
                    self.rest_after_quote();
                    return;
                }
                b'`' => {
                    self.string(start, self.at);
                    self.backtick();
                    return;
                }
                b'$' => {
                    let before = self.at;
                    let tokens = self.tokens.len();
                    let opened = self.dollar();
                    if self.tokens.len() > tokens {
                        self.insert_string(tokens, start, before);
                        return;
                    }
                    if opened {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.string(start, self.at);
    }

    /// Goes on with the word behind a closing quote, but leaves blanks and operators alone.
    fn rest_after_quote(&mut self) {
        if self.byte(0).is_some_and(|byte| !super::lexer::is_special(byte)) {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().take_while(|byte| !super::lexer::is_special(**byte)).count();
        }
    }

    /// Adds a piece of string; both ends are ASCII, or the ends of the text.
    fn string(&mut self, start: usize, end: usize) {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.ceil_char_boundary(end.min(self.text.len()));
        self.token(start, end, TokenClass::String);
    }

    /// Puts the piece of string before the tokens that were found behind it.
    fn insert_string(&mut self, index: usize, start: usize, end: usize) {
        let behind = self.tokens.split_off(index.min(self.tokens.len()));
        self.string(start, end);
        self.tokens.extend(behind);
    }

    /// Takes what begins with `$`. Returns whether it opened something.
    pub(super) fn dollar(&mut self) -> bool {
        let quoted = matches!(self.open.last(), Some((Open::Double, _, _)));
        match self.byte(1) {
            Some(b'(') => {
                self.take(2, TokenClass::Substitution);
                self.push(Open::Substitution);
                return true;
            }
            Some(b'{') => {
                let length = braces(self.bytes.get(self.at..).unwrap_or_default());
                if length == 0 {
                    self.at += 2;
                } else {
                    let end = self.text.ceil_char_boundary(self.at + length);
                    self.take(end - self.at, TokenClass::Variable);
                }
            }
            Some(b'\'') if !quoted => {
                self.at += 1;
                self.single();
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                self.take(length + 1, TokenClass::Variable);
            }
            Some(byte) if byte.is_ascii_digit() || b"?!#@*$-".contains(&byte) => self.take(2, TokenClass::Variable),
            _ => self.at += 1,
        }
        false
    }

    /// Takes text up to `end`, with the variables in it set apart.
    pub(super) fn expanding(&mut self, end: usize, class: TokenClass) {
        let mut start = self.at;
        while self.at < end {
            let rest = self.bytes.get(self.at..end).unwrap_or_default();
            let Some(offset) = rest.iter().position(|&byte| byte == b'$') else { break };
            self.at += offset;
            let escaped = self.at > start && self.bytes.get(self.at - 1) == Some(&b'\\');
            let next = self.byte(1);
            let named = next.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'{');
            let length = braces(self.bytes.get(self.at..end).unwrap_or_default());
            if escaped || !named || (next == Some(b'{') && length == 0) {
                self.at += 1;
                continue;
            }
            self.token(start, self.at, class);
            self.dollar();
            start = self.at;
        }
        self.token(start, end, class);
    }
}

/// Returns the length of `${…}`, 0 if it is not closed soon.
fn braces(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (index, byte) in bytes.iter().take(LONGEST_EXPANSION).enumerate().skip(1) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return index + 1,
            b'}' => depth -= 1,
            b'\n' => return 0,
            _ => {}
        }
    }
    0
}
