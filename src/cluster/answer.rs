//! Answers of an API server, read whole.

use hyper::StatusCode;
use hyper::body::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::protobuf::{self, Message};
use crate::model::Unavailable;

/// The status and the body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// What the server warns of.
    pub(crate) warnings: Vec<String>,
}

impl Answer {
    /// Returns the body of a success, read as JSON; an error for every other answer.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Unavailable> {
        self.succeeded()?;
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(&error))
    }

    /// Returns the body of a success, `None` where what was asked for does not exist.
    pub(crate) fn json_if_found<T: DeserializeOwned>(&self) -> Result<Option<T>, Unavailable> {
        // A `404` that is no Status comes from something that is no API server, or from a path it does not serve.
        let missing = self.status == StatusCode::NOT_FOUND && self.reason().as_deref() == Some("NotFound");
        if missing { Ok(None) } else { self.json().map(Some) }
    }

    /// Returns the kind of thing that is missing, where the answer says that one is.
    pub(crate) fn missing_kind(&self) -> Option<String> {
        let status: Value = serde_json::from_slice(&self.body).ok()?;
        (self.status == StatusCode::NOT_FOUND).then_some(())?;
        status.pointer("/details/kind")?.as_str().map(ToOwned::to_owned)
    }

    /// Returns an error unless the answer is a success.
    pub(crate) fn succeeded(&self) -> Result<(), Unavailable> {
        if self.status.is_success() {
            return Ok(());
        }
        let message = status_message(self.status, &self.body);
        Err(match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Unavailable::Forbidden(message),
            status if message.contains(status.as_str()) => Unavailable::Unexpected(message),
            status => Unavailable::Unexpected(format!("{} {message}", status.as_u16())),
        })
    }

    pub(crate) fn reason(&self) -> Option<String> {
        let status: Value = serde_json::from_slice(&self.body).ok()?;
        status.get("reason")?.as_str().map(ToOwned::to_owned)
    }

    /// Says that a body is not what was asked for, with its beginning.
    fn unexpected(&self, error: &serde_json::Error) -> Unavailable {
        let beginning: String = String::from_utf8_lossy(&self.body).chars().take(80).collect();
        Unavailable::Unexpected(format!("not what was asked for ({error}): {beginning:?}"))
    }
}

/// Reads a `null` as the empty value: that is how Go writes a list that nothing was put into.
pub(crate) fn null_is_nothing<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Returns what an error answer says: the message of a Kubernetes Status in either form, or the status line with the text's beginning.
pub(crate) fn status_message(status: StatusCode, body: &[u8]) -> String {
    let message = match Message::open(body) {
        // The message is field 3 of a Status.
        Some(message) => protobuf::text(message.object, 3),
        None => serde_json::from_slice::<Value>(body)
            .ok()
            .and_then(|status| Some(status.get("message")?.as_str()?.to_owned())),
    };
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        return message;
    }
    let text = String::from_utf8_lossy(body);
    let beginning: String = text.trim().lines().next().unwrap_or_default().chars().take(80).collect();
    if beginning.is_empty() { status.to_string() } else { format!("{status}: {beginning}") }
}
