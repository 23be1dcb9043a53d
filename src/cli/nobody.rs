//! Who decides in `exec --yes`: the flags.

use std::collections::BTreeMap;

use super::ui::Ui;
use crate::model::{Item, Param, Step, StepId, Values};
use crate::run::exec::{Alternative, Asked, Choice, Doubt, InFlight, Operator, Proposal, Ticked};

/// Nobody: what the flags say is done, and what they leave open stops the run.
pub(super) struct Nobody<'a> {
    /// Where what is being done is told.
    pub ui: Ui,
    /// Alternatives chosen beforehand: group → step.
    pub chosen: &'a BTreeMap<String, String>,
    /// Whether items are taken to be so: whoever started the run has seen to them.
    pub assume_manual: bool,
    /// What is done with the action that was in flight when the run died.
    pub in_flight: InFlight,
}

impl Operator for Nobody<'_> {
    fn decide<'a>(&'a self, _: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async { Choice::Run })
    }

    fn edit<'a>(&'a self, _: &'a [Param], _: &'a Values) -> Asked<'a, Option<(String, String)>> {
        Box::pin(async { None })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            if self.assume_manual {
                self.ui.say(&format!("assumed: {}", item.text));
                return Ticked::Assumed;
            }
            self.ui.say(&format!("unanswered: {}", item.text));
            Ticked::Unanswered
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Alternative> {
        Box::pin(async move { chosen_before(self.chosen, group, steps).unwrap_or(Alternative::Take(0)) })
    }

    fn take_back<'a>(&'a self, step: &'a Step, undo: Proposal<'a>) -> Asked<'a, bool> {
        Box::pin(async move {
            self.ui.say(&format!("taking back `{}` with `{}`", step.id, undo.step.id));
            true
        })
    }

    fn in_flight<'a>(&'a self, _: Doubt<'a>) -> Asked<'a, InFlight> {
        Box::pin(async move { self.in_flight })
    }
}

/// Returns what was chosen for a group by flag. Where that is not possible, nothing else is guessed.
pub(super) fn chosen_before(chosen: &BTreeMap<String, String>, group: &str, steps: &[&Step]) -> Option<Alternative> {
    let id = chosen.get(group)?;
    let index = steps.iter().position(|step| step.id.as_str() == id);
    Some(index.map_or_else(|| Alternative::Impossible(StepId(id.clone())), Alternative::Take))
}
