//! `capture`: what a step keeps for the steps after it.

use super::super::Attempt;
use super::super::finding::finding;
use super::super::redact::SHORTEST_SECRET;
use super::super::runner::Prepared;
use super::super::session::is_secret_name;
use super::StepContext;
use crate::expression::{self, Trouble};
use crate::model::{Outcome, Place, StepLanguage, Value, ValueOrigin};

/// Takes the value of a step that passed; where there is none the step did not pass.
///
/// A value is a secret if its name says so, or if it holds a secret that is known.
pub(super) fn take(
    prepared: &Prepared<'_>,
    attempt: &mut Attempt,
    context: &StepContext<'_>,
) -> Option<(String, Value)> {
    let (capture, _) = prepared.capture.as_ref()?;
    if attempt.outcome != Outcome::Passed {
        return None;
    }
    match text(prepared, attempt) {
        Ok(text) => {
            let named = is_secret_name(&capture.name) && text.len() >= SHORTEST_SECRET;
            if named {
                context.redactor.learn(&text);
            }
            let secret = named || context.redactor.finds(&text);
            let origin = ValueOrigin::Captured(prepared.step.id.to_string());
            Some((capture.name.clone(), Value { text, secret, origin }))
        }
        Err((outcome, reason)) => {
            let step = prepared.step;
            let span = step.capture.as_ref().map(|capture| capture.span).unwrap_or_default();
            let message = format!("cannot capture `{}`: {reason}", capture.name);
            attempt.add(finding(outcome, "capture", Place::of(&step.source, span), message));
            None
        }
    }
}

fn text(prepared: &Prepared<'_>, attempt: &Attempt) -> Result<String, (Outcome, String)> {
    let expression = prepared.capture.as_ref().and_then(|(_, expression)| expression.as_ref());
    let Some(expression) = expression else {
        return match prepared.step.language {
            StepLanguage::Promql => Ok(attempt.value.clone().unwrap_or_default()),
            StepLanguage::Object(_) => {
                Err((Outcome::Errored, "an object is no value; take a part of it: `NAME = object.…`".to_owned()))
            }
            _ => Ok(attempt.stdout.trim().to_owned()),
        };
    };
    match expression.evaluate(&attempt.facts) {
        Ok(value) => Ok(expression::display(&value)),
        Err(Trouble::World(reason)) => Err((Outcome::Failed, reason)),
        Err(Trouble::Text(error)) => Err((Outcome::Errored, error.message)),
    }
}
