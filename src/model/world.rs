//! What is asked of a cluster, without saying how: [`World`] is answered by the gate, and by a table in tests.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use serde_json::Value;

use super::Rights;

/// A resource that an API server serves, as its discovery document says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceKind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version, preferred first in a list of them.
    pub version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`.
    pub plural: String,
    /// `deployment`.
    pub singular: String,
    /// `deploy`.
    pub short_names: Vec<String>,
    /// Groups of kinds it belongs to, such as `all`.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with it: `get`, `list`, `patch` …
    pub verbs: Vec<String>,
    /// Its subresources: `scale`, `log`, `exec` …
    pub subresources: Vec<String>,
}

impl ResourceKind {
    /// Returns `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// An object as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectSummary {
    /// Its name.
    pub name: String,
    /// Where it lives, if its kind lives in namespaces.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What owns it, as kind and name: a replica set is its deployment's.
    pub owners: Vec<(String, String)>,
    /// The revision of its owner that it stands for, where it says so.
    pub revision: Option<String>,
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Doer {
    /// Whoever carries the runbook out.
    #[default]
    Actor,
    /// The identity that looks: checks are run as it.
    Looker,
}

/// Something that an identity may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right<'a> {
    /// Who would do it.
    pub by: Doer,
    /// What is done, in the words of the API: `patch`.
    pub verb: &'static str,
    /// To which kind.
    pub kind: &'a ResourceKind,
    /// To which part of it.
    pub subresource: Option<&'static str>,
    /// Where; `None` is all namespaces, or none.
    pub namespace: Option<&'a str>,
    /// To which object; `None` is any.
    pub name: Option<&'a str>,
}

/// A change of an object, as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// How it is written.
    pub form: PatchForm,
    /// The part of the object it goes to: `scale`.
    pub subresource: Option<String>,
    /// What it says.
    pub body: Value,
}

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// A strategic merge patch: lists are merged by their keys.
    Strategic,
    /// A JSON merge patch.
    Merge,
    /// A list of operations.
    Json,
    /// What an object should be, of which the server remembers who says so.
    Apply {
        /// Under which name.
        manager: &'static str,
        /// Whether fields that others have set are left to them, so that a difference is a conflict.
        yields: bool,
        /// Whether fields that the kind does not have are let pass.
        lax: bool,
    },
}

/// What a server says to a change that it was only asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rehearsal {
    /// Why it would refuse it; `None` where it would accept it, or cannot say.
    pub refusal: Option<String>,
    /// What it warns of.
    pub warnings: Vec<String>,
    /// Whether it did not look at the change at all: whoever asks may not make it.
    pub untried: bool,
}

/// Why a question to a cluster has no answer. None of these says anything about the world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No kubeconfig, or none with the context asked for.
    #[error("no cluster: {0}")]
    NoCluster(String),
    /// The server does not answer.
    #[error("cannot reach the cluster: {0}")]
    Unreachable(String),
    /// This identity may not look.
    #[error("not allowed to look: {0}")]
    Forbidden(String),
    /// A recording answers in place of the cluster, and nobody asked this when it was made.
    #[error("not in the recording: {0}")]
    NotRecorded(String),
    /// The server answered something else than what was asked.
    #[error("the cluster answered: {0}")]
    Unexpected(String),
}

/// What can be asked of a cluster. An answer `None` means "looked, and it is not there".
///
/// Implementations answer the same question once per run: a thousand references to pods of a namespace are one LIST.
pub trait World: Send + Sync {
    /// Returns the namespace of commands that name none.
    fn namespace(&self) -> &str;

    /// Returns the context that questions are answered for; `None` where there is none to name.
    ///
    /// What a command looks up with `--context` in another one is not known.
    fn context(&self) -> Option<&str> {
        None
    }

    /// Returns the contexts that a command may name with `--context`.
    fn contexts(&self) -> Vec<String>;

    /// Returns every resource served, in discovery order (preferred versions first).
    fn kinds(&self) -> impl Future<Output = Result<Arc<Vec<ResourceKind>>, Unavailable>> + Send;

    /// Returns the group versions that exist but did not say what they serve, such as `metrics.k8s.io/v1beta1`: of their
    /// kinds it is not known whether they are there.
    fn silent_groups(&self) -> impl Future<Output = Result<Vec<String>, Unavailable>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Returns the objects of a kind in a namespace (`None`: cluster-scoped, or all namespaces).
    fn list(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
    ) -> impl Future<Output = Result<Arc<Vec<ObjectSummary>>, Unavailable>> + Send;

    /// Returns one object, whole; `None` where it does not exist.
    fn get(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Future<Output = Result<Option<Arc<Value>>, Unavailable>> + Send;

    /// Returns whose rights the commands that are not run are held against.
    fn rights(&self) -> &Rights {
        &Rights::Own
    }

    /// Returns whether whoever would do something may; `None` as the namespace asks for
    /// all of them, or for what lives in none; `None` as the name, for any object.
    fn may(&self, right: &Right<'_>) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Returns what the server says to a change, without making it.
    fn rehearse(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
    ) -> impl Future<Output = Result<Rehearsal, Unavailable>> + Send;

    /// Returns what the server warns of whoever asks for objects of a kind: that it is deprecated.
    fn warnings(&self, _: &ResourceKind) -> impl Future<Output = Vec<String>> + Send {
        std::future::ready(Vec::new())
    }

    /// Returns what the cluster calls this identity; `None` where it does not tell.
    fn identity(&self) -> impl Future<Output = Option<String>> + Send;
}
