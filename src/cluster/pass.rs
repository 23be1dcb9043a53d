//! Where the layers are stacked: both front doors send every request through [`Core::pass`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::{Method, Request, Response, StatusCode, header};
use kube::client::Body;

use super::answer::{Answer, status_message};
use super::audit::{Write, WriteId};
use super::door::DoorState;
use super::gate::{GateOptions, Learner};
use super::kubeconfig::{Contexts, Origin};
use super::policy::{self, Effect, Verdict};
use super::recorded;
use super::request::{ApiRequest, Subject};
use super::retry::{self, Retry, is_transient};
use super::secrets;
use super::stored_object;
use super::upstream::{Failure, Upstream, causes};
use crate::model::Unavailable;
use crate::recording::Tape;
use crate::sys::{Clock, Environment};

/// How long an API server itself gives a request before it gives up on it.
const SERVER_PATIENCE: Duration = Duration::from_mins(1);

/// What stands behind both front doors.
#[derive(Debug)]
pub(crate) struct Core {
    contexts: Arc<Contexts>,
    upstreams: Vec<Upstream>,
    namespace: String,
    doors: RwLock<HashMap<String, Arc<DoorState>>>,
    folder: PathBuf,
    template: (String, String),
    numbers: AtomicU64,
    writes: AtomicU64,
    clock: Clock,
    timeout: Duration,
    environment: Environment,
    tape: Option<Tape>,
    learner: Option<Learner>,
}

/// Why a request has no answer from the API server.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The policy of the door does not let it pass.
    Refused { message: String, subject: Option<Box<Subject>> },
    /// The server does not answer.
    Unavailable(Unavailable),
}

impl Core {
    pub(crate) fn new(
        contexts: Arc<Contexts>,
        upstreams: Vec<Upstream>,
        namespace: String,
        port: u16,
        folder: &Path,
        options: &GateOptions,
    ) -> Self {
        let template = contexts.for_children("@BASE@", &namespace).to_string();
        let base = format!("http://127.0.0.1:{port}/");
        Self {
            contexts,
            upstreams,
            namespace,
            doors: RwLock::default(),
            folder: folder.to_owned(),
            template: (template, base),
            numbers: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            clock: options.clock,
            timeout: options.timeout,
            environment: options.environment.clone(),
            tape: options.tape.clone(),
            learner: options.learner.clone(),
        }
    }

    /// Sends a request through policy, audit and connection, in this order.
    ///
    /// The answer is returned as soon as its head is there, but for writes of objects: theirs is read whole, because it
    /// names what was stored.
    pub(crate) async fn pass(
        &self,
        door: &DoorState,
        context: usize,
        mut request: ApiRequest,
    ) -> Result<Response<Body>, Stopped> {
        door.audit.request();
        let effect = policy::effect(&request);
        let dry_run = self.let_pass(door, &effect, &mut request)?;
        if let Some(pretended) = door.pretence.answer(context, &request) {
            return Ok(pretended);
        }
        let writes = match effect {
            Effect::Writes | Effect::WritesForGood(_) => Some(Write::of(&request, dry_run, self.clock.now())),
            Effect::Reads | Effect::DryRun | Effect::Doubtful => None,
        };
        let told = match &writes {
            Some(write) => self.told(door, context, &request, write).await?,
            None => None,
        };
        let write = writes.map(|write| door.audit.write(write));
        let sent = Sent::of(context, &request, write, dry_run);
        if sent.is_secret {
            // What is packed cannot be looked at.
            request.head.headers.remove(header::ACCEPT_ENCODING);
        }
        let waiting = door.audit.waiting(&sent.about, self.patience(&request).is_some());
        let answer = self.answer(door, context, request).await;
        if let Some(waiting) = waiting {
            waiting.answered();
        }
        if write.is_some() && !dry_run {
            self.writes.fetch_add(1, Ordering::AcqRel);
        }
        let answer = match answer {
            Ok(response) => self.look_at(door, sent, response).await,
            Err(error) => {
                door.audit.unreachable(&sent.question, &error.to_string());
                Err(Stopped::Unavailable(error))
            }
        };
        if let (Some(told), Some(write)) = (told, write.and_then(|id| door.audit.written(id))) {
            self.tell_end(door, context, told, write).await;
        }
        answer
    }

    /// The policy layer. Returns whether the request was turned into a dry run.
    fn let_pass(&self, door: &DoorState, effect: &Effect, request: &mut ApiRequest) -> Result<bool, Stopped> {
        let message = match door.policy.judge(effect, &door.label, request) {
            Verdict::Pass => return Ok(false),
            Verdict::PassAsDryRun => match policy::make_dry_run(request) {
                Ok(()) => return Ok(true),
                Err(cause) => {
                    format!("runbooks: {} is a dry run; refused: {} ({cause})", door.label, request.describe())
                }
            },
            Verdict::Refuse(message) => message,
        };
        door.audit.refusal(request, &message, self.clock.now());
        Err(Stopped::Refused { message, subject: request.subject().cloned().map(Box::new) })
    }

    /// The recording layer. What child processes ask is not kept: what they make of it is, with their step.
    async fn answer(
        &self,
        door: &DoorState,
        context: usize,
        request: ApiRequest,
    ) -> Result<Response<Body>, Unavailable> {
        match &self.tape {
            Some(Tape::Replay(answers)) => recorded::replay(answers, &request),
            Some(Tape::Record(answers)) if door.is_ours => {
                let (question, resource) = (recorded::question(&request), recorded::resource(&request));
                let response = self.send(context, request).await?;
                recorded::keep(answers, question, resource.as_deref(), response, self.timeout).await
            }
            _ => self.send(context, request).await,
        }
    }

    pub(crate) async fn send(&self, context: usize, request: ApiRequest) -> Result<Response<Body>, Unavailable> {
        let upstream =
            self.upstreams.get(context).ok_or_else(|| Unavailable::NoCluster("no such context".to_owned()))?;
        let patience = self.patience(&request);
        let mut retry = Retry::of(&request, self.timeout);
        let ApiRequest { head, body, .. } = request;
        loop {
            let sent = Request::from_parts(head.clone(), Body::from(body.clone()));
            let answer = upstream.send(sent, patience).await;
            let transient = answer.as_ref().map_or(true, |response| is_transient(response.status()));
            match retry.pause(&answer).filter(|_| !upstream.is_unwell()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    if retry.is_possible() {
                        upstream.is_now(transient);
                    }
                    return answer.map_err(Failure::cause);
                }
            }
        }
    }

    /// Returns how long the head of an answer may take. That of a watch comes at once; that of a log that is followed
    /// comes with its first line, and of a tunnel when its other end is ready.
    fn patience(&self, request: &ApiRequest) -> Option<Duration> {
        match *request.method() {
            _ if request.upgrade().is_some() || request.switched_on("follow") => None,
            Method::GET | Method::HEAD | Method::OPTIONS if request.subresource() != Some("proxy") => {
                Some(self.timeout)
            }
            _ => Some(SERVER_PATIENCE + self.timeout),
        }
    }

    /// The audit layer, on the way back.
    async fn look_at(&self, door: &DoorState, sent: Sent, response: Response<Body>) -> Result<Response<Body>, Stopped> {
        let status = response.status();
        if let Some(id) = sent.write {
            door.audit.answered(id, status.as_u16());
        }
        if let (true, Some(path)) = (status.is_success(), sent.pretends_to_delete.clone()) {
            door.pretence.deleted(sent.context, path);
        }
        if sent.answered_by_server && is_transient(status) {
            return self.could_not(door, &sent, response).await;
        }
        let denied = sent.is_resource && matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !denied {
            door.audit.looked(&sent.question);
        }
        let denied = denied && !sent.is_aside;
        let tells = status.is_success() && sent.stores_one && stored_object::is_readable(response.headers());
        let stored = sent.write.filter(|_| tells);
        let learner = self.learner.as_ref().filter(|_| status.is_success() && sent.is_secret);
        if !denied && stored.is_none() && learner.is_none() {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| Stopped::Unavailable(broke_off(door, &error)))?.to_bytes();
        if denied {
            door.audit.denied(&sent.question, &format!("{}: {}", sent.about, status_message(status, &body)));
        }
        if let Some(learner) = learner {
            secrets::of(&body).iter().for_each(|secret| learner.tell(secret));
        }
        if let Some(id) = stored {
            door.audit.stored(id, &body);
        }
        Ok(Response::from_parts(head, Body::from(body)))
    }

    /// Keeps that the server could not answer. It was asked again as often as makes sense: clients need not do so, too.
    async fn could_not(
        &self,
        door: &DoorState,
        sent: &Sent,
        response: Response<Body>,
    ) -> Result<Response<Body>, Stopped> {
        let (mut head, body) = response.into_parts();
        head.headers.remove(header::RETRY_AFTER);
        let body = body.collect().await.map_err(|error| Stopped::Unavailable(broke_off(door, &error)))?.to_bytes();
        let answer = Answer { status: head.status, body, warnings: Vec::new() };
        if let Err(cause) = answer.succeeded() {
            door.audit.unreachable(&sent.question, &format!("{cause} ({})", sent.about));
        }
        Ok(Response::from_parts(head, Body::from(answer.body)))
    }

    pub(crate) fn has_context(&self, index: usize) -> bool {
        index < self.upstreams.len()
    }

    pub(crate) fn kubeconfig_for(&self, secret: &str) -> String {
        let (template, base) = &self.template;
        template.replace("@BASE@", &format!("{base}{secret}"))
    }

    pub(crate) fn door(&self, secret: &str) -> Option<Arc<DoorState>> {
        self.doors.read().unwrap_or_else(PoisonError::into_inner).get(secret).cloned()
    }

    pub(crate) fn add_door(&self, secret: &str, door: &Arc<DoorState>) {
        self.doors.write().unwrap_or_else(PoisonError::into_inner).insert(secret.to_owned(), Arc::clone(door));
    }

    pub(crate) fn remove_door(&self, secret: &str) {
        self.doors.write().unwrap_or_else(PoisonError::into_inner).remove(secret);
    }

    pub(crate) fn close_all_doors(&self) {
        for (_, door) in self.doors.write().unwrap_or_else(PoisonError::into_inner).drain() {
            door.close();
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder where kubectl keeps what it learns of the API through any door: a new door need not learn it anew.
    pub(crate) fn shared_discovery(&self) -> PathBuf {
        self.folder.join("learned")
    }

    /// Returns the folder where kubectl would keep what it learns through one door. It makes the name from the server's URL.
    pub(crate) fn discovery_of(&self, secret: &str) -> PathBuf {
        let address = self.template.1.trim_start_matches("http://").trim_end_matches('/').replace(':', "_");
        self.folder.join("discovery").join(address).join(secret)
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns a number that grows with every write: what was learned under a smaller one may be out of date.
    pub(crate) fn writes_so_far(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn target(&self) -> usize {
        self.contexts.target
    }

    pub(crate) fn credentials(&self) -> Vec<PathBuf> {
        self.contexts.credentials(&self.environment)
    }

    pub(crate) fn target_context(&self) -> &str {
        self.contexts.all.get(self.contexts.target).map_or("", |context| context.name.as_str())
    }

    pub(crate) fn context_names(&self) -> Vec<String> {
        self.contexts.all.iter().map(|context| context.name.clone()).collect()
    }

    pub(crate) fn is_in_pod(&self) -> bool {
        matches!(self.contexts.origin, Origin::Pod)
    }
}

/// Keeps that an answer broke off in the middle, and says so.
pub(crate) fn broke_off(door: &DoorState, error: &kube::Error) -> Unavailable {
    let error = Unavailable::Unreachable(format!("the answer broke off: {}", causes(error)));
    door.audit.unreachable("", &error.to_string());
    error
}

/// Returns what is asked, but for how it is asked: where to go on in a list, and for how long.
fn question(context: usize, request: &ApiRequest) -> String {
    let selectors = ["labelSelector", "fieldSelector"].map(|name| request.query(name).join(","));
    format!("{context} {} {}", request.describe(), selectors.join(" "))
}

/// What is remembered of a request while it is on its way.
#[derive(Debug)]
struct Sent {
    context: usize,
    about: String,
    /// What tells it from other questions; that of a client that asks again is the same.
    question: String,
    write: Option<WriteId>,
    is_resource: bool,
    /// Whether it is asked besides, and left out where it is denied: the events under `kubectl describe`.
    is_aside: bool,
    /// Whether the answer is the server's own, and not of what stands behind it.
    answered_by_server: bool,
    /// Whether the answer holds Secrets. A watch of them is let through as it comes.
    is_secret: bool,
    /// Whether the answer, if it is a success, is about one object and no stream.
    stores_one: bool,
    /// The path of the object that a dry run deletes.
    pretends_to_delete: Option<String>,
}

impl Sent {
    fn of(context: usize, request: &ApiRequest, write: Option<WriteId>, dry_run: bool) -> Self {
        let subject = request.subject();
        let names_one = subject.is_some_and(|subject| subject.name.is_some() && subject.subresource.is_none());
        let streams = matches!(request.subresource(), Some("exec" | "attach" | "portforward" | "proxy"));
        let deletes = *request.method() == Method::DELETE;
        Self {
            context,
            about: request.describe(),
            question: question(context, request),
            write,
            is_resource: subject.is_some(),
            is_aside: subject.is_some_and(|subject| subject.resource == "events")
                && request.query("fieldSelector").iter().any(|selector| selector.contains("involvedObject."))
                && request.head.headers.get("kubectl-command").is_some_and(|command| command == "kubectl describe"),
            answered_by_server: retry::answers_itself(request),
            is_secret: secrets::are_asked_for(request),
            stores_one: subject.is_some() && !streams && (!deletes || names_one),
            pretends_to_delete: (dry_run && deletes && names_one).then(|| request.path().to_owned()),
        }
    }
}
