//! `when`: whether a step is to be run at all.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::expression::{self, ExpressionError, Fact, Facts, Scope, Trouble};
use crate::model::{Outcome, StepId, StepResult, Values};
use crate::sys::Environment;

/// What a `when` may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// `params`: name → value.
    pub values: &'a Values,
    /// `checks`: id → `{outcome, passed, failed, value, stdout, exit}`, of every step that has ended.
    pub results: &'a BTreeMap<StepId, StepResult>,
    /// `env`: the environment that `runbooks` was started in.
    pub environment: &'a Environment,
}

/// Returns whether a condition holds. A name that is not known is an error: nothing is guessed.
pub fn holds(condition: &str, known: Known<'_>) -> Result<bool, ExpressionError> {
    let expression = expression::compile(condition, Scope::When)?;
    expression.holds(&facts(known)).map_err(|trouble| match trouble {
        Trouble::Text(error) => error,
        Trouble::World(reason) => ExpressionError::new(reason),
    })
}

fn facts(known: Known<'_>) -> Facts {
    let checks: Map<String, Json> =
        known.results.iter().map(|(id, result)| (id.as_str().to_owned(), check(result))).collect();
    let env: Map<String, Json> =
        known.environment.variables().iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut facts = Facts::default();
    facts.set("params", params(known.values));
    facts.set("checks", Fact::Json(Json::Object(checks)));
    facts.set("env", Fact::Json(Json::Object(env)));
    facts
}

/// Returns the values by name, all of them text: `int(params.LIMIT)` makes a number of one.
pub(crate) fn params(values: &Values) -> Fact {
    let params: Map<String, Json> = values.iter().map(|(name, value)| (name.clone(), json!(value.text))).collect();
    Fact::Json(Json::Object(params))
}

fn check(result: &StepResult) -> Json {
    let value =
        result.value.as_ref().map(|text| text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)));
    json!({
        "outcome": result.outcome.as_str(),
        "passed": result.outcome == Outcome::Passed,
        "failed": result.outcome == Outcome::Failed,
        "value": value,
        "stdout": result.stdout,
        "exit": result.exit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, Position, Role, Value, ValueOrigin};

    fn result(outcome: Outcome) -> StepResult {
        let start = Position { line: 1, column: 1 };
        StepResult {
            id: StepId("pool-has-room".to_owned()),
            title: String::new(),
            role: Role::Check,
            place: Place { path: "a.md".into(), start, end: start },
            hash: String::new(),
            outcome,
            warn: false,
            reason: None,
            findings: Vec::new(),
            started: jiff::Timestamp::UNIX_EPOCH,
            duration_ms: 0,
            attempts: 1,
            exit: Some(1),
            stdout: "96\n".to_owned(),
            stderr: String::new(),
            value: Some("0.97".to_owned()),
        }
    }

    fn asked(condition: &str) -> Result<bool, String> {
        let value = Value { text: "blue".to_owned(), secret: false, origin: ValueOrigin::Flag };
        let known = Known {
            values: &Values::from([("COLOR".to_owned(), value)]),
            results: &BTreeMap::from([(StepId("pool-has-room".to_owned()), result(Outcome::Failed))]),
            environment: &Environment::of([("CI".to_owned(), "true".to_owned())], "/"),
        };
        holds(condition, known).map_err(|error| error.message)
    }

    #[test]
    fn conditions_speak_of_params_checks_and_the_environment() {
        for condition in [
            "checks[\"pool-has-room\"].failed",
            "!checks['pool-has-room'].passed && checks['pool-has-room'].value > 0.9",
            "int(checks['pool-has-room'].stdout.trim()) > 90 && checks['pool-has-room'].exit == 1",
            "params.COLOR == 'blue'",
            "env.CI == 'true'",
            "'other' in checks ? checks['other'].passed : true",
        ] {
            assert_eq!(asked(condition), Ok(true), "{condition}");
        }
        assert_eq!(asked("params.COLOR == 'green'"), Ok(false));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(asked("checks.other.failed").unwrap_err(), "there is no `checks.other`");
        assert_eq!(asked("env.HOME == ''").unwrap_err(), "there is no `env.HOME`");
        assert_eq!(asked("exit == 0").unwrap_err(), "there is nothing called `exit`");
        assert!(asked("params.COLOR").is_err());
    }
}
