//! Items: answered by a person, or ticked by the step they link to.

use super::{Ending, Execution, Flow};
use crate::model::{Item, Outcome};
use crate::run::event::{Event, ItemAnswer};
use crate::run::exec::Ticked;
use crate::run::stage::{Stage, StageError};

impl<'a> Execution<'a> {
    /// Has an item answered. One that links to a step waits for that step, wherever it stands; nobody is asked.
    pub(super) async fn item(&mut self, stage: &Stage<'_>, item: &'a Item) -> Result<Flow, StageError> {
        if self.past.takes_answer(&item.text) {
            return Ok(Flow::On);
        }
        if item.step.is_some() {
            self.waiting.push(item);
            self.tick(stage)?;
            return Ok(Flow::On);
        }
        let (answer, note) = match self.conduct.operator.tick(item).await {
            Ticked::Done(note) => (ItemAnswer::Done, note),
            Ticked::NotDone(note) => (ItemAnswer::NotDone, note),
            Ticked::Assumed => (ItemAnswer::Assumed, None),
            Ticked::Unanswered => (ItemAnswer::Unanswered, None),
            Ticked::Quit => return Ok(Flow::End(Ending::Quit)),
        };
        answered(stage, item, answer, note)?;
        Ok(Flow::On)
    }

    /// Ticks the items whose step has passed by now.
    pub(super) fn tick(&mut self, stage: &Stage<'_>) -> Result<(), StageError> {
        let passed = |item: &&Item| outcome(stage, item) == Some(Outcome::Passed);
        for item in self.waiting.extract_if(.., |item| passed(item)).collect::<Vec<_>>() {
            answered(stage, item, ItemAnswer::Ticked, None)?;
        }
        Ok(())
    }

    /// Says of the items that still wait, at the end of the text, what became of them.
    pub(super) fn settle_items(&mut self, stage: &Stage<'_>) -> Result<(), StageError> {
        for item in std::mem::take(&mut self.waiting) {
            let answer = if outcome(stage, item).is_some() { ItemAnswer::NotDone } else { ItemAnswer::Unanswered };
            answered(stage, item, answer, None)?;
        }
        Ok(())
    }
}

fn outcome(stage: &Stage<'_>, item: &Item) -> Option<Outcome> {
    item.step.as_ref().and_then(|id| stage.result(id)).map(|result| result.outcome)
}

fn answered(stage: &Stage<'_>, item: &Item, answer: ItemAnswer, note: Option<String>) -> Result<(), StageError> {
    let line = stage.runbook().source.position(item.span.start).line;
    stage.around().listener.hear(&Event::ItemAnswered {
        runbook: stage.runbook().id.clone(),
        item: item.text.clone(),
        line,
        answer,
        note: note.map(|note| stage.around().redactor.redact(&note)),
        at: stage.around().clock.now(),
    })?;
    Ok(())
}
