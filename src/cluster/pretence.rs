//! What a dry run pretends: an object it has deleted is gone for whoever asks for it by name through the same door.
//!
//! Without this `kubectl delete`, which waits until what it deleted is gone, would wait for ever. Lists and watches
//! still show the world as it is.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use hyper::{Method, Response, StatusCode};
use kube::client::Body;

use super::request::{ApiRequest, Subject};
use super::status;

/// The objects that a door has deleted in dry runs.
#[derive(Debug, Default)]
pub(crate) struct Pretence {
    gone: Mutex<HashSet<(usize, String)>>,
}

impl Pretence {
    /// Notes that the object at a path of a context's cluster was deleted, as far as this door is concerned.
    pub(crate) fn deleted(&self, context: usize, path: String) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert((context, path));
    }

    /// Returns the answer of a server that has no such object, where a request asks for one that was deleted.
    pub(crate) fn answer(&self, context: usize, request: &ApiRequest) -> Option<Response<Body>> {
        let subject = request.subject().filter(|_| *request.method() == Method::GET)?;
        let gone =
            self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(&(context, request.path().to_owned()));
        gone.then(|| {
            let Subject { group, resource, name, .. } = subject;
            let dot = if group.is_empty() { "" } else { "." };
            let name = name.as_deref().unwrap_or_default();
            let message = format!("{resource}{dot}{group} {name:?} not found");
            status::failure(StatusCode::NOT_FOUND, "NotFound", &message, Some(subject))
        })
    }
}
