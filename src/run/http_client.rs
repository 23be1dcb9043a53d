//! The HTTP clients of `http` and `promql` steps, built when the first step needs one.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::Policy;
use serde::{Deserialize, Serialize};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// HTTP clients that keep certificates for inspection; but for one they follow no redirects.
///
/// Built late: where the machine has no CA bundle, only steps that need one say so.
#[derive(Debug, Default)]
pub struct HttpClient {
    verified: OnceLock<Result<reqwest::Client, String>>,
    unverified: OnceLock<Result<reqwest::Client, String>>,
    following: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpClient {
    /// Returns the client that trusts whom the system trusts; an error in words where there is none.
    pub(crate) fn verified(&self) -> Result<&reqwest::Client, String> {
        self.verified.get_or_init(|| build(true, Policy::none())).as_ref().map_err(Clone::clone)
    }

    /// Returns a client that follows a few redirects, to see whether a URL leads anywhere.
    pub(crate) fn following(&self) -> Result<&reqwest::Client, String> {
        self.following.get_or_init(|| build(true, Policy::limited(REDIRECTS))).as_ref().map_err(Clone::clone)
    }

    /// Returns a client that takes any certificate, to look at one that is not trusted. Nothing secret is sent by it.
    pub(crate) fn unverified(&self) -> Result<&reqwest::Client, String> {
        self.unverified.get_or_init(|| build(false, Policy::none())).as_ref().map_err(Clone::clone)
    }
}

fn build(verified: bool, redirects: Policy) -> Result<reqwest::Client, String> {
    // Without a provider, building a client panics. One that is installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(redirects)
        .tls_info(true)
        .connect_timeout(CONNECT)
        .tls_danger_accept_invalid_certs(!verified)
        .user_agent(concat!("runbooks/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("cannot make an HTTP client: {}", cause(&error)))
}

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unanswered {
    /// There is no such host.
    UnknownHost,
    /// The certificate is not trusted, expired, or for another name.
    Certificate(String),
    /// It cannot be known: no resolver, a request that cannot be made.
    Unable(String),
    /// Nobody answers: refused, reset, too late.
    Down(String),
}

/// Says why a request came to nothing.
pub(crate) fn unanswered(error: &reqwest::Error) -> Unanswered {
    let chain = chain(error);
    let cause = cause(error);
    let says = |part: &str| chain.iter().any(|line| line.contains(part));
    if error.is_builder() || error.is_request() && chain.len() == 1 {
        Unanswered::Unable(cause)
    } else if says("dns error") || says("failed to lookup address") {
        // "Temporary failure" means that nobody could be asked.
        if says("emporary failure") { Unanswered::Unable(cause) } else { Unanswered::UnknownHost }
    } else if says("certificate") {
        Unanswered::Certificate(cause)
    } else if error.is_timeout() {
        Unanswered::Down("no answer in time".to_owned())
    } else {
        Unanswered::Down(cause)
    }
}

fn chain(error: &reqwest::Error) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        chain.push(error.to_string());
        source = error.source();
    }
    chain
}

/// Returns the innermost cause: what the system or the other side said.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let last = chain(error).pop().unwrap_or_default();
    // `Connection refused (os error 111)`: the number helps nobody.
    let said = last.split(" (os error").next().unwrap_or(&last);
    let mut characters = said.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
