//! Doors: what a child process is given so that it can reach the cluster, and only so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::watch;

use super::audit::{Audit, Refusal, Troubles, Write};
use super::gate::GateError;
use super::pass::Core;
use super::policy::Policy;
use super::pretence::Pretence;
use super::witness::Witness;
use crate::model::hexadecimal;
use crate::sys::files;

/// What the gate knows of a door while it is open.
#[derive(Debug)]
pub(crate) struct DoorState {
    pub(crate) policy: Policy,
    pub(crate) label: String,
    pub(crate) audit: Audit,
    pub(crate) pretence: Pretence,
    witness: Option<Arc<dyn Witness>>,
    /// Whether it is ours, not that of a child process.
    pub(crate) is_ours: bool,
    closed: watch::Sender<bool>,
}

impl DoorState {
    pub(crate) fn new(policy: Policy, label: &str) -> Self {
        Self {
            policy,
            label: label.to_owned(),
            audit: Audit::default(),
            pretence: Pretence::default(),
            witness: None,
            is_ours: false,
            closed: watch::Sender::new(false),
        }
    }

    pub(crate) fn witness(&self) -> Option<&dyn Witness> {
        self.witness.as_deref()
    }

    /// Returns the door through which we ask ourselves.
    pub(crate) fn ours() -> Self {
        Self { is_ours: true, ..Self::new(Policy::ReadOnly, "runbooks itself") }
    }

    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Waits until the door is closed.
    pub(crate) async fn closed(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }
}

/// An open door: a kubeconfig that works as long as this value lives, under one policy, with a record of what went through.
///
/// Dropping it ends every connection through it, streams and tunnels included. It does not keep the gate open.
#[derive(Debug)]
pub struct Door {
    state: Arc<DoorState>,
    core: Arc<Core>,
    secret: String,
    kubeconfig: PathBuf,
}

impl Door {
    pub(crate) fn open(
        core: &Arc<Core>,
        policy: Policy,
        label: &str,
        witness: Option<Arc<dyn Witness>>,
    ) -> Result<Self, GateError> {
        let secret = random_hexadecimal()?;
        let kubeconfig = core.folder().join(format!("kubeconfig-{}", core.next_number()));
        files::write_private(&kubeconfig, core.kubeconfig_for(&secret).as_bytes())?;
        files::link_folder(&core.shared_discovery(), &core.discovery_of(&secret))?;
        let state = Arc::new(DoorState { witness, ..DoorState::new(policy, label) });
        core.add_door(&secret, &state);
        Ok(Self { state, core: Arc::clone(core), secret, kubeconfig })
    }

    /// Returns the kubeconfig to point a child process at. Only this user can read it; it holds no credentials of theirs.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Returns what a child process needs in its environment: where its kubeconfig is, where kubectl may keep what it
    /// learns of this cluster, and no way around the gate where we run in a pod ourselves.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut variables = vec![
            ("KUBECONFIG".to_owned(), self.kubeconfig.display().to_string()),
            ("KUBECACHEDIR".to_owned(), self.core.folder().display().to_string()),
        ];
        // Clients that find this empty do not take themselves to be in a pod.
        variables.extend(self.core.is_in_pod().then(|| ("KUBERNETES_SERVICE_HOST".to_owned(), String::new())));
        variables
    }

    /// Returns the policy it was opened with.
    pub fn policy(&self) -> Policy {
        self.state.policy
    }

    /// Returns what was refused so far.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.state.audit.so_far().refusals
    }

    /// Returns the writes that were sent so far, dry runs of the gate included.
    pub fn writes(&self) -> Vec<Write> {
        self.state.audit.so_far().writes
    }

    /// Returns why the API server could not be reached, if that ever happened: what a step concluded then, it concluded
    /// without having looked.
    pub fn unreachable(&self) -> Option<String> {
        self.state.audit.so_far().unreachable()
    }

    /// Returns what the API server said when it denied this identity something (401, 403), if that ever happened.
    pub fn denied(&self) -> Option<String> {
        self.state.audit.so_far().denied()
    }

    /// Returns both of the above, and forgets them: what is said next is of a later attempt.
    pub fn take_troubles(&self) -> Troubles {
        self.state.audit.take_troubles(tokio::time::Instant::now())
    }

    /// Returns how many requests came through it.
    pub fn requests(&self) -> u64 {
        self.state.audit.so_far().requests
    }

    pub(crate) fn state(&self) -> &Arc<DoorState> {
        &self.state
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.core.remove_door(&self.secret);
        self.state.close();
        // The folder goes with the gate; a file that cannot be removed now goes then.
        let _ = files::remove(&self.kubeconfig);
        let _ = files::remove(&self.core.discovery_of(&self.secret));
    }
}

/// Returns 256 random bits in hexadecimal.
fn random_hexadecimal() -> Result<String, GateError> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| GateError::NoRandomness)?;
    Ok(hexadecimal(&bytes))
}
