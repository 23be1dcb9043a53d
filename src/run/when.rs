//! `when`: whether a step is to be run at all.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::expression::{self, ExpressionError, Fact, Facts, Scope, Trouble};
use crate::model::{Outcome, Param, ParamType, StepId, StepResult, Values, length_of_time};
use crate::sys::{Environment, process};

/// What a `when` may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The params the runbook declares: they say what is a number.
    pub params: &'a [Param],
    /// Those that the fragment of the step takes; they come first.
    pub declared: &'a [Param],
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
        Trouble::World(reason) | Trouble::Unseen(reason) => ExpressionError::new(reason),
    })
}

fn facts(known: Known<'_>) -> Facts {
    let checks = known.results.iter().map(|(id, result)| (id.as_str().to_owned(), check(result))).collect();
    let env: Map<String, Json> =
        known.environment.variables().iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut facts = Facts::default();
    facts.set("params", params(&[known.declared, known.params], known.values));
    facts.set("checks", Fact::Map(checks));
    facts.set("env", Fact::Json(Json::Object(env)));
    facts
}

/// Returns the values by name: each of the type its param has, the others text.
///
/// Of several params of one name, that of the first list counts.
pub(crate) fn params(declared: &[&[Param]], values: &Values) -> Fact {
    let typed = |name: &String, text: &str| match declared.iter().copied().flatten().find(|param| param.name == *name) {
        Some(param) => of_type(&param.kind, name, text),
        None => Fact::Json(json!(text)),
    };
    Fact::Map(values.iter().map(|(name, value)| (name.clone(), typed(name, &value.text))).collect())
}

/// A value given to a run fits its type; one that a step captured under the name of a param need not.
fn of_type(kind: &ParamType, name: &str, text: &str) -> Fact {
    let unfit = |what: &str| Fact::Unavailable(format!("`params.{name}` is not {what}"));
    match kind {
        ParamType::Int => text.parse::<i64>().map_or_else(|_| unfit("a whole number"), |int| Fact::Json(json!(int))),
        ParamType::Bool => text.parse::<bool>().map_or_else(|_| unfit("true or false"), |bool| Fact::Json(json!(bool))),
        ParamType::Duration => length_of_time(text).map_or_else(|| unfit("a length of time"), Fact::Duration),
        ParamType::String | ParamType::Url | ParamType::Enum(_) => Fact::Json(json!(text)),
    }
}

fn check(result: &StepResult) -> Fact {
    let value =
        result.value.as_ref().map(|text| text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)));
    let stdout = if process::is_cut(&result.stdout) {
        let reason =
            "is only kept in part; let the check look at it with `expect`, or keep a part of it with `capture`";
        Fact::Unavailable(format!("the output of `{}` {reason}", result.id))
    } else {
        Fact::Json(json!(result.stdout))
    };
    let known = [
        ("outcome", Fact::Json(json!(result.outcome.as_str()))),
        ("passed", Fact::Json(json!(result.outcome == Outcome::Passed))),
        ("failed", Fact::Json(json!(result.outcome == Outcome::Failed))),
        ("value", Fact::Json(json!(value))),
        ("stdout", stdout),
        ("exit", Fact::Json(json!(result.exit))),
    ];
    Fact::Map(known.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect())
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

    fn param(name: &str, kind: ParamType) -> Param {
        Param {
            name: name.to_owned(),
            kind,
            default: None,
            pattern: None,
            required: false,
            secret: false,
            env: None,
            help: None,
            span: crate::model::Span::default(),
            default_at: None,
        }
    }

    fn asked(condition: &str) -> Result<bool, String> {
        let value = |(name, text): (&str, &str)| {
            (name.to_owned(), Value { text: text.to_owned(), secret: false, origin: ValueOrigin::Flag })
        };
        let given = [("COLOR", "blue"), ("N", "3"), ("ON", "false"), ("WAIT", "2m 30s"), ("TEXT", "3"), ("BAD", "x")];
        let long = StepResult { stdout: "a\n[9000000 bytes left out]\nz\n".to_owned(), ..result(Outcome::Passed) };
        let known = Known {
            params: &[
                param("N", ParamType::Int),
                param("ON", ParamType::Bool),
                param("WAIT", ParamType::Duration),
                param("TEXT", ParamType::String),
                param("BAD", ParamType::Int),
            ],
            declared: &[],
            values: &given.into_iter().map(value).collect(),
            results: &BTreeMap::from([
                (StepId("pool-has-room".to_owned()), result(Outcome::Failed)),
                (StepId("long".to_owned()), long),
            ]),
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
    fn a_param_has_its_type() {
        for condition in [
            "params.N > 2 && params.N + 1 == 4",
            "int(params.N) == 3",
            "!params.ON",
            "params.WAIT > duration('2m') && params.WAIT < duration('1h')",
            "params.TEXT == '3' && params.TEXT.startsWith('3')",
        ] {
            assert_eq!(asked(condition), Ok(true), "{condition}");
        }
        assert!(asked("params.TEXT > 2").unwrap_err().contains("cannot be used between string and int"));
        assert_eq!(asked("params.BAD > 2").unwrap_err(), "`params.BAD` is not a whole number");
    }

    #[test]
    fn an_output_that_is_kept_in_part_is_not_looked_at() {
        let reason = asked("checks.long.stdout.contains('b')").unwrap_err();
        assert!(reason.starts_with("the output of `pool-has-room` is only kept in part"), "{reason}");
        assert_eq!(asked("checks.long.passed"), Ok(true));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(asked("checks.other.failed").unwrap_err(), "there is no `checks.other`");
        assert_eq!(asked("env.HOME == ''").unwrap_err(), "there is no `env.HOME`");
        assert_eq!(asked("exit == 0").unwrap_err(), "there is nothing called `exit`");
        assert!(asked("params.COLOR").is_err());
    }
}
