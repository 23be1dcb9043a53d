//! What the engine says while it runs. Everything that is printed, stored or reported is folded from these.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

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
        /// The kubeconfig context of the target, where it names one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        context: Option<String>,
        /// The default namespace of the target, where it names one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        namespace: Option<String>,
        /// The API server's version, where it answered.
        cluster_version: Option<String>,
        /// Who started it: `user@host`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        operator: Option<String>,
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
    /// A check waits between two looks. For whoever watches; a journal does not keep it.
    Waiting {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// Whether it passed so far and must hold; else it has not passed yet.
        holds: bool,
        /// How much longer at most, in milliseconds.
        left_ms: u64,
        /// Of how much, in milliseconds.
        of_ms: u64,
        /// What was seen last, where it has not passed.
        seen: Option<String>,
    },
    /// A dry run at the operator's wish says what an action would change. For whoever watches; nothing was done.
    WouldChange {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// HTTP method.
        method: String,
        /// The object, for people.
        object: String,
        /// The object as it is, where there is one and it could be looked at.
        before: Option<String>,
        /// The object as it would be; `None` where it would be gone, or the answer does not tell.
        after: Option<String>,
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
        /// What the person noted with it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// A second person is asked to agree to an action. In a journal this is synced before anybody is asked.
    ApprovalAsked {
        /// The runbook.
        runbook: RunbookId,
        /// The action.
        step: StepId,
        /// What people read.
        title: String,
        /// Fingerprint of what is asked: the run, the target, the block, its command with the values, what takes it back.
        digest: String,
        /// Until when it may be answered.
        until: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// What was said of an action that a second person must agree to. Nothing of it runs before.
    ApprovalAnswered {
        /// The runbook.
        runbook: RunbookId,
        /// The action.
        step: StepId,
        /// Fingerprint of what was asked.
        digest: String,
        /// What was said.
        answer: ApprovalAnswer,
        /// Who answered, as the system or the cluster knows them; `None` where nobody did.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        by: Option<String>,
        /// What was said with it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// A step stopped the run; what was done may be taken back from here on.
    Stopped {
        /// The runbook.
        runbook: RunbookId,
        /// The step, and why.
        #[serde(flatten)]
        stop: Stop,
        /// When.
        at: Timestamp,
    },
    /// Somebody who was to be told of the run could not be told.
    WebhookFailed {
        /// Which webhook, as people know it; its URL is a secret.
        webhook: String,
        /// Of what it was to tell.
        occasion: String,
        /// Why not.
        reason: String,
        /// When it was given up.
        at: Timestamp,
    },
    /// What was done is taken back from here on. A run that dies before the end of it goes on with it, not forward.
    TakingBack {
        /// The runbook.
        runbook: RunbookId,
        /// The actions that will be taken back, as far as the operator agrees, the newest first.
        steps: Vec<StepId>,
        /// What stopped the run; `None` where a person did.
        stopped: Option<Stop>,
        /// When.
        at: Timestamp,
    },
    /// Taking back came to an end.
    TakenBack {
        /// The runbook.
        runbook: RunbookId,
        /// Whether all was taken back that was to be. Where an undo failed, it was not.
        complete: bool,
        /// When.
        at: Timestamp,
    },
    /// A step is about to write to the cluster through the gate. In a journal this is synced before the request is sent.
    ClusterWriteBegun {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// The number of the write in its run, from 1.
        number: u64,
        /// HTTP method.
        method: String,
        /// Path of the API request, without query.
        path: String,
        /// The object, for people: `deployments.apps "api" in namespace "shop"`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        object: Option<String>,
        /// Whether there was no such object before.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        absent: bool,
        /// The object's `resourceVersion` before; `None` where there was none, or where it could not be looked at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        resource_version: Option<String>,
        /// The file in the run's folder that keeps the object as it was, where it was looked at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        kept: Option<String>,
        /// SHA-256 of that file, in hexadecimal: one that was changed since is found out.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        kept_hash: Option<String>,
        /// The command that is run in a container, where it is that.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        command: Option<String>,
        /// Whether it is a dry run: nothing will be stored.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        dry_run: bool,
        /// When.
        at: Timestamp,
    },
    /// A write to the cluster through the gate was answered, or will never be.
    ClusterWrite {
        /// The runbook.
        runbook: RunbookId,
        /// The step.
        step: StepId,
        /// The number of the write in its run, as when it began.
        number: u64,
        /// HTTP method.
        method: String,
        /// Path of the API request, without query.
        path: String,
        /// The object, for people; a new one by the name that the server gave it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        object: Option<String>,
        /// HTTP status of the answer; 0 where none came, so that nobody knows whether it was carried out.
        status: u16,
        /// Whether there is no such object afterwards.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        absent: bool,
        /// The object's `resourceVersion` afterwards, where the answer tells.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        resource_version: Option<String>,
        /// The file in the run's folder that keeps the object as it is afterwards, where it was looked at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        kept: Option<String>,
        /// SHA-256 of that file, in hexadecimal.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        kept_hash: Option<String>,
        /// The command that was run in a container, where it was that.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        command: Option<String>,
        /// Whether it was a dry run: nothing was stored.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        dry_run: bool,
        /// When.
        at: Timestamp,
    },
    /// The run holds its lock: nobody else carries out this runbook on this target meanwhile.
    LockTaken {
        /// What sort of lock it is.
        kind: LockKind,
        /// Where it is, for people.
        place: String,
        /// Who held it before, where a person took it over.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        taken_over: Option<String>,
        /// Why it is no better lock, where it is not what it should be.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Somebody forced what is refused otherwise.
    Forced {
        /// What.
        what: String,
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

/// What stopped a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The step.
    pub step: StepId,
    /// Why, in one line.
    pub reason: String,
}

/// What was said of an action that a second person must agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalAnswer {
    /// It may run.
    Approved,
    /// It may not.
    Refused,
    /// Nobody said anything in time.
    Expired,
    /// Whoever waited for an answer stopped waiting.
    Withdrawn,
    /// Nobody could be asked.
    Unasked,
}

/// A sort of lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockKind {
    /// A Lease in the target's namespace: it holds for everybody who works on the cluster.
    Lease,
    /// A file: it holds on this machine.
    File,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct Listeners(pub Vec<Arc<dyn Listener>>);

impl Listener for Listeners {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        self.0.iter().try_for_each(|listener| listener.hear(event))
    }
}

/// Why a listener could not take an event.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ListenError(pub String);
