//! Params that an expression compares with a constant of another type.
//!
//! CEL calls `3 == "3"` false and is done. Whoever wrote it never learns why a step is skipped, or an expectation fails.

use cel::common::ast::LiteralValue;

use crate::diagnostic::did_you_mean;
use crate::model::{Param, ParamType};

/// A param and a constant, on both sides of `==`, `!=`, `<`, `<=`, `>` or `>=`, or of `in` with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) param: String,
    pub(super) constant: Constant,
    /// What stands before and behind the constant, where it can be written in its place: `params.N == `.
    pub(super) around: (String, String),
    /// The byte at which the constant stands.
    pub(super) offset: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    Text(String),
    /// A whole number.
    Int(String),
    Bool(bool),
}

/// A comparison that can never be true, because the two sides are of different types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The param.
    pub param: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write in its place, where that is sure.
    pub instead: Option<String>,
    /// The byte of the expression at which the constant stands.
    pub offset: usize,
}

impl Constant {
    pub(super) fn of(literal: &LiteralValue) -> Option<Self> {
        match literal {
            LiteralValue::String(text) => Some(Self::Text(text.inner().to_owned())),
            LiteralValue::Int(int) => Some(Self::Int(int.inner().to_string())),
            LiteralValue::Boolean(bool) => Some(Self::Bool(*bool.inner())),
            LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::Null | LiteralValue::UInt(_) => None,
        }
    }

    const fn sort(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Int(_) => "a whole number",
            Self::Bool(_) => "true or false",
        }
    }
}

impl Compared {
    /// Returns what is wrong, if this param is of another type than the constant.
    pub(super) fn mismatch(&self, params: &[Param]) -> Option<Mismatch> {
        let param = params.iter().find(|param| param.name == self.param)?;
        let (is, instead) = match (&param.kind, &self.constant) {
            (ParamType::Int, Constant::Int(_))
            | (ParamType::Bool, Constant::Bool(_))
            | (ParamType::String | ParamType::Url, Constant::Text(_)) => return None,
            (ParamType::Enum(choices), Constant::Text(text)) => return self.no_choice(choices, text),
            (ParamType::Int, Constant::Text(text)) => {
                ("a whole number", text.trim().parse::<i64>().ok().map(|int| int.to_string()))
            }
            (ParamType::Bool, Constant::Text(text)) => {
                ("true or false", text.trim().parse::<bool>().ok().map(|bool| bool.to_string()))
            }
            (ParamType::Duration, Constant::Text(text)) => ("a length of time", Some(format!("duration({text:?})"))),
            (ParamType::Int, _) => ("a whole number", None),
            (ParamType::Bool, _) => ("true or false", None),
            (ParamType::Duration, _) => ("a length of time", None),
            (ParamType::String | ParamType::Url | ParamType::Enum(_), Constant::Int(text)) => {
                ("a text", Some(format!("{text:?}")))
            }
            (ParamType::String | ParamType::Url | ParamType::Enum(_), Constant::Bool(bool)) => {
                ("a text", Some(format!("\"{bool}\"")))
            }
        };
        let message = format!("`params.{}` is {is} and is compared with {}", self.param, self.constant.sort());
        Some(self.with(message, instead))
    }

    fn no_choice(&self, choices: &[String], text: &str) -> Option<Mismatch> {
        if choices.iter().any(|choice| choice == text) {
            return None;
        }
        let message = format!("`params.{}` can never be {text:?}: it is {}", self.param, choices.join(", "));
        let instead = did_you_mean(text, choices.iter().map(String::as_str)).map(|meant| format!("{meant:?}"));
        Some(self.with(message, instead))
    }

    fn with(&self, message: String, constant: Option<String>) -> Mismatch {
        let (before, after) = &self.around;
        let instead = constant.map(|constant| format!("{before}{constant}{after}"));
        Mismatch { param: self.param.clone(), message, instead, offset: self.offset }
    }
}
