//! Opening the gate, and the doors through it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::client::Cluster;
use super::door::{Door, DoorState};
use super::kubeconfig::Contexts;
use super::pass::Core;
use super::policy::Policy;
use super::proxy_server;
use super::secrets::SecretValue;
use super::upstream::Upstream;
use super::witness::Witness;
use crate::model::{Rights, Target};
use crate::recording::{Answers, ClusterHead, Tape};
use crate::sys::{Clock, Environment, files};

/// Which cluster, and how.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// A kubeconfig file; `None` looks where kubectl looks.
    pub kubeconfig: Option<PathBuf>,
    /// A context; `None` is the current one.
    pub context: Option<String>,
    /// The namespace of commands that name none; `None` is the context's.
    pub namespace: Option<String>,
    /// How long the server may keep silent about a read before it counts as unreachable.
    pub timeout: Duration,
    /// The environment that says where the kubeconfig is.
    pub environment: Environment,
    /// The clock for what is recorded.
    pub clock: Clock,
    /// A recording that is made of what we ask ourselves.
    pub tape: Option<Tape>,
    /// Whose rights the commands that are not run are held against.
    pub rights: Rights,
    /// Is told every value of every Secret that is read through the gate, before the reader has it.
    pub learner: Option<Learner>,
}

impl GateOptions {
    /// Returns the usual options in this environment: the current context, ten seconds of patience.
    pub fn of(environment: Environment) -> Self {
        let clock = Clock::from_environment(&environment);
        let timeout = Duration::from_secs(10);
        Self {
            kubeconfig: None,
            context: None,
            namespace: None,
            timeout,
            environment,
            clock,
            tape: None,
            rights: Rights::Own,
            learner: None,
        }
    }

    /// Returns the options for a target: its context and namespace, where it names them.
    pub fn for_target(target: &Target, environment: &Environment, clock: Clock) -> Self {
        Self {
            context: target.context.clone(),
            namespace: target.namespace.clone(),
            clock,
            ..Self::of(environment.clone())
        }
    }
}

/// Learns secrets.
#[derive(Clone)]
pub struct Learner(Arc<dyn Fn(&SecretValue) + Send + Sync>);

impl Learner {
    /// Makes a learner of what takes one secret at a time.
    pub fn new(learn: impl Fn(&SecretValue) + Send + Sync + 'static) -> Self {
        Self(Arc::new(learn))
    }

    /// Tells it a secret.
    pub(crate) fn tell(&self, secret: &SecretValue) {
        (self.0)(secret);
    }
}

impl std::fmt::Debug for Learner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Learner")
    }
}

/// Why there is no gate, or no door through it.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// There is no kubeconfig at all, or none with a context in it, and we run in no pod.
    #[error("no kubeconfig{}", looked_in(looked))]
    NoKubeconfig {
        /// The files that would have been read.
        looked: Vec<PathBuf>,
    },
    /// The kubeconfig says nothing about which context to take.
    #[error("the kubeconfig has no current context; there are: {}", known.join(", "))]
    NoCurrentContext {
        /// The contexts there are.
        known: Vec<String>,
    },
    /// The context asked for is not in the kubeconfig.
    #[error("no context `{name}` in the kubeconfig; {}", those(known))]
    UnknownContext {
        /// The context asked for.
        name: String,
        /// The contexts there are.
        known: Vec<String>,
    },
    /// The context is there, but says too little or names what is not there.
    #[error("context `{name}` cannot be used: {cause}")]
    BrokenContext {
        /// The context.
        name: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A kubeconfig file cannot be read.
    #[error("cannot read the kubeconfig `{}`: {cause}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The kubeconfig for children cannot be written.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// There is no port to listen on.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[source] io::Error),
    /// The system has no random numbers to make a secret of.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl GateError {
    /// Returns whether there simply is no cluster to talk to: nothing is broken, nobody asked for one.
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::NoKubeconfig { .. } | Self::NoCurrentContext { .. })
    }
}

fn looked_in(looked: &[PathBuf]) -> String {
    let places: Vec<String> = looked.iter().map(|path| format!("`{}`", path.display())).collect();
    if places.is_empty() { String::new() } else { format!("; looked for {}", places.join(", ")) }
}

fn those(known: &[String]) -> String {
    if known.is_empty() { "it has none".to_owned() } else { format!("there are: {}", known.join(", ")) }
}

/// The one door to a cluster, open as long as this value lives.
///
/// Dropping it closes every door and every connection through one, and removes the files it wrote.
#[derive(Debug)]
pub struct Gate {
    core: Arc<Core>,
    cluster: Cluster,
    server: JoinHandle<()>,
    _folder: files::PrivateFolder,
}

impl Gate {
    /// Opens the gate. Nothing is sent yet: the server need not answer, and credential plugins are not run.
    ///
    /// Must be called inside a tokio runtime. Fails where there is no kubeconfig ([`GateError::is_absence`]), where it
    /// cannot be read, and where the context asked for is not in it or is broken.
    pub async fn open(options: GateOptions) -> Result<Self, GateError> {
        // Another part of the process may have chosen the same provider already.
        rustls::crypto::ring::default_provider().install_default().ok();
        let contexts = Contexts::read(&options)?;
        let settings = contexts.settings(contexts.target).await;
        let settings = settings.map_err(|cause| broken(&contexts, cause))?;
        let namespace = options.namespace.clone().unwrap_or(settings.default_namespace);
        Self::to(contexts, namespace, options).await
    }

    /// Opens a gate behind which a recording answers: neither a cluster nor a kubeconfig is needed.
    ///
    /// What nobody asked when the recording was made is [`Unavailable::NotRecorded`](crate::model::Unavailable).
    pub async fn replay(cluster: &ClusterHead, answers: Arc<Answers>, options: GateOptions) -> Result<Self, GateError> {
        let contexts = Contexts::recorded(cluster, &options)?;
        let namespace = options.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
        Self::to(contexts, namespace, GateOptions { tape: Some(Tape::Replay(answers)), ..options }).await
    }

    async fn to(contexts: Contexts, namespace: String, options: GateOptions) -> Result<Self, GateError> {
        let contexts = Arc::new(contexts);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(GateError::Listen)?;
        let port = listener.local_addr().map_err(GateError::Listen)?.port();
        let upstreams =
            (0..contexts.all.len()).map(|index| Upstream::new(Arc::clone(&contexts), index, &options)).collect();
        let folder = files::PrivateFolder::create()?;
        let core = Arc::new(Core::new(contexts, upstreams, namespace, port, folder.path(), &options));
        files::create_folder(&core.shared_discovery())?;
        files::create_folder(&core.discovery_of(""))?;
        let server = tokio::spawn(proxy_server::serve(listener, Arc::clone(&core)));
        let own = Arc::new(DoorState::ours());
        Ok(Self { cluster: Cluster::new(Arc::clone(&core), own, options.rights), core, server, _folder: folder })
    }

    /// Opens a door for child processes. `label` says whose requests they are, in a refusal's words: `check "pods-ready"`.
    pub fn door(&self, policy: Policy, label: &str) -> Result<Door, GateError> {
        Door::open(&self.core, policy, label, None)
    }

    /// Opens a door as [`door`](Self::door) does, whose writes are told to `witness` while they happen.
    pub fn door_before(&self, policy: Policy, label: &str, witness: Arc<dyn Witness>) -> Result<Door, GateError> {
        Door::open(&self.core, policy, label, Some(witness))
    }

    /// Returns what can be asked of the cluster of the target's context.
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Returns the files that lead to a cluster without the gate: kubeconfigs, the keys and tokens they name, those that
    /// distributions leave on their nodes, and the token of the pod we run in. Not all need be there.
    pub fn credentials(&self) -> Vec<PathBuf> {
        self.core.credentials()
    }

    pub(super) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Returns how the cluster behind it is called.
    pub fn called(&self) -> ClusterHead {
        ClusterHead {
            context: self.core.target_context().to_owned(),
            contexts: self.core.context_names(),
            namespace: self.core.namespace().to_owned(),
        }
    }

    /// Returns the context the gate was opened for.
    pub fn context(&self) -> &str {
        self.core.target_context()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.server.abort();
        self.core.close_all_doors();
    }
}

fn broken(contexts: &Contexts, cause: String) -> GateError {
    let name = contexts.all.get(contexts.target).map(|context| context.name.clone()).unwrap_or_default();
    GateError::BrokenContext { name, cause }
}

#[cfg(test)]
mod tests;
