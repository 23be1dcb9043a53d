//! Blocks that run: what their info strings ask for, typed.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Code, Located, Param, Source, Span};

/// The stable name of a step, unique in its runbook; made from the section's slug where the author gave none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub String);

impl StepId {
    /// Returns the id as it is typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A block with a role that can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// What people read: `title=`, else the section's title.
    pub title: String,
    /// Index of its block in the runbook; for a step of a fragment, of the block that uses the fragment.
    pub block: usize,
    /// Index of the section it stands in.
    pub section: Option<usize>,
    /// The file that holds its code: the runbook's, or a fragment's.
    pub source: Arc<Source>,
    /// What runs.
    pub code: Code,
    /// How it runs.
    pub language: StepLanguage,
    /// When it runs.
    pub kind: StepKind,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How long it is tried again until it passes.
    pub within: Option<Duration>,
    /// How long to wait between two attempts, or between two looks of a `for` window.
    pub every: Option<Duration>,
    /// An assertion in CEL over what the step brought.
    pub expect: Option<Located<String>>,
    /// What it keeps for later steps.
    pub capture: Option<Located<Capture>>,
    /// A condition in CEL; where it is false the step is skipped.
    pub when: Option<Located<String>>,
    /// The directory it runs in, relative to the collection's root.
    pub dir: Option<String>,
    /// The program that runs a shell block, where it is not the language's own.
    pub shell: Option<String>,
    /// What it is expected to print.
    pub output: Option<ExpectedOutput>,
    /// Values that a `use=` block hands to its fragment, by name.
    pub bindings: Vec<(String, String)>,
    /// The params of the fragment it stands in: they say what a binding is. None for a step of the runbook itself.
    pub declared: Vec<Param>,
    /// SHA-256 of the info string and the code, in hexadecimal: what was run is known by it.
    pub hash: String,
}

impl Step {
    /// Returns what people read of it, where several steps of a section would else be called as the section is: an id that
    /// was given says more.
    pub fn name_in<'a>(&'a self, section: &str) -> Cow<'a, str> {
        let made = self.id.0.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches('-');
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
        if self.title != section || letters(made).eq_ignore_ascii_case(&letters(section)) {
            return Cow::Borrowed(&self.title);
        }
        let words = self.id.0.replace(['-', '_', '.'], " ");
        let mut letters = words.chars();
        Cow::Owned(letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect()))
    }

    /// Returns whether the shared step that this is declares a binding's value as secret.
    pub fn is_secret(&self, binding: &str) -> bool {
        self.declared.iter().any(|param| param.secret && param.name == binding)
    }

    /// Returns the check this step is, if it is one.
    pub const fn as_check(&self) -> Option<&Check> {
        match &self.kind {
            StepKind::Check(check) => Some(check),
            StepKind::Action(_) => None,
        }
    }

    /// Returns the action this step is, if it is one.
    pub const fn as_action(&self) -> Option<&Action> {
        match &self.kind {
            StepKind::Check(_) => None,
            StepKind::Action(action) => Some(action),
        }
    }
}

/// How a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepLanguage {
    /// A script.
    Shell(Shell),
    /// `$ ` lines are commands, the lines under them what they print.
    Console,
    /// A request as in RFC 9112 text form.
    Http,
    /// A Prometheus query.
    Promql,
    /// A Kubernetes object.
    Object(ObjectSyntax),
}

/// The shell of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// The POSIX shell.
    Sh,
}

/// How a Kubernetes object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectSyntax {
    /// YAML 1.2; several documents are several objects.
    Yaml,
    /// JSON.
    Json,
}

/// When a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Reads the world and asserts.
    Check(Check),
    /// Changes the world.
    Action(Action),
}

/// What only a check has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Check {
    /// `for`: how long it must hold without a break.
    pub hold: Option<Duration>,
    /// `failures`: how many looks in a row may fail meanwhile. More of them break it.
    pub failures: u32,
    /// Whether a failure only warns.
    pub warn: bool,
    /// Whether the object must not exist.
    pub absent: bool,
}

/// What only an action has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    /// What it could break.
    pub risk: Risk,
    /// What a person is asked before it runs.
    pub confirm: Option<String>,
    /// Checks that run right before and must pass.
    pub requires: Vec<Located<StepId>>,
    /// The check that runs right after and must pass.
    pub verify: Option<Located<StepId>>,
    /// The action that this one takes back; such an action is not on the forward path.
    pub undo: Option<Located<StepId>>,
    /// Whether it keeps running while later steps run.
    pub background: bool,
    /// The check that says a background action is ready.
    pub ready: Option<Located<StepId>>,
    /// The group of alternatives it belongs to.
    pub choose: Option<String>,
    /// Whether it may be run again after a crash.
    pub idempotent: bool,
}

/// What an action could break. An action that says nothing counts as `medium`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing a user of the system would notice.
    Low,
    /// Something a user might notice.
    #[default]
    Medium,
    /// An outage or lost data, if it goes wrong.
    High,
}

impl Risk {
    /// Returns the word the author writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A variable that a step sets from what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The variable.
    pub name: String,
    /// The CEL expression that takes a part; `None` takes the trimmed output, body or value.
    pub expression: Option<String>,
}

/// What a step is expected to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOutput {
    /// The text.
    pub code: Code,
    /// How what came is compared with it.
    pub comparison: Comparison,
    /// The whole `output` block, in the same file as the step; of a `console` step, the expected lines themselves.
    pub span: Span,
}

/// How what came is compared with what was expected. There is no similarity score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Line by line; `...` alone stands for any lines, `[..]` for any characters.
    Lines,
    /// Byte for byte, but for the last newline.
    Exact,
    /// A regular expression that must match the whole.
    Regex,
    /// Must occur somewhere.
    Contains,
    /// What came is JSON and holds at least this.
    Json,
    /// What came is YAML and holds at least this.
    Yaml,
    /// A kubectl table: rows by NAME; AGE, IP, RESTARTS and the hash suffixes of pods are free.
    Table,
}
