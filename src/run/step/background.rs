//! Steps that keep running while later steps run: a port-forward.

use std::io;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::super::finding::{self, finding};
use super::super::redact::Redactor;
use super::super::runner::{self, Prepared};
use super::super::{Attempt, Session};
use super::poll::Tries;
use super::result::{self, result};
use super::{StepContext, StepEnd};
use crate::model::{Outcome, Step};
use crate::sys::Cancel;
use crate::sys::process::Ended;

/// Longer than anybody watches a port-forward: a year.
const NO_LIMIT: Duration = Duration::from_hours(365 * 24);

/// A background step that keeps running. Dropped, it is ended by force.
#[derive(Debug)]
pub struct Background {
    step: Step,
    redactor: Redactor,
    began: jiff::Timestamp,
    started: Instant,
    stop: Cancel,
    task: Option<JoinHandle<io::Result<Ended>>>,
}

impl Background {
    /// Returns whether it still runs.
    pub fn is_running(&self) -> bool {
        self.task.as_ref().is_some_and(|task| !task.is_finished())
    }

    /// Ends its whole process tree and returns what became of it: `passed` where it ran until now or ended well.
    pub async fn stop(mut self) -> Option<StepEnd> {
        self.stop.cancel();
        let ended = self.task.take()?.await.ok()?;
        let attempt = match ended {
            Ok(ended) => runner::end_of_background(&self.step, &ended),
            Err(error) => {
                let message = format!("cannot be waited for: {error}");
                Attempt::found(finding(Outcome::Errored, "cannot-run", finding::fence(&self.step), message))
            }
        };
        let tries = Tries { last: attempt, count: 1, began: self.began, started: self.started, interrupted: false };
        Some(StepEnd { result: result(&self.step, &self.redactor, tries), captured: None, interrupted: false })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Starts a background action. Whether it is ready is for its `ready` check to say.
///
/// Fails, with the step's result, where it cannot be started.
pub async fn start_background(
    step: &Step,
    session: &mut Session,
    context: &StepContext<'_>,
) -> Result<Background, Box<StepEnd>> {
    let began = context.clock.now();
    let started = Instant::now();
    let refuse = |attempt| Box::new(result::end(step, context, Tries::none(context, attempt), None));
    Prepared::of(step).map_err(|attempt| refuse(*attempt))?;
    let running = runner::start(step, session, context).map_err(|attempt| refuse(*attempt))?;
    let ending = Cancel::new();
    let heard = ending.clone();
    let task = tokio::spawn(async move { running.wait(NO_LIMIT, &heard, &mut |_, _| {}).await });
    Ok(Background {
        step: step.clone(),
        redactor: context.redactor.clone(),
        began,
        started,
        stop: ending,
        task: Some(task),
    })
}
