//! What went through a door, or would have: refusals, writes, and looks that found nobody there.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::request::{ApiRequest, Subject};
use super::stored_object::StoredObject;

/// An answer that has not come after this time is slow to come.
const LONG: Duration = Duration::from_secs(1);

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
    /// The answer, where it was a dry run: the object as it would be.
    pub answer: Option<Value>,
    /// When it was sent.
    pub at: Timestamp,
}

impl Write {
    /// Returns what is known of a write before it is sent.
    pub(crate) fn of(request: &ApiRequest, dry_run: bool, at: Timestamp) -> Self {
        Self {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            subject: request.subject().cloned(),
            command: request.command(),
            dry_run,
            status: None,
            resource_version: None,
            answer: None,
            at,
        }
    }
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
    unreachable: Vec<Trouble>,
    denied: Vec<Trouble>,
    pub(crate) requests: u64,
    waiting: BTreeMap<u64, Wait>,
    next: u64,
}

/// A question that was not answered.
#[derive(Debug, Clone)]
struct Trouble {
    /// What was asked, by which another request for the same is known; empty where it is not known.
    question: String,
    told: String,
}

/// Why what a step concluded may not be what it saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Troubles {
    /// Why the API server did not answer.
    pub unreachable: Option<String>,
    /// What it said when it denied something (401, 403).
    pub denied: Option<String>,
}

/// A request that has no answer yet, as long as this value lives.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    audit: &'a Audit,
    number: u64,
    answered: bool,
}

impl Waiting<'_> {
    /// Says that there is an answer, or that it is known why there is none.
    pub(crate) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Waiting<'_> {
    /// A client that goes away has waited in vain.
    fn drop(&mut self) {
        let mut seen = self.audit.seen();
        let waited = seen.waiting.remove(&self.number).filter(|_| !self.answered);
        if let Some(told) = waited.and_then(|waited| waited.in_vain(Instant::now())) {
            seen.unreachable.push(Trouble { question: String::new(), told });
        }
    }
}

impl Seen {
    pub(crate) fn unreachable(&self) -> Option<String> {
        self.unreachable.last().map(|trouble| trouble.told.clone())
    }

    pub(crate) fn denied(&self) -> Option<String> {
        self.denied.last().map(|trouble| trouble.told.clone())
    }
}

/// What is waited for, and since when.
#[derive(Debug, Clone)]
struct Wait {
    about: String,
    since: Instant,
}

impl Wait {
    /// Returns what to say of a wait that took long.
    fn in_vain(&self, now: Instant) -> Option<String> {
        let time = now.saturating_duration_since(self.since);
        let told =
            || format!("cannot reach the cluster: no answer within {:.1} s ({})", time.as_secs_f32(), self.about);
        (time >= LONG).then(told)
    }
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
    pub(crate) fn write(&self, write: Write) -> WriteId {
        let mut seen = self.seen();
        seen.writes.push(write);
        WriteId(seen.writes.len() - 1)
    }

    /// Returns a write as it is known so far.
    pub(crate) fn written(&self, id: WriteId) -> Option<Write> {
        self.seen().writes.get(id.0).cloned()
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
            if write.dry_run {
                write.answer = serde_json::from_slice(body).ok();
            }
            let creates = write.method == "POST";
            if let Some(subject) = write.subject.as_mut().filter(|subject| creates && subject.name.is_none()) {
                subject.name = name;
            }
        }
    }

    /// Keeps that an answer is being waited for, where it should come soon.
    pub(crate) fn waiting(&self, about: &str, soon: bool) -> Option<Waiting<'_>> {
        if !soon {
            return None;
        }
        let mut seen = self.seen();
        seen.next += 1;
        let number = seen.next;
        seen.waiting.insert(number, Wait { about: about.to_owned(), since: Instant::now() });
        Some(Waiting { audit: self, number, answered: false })
    }

    /// Returns what went wrong since this was asked last. A request that has waited for long counts: who asked may have
    /// been ended before the gate's own patience was.
    pub(crate) fn take_troubles(&self, now: Instant) -> Troubles {
        let mut seen = self.seen();
        let last = |troubles: &mut Vec<Trouble>| std::mem::take(troubles).pop().map(|trouble| trouble.told);
        let (mut unreachable, denied) = (last(&mut seen.unreachable), last(&mut seen.denied));
        if unreachable.is_none() {
            unreachable = seen.waiting.values().find_map(|wait| wait.in_vain(now));
        }
        // Who still waits belongs to the attempt that is over.
        seen.waiting.clear();
        Troubles { unreachable, denied }
    }

    /// Keeps that nobody answered a question, which is empty where it is not known.
    pub(crate) fn unreachable(&self, question: &str, cause: &str) {
        self.seen().unreachable.push(Trouble { question: question.to_owned(), told: cause.to_owned() });
    }

    /// Keeps that a request was denied.
    pub(crate) fn denied(&self, question: &str, cause: &str) {
        self.seen().denied.push(Trouble { question: question.to_owned(), told: cause.to_owned() });
    }

    /// Forgets that a question was not answered: asked again, it now is. What a script concluded in between is not
    /// known here; one that asks again is taken to go by the later answer.
    pub(crate) fn looked(&self, question: &str) {
        let mut seen = self.seen();
        let seen = &mut *seen;
        for troubles in [&mut seen.unreachable, &mut seen.denied] {
            troubles.retain(|trouble| trouble.question != question);
        }
    }
}

impl Refusal {
    /// Returns whether it is about a connection into a container, which clients try over two protocols.
    fn subject_is_exec(&self) -> bool {
        self.subject.as_ref().is_some_and(|subject| matches!(subject.subresource.as_deref(), Some("exec" | "attach")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_has_waited_long_counts_as_unanswered() {
        let audit = Audit::default();
        let later = Instant::now() + Duration::from_secs(5);
        let waiting = audit.waiting("GET pods", true);
        let _tunnel = audit.waiting("GET pods/exec", false);
        let told = audit.take_troubles(later).unreachable.unwrap_or_default();
        assert!(
            told.starts_with("cannot reach the cluster: no answer within ") && told.ends_with("(GET pods)"),
            "{told}"
        );
        assert_eq!(audit.take_troubles(later), Troubles::default());
        drop(waiting);
        audit.waiting("GET nodes", true).unwrap().answered();
        assert_eq!(audit.take_troubles(later), Troubles::default());
        let _young = audit.waiting("GET nodes", true);
        assert_eq!(audit.take_troubles(Instant::now()), Troubles::default());
    }
}
