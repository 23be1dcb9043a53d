//! Findings of a step, each at its place in the text.

use super::attempt::Cut;
use crate::model::{Finding, Outcome, Place, Span, Step};

/// Returns the place of the opening fence of a step's code.
pub(crate) fn fence(step: &Step) -> Place {
    let source = &step.source;
    let first = source.position(step.code.span().start);
    let fence = source.line_start(first.line.saturating_sub(1)).unwrap_or_default();
    let line = source.text().get(fence..).unwrap_or_default().lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Place::of(source, Span::new(fence + indent, fence + line.len()))
}

/// Returns the place of a range of a step's code.
pub(crate) fn within(step: &Step, span: Span) -> Place {
    Place::of(&step.source, step.code.source_span(span))
}

/// Returns where a line of a step's code (from 1) stands in the code, without the blanks around it.
pub(crate) fn line(step: &Step, number: usize) -> Span {
    let text = step.code.text();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index + 1 == number {
            let indent = line.len() - line.trim_start().len();
            return Span::new(start + indent, start + line.trim_end().len().max(indent));
        }
        start += line.len();
    }
    Span::new(0, text.trim_end().len())
}

/// Makes a finding that says what is wrong in one line.
pub(crate) fn finding(outcome: Outcome, rule: &str, place: Place, message: impl Into<String>) -> Finding {
    Finding {
        outcome,
        warn: false,
        rule: rule.to_owned(),
        place,
        command: None,
        message: message.into(),
        expected: None,
        actual: None,
        help: None,
    }
}

/// Says that what must be looked at was not seen whole.
pub(crate) fn unseen(place: Place, cut: &Cut) -> Finding {
    Finding { help: Some(cut.help.to_owned()), ..finding(Outcome::Errored, "output-too-long", place, &cut.reason) }
}
