//! What the gate saw of a try, and what that makes of its outcome.

use serde::{Deserialize, Serialize};

use super::denial;
use super::recorded;
use super::{Attempt, Verdict};
use crate::cluster::{Door, Troubles};
use crate::model::{Outcome, Step};
use crate::recording::StepTape;

/// What the gate saw of a try.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The first write that it refused.
    refusal: Option<String>,
    /// Why the API server could not be reached.
    unreachable: Option<String>,
    /// What the API server denied.
    denied: Option<String>,
}

impl Seen {
    /// What was seen of an attempt says nothing of the next one, so it is taken even if nobody asks.
    fn through(door: &Door) -> Self {
        let Troubles { unreachable, denied } = door.take_troubles();
        let refusal = door.refusals().into_iter().next().map(|refusal| refusal.message);
        Self { refusal, unreachable, denied }
    }

    /// Returns what the gate saw of a try, or had seen of it when it was recorded.
    pub(super) fn of(door: Option<&Door>, tape: Option<&StepTape<'_>>) -> Option<Self> {
        if let Some(tape) = tape.filter(|tape| tape.is_replay()) {
            return tape.replay_of_gate().map(Self::recorded);
        }
        let seen = Self::through(door?);
        if let Some(tape) = tape.filter(|_| seen != Self::default()) {
            tape.keep_of_gate(recorded::json(&seen));
        }
        Some(seen)
    }

    /// Reads what was recorded. Where that cannot be read, nobody has looked.
    fn recorded(seen: serde_json::Value) -> Self {
        serde_json::from_value(seen).unwrap_or_else(|error| Self {
            unreachable: Some(format!("the recording does not say what the gate saw: {error}")),
            ..Self::default()
        })
    }

    /// Says what the gate saw: a refused write makes a step fail whatever it printed, and a cluster that did not answer
    /// makes it `errored`, not failed. A check has not passed if it could not look: `… || true` hides that.
    pub(super) fn judge(self, attempt: &Attempt, trust: Trust) -> Option<Verdict> {
        let Self { refusal, unreachable, denied } = self;
        if let Some(message) = refusal {
            return Some(Verdict {
                outcome: Outcome::Failed,
                rule: "refused-write".to_owned(),
                message,
                help: Some("a check only reads; make this block an action".to_owned()),
                retry: false,
            });
        }
        let errored = |rule: &str, message, help| Verdict {
            outcome: Outcome::Errored,
            rule: rule.to_owned(),
            message,
            help,
            retry: true,
        };
        match attempt.outcome {
            Outcome::Skipped => None,
            Outcome::Passed if trust == Trust::Itself => None,
            Outcome::Passed | Outcome::Failed | Outcome::Drifted | Outcome::Errored if unreachable.is_some() => {
                unreachable.map(|message| errored("cluster-unreachable", message, None))
            }
            Outcome::Passed if trust == Trust::OfDenial => None,
            Outcome::Passed | Outcome::Failed => denied.map(|denied| {
                let help = "give this identity the right, or say in `expect` that it must not have it".to_owned();
                errored("forbidden", format!("could not look: forbidden: {denied}"), Some(help))
            }),
            Outcome::Drifted | Outcome::Errored => None,
        }
    }
}

/// How far a step that says it passed is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// An action: it did what it did.
    Itself,
    /// A check whose text knows that it may be denied something.
    OfDenial,
    /// Any other check.
    None,
}

impl Trust {
    /// Returns how far a step is believed that runs in the foreground.
    pub(super) fn in_step(step: &Step) -> Self {
        match step.as_check() {
            None => Self::Itself,
            Some(_) if denial::is_expected(step) => Self::OfDenial,
            Some(_) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_recording_says_of_the_gate_is_read_and_what_is_no_such_thing_is_no_pass() {
        let seen = Seen { denied: Some("get pods".to_owned()), ..Seen::default() };
        assert_eq!(Seen::recorded(json!({ "refusal": null, "unreachable": null, "denied": "get pods" })), seen);
        assert!(Seen::recorded(json!("nothing")).unreachable.is_some());
    }
}
