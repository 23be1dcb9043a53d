//! Writes classed pieces of code, joining neighbours of one class.

use super::Class;
use crate::site::text::escape_into;

/// Takes code in order, piece by piece.
pub(super) trait Canvas {
    /// Takes code of a class.
    fn put(&mut self, class: Class, text: &str);

    /// Takes code that has no class of its own.
    fn plain(&mut self, text: &str);
}

/// Collects code as HTML.
#[derive(Debug)]
pub(super) struct Painter {
    out: String,
    open: Option<Class>,
}

impl Painter {
    /// Makes an empty painter that expects about this many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), open: None }
    }

    /// Returns what was collected.
    pub(super) fn finish(mut self) -> String {
        self.close();
        self.out
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push_str("</b>");
        }
    }
}

impl Canvas for Painter {
    fn put(&mut self, class: Class, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.open != Some(class) {
            self.close();
            // Unquoted and short on purpose: a page holds hundreds of these.
            self.out.push_str("<b class=");
            self.out.push(class.letter());
            self.out.push('>');
            self.open = Some(class);
        }
        escape_into(&mut self.out, text);
    }

    fn plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.close();
            escape_into(&mut self.out, text);
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
