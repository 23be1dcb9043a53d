//! `verify`: runs the checks of runbooks, and resolves what all their commands name. It changes nothing.

use std::path::PathBuf;

use futures_util::StreamExt as _;

use super::event::Event;
use super::outside::Outside;
use super::references::{self, OfStep, Reach, Resolved};
use super::stage::{Stage, StageError, Surroundings};
use crate::cluster::Policy;
use crate::model::{Finding, Outcome, ReferenceCount, Runbook, Step, Values};

/// A runbook that is to be verified.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The runbook.
    pub runbook: &'a Runbook,
    /// The values of its params.
    pub values: Values,
    /// Why nothing of it may be run: its text or its params have errors. Empty is the ordinary case.
    pub obstacles: Vec<Finding>,
    /// How much of its text is looked up.
    pub reach: Reach,
}

/// Verifies the subjects, `jobs` at a time, each with its session in a folder of its own under `folder`.
///
/// Within a runbook the steps are taken in the order of the text. Ctrl-C ends the steps that run, begins no more, and
/// leaves what was found.
pub async fn verify(
    around: Surroundings<'_>,
    subjects: Vec<Subject<'_>>,
    outside: &Outside,
    jobs: usize,
    folder: PathBuf,
) -> Result<(), StageError> {
    let folder = &folder;
    let work = subjects.into_iter().enumerate().map(|(index, subject)| async move {
        if around.cancel.is_cancelled() {
            return Ok(());
        }
        runbook(around, subject, outside, folder.join(index.to_string())).await
    });
    let mut endings = futures_util::stream::iter(work).buffer_unordered(jobs.max(1));
    while let Some(ending) = endings.next().await {
        ending?;
    }
    Ok(())
}

async fn runbook(
    around: Surroundings<'_>,
    subject: Subject<'_>,
    outside: &Outside,
    folder: PathBuf,
) -> Result<(), StageError> {
    let Subject { runbook, values, obstacles, reach } = subject;
    around.listener.hear(&Event::RunbookStarted {
        runbook: runbook.id.clone(),
        title: runbook.metadata.title.clone(),
        path: runbook.source.path().to_owned(),
        steps: runbook.steps.len(),
        at: around.clock.now(),
    })?;
    if obstacles.is_empty() {
        let known = references::Around {
            root: around.root,
            release: around.kubectl,
            redactor: around.redactor,
            reach,
            outside,
        };
        let resolved = references::resolve(runbook, &values, around.gate, known).await;
        report(around, runbook, resolved.count, resolved.outside.clone())?;
        let mut stage = Stage::open(around, runbook, values, folder)?;
        let ending = steps(&mut stage, &resolved).await;
        stage.close().await?;
        ending?;
    } else {
        report(around, runbook, ReferenceCount::default(), obstacles)?;
    }
    around.listener.hear(&Event::RunbookFinished { runbook: runbook.id.clone(), at: around.clock.now() })?;
    Ok(())
}

fn report(
    around: Surroundings<'_>,
    runbook: &Runbook,
    count: ReferenceCount,
    findings: Vec<Finding>,
) -> Result<(), StageError> {
    around.listener.hear(&Event::ReferencesResolved { runbook: runbook.id.clone(), count, findings })?;
    Ok(())
}

async fn steps(stage: &mut Stage<'_>, resolved: &Resolved) -> Result<(), StageError> {
    let runbook = stage.runbook();
    for (index, step) in runbook.steps.iter().enumerate() {
        if stage.around().cancel.is_cancelled() {
            return Ok(());
        }
        let found = resolved.of_step(index);
        if !found.findings.is_empty() {
            stage.drift(step, found.findings.clone())?;
        } else if step.as_action().is_some() {
            action(stage, step, found)?;
        } else if let Some(reason) = super::needs::unmet(runbook, index, stage.values(), stage.around().environment) {
            stage.set_aside(step, Outcome::Skipped, reason)?;
        } else {
            match stage.condition(step) {
                Some(result) => stage.record(result)?,
                None => {
                    stage.run(step, Policy::ReadOnly).await?;
                }
            }
        }
    }
    Ok(())
}

fn are_there(resolved: usize) -> String {
    if resolved == 1 { "1 reference is there".to_owned() } else { format!("{resolved} references are there") }
}

/// Says what is known of an action without running it: nothing more than its references tell.
fn action(stage: &mut Stage<'_>, step: &Step, found: &OfStep) -> Result<(), StageError> {
    let (outcome, mut reason) = match found.count {
        ReferenceCount { resolved: 0, unknown: 0, .. } => {
            (Outcome::Skipped, "an action; it names nothing that can be looked up without running it".to_owned())
        }
        ReferenceCount { unknown: 0, resolved, .. } => {
            (Outcome::Passed, format!("an action, not run; {}", are_there(resolved)))
        }
        ReferenceCount { resolved, unknown, .. } => {
            (Outcome::Skipped, format!("an action, not run; {}, {unknown} cannot be known", are_there(resolved)))
        }
    };
    if found.untried > 0 {
        reason += "; this identity may not ask the server whether it would accept the change";
    }
    stage.set_aside(step, outcome, reason)
}
