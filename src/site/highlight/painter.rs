//! Writes classed pieces of code, joining neighbours of one class.

use super::Class;
use crate::site::text::escape_into;

/// Collects code as HTML.
#[derive(Debug)]
pub(crate) struct Painter {
    out: String,
    open: Option<Class>,
}

impl Painter {
    /// Makes an empty painter that expects about this many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), open: None }
    }

    /// Appends code of a class.
    pub(crate) fn put(&mut self, class: Class, text: &str) {
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

    /// Appends code that has no class of its own.
    pub(crate) fn plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.close();
            escape_into(&mut self.out, text);
        }
    }

    /// Returns what was collected.
    pub(crate) fn finish(mut self) -> String {
        self.close();
        self.out
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push_str("</b>");
        }
    }
}
