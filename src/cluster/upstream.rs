//! The last layer: the connection to one API server, with the TLS and the authentication of one context.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use hyper::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::gate::GateOptions;
use super::kubeconfig::Contexts;
use super::{plugin, proxy_choice};
use crate::model::Unavailable;
use crate::sys::{Clock, Environment};

/// How long a credential plugin may take; some open a browser and wait for a person.
const PLUGIN_PATIENCE: Duration = Duration::from_mins(2);

/// How long a server that kept silent is not asked again: what comes within it would wait as long and learn as little.
const SILENCE: Duration = Duration::from_secs(2);

/// The API server of one context. The connection is made when it is first needed.
#[derive(Debug)]
pub(crate) struct Upstream {
    contexts: Arc<Contexts>,
    index: usize,
    environment: Environment,
    connect_timeout: Duration,
    connected: Mutex<Option<Connected>>,
    heard: StdMutex<Heard>,
    /// Asking again did not help, and no good answer has come since.
    unwell: AtomicBool,
}

struct Connected {
    client: kube::Client,
    server: String,
    valid_until: Option<Timestamp>,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connected").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody took the connection: nothing was sent.
    Refused(Unavailable),
    /// The connection broke off before there was an answer.
    BrokeOff(Unavailable),
    /// Something else, which will not pass by itself: silence, a certificate, credentials.
    Other(Unavailable),
}

impl Failure {
    pub(crate) fn cause(self) -> Unavailable {
        match self {
            Self::Refused(cause) | Self::BrokeOff(cause) | Self::Other(cause) => cause,
        }
    }

    fn of(cause: String, error: &(dyn Error + 'static)) -> Self {
        let chain = || std::iter::successors(Some(error), |&error| error.source());
        let kind = chain().find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
        let incomplete = chain().filter_map(|error| error.downcast_ref::<hyper::Error>());
        let broke_off = incomplete.into_iter().any(|error| error.is_incomplete_message() || error.is_canceled());
        let cause = Unavailable::Unreachable(cause);
        match kind {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused(cause),
            Some(
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof,
            ) => Self::BrokeOff(cause),
            _ if broke_off => Self::BrokeOff(cause),
            _ => Self::Other(cause),
        }
    }
}

/// When the server last answered, and when and how it last kept silent.
#[derive(Debug, Default)]
struct Heard {
    answered: Option<Instant>,
    silent: Option<(Instant, Unavailable)>,
}

impl Upstream {
    pub(crate) fn new(contexts: Arc<Contexts>, index: usize, options: &GateOptions) -> Self {
        Self {
            contexts,
            index,
            environment: options.environment.clone(),
            connect_timeout: options.timeout,
            connected: Mutex::new(None),
            heard: StdMutex::default(),
            unwell: AtomicBool::new(false),
        }
    }

    /// Sends a request whose URI is relative to the server, and returns the answer as soon as its head is there.
    ///
    /// Waits `patience` for that head; `None` waits as long as it takes.
    pub(crate) async fn send(
        &self,
        request: Request<Body>,
        patience: Option<Duration>,
    ) -> Result<Response<Body>, Failure> {
        self.recent_silence().map_err(Failure::Other)?;
        let (client, server) = self.client().await.map_err(Failure::Other)?;
        let began = Instant::now();
        let sent = client.send(request);
        let answer = match patience {
            Some(patience) => timeout(patience, sent).await.map_err(|_| {
                Unavailable::Unreachable(format!("{server}: no answer within {} s", patience.as_secs_f32()))
            }),
            None => Ok(sent.await),
        };
        match answer {
            Ok(Ok(response)) => {
                self.heard(|heard| heard.answered = Some(Instant::now()));
                Ok(response)
            }
            Ok(Err(error)) => Err(Failure::of(self.told(&server, &error), &error)),
            Err(silence) => {
                self.fell_silent(began, &silence);
                Err(Failure::Other(silence))
            }
        }
    }

    /// Returns whether asking again did not help lately.
    pub(crate) fn is_unwell(&self) -> bool {
        self.unwell.load(Ordering::Relaxed)
    }

    pub(crate) fn is_now(&self, unwell: bool) {
        self.unwell.store(unwell, Ordering::Relaxed);
    }

    /// Returns the error of a server that has just kept silent for as long as anybody would wait.
    fn recent_silence(&self) -> Result<(), Unavailable> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match &heard.silent {
            Some((at, error)) if at.elapsed() < SILENCE && heard.answered.is_none_or(|answered| answered < *at) => {
                Err(error.clone())
            }
            _ => Ok(()),
        }
    }

    /// Remembers a silence, unless the server answered somebody else in the meantime: then it is only slow.
    fn fell_silent(&self, began: Instant, error: &Unavailable) {
        self.heard(|heard| {
            if heard.answered.is_none_or(|answered| answered < began) {
                heard.silent = Some((Instant::now(), error.clone()));
            }
        });
    }

    fn heard(&self, note: impl FnOnce(&mut Heard)) {
        note(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn client(&self) -> Result<(kube::Client, String), Unavailable> {
        let mut connected = self.connected.lock().await;
        if let Some(usable) = connected.as_ref().filter(|connected| !connected.expired()) {
            return Ok((usable.client.clone(), usable.server.clone()));
        }
        let fresh = match timeout(PLUGIN_PATIENCE, self.connect()).await {
            Ok(result) => result,
            Err(_) => Err("the credential plugin does not end".to_owned()),
        };
        let fresh = fresh.map_err(|cause| {
            let error = Unavailable::Unreachable(cause);
            self.heard(|heard| heard.silent = Some((Instant::now(), error.clone())));
            error
        })?;
        let answer = (fresh.client.clone(), fresh.server.clone());
        *connected = Some(fresh);
        Ok(answer)
    }

    /// Returns what went wrong, for people.
    fn told(&self, server: &str, error: &kube::Error) -> String {
        let plugin = self.contexts.plugin(self.index).and_then(|command| plugin::trouble(error, command));
        plugin.unwrap_or_else(|| format!("{server}: {}", causes(error)))
    }

    async fn connect(&self) -> Result<Connected, String> {
        let mut settings = self.contexts.settings(self.index).await?;
        // Retrying is the business of a layer above, which knows how long there is and keeps the real error.
        settings.default_retry = false;
        settings.connect_timeout = Some(self.connect_timeout);
        settings.proxy_url = proxy_choice::for_server(&settings, &self.environment, self.contexts.proxy(self.index));
        let server = settings.cluster_url.to_string().trim_end_matches('/').to_owned();
        // Making a client runs the credential plugin and waits for it.
        let made = tokio::task::spawn_blocking(move || kube::Client::try_from(settings)).await;
        let client = made.map_err(|error| error.to_string())?.map_err(|error| self.told(&server, &error))?;
        let valid_until = *client.valid_until();
        Ok(Connected { client, server, valid_until })
    }
}

impl Connected {
    /// Returns whether a certificate that a credential plugin gave is about to expire, by the real clock.
    fn expired(&self) -> bool {
        self.valid_until.is_some_and(|until| Clock::default().now() + SignedDuration::from_secs(10) >= until)
    }
}

/// Returns what went wrong from the inside out of what wraps it: the wrappers that only repeat it, or only say that
/// something went wrong, are left out.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let chain: Vec<String> =
        std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
    let mut told: Vec<&str> = Vec::new();
    for text in chain.iter().rev() {
        let text = text
            .strip_suffix(told.first().copied().unwrap_or("\0"))
            .map_or(text.as_str(), |start| start.trim_end_matches([':', ' ']));
        let generic = !told.is_empty()
            && (text.starts_with("client error") || text.starts_with("ServiceError") || text.starts_with("HyperError"));
        if !generic && !text.is_empty() && !told.iter().any(|inner| text.contains(inner) || inner.contains(text)) {
            told.insert(0, text);
        }
    }
    told.join(": ").replace("deadline has elapsed", "no answer within the time a connection may take")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Layered {
        #[error("ServiceError: client error (Connect)")]
        Service(#[source] Box<Layered>),
        #[error("client error (Connect)")]
        Client(#[source] Box<Layered>),
        #[error("tcp connect error")]
        Connect(#[source] std::io::Error),
    }

    #[test]
    fn the_real_cause_is_told_without_its_wrapping() {
        let refused = Layered::Connect(std::io::Error::other("connection refused"));
        let error = Layered::Service(Box::new(Layered::Client(Box::new(refused))));
        assert_eq!(causes(&error), "tcp connect error: connection refused");
    }
}
