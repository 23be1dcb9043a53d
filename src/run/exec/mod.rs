//! `exec`: carries out a runbook, step by step, in the order of its text.
//!
//! Every event is journaled before its consequence begins, so a run that dies can be resumed: what has ended is not
//! done again, and what was in flight is asked about. What the operator sees and types is not here: see [`Operator`].

mod alternatives;
mod approval;
mod changes;
mod items;
mod lost;
mod operator;
mod past;
pub(super) mod rehearsal;
mod requirements;
mod undo;

use std::collections::BTreeMap;

use super::event::{Event, Stop};
use super::stage::{Stage, StageError};
use crate::cluster::Policy;
use crate::model::{Action, Item, Outcome, Runbook, Step, StepId, StepResult, Values};
use crate::plan::{self, Entry, Part};

pub use approval::{Approval, ApprovalQuestion, Approver};
pub use changes::changes;
pub use lost::to_be_given_again;
pub use operator::{Alternative, Asked, Choice, Doubt, InFlight, Operator, Proposal, Ticked};
pub use past::Past;
pub use requirements::{Unmet, unmet};
pub use undo::to_take_back;

/// How a run is carried out.
#[derive(Clone, Copy)]
pub struct Conduct<'a> {
    /// Who decides.
    pub operator: &'a dyn Operator,
    /// Reaches the second person whom actions of high risk need; `None` where one person is enough.
    pub approver: Option<&'a dyn Approver>,
    /// How actions reach the cluster: live, or as a server-side dry run.
    pub policy: Policy,
    /// Which part of the runbook is carried out.
    pub part: &'a Part,
    /// Whether nothing is done but to take back what the run did.
    pub undoes: bool,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Every step was taken, or left out for a reason that is on record.
    Completed,
    /// A step stopped it.
    Stopped {
        /// The step.
        step: StepId,
        /// Why, in one line.
        reason: String,
    },
    /// An earlier process of the run began an action, and nobody said what became of it. Nothing more was done.
    Undecided {
        /// The action.
        step: StepId,
        /// How it was left.
        left: String,
        /// Whether its block was changed since it began.
        changed: bool,
    },
    /// A second person did not agree to an action. Nothing more was done, and nothing taken back.
    Unapproved {
        /// The action.
        step: StepId,
        /// Why, in one line.
        reason: String,
    },
    /// What it had done was taken back because somebody asked for that; not all of it where an undo failed.
    TakenBack {
        /// Whether all was taken back that was to be.
        complete: bool,
    },
    /// The operator stopped it.
    Quit,
    /// Ctrl-C stopped it.
    Interrupted,
}

/// Carries out the runbook on `stage`, from where `past` leaves off.
///
/// Returns an error only where the run could not be kept on record or its session could not be held; everything else
/// is an [`Ending`], and on record.
pub async fn execute(mut stage: Stage<'_>, conduct: Conduct<'_>, mut past: Past) -> Result<Ending, StageError> {
    let runbook = stage.runbook();
    past.forget_undone(runbook);
    stage.settle()?;
    stage.around().listener.hear(&changes::plan(runbook, conduct.part))?;
    stage.recall(&past);
    if conduct.undoes {
        stage.keep_given();
    }
    let done = undo::done(runbook, &past, conduct.undoes);
    let mut execution =
        Execution { conduct, past, done, chosen: BTreeMap::new(), just_verified: None, waiting: Vec::new() };
    let taking_back = execution.past.taking_back.clone();
    let stopped = execution.past.stopped.clone();
    let walked = match &taking_back {
        // What was being taken back when the run died is taken back to the end; forward nothing goes meanwhile.
        Some(_) if conduct.undoes => Ok(Flow::End(Ending::TakenBack { complete: true })),
        Some(stopped) => Ok(Flow::End(stopped_by(stopped.as_ref()))),
        // It died right before it would have taken back what it had done.
        None if stopped.is_some() => Ok(Flow::End(stopped_by(stopped.as_ref()))),
        None => execution.walk(&mut stage).await,
    };
    let mut ending = match walked {
        Ok(Flow::On) => {
            execution.settle_items(&stage)?;
            Ending::Completed
        }
        Ok(Flow::End(ending)) => ending,
        Err(error) => {
            stage.close().await?;
            return Err(error);
        }
    };
    if let Ending::Stopped { step, reason } = &ending {
        let stop = Stop { step: step.clone(), reason: reason.clone() };
        let (runbook, at) = (runbook.id.clone(), stage.around().clock.now());
        stage.around().listener.hear(&Event::Stopped { runbook, stop, at })?;
    }
    if !matches!(ending, Ending::Completed | Ending::Undecided { .. } | Ending::Unapproved { .. }) {
        ending = execution.take_back(&mut stage, ending).await?;
    }
    let (listener, clock) = (stage.around().listener, stage.around().clock);
    stage.close().await?;
    listener.hear(&Event::RunbookFinished { runbook: runbook.id.clone(), at: clock.now() })?;
    Ok(ending)
}

fn stopped_by(stop: Option<&Stop>) -> Ending {
    stop.map_or(Ending::Quit, |stop| Ending::Stopped { step: stop.step.clone(), reason: stop.reason.clone() })
}

/// Whether the walk goes on.
enum Flow {
    On,
    End(Ending),
}

struct Execution<'a> {
    conduct: Conduct<'a>,
    past: Past,
    /// The actions carried out, in order.
    done: Vec<StepId>,
    /// What was chosen in each group of alternatives.
    chosen: BTreeMap<String, StepId>,
    /// The check that the action right before has just run as its `verify`: in its own place it need not run again.
    just_verified: Option<StepId>,
    /// Items that a step will tick.
    waiting: Vec<&'a Item>,
}

impl<'a> Execution<'a> {
    async fn walk(&mut self, stage: &mut Stage<'a>) -> Result<Flow, StageError> {
        let runbook = stage.runbook();
        for entry in plan::forward(runbook) {
            if stage.around().cancel.is_cancelled() {
                return Ok(Flow::End(Ending::Interrupted));
            }
            let left_out = self.conduct.part.leaves_out(runbook, entry);
            let flow = match entry {
                Entry::Item(_) if left_out.is_some() => Flow::On,
                Entry::Step(index) if let Some(reason) = left_out => {
                    leave_out(stage, &runbook.steps[index], reason)?;
                    Flow::On
                }
                Entry::Item(index) => self.item(stage, &runbook.items[index]).await?,
                Entry::Step(index) => self.step(stage, index).await?,
            };
            self.tick(stage)?;
            if let Flow::End(ending) = flow {
                let interrupted = stage.interrupted() || stage.around().cancel.is_cancelled();
                return Ok(Flow::End(if interrupted { Ending::Interrupted } else { ending }));
            }
        }
        Ok(Flow::On)
    }

    async fn step(&mut self, stage: &mut Stage<'_>, index: usize) -> Result<Flow, StageError> {
        let runbook = stage.runbook();
        let step = &runbook.steps[index];
        let just_verified = self.just_verified.take();
        if just_verified.as_ref() == Some(&step.id) {
            return Ok(Flow::On);
        }
        if self.is_settled(runbook, index) {
            return match step.as_action() {
                Some(action) if self.past.lacks_verification(&step.id, action) => {
                    self.verify(stage, index, action).await
                }
                _ => Ok(Flow::On),
            };
        }
        if let (Some(action), true) = (step.as_action(), self.past.doubt_of(&step.id).is_some()) {
            return self.action(stage, index, action).await;
        }
        let condition = stage.condition(step);
        if let Some(result) = condition.clone().filter(|result| result.outcome == Outcome::Skipped) {
            stage.record(result)?;
            return Ok(Flow::On);
        }
        if let Some(group) = step.as_action().and_then(|action| action.choose.as_ref())
            && let Some(flow) = self.unless_chosen(stage, step, group).await?
        {
            return Ok(flow);
        }
        if let Some(result) = condition {
            let flow = stop_unless(&result, false);
            stage.record(result)?;
            return Ok(flow);
        }
        match step.as_action() {
            Some(action) => self.action(stage, index, action).await,
            None => {
                let result = stage.run(step, Policy::ReadOnly).await?;
                Ok(stop_unless(&result, is_branch(runbook, &result, index)))
            }
        }
    }

    /// Returns whether what an earlier process recorded of a step stands. A background action ended with its process,
    /// an action that did not pass is in doubt, and a check that stopped the run is looked at again.
    fn is_settled(&self, runbook: &Runbook, index: usize) -> bool {
        let step = &runbook.steps[index];
        let Some(result) = self.past.results.get(&step.id) else { return false };
        match (result.outcome, step.as_action()) {
            (Outcome::Skipped, _) => true,
            (Outcome::Passed, Some(action)) => !action.background,
            (Outcome::Passed, None) => true,
            (Outcome::Failed, None) => result.warn || is_branch(runbook, result, index),
            _ => false,
        }
    }

    async fn action(&mut self, stage: &mut Stage<'_>, index: usize, action: &Action) -> Result<Flow, StageError> {
        let step = &stage.runbook().steps[index];
        if let (Policy::DryRun, Err(reason)) = (self.conduct.policy, rehearsal::is_possible(step)) {
            stage.set_aside(step, Outcome::Skipped, reason)?;
            return Ok(Flow::On);
        }
        let decided = self.doubted(stage, step).await?;
        if matches!(decided, None | Some(Consent::Run))
            && let Flow::End(ending) = required(stage, action).await?
        {
            return Ok(Flow::End(ending));
        }
        let consent = match decided {
            Some(consent) => consent,
            None => self.consent(stage, step).await?,
        };
        match consent {
            Consent::Run => {}
            Consent::Done => {
                self.remember(&step.id);
                return self.verify(stage, index, action).await;
            }
            Consent::Left => return Ok(Flow::On),
            Consent::Stop(ending) => return Ok(Flow::End(ending)),
        }
        if let Flow::End(ending) = self.agreed(stage, step, action).await? {
            return Ok(Flow::End(ending));
        }
        self.remember(&step.id);
        let result = if action.background {
            self.background(stage, step, action).await?
        } else {
            stage.run(step, self.conduct.policy).await?
        };
        match stop_unless(&result, false) {
            Flow::On if self.conduct.policy == Policy::Live => self.verify(stage, index, action).await,
            flow => Ok(flow),
        }
    }

    /// Has a second person agree, where that is wanted. What an action requires is looked at again then: they may have
    /// taken their time.
    async fn agreed(&self, stage: &mut Stage<'_>, step: &Step, action: &Action) -> Result<Flow, StageError> {
        match self.approved(stage, step, undo::of(stage.runbook(), &step.id)).await? {
            Err(ending) => Ok(Flow::End(ending)),
            Ok(true) => required(stage, action).await,
            Ok(false) => Ok(Flow::On),
        }
    }

    /// Keeps in mind that an action is to be taken back if the run fails: the one done last comes first then.
    fn remember(&mut self, id: &StepId) {
        self.done.retain(|done| done != id);
        self.done.push(id.clone());
    }

    /// Asks whether an action runs; what is not run is on record.
    async fn consent(&mut self, stage: &mut Stage<'_>, step: &Step) -> Result<Consent, StageError> {
        let undo = undo::of(stage.runbook(), &step.id);
        loop {
            let command = plan::expand(step.code.text(), &shown(stage.values()));
            let with = spoken_of(step, stage.values());
            let done = self.undoable(stage);
            let proposal = Proposal { step, command: &command, with: &with, undo, done: &done };
            match self.conduct.operator.decide(proposal).await {
                Choice::Run => return Ok(Consent::Run),
                Choice::DryRun => stage.rehearse(step).await?,
                Choice::Edit => self.edit(stage).await?,
                Choice::Skip => {
                    stage.set_aside(step, Outcome::Skipped, "left out by the operator")?;
                    return Ok(Consent::Left);
                }
                Choice::Undo => return Ok(Consent::Stop(Ending::TakenBack { complete: true })),
                Choice::Quit => return Ok(Consent::Stop(Ending::Quit)),
            }
        }
    }

    /// Has a param given another value for what is still to come.
    async fn edit(&self, stage: &mut Stage<'_>) -> Result<(), StageError> {
        let runbook = stage.runbook();
        let Some((name, text)) = self.conduct.operator.edit(&runbook.params, stage.values()).await else {
            return Ok(());
        };
        let secret = runbook.params.iter().any(|param| param.name == name && param.secret);
        stage.set_value(&name, text, secret)
    }

    /// Has it decided what becomes of an action that an earlier process of the run began; `None` where none did.
    async fn doubted(&self, stage: &mut Stage<'_>, step: &Step) -> Result<Option<Consent>, StageError> {
        let Some((left, hash)) = self.past.doubt_of(&step.id) else { return Ok(None) };
        let changed = hash != step.hash;
        if !changed && step.as_action().is_some_and(|action| action.idempotent || action.background) {
            return Ok(Some(Consent::Run));
        }
        let command = plan::expand(step.code.text(), &shown(stage.values()));
        let doubt = Doubt { step, command: &command, left: &left, changed };
        Ok(Some(match self.conduct.operator.in_flight(doubt).await {
            InFlight::Again => Consent::Run,
            InFlight::Done => {
                stage.set_aside(step, Outcome::Passed, format!("{left}; the operator says it was done"))?;
                Consent::Done
            }
            InFlight::Skip => {
                stage.set_aside(step, Outcome::Skipped, format!("{left}; left out by the operator"))?;
                Consent::Left
            }
            InFlight::Unknown => Consent::Stop(Ending::Undecided { step: step.id.clone(), left, changed }),
            InFlight::Quit => Consent::Stop(Ending::Quit),
        }))
    }

    async fn background(&self, stage: &mut Stage<'_>, step: &Step, action: &Action) -> Result<StepResult, StageError> {
        if let Some(result) = stage.start(step, self.conduct.policy).await? {
            return Ok(result);
        }
        let Some(ready) = action.ready.as_ref().and_then(|ready| stage.runbook().step(&ready.value)) else {
            return Ok(stage.not_run(step, Outcome::Passed, "runs in the background".to_owned()));
        };
        stage.run(ready, Policy::ReadOnly).await
    }

    /// Runs the check that says whether an action did what it promises. Where it did not, a step behind may know better.
    async fn verify(&mut self, stage: &mut Stage<'_>, index: usize, action: &Action) -> Result<Flow, StageError> {
        let Some(check) = action.verify.as_ref().and_then(|verify| stage.runbook().step(&verify.value)) else {
            return Ok(Flow::On);
        };
        let result = stage.run(check, Policy::ReadOnly).await?;
        self.just_verified = Some(check.id.clone());
        Ok(stop_unless(&result, is_branch(stage.runbook(), &result, index)))
    }
}

/// Records that a step is not in the part that is carried out, once.
fn leave_out(stage: &mut Stage<'_>, step: &Step, reason: String) -> Result<(), StageError> {
    if stage.result(&step.id).is_some() {
        return Ok(());
    }
    stage.set_aside(step, Outcome::Skipped, reason)
}

/// Returns whether the text goes on from this failure at the step at `index`.
fn is_branch(runbook: &Runbook, result: &StepResult, index: usize) -> bool {
    result.outcome == Outcome::Failed && plan::is_answered(runbook, &result.id, index)
}

/// What was decided about an action.
enum Consent {
    Run,
    /// It has been done by an earlier process of this run.
    Done,
    /// It is left out, and that is on record.
    Left,
    Stop(Ending),
}

/// Runs the checks that must hold right before an action.
async fn required(stage: &mut Stage<'_>, action: &Action) -> Result<Flow, StageError> {
    for id in &action.requires {
        let Some(check) = stage.runbook().step(&id.value) else { continue };
        let result = stage.run(check, Policy::ReadOnly).await?;
        if let Flow::End(ending) = stop_unless(&result, false) {
            return Ok(Flow::End(ending));
        }
    }
    Ok(Flow::On)
}

/// Returns that the walk ends at a step that did not pass, unless something else is known to make up for it.
fn stop_unless(result: &StepResult, excused: bool) -> Flow {
    let fine = matches!(result.outcome, Outcome::Passed | Outcome::Skipped);
    if fine || excused || result.warn && result.outcome == Outcome::Failed {
        return Flow::On;
    }
    let finding = result.findings.first().map(|finding| finding.message.clone());
    let reason = finding.or_else(|| result.reason.clone()).unwrap_or_else(|| result.outcome.as_str().to_owned());
    Flow::End(Ending::Stopped { step: result.id.clone(), reason })
}

/// Returns the values that a step's text speaks of, as a person may see them.
fn spoken_of(step: &Step, values: &Values) -> Vec<(String, String)> {
    let spoken_of = values.iter().filter(|(name, _)| plan::speaks_of(step.code.text(), name));
    let shown = |value: &crate::model::Value| if value.secret { "(secret)".to_owned() } else { value.text.clone() };
    spoken_of.map(|(name, value)| (name.clone(), shown(value))).collect()
}

/// Returns the values that may be shown.
fn shown(values: &Values) -> Values {
    values.iter().filter(|(_, value)| !value.secret).map(|(name, value)| (name.clone(), value.clone())).collect()
}
