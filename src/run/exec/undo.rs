//! Taking back what was done: newest first, each confirmed.

use super::Conduct;
use crate::cluster::Policy;
use crate::model::{Outcome, Runbook, Step, StepId};
use crate::run::stage::{Stage, StageError};

/// Returns the action that takes back what `id` did, if the text has one.
pub(super) fn of<'a>(runbook: &'a Runbook, id: &StepId) -> Option<&'a Step> {
    runbook
        .steps
        .iter()
        .find(|step| step.as_action().and_then(|action| action.undo.as_ref()).is_some_and(|undone| undone.value == *id))
}

/// Takes back the actions of `done`, newest first, as far as the text tells how and the operator agrees.
///
/// An undo that fails stops here: what is older may depend on it.
pub(super) async fn take_back(stage: &mut Stage<'_>, conduct: Conduct<'_>, done: &[StepId]) -> Result<(), StageError> {
    if conduct.policy != Policy::Live {
        return Ok(());
    }
    let runbook = stage.runbook();
    stage.around().cancel.forget();
    for id in done.iter().rev() {
        let (Some(step), Some(undo)) = (runbook.step(id), of(runbook, id)) else { continue };
        if stage.result(&undo.id).is_some_and(|result| result.outcome == Outcome::Passed) {
            continue;
        }
        if !conduct.operator.take_back(step, undo).await {
            stage.set_aside(undo, Outcome::Skipped, "not taken back: the operator declined")?;
            continue;
        }
        let result = stage.run(undo, Policy::Live).await?;
        if result.outcome != Outcome::Passed {
            return Ok(());
        }
        let check = undo.as_action().and_then(|action| action.verify.as_ref());
        if let Some(check) = check.and_then(|verify| runbook.step(&verify.value)) {
            stage.run(check, Policy::ReadOnly).await?;
        }
    }
    Ok(())
}
