//! What object steps ask of a cluster: always fresh, because a step that polls must see the change it waits for.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value as Json;

use crate::model::Unavailable;

/// An answer that is being fetched.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// How a document names an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.namespace`; `None` is the target's default namespace, or a kind without namespaces.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

/// What a cluster holds in place of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The object, whole.
    Object(Json),
    /// No object of that name.
    Nothing,
    /// The cluster does not serve this kind in this version.
    UnknownKind,
}

/// What became of an apply.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// The object as the server keeps it now.
    Object(Json),
    /// The cluster does not serve this kind in this version.
    UnknownKind,
    /// The server looked at it and said no: invalid, in conflict, refused by an admission policy.
    Refused(String),
}

/// The cluster as object steps see it.
pub trait Objects: Send + Sync {
    /// Looks an object up, past every cache.
    fn get<'a>(&'a self, name: &'a ObjectName) -> Answer<'a, Found>;

    /// Applies an object server-side, with the field manager `runbooks`.
    fn apply<'a>(&'a self, name: &'a ObjectName, object: &'a Json) -> Answer<'a, Applied>;
}
