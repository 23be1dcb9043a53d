//! The way through a runbook: which steps and items come, in which order.

use crate::model::{Runbook, Step, StepId, StepKind};

/// One stop on the way through a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A step, by its index in the runbook.
    Step(usize),
    /// A task-list entry, by its index in the runbook.
    Item(usize),
}

/// Returns what `exec` goes through, in the order of the text.
///
/// Not on this path: actions that take another back (`undo`), and a check that the action right before it names in
/// `verify`, because it has just been run.
pub fn forward(runbook: &Runbook) -> Vec<Entry> {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut before: Option<&Step> = None;
    for (index, step) in runbook.steps.iter().enumerate() {
        let undoes = step.as_action().is_some_and(|action| action.undo.is_some());
        if undoes || before.is_some_and(|action| verifies(action, &step.id)) {
            continue;
        }
        let place = runbook.blocks.get(step.block).map_or(0, |block| block.span.start);
        entries.push((place, Entry::Step(index)));
        before = Some(step);
    }
    entries.extend(runbook.items.iter().enumerate().map(|(index, item)| (item.span.start, Entry::Item(index))));
    entries.sort_by_key(|&(place, _)| place);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn verifies(step: &Step, id: &StepId) -> bool {
    step.as_action().and_then(|action| action.verify.as_ref()).is_some_and(|verify| verify.value == *id)
}

/// Returns whether the text says what to do when the check at `index` fails: a later action names it in `verify`, or a
/// later step reads it in `when`. Such a check is a branch of the procedure; any other stops it.
pub fn is_answered(runbook: &Runbook, index: usize) -> bool {
    let Some(check) = runbook.steps.get(index) else { return false };
    runbook.steps[index + 1..].iter().any(|step| {
        let forward_action = matches!(&step.kind, StepKind::Action(action) if action.undo.is_none());
        let reads = step.when.as_ref().is_some_and(|when| names_check(&when.value, &check.id));
        reads || forward_action && verifies(step, &check.id)
    })
}

/// Returns whether a condition reads `checks.ID` or `checks["ID"]`.
fn names_check(condition: &str, id: &StepId) -> bool {
    let quoted = [format!("checks[\"{id}\"]"), format!("checks['{id}']")];
    let plain = format!("checks.{id}");
    let follows = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '-');
    quoted.iter().any(|form| condition.contains(form))
        || condition.match_indices(&plain).any(|(at, _)| follows(&condition[at + plain.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_names_a_check_in_any_spelling() {
        let id = StepId("pool".to_owned());
        assert!(names_check("checks.pool.failed", &id));
        assert!(names_check("!checks[\"pool\"].passed", &id));
    }

    #[test]
    fn a_longer_name_is_another_check() {
        let id = StepId("pool".to_owned());
        assert!(!names_check("checks.pool_size.failed", &id));
        assert!(!names_check("params.pool", &id));
    }
}
