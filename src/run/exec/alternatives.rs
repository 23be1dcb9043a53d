//! Alternatives: of a group one is taken, and it stays the one, also after a crash.

use super::{Ending, Execution, Flow};
use crate::model::{Outcome, Step, StepId};
use crate::run::exec::Alternative;
use crate::run::stage::{Stage, StageError};

impl Execution<'_> {
    /// Sets an action aside where another of its group is taken. Returns `None` where it is itself the one.
    pub(super) async fn unless_chosen(
        &mut self,
        stage: &mut Stage<'_>,
        step: &Step,
        group: &String,
    ) -> Result<Option<Flow>, StageError> {
        let chosen = match self.alternative(stage, group).await {
            Ok(chosen) => chosen,
            Err(ending) => return Ok(Some(Flow::End(ending))),
        };
        if chosen == step.id {
            return Ok(None);
        }
        stage.set_aside(step, Outcome::Skipped, format!("the alternative `{chosen}` was chosen"))?;
        Ok(Some(Flow::On))
    }

    /// Returns the step that is taken of a group, among those whose `when` holds. One whose `when` has no answer may be
    /// taken too, and says so then.
    async fn alternative(&mut self, stage: &Stage<'_>, group: &String) -> Result<StepId, Ending> {
        if let Some(chosen) = self.chosen.get(group) {
            return Ok(chosen.clone());
        }
        if let Some(taken) = self.past.taken_of(stage.runbook(), group) {
            return Ok(taken);
        }
        let belongs = |step: &&Step| step.as_action().is_some_and(|it| it.choose.as_ref() == Some(group));
        let possible = |step: &&Step| stage.condition(step).is_none_or(|result| result.outcome != Outcome::Skipped);
        let steps: Vec<_> = stage.runbook().steps.iter().filter(belongs).filter(possible).collect();
        let chosen = match self.conduct.operator.choose(group, &steps).await {
            Alternative::Take(index) => steps.get(index).map(|step| step.id.clone()).ok_or(Ending::Quit)?,
            Alternative::Impossible(step) => {
                let reason = format!("it was chosen of `{group}`, and its `when` does not hold");
                return Err(Ending::Stopped { step, reason });
            }
            Alternative::Quit => return Err(Ending::Quit),
        };
        self.chosen.insert(group.clone(), chosen.clone());
        Ok(chosen)
    }
}
