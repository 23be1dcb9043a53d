//! Two people: an action of high risk runs only after somebody else has agreed to it, where the target wants that.
//!
//! How the other person is reached, and who they are, is not here: see [`Approver`].

use serde::{Deserialize, Serialize};

use super::{Ending, Execution, shown, spoken_of};
use crate::cluster::Policy;
use crate::model::{Risk, Step, World as _, fingerprint};
use crate::plan;
use crate::run::event::{ApprovalAnswer, Event};
use crate::run::exec::Asked;
use crate::run::stage::{Stage, StageError};
use jiff::Timestamp;

/// What a second person is asked to agree to. No secret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalQuestion {
    /// The run.
    pub run: String,
    /// The runbook.
    pub runbook: String,
    /// Where it is pointed.
    pub target: String,
    /// The action.
    pub step: String,
    /// What people read.
    pub title: String,
    /// How risky it is.
    pub risk: Risk,
    /// Its command with the values that are no secrets filled in.
    pub command: String,
    /// The values that the command speaks of, by name, in place of a secret a word.
    pub with: Vec<(String, String)>,
    /// The command that would take it back, if there is one. Who agrees to the action agrees to that.
    pub undo: Option<String>,
    /// Fingerprint of all this and of the blocks: an answer counts for nothing else.
    pub digest: String,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What.
    pub answer: ApprovalAnswer,
    /// By whom, as the system or the cluster knows them.
    pub by: Option<String>,
    /// What was said with it.
    pub note: Option<String>,
}

/// Reaches a second person.
pub trait Approver: Send + Sync {
    /// Returns until when what is asked now may be answered.
    fn until(&self) -> Timestamp;

    /// Asks, and waits for an answer as long as that.
    fn ask<'a>(&'a self, question: &'a ApprovalQuestion, until: Timestamp) -> Asked<'a, Approval>;
}

/// Returns whether an action is one that the second person is asked about.
fn is_asked_about(step: &Step) -> bool {
    step.as_action().is_some_and(|action| action.risk == Risk::High)
}

impl Execution<'_> {
    /// Has a second person agree to an action where the target wants that. Returns how the run ends where they do not,
    /// and whether anybody was asked.
    pub(super) async fn approved(
        &self,
        stage: &Stage<'_>,
        step: &Step,
        undo: Option<&Step>,
    ) -> Result<Result<bool, Ending>, StageError> {
        let Some(approver) = self.conduct.approver else { return Ok(Ok(false)) };
        if !is_asked_about(step) || self.conduct.policy != Policy::Live {
            return Ok(Ok(false));
        }
        let question = question(stage, step, undo);
        let (listener, clock, runbook) = (stage.around().listener, stage.around().clock, &stage.runbook().id);
        let (digest, until) = (question.digest.clone(), approver.until());
        listener.hear(&Event::ApprovalAsked {
            runbook: runbook.clone(),
            step: step.id.clone(),
            title: step.title.clone(),
            digest: digest.clone(),
            until,
            at: clock.now(),
        })?;
        let Approval { answer, by, note } = approver.ask(&question, until).await;
        let note = note.map(|note| stage.around().redactor.redact(&note));
        listener.hear(&Event::ApprovalAnswered {
            runbook: runbook.clone(),
            step: step.id.clone(),
            digest,
            answer,
            by: by.clone(),
            note: note.clone(),
            at: clock.now(),
        })?;
        let said = note.map(|note| format!(": {note}")).unwrap_or_default();
        let reason = match answer {
            ApprovalAnswer::Approved => return Ok(Ok(true)),
            ApprovalAnswer::Withdrawn => return Ok(Err(Ending::Quit)),
            ApprovalAnswer::Refused => format!("{} refused it{said}", by.unwrap_or_default()),
            ApprovalAnswer::Expired => "nobody approved it in time".to_owned(),
            ApprovalAnswer::Unasked => format!("nobody could be asked to approve it{said}"),
        };
        Ok(Err(Ending::Unapproved { step: step.id.clone(), reason }))
    }

    /// Has a second person agree to an undo, unless they agreed to it with its action, in this very process or before.
    pub(super) async fn undo_approved(
        &self,
        stage: &Stage<'_>,
        step: &Step,
        undo: &Step,
    ) -> Result<Option<Ending>, StageError> {
        if !self.conduct.undoes && is_asked_about(step) {
            return Ok(None);
        }
        Ok(self.approved(stage, undo, None).await?.err())
    }
}

fn question(stage: &Stage<'_>, step: &Step, undo: Option<&Step>) -> ApprovalQuestion {
    let around = stage.around();
    let command = |step: &Step| around.redactor.redact(&plan::expand(step.code.text(), &shown(stage.values())));
    let (text, undone) = (command(step), undo.map(command));
    let with = spoken_of(step, stage.values()).into_iter();
    let with: Vec<_> = with.map(|(name, value)| (name, around.redactor.redact(&value))).collect();
    let target = around.target;
    // What stands in the blocks beside their commands counts too, and so does where they are pointed.
    let bound = format!(
        "{}\0{}\0{:?}\0{:?}\0{:?}\0{}\0{}\0{text}\0{with:?}\0{:?}\0{:?}\0{undone:?}",
        around.run,
        target.name,
        target.context,
        target.namespace,
        around.gate.ok().map(|gate| gate.cluster().namespace()),
        step.id,
        step.hash,
        step.bindings,
        undo.map(|undo| &undo.hash),
    );
    ApprovalQuestion {
        run: around.run.to_owned(),
        runbook: stage.runbook().id.to_string(),
        target: target.name.clone(),
        step: step.id.to_string(),
        title: step.title.clone(),
        risk: step.as_action().map_or(Risk::High, |action| action.risk),
        command: text,
        with,
        undo: undone,
        digest: fingerprint(bound.as_bytes()),
    }
}
