//! Writes classed pieces of code, joining neighbours of one class.

use super::Class;
use crate::site::text::escape_text_into;
use crate::site::values::{self, Filling, Grammar, Place};

/// Takes code in order, piece by piece.
pub(super) trait Canvas {
    /// Takes code of a class.
    fn put(&mut self, class: Class, text: &str);

    /// Takes code that has no class of its own.
    fn plain(&mut self, text: &str);
}

/// Collects code as HTML.
#[derive(Debug)]
pub(super) struct Painter<'a> {
    out: String,
    open: Option<Class>,
    /// Spaces behind what is open: they stand in it if it goes on behind them.
    spaces: usize,
    filling: Option<&'a Filling>,
    /// The code so far, where its grammar tells how a value is written.
    before: String,
    /// The variables that were filled in.
    filled: Vec<String>,
}

impl<'a> Painter<'a> {
    /// Makes an empty painter that expects about this many bytes and fills in these values.
    pub(super) fn new(bytes: usize, filling: Option<&'a Filling>) -> Self {
        Self {
            out: String::with_capacity(bytes),
            open: None,
            spaces: 0,
            filling,
            before: String::new(),
            filled: Vec::new(),
        }
    }

    /// Returns the variables that stand where a value can be filled in, once for each place.
    pub(super) fn filled(&mut self) -> Vec<String> {
        std::mem::take(&mut self.filled)
    }

    fn note(&mut self, text: &str) {
        if self.filling.is_some_and(|filling| filling.grammar != Grammar::Shell) {
            self.before.push_str(text);
        }
    }

    /// Writes a variable whose value is known, or could be; returns whether it was one.
    fn variable(&mut self, text: &str) -> bool {
        let Some((filling, value)) = self.filling.and_then(|filling| Some((filling, filling.value(text)?))) else {
            return false;
        };
        let place = Place::behind(&self.before, filling.grammar);
        let shown = match (value, place) {
            (Some(value), None) => Some(value.clone()).filter(|value| values::is_harmless(value)),
            (Some(value), Some(place)) => place.fill(value),
            (None, _) => None,
        };
        self.close();
        let class = if value.is_none() || shown.is_none() && place.is_some() { "\"v gap\"" } else { "v" };
        self.out.push_str("<b class=");
        self.out.push_str(class);
        self.out.push_str(" data-v=");
        self.out.push_str(text);
        if let Some(place) = place {
            self.out.push_str(" data-in=");
            self.out.push(place.letter());
        }
        self.out.push('>');
        escape_text_into(&mut self.out, shown.as_deref().unwrap_or(text));
        self.out.push_str("</b>");
        self.filled.extend(values::variable(text).map(str::to_owned));
        true
    }

    /// Returns what was collected.
    pub(super) fn finish(mut self) -> String {
        self.close();
        self.out
    }

    fn close(&mut self) {
        if let Some(class) = self.open.take() {
            self.out.push_str("</");
            self.out.push_str(class.element().0);
            self.out.push('>');
        }
        self.space();
    }

    fn space(&mut self) {
        (0..std::mem::take(&mut self.spaces)).for_each(|_| self.out.push(' '));
    }
}

impl Canvas for Painter<'_> {
    fn put(&mut self, class: Class, text: &str) {
        if text.is_empty() {
            return;
        }
        if class == Class::Variable && self.variable(text) {
            return self.note(text);
        }
        self.note(text);
        if self.open != Some(class) {
            self.close();
            self.out.push_str(class.element().1);
            self.open = Some(class);
        }
        self.space();
        escape_text_into(&mut self.out, text);
    }

    fn plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.note(text);
            if self.open.is_some_and(Class::is_ink) && text.bytes().all(|byte| byte == b' ') {
                self.spaces += text.len();
                return;
            }
            self.close();
            escape_text_into(&mut self.out, text);
        }
    }
}

/// Remembers where each class begins and ends, for code whose pieces do not stand in a row.
#[derive(Debug, Default)]
pub(super) struct Spans {
    length: usize,
    /// Class, start and end.
    pub(super) found: Vec<(Class, usize, usize)>,
}

impl Canvas for Spans {
    fn put(&mut self, class: Class, text: &str) {
        self.found.push((class, self.length, self.length + text.len()));
        self.length += text.len();
    }

    fn plain(&mut self, text: &str) {
        self.length += text.len();
    }
}
