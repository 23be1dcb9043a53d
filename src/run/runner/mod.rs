//! One try at one step, by its language.

mod console;
mod http;
mod object;
mod promql;
mod seat;
mod shell;
pub(crate) mod tls;

use std::pin::Pin;
use std::time::Duration;

use crate::model::{Capture, Span, Step, StepLanguage};
use crate::sys::process::KEPT;

use super::attempt::{Attempt, Cut};
use super::finding::{self, finding};
use super::recorded::{self, HttpCame, PromqlCame};
use super::session::NOT_RECORDED;
use super::{Session, StepContext};
use crate::expression::{self, Expression, Scope};

pub(crate) use shell::{end_of_background, start};

/// How many bytes of each end of an output are kept where an expectation, a comparison or a capture needs it whole.
const KEPT_TO_LOOK_AT: usize = 8 * 1024 * 1024;

/// A step whose expressions have been read.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) step: &'a Step,
    pub(crate) expect: Option<Expression>,
    pub(crate) capture: Option<(&'a Capture, Option<Expression>)>,
}

impl<'a> Prepared<'a> {
    /// Reads a step's expressions; an attempt that is `errored` where one cannot be read.
    pub(crate) fn of(step: &'a Step) -> Result<Self, Box<Attempt>> {
        let read = |text: &str, span: Span, scope| {
            expression::compile(text, scope).map_err(|error| Box::new(unreadable(step, text, span, &error)))
        };
        let expect = match &step.expect {
            Some(expect) => Some(read(&expect.value, expect.span, Scope::Expect)?),
            None => None,
        };
        let capture = match &step.capture {
            Some(capture) => {
                let part = capture.value.expression.as_deref();
                let part = part.map(|text| read(text, capture.span, Scope::Capture)).transpose()?;
                Some((&capture.value, part))
            }
            None => None,
        };
        Ok(Self { step, expect, capture })
    }

    /// Returns whether the expectation speaks of a name: then what usually makes a step fail is its business.
    pub(crate) fn expects(&self, name: &str) -> bool {
        self.expect.as_ref().is_some_and(|expect| expect.speaks_of(name))
    }

    fn keep(&self) -> usize {
        if self.looks_at_output() { KEPT_TO_LOOK_AT } else { KEPT }
    }
}

/// Says that an output is longer than what is kept of it.
fn too_long(what: &str, keep: usize) -> Cut {
    let reason = format!("the {what} is longer than {} MiB and was not looked at whole", 2 * keep / (1024 * 1024));
    Cut { reason, help: "narrow it down, for example with `| grep` or `| tail -n 100`" }
}

fn unreadable(step: &Step, text: &str, span: Span, error: &expression::ExpressionError) -> Attempt {
    let source = &step.source;
    // The span covers what is written, perhaps with the name of the attribute and quotes around it.
    let start = source.slice(span).find(text).map_or(span.start, |at| span.start + at + error.offset);
    let place = crate::model::Place::of(source, Span::new(start, span.end.max(start)));
    let mut finding = finding(crate::model::Outcome::Errored, "expression", place, error.message.clone());
    finding.command = Some(text.to_owned());
    finding.help.clone_from(&error.help);
    Attempt::found(finding).for_good()
}

/// An attempt that is being made. Boxed: what is nested in it is too deep for the compiler to see through at once.
pub(crate) type Trying<'a> = Pin<Box<dyn Future<Output = Attempt> + Send + 'a>>;

/// Tries a step once. What it brought is not yet compared with what is expected of it.
pub(crate) fn attempt<'a>(
    prepared: &'a Prepared<'_>,
    session: &'a mut Session,
    context: &'a StepContext<'_>,
    limit: Duration,
) -> Trying<'a> {
    if let Some(tape) = context.tape {
        tape.begin();
    }
    match prepared.step.language {
        StepLanguage::Shell(_) => Box::pin(shell::attempt(prepared, session, context, limit)),
        StepLanguage::Console => Box::pin(console::attempt(prepared, session, context, limit)),
        StepLanguage::Http => Box::pin(waiting(prepared, context, limit, http::attempt(prepared, context))),
        StepLanguage::Promql => Box::pin(waiting(prepared, context, limit, promql::attempt(prepared, context))),
        StepLanguage::Object(syntax) => {
            Box::pin(waiting(prepared, context, limit, object::attempt(prepared, context, syntax)))
        }
    }
}

/// Waits for an answer, but not for ever.
async fn waiting(
    prepared: &Prepared<'_>,
    context: &StepContext<'_>,
    limit: Duration,
    work: impl Future<Output = Attempt>,
) -> Attempt {
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Attempt::errored("interrupted"),
        attempt = work => attempt,
        () = tokio::time::sleep(limit) => {
            if let Some(tape) = context.tape {
                let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                match prepared.step.language {
                    StepLanguage::Http => tape.keep(recorded::json(&HttpCame::TimedOut { limit_ms })),
                    StepLanguage::Promql => tape.keep(recorded::json(&PromqlCame::TimedOut { limit_ms })),
                    StepLanguage::Shell(_) | StepLanguage::Console | StepLanguage::Object(_) => {}
                }
            }
            timed_out(prepared.step, limit)
        }
    }
}

fn timed_out(step: &Step, limit: Duration) -> Attempt {
    let (outcome, what) = match step.language {
        // Whoever calls a service that does not answer has looked, and the service is down.
        StepLanguage::Http => (crate::model::Outcome::Failed, "the service did not answer"),
        _ => (crate::model::Outcome::Errored, "no answer"),
    };
    let place = finding::within(step, finding::line(step, 1));
    Attempt::found(finding(outcome, "timeout", place, format!("{what} within {limit:?}")))
}

/// Says that a recording does not hold what a step needs: it could not look.
fn not_recorded(step: &Step) -> Attempt {
    let mut finding =
        finding(crate::model::Outcome::Errored, "not-recorded", finding::fence(step), NOT_RECORDED.to_owned());
    finding.help = Some("make the recording anew: `runbooks verify --record FILE`".to_owned());
    Attempt::found(finding).for_good()
}

/// Returns what a recording holds of a look: `None` where the world is to be asked.
fn replayed<T: serde::de::DeserializeOwned>(context: &StepContext<'_>) -> Option<Result<T, NotRecorded>> {
    let tape = context.tape.filter(|tape| tape.is_replay())?;
    Some(tape.replay().and_then(|kept| serde_json::from_value(kept).ok()).ok_or(NotRecorded))
}

/// A recording does not hold it.
struct NotRecorded;
