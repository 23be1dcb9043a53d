//! What a run that died had done: folded from its journal.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Action, Outcome, Runbook, RunbookId, Step, StepId, StepResult};
use crate::run::event::{Event, ItemAnswer};

/// What earlier processes of this run did, and what they knew.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The runbook.
    pub runbook: Option<RunbookId>,
    /// The target's name.
    pub target: String,
    /// The values that are no secrets.
    pub values: BTreeMap<String, String>,
    /// The names of those that are; they must be given again.
    pub secrets: Vec<String>,
    /// The steps that ended, with what became of them.
    pub results: BTreeMap<StepId, StepResult>,
    /// The steps that ended, in order, as the undo of a failure needs them.
    pub order: Vec<StepId>,
    /// The steps that began and did not end, with the hashes of their blocks. More than one where a run died, was
    /// resumed, and died again in a check before it came back to the first.
    pub in_flight: BTreeMap<StepId, String>,
    /// The lines of the items that were answered.
    pub items: BTreeSet<usize>,
    /// What was captured, in order. A secret is not kept, and is missing here.
    pub captured: Vec<(String, String)>,
    /// Whether the run came to its end.
    pub finished: bool,
}

impl Past {
    /// Folds the events of a journal.
    pub fn of(events: &[Event]) -> Self {
        let mut past = Self::default();
        events.iter().for_each(|event| past.fold(event));
        past
    }

    /// Returns whether a step has ended and need not be taken again.
    pub fn has_ended(&self, id: &StepId) -> bool {
        self.results.contains_key(id)
    }

    /// Returns whether an action ended and the check it names in `verify` was not run after it.
    pub fn lacks_verification(&self, id: &StepId, action: &Action) -> bool {
        let Some(verify) = &action.verify else { return false };
        let place = |wanted: &StepId| self.order.iter().position(|id| id == wanted);
        let ran = self.results.get(id).is_some_and(|result| result.outcome == Outcome::Passed);
        ran && place(&verify.value) < place(id)
    }

    /// Returns the step that was taken of a group of alternatives.
    pub fn taken_of(&self, runbook: &Runbook, group: &str) -> Option<StepId> {
        let belongs = |step: &&Step| step.as_action().is_some_and(|it| it.choose.as_deref() == Some(group));
        let taken = |step: &&Step| self.results.get(&step.id).is_some_and(|result| result.outcome != Outcome::Skipped);
        runbook.steps.iter().filter(belongs).find(taken).map(|step| step.id.clone())
    }

    /// Forgets the steps that were taken back since, and their undo: a resumed run does them anew.
    pub fn forget_undone(&mut self, runbook: &Runbook) {
        let undone = runbook.steps.iter().filter_map(|undo| {
            let step = &undo.as_action()?.undo.as_ref()?.value;
            let passed = self.results.get(&undo.id)?.outcome == Outcome::Passed;
            passed.then(|| [undo.id.clone(), step.clone()])
        });
        for id in undone.flatten().collect::<Vec<_>>() {
            self.results.remove(&id);
            self.order.retain(|other| *other != id);
        }
    }

    fn fold(&mut self, event: &Event) {
        match event {
            Event::RunStarted { target, .. } => {
                self.target.clone_from(target);
                self.finished = false;
            }
            Event::RunbookStarted { runbook, .. } => self.runbook = Some(runbook.clone()),
            Event::ValuesSettled { values, secrets, .. } => {
                self.values.clone_from(values);
                self.secrets.clone_from(secrets);
            }
            Event::StepStarted { step, hash, .. } => {
                self.in_flight.insert(step.clone(), hash.clone());
            }
            Event::StepFinished { result, .. } => self.end(result),
            Event::Captured { name, value: Some(value), .. } => self.captured.push((name.clone(), value.clone())),
            Event::ItemAnswered { line, answer, .. } if *answer != ItemAnswer::Unanswered => {
                self.items.insert(*line);
            }
            Event::RunFinished { interrupted, .. } => self.finished = !interrupted,
            Event::ReferencesResolved { .. }
            | Event::Output { .. }
            | Event::Captured { .. }
            | Event::ItemAnswered { .. }
            | Event::ClusterWrite { .. }
            | Event::RunbookFinished { .. } => {}
        }
    }

    fn end(&mut self, result: &StepResult) {
        self.in_flight.remove(&result.id);
        self.order.retain(|id| *id != result.id);
        self.order.push(result.id.clone());
        self.results.insert(result.id.clone(), result.clone());
    }
}
