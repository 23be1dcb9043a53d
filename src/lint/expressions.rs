//! Expressions that are not well formed, or speak of what is not there.

use crate::diagnostic::{Diagnostic, Level};
use crate::expression::{self, Mismatch, Scope};
use crate::model::{Located, Param, Span, Step};

/// Returns what is wrong with the expressions of one step.
pub(super) fn problems(step: &Step, params: &[Param]) -> Vec<Diagnostic> {
    let capture =
        step.capture.as_ref().and_then(|capture| Some(Located::new(capture.value.expression.clone()?, capture.span)));
    let written = [(&step.expect, Scope::Expect), (&step.when, Scope::When), (&capture, Scope::Capture)];
    let written = written.into_iter().filter_map(|(text, scope)| Some((text.as_ref()?, scope)));
    written.flat_map(|(text, scope)| of_expression(step, text, scope, params)).collect()
}

fn of_expression(step: &Step, written: &Located<String>, scope: Scope, params: &[Param]) -> Vec<Diagnostic> {
    let expression = match expression::compile(&written.value, scope) {
        Ok(expression) => expression,
        Err(error) => {
            let title = format!("`{}` cannot be evaluated: {}", written.value, error.message);
            return vec![Diagnostic::new(
                "bad-expression",
                Level::Error,
                title,
                &step.source,
                place(step, written, error.offset),
            )];
        }
    };
    let mismatches = expression.mismatches(params);
    mismatches.into_iter().map(|mismatch| of_mismatch(step, written, &mismatch)).collect()
}

fn of_mismatch(step: &Step, written: &Located<String>, mismatch: &Mismatch) -> Diagnostic {
    let span = place(step, written, mismatch.offset);
    let diagnostic = Diagnostic::new("param-type", Level::Error, mismatch.message.clone(), &step.source, span);
    match &mismatch.instead {
        Some(instead) => diagnostic.help(format!("did you mean `{instead}`?")),
        None => diagnostic.help(format!("compare `params.{}` with a value of its type", mismatch.param)),
    }
}

/// Returns where the part of an expression that begins at a byte of it stands.
fn place(step: &Step, written: &Located<String>, offset: usize) -> Span {
    let text = step.source.slice(written.span);
    // A value with escapes is longer in the text than it is; then the whole of it is pointed at.
    let start = text.find(&written.value).map_or(written.span.start, |at| written.span.start + at + offset);
    if start < written.span.end { Span::new(start, written.span.end) } else { written.span }
}
