//! What became of a step, redacted and bounded: the only way from an attempt to a result.

use super::super::finding;
use super::super::redact::Redactor;
use super::poll::Tries;
use super::{StepContext, StepEnd};
use crate::model::{Finding, Role, Step, StepResult, Value};
use crate::sys::process::KEPT;

/// Folds the tries at a step into its end.
pub(super) fn end(step: &Step, context: &StepContext<'_>, tries: Tries, captured: Option<(String, Value)>) -> StepEnd {
    let interrupted = tries.interrupted;
    StepEnd { result: result(step, context.redactor, tries), captured, interrupted }
}

/// Returns the result of a step.
pub(super) fn result(step: &Step, redactor: &Redactor, tries: Tries) -> StepResult {
    let attempt = tries.last;
    let text = |text: &str| bounded(&redactor.redact(text));
    StepResult {
        id: step.id.clone(),
        title: step.title.clone(),
        role: if step.as_check().is_some() { Role::Check } else { Role::Action },
        place: finding::fence(step),
        hash: step.hash.clone(),
        outcome: attempt.outcome,
        warn: step.as_check().is_some_and(|check| check.warn),
        reason: attempt.reason.as_deref().map(text),
        findings: attempt.findings.into_iter().map(|finding| redacted(finding, &text)).collect(),
        started: tries.began,
        duration_ms: u64::try_from(tries.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        attempts: tries.count,
        exit: attempt.exit,
        stdout: text(&attempt.stdout),
        stderr: text(&attempt.stderr),
        value: attempt.value.as_deref().map(text),
    }
}

fn redacted(finding: Finding, text: &dyn Fn(&str) -> String) -> Finding {
    let optional = |part: Option<String>| part.as_deref().map(text);
    Finding {
        command: optional(finding.command),
        message: text(&finding.message),
        expected: optional(finding.expected),
        actual: optional(finding.actual),
        help: optional(finding.help),
        ..finding
    }
}

/// Returns the beginning and the end of a text that is too long to be kept.
fn bounded(text: &str) -> String {
    if text.len() <= 2 * KEPT {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(KEPT)];
    let tail = &text[text.ceil_char_boundary(text.len() - KEPT)..];
    let left_out = text.len() - head.len() - tail.len();
    format!("{head}\n[{left_out} bytes left out]\n{tail}")
}
