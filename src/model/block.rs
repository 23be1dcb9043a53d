//! Fenced code blocks as they stand in the text.

use serde::{Deserialize, Serialize};

use super::Span;

/// What a block is for, as its info string says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads the world and asserts; never changes it.
    Check,
    /// Changes the world.
    Action,
    /// Says what the step before it prints.
    Output,
}

impl Role {
    /// Returns the word the author writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Action => "action",
            Self::Output => "output",
        }
    }
}

/// A fenced code block, with or without a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The whole block, both fences included.
    pub span: Span,
    /// The info string, without the fence characters; empty where there is none.
    pub info: Span,
    /// The language tag as written, lower-cased; `None` where there is none.
    pub language: Option<String>,
    /// The role, where one is given.
    pub role: Option<Role>,
    /// The text between the fences.
    pub code: Code,
    /// Index of the section it stands in; `None` before the first heading.
    pub section: Option<usize>,
    /// Name of the fragment under `checks/` that stands here (`use=NAME`).
    pub fragment: Option<String>,
}

/// The text between two fences, and where each byte of it came from.
///
/// Inside a list item or a quotation the indentation and the `>` are not part of the code, so the text is not one
/// slice of the file: it is made of pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Code {
    text: String,
    pieces: Vec<(usize, usize)>,
}

impl Code {
    /// Returns code without text.
    pub const fn empty() -> Self {
        Self { text: String::new(), pieces: Vec::new() }
    }

    /// Appends a piece of text that stands at byte `offset` of the source.
    pub fn push(&mut self, text: &str, offset: usize) {
        let at = self.text.len();
        let goes_on = self.pieces.last().is_some_and(|&(start, source)| source + (at - start) == offset);
        if !goes_on {
            self.pieces.push((at, offset));
        }
        self.text.push_str(text);
    }

    /// Returns the text that runs: no fences, no indentation of the list item around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the byte of the source that byte `offset` of [`text`](Self::text) came from.
    pub fn source_offset(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|&(start, _)| start <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(&(start, source)) => source + (offset - start),
            None => 0,
        }
    }

    /// Returns where a range of [`text`](Self::text) stands in the source.
    ///
    /// A range that crosses lines of an indented block covers the indentation between them.
    pub fn source_span(&self, span: Span) -> Span {
        let start = self.source_offset(span.start);
        if span.end <= span.start {
            return Span::new(start, start);
        }
        Span::new(start, self.source_offset(span.end - 1) + 1)
    }

    /// Returns where the whole text stands in the source.
    pub fn span(&self) -> Span {
        self.source_span(Span::new(0, self.text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indented_block_maps_back_to_its_lines() {
        let mut code = Code::empty();
        code.push("ls\n", 10);
        code.push("pwd\n", 16);
        assert_eq!(code.text(), "ls\npwd\n");
        assert_eq!(code.source_span(Span::new(3, 6)), Span::new(16, 19));
    }

    #[test]
    fn lines_that_follow_each_other_are_one_piece() {
        let mut code = Code::empty();
        [("ls\n", 10), ("pwd\n", 13), ("id\n", 19)].iter().for_each(|(text, offset)| code.push(text, *offset));
        assert_eq!(code.pieces, [(0, 10), (7, 19)]);
        assert_eq!(code.source_span(Span::new(3, 9)), Span::new(13, 21));
    }
}
