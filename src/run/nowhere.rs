//! A world without a cluster: whatever is asked of it could not be looked at.

use std::sync::Arc;

use serde_json::Value;

use crate::model::{ObjectSummary, Patch, Rehearsal, ResourceKind, Right, Unavailable, World};

/// Answers every question with the reason why there is no cluster.
#[derive(Debug, Clone)]
pub(super) struct Nowhere(pub(super) String);

impl Nowhere {
    fn reason<T>(&self) -> Result<T, Unavailable> {
        Err(Unavailable::NoCluster(self.0.clone()))
    }
}

impl World for Nowhere {
    fn namespace(&self) -> &'static str {
        "default"
    }

    fn contexts(&self) -> Vec<String> {
        Vec::new()
    }

    async fn kinds(&self) -> Result<Arc<Vec<ResourceKind>>, Unavailable> {
        self.reason()
    }

    async fn list(&self, _: &ResourceKind, _: Option<&str>) -> Result<Arc<Vec<ObjectSummary>>, Unavailable> {
        self.reason()
    }

    async fn get(&self, _: &ResourceKind, _: Option<&str>, _: &str) -> Result<Option<Arc<Value>>, Unavailable> {
        self.reason()
    }

    async fn may(&self, _: &Right<'_>) -> Result<bool, Unavailable> {
        self.reason()
    }

    async fn rehearse(&self, _: &ResourceKind, _: Option<&str>, _: &str, _: &Patch) -> Result<Rehearsal, Unavailable> {
        self.reason()
    }

    async fn identity(&self) -> Option<String> {
        None
    }
}
