//! One step: tried until it passes or its time is up, held for as long as it must hold, its value captured.

use std::path::Path;

use crate::model::{Outcome, Place, Role, Step, StepResult, Target, Value, Values};
use crate::sys::{Cancel, Clock, Environment};

use super::event::Stream;
use super::{Attempt, HttpClient, Objects, Redactor, Session, Verdict};

/// What a step is run in. Everything here outlives the step and is shared by the steps of a runbook.
#[derive(Clone, Copy)]
pub struct StepContext<'a> {
    /// The collection's root: `dir=` is relative to it.
    pub root: &'a Path,
    /// Where the runbook is pointed.
    pub target: &'a Target,
    /// Params and captured values. Child processes see each as an environment variable of its name.
    pub values: &'a Values,
    /// The environment `runbooks` was started in; child processes inherit it.
    pub environment: &'a Environment,
    /// More environment for child processes: `KUBECONFIG` of the gate.
    pub door: &'a [(String, String)],
    /// The cluster, for object steps; `None` where there is none: they are `errored`.
    pub objects: Option<&'a dyn Objects>,
    /// The clients of `http` and `promql` steps.
    pub http: &'a HttpClient,
    /// Stands before the result and the live output.
    pub redactor: &'a Redactor,
    /// Ctrl-C.
    pub cancel: &'a Cancel,
    /// Takes what the step prints while it prints it: redacted, whole lines, without the newline.
    pub output: &'a (dyn Fn(Stream, &str) + Sync),
    /// Asked after each attempt; what it says overrides what we think.
    pub judge: Option<&'a (dyn Fn(&Attempt) -> Option<Verdict> + Sync)>,
    /// Tells when a step started.
    pub clock: Clock,
}

/// What became of a step.
#[derive(Debug)]
pub struct StepEnd {
    /// The result, redacted.
    pub result: StepResult,
    /// The variable that `capture` set. It is in the session already; the caller adds it to the values.
    pub captured: Option<(String, Value)>,
    /// Whether Ctrl-C ended it. Its outcome is `errored` then.
    pub interrupted: bool,
}

/// Runs one step to its end. Its `when`, `requires`, `verify`, `undo` and `confirm` are the caller's business.
pub async fn run_step(step: &Step, _session: &mut Session, context: &StepContext<'_>) -> StepEnd {
    StepEnd { result: unable(step, context, "steps cannot be run yet".to_owned()), captured: None, interrupted: false }
}

/// A background step that keeps running.
#[derive(Debug)]
pub struct Background {}

impl Background {
    /// Returns whether it still runs.
    pub fn is_running(&mut self) -> bool {
        false
    }

    /// Ends its whole process tree and returns what became of it: `passed` where it ran until now.
    pub async fn stop(self) -> Option<StepEnd> {
        None
    }
}

/// Starts a background action. Whether it is ready is for its `ready` check to say.
///
/// Fails, with the step's result, where it cannot be started.
pub async fn start_background(
    step: &Step,
    _session: &mut Session,
    context: &StepContext<'_>,
) -> Result<Background, Box<StepEnd>> {
    let result = unable(step, context, "background steps cannot be run yet".to_owned());
    Err(Box::new(StepEnd { result, captured: None, interrupted: false }))
}

fn unable(step: &Step, context: &StepContext<'_>, reason: String) -> StepResult {
    StepResult {
        id: step.id.clone(),
        title: step.title.clone(),
        role: if step.as_check().is_some() { Role::Check } else { Role::Action },
        place: Place::of(&step.source, step.code.span()),
        hash: step.hash.clone(),
        outcome: Outcome::Errored,
        warn: step.as_check().is_some_and(|check| check.warn),
        reason: Some(reason),
        findings: Vec::new(),
        started: context.clock.now(),
        duration_ms: 0,
        attempts: 0,
        exit: None,
        stdout: String::new(),
        stderr: String::new(),
        value: None,
    }
}
