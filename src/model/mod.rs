//! The nouns: what a runbook is made of, where it is pointed, and what became of it.
//!
//! Nothing here reads a file, asks a cluster or decides anything; every other module speaks in these types.

mod block;
mod fail_on;
mod fingerprint;
mod look_up;
mod metadata;
mod outcome;
mod param;
mod result;
mod rights;
mod runbook;
mod secret;
mod source;
mod step;
mod target;
mod trend;
mod webhook;
mod world;

pub use block::{Block, Code, Role};
pub use fail_on::FailOn;
pub use fingerprint::{fingerprint, hexadecimal};
pub use look_up::LookUp;
pub use metadata::{Metadata, Requires, Severity, ToolRequirement};
pub use outcome::{ExitCode, Outcome, Tally};
pub use param::{Param, ParamType, Value, ValueOrigin, Values, length_of_time};
pub use result::{Finding, Place, Recorded, ReferenceCount, RunResult, RunbookResult, StepResult};
pub use rights::{Actor, Rights};
pub use runbook::{InlineCode, Item, Link, Runbook, RunbookId, Section};
pub use secret::is_secret_name;
pub use source::{Located, Position, Source, Span};
pub use step::{
    Action, Capture, Check, Comparison, ExpectedOutput, ObjectSyntax, Risk, Shell, Step, StepId, StepKind, StepLanguage,
};
pub use target::Target;
pub use trend::{Trend, TrendItem};
pub use webhook::{Occasion, Webhook, WebhookAddress, WebhookForm};
pub use world::{Doer, ObjectSummary, Patch, PatchForm, Rehearsal, ResourceKind, Right, Unavailable, World};
