//! Assertions and conditions in CEL, Kubernetes' own expression language.
//!
//! This is the only place that knows which library evaluates them. Whole numbers of JSON are always CEL's `int`, so
//! that `replicas in [1, 2, 3]` means what it says.

mod comparison;
mod fact;
mod functions;
pub(crate) mod quantity;
mod syntax;
mod wording;

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, ExecutionError, Program};

use crate::diagnostic::did_you_mean;
use crate::model::Param;

pub use comparison::Mismatch;
pub use fact::Fact;
pub(crate) use fact::{Facts, display};
use syntax::{Path, Syntax};

/// Where an expression stands; that decides what it may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `expect="…"`: what the step brought must be so.
    Expect,
    /// `capture="NAME = …"`: the part of it that is kept.
    Capture,
    /// `when="…"`: whether the step is run.
    When,
}

impl Scope {
    /// Returns the names that an expression may speak of here.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Expect | Self::Capture => &[
                "exit", "stdout", "stderr", "json", "status", "headers", "body", "tls", "value", "labels", "samples",
                "object", "duration", "params",
            ],
            Self::When => &["params", "checks", "env"],
        }
    }
}

/// An expression that is well formed.
pub struct Expression {
    text: String,
    program: Program,
    syntax: Syntax,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Expression").field(&self.text).finish()
    }
}

/// Why an expression is not well formed, or has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// In plain words: lower case, no full stop.
    pub message: String,
    /// The byte of the expression it is about.
    pub offset: usize,
    /// What the reader can do.
    pub help: Option<String>,
}

impl ExpressionError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: 0, help: None }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// What it speaks of is not there, or not of the sort it takes it for: the expectation does not hold.
    World(String),
    /// It speaks of what was not seen whole: whether it holds is not known.
    Unseen(String),
    /// It cannot have a value, whatever the world is like.
    Text(ExpressionError),
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    for extension in [cel::extensions::strings, cel::extensions::lists, cel::extensions::math] {
        // Two extensions that clash would be a bug of the library; the functions of the first remain.
        let _ = extension(&mut environment);
    }
    Arc::new(environment)
});

/// Reads an expression. Needs no cluster and no values: `lint` uses it too.
pub fn compile(text: &str, scope: Scope) -> Result<Expression, ExpressionError> {
    let program = ENVIRONMENT.compile(text).map_err(|errors| wording::of_syntax(text, &errors))?;
    let syntax = Syntax::of(&program, text);
    for (name, offset) in &syntax.names {
        if !scope.names().contains(&name.as_str()) {
            return Err(unknown("there is nothing called", name, *offset, scope.names().iter().copied()));
        }
    }
    for (name, offset) in &syntax.functions {
        if !functions::is_known(name) {
            return Err(unknown("there is no function", name, *offset, functions::names()));
        }
    }
    Ok(Expression { text: text.to_owned(), program, syntax })
}

fn unknown<'a>(what: &str, name: &str, offset: usize, known: impl Iterator<Item = &'a str> + Clone) -> ExpressionError {
    let help = match did_you_mean(name, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there is: {}", known.collect::<Vec<_>>().join(", ")),
    };
    ExpressionError { message: format!("{what} `{name}`"), offset, help: Some(help) }
}

impl Expression {
    /// Returns the expression as its author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether it speaks of a name, such as `status`, or calls a function of that name.
    pub fn speaks_of(&self, name: &str) -> bool {
        let mut spoken = self.syntax.names.iter().chain(&self.syntax.functions);
        spoken.any(|(spoken, _)| spoken == name)
    }

    /// Returns the comparisons of a param with a constant that can never be true, because their types differ.
    pub fn mismatches(&self, params: &[Param]) -> Vec<Mismatch> {
        self.syntax.compared.iter().filter_map(|compared| compared.mismatch(params)).collect()
    }

    /// Returns its value.
    pub(crate) fn evaluate(&self, facts: &Facts) -> Result<cel::Value, Trouble> {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        functions::add_to(&mut context);
        for (name, fact) in facts.all() {
            if let Some(value) = fact.value() {
                context.add_variable_from_value(*name, value);
            }
        }
        self.program.execute(&context).map_err(|error| self.trouble(&error, facts))
    }

    /// Returns whether it holds.
    pub(crate) fn holds(&self, facts: &Facts) -> Result<bool, Trouble> {
        match self.evaluate(facts)? {
            cel::Value::Bool(holds) => Ok(holds),
            other => Err(Trouble::Text(ExpressionError {
                message: format!("`{}` is {}, not true or false", self.text, fact::sort(&other)),
                offset: 0,
                help: Some("compare it with something".to_owned()),
            })),
        }
    }

    /// Returns the values of what it speaks of, one `name = value` per line.
    pub(crate) fn seen(&self, facts: &Facts) -> String {
        let lines: Vec<String> = self.syntax.paths.iter().map(|path| seen(path, facts)).collect();
        lines.join("\n")
    }

    fn trouble(&self, error: &ExecutionError, facts: &Facts) -> Trouble {
        let unseen = facts.all().iter().find_map(|(name, fact)| match fact {
            Fact::Unseen(reason) if self.speaks_of(name) => Some(reason.clone()),
            _ => None,
        });
        if let Some(reason) = unseen {
            return Trouble::Unseen(reason);
        }
        if let ExecutionError::UndeclaredReference(name) = error {
            return match facts.get(name) {
                Some(Fact::Unavailable(reason)) => Trouble::World(reason.clone()),
                _ => Trouble::World(format!("this step brings no `{name}`")),
            };
        }
        let missing = self.syntax.paths.iter().find_map(|path| path.missing(facts));
        wording::of_execution(error, missing)
    }
}

fn seen(path: &Path, facts: &Facts) -> String {
    match path.find(facts) {
        Ok(value) => format!("{path} = {value}"),
        Err(reason) => format!("{path}: {reason}"),
    }
}

#[cfg(test)]
mod tests;
