//! `capture`: what a step keeps for the steps after it.

use super::super::Attempt;
use super::super::finding::finding;
use super::super::redact::SHORTEST_SECRET;
use super::super::runner::Prepared;
use super::StepContext;
use crate::expression::{self, Trouble};
use crate::model::{Finding, Outcome, Place, StepLanguage, Value, ValueOrigin, is_secret_name};

/// Takes the value of a step that passed; where there is none the step did not pass.
///
/// A value is a secret if its name or its param says so, or if it holds a secret that is known.
pub(super) fn take(
    prepared: &Prepared<'_>,
    attempt: &mut Attempt,
    context: &StepContext<'_>,
) -> Option<(String, Value)> {
    let (capture, _) = prepared.capture.as_ref()?;
    if attempt.outcome != Outcome::Passed {
        // It may have printed the secret before it failed.
        if is_secret(&capture.name, context) {
            context.redactor.learn(attempt.stdout.trim());
            if let Ok(value) = text(prepared, attempt) {
                context.redactor.learn(&value);
            }
        }
        return None;
    }
    let named = is_secret(&capture.name, context);
    let taken = text(prepared, attempt).and_then(|text| {
        if named && !text.is_empty() && text.len() < SHORTEST_SECRET {
            attempt.stdout.clear();
            let reason = format!("a secret shorter than {SHORTEST_SECRET} characters cannot be kept out of the output");
            return Err(Untaken::new(Outcome::Errored, reason));
        }
        Ok(text)
    });
    match taken {
        Ok(text) => {
            if named {
                context.redactor.learn(&text);
            }
            let secret = named || context.redactor.finds(&text);
            let origin = ValueOrigin::Captured(prepared.step.id.to_string());
            Some((capture.name.clone(), Value { text, secret, origin }))
        }
        Err(Untaken { outcome, reason, help }) => {
            let step = prepared.step;
            let span = step.capture.as_ref().map(|capture| capture.span).unwrap_or_default();
            let message = format!("cannot capture `{}`: {reason}", capture.name);
            let finding = finding(outcome, "capture", Place::of(&step.source, span), message);
            attempt.add(Finding { help: help.map(str::to_owned), ..finding });
            None
        }
    }
}

fn is_secret(name: &str, context: &StepContext<'_>) -> bool {
    is_secret_name(name) || context.params.iter().any(|param| param.secret && param.name == name)
}

/// Why there is no value.
struct Untaken {
    outcome: Outcome,
    reason: String,
    help: Option<&'static str>,
}

impl Untaken {
    const fn new(outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason, help: None }
    }

    fn unseen(reason: &str, attempt: &Attempt) -> Self {
        let help = attempt.cut.as_ref().map(|cut| cut.help);
        Self { outcome: Outcome::Errored, reason: reason.to_owned(), help }
    }
}

fn text(prepared: &Prepared<'_>, attempt: &Attempt) -> Result<String, Untaken> {
    let expression = prepared.capture.as_ref().and_then(|(_, expression)| expression.as_ref());
    let Some(expression) = expression else {
        return match prepared.step.language {
            StepLanguage::Promql => Ok(attempt.value.clone().unwrap_or_default()),
            StepLanguage::Object(_) => {
                let reason = "an object is no value; take a part of it: `NAME = object.…`";
                Err(Untaken::new(Outcome::Errored, reason.to_owned()))
            }
            _ => match &attempt.cut {
                Some(cut) => Err(Untaken::unseen(&cut.reason, attempt)),
                None => Ok(attempt.stdout.trim().to_owned()),
            },
        };
    };
    match expression.evaluate(&attempt.facts) {
        Ok(value) => Ok(expression::display(&value)),
        Err(Trouble::World(reason)) => Err(Untaken::new(Outcome::Failed, reason)),
        Err(Trouble::Unseen(reason)) => Err(Untaken::unseen(&reason, attempt)),
        Err(Trouble::Text(error)) => Err(Untaken::new(Outcome::Errored, error.message)),
    }
}
