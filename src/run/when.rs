//! `when`: whether a step is to be run at all.

use std::collections::BTreeMap;

use crate::model::{StepId, StepResult, Values};
use crate::sys::Environment;

use super::expression::ExpressionError;

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
pub fn holds(_condition: &str, _known: Known<'_>) -> Result<bool, ExpressionError> {
    Err(ExpressionError::new("conditions cannot be evaluated yet"))
}
