//! Commands around a mistake: where the parser gave up, lines are tried one by one.
//!
//! A lost quote must not hide the ten commands below it.

use shuck_parser::parser::Parser;

use super::layer::Layer;
use super::walk::{Frame, Walk};

/// Longest text that is tried line by line.
const LONGEST: usize = 1 << 18;

impl Walk<'_> {
    /// Adds the commands of lines that hold none so far. `before` is the number of commands found in other layers.
    pub(super) fn recover(&mut self, before: usize, frame: &Frame) {
        if self.layer.text.len() > LONGEST {
            return;
        }
        let known = self.script.commands.get(before..).unwrap_or_default();
        let mut covered: Vec<_> = known.iter().map(|command| (command.span.start, command.span.end)).collect();
        covered.sort_unstable();
        for (start, end) in logical_lines(&self.layer.text) {
            let line = self.layer.outer_span(start, end);
            let after = covered.partition_point(|&(start, _)| start < line.end);
            let seen = after.checked_sub(1).and_then(|at| covered.get(at)).is_some_and(|&(_, end)| end > line.start);
            if !seen {
                self.recover_line(start, end, frame);
            }
        }
    }

    fn recover_line(&mut self, start: usize, end: usize, frame: &Frame) {
        let Some(line) = self.layer.slice(start, end) else { return };
        let Some(skipped) = opening(line) else { return };
        let trimmed = line.trim_end();
        let kept = trimmed.strip_suffix("; then").or_else(|| trimmed.strip_suffix("; do")).unwrap_or(trimmed).len();
        let mut layer: Layer = self.layer.inner();
        layer.own_variables = self.layer.own_variables;
        let outer = self.layer.outer_span(start, end);
        layer.filled = self.layer.filled.iter().filter(|filled| outer.contains(**filled)).copied().collect();
        for (at, character) in line.char_indices().filter(|&(at, _)| (skipped..kept).contains(&at)) {
            layer.push(character.encode_utf8(&mut [0; 4]), self.layer.outer(start + at));
        }
        let plain = super::ascii(&layer.text);
        let result = Parser::new(&plain).parse();
        if result.is_ok() {
            let mut walk = Walk {
                outermost: self.outermost,
                placeholders: self.placeholders,
                layer: &layer,
                script: self.script,
                pending: self.pending,
            };
            walk.statements(&result.file.body, frame);
        }
    }
}

/// Returns how much of a line's beginning is a keyword that opens or goes on with a block, `None` if the whole line is one.
fn opening(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let rest = line.get(indent..)?.trim_end();
    if matches!(rest, "" | "done" | "fi" | "esac" | "}" | ")" | "then" | "do" | "else" | ";;") {
        return None;
    }
    let keyword =
        ["then ", "do ", "else ", "if ", "elif ", "while ", "until "].iter().find(|word| rest.starts_with(**word));
    Some(indent + keyword.map_or(0, |word| word.len()))
}

/// Returns the ranges of lines, those that end in a backslash joined with the next.
fn logical_lines(text: &str) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let trailing = line.trim_end_matches('\n').bytes().rev().take_while(|&byte| byte == b'\\').count();
        if trailing % 2 == 0 {
            lines.push((start, at));
            start = at;
        }
    }
    if start < at {
        lines.push((start, at));
    }
    lines
}
