//! Whether a text that passes by in pieces is JSON: one document, or one after the other, as a watch sends them.
//!
//! Nothing is kept but where in the grammar (RFC 8259) the text stands, so that a list of any size costs nothing.

/// Where in the grammar the text stands.
#[derive(Debug)]
pub(super) struct JsonText {
    open: Vec<Container>,
    next: Next,
    token: Token,
}

/// A text that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    Array,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

/// What is read just now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    None,
    /// A string; whether the character before was a backslash.
    Text(bool),
    /// A number, or `true`, `false`, `null`.
    Word(Vec<u8>),
}

/// The longest number or word there is any use for.
const LONGEST_WORD: usize = 400;

impl JsonText {
    pub(super) const fn new() -> Self {
        Self { open: Vec::new(), next: Next::Value, token: Token::None }
    }

    /// Reads on.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), Broken> {
        piece.iter().try_for_each(|&byte| self.byte(byte))
    }

    /// Returns whether everything that was begun has come to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.open.is_empty() && self.next == Next::Value && self.token == Token::None
    }

    fn byte(&mut self, byte: u8) -> Result<(), Broken> {
        match &mut self.token {
            Token::Text(escaped) => {
                let escaped = *escaped;
                return self.in_text(byte, escaped);
            }
            Token::Word(word) if byte.is_ascii_alphanumeric() || b"+-.".contains(&byte) => {
                word.push(byte);
                return if word.len() > LONGEST_WORD { Err(Broken) } else { Ok(()) };
            }
            Token::Word(word) => {
                let good = serde_json::from_slice::<serde::de::IgnoredAny>(word).is_ok();
                self.token = Token::None;
                if !good {
                    return Err(Broken);
                }
                self.after_value();
            }
            Token::None => {}
        }
        self.between(byte)
    }

    fn in_text(&mut self, byte: u8, escaped: bool) -> Result<(), Broken> {
        match byte {
            _ if escaped && !b"\"\\/bfnrtu".contains(&byte) => return Err(Broken),
            0..0x20 => return Err(Broken),
            b'"' if !escaped => {
                self.token = Token::None;
                match self.next {
                    Next::Key | Next::KeyOrEnd => self.next = Next::Colon,
                    _ => self.after_value(),
                }
            }
            _ => self.token = Token::Text(byte == b'\\' && !escaped),
        }
        Ok(())
    }

    fn between(&mut self, byte: u8) -> Result<(), Broken> {
        let value = matches!(self.next, Next::Value | Next::ValueOrEnd);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' if value => self.enter(Container::Object, Next::KeyOrEnd),
            b'[' if value => self.enter(Container::Array, Next::ValueOrEnd),
            b'"' if value || matches!(self.next, Next::Key | Next::KeyOrEnd) => self.token = Token::Text(false),
            b':' if self.next == Next::Colon => self.next = Next::Value,
            b',' if self.next == Next::CommaOrEnd => {
                self.next = if self.open.last() == Some(&Container::Object) { Next::Key } else { Next::Value };
            }
            b'}' => return self.leave(Container::Object, Next::KeyOrEnd),
            b']' => return self.leave(Container::Array, Next::ValueOrEnd),
            b'-' | b'0'..=b'9' | b'a'..=b'z' if value => self.token = Token::Word(vec![byte]),
            _ => return Err(Broken),
        }
        Ok(())
    }

    fn enter(&mut self, container: Container, next: Next) {
        self.open.push(container);
        self.next = next;
    }

    fn leave(&mut self, container: Container, empty: Next) -> Result<(), Broken> {
        if self.open.pop() != Some(container) || !(self.next == Next::CommaOrEnd || self.next == empty) {
            return Err(Broken);
        }
        self.after_value();
        Ok(())
    }

    fn after_value(&mut self) {
        self.next = if self.open.is_empty() { Next::Value } else { Next::CommaOrEnd };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text byte by byte, and all at once.
    fn verdict(text: &str) -> Result<bool, Broken> {
        let mut whole = JsonText::new();
        let at_once = whole.feed(text.as_bytes()).map(|()| whole.is_whole());
        let mut bytes = JsonText::new();
        let one_by_one = text.bytes().try_for_each(|byte| bytes.feed(&[byte])).map(|()| bytes.is_whole());
        assert_eq!(at_once, one_by_one, "{text}");
        at_once
    }

    #[test]
    fn json_is_json_however_it_is_cut() {
        for text in [
            "{}",
            r#"{"kind":"PodList","items":[{"a":-1.5e+3,"b":[true,false,null,[],{}]}]}"#,
            "{ \"a\" : \"x\\\"\\\\ \\u00e9 {[é\" }\n",
            "{\"type\":\"ADDED\"}\n{\"type\":\"DELETED\"}\n",
        ] {
            assert_eq!(verdict(text), Ok(true), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_found_where_it_breaks() {
        for text in [
            "{not json",
            "{\"a\" 1}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":[1,]}",
            "{\"a\":[1}",
            "{\"a\":1]",
            "{\"a\":tru }",
            "{\"a\":01}",
            "{\"a\":\"line\nbreak\"}",
            "{\"a\":\"\\x\"}",
            "{}}",
            "{}<html>",
        ] {
            assert_eq!(verdict(text), Err(Broken), "{text}");
        }
    }

    #[test]
    fn what_ends_too_early_is_not_whole() {
        for text in ["{", "{\"a\":\"x", "{\"a\":1", "{\"a\":[{}]", "{}\n{\"type\":"] {
            assert_eq!(verdict(text), Ok(false), "{text}");
        }
    }
}
