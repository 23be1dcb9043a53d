//! The way through a runbook: which steps and items come, in which order.

use std::collections::BTreeMap;

use super::Part;
use crate::model::{Runbook, Step, StepId, StepKind};

/// One stop on the way through a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A step, by its index in the runbook.
    Step(usize),
    /// A task-list entry, by its index in the runbook.
    Item(usize),
}

/// Returns what `exec` goes through, in the order of the text. Not on this path: actions that take another back (`undo`).
pub fn forward(runbook: &Runbook) -> Vec<Entry> {
    let undoes = |step: &Step| step.as_action().is_some_and(|action| action.undo.is_some());
    let steps = runbook.steps.iter().enumerate().filter(|(_, step)| !undoes(step)).map(|(index, step)| {
        let place = runbook.blocks.get(step.block).map_or(0, |block| block.span.start);
        (place, Entry::Step(index))
    });
    let items = runbook.items.iter().enumerate().map(|(index, item)| (item.span.start, Entry::Item(index)));
    let mut entries: Vec<_> = steps.chain(items).collect();
    entries.sort_by_key(|&(place, _)| place);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns the steps that a headless run of a part may take, `chosen` being the alternatives asked for (group → step): all that
/// are on the way, without the alternatives that cannot be taken, and what takes back those that are left.
pub fn may_run<'a>(runbook: &'a Runbook, part: &Part, chosen: &BTreeMap<String, String>) -> Vec<&'a Step> {
    let taken = |entry: Entry| match entry {
        Entry::Step(index) if part.leaves_out(runbook, entry).is_none() => runbook.steps.get(index),
        Entry::Step(_) | Entry::Item(_) => None,
    };
    let forward = forward(runbook).into_iter().filter_map(taken);
    let mut steps: Vec<_> = forward.filter(|step| is_possible(runbook, step, chosen)).collect();
    let taken: Vec<_> = steps.iter().map(|step| &step.id).collect();
    let undoes = |step: &&Step| undone(step).is_some_and(|id| taken.contains(&id));
    let back: Vec<_> = runbook.steps.iter().filter(undoes).collect();
    steps.extend(back);
    steps
}

fn undone(step: &Step) -> Option<&StepId> {
    step.as_action()?.undo.as_ref().map(|undo| &undo.value)
}

/// Of a group, the one that was asked for is taken; else the first whose `when` holds, which is none behind the first
/// without one.
fn is_possible(runbook: &Runbook, step: &Step, chosen: &BTreeMap<String, String>) -> bool {
    let group = |step: &Step| step.as_action().and_then(|action| action.choose.clone());
    let Some(own) = group(step) else { return true };
    if let Some(id) = chosen.get(&own) {
        return step.id.as_str() == id;
    }
    let before = runbook.steps.iter().take_while(|other| other.id != step.id);
    before.filter(|other| group(other).as_ref() == Some(&own)).all(|other| other.when.is_some())
}

/// Returns whether `step` is an action that names the check `id` in `verify`.
pub fn verifies(step: &Step, id: &StepId) -> bool {
    step.as_action().and_then(|action| action.verify.as_ref()).is_some_and(|verify| verify.value == *id)
}

/// Returns whether the text says what to do when the check `id` fails at the step at `index`: an action behind that
/// step names the check in `verify`, or a step behind it reads the check in `when`. Such a failure is a branch of the
/// procedure; any other stops it.
pub fn is_answered(runbook: &Runbook, id: &StepId, index: usize) -> bool {
    runbook.steps.iter().skip(index + 1).any(|step| {
        let forward_action = matches!(&step.kind, StepKind::Action(action) if action.undo.is_none());
        let reads = step.when.as_ref().is_some_and(|when| names_check(&when.value, id));
        reads || forward_action && verifies(step, id)
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
