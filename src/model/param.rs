//! Named values a runbook takes, and the values it was given.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SpanRelativeTo;

use super::Span;

/// A named value a runbook takes. The name is exactly the variable that the blocks use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The variable's name.
    pub name: String,
    /// What values are good.
    pub kind: ParamType,
    /// Taken where nothing else gives a value; may refer to params before it as `${NAME}`.
    pub default: Option<String>,
    /// A regular expression the whole value must match.
    pub pattern: Option<String>,
    /// Whether a run without a value is refused.
    pub required: bool,
    /// Whether the value must never be shown, stored or printed.
    pub secret: bool,
    /// The environment variable to take the value from.
    pub env: Option<String>,
    /// What a person is told when asked.
    pub help: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// Where its default is written.
    pub default_at: Option<Span>,
}

/// What values of a param are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamType {
    /// Any text.
    String,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// A length of time such as `90s` or `2m 30s`.
    Duration,
    /// An absolute URL.
    Url,
    /// One of these.
    Enum(Vec<String>),
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The value itself; of a secret too: only the redactor stands between it and a sink.
    pub text: String,
    /// Whether it must never be shown.
    pub secret: bool,
    /// Where it came from.
    pub origin: ValueOrigin,
}

/// Where a value came from, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueOrigin {
    /// `--param NAME=VALUE`.
    Flag,
    /// `--params-file FILE`.
    File,
    /// An environment variable of this name.
    Environment(String),
    /// A person at the prompt.
    Prompt,
    /// The run itself, as it began: it is gone on with.
    Earlier,
    /// `[target.NAME.params]`.
    Target(String),
    /// The param's `default`.
    Default,
    /// A step's `capture`.
    Captured(String),
}

impl std::fmt::Display for ValueOrigin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => formatter.write_str("--param"),
            Self::File => formatter.write_str("--params-file"),
            Self::Environment(name) => write!(formatter, "${name}"),
            Self::Prompt => formatter.write_str("the prompt"),
            Self::Earlier => formatter.write_str("the run so far"),
            Self::Target(name) => write!(formatter, "target {name}"),
            Self::Default => formatter.write_str("its default"),
            Self::Captured(step) => write!(formatter, "step {step}"),
        }
    }
}

/// The values of one run of one runbook, by name.
pub type Values = BTreeMap<String, Value>;

/// Reads a length of time: `30s`, `2m 30s`, `1h`, `1d`, `PT5M`. A day has 24 hours; nothing and less is no length.
pub fn length_of_time(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.trim().parse().ok()?;
    let signed = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(signed).ok().filter(|duration| !duration.is_zero())
}
