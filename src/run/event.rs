//! What the engine says while it runs. Everything that is printed, stored or reported is folded from these.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Finding, Recorded, ReferenceCount, Role, RunbookId, StepId, StepResult};
use crate::plan::Part;

/// Something that happened. Every text in it has passed the redactor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// The run's id.
        run: String,
        /// `verify` or `exec`.
        mode: String,
        /// The target's name.
        target: String,
        /// The API server's version, where it answered.
        cluster_version: Option<String>,
        /// The recording that answers in place of the world, where one does.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        recording: Option<Recorded>,
        /// When.
        at: Timestamp,
        /// How many runbooks it will go through.
        runbooks: usize,
    },
    /// A runbook begins.
    RunbookStarted {
        /// The runbook.
        runbook: RunbookId,
        /// What people read.
        title: String,
        /// Its file.
        path: PathBuf,
        /// How many steps it may take.
        steps: usize,
        /// When.
        at: Timestamp,
    },
    /// The values of an execution are settled. A resumed run takes them from here; secrets are named, never stored.
    ValuesSettled {
        /// The runbook.
        runbook: RunbookId,
        /// The values that are no secrets, by name.
        values: BTreeMap<String, String>,
        /// The names of those that are.
        secrets: Vec<String>,
    },
    /// What an execution is about to carry out, as its text is now. A resumed run is compared with it.
    StepsPlanned {
        /// The runbook.
        runbook: RunbookId,
        /// The steps, in order, those that only take others back included.
        steps: Vec<PlannedStep>,
        /// What the text says of each param, as a fingerprint, by name.
        params: BTreeMap<String, String>,
        /// Which part of them is carried out.
        part: Part,
    },
    /// What the commands of a runbook name was looked up.
    ReferencesResolved {
        /// The runbook.
        runbook: RunbookId,
        /// How many.
        count: ReferenceCount,
        /// What is wrong outside its steps.
        findings: Vec<Finding>,
    },
    /// A step begins. In a journal this is synced before anything of the step runs.
    StepStarted {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// What people read.
        title: String,
        /// `check` or `action`.
        role: Role,
        /// Hash of the block as it will be run.
        hash: String,
        /// When.
        at: Timestamp,
    },
    /// A step printed something.
    Output {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// Which stream.
        stream: Stream,
        /// The text, redacted; whole lines but for the last.
        text: String,
    },
    /// A step ended, or was not run for the reason its result gives.
    StepFinished {
        /// The runbook.
        runbook: RunbookId,
        /// What became of it.
        result: StepResult,
    },
    /// A step kept a value for later ones.
    Captured {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// The variable.
        name: String,
        /// Its value; `None` where it holds a secret, which is not kept.
        value: Option<String>,
    },
    /// A person answered an item, or nobody was there to.
    ItemAnswered {
        /// The runbook.
        runbook: RunbookId,
        /// The item's text.
        item: String,
        /// The item's line, from 1.
        line: usize,
        /// What was said.
        answer: ItemAnswer,
        /// When.
        at: Timestamp,
    },
    /// A step wrote to the cluster through the gate.
    ClusterWrite {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// HTTP method.
        method: String,
        /// Path of the API request, without query.
        path: String,
        /// HTTP status of the answer; 0 where none came, so that nobody knows whether it was carried out.
        status: u16,
        /// The object's `resourceVersion` afterwards, where the answer tells.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        resource_version: Option<String>,
        /// The command that was run in a container, where it was that.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        command: Option<String>,
        /// Whether it was a dry run: nothing was stored.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        dry_run: bool,
        /// When.
        at: Timestamp,
    },
    /// A runbook ended.
    RunbookFinished {
        /// The runbook.
        runbook: RunbookId,
        /// When.
        at: Timestamp,
    },
    /// A run ended.
    RunFinished {
        /// Whether somebody stopped it.
        interrupted: bool,
        /// When.
        at: Timestamp,
    },
}

/// A step as it stood in the text when its run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The step.
    pub step: StepId,
    /// Hash of its block and of the output it promises.
    pub hash: String,
}

/// A stream of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What was said of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemAnswer {
    /// A person says it is so.
    Done,
    /// A person says it is not.
    NotDone,
    /// Nobody was asked.
    Unanswered,
    /// The step it links to passed.
    Ticked,
    /// Nobody was asked; whoever started the run says beforehand that it is so.
    Assumed,
}

/// Takes events as they happen. The engine never prints; whoever listens does.
pub trait Listener: Send + Sync {
    /// Takes one event. An error stops the run before the event's consequence: a journal on a full disk says so here.
    fn hear(&self, event: &Event) -> Result<(), ListenError>;
}

/// Several listeners, told one after the other. The first that cannot hear ends it: put the journal first.
pub struct Listeners<'a>(pub Vec<&'a dyn Listener>);

impl Listener for Listeners<'_> {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        self.0.iter().try_for_each(|listener| listener.hear(event))
    }
}

/// Why a listener could not take an event.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ListenError(pub String);
