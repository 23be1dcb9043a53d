//! Literal stretches of a word: quotes and escapes removed, placeholders restored, globs and braces set apart.

use crate::model::Span;
use crate::shell::{Part, PartKind, Placeholder};

use super::layer::Layer;

/// What stands around a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// Nothing.
    None,
    /// Double quotes.
    Double,
    /// A here-document whose body is expanded.
    Here,
    /// Single quotes, or a here-document whose body is not expanded.
    Raw,
}

/// A literal stretch of a word: a range of its layer, and how to read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quote: Quote,
    /// Whether `*`, `?`, `[…]` match files here, and braces make words.
    pub(super) globs: bool,
    /// Whether it opens the word, so that `~` is a folder.
    pub(super) first: bool,
    /// Brace expansions, as ranges of the layer, in order and apart.
    pub(super) braces: &'a [(usize, usize)],
}

/// Longest bracket expression looked for; real ones are short.
const LONGEST_CLASS: usize = 64;

struct Reader<'a> {
    layer: &'a Layer,
    placeholders: &'a [Placeholder],
    outermost: &'a str,
    stretch: Stretch<'a>,
    at: usize,
    parts: Vec<Part>,
    text: String,
    text_start: usize,
}

/// Reads a literal stretch into parts.
pub(super) fn read(layer: &Layer, outermost: &str, placeholders: &[Placeholder], stretch: Stretch<'_>) -> Vec<Part> {
    let mut reader = Reader {
        layer,
        placeholders,
        outermost,
        stretch,
        at: stretch.start,
        parts: Vec::new(),
        text: String::new(),
        text_start: stretch.start,
    };
    reader.run();
    reader.parts
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(rest) = self.layer.slice(self.at, self.stretch.end).filter(|rest| !rest.is_empty()) {
            if self.filled(rest) || self.special(rest) {
                self.text_start = self.at;
                continue;
            }
            let (taken, meant) = self.character(rest);
            self.text.extend(meant);
            self.at += taken;
        }
        self.flush(self.at);
    }

    /// Takes a masked stretch: a placeholder, or something the outer shell fills in.
    fn filled(&mut self, rest: &str) -> bool {
        let place = self.layer.outer(self.at);
        let (span, kind) = if let Some(placeholder) = covering(self.placeholders, |it| it.span, place) {
            (placeholder.span, PartKind::Placeholder(placeholder.text.clone()))
        } else if let Some(&span) = covering(&self.layer.filled, |span| *span, place) {
            (span, PartKind::Substitution)
        } else {
            return false;
        };
        let taken = rest.char_indices().map(|(at, _)| at).find(|&at| {
            let place = self.layer.outer(self.at + at);
            place < span.start || place >= span.end
        });
        let end = self.at + taken.unwrap_or(rest.len());
        self.push(end, kind, true);
        true
    }

    /// Takes a glob, a brace expansion or a leading tilde.
    fn special(&mut self, rest: &str) -> bool {
        if self.stretch.quote != Quote::None {
            return false;
        }
        if self.stretch.first && self.at == self.stretch.start && rest.starts_with('~') {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "~_-.+".contains(c))).unwrap_or(rest.len());
            self.push(self.at + end, PartKind::Tilde(rest[..end].to_owned()), false);
            return true;
        }
        if !self.stretch.globs {
            return false;
        }
        let before = self.stretch.braces.partition_point(|&(start, _)| start <= self.at);
        let brace = before.checked_sub(1).and_then(|index| self.stretch.braces.get(index));
        if let Some(&(_, end)) = brace.filter(|&&(_, end)| self.at < end) {
            let taken = rest.floor_char_boundary((end - self.at).min(rest.len()));
            self.push(self.at + taken, PartKind::Braces(rest[..taken].to_owned()), false);
            return taken > 0;
        }
        let taken = glob(rest);
        if taken > 0 {
            self.push(self.at + taken, PartKind::Glob(rest[..taken].to_owned()), false);
        }
        taken > 0
    }

    /// Returns how many bytes one character takes in the source, and what it means.
    fn character(&self, rest: &str) -> (usize, Option<char>) {
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return (0, None) };
        if first != '\\' || self.stretch.quote == Quote::Raw {
            return (first.len_utf8(), Some(first));
        }
        let Some(second) = characters.next() else { return (1, Some('\\')) };
        let escapes = match self.stretch.quote {
            Quote::None => true,
            Quote::Double => matches!(second, '$' | '`' | '"' | '\\' | '\n'),
            Quote::Here => matches!(second, '$' | '`' | '\\' | '\n'),
            Quote::Raw => false,
        };
        match (escapes, second) {
            (true, '\n') => (2, None),
            (true, _) => (1 + second.len_utf8(), Some(second)),
            (false, _) => (1, Some('\\')),
        }
    }

    fn push(&mut self, end: usize, kind: PartKind, may_be_quoted: bool) {
        self.flush(self.at);
        let span = self.layer.outer_span(self.at, end);
        let span = if let PartKind::Placeholder(text) = &kind { self.whole(span, text) } else { span };
        self.parts.push(Part { span, quoted: may_be_quoted && self.stretch.quote != Quote::None, kind });
        self.at = end;
    }

    /// A placeholder's part covers the placeholder as it is written, if all of it is here.
    fn whole(&self, span: Span, text: &str) -> Span {
        let whole = Span::new(span.start, span.start + text.len());
        if self.outermost.get(whole.start..whole.end) == Some(text) { whole } else { span }
    }

    fn flush(&mut self, end: usize) {
        if !self.text.is_empty() {
            self.parts.push(Part {
                span: self.layer.outer_span(self.text_start, end),
                quoted: self.stretch.quote != Quote::None,
                kind: PartKind::Literal(std::mem::take(&mut self.text)),
            });
        }
    }
}

fn covering<T>(sorted: &[T], span: impl Fn(&T) -> Span, place: usize) -> Option<&T> {
    let after = sorted.partition_point(|item| span(item).start <= place);
    sorted.get(after.checked_sub(1)?).filter(|item| place < span(item).end)
}

/// Returns the length of the glob pattern that `rest` begins with, 0 if there is none.
fn glob(rest: &str) -> usize {
    match rest.as_bytes().first() {
        Some(b'*' | b'?') => rest.bytes().take_while(|byte| matches!(byte, b'*' | b'?')).count(),
        Some(b'[') => {
            let inside = rest.as_bytes().get(1..).unwrap_or_default();
            let negation = usize::from(matches!(inside.first(), Some(b'!' | b'^')));
            let close = inside.iter().take(LONGEST_CLASS).skip(negation + 1).position(|&byte| byte == b']');
            close.map_or(0, |at| negation + 1 + at + 2)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_lone_bracket_is_no_glob() {
        assert_eq!(glob("["), 0);
        assert_eq!(glob("[]"), 0);
    }

    #[test]
    fn classes_and_stars_are_globs() {
        assert_eq!(glob("[a-z]x"), 5);
        assert_eq!(glob("[!]a]x"), 5);
        assert_eq!(glob("**/x"), 2);
    }
}
