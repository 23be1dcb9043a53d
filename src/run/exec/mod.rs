//! `exec`: carries out a runbook, step by step, in the order of its text.
//!
//! Every event is journaled before its consequence begins, so a run that dies can be resumed: what has ended is not
//! done again, and what was in flight is asked about. What the operator sees and types is not here: see [`Operator`].

mod operator;
mod past;
pub(super) mod rehearsal;
mod requirements;
mod undo;

use std::collections::BTreeMap;

use super::event::{Event, ItemAnswer};
use super::stage::{Stage, StageError};
use crate::cluster::Policy;
use crate::model::{Action, Item, Outcome, Runbook, Step, StepId, StepResult, Values};
use crate::plan::{self, Entry};

pub use operator::{Asked, Choice, InFlight, Operator, Proposal, Ticked};
pub use past::Past;
pub use requirements::{Unmet, unmet};

/// How a run is carried out.
#[derive(Clone, Copy)]
pub struct Conduct<'a> {
    /// Who decides.
    pub operator: &'a dyn Operator,
    /// How actions reach the cluster: live, or as a server-side dry run.
    pub policy: Policy,
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
    /// An action was in flight when the run died, and nobody said what became of it. Nothing more was done.
    Undecided {
        /// The action.
        step: StepId,
        /// Whether its block was changed since it began.
        changed: bool,
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
    settle(&stage)?;
    stage.recall(past.results.clone(), past.captured.clone());
    let done = done_actions(runbook, &past);
    let mut execution = Execution { conduct, past, done, chosen: BTreeMap::new(), just_verified: None };
    let ending = match execution.walk(&mut stage).await {
        Ok(Flow::On) => Ending::Completed,
        Ok(Flow::End(ending)) => ending,
        Err(error) => {
            stage.close().await?;
            return Err(error);
        }
    };
    if !matches!(ending, Ending::Completed | Ending::Undecided { .. }) {
        undo::take_back(&mut stage, conduct, &execution.done).await?;
    }
    let (listener, clock) = (stage.around().listener, stage.around().clock);
    stage.close().await?;
    listener.hear(&Event::RunbookFinished { runbook: runbook.id.clone(), at: clock.now() })?;
    Ok(ending)
}

/// Records the values of the run; secrets only by name.
fn settle(stage: &Stage<'_>) -> Result<(), StageError> {
    let (secret, open): (Values, Values) = stage.values().clone().into_iter().partition(|(_, value)| value.secret);
    stage.around().listener.hear(&Event::ValuesSettled {
        runbook: stage.runbook().id.clone(),
        values: open.into_iter().map(|(name, value)| (name, value.text)).collect(),
        secrets: secret.into_keys().collect(),
    })?;
    Ok(())
}

/// Returns the actions that an earlier process of this run carried out, in order.
fn done_actions(runbook: &Runbook, past: &Past) -> Vec<StepId> {
    let ran = |id: &&StepId| past.results.get(id).is_some_and(|result| result.outcome != Outcome::Skipped);
    let action = |id: &&StepId| runbook.step(id).is_some_and(|step| step.as_action().is_some());
    past.order.iter().filter(ran).filter(action).cloned().collect()
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
    /// What was chosen in each group of alternatives; `None` where none of them was possible.
    chosen: BTreeMap<String, Option<StepId>>,
    /// The check that the action right before has just run as its `verify`: in its own place it need not run again.
    just_verified: Option<StepId>,
}

impl Execution<'_> {
    async fn walk(&mut self, stage: &mut Stage<'_>) -> Result<Flow, StageError> {
        let runbook = stage.runbook();
        for entry in plan::forward(runbook) {
            if stage.around().cancel.is_cancelled() {
                return Ok(Flow::End(Ending::Interrupted));
            }
            let flow = match entry {
                Entry::Item(index) => self.item(stage, &runbook.items[index]).await?,
                Entry::Step(index) => self.step(stage, index).await?,
            };
            if let Flow::End(ending) = flow {
                let interrupted = stage.interrupted();
                return Ok(Flow::End(if interrupted { Ending::Interrupted } else { ending }));
            }
        }
        Ok(Flow::On)
    }

    async fn item(&mut self, stage: &Stage<'_>, item: &Item) -> Result<Flow, StageError> {
        let line = stage.runbook().source.position(item.span.start).line;
        if self.past.items.contains(&line) {
            return Ok(Flow::On);
        }
        let by_step = item.step.as_ref().and_then(|id| stage.result(id)).map(|result| result.outcome);
        let answer = match by_step {
            Some(Outcome::Passed) => ItemAnswer::Ticked,
            Some(_) => ItemAnswer::NotDone,
            None => match self.conduct.operator.tick(item).await {
                Ticked::Done => ItemAnswer::Done,
                Ticked::NotDone => ItemAnswer::NotDone,
                Ticked::Unanswered => ItemAnswer::Unanswered,
                Ticked::Quit => return Ok(Flow::End(Ending::Quit)),
            },
        };
        stage.around().listener.hear(&Event::ItemAnswered {
            runbook: stage.runbook().id.clone(),
            item: item.text.clone(),
            line,
            answer,
            at: stage.around().clock.now(),
        })?;
        Ok(Flow::On)
    }

    async fn step(&mut self, stage: &mut Stage<'_>, index: usize) -> Result<Flow, StageError> {
        let runbook = stage.runbook();
        let step = &runbook.steps[index];
        let just_verified = self.just_verified.take();
        if just_verified.as_ref() == Some(&step.id) {
            return Ok(Flow::On);
        }
        if self.past.has_ended(&step.id) && self.is_settled(step) {
            return match step.as_action() {
                Some(action) if self.past.lacks_verification(&step.id, action) => {
                    self.verify(stage, index, action).await
                }
                _ => Ok(Flow::On),
            };
        }
        if let Some(result) = stage.condition(step) {
            let flow = stop_unless(&result, result.outcome == Outcome::Skipped);
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

    /// Returns whether what an earlier process recorded of a step stands. A background action ended with its process.
    fn is_settled(&self, step: &Step) -> bool {
        let outcome = self.past.results.get(&step.id).map(|result| result.outcome);
        match step.as_action() {
            Some(action) => !action.background && outcome != Some(Outcome::Errored),
            None => matches!(outcome, Some(Outcome::Passed | Outcome::Failed | Outcome::Skipped)),
        }
    }

    async fn action(&mut self, stage: &mut Stage<'_>, index: usize, action: &Action) -> Result<Flow, StageError> {
        let step = &stage.runbook().steps[index];
        if let Some(group) = &action.choose {
            let chosen = self.alternative(stage, group).await;
            if chosen.as_ref() != Some(&step.id) {
                let reason = chosen.map_or_else(
                    || "no alternative was chosen".to_owned(),
                    |it| format!("the alternative `{it}` was chosen"),
                );
                stage.set_aside(step, Outcome::Skipped, reason)?;
                return Ok(Flow::On);
            }
        }
        if let (Policy::DryRun, Err(reason)) = (self.conduct.policy, rehearsal::is_possible(step)) {
            stage.set_aside(step, Outcome::Skipped, reason)?;
            return Ok(Flow::On);
        }
        if let Flow::End(ending) = required(stage, action).await? {
            return Ok(Flow::End(ending));
        }
        match self.consent(stage, step).await? {
            Consent::Run => {}
            Consent::Done => {
                self.done.push(step.id.clone());
                return self.verify(stage, index, action).await;
            }
            Consent::Left => return Ok(Flow::On),
            Consent::Stop(ending) => return Ok(Flow::End(ending)),
        }
        self.done.push(step.id.clone());
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

    /// Returns the step that is taken of a group of alternatives, among those whose `when` holds.
    async fn alternative(&mut self, stage: &Stage<'_>, group: &String) -> Option<StepId> {
        if let Some(chosen) = self.chosen.get(group) {
            return chosen.clone();
        }
        if let Some(taken) = self.past.taken_of(stage.runbook(), group) {
            return Some(taken);
        }
        let belongs = |step: &&Step| step.as_action().is_some_and(|it| it.choose.as_ref() == Some(group));
        let possible = |step: &&Step| stage.condition(step).is_none();
        let steps: Vec<_> = stage.runbook().steps.iter().filter(belongs).filter(possible).collect();
        let index = self.conduct.operator.choose(group, &steps).await;
        let chosen = index.and_then(|index| steps.get(index)).map(|step| step.id.clone());
        self.chosen.insert(group.clone(), chosen.clone());
        chosen
    }

    /// Asks whether an action runs; what is not run is on record.
    async fn consent(&mut self, stage: &mut Stage<'_>, step: &Step) -> Result<Consent, StageError> {
        if let Some(hash) = self.past.in_flight.remove(&step.id) {
            return self.after_crash(stage, step, hash != step.hash).await;
        }
        let undo = undo::of(stage.runbook(), &step.id);
        let command = plan::expand(step.code.text(), &shown(stage.values()));
        loop {
            let proposal = Proposal { step, command: &command, undo };
            match self.conduct.operator.decide(proposal).await {
                Choice::Run => return Ok(Consent::Run),
                Choice::DryRun => stage.rehearse(step).await?,
                Choice::Skip => {
                    stage.set_aside(step, Outcome::Skipped, "left out by the operator")?;
                    return Ok(Consent::Left);
                }
                Choice::Quit => return Ok(Consent::Stop(Ending::Quit)),
            }
        }
    }

    /// Decides about the action that was in flight when the run died.
    async fn after_crash(&self, stage: &mut Stage<'_>, step: &Step, changed: bool) -> Result<Consent, StageError> {
        if !changed && step.as_action().is_some_and(|action| action.idempotent || action.background) {
            return Ok(Consent::Run);
        }
        match self.conduct.operator.in_flight(step, changed).await {
            InFlight::Again => Ok(Consent::Run),
            InFlight::Done => {
                stage.set_aside(
                    step,
                    Outcome::Passed,
                    "was in flight when the run died; the operator says it was done",
                )?;
                Ok(Consent::Done)
            }
            InFlight::Unknown => Ok(Consent::Stop(Ending::Undecided { step: step.id.clone(), changed })),
        }
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

/// Returns the values that may be shown.
fn shown(values: &Values) -> Values {
    values.iter().filter(|(_, value)| !value.secret).map(|(name, value)| (name.clone(), value.clone())).collect()
}
