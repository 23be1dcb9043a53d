//! Params without a value: asked for before anything is looked at.

use super::question::Person;
use super::screen::clean;
use crate::model::{Param, ParamType, Runbook, Target};
use crate::plan::{self, Given, ValueProblem};

/// Asks for the values of params that have none, until each will do. Nothing typed leaves a param without one.
pub(super) async fn ask(person: Person<'_>, runbook: &Runbook, target: &Target, given: &mut Given) {
    let (_, problems) = plan::resolve(runbook, target, given);
    let missing = problems.into_iter().filter_map(|problem| match problem {
        ValueProblem::Missing { name, .. } => runbook.params.iter().find(|param| param.name == name),
        ValueProblem::Unfit { .. } | ValueProblem::Unknown { .. } => None,
    });
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return;
    }
    let values = if missing.len() == 1 { "a value".to_owned() } else { format!("{} values", missing.len()) };
    person.tell(&format!("{} ({}) needs {values}:", runbook.metadata.title, runbook.id));
    for param in missing {
        if let Some(text) = value(person, param).await {
            given.prompted.insert(param.name.clone(), text);
        }
    }
}

async fn value(person: Person<'_>, param: &Param) -> Option<String> {
    let help = param.help.as_ref().map(|help| format!("{}. ", clean(help).trim_end_matches('.'))).unwrap_or_default();
    let about = format!("{help}{}", kind(param));
    person.tell(&format!("\n  {}", about.trim_end()));
    loop {
        let question = format!("  {} = ", param.name);
        let typed = match param.secret {
            true => person.typed_hidden(&question).await?,
            false => person.typed(&question).await?.trim().to_owned(),
        };
        if typed.is_empty() {
            return None;
        }
        match plan::why_unfit(param, &typed) {
            None => return Some(typed),
            Some(why) => person.tell(&format!("  that is {why}")),
        }
    }
}

/// Says what values are good.
fn kind(param: &Param) -> String {
    let kind = match &param.kind {
        ParamType::String => String::new(),
        ParamType::Int => "A whole number.".to_owned(),
        ParamType::Bool => "true or false.".to_owned(),
        ParamType::Duration => "A length of time such as 90s.".to_owned(),
        ParamType::Url => "A URL.".to_owned(),
        ParamType::Enum(choices) => format!("One of: {}.", choices.join(", ")),
    };
    if param.secret {
        format!("{kind} A secret: it is not shown while you type.").trim_start().to_owned()
    } else {
        kind
    }
}
