//! A text to be parsed, and where each byte of it stands in the text that the caller gave.
//!
//! The outermost layer is the caller's text with its placeholders masked. The script of `sh -c '…'` is a layer of its own:
//! its text is what the outer shell passes on, so its bytes may stand apart in the caller's text.

use crate::model::Span;

/// A text to be parsed.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) text: String,
    origin: Origin,
    /// Places (in the caller's text) that the outer shell fills in; masked like placeholders.
    pub(super) filled: Vec<Span>,
    /// How many shells stand around it.
    pub(super) depth: usize,
    /// Whether its variables are those of the caller's shell (`eval`), not of another process.
    pub(super) own_variables: bool,
}

#[derive(Debug, Clone)]
enum Origin {
    Same,
    /// The place of each byte.
    Each(Vec<usize>),
}

impl Layer {
    /// Makes the layer of the caller's text; `text` has the same length.
    pub(super) const fn outermost(text: String) -> Self {
        Self { text, origin: Origin::Same, filled: Vec::new(), depth: 0, own_variables: true }
    }

    /// Starts a layer inside `self`.
    pub(super) const fn inner(&self) -> Self {
        Self {
            text: String::new(),
            origin: Origin::Each(Vec::new()),
            filled: Vec::new(),
            depth: self.depth + 1,
            own_variables: false,
        }
    }

    /// Appends text whose bytes stand one after the other from `start`.
    pub(super) fn push(&mut self, text: &str, start: usize) {
        if let Origin::Each(places) = &mut self.origin {
            places.extend(start..start + text.len());
            self.text.push_str(text);
        }
    }

    /// Appends text that does not stand anywhere byte by byte; all of it points at `place`.
    pub(super) fn push_at(&mut self, text: &str, place: usize) {
        if let Origin::Each(places) = &mut self.origin {
            places.extend(std::iter::repeat_n(place, text.len()));
            self.text.push_str(text);
        }
    }

    /// Returns where a byte stands in the caller's text.
    pub(super) fn outer(&self, offset: usize) -> usize {
        match &self.origin {
            Origin::Same => offset,
            Origin::Each(places) => {
                places.get(offset).copied().unwrap_or_else(|| places.last().map_or(0, |&last| last + 1))
            }
        }
    }

    /// Returns where a range stands in the caller's text.
    pub(super) fn outer_span(&self, start: usize, end: usize) -> Span {
        let outer_start = self.outer(start);
        if end <= start {
            return Span::new(outer_start, outer_start);
        }
        Span::new(outer_start, (self.outer(end - 1) + 1).max(outer_start))
    }

    /// Returns the text of a range, where it is one.
    pub(super) fn slice(&self, start: usize, end: usize) -> Option<&str> {
        self.text.get(start..end)
    }
}
