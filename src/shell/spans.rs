//! The last word on spans: whatever a parser says, they lie in the text and on character boundaries.

use crate::model::Span;

use super::{Assignment, Command, PartKind, Redirection, Script, Word};

/// Moves every span of a script onto character boundaries of `text`.
pub(super) fn settle(script: &mut Script, text: &str) {
    script.commands.iter_mut().for_each(|command| settle_command(command, text));
    script.reads.iter_mut().for_each(|read| snap(&mut read.span, text));
    for set in &mut script.sets {
        snap(&mut set.span, text);
        set.value.iter_mut().for_each(|value| settle_word(value, text));
    }
    script.comments.iter_mut().for_each(|span| snap(span, text));
    script.errors.iter_mut().for_each(|error| snap(&mut error.span, text));
}

fn settle_command(command: &mut Command, text: &str) {
    snap(&mut command.span, text);
    command.words.iter_mut().for_each(|word| settle_word(word, text));
    command.assignments.iter_mut().for_each(|assignment| settle_assignment(assignment, text));
    command.redirections.iter_mut().for_each(|redirection| settle_redirection(redirection, text));
}

fn settle_assignment(assignment: &mut Assignment, text: &str) {
    snap(&mut assignment.span, text);
    snap(&mut assignment.name_span, text);
    assignment.values.iter_mut().for_each(|value| settle_word(value, text));
}

fn settle_redirection(redirection: &mut Redirection, text: &str) {
    snap(&mut redirection.span, text);
    settle_word(&mut redirection.target, text);
    if let Some(body) = &mut redirection.body {
        snap(&mut body.span, text);
        body.parts.iter_mut().for_each(|part| snap(&mut part.span, text));
    }
}

fn settle_word(word: &mut Word, text: &str) {
    snap(&mut word.span, text);
    for part in &mut word.parts {
        snap(&mut part.span, text);
        if let PartKind::Variable { default: Some(default), .. } = &mut part.kind {
            settle_word(default, text);
        }
    }
}

/// Moves a span onto character boundaries: outwards, and into the text.
pub(super) fn snap(span: &mut Span, text: &str) {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len())).max(start);
    *span = Span::new(start, end);
}
