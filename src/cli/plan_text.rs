//! The plan, as a person reads it before saying yes.

use std::fmt::Write as _;

use super::exec_preparation::Prepared;
use super::plan_json::undo;
use crate::model::{Outcome, Runbook, Step};
use crate::plan::{self, Entry};
use crate::report::duration;
use crate::run::references::Resolved;

/// Returns what will be done, in order, with risks, what can be taken back, and where each value came from.
pub(super) fn plan_text(prepared: &Prepared, resolved: &Resolved) -> String {
    let Prepared { runbook, target, values, part, .. } = prepared;
    let mut text =
        format!("{} ({}) on {}\n", runbook.metadata.title, runbook.id, target.title.as_ref().unwrap_or(&target.name));
    for (name, value) in values.iter().filter(|(name, _)| plan::is_used(runbook, name)) {
        let shown = if value.secret { "(secret)" } else { &value.text };
        line(&mut text, &format!("  {name} = {shown}  (from {})", value.origin));
    }
    for (number, entry) in plan::forward(runbook).into_iter().enumerate() {
        match entry {
            Entry::Item(index) => line(&mut text, &format!("{:>3}. ☐ {}", number + 1, runbook.items[index].text)),
            Entry::Step(index) => step_lines(&mut text, runbook, index, number + 1, resolved),
        }
        if let Some(reason) = part.leaves_out(runbook, entry) {
            line(&mut text, &format!("     {reason}"));
        }
    }
    text
}

fn step_lines(text: &mut String, runbook: &Runbook, index: usize, number: usize, resolved: &Resolved) {
    let step = &runbook.steps[index];
    let facts = match step.as_action() {
        None => "check".to_owned(),
        Some(action) => format!("action, risk {}{}", action.risk.as_str(), undo_note(runbook, step)),
    };
    line(text, &format!("{number:>3}. {} ({}): {facts}", step.title, step.id));
    if let Some(timeout) = step.timeout {
        let limit = duration(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        line(text, &format!("     at most {limit} a try"));
    }
    if let Some(when) = &step.when {
        line(text, &format!("     only when {}", when.value));
    }
    let found = resolved.of_step(index);
    if !found.touches.is_empty() {
        line(text, &format!("     names {}", found.touches.join(", ")));
    }
    for finding in found.findings.iter().filter(|finding| finding.outcome != Outcome::Skipped) {
        line(
            text,
            &format!(
                "     {}: {} ({}:{})",
                finding.outcome.as_str(),
                finding.message,
                finding.place.path.display(),
                finding.place.start.line
            ),
        );
    }
}

fn undo_note(runbook: &Runbook, step: &Step) -> String {
    match undo(runbook, step) {
        Some(undo) => format!(", taken back by `{}`", undo.id),
        None => ", cannot be taken back".to_owned(),
    }
}

fn line(text: &mut String, content: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{content}");
}
