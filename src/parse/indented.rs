//! Indented code: it has no fence, so no role, and what its commands name must be there all the same. Each line of it
//! is kept as inline code is, a line that a backslash continues with those that follow.

use crate::model::{InlineCode, Span};

/// The lines of an indented block, as they come.
#[derive(Default)]
pub(super) struct Lines {
    lines: Vec<Span>,
}

impl Lines {
    pub(super) fn push(&mut self, span: Span) {
        self.lines.push(span);
    }

    /// Returns the lines as code, without the prompts before them.
    pub(super) fn take(&mut self, text: &str, section: Option<usize>) -> Vec<InlineCode> {
        let mut found = Vec::new();
        let mut open: Option<usize> = None;
        let lines = std::mem::take(&mut self.lines);
        let last = lines.len().saturating_sub(1);
        for (at, span) in lines.into_iter().enumerate() {
            let line = text.get(span.start..span.end).unwrap_or_default();
            let start = open.take().unwrap_or_else(|| span.start + without_prompt(line));
            let end = span.start + line.trim_end().len();
            if at < last && line.trim_end_matches(['\n', '\r']).ends_with('\\') {
                open = Some(start);
            } else if let Some(code) = text.get(start..end).filter(|code| !code.is_empty()) {
                found.push(InlineCode { text: code.to_owned(), span: Span::new(start, end), section });
            }
        }
        found
    }
}

/// Returns where the command of a line begins, behind blanks and `$ `.
fn without_prompt(line: &str) -> usize {
    let command = line.trim_start();
    let command = command.strip_prefix("$ ").map_or(command, str::trim_start);
    line.len() - command.len()
}
