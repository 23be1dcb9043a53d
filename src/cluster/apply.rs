//! Server-side apply, for actions that are Kubernetes objects.

use hyper::{Method, StatusCode, header};
use serde_json::Value;

use super::client::{Cluster, object_path, request};
use super::door::Door;
use super::pass::Stopped;
use crate::model::{ResourceKind, Unavailable, World as _};

/// The name under which the server remembers what we set.
pub(crate) const FIELD_MANAGER: &str = "runbooks";

/// What applying an object brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The object as the server has it now; of a dry run, as it would have it.
    pub object: Value,
    /// Whether it was not there before.
    pub created: bool,
}

/// Why an object was not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The text lacks what every object has.
    #[error("the object has no `{0}`")]
    Incomplete(&'static str),
    /// The server serves no such kind.
    #[error("the cluster serves no `{kind}` in `{api_version}`")]
    UnknownKind {
        /// The API version asked for.
        api_version: String,
        /// The kind asked for.
        kind: String,
    },
    /// The door's policy does not let it pass.
    #[error("{0}")]
    Refused(String),
    /// The server looked at it and would not have it: a conflict, a field that is not valid, an admission policy.
    #[error("{0}")]
    Rejected(String),
    /// Nobody looked.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Cluster {
    /// Applies an object on the server's side through a door, under its policy and into its record.
    ///
    /// A field that somebody else owns is a conflict and stays theirs; the message says whose it is.
    pub async fn apply(&self, object: &Value, door: &Door) -> Result<Applied, ApplyError> {
        let (kind, path) = self.place_of(object).await?;
        let path = format!("{path}?fieldManager={FIELD_MANAGER}&fieldValidation=Strict");
        let mut request = request(Method::PATCH, &path, "application/json", whole(object, &kind).into())?;
        // JSON is YAML, and this is the media type that asks for an apply.
        let media_type = header::HeaderValue::from_static("application/apply-patch+yaml");
        request.head.headers.insert(header::CONTENT_TYPE, media_type);
        let answer = self.try_send(door.state(), request).await.map_err(|stopped| match stopped {
            Stopped::Refused { message, .. } => ApplyError::Refused(message),
            Stopped::Unavailable(cause) => ApplyError::Unavailable(cause),
        })?;
        match answer.succeeded() {
            Ok(()) => Ok(Applied { object: answer.json()?, created: answer.status == StatusCode::CREATED }),
            Err(Unavailable::Unexpected(message)) if answer.status.is_client_error() => {
                Err(ApplyError::Rejected(message))
            }
            Err(unavailable) => Err(unavailable.into()),
        }
    }

    /// Returns the kind of an object and its path, in the default namespace where it names none.
    async fn place_of(&self, object: &Value) -> Result<(ResourceKind, String), ApplyError> {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let api_version = text("/apiVersion").ok_or(ApplyError::Incomplete("apiVersion"))?;
        let wanted = text("/kind").ok_or(ApplyError::Incomplete("kind"))?;
        let name = text("/metadata/name").ok_or(ApplyError::Incomplete("metadata.name"))?;
        let kinds = self.kinds().await?;
        let kind = kinds.iter().find(|kind| kind.kind == wanted && kind.api_version() == api_version);
        let Some(kind) = kind else {
            return Err(ApplyError::UnknownKind { api_version: api_version.to_owned(), kind: wanted.to_owned() });
        };
        let namespace = kind.namespaced.then(|| text("/metadata/namespace").unwrap_or_else(|| self.namespace()));
        let path = object_path(kind, namespace, name).ok_or(ApplyError::Incomplete("metadata.name"))?;
        Ok((kind.clone(), path))
    }
}

/// Returns the text to send. A server wants no namespace on what lives in none, and authors do not always know.
fn whole(object: &Value, kind: &ResourceKind) -> String {
    let mut object = object.clone();
    if let (false, Some(metadata)) = (kind.namespaced, object.pointer_mut("/metadata").and_then(Value::as_object_mut)) {
        metadata.remove("namespace");
    }
    object.to_string()
}
