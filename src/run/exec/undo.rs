//! Taking back what was done: newest first, each confirmed.

use super::{Consent, Ending, Execution, Past, Proposal, shown, spoken_of};
use crate::cluster::Policy;
use crate::model::{Outcome, Runbook, Step, StepId};
use crate::plan;
use crate::run::event::{Event, Stop};
use crate::run::stage::{Stage, StageError};

/// Returns the action that takes back what `id` did, if the text has one.
pub(super) fn of<'a>(runbook: &'a Runbook, id: &StepId) -> Option<&'a Step> {
    runbook
        .steps
        .iter()
        .find(|step| step.as_action().and_then(|action| action.undo.as_ref()).is_some_and(|undone| undone.value == *id))
}

/// Returns the actions that earlier processes of a run carried out, in order. What was in flight may have been done, and
/// who wants all taken back is asked about that, too.
pub(super) fn done(runbook: &Runbook, past: &Past, with_in_flight: bool) -> Vec<StepId> {
    let ran = |id: &&StepId| past.results.get(id).is_some_and(|result| result.outcome != Outcome::Skipped);
    let action = |id: &&StepId| runbook.step(id).is_some_and(|step| step.as_action().is_some());
    let done = past.order.iter().filter(ran);
    let in_flight = past.in_flight.keys().filter(|_| with_in_flight);
    done.chain(in_flight).filter(action).cloned().collect()
}

/// Returns what `runs undo` would take back of a run, newest first: each action with its undo.
pub fn to_take_back<'a>(runbook: &'a Runbook, past: &Past) -> Vec<(&'a Step, &'a Step)> {
    let mut past = past.clone();
    past.forget_undone(runbook);
    let outcome = |undo: &Step| past.results.get(&undo.id).map(|result| result.outcome);
    open(runbook, &done(runbook, &past, true), outcome)
}

/// Returns what has an undo that was neither done nor declined, newest first.
fn open<'a>(
    runbook: &'a Runbook,
    done: &[StepId],
    outcome: impl Fn(&Step) -> Option<Outcome>,
) -> Vec<(&'a Step, &'a Step)> {
    let pairs = done.iter().rev().filter_map(|id| Some((runbook.step(id)?, of(runbook, id)?)));
    pairs.filter(|(_, undo)| !matches!(outcome(undo), Some(Outcome::Passed | Outcome::Skipped))).collect()
}

/// Whether taking back goes on with what is older.
enum Back {
    On,
    /// What is older may depend on what is not taken back.
    Here,
    End(Ending),
}

impl Execution<'_> {
    /// Returns what was done so far and can be taken back, newest first: each action with its undo.
    pub(super) fn undoable<'s>(&self, stage: &Stage<'s>) -> Vec<(&'s Step, &'s Step)> {
        open(stage.runbook(), &self.done, |undo| stage.result(&undo.id).map(|result| result.outcome))
    }

    /// Takes back what was done, newest first, as far as the text tells how and the operator agrees. Returns how the run
    /// ends then: as it did, unless an undo is in doubt.
    pub(super) async fn take_back(&self, stage: &mut Stage<'_>, ending: Ending) -> Result<Ending, StageError> {
        let steps = self.undoable(stage);
        if self.conduct.policy != Policy::Live || steps.is_empty() && self.past.taking_back.is_none() {
            return Ok(ending);
        }
        stage.around().cancel.forget();
        begun(stage, steps.iter().map(|(step, _)| step.id.clone()).collect(), &ending)?;
        for (step, undo) in steps {
            let back = self.take_back_one(stage, step, undo).await?;
            if stage.around().cancel.is_cancelled() {
                // Ctrl-C declines nothing: what is left can be taken back later.
                ended(stage, false)?;
                return Ok(Ending::Interrupted);
            }
            match back {
                Back::On => {}
                Back::Here => {
                    ended(stage, false)?;
                    return Ok(match ending {
                        Ending::TakenBack { .. } => Ending::TakenBack { complete: false },
                        other => other,
                    });
                }
                Back::End(ending) => return Ok(ending),
            }
        }
        ended(stage, true)?;
        Ok(ending)
    }

    /// Asks whether a step is taken back, with the command as it would run.
    async fn wants_back(&self, stage: &Stage<'_>, step: &Step, undo: &Step) -> bool {
        let command = plan::expand(undo.code.text(), &shown(stage.values()));
        let with = spoken_of(undo, stage.values());
        let proposal = Proposal { step: undo, command: &command, with: &with, undo: None, done: &[] };
        self.conduct.operator.take_back(step, proposal).await
    }

    /// Takes back one action, with the values that it was done with.
    async fn take_back_one(&self, stage: &mut Stage<'_>, step: &Step, undo: &Step) -> Result<Back, StageError> {
        let now = stage.go_back(step);
        let back = self.undo_one(stage, step, undo).await?;
        stage.go_forward(&now);
        Ok(back)
    }

    async fn undo_one(&self, stage: &mut Stage<'_>, step: &Step, undo: &Step) -> Result<Back, StageError> {
        let doubted = if self.past.taking_back.is_some() { self.doubted(stage, undo).await? } else { None };
        let done = match doubted {
            Some(Consent::Stop(ending)) => return Ok(Back::End(ending)),
            Some(Consent::Left) => return Ok(Back::On),
            Some(Consent::Done) => true,
            Some(Consent::Run) => false,
            None if self.wants_back(stage, step, undo).await => false,
            None if stage.around().cancel.is_cancelled() => return Ok(Back::Here),
            None => {
                stage.set_aside(undo, Outcome::Skipped, "not taken back: the operator declined")?;
                return Ok(Back::On);
            }
        };
        if !done && let Some(ending) = self.undo_approved(stage, step, undo).await? {
            return Ok(Back::End(ending));
        }
        if !done && stage.run(undo, Policy::Live).await?.outcome != Outcome::Passed {
            return Ok(Back::Here);
        }
        let check = undo.as_action().and_then(|action| action.verify.as_ref());
        if let Some(check) = check.and_then(|verify| stage.runbook().step(&verify.value)) {
            let result = stage.run(check, Policy::ReadOnly).await?;
            if !matches!(result.outcome, Outcome::Passed | Outcome::Skipped) && !result.warn {
                return Ok(Back::Here);
            }
        }
        Ok(Back::On)
    }
}

fn begun(stage: &Stage<'_>, steps: Vec<StepId>, ending: &Ending) -> Result<(), StageError> {
    let stopped = match ending {
        Ending::Stopped { step, reason } => Some(Stop { step: step.clone(), reason: reason.clone() }),
        _ => None,
    };
    let (runbook, at) = (stage.runbook().id.clone(), stage.around().clock.now());
    stage.around().listener.hear(&Event::TakingBack { runbook, steps, stopped, at })?;
    Ok(())
}

fn ended(stage: &Stage<'_>, complete: bool) -> Result<(), StageError> {
    let (runbook, at) = (stage.runbook().id.clone(), stage.around().clock.now());
    stage.around().listener.hear(&Event::TakenBack { runbook, complete, at })?;
    Ok(())
}
