//! Texts and places in them.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

/// A range of bytes in a source text, end excluded. Always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// Returns the span from `start` up to and without `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns whether `other` lies wholly inside this span.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Where a byte stands for a person: both numbers start at 1, and columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A text file as it was read: its name as people should see it, and its bytes.
pub struct Source {
    path: PathBuf,
    text: String,
    /// Where lines begin. Most texts of a collection have nothing wrong, and nobody asks.
    line_starts: OnceLock<Vec<usize>>,
    /// What no excerpt shows.
    hidden: Mutex<Vec<Span>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Source").field("path", &self.path).field("text", &self.text).finish_non_exhaustive()
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.text == other.text
    }
}

impl Eq for Source {}

impl Source {
    /// Keeps `text` under `path`, the name that diagnostics show (usually relative to the root of the collection).
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: OnceLock::new(), hidden: Mutex::default() }
    }

    /// Returns the name that diagnostics show.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Returns the whole text, byte for byte as its author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Keeps a place out of every excerpt: a secret stands there.
    pub fn hide(&self, span: Span) {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }

    /// Returns the text of `span` as it may be shown: as long as it is, with a `*` for each hidden byte.
    pub fn excerpt(&self, span: Span) -> Cow<'_, str> {
        let text = self.slice(span);
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        if hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = text.as_bytes().to_vec();
        for place in hidden.iter() {
            let within = |at: usize| at.saturating_sub(span.start).min(shown.len());
            let (start, end) = (within(place.start), within(place.end));
            shown[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
        }
        // Places lie on character boundaries, so what is left is text.
        Cow::Owned(String::from_utf8_lossy(&shown).into_owned())
    }

    /// Returns the text of `span`; the empty string where the span does not lie in this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Returns the place of a byte; a byte behind the end is placed at the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset);
        let start = starts[line - 1];
        Position { line, column: self.text[start..offset].chars().count() + 1 }
    }

    /// Returns the number of lines; a last line without a newline counts.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    /// Returns the byte at which `line` (from 1) begins, if there is such a line.
    pub fn line_start(&self, line: usize) -> Option<usize> {
        self.line_starts().get(line.checked_sub(1)?).copied()
    }

    fn line_starts(&self) -> &[usize] {
        let starts = || std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.line_starts.get_or_init(starts)
    }
}

/// A value and where its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// What was written.
    pub value: T,
    /// Where, in the file that holds it.
    pub span: Span,
}

impl<T> Located<T> {
    /// Joins a value with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.md", "é\n한x");
        assert_eq!(source.position(3), Position { line: 2, column: 1 });
        assert_eq!(source.position(6), Position { line: 2, column: 2 });
    }

    #[test]
    fn a_byte_behind_the_end_is_placed_at_the_end() {
        assert_eq!(Source::new("a.md", "ab").position(99), Position { line: 1, column: 3 });
    }
}
