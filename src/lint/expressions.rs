//! Expressions that are not well formed, or speak of what is not there.

use crate::diagnostic::{Diagnostic, Level};
use crate::expression::{self, Scope};
use crate::model::{Located, Span, Step};

/// Returns what is wrong with the expressions of one step.
pub(super) fn problems(step: &Step) -> Vec<Diagnostic> {
    let capture =
        step.capture.as_ref().and_then(|capture| Some(Located::new(capture.value.expression.clone()?, capture.span)));
    let written = [(&step.expect, Scope::Expect), (&step.when, Scope::When), (&capture, Scope::Capture)];
    written.into_iter().filter_map(|(text, scope)| problem(step, text.as_ref()?, scope)).collect()
}

fn problem(step: &Step, written: &Located<String>, scope: Scope) -> Option<Diagnostic> {
    let error = expression::compile(&written.value, scope).err()?;
    let text = step.source.slice(written.span);
    // A value with escapes is longer in the text than it is; then the whole of it is pointed at.
    let start = text.find(&written.value).map_or(written.span.start, |at| written.span.start + at + error.offset);
    let span = if start < written.span.end { Span::new(start, written.span.end) } else { written.span };
    let title = format!("`{}` cannot be evaluated: {}", written.value, error.message);
    Some(Diagnostic::new("bad-expression", Level::Error, title, &step.source, span))
}
