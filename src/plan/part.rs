//! Which part of a runbook is carried out: without some steps, from one on, up to one, or only some.

use serde::{Deserialize, Serialize};

use super::{Entry, forward};
use crate::diagnostic::did_you_mean;
use crate::model::{Runbook, StepId};

/// What is left of a runbook's way. Kept in the journal: a run that is resumed does not go further than it was to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// Steps that are left out.
    pub skip: Vec<StepId>,
    /// The first step; what stands before it is left out.
    pub from: Option<StepId>,
    /// The last step; what stands behind it is left out.
    pub until: Option<StepId>,
    /// If not empty, the steps that alone are taken, and no item.
    pub only: Vec<StepId>,
}

/// A part that a runbook does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// No step of that name is on the way.
    #[error("no step `{step}` is on the way through `{runbook}`{}", suggestion.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
    NoStep {
        /// As given.
        step: StepId,
        /// The runbook.
        runbook: String,
        /// The step that was probably meant.
        suggestion: Option<String>,
    },
    /// The last step stands before the first.
    #[error("`{until}` stands before `{from}`: nothing is left")]
    Reversed {
        /// The first step.
        from: StepId,
        /// The last step.
        until: StepId,
    },
}

impl Part {
    /// Returns why an entry of the way is left out; `None` where it is taken.
    pub fn leaves_out(&self, runbook: &Runbook, entry: Entry) -> Option<String> {
        if self.is_whole() {
            return None;
        }
        let way = forward(runbook);
        let place = |wanted: Entry| way.iter().position(|entry| *entry == wanted);
        let place_of = |id: &StepId| place(Entry::Step(runbook.steps.iter().position(|step| step.id == *id)?));
        let own = place(entry)?;
        let id = match entry {
            Entry::Step(index) => runbook.steps.get(index).map(|step| &step.id),
            Entry::Item(_) => None,
        };
        if let Some(from) = self.from.as_ref().filter(|from| place_of(from).is_some_and(|first| own < first)) {
            return Some(format!("left out: it stands before `{from}`, where the run begins"));
        }
        if let Some(until) = self.until.as_ref().filter(|until| place_of(until).is_some_and(|last| own > last)) {
            return Some(format!("left out: it stands behind `{until}`, where the run ends"));
        }
        if !self.only.is_empty() && id.is_none_or(|id| !self.only.contains(id)) {
            return Some("left out: it is not among the steps of --only".to_owned());
        }
        id.is_some_and(|id| self.skip.contains(id)).then(|| "left out: --skip".to_owned())
    }

    fn is_whole(&self) -> bool {
        self.skip.is_empty() && self.from.is_none() && self.until.is_none() && self.only.is_empty()
    }

    /// Makes sure that the runbook has such a part.
    pub fn check(&self, runbook: &Runbook) -> Result<(), PartError> {
        let way: Vec<_> = forward(runbook)
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Step(index) => runbook.steps.get(index).map(|step| &step.id),
                Entry::Item(_) => None,
            })
            .collect();
        let place = |wanted: &StepId| way.iter().position(|id| *id == wanted);
        let mut named = self.skip.iter().chain(&self.from).chain(&self.until).chain(&self.only);
        if let Some(step) = named.find(|step| place(step).is_none()) {
            let suggestion = did_you_mean(step.as_str(), way.iter().map(|id| id.as_str())).map(str::to_owned);
            return Err(PartError::NoStep { step: step.clone(), runbook: runbook.id.to_string(), suggestion });
        }
        match (&self.from, &self.until) {
            (Some(from), Some(until)) if place(until) < place(from) => {
                Err(PartError::Reversed { from: from.clone(), until: until.clone() })
            }
            _ => Ok(()),
        }
    }
}
