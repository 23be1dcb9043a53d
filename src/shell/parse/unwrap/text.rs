//! The text that an inner shell is given, with the place of each of its bytes.

use crate::model::Span;
use crate::shell::{Part, PartKind, Word};

use crate::shell::parse::layer::Layer;

/// Returns the text of words joined by blanks.
pub(super) fn of_words(outer: &Layer, source: &str, words: &[Word]) -> Layer {
    let mut layer = outer.inner();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            layer.push_at(" ", word.span.start.saturating_sub(1));
        }
        add(&mut layer, source, &word.parts);
    }
    layer
}

/// Returns the text of a here-document.
pub(super) fn of_parts(outer: &Layer, source: &str, parts: &[Part]) -> Layer {
    let mut layer = outer.inner();
    add(&mut layer, source, parts);
    layer
}

fn add(layer: &mut Layer, source: &str, parts: &[Part]) {
    for part in parts {
        let written = source.get(part.span.start..part.span.end).unwrap_or_default();
        match &part.kind {
            PartKind::Literal(text) => literal(layer, text, written, part.span),
            PartKind::Variable { .. } | PartKind::Glob(_) | PartKind::Braces(_) | PartKind::Tilde(_) => {
                layer.push(written, part.span.start);
            }
            PartKind::Placeholder(_) => layer.push(&"_".repeat(written.len()), part.span.start),
            PartKind::Substitution | PartKind::ProcessSubstitution | PartKind::Arithmetic => {
                layer.filled.push(part.span);
                layer.push(&"_".repeat(written.len()), part.span.start);
            }
        }
    }
}

/// Appends a literal. Where escapes were removed, what is left still stands in the source in the same order.
fn literal(layer: &mut Layer, text: &str, written: &str, span: Span) {
    if text == written {
        layer.push(text, span.start);
        return;
    }
    let mut rest = written.char_indices().peekable();
    let mut last = span.start;
    for character in text.chars() {
        let mut ahead = rest.clone();
        if let Some((at, _)) = ahead.by_ref().take(MOST_SKIPPED).find(|&(_, other)| other == character) {
            rest = ahead;
            last = span.start + at;
            layer.push(character.encode_utf8(&mut [0; 4]), last);
        } else {
            layer.push_at(character.encode_utf8(&mut [0; 4]), last);
        }
    }
}

/// How many characters of the source one character of the text may skip: a backslash, and a newline behind it.
const MOST_SKIPPED: usize = 4;
