//! The door to what commands name outside of the cluster and the collection: programs on the `PATH`, hosts, URLs.
//!
//! It is closed unless somebody opens it, because who verifies may sit in another network, without the reader's tools. Each
//! distinct host and URL is asked once in a run, a few at a time. What is sent is a GET without a header or a secret of
//! the command. Names that only a cluster or only one machine knows are asked of nobody.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{StatusCode, Url};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use crate::diagnostic::did_you_mean;
use crate::model::{LookUp, Outcome, ReferenceCount};
use crate::reference::{Argument, Outward, Problem};
use crate::sys::{Cancel, Environment, programs};

use super::HttpClient;
use super::http_client::{Unanswered, unanswered};

/// How long a name may take to be resolved.
const RESOLVING: Duration = Duration::from_secs(5);

/// How long a URL may take to answer, redirects included.
const ANSWERING: Duration = Duration::from_secs(10);

/// How many are asked at the same time.
const AT_ONCE: usize = 8;

/// Endings of names that no resolver of the world knows, or that stand for nothing.
const NOBODY_ASKED: [&str; 6] = [".svc", ".local", ".localhost", ".test", ".example", ".onion"];

/// Looks up what is outside. The default one looks at nothing.
#[derive(Debug)]
pub struct Outside {
    wanted: Vec<LookUp>,
    replays: bool,
    environment: Environment,
    http: HttpClient,
    cancel: Cancel,
    programs: OnceLock<Vec<String>>,
    slots: Semaphore,
    answers: Mutex<HashMap<(LookUp, String), Arc<OnceCell<Answer>>>>,
}

impl Default for Outside {
    fn default() -> Self {
        Self::new(Vec::new(), false, Environment::default(), Cancel::new())
    }
}

/// What the commands of a document have brought so far.
#[derive(Debug, Default)]
pub(super) struct Brought {
    programs: HashSet<String>,
    any: bool,
}

/// What came of asking.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) count: ReferenceCount,
    pub(super) problems: Vec<Problem>,
}

/// What is known of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It is there.
    Good,
    /// Nobody can tell, or nobody was asked.
    Unknown,
    /// There is nothing to ask.
    Silent,
    /// Something is wrong.
    Wrong { outcome: Outcome, rule: &'static str, message: String, help: Option<String> },
}

/// A name that is about to be asked for.
struct Question<'a> {
    sort: LookUp,
    place: &'a crate::reference::Outside,
}

impl Outside {
    /// Makes one that looks up what is `wanted`; one that `replays` asks nobody.
    pub fn new(wanted: Vec<LookUp>, replays: bool, environment: Environment, cancel: Cancel) -> Self {
        Self {
            wanted,
            replays,
            environment,
            http: HttpClient::default(),
            cancel,
            programs: OnceLock::new(),
            slots: Semaphore::new(AT_ONCE),
            answers: Mutex::default(),
        }
    }

    /// Looks up what a text names, in its order. `is_secret` tells whether a text holds a secret, which is sent to nobody.
    pub(super) async fn look(
        &self,
        outward: &[Outward],
        brought: &mut Brought,
        is_secret: &dyn Fn(&str) -> bool,
    ) -> Asked {
        let (mut answered, mut questions, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for outward in outward {
            let (sort, place) = match outward {
                Outward::Brings(name) => {
                    brought.programs.insert(name.clone());
                    continue;
                }
                Outward::BringsAny => {
                    brought.any = true;
                    continue;
                }
                Outward::Tool(place) => (LookUp::Tools, place),
                Outward::Host(place) => (LookUp::Hosts, place),
                Outward::Url(place) => (LookUp::Urls, place),
            };
            if !self.wanted.contains(&sort) || !seen.insert((sort, &place.name.text, place.name.unknown.is_some())) {
                continue;
            }
            let question = Question { sort, place };
            match known(&place.name).filter(|name| !is_secret(name) && !self.replays) {
                None => answered.push((question, Answer::Unknown)),
                Some(name) if sort == LookUp::Tools => answered.push((question, self.tool(name, brought))),
                Some(name) => questions.push((question, name)),
            }
        }
        let asked = questions.into_iter().map(|(question, name)| async {
            let answer = self.once(question.sort, name).await;
            (question, answer)
        });
        answered.extend(join_all(asked).await);
        Asked::of(answered)
    }

    fn tool(&self, name: &str, brought: &Brought) -> Answer {
        if brought.programs.contains(name) {
            return Answer::Silent;
        }
        if programs::find(name, &self.environment).is_some() {
            return Answer::Good;
        }
        if brought.any {
            return Answer::Unknown;
        }
        let names = self.programs.get_or_init(|| programs::names(&self.environment));
        // Of two letters, half of all programs are near.
        let near = did_you_mean(name, names.iter().map(String::as_str)).filter(|_| name.len() > 2);
        Answer::Wrong {
            outcome: Outcome::Errored,
            rule: "missing-tool",
            message: format!("`{name}` is not on the PATH"),
            help: near.map(|near| format!("did you mean `{near}`?")),
        }
    }

    /// Asks for a host or a URL, unless that was done before.
    async fn once(&self, sort: LookUp, name: &str) -> Answer {
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((sort, name.to_owned())).or_default())
        };
        let ask = async {
            // The semaphore is never closed.
            let _slot = self.slots.acquire().await;
            if sort == LookUp::Hosts { host(name).await } else { self.url(name).await }
        };
        tokio::select! {
            answer = cell.get_or_init(|| ask) => answer.clone(),
            () = self.cancel.cancelled() => Answer::Unknown,
        }
    }

    async fn url(&self, written: &str) -> Answer {
        let Ok(mut url) = Url::parse(written) else {
            return unanswered_url(written, "it is no URL");
        };
        let is_local = |address: IpAddr| address.is_loopback() || address.is_unspecified();
        match url.host_str().map(|host| (asked_of_nobody(host), address(host))) {
            Some((_, Some(address))) if is_local(address) => return Answer::Unknown,
            Some((true, None)) | None => return Answer::Unknown,
            Some(_) => {}
        }
        self.get(&mut url).await
    }

    /// Asks a URL as it is, but without credentials.
    async fn get(&self, url: &mut Url) -> Answer {
        // Both only fail for URLs that have no host.
        let _ = (url.set_username(""), url.set_password(None));
        url.set_fragment(None);
        let client = match self.http.following() {
            Ok(client) => client,
            Err(error) => return unanswered_url(url.as_str(), &error),
        };
        match client.get(url.clone()).timeout(ANSWERING).send().await {
            Ok(response) => judged(url, response.status()),
            Err(error) => match unanswered(&error) {
                Unanswered::UnknownHost => unknown_host(url.host_str().unwrap_or_default()),
                Unanswered::Certificate(cause) | Unanswered::Unable(cause) | Unanswered::Down(cause) => {
                    unanswered_url(url.as_str(), &cause)
                }
            },
        }
    }
}

impl Asked {
    fn of(answered: Vec<(Question<'_>, Answer)>) -> Self {
        let mut asked = Self::default();
        let mut told = HashSet::new();
        for (Question { place, .. }, answer) in answered {
            match answer {
                Answer::Silent => {}
                Answer::Good => asked.count.resolved += 1,
                Answer::Unknown => asked.count.unknown += 1,
                // The text itself says what happens without it.
                Answer::Wrong { .. } if place.may_fail => asked.count.unknown += 1,
                Answer::Wrong { outcome, rule, message, help } => {
                    // A host that is missing is missing in its URL too.
                    if !told.insert((place.command, rule, message.clone())) {
                        continue;
                    }
                    let problem = match outcome {
                        Outcome::Drifted => Problem::drifted(rule, place.name.span, place.command, message),
                        _ => Problem::errored(rule, place.name.span, place.command, message),
                    };
                    match outcome {
                        Outcome::Drifted => asked.count.drifted += 1,
                        _ => asked.count.errored += 1,
                    }
                    asked.problems.push(problem.help(help));
                }
            }
        }
        asked
    }
}

fn known(name: &Argument) -> Option<&str> {
    name.known().ok().filter(|name| !name.is_empty())
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Returns whether a name is known to a cluster or to one machine alone, or is none at all.
fn asked_of_nobody(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_lowercase();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    !plain || !host.contains('.') || host.contains(".svc.") || NOBODY_ASKED.iter().any(|ending| host.ends_with(ending))
}

async fn host(name: &str) -> Answer {
    if address(name).is_some() {
        return Answer::Silent;
    }
    if asked_of_nobody(name) {
        return Answer::Unknown;
    }
    // RFC 6761: it has no address, whatever a resolver says.
    if name.trim_end_matches('.').to_lowercase().ends_with(".invalid") {
        return unknown_host(name);
    }
    match timeout(RESOLVING, tokio::net::lookup_host((name, 0))).await {
        Ok(Ok(_)) => Answer::Good,
        Ok(Err(error)) => unresolved(name, &error.to_string()),
        Err(_) => unresolved_host(name, "the resolver did not answer in time"),
    }
}

/// Tells apart a name that there is not and a resolver that could not be asked.
fn unresolved(name: &str, error: &str) -> Answer {
    let no_such_name = ["not known", "No address associated", "no such host", "No such host"];
    if no_such_name.iter().any(|part| error.contains(part)) {
        return unknown_host(name);
    }
    unresolved_host(name, error.rsplit(": ").next().unwrap_or(error))
}

fn judged(url: &Url, status: StatusCode) -> Answer {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Answer::Wrong {
            outcome: Outcome::Drifted,
            rule: "dead-url",
            message: format!("nothing is at {url}: {status}"),
            help: None,
        },
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => unanswered_url(url.as_str(), &status.to_string()),
        status if status.is_server_error() => unanswered_url(url.as_str(), &status.to_string()),
        _ => Answer::Good,
    }
}

fn unknown_host(name: &str) -> Answer {
    let message = format!("there is no host `{name}`");
    Answer::Wrong { outcome: Outcome::Drifted, rule: "unknown-host", message, help: None }
}

fn unresolved_host(name: &str, cause: &str) -> Answer {
    let message = format!("the host `{name}` could not be looked up: {cause}");
    Answer::Wrong { outcome: Outcome::Errored, rule: "unresolved-host", message, help: None }
}

fn unanswered_url(url: &str, cause: &str) -> Answer {
    let message = format!("{url} did not answer as it should: {cause}");
    Answer::Wrong { outcome: Outcome::Errored, rule: "unanswered-url", message, help: None }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn wrong(answer: &Answer) -> Option<(Outcome, &'static str)> {
        match answer {
            Answer::Wrong { outcome, rule, .. } => Some((*outcome, rule)),
            _ => None,
        }
    }

    #[test]
    fn names_that_only_a_cluster_or_a_machine_knows_are_asked_of_nobody() {
        for name in ["api", "localhost", "api.shop.svc", "api.shop.svc.cluster.local", "x.example", "a_b.io", ""] {
            assert!(asked_of_nobody(name), "{name}");
        }
        for name in ["shop.io", "db.internal", "shop.io.", "svc.shop.io"] {
            assert!(!asked_of_nobody(name), "{name}");
        }
    }

    #[test]
    fn no_such_name_is_told_from_no_resolver() {
        let said = |error| wrong(&unresolved("shop.io", error));
        let drifted = Some((Outcome::Drifted, "unknown-host"));
        assert_eq!(said("failed to lookup address information: Name or service not known"), drifted);
        assert_eq!(said("nodename nor servname provided, or not known"), drifted);
        let errored = Some((Outcome::Errored, "unresolved-host"));
        assert_eq!(said("failed to lookup address information: Temporary failure in name resolution"), errored);
    }

    #[test]
    fn an_answer_that_asks_for_more_than_we_send_is_one() {
        let url = Url::parse("https://shop.io/x").unwrap();
        let said = |status| wrong(&judged(&url, StatusCode::from_u16(status).unwrap()));
        for status in [200, 204, 302, 400, 401, 403, 405, 429] {
            assert_eq!(said(status), None, "{status}");
        }
        for status in [404, 410] {
            assert_eq!(said(status), Some((Outcome::Drifted, "dead-url")), "{status}");
        }
        for status in [407, 500, 503] {
            assert_eq!(said(status), Some((Outcome::Errored, "unanswered-url")), "{status}");
        }
    }

    #[test]
    fn a_near_program_is_offered_unless_the_document_brings_the_one_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("kubectl");
        crate::sys::files::write(&program, b"").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = ("PATH".to_owned(), folder.path().to_string_lossy().into_owned());
        let outside = Outside::new(vec![LookUp::Tools], false, Environment::of([path], "/"), Cancel::new());
        let mut brought = Brought::default();
        assert_eq!(outside.tool("kubectl", &brought), Answer::Good);
        let help = |answer| if let Answer::Wrong { help, .. } = answer { help } else { panic!("it is not there") };
        assert_eq!(help(outside.tool("kubctl", &brought)).as_deref(), Some("did you mean `kubectl`?"));
        assert_eq!(help(outside.tool("frobnicate", &brought)), None);
        brought.programs.insert("kubctl".to_owned());
        assert_eq!(outside.tool("kubctl", &brought), Answer::Silent);
        brought.any = true;
        assert_eq!(outside.tool("frobnicate", &brought), Answer::Unknown);
    }

    #[tokio::test]
    async fn a_replay_asks_nobody() {
        let script = crate::shell::parse("kubctl get pods; curl https://gone.shop.invalid/x");
        let found = crate::reference::references(&script, &mut crate::reference::Scope::default(), &|_| None, None);
        let all = vec![LookUp::Tools, LookUp::Hosts, LookUp::Urls];
        let outside = Outside::new(all, true, Environment::default(), Cancel::new());
        let asked = outside.look(&found.outward, &mut Brought::default(), &|_| false).await;
        assert!(asked.problems.is_empty());
        assert_eq!((asked.count.unknown, asked.count.resolved), (4, 0), "two programs, a host and a URL");
    }

    #[tokio::test]
    async fn a_name_that_never_resolves_is_drift() {
        assert_eq!(wrong(&host("gone.shop.invalid").await), Some((Outcome::Drifted, "unknown-host")));
        assert_eq!(host("10.0.0.1").await, Answer::Silent);
        assert_eq!(host("api.shop.svc").await, Answer::Unknown);
    }

    #[tokio::test]
    async fn the_real_error_is_told_and_no_credentials_are_sent() {
        let outside = Outside::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n").await.unwrap();
            String::from_utf8_lossy(&bytes[..length]).to_lowercase()
        });
        let ask = |path: &str| Url::parse(&format!("http://user:pw@127.0.0.1:{port}{path}")).unwrap();
        assert_eq!(outside.get(&mut ask("/ok")).await, Answer::Good, "the body is not waited for");
        let request = server.await.unwrap();
        assert!(request.starts_with("get /ok http/1.1"), "{request}");
        assert!(!request.contains("authorization"), "{request}");
        let Answer::Wrong { message, rule, .. } = outside.get(&mut ask("/gone")).await else {
            panic!("nobody listens")
        };
        assert_eq!(rule, "unanswered-url");
        assert!(message.ends_with("connection refused") && !message.contains("pw@"), "{message}");
    }
}
