//! Who is told of the writes through a door while they happen, and what an object was before and is afterwards.

use std::fmt;

use hyper::{Method, Request, header};
use kube::client::Body;
use serde_json::Value;

use super::answer::Answer;
use super::audit::Write;
use super::door::DoorState;
use super::pass::{Core, Stopped};
use super::request::ApiRequest;
use super::secrets::{self, SecretValue};
use http_body_util::BodyExt as _;

/// What is known of an object at one moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// It was looked at.
    Object(Box<Value>),
    /// There was none.
    Absent,
    /// It was not looked at, or could not be: more than one object is meant, or this identity may not read it.
    Unknown,
}

impl Seen {
    /// Returns the version of the object.
    pub fn resource_version(&self) -> Option<&str> {
        let Self::Object(object) = self else { return None };
        object.pointer("/metadata/resourceVersion")?.as_str()
    }

    /// Returns the values of a Secret, as they are written in it and decoded; none of any other object.
    pub fn secrets(&self) -> Vec<SecretValue> {
        match self {
            Self::Object(object) if object["kind"] == "Secret" => secrets::of_value(object),
            Self::Object(_) | Self::Absent | Self::Unknown => Vec::new(),
        }
    }
}

/// Hears of every write through a door while it happens.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Hears of a write before it is sent, and gives it a number. An error keeps it from being sent.
    fn begins(&self, write: &Write, before: &Seen) -> Result<u64, String>;

    /// Hears that it was answered, or that no answer will come.
    fn ends(&self, number: u64, write: &Write, after: &Seen);
}

impl Core {
    /// Tells the witness of a door of a write that is about to be sent. Returns its number and the path of its object.
    pub(crate) async fn told(
        &self,
        door: &DoorState,
        context: usize,
        request: &ApiRequest,
        write: &Write,
    ) -> Result<Option<Told>, Stopped> {
        let Some(witness) = door.witness() else { return Ok(None) };
        let path = object_path(request);
        // The answer to a dry run is what was asked for: a part of an object is compared with that part.
        let looked_at = path.as_ref().map(|path| if write.dry_run { request.path() } else { path.as_str() });
        let before = match looked_at {
            Some(path) => self.look(context, path).await,
            None if *request.method() == Method::POST && request.subresource().is_none() => Seen::Absent,
            _ => Seen::Unknown,
        };
        let number = witness.begins(write, &before).map_err(|cause| Stopped::Refused {
            message: format!("runbooks: not sent, because it cannot be put on record: {cause}"),
            subject: request.subject().cloned().map(Box::new),
        })?;
        Ok(Some(Told { number, path }))
    }

    /// Tells the witness what became of a write.
    pub(crate) async fn tell_end(&self, door: &DoorState, context: usize, told: Told, write: Write) {
        let Some(witness) = door.witness() else { return };
        let name = write.subject.as_ref().and_then(|subject| subject.name.as_deref());
        let created = || name.filter(|_| write.method == "POST").map(|name| format!("{}/{name}", write.path));
        let succeeded = write.status.is_some_and(|status| (200..300).contains(&status));
        let after = match told.path.or_else(created) {
            _ if write.dry_run => {
                if succeeded {
                    answered(&write)
                } else {
                    Seen::Unknown
                }
            }
            Some(path) if succeeded => self.look(context, &path).await,
            _ => Seen::Unknown,
        };
        witness.ends(told.number, &write, &after);
    }

    async fn look(&self, context: usize, path: &str) -> Seen {
        let built = Request::get(path).header(header::ACCEPT, "application/json").body(());
        let Ok(built) = built else { return Seen::Unknown };
        let request = ApiRequest::new(built.into_parts().0, hyper::body::Bytes::new());
        let Ok(response) = self.send(context, request).await else { return Seen::Unknown };
        let (head, body): (_, Body) = response.into_parts();
        let Ok(body) = body.collect().await else { return Seen::Unknown };
        match (Answer { status: head.status, body: body.to_bytes(), warnings: Vec::new() }).json_if_found::<Value>() {
            Ok(Some(object)) => Seen::Object(Box::new(object)),
            Ok(None) => Seen::Absent,
            Err(_) => Seen::Unknown,
        }
    }
}

/// A write that a witness was told of.
#[derive(Debug)]
pub(crate) struct Told {
    number: u64,
    path: Option<String>,
}

/// Returns what an object would be after a dry run.
fn answered(write: &Write) -> Seen {
    match &write.answer {
        _ if write.method == "DELETE" => Seen::Absent,
        Some(object) if object["kind"] != "Status" => Seen::Object(Box::new(object.clone())),
        _ => Seen::Unknown,
    }
}

/// Returns the path of the one object that a request is about; none where it is about a stream, many, or a new one.
fn object_path(request: &ApiRequest) -> Option<String> {
    let subject = request.subject()?;
    subject.name.as_ref()?;
    match subject.subresource.as_deref() {
        None => Some(request.path().to_owned()),
        Some("exec" | "attach" | "portforward" | "proxy") => None,
        Some(part) => request.path().strip_suffix(&format!("/{part}")).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(method: Method, path: &str) -> Option<String> {
        let head = Request::builder().method(method).uri(path).body(()).unwrap().into_parts().0;
        object_path(&ApiRequest::new(head, hyper::body::Bytes::new()))
    }

    #[test]
    fn a_part_of_an_object_leads_to_the_object() {
        let path = "/apis/apps/v1/namespaces/a/deployments/b";
        assert_eq!(path_of(Method::PATCH, &format!("{path}/scale")).as_deref(), Some(path));
        assert_eq!(path_of(Method::DELETE, path).as_deref(), Some(path));
    }

    #[test]
    fn a_stream_and_a_collection_have_no_one_object() {
        assert_eq!(path_of(Method::POST, "/api/v1/namespaces/a/pods/b/exec"), None);
        assert_eq!(path_of(Method::DELETE, "/api/v1/namespaces/a/pods"), None);
    }
}
