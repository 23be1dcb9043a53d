//! Secrets that a run had and a resumed one has not: they are never on disk, so somebody or something must give them
//! again. An empty value in their place would be a silent change of what the text does.

use super::Past;
use crate::model::{Runbook, Step, StepId};

/// Returns the secrets that must be given again, each with the step that kept it. A check that kept one is simply looked
/// at again, where the run goes forward and will come by it; an action is not repeated for its value.
pub fn to_be_given_again(runbook: &Runbook, past: &mut Past) -> Vec<(String, StepId)> {
    let needed: Vec<_> = past.lost.iter().filter(|(name, _)| is_needed(runbook, past, name)).collect();
    let needed: Vec<_> = needed.into_iter().map(|(name, step)| (name.clone(), step.clone())).collect();
    let forward = past.taking_back.is_none();
    let (again, asked): (Vec<_>, Vec<_>) = needed
        .into_iter()
        .partition(|(_, step)| forward && runbook.step(step).is_some_and(|step| step.as_check().is_some()));
    again.iter().for_each(|(_, step)| past.forget(step));
    asked
}

/// Returns whether a step that is still to come, or that takes something back, speaks of a name.
fn is_needed(runbook: &Runbook, past: &Past, name: &str) -> bool {
    let takes_back = |step: &Step| step.as_action().is_some_and(|action| action.undo.is_some());
    let forward = past.taking_back.is_none();
    let to_come = |step: &&Step| takes_back(step) || forward && !past.has_ended(&step.id);
    runbook.steps.iter().filter(to_come).any(|step| {
        let texts = step.bindings.iter().map(|(_, text)| text.as_str()).chain([step.code.text()]);
        texts.into_iter().any(|text| text.contains(name))
    })
}
