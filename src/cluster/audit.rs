//! What went through a door, or would have: refusals, writes, and looks that found nobody there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::request::{ApiRequest, Subject};
use super::stored_object::StoredObject;

/// A request that a policy did not let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP method.
    pub method: String,
    /// The path of the API request, without its query.
    pub path: String,
    /// What it is about, where that is a resource.
    pub subject: Option<Subject>,
    /// What its sender was told.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// A write that was sent to the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The HTTP method.
    pub method: String,
    /// The path of the API request, without its query.
    pub path: String,
    /// What it is about, where that is a resource; the name of a new object is the one the server gave it.
    pub subject: Option<Subject>,
    /// The command that was run inside a container, where it is that.
    pub command: Option<String>,
    /// Whether the gate made it a dry run: nothing was stored.
    pub dry_run: bool,
    /// The HTTP status of the answer; `None` where no answer came, so that nobody knows whether it was carried out.
    pub status: Option<u16>,
    /// The `resourceVersion` of the object in the answer.
    pub resource_version: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
}

/// What one door has seen.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) writes: Vec<Write>,
    pub(crate) unreachable: Option<String>,
    pub(crate) denied: Option<String>,
    pub(crate) requests: u64,
}

/// The place of a write that has been sent and not been answered yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteId(usize);

impl Audit {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        // What a panicking thread left behind is a list with or without its last entry: both are sound.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn so_far(&self) -> Seen {
        self.seen().clone()
    }

    pub(crate) fn request(&self) {
        self.seen().requests += 1;
    }

    /// Keeps a refusal; a client that tries the same thing again (over another protocol, say) is told again, but kept once.
    pub(crate) fn refusal(&self, request: &ApiRequest, message: &str, at: Timestamp) {
        let refusal = Refusal {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            subject: request.subject().cloned(),
            message: message.to_owned(),
            at,
        };
        let mut seen = self.seen();
        let same = |old: &Refusal| old.path == refusal.path && (old.method == refusal.method || old.subject_is_exec());
        if !seen.refusals.iter().any(same) {
            seen.refusals.push(refusal);
        }
    }

    /// Keeps a write before it is sent: one that is never answered must not be lost.
    pub(crate) fn write(&self, request: &ApiRequest, dry_run: bool, at: Timestamp) -> WriteId {
        let write = Write {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            subject: request.subject().cloned(),
            command: request.command(),
            dry_run,
            status: None,
            resource_version: None,
            at,
        };
        let mut seen = self.seen();
        seen.writes.push(write);
        WriteId(seen.writes.len() - 1)
    }

    pub(crate) fn answered(&self, id: WriteId, status: u16) {
        if let Some(write) = self.seen().writes.get_mut(id.0) {
            write.status = Some(status);
        }
    }

    /// Takes the name and version of the object from the body of the answer to a write.
    pub(crate) fn stored(&self, id: WriteId, body: &[u8]) {
        let StoredObject { name, resource_version } = StoredObject::of(body);
        if let Some(write) = self.seen().writes.get_mut(id.0) {
            write.resource_version = resource_version;
            let creates = write.method == "POST";
            if let Some(subject) = write.subject.as_mut().filter(|subject| creates && subject.name.is_none()) {
                subject.name = name;
            }
        }
    }

    pub(crate) fn unreachable(&self, cause: &str) {
        self.seen().unreachable = Some(cause.to_owned());
    }

    pub(crate) fn denied(&self, cause: String) {
        self.seen().denied = Some(cause);
    }
}

impl Refusal {
    /// Returns whether it is about a connection into a container, which clients try over two protocols.
    fn subject_is_exec(&self) -> bool {
        self.subject.as_ref().is_some_and(|subject| matches!(subject.subresource.as_deref(), Some("exec" | "attach")))
    }
}
