//! What a run that died had done: folded from its journal.

use std::collections::BTreeMap;

use crate::model::{Action, Outcome, Runbook, RunbookId, Step, StepId, StepResult};
use crate::plan::Part;
use crate::run::event::{Event, ItemAnswer, PlannedStep, Stop};

/// The reason of a step that Ctrl-C ended.
const INTERRUPTED: &str = "interrupted";

/// What earlier processes of this run did, and what they knew.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The runbook.
    pub runbook: Option<RunbookId>,
    /// The target's name.
    pub target: String,
    /// The context and the namespace that the target named when the run began.
    pub place: Option<(Option<String>, Option<String>)>,
    /// `exec` or `dry-run`; `verify` keeps no journal.
    pub mode: String,
    /// The steps as they stood in the text when the run began, or when a person last agreed to a change of them, and
    /// what the text said of its params.
    pub planned: Option<(Vec<PlannedStep>, BTreeMap<String, String>)>,
    /// Which part of the runbook the run is of.
    pub part: Part,
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
    /// The texts of the items that were answered. Two items may read the same.
    pub items: Vec<String>,
    /// What was captured, in order. A secret is not kept, and is missing here.
    pub captured: Vec<(String, String)>,
    /// The values that each step began with, but for secrets.
    pub ran_with: BTreeMap<StepId, BTreeMap<String, String>>,
    /// The secrets that steps kept, which are not on record: each with the step that kept it.
    pub lost: BTreeMap<String, StepId>,
    /// Secrets that somebody gave again.
    pub given_again: BTreeMap<String, String>,
    /// Whether the run was taking back what it had done, and what had stopped it.
    pub taking_back: Option<Option<Stop>>,
    /// What had stopped the run, where it died before it took anything back.
    pub stopped: Option<Stop>,
    /// How many writes to the cluster were begun.
    pub writes: u64,
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
        self.results.get(id).is_some_and(|result| matches!(result.outcome, Outcome::Passed | Outcome::Skipped))
    }

    /// Takes out the answer to an item, if it has one.
    pub fn takes_answer(&mut self, item: &str) -> bool {
        let place = self.items.iter().position(|text| text == item);
        place.map(|index| self.items.swap_remove(index)).is_some()
    }

    /// Returns how an action was left that was begun and did not pass, with the hash of its block then. It may have
    /// done what it does, or a part of it.
    pub fn doubt_of(&self, id: &StepId) -> Option<(String, String)> {
        if let Some(hash) = self.in_flight.get(id) {
            return Some(("was in flight when the run died".to_owned(), hash.clone()));
        }
        let result = self.results.get(id).filter(|result| result.attempts > 0)?;
        let reason = result.reason.clone().or_else(|| result.findings.first().map(|finding| finding.message.clone()));
        let left = match (result.outcome, reason) {
            (Outcome::Errored, Some(reason)) if reason == INTERRUPTED => "was interrupted".to_owned(),
            (Outcome::Errored | Outcome::Failed | Outcome::Drifted, reason) => {
                let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                format!("ended {}{reason}", result.outcome.as_str())
            }
            (Outcome::Passed | Outcome::Skipped, _) => return None,
        };
        Some((left, result.hash.clone()))
    }

    /// Returns whether an action ended and the check it names in `verify` was not run after it.
    pub fn lacks_verification(&self, id: &StepId, action: &Action) -> bool {
        let Some(verify) = &action.verify else { return false };
        let ran = self.results.get(id).is_some_and(|result| result.outcome == Outcome::Passed);
        let held = self.results.get(&verify.value).is_some_and(|result| result.outcome == Outcome::Passed);
        ran && !(held && self.place(&verify.value) > self.place(id))
    }

    /// Returns the step that was taken of a group of alternatives.
    pub fn taken_of(&self, runbook: &Runbook, group: &str) -> Option<StepId> {
        let belongs = |step: &&Step| step.as_action().is_some_and(|it| it.choose.as_deref() == Some(group));
        let ended = |id: &StepId| self.results.get(id).is_some_and(|result| result.outcome != Outcome::Skipped);
        let taken = |step: &&Step| self.in_flight.contains_key(&step.id) || ended(&step.id);
        runbook.steps.iter().filter(belongs).find(taken).map(|step| step.id.clone())
    }

    /// Forgets the steps that were taken back since, and their undo: a resumed run does them anew. An undo of what was
    /// done again since, or that the operator declined when the run was stopped before, is forgotten alone.
    pub fn forget_undone(&mut self, runbook: &Runbook) {
        for undo in &runbook.steps {
            let Some(step) = undo.as_action().and_then(|action| action.undo.as_ref()) else { continue };
            let Some(result) = self.results.get(&undo.id) else { continue };
            let is_newer = self.place(&undo.id) > self.place(&step.value);
            if is_newer && result.outcome == Outcome::Passed {
                self.forget(&step.value);
                self.forget(&undo.id);
            } else if !is_newer || self.taking_back.is_none() {
                self.forget(&undo.id);
            }
        }
    }

    /// Makes it a run that takes back what it did. What the operator declined to take back before is asked for again.
    pub fn take_back_again(&mut self, runbook: &Runbook) {
        let undoes = runbook.steps.iter().filter(|step| step.as_action().is_some_and(|action| action.undo.is_some()));
        for undo in undoes {
            if self.results.get(&undo.id).is_some_and(|result| result.outcome == Outcome::Skipped) {
                self.forget(&undo.id);
            }
        }
        self.taking_back = Some(self.taking_back.take().flatten());
    }

    /// Forgets that a step ended: it is taken again.
    pub fn forget(&mut self, id: &StepId) {
        self.results.remove(id);
        self.order.retain(|other| other != id);
    }

    fn place(&self, wanted: &StepId) -> Option<usize> {
        self.order.iter().position(|id| id == wanted)
    }

    fn fold(&mut self, event: &Event) {
        match event {
            Event::RunStarted { target, context, namespace, mode, .. } => {
                self.target.clone_from(target);
                self.place.get_or_insert_with(|| (context.clone(), namespace.clone()));
                self.mode.clone_from(mode);
                self.finished = false;
            }
            Event::RunbookStarted { runbook, .. } => self.runbook = Some(runbook.clone()),
            Event::ValuesSettled { values, secrets, .. } => {
                self.values.clone_from(values);
                self.secrets.clone_from(secrets);
            }
            Event::StepsPlanned { steps, params, part, .. } => {
                self.planned = Some((steps.clone(), params.clone()));
                self.part.clone_from(part);
            }
            Event::StepStarted { step, hash, .. } => {
                self.in_flight.insert(step.clone(), hash.clone());
                let mut values = self.values.clone();
                values.extend(self.captured.iter().cloned());
                self.ran_with.insert(step.clone(), values);
            }
            Event::StepFinished { result, .. } => self.end(result),
            Event::Captured { name, value: Some(value), .. } => {
                self.lost.remove(name);
                self.captured.push((name.clone(), value.clone()));
            }
            Event::Captured { name, value: None, step, .. } => {
                self.captured.retain(|(other, _)| other != name);
                self.lost.insert(name.clone(), step.clone());
            }
            Event::Stopped { stop, .. } => self.stopped = Some(stop.clone()),
            Event::TakingBack { stopped, .. } => {
                self.taking_back = Some(stopped.clone());
                self.stopped = None;
            }
            Event::TakenBack { complete: true, .. } => {
                // A run that a step had stopped, and that is taken back, is at its end but for a line.
                self.finished = matches!(self.taking_back, Some(Some(_)));
                self.taking_back = None;
            }
            Event::ClusterWriteBegun { number, .. } => self.writes = self.writes.max(*number),
            Event::ItemAnswered { item, answer, .. } if *answer != ItemAnswer::Unanswered => {
                self.items.push(item.clone());
            }
            Event::RunFinished { interrupted, .. } => {
                self.finished = !interrupted && self.taking_back.is_none();
                self.stopped = None;
            }
            Event::ReferencesResolved { .. }
            | Event::Output { .. }
            | Event::Waiting { .. }
            | Event::WouldChange { .. }
            | Event::TakenBack { complete: false, .. }
            | Event::LockTaken { .. }
            | Event::Forced { .. }
            | Event::ApprovalAsked { .. }
            | Event::ApprovalAnswered { .. }
            | Event::WebhookFailed { .. }
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
