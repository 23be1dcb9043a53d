//! What a check needs that nothing before it has set: then it is skipped, with the name of what would set it.

use crate::model::{Role, Runbook, Step, StepLanguage, Values};
use crate::shell;
use crate::sys::Environment;

/// Returns why the step at `index` cannot be run by `verify`: it reads a variable that only an action sets.
///
/// A variable that nobody sets is no reason: the shell takes it as empty, and `lint` warns of it.
pub fn unmet(runbook: &Runbook, index: usize, values: &Values, environment: &Environment) -> Option<String> {
    let step = runbook.steps.get(index)?;
    if !is_shell(step) {
        return None;
    }
    let script = shell::parse(step.code.text());
    let free = script.free_variables();
    let missing = free.into_iter().filter(|read| {
        let bound = step.bindings.iter().any(|(name, _)| *name == read.name);
        !bound && !values.contains_key(&read.name) && environment.get(&read.name).is_none()
    });
    missing.into_iter().find_map(|read| {
        let setters: Vec<_> = runbook.steps.iter().filter(|other| sets(other, &read.name)).collect();
        let by_check = setters.iter().any(|setter| setter.as_check().is_some());
        let action = setters.iter().find(|setter| setter.as_action().is_some())?;
        (!by_check)
            .then(|| format!("needs ${}, which only the {} `{}` sets", read.name, Role::Action.as_str(), action.id))
    })
}

fn sets(step: &Step, name: &str) -> bool {
    let captured = step.capture.as_ref().is_some_and(|capture| capture.value.name == name);
    captured || is_shell(step) && shell::parse(step.code.text()).sets.iter().any(|set| set.name == name)
}

fn is_shell(step: &Step) -> bool {
    matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Console)
}
