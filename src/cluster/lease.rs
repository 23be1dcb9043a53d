//! A lock for everybody who works on the cluster: a Lease that is renewed as long as a run lives, and goes with it.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::{AbortHandle, JoinHandle};

use super::answer::Answer;
use super::client::{Cluster, request};
use super::door::DoorState;
use super::gate::Gate;
use super::policy::Policy;
use super::request::encode;
use crate::model::{Rights, Unavailable};
use crate::sys::Clock;

/// The label of our locks, and its value.
pub(super) const LABEL: &str = "app.kubernetes.io/managed-by";
pub(super) const MANAGER: &str = "runbooks";

/// How long a lock that is not renewed counts as held.
const DURATION: SignedDuration = SignedDuration::from_secs(60);

/// How often it is renewed: often enough that two failures do not lose it.
const RENEWAL: Duration = Duration::from_secs(15);

/// How often somebody else may come in between before taking the lock is given up.
const ATTEMPTS: usize = 3;

/// A lock that is wanted.
#[derive(Debug, Clone)]
pub struct LeaseRequest {
    /// Its name, fit for an object.
    pub name: String,
    /// Who wants it: `user@host`.
    pub holder: String,
    /// The run it is for. A lock of the same run is its own.
    pub run: String,
    /// Whether one that is not renewed any more is taken over.
    pub take_over: bool,
    /// Tells the time.
    pub clock: Clock,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who, and for which run.
    pub who: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When it was renewed last.
    pub renewed: Option<Timestamp>,
    /// Whether it is not renewed any more.
    pub stale: bool,
}

/// Why a lock was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Somebody holds it.
    #[error("held by {}", .0.who)]
    Held(Holder),
    /// Nobody could look, or this identity may not.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A lock that is held, and renewed as long as this value lives.
#[derive(Debug)]
pub struct LeaseHold {
    keeper: Keeper,
    renewal: JoinHandle<()>,
    /// Who held it before, where it was taken over.
    pub taken_over: Option<String>,
}

#[derive(Debug, Clone)]
struct Keeper {
    cluster: Arc<Cluster>,
    door: Arc<DoorState>,
    collection: String,
    wanted: LeaseRequest,
    since: Timestamp,
}

impl Gate {
    /// Takes a lock in the target's namespace. `lost` is told when somebody else has it all the same.
    pub async fn lease(
        &self,
        wanted: LeaseRequest,
        lost: impl Fn(String) + Send + 'static,
    ) -> Result<LeaseHold, LeaseError> {
        let door = Arc::new(DoorState::new(Policy::Live, "the lock of the run"));
        let cluster = Arc::new(Cluster::new(Arc::clone(self.core()), Arc::clone(&door), Rights::Own));
        let namespace = encode(self.core().namespace());
        let collection = format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases");
        let since = wanted.clock.now();
        let keeper = Keeper { cluster, door, collection, wanted, since };
        let taken_over = keeper.take().await?;
        let renewing = keeper.clone();
        let renewal = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEWAL).await;
                if let Err(LeaseError::Held(holder)) = renewing.renew().await {
                    lost(holder.who);
                    return;
                }
            }
        });
        Ok(LeaseHold { keeper, renewal, taken_over })
    }
}

impl LeaseHold {
    /// Returns where it is, and through what.
    pub(super) fn place(&self) -> (Arc<Cluster>, Arc<DoorState>, String) {
        (Arc::clone(&self.keeper.cluster), Arc::clone(&self.keeper.door), self.keeper.path())
    }

    /// Gives the lock back. One that somebody took over meanwhile is theirs.
    pub async fn release(&self) -> Result<(), LeaseError> {
        self.renewal.abort();
        self.keeper.release().await
    }

    /// Returns what gives the lock back where there is no time for anything else.
    pub fn key(&self) -> LeaseKey {
        LeaseKey { keeper: self.keeper.clone(), renewal: self.renewal.abort_handle() }
    }
}

/// Gives a lock back from elsewhere than where it is held.
#[derive(Debug, Clone)]
pub struct LeaseKey {
    keeper: Keeper,
    renewal: AbortHandle,
}

impl LeaseKey {
    /// Gives the lock back.
    pub async fn release(&self) -> Result<(), LeaseError> {
        self.renewal.abort();
        self.keeper.release().await
    }
}

impl Keeper {
    async fn release(&self) -> Result<(), LeaseError> {
        let Some(lease) = self.look().await? else { return Ok(()) };
        if !self.is_ours(&lease) {
            return Ok(());
        }
        let version = &lease["metadata"]["resourceVersion"];
        let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": version}});
        self.send(Method::DELETE, &self.path(), &body).await?.succeeded()?;
        Ok(())
    }

    /// Takes the lock. Returns who held it before, where it was taken over.
    async fn take(&self) -> Result<Option<String>, LeaseError> {
        for _ in 0..ATTEMPTS {
            let (answer, before) = match self.look().await? {
                None => (self.send(Method::POST, &self.collection, &self.lease(None)).await?, None),
                Some(lease) => {
                    let holder = self.may_take(&lease)?;
                    (self.send(Method::PUT, &self.path(), &self.lease(Some(&lease))).await?, holder)
                }
            };
            // Somebody came in between: look again at whose it is.
            if answer.status != StatusCode::CONFLICT {
                answer.succeeded()?;
                return Ok(before);
            }
        }
        Err(Unavailable::Unexpected("the lock changes hands again and again".to_owned()).into())
    }

    async fn renew(&self) -> Result<(), LeaseError> {
        let Some(lease) = self.look().await? else {
            self.send(Method::POST, &self.collection, &self.lease(None)).await?.succeeded()?;
            return Ok(());
        };
        if !self.is_ours(&lease) {
            return Err(LeaseError::Held(self.holder(&lease)));
        }
        self.send(Method::PUT, &self.path(), &self.lease(Some(&lease))).await?.succeeded()?;
        Ok(())
    }

    /// Refuses a lock that is somebody else's. Returns who held it, where it is taken over.
    fn may_take(&self, lease: &Value) -> Result<Option<String>, LeaseError> {
        let holder = self.holder(lease);
        if holder.who.is_empty() || self.is_ours(lease) {
            return Ok(None);
        }
        if holder.stale && self.wanted.take_over {
            return Ok(Some(holder.who));
        }
        Err(LeaseError::Held(holder))
    }

    fn holder(&self, lease: &Value) -> Holder {
        let time = |key: &str| lease["spec"][key].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let renewed = time("renewTime");
        let age = renewed.map(|renewed| self.wanted.clock.now().duration_since(renewed));
        Holder {
            who: lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned(),
            since: time("acquireTime"),
            renewed,
            stale: age.is_none_or(|age| age > DURATION),
        }
    }

    /// A lock of the run that is resumed was left by a process of it that died: this one holds its journal.
    fn is_ours(&self, lease: &Value) -> bool {
        let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
        holder.ends_with(&format!(" (run {})", self.wanted.run))
    }

    fn lease(&self, before: Option<&Value>) -> Value {
        let time = |at: Timestamp| format!("{at:.6}");
        let mut metadata = json!({"name": self.wanted.name, "labels": {LABEL: MANAGER}});
        if let Some(before) = before {
            metadata["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            // Notes that others left on our own lock stay; those of another run mean nothing any more.
            if self.is_ours(before) && before["metadata"]["annotations"].is_object() {
                metadata["annotations"] = before["metadata"]["annotations"].clone();
            }
        }
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": format!("{} (run {})", self.wanted.holder, self.wanted.run),
                "leaseDurationSeconds": DURATION.as_secs(),
                "acquireTime": time(self.since),
                "renewTime": time(self.wanted.clock.now()),
            },
        })
    }

    async fn look(&self) -> Result<Option<Value>, Unavailable> {
        let request = request(Method::GET, &self.path(), "application/json", Bytes::new())?;
        self.cluster.send(&self.door, request).await?.json_if_found()
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Answer, Unavailable> {
        let request = request(method, path, "application/json", body.to_string().into())?;
        self.cluster.send(&self.door, request).await
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection, self.wanted.name)
    }
}

impl Drop for LeaseHold {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
