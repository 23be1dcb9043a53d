//! A recording: what the world answered during one run, in a file that answers in its place.
//!
//! Kept are the answers of the API server to what we ask ourselves, and what each try at a step brought: what a shell
//! block printed and how it ended, what a server said to an `http` step, what Prometheus said. Not kept: what the
//! programs inside a shell block asked of the cluster, because a block is answered whole and run by nobody; and nothing
//! that `mask` takes for a secret.
//!
//! What was not recorded has no answer, and never counts as missing. `docs/recording.md` tells the format.

mod file;
mod mask;
mod tape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use file::RecordingError;
pub use mask::MASKED;
pub use tape::{StepTape, Tape};

/// What a recording says of itself, in its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub runbooks_recording: u32,
    /// When the run began that it was made of.
    pub recorded: Timestamp,
    /// The name of that run.
    pub run: String,
    /// The target's name.
    pub target: String,
    /// The version of the API server; `None` where there was none, or it did not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster_version: Option<String>,
    /// Which cluster was asked; `None` where there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster: Option<ClusterHead>,
    /// The release of kubectl that the commands found, such as `1.36`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kubectl: Option<String>,
    /// The values that were given for this one run, by flag, file or environment. Secrets are only named.
    pub values: BTreeMap<String, String>,
    /// The names of those that are secrets.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub secrets: BTreeSet<String>,
}

impl Head {
    /// The version of the format that is written, and the only one that is read.
    pub const VERSION: u32 = 1;
}

/// How the cluster of a recording is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterHead {
    /// The context.
    pub context: String,
    /// All contexts that a command could name.
    pub contexts: Vec<String>,
    /// The namespace of commands that name none.
    pub namespace: String,
}

/// A question to an API server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// Method, path and query: `GET /api/v1/namespaces/shop/pods?limit=500`.
    pub ask: String,
    /// In which form the answer is wanted.
    pub accept: String,
    /// What was sent along; empty for most.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub body: String,
}

/// What an API server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, without what is not kept. A text where it was no JSON.
    pub answer: Json,
    /// What the server warned of beside it.
    pub warnings: Vec<String>,
}

/// One look of one step at the world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Look {
    /// The runbook.
    pub runbook: String,
    /// The step.
    pub step: String,
    /// Hash of all that the answer depends on: the code, the values it uses, the blocks before it that set what it reads.
    pub hash: String,
    /// Which look of the step; a `console` block has one for every command.
    pub part: usize,
    /// Whether this is what the gate saw of the try, and not what the step saw of the world.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub gate: bool,
}

/// What a run keeps of its answers, or takes them from.
#[derive(Debug, Default)]
pub struct Answers {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    cluster: BTreeMap<Question, ClusterAnswer>,
    looks: BTreeMap<Look, Json>,
}

impl Answers {
    /// Keeps what an API server answered; its last answer to a question counts. `resource` is the plural of what was
    /// asked for.
    pub fn keep_cluster(&self, question: Question, resource: Option<&str>, status: u16, body: &[u8]) {
        self.keep_with_warnings(question, resource, (status, body), Vec::new());
    }

    /// Keeps the same with what the server warned of beside it.
    pub fn keep_with_warnings(
        &self,
        question: Question,
        resource: Option<&str>,
        (status, body): (u16, &[u8]),
        warnings: Vec<String>,
    ) {
        let answer = match serde_json::from_slice(body) {
            Ok(json) => mask::object(json, resource),
            Err(_) => Json::String(String::from_utf8_lossy(body).into_owned()),
        };
        self.lock().cluster.insert(question, ClusterAnswer { status, answer, warnings });
    }

    /// Returns what an API server answered.
    pub fn of_cluster(&self, question: &Question) -> Option<ClusterAnswer> {
        self.lock().cluster.get(question).cloned()
    }

    /// Forgets what an earlier try at a step brought.
    fn forget(&self, of: &Look) {
        self.lock().looks.retain(|look, _| (&look.runbook, &look.step) != (&of.runbook, &of.step));
    }

    fn keep_look(&self, look: Look, answer: Json) {
        self.lock().looks.insert(look, answer);
    }

    /// Returns what a look brought; that of another step, where that one did the same in the same place of the world.
    fn of_look(&self, look: &Look) -> Option<Json> {
        let kept = self.lock();
        let same = |other: &&Look| (&other.hash, other.part, other.gate) == (&look.hash, look.part, look.gate);
        kept.looks.get(look).or_else(|| kept.looks.get(kept.looks.keys().find(same)?)).cloned()
    }

    /// Nothing is left half done by whoever panicked with the lock.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
