//! A runbook → what is wrong with its commands, without a cluster.
//!
//! What is wrong with its Markdown and its info strings is found by `parse`; what is not there is found by `reference`.

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Runbook, Span, Step, StepLanguage};
use crate::shell;

/// Returns what is wrong with the commands of a runbook's steps.
pub fn steps(runbook: &Runbook) -> Vec<Diagnostic> {
    runbook.steps.iter().filter(|step| is_shell(step)).flat_map(placeholders).collect()
}

/// A gap that nobody filled in is never executed: `<pod>` is a redirection to a shell.
fn placeholders(step: &Step) -> Vec<Diagnostic> {
    let found = shell::placeholders(step.code.text());
    let certain = found.into_iter().filter(|placeholder| placeholder.kind.must_be_filled());
    certain
        .map(|placeholder| {
            let title = format!("placeholder `{}` in a step", placeholder.text);
            problem(step, "placeholder", Level::Error, title, placeholder.span)
                .help("declare a param and write `$NAME` in its place")
        })
        .collect()
}

fn problem(step: &Step, rule: &'static str, level: Level, title: String, span: Span) -> Diagnostic {
    Diagnostic::new(rule, level, title, &step.source, step.code.source_span(span))
}

const fn is_shell(step: &Step) -> bool {
    matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Console)
}
