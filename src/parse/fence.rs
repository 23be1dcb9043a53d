//! Fenced code blocks as they stand in the text: where the info string is, what the code is, whether it is closed.

use crate::model::{Code, Span};

use super::info;

/// A fenced block before anybody has read its info string.
#[derive(Debug, Default)]
pub(super) struct Fence {
    /// The whole block, exactly the range of its Markdown event.
    pub(super) span: Span,
    /// The opening fence with its info string.
    pub(super) opening: Span,
    /// The info string, trimmed.
    pub(super) info: Span,
    pub(super) code: Code,
    pub(super) section: Option<usize>,
    /// Whether there is a closing fence.
    pub(super) closed: bool,
    /// What stands between the block before and this one, if it is more than prose.
    pub(super) barrier: Option<(Span, &'static str)>,
}

/// Reads the fences of the block that stands at `span`; its code comes later, in pieces.
pub(super) fn open(text: &str, span: Span) -> Fence {
    let block = text.get(span.start..span.end).unwrap_or_default();
    let line = block.lines().next().unwrap_or_default();
    let fence = line.chars().next().filter(|mark| matches!(mark, '`' | '~')).unwrap_or('`');
    let width = line.chars().take_while(|mark| *mark == fence).count();
    let after = line.get(width..).unwrap_or_default();
    let start = span.start + width + (after.len() - after.trim_start().len());
    let info = Span::new(start, start + after.trim().len());
    let opening = Span::new(span.start, span.start + line.trim_end().len());
    let below = block.find('\n').map_or(span.end, |end| span.start + end + 1);
    let mut code = Code::empty();
    code.push("", below);
    Fence { span, opening, info, code, closed: is_closed(block, fence, width), ..Fence::default() }
}

/// The parser ends an unclosed block with the document or the list item; only the last line tells.
fn is_closed(block: &str, fence: char, width: usize) -> bool {
    let Some((_, last)) = block.rsplit_once('\n') else { return false };
    let last = last.trim_end().trim_start_matches([' ', '\t', '>']);
    last.len() >= width && last.chars().all(|mark| mark == fence)
}

/// Appends what one Markdown event holds of a block's code.
///
/// Text that is not a slice of the file (spaces for a part of a tab) is mapped byte by byte onto where it came from.
pub(super) fn push(code: &mut Code, text: &str, source: &str, span: Span) {
    if source.get(span.start..span.end) == Some(text) {
        return code.push(text, span.start);
    }
    let last = source.len().saturating_sub(1);
    let from = source.floor_char_boundary(span.start.min(last));
    for character in text.chars() {
        code.push(character.encode_utf8(&mut [0; 4]), from);
    }
}

/// Returns the lines of `text` that look like the opening of a step: a fence with a role that Markdown does not see.
pub(super) fn hidden_in(text: &str, start: usize) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = start;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            let role = info::read(trimmed.trim_start_matches(['`', '~']), 0).role;
            if role.is_some() {
                let indent = line.len() - line.trim_start().len();
                found.push(Span::new(at + indent, at + indent + trimmed.len()));
            }
        }
        at += line.len();
    }
    found
}
