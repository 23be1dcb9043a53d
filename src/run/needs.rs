//! What a step needs that nothing before it has set: then it is not run, and what would set it is named.

use crate::model::{Role, Runbook, Step, StepLanguage, Values};
use crate::plan;
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

/// A value that a step takes and that is not there.
#[derive(Debug, PartialEq)]
pub(super) struct Missing<'a> {
    name: String,
    /// The step that was to capture it.
    pub(super) captured_by: Option<&'a Step>,
}

impl std::fmt::Display for Missing<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}` has no value", self.name)?;
        if let Some(step) = self.captured_by {
            write!(formatter, ": `{}` did not capture it", step.id)?;
        }
        write!(formatter, "; `--param {}=…` gives one", self.name)
    }
}

/// Returns which value a step takes that is not there: one that its `use=` block hands on, or, of an action, a variable
/// that another step captures. Without it, it would do something else than its text says.
pub(super) fn missing<'a>(
    runbook: &'a Runbook,
    step: &Step,
    values: &Values,
    environment: &Environment,
) -> Option<Missing<'a>> {
    let capturing = |name: &str| runbook.steps.iter().find(|other| other.id != step.id && captures(other, name));
    let handed_on = step.bindings.iter().find_map(|(_, text)| plan::unfilled(text, values).next());
    if let Some(name) = handed_on {
        return Some(Missing { name: name.to_owned(), captured_by: capturing(name) });
    }
    if step.as_action().is_none() || !is_shell(step) || runbook.steps.iter().all(|other| other.capture.is_none()) {
        return None;
    }
    let known = |name: &String| {
        let bound = step.bindings.iter().any(|(bound, _)| bound == name);
        bound || values.contains_key(name) || environment.get(name).is_some()
    };
    let script = shell::parse(step.code.text());
    let names = script.free_variables().into_iter().map(|read| &read.name).filter(|name| !known(name));
    let mut uncaptured = names.filter_map(|name| Some((name, capturing(name)?)));
    // What a script sets as well may have its value from there.
    let (name, by) = uncaptured.find(|(name, _)| !runbook.steps.iter().any(|other| assigns(other, name)))?;
    Some(Missing { name: name.clone(), captured_by: Some(by) })
}

/// Returns which value that a `use=` block hands on is none for the param of its fragment, and why. The value itself is not
/// in it, since it may be a secret.
pub(super) fn unfit(step: &Step, bound: &Values) -> Option<String> {
    step.declared.iter().find_map(|param| {
        let value = bound.get(&param.name)?;
        Some(format!("the value of `{}` is {}", param.name, plan::why_unfit(param, &value.text)?))
    })
}

fn sets(step: &Step, name: &str) -> bool {
    captures(step, name) || assigns(step, name)
}

fn captures(step: &Step, name: &str) -> bool {
    step.capture.as_ref().is_some_and(|capture| capture.value.name == name)
}

fn assigns(step: &Step, name: &str) -> bool {
    is_shell(step) && shell::parse(step.code.text()).sets.iter().any(|set| set.name == name)
}

fn is_shell(step: &Step) -> bool {
    matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Console)
}
