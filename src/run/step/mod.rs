//! One step: tried until it passes or its time is up, held for as long as it must hold, its value captured.

mod assess;
mod background;
mod capture;
mod poll;
mod result;

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use crate::model::{Outcome, Param, Step, StepResult, Target, Value, Values};
use crate::recording::StepTape;
use crate::sys::terminal::Console;
use crate::sys::{Cancel, Clock, Confinement, Environment};

use super::event::Stream;
use super::runner::Prepared;
use super::{Attempt, HttpClient, Objects, Redactor, Session, Verdict};

pub use background::{Background, start_background};
use poll::Tries;

/// Says what somebody who knows more thinks of an attempt, if anything.
pub type Judge<'a> = dyn Fn(&Attempt) -> Option<Verdict> + Sync + 'a;

/// What a step is run in. Everything here outlives the step and is shared by the steps of a runbook.
#[derive(Clone, Copy)]
pub struct StepContext<'a> {
    /// The collection's root: `dir=` is relative to it.
    pub root: &'a Path,
    /// Where the runbook is pointed.
    pub target: &'a Target,
    /// The params the runbook declares: they say which value is a number.
    pub params: &'a [Param],
    /// Params and captured values. Child processes see each as an environment variable of its name.
    pub values: &'a Values,
    /// The variables that child processes do not see: secrets that the step has no need of.
    pub withheld: &'a [String],
    /// The environment `runbooks` was started in; child processes inherit it.
    pub environment: &'a Environment,
    /// More environment for child processes: `KUBECONFIG` of the gate. No block can change it for another.
    pub door: &'a [(String, String)],
    /// What child processes cannot read: the way to the cluster that is not the gate's.
    pub confinement: Option<&'a Confinement>,
    /// The cluster, for object steps; `None` where there is none: they are `errored`.
    pub objects: Option<&'a dyn Objects>,
    /// The clients of `http` and `promql` steps.
    pub http: &'a HttpClient,
    /// The step's place in a recording that is made, or that answers; `None` in an ordinary run.
    pub tape: Option<&'a StepTape<'a>>,
    /// Stands before the result and the live output.
    pub redactor: &'a Redactor,
    /// Ctrl-C.
    pub cancel: &'a Cancel,
    /// The terminal that a step is lent which needs a person; `None` where nobody sits at one.
    pub console: Option<&'a Console>,
    /// Takes what the step prints while it prints it: redacted, one or several whole lines, without the last newline.
    pub output: &'a (dyn Fn(Stream, &str) + Sync),
    /// Told between two looks how much longer it takes at most; `None` where nobody watches.
    pub waiting: Option<&'a (dyn Fn(Waiting) + Sync)>,
    /// How long anybody waits for a step at most, whatever its text allows; `None` waits as long as that.
    pub patience: Option<Duration>,
    /// Asked after each attempt; what it says overrides what we think.
    pub judge: Option<&'a Judge<'a>>,
    /// Tells when a step started.
    pub clock: Clock,
}

/// A check that waits between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whether it passed so far and must hold; else it has not passed yet.
    pub holds: bool,
    /// How much longer at most.
    pub left: Duration,
    /// Of how much.
    pub of: Duration,
    /// What was seen last, where it has not passed.
    pub seen: Option<String>,
}

/// What became of a step.
#[derive(Debug)]
pub struct StepEnd {
    /// The result, redacted. Its place is the opening fence of the code, in the fragment for a fragment's step.
    pub result: StepResult,
    /// The variable that `capture` set. It is in the session already; the caller adds it to the values.
    pub captured: Option<(String, Value)>,
    /// Whether Ctrl-C ended it. Its outcome is `errored` then.
    pub interrupted: bool,
}

/// A step that is being run. Boxed: what is nested in it is too deep for the compiler to see through at once.
pub type Running<'a> = Pin<Box<dyn Future<Output = StepEnd> + Send + 'a>>;

/// Runs one step to its end. Its `when`, `requires`, `verify`, `undo` and `confirm` are the caller's business.
pub fn run_step<'a>(step: &'a Step, session: &'a mut Session, context: &'a StepContext<'_>) -> Running<'a> {
    Box::pin(async move {
        let prepared = match Prepared::of(step) {
            Ok(prepared) => prepared,
            Err(attempt) => return result::end(step, context, Tries::none(context, *attempt), None),
        };
        let mut tries = Tries::none(context, Attempt::new(Outcome::Errored));
        tries.until_passed(&prepared, session, context).await;
        tries.while_it_holds(&prepared, session, context).await;
        let captured = capture::take(&prepared, &mut tries.last, context);
        if let Some((name, value)) = &captured {
            session.set(name, &value.text);
        }
        result::end(step, context, tries, captured)
    })
}

#[cfg(test)]
mod tests;
