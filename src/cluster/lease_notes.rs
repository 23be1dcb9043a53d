//! What people leave for each other on the Lease of a run: its annotations.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::{Cluster, request};
use super::door::DoorState;
use super::gate::Gate;
use super::lease::{LABEL, LeaseHold, MANAGER};
use super::policy::Policy;
use super::request::encode;
use crate::model::{Rights, Unavailable};

/// Says that only what is named is changed.
const MERGE: HeaderValue = HeaderValue::from_static("application/merge-patch+json");

/// The Lease of a run, on which a note can be read and left.
#[derive(Debug, Clone)]
pub struct LeaseNotes {
    cluster: Arc<Cluster>,
    door: Arc<DoorState>,
    path: String,
}

impl LeaseNotes {
    /// Returns a note; `None` where there is none, or no Lease any more.
    pub async fn read(&self, key: &str) -> Result<Option<String>, Unavailable> {
        let request = request(Method::GET, &self.path, "application/json", Bytes::new())?;
        let lease: Option<Value> = self.cluster.send(&self.door, request).await?.json_if_found()?;
        let note = lease.as_ref().and_then(|lease| lease["metadata"]["annotations"][key].as_str());
        Ok(note.map(str::to_owned))
    }

    /// Leaves a note in place of the one there is, or takes it away. Returns whether the Lease is still there.
    pub async fn leave(&self, key: &str, note: Option<&str>) -> Result<bool, Unavailable> {
        let patch = json!({"metadata": {"annotations": {key: note}}});
        let mut request = request(Method::PATCH, &self.path, "application/json", patch.to_string().into())?;
        request.head.headers.insert(CONTENT_TYPE, MERGE);
        let answer = self.cluster.send(&self.door, request).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        answer.succeeded()?;
        Ok(true)
    }
}

impl LeaseHold {
    /// Returns the notes on this Lease.
    pub fn notes(&self) -> LeaseNotes {
        let (cluster, door, path) = self.place();
        LeaseNotes { cluster, door, path }
    }
}

impl Gate {
    /// Returns the notes on the Lease that a run holds in the target's namespace; `None` where it holds none.
    pub async fn lease_of(&self, run: &str) -> Result<Option<LeaseNotes>, Unavailable> {
        let door = Arc::new(DoorState::new(Policy::Live, "the approval of a run"));
        let cluster = Arc::new(Cluster::new(Arc::clone(self.core()), Arc::clone(&door), Rights::Own));
        let namespace = encode(self.core().namespace());
        let collection = format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases");
        let selected = format!("{collection}?labelSelector={}", encode(&format!("{LABEL}={MANAGER}")));
        let list: Value = {
            let request = request(Method::GET, &selected, "application/json", Bytes::new())?;
            cluster.send(&door, request).await?.json()?
        };
        let ending = format!(" (run {run})");
        let is_its =
            |lease: &&Value| lease["spec"]["holderIdentity"].as_str().is_some_and(|holder| holder.ends_with(&ending));
        let lease = list["items"].as_array().into_iter().flatten().find(is_its);
        let name = lease.and_then(|lease| lease["metadata"]["name"].as_str());
        Ok(name.map(|name| LeaseNotes { path: format!("{collection}/{}", encode(name)), cluster, door }))
    }
}
