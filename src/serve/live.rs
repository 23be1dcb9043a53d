//! The pages as they are now, made by somebody else when they are asked for, and a way to wait for newer ones.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

/// What is told of the pages.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// What is wrong with the texts, as it is drawn for a terminal, without colour.
    pub problems: Vec<String>,
    /// How things stand, for Prometheus.
    pub metrics: String,
    /// Counts changes of the pages, from a number that no earlier process has come to.
    pub(super) version: u64,
}

/// Somebody wants a file.
#[derive(Debug)]
pub struct Request {
    /// Its path below the site's root.
    pub path: String,
    answer: oneshot::Sender<Option<Vec<u8>>>,
}

impl Request {
    /// Answers with the file; `None` where there is none. Whoever has gone away in the meantime needs no answer.
    pub fn answer(self, file: Option<Vec<u8>>) {
        drop(self.answer.send(file));
    }
}

/// Hands requests to whoever makes the pages, and tells what they tell.
pub struct Live {
    state: watch::Sender<Arc<State>>,
    ask: Box<dyn Fn(Request) + Send + Sync>,
}

impl Live {
    /// Begins at some moment; `ask` gets every request for a file. Versions count from that moment's milliseconds, so that
    /// a page of a process that is no more knows that it is old.
    pub fn new(began: jiff::Timestamp, ask: impl Fn(Request) + Send + Sync + 'static) -> Self {
        let version = u64::try_from(began.as_millisecond()).unwrap_or_default();
        Self { state: watch::Sender::new(Arc::new(State { version, ..State::default() })), ask: Box::new(ask) }
    }

    /// Says that the pages are others now, and what is wrong with their texts.
    pub fn changed(&self, problems: Vec<String>) {
        self.update(|state| {
            state.version += 1;
            state.problems = problems;
        });
    }

    /// Says how things stand.
    pub fn metrics(&self, metrics: String) {
        self.update(|state| state.metrics = metrics);
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(|state| change(Arc::make_mut(state)));
    }

    /// Returns the file at a path.
    pub(super) async fn file(&self, path: &str) -> Option<Vec<u8>> {
        let (answer, file) = oneshot::channel();
        (self.ask)(Request { path: path.to_owned(), answer });
        // Whoever makes the pages has ended with the process.
        file.await.ok().flatten()
    }

    /// Returns what is told.
    pub(super) fn now(&self) -> Arc<State> {
        Arc::clone(&self.state.borrow())
    }

    /// Waits until something is told that a page does not know, but not longer than `patience`; returns what is told then.
    pub(super) async fn other_than(&self, version: u64, problems: Option<u64>, patience: Duration) -> Arc<State> {
        let mut state = self.state.subscribe();
        let other = state
            .wait_for(|state| state.version != version || problems.is_some_and(|known| known != mark(&state.problems)));
        // Neither running out of patience nor the end of the server is an error: what is told now is the answer.
        let _ = tokio::time::timeout(patience, other).await.map(|found| found.map(drop));
        self.now()
    }
}

/// Returns a number for problems, so that a page can say which it shows.
pub(super) fn mark(problems: &[String]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    problems.hash(&mut hasher);
    // Browsers count exactly up to 53 bits.
    hasher.finish() >> 12
}
