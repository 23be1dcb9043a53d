//! Tells others of a run while it happens, over HTTP.
//!
//! Nobody waits for it: a run goes on whatever becomes of a message, and at its end a little time is left for those still
//! on their way. What could not be told is said once and put on record. A webhook's URL is a secret.

mod form;
mod message;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{StatusCode, header};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::event::{Event, ListenError, Listener};
use super::http_client::{HttpClient, cause};
use super::redact::Redactor;
use crate::model::{Occasion, Webhook, WebhookForm};
use crate::sys::Clock;

pub use message::Message;
use message::Story;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long is waited before each further try.
const BACKOFF: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// How long is waited at the end of a run for messages that are on their way.
pub const FAREWELL: Duration = Duration::from_secs(5);

/// The JSON Schema (draft 2020-12) of a message in the form for programs: `docs/webhook.schema.json`.
pub const SCHEMA: &str = include_str!("../../../docs/webhook.schema.json");

/// A webhook whose URL is known.
pub struct Destination {
    /// How people call it.
    pub name: String,
    /// Where it is; shown to nobody.
    pub url: String,
    /// In which form it is told.
    pub form: WebhookForm,
    /// Of what; empty is everything.
    pub occasions: Vec<Occasion>,
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "webhook {}", self.name)
    }
}

impl Destination {
    /// Returns a webhook at its URL, which is kept out of every sink from now on.
    pub fn of(webhook: &Webhook, url: String, redactor: &Redactor) -> Self {
        redactor.learn(&url);
        // An error may tell of a part: what stands behind the host is what nobody must know.
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
        path.filter(|path| path.len() >= LEAST_SECRET).iter().for_each(|path| redactor.learn(path));
        let (name, form) = (webhook.name.clone(), webhook.form);
        Self { name, url, form, occasions: webhook.occasions.clone() }
    }
}

/// A path shorter than this holds no secret, and would mangle ordinary text.
const LEAST_SECRET: usize = 12;

/// Hears a run's events, and tells of them.
pub struct Messenger {
    story: Mutex<Story>,
    lines: Mutex<Vec<Line>>,
    around: Arc<Around>,
}

/// What all deliveries share.
struct Around {
    http: HttpClient,
    record: Arc<dyn Listener>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
    clock: Clock,
}

/// The way to one webhook: messages wait for each other, and for nobody else's.
struct Line {
    name: String,
    occasions: Vec<Occasion>,
    queue: UnboundedSender<Message>,
    /// What is not delivered yet.
    open: Arc<Mutex<VecDeque<Occasion>>>,
    task: JoinHandle<()>,
}

impl Messenger {
    /// Begins to tell of a run. `record` takes what could not be told, and `tell` says it to a person, once each.
    pub fn new(
        destinations: Vec<Destination>,
        (redactor, resumed): (Redactor, bool),
        record: Arc<dyn Listener>,
        tell: impl Fn(&str) + Send + Sync + 'static,
        clock: Clock,
    ) -> Self {
        let around = Arc::new(Around { http: HttpClient::default(), record, tell: Box::new(tell), clock });
        let lines = destinations.into_iter().map(|it| Line::open(it, &around)).collect();
        Self { story: Mutex::new(Story::new(redactor, resumed)), lines: Mutex::new(lines), around }
    }

    /// Waits for what is on its way, not for long; what is left then is put on record as not told.
    pub async fn farewell(&self) {
        let until = Instant::now() + FAREWELL;
        let lines = std::mem::take(&mut *locked(&self.lines));
        for Line { name, queue, open, mut task, .. } in lines {
            // With its sender gone, a delivery ends behind its last message.
            drop(queue);
            if timeout_at(until, &mut task).await.is_err() {
                task.abort();
            }
            let left = std::mem::take(&mut *locked(&open));
            for (index, occasion) in left.into_iter().enumerate() {
                self.around.failed(&name, occasion, "no answer until the run ended", index == 0);
            }
        }
    }
}

impl Listener for Messenger {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        let Some(message) = locked(&self.story).hear(event) else { return Ok(()) };
        for line in locked(&self.lines).iter().filter(|line| line.wants(message.event)) {
            locked(&line.open).push_back(message.event);
            // A delivery that is gone leaves its message open, which is told at the end.
            let _ = line.queue.send(message.clone());
        }
        Ok(())
    }
}

impl Line {
    fn wants(&self, occasion: Occasion) -> bool {
        self.occasions.is_empty() || self.occasions.contains(&occasion)
    }

    fn open(destination: Destination, around: &Arc<Around>) -> Self {
        let (queue, messages) = unbounded_channel();
        let open = Arc::new(Mutex::new(VecDeque::new()));
        let (name, occasions) = (destination.name.clone(), destination.occasions.clone());
        let task = tokio::spawn(deliver(destination, messages, Arc::clone(&open), Arc::clone(around)));
        Self { name, occasions, queue, open, task }
    }
}

/// Delivers one message after the other. Once one was given up, the next are tried once each.
async fn deliver(
    destination: Destination,
    mut messages: UnboundedReceiver<Message>,
    open: Arc<Mutex<VecDeque<Occasion>>>,
    around: Arc<Around>,
) {
    let mut has_failed = false;
    while let Some(message) = messages.recv().await {
        let body = form::body(destination.form, &message);
        let waits = if has_failed { &BACKOFF[..0] } else { &BACKOFF[..] };
        let sent = around.send(&destination.url, &body, waits).await;
        locked(&open).pop_front();
        if let Err(reason) = sent {
            around.failed(&destination.name, message.event, &reason, !has_failed);
            has_failed = true;
        }
    }
}

/// Why a message was not taken, and whether it is worth another try.
struct Refusal {
    reason: String,
    may_pass: bool,
}

impl Around {
    async fn send(&self, url: &str, body: &serde_json::Value, waits: &[Duration]) -> Result<(), String> {
        let mut waits = waits.iter();
        loop {
            let Refusal { reason, may_pass } = match self.try_once(url, body).await {
                Ok(()) => return Ok(()),
                Err(refusal) => refusal,
            };
            let Some(wait) = waits.next().filter(|_| may_pass) else { return Err(reason) };
            sleep(*wait).await;
        }
    }

    async fn try_once(&self, url: &str, body: &serde_json::Value) -> Result<(), Refusal> {
        let lasting = |reason| Refusal { reason, may_pass: false };
        let client = self.http.verified().map_err(lasting)?;
        let request = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string())
            .timeout(PATIENCE)
            .build()
            // The URL is a secret, and an error about it would show it.
            .map_err(|_| lasting("its URL cannot be used".to_owned()))?;
        match client.execute(request).await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => {
                let status = answer.status();
                let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                Err(Refusal { reason: format!("the answer was {}", status.as_u16()), may_pass })
            }
            Err(error) if error.is_timeout() => Err(Refusal { reason: "no answer in time".to_owned(), may_pass: true }),
            Err(error) => Err(Refusal { reason: cause(&error.without_url()), may_pass: true }),
        }
    }

    fn failed(&self, webhook: &str, occasion: Occasion, reason: &str, is_told: bool) {
        if is_told {
            (self.tell)(&format!("note: webhook {webhook} could not be told of the {}: {reason}", occasion.as_str()));
        }
        let (webhook, occasion, at) = (webhook.to_owned(), occasion.as_str().to_owned(), self.clock.now());
        let event = Event::WebhookFailed { webhook, occasion, reason: reason.to_owned(), at };
        // A journal that cannot take this line takes none behind it, and the run stops at the next.
        let _ = self.record.hear(&event);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left behind is whole: every change is a single step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
