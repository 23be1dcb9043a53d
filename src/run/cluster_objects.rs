//! Object steps, answered by the gate: looked up past every memory, applied through the step's own door.

use serde_json::Value as Json;

use super::objects::{Answer, Applied, Found, ObjectName, Objects};
use crate::cluster::{ApplyError, Cluster, Door};
use crate::model::{Unavailable, World as _};

/// The cluster as the object steps of one door see it.
#[derive(Debug, Clone, Copy)]
pub struct ClusterObjects<'a> {
    /// Answers what is asked.
    pub cluster: &'a Cluster,
    /// Lets through what is applied.
    pub door: &'a Door,
}

impl ClusterObjects<'_> {
    /// Fails where nobody knows what a group version serves: its server is down.
    async fn doubt(&self, api_version: &str) -> Result<(), Unavailable> {
        if self.cluster.silent_groups().await?.iter().any(|silent| silent == api_version) {
            let message = format!("nothing for {api_version}; its server is down");
            return Err(Unavailable::Unexpected(message));
        }
        Ok(())
    }
}

impl Objects for ClusterObjects<'_> {
    fn get<'a>(&'a self, name: &'a ObjectName) -> Answer<'a, Found> {
        Box::pin(async move {
            let kinds = self.cluster.kinds().await?;
            let served =
                |kind: &&crate::model::ResourceKind| kind.kind == name.kind && kind.api_version() == name.api_version;
            let Some(kind) = kinds.iter().find(served) else {
                self.doubt(&name.api_version).await?;
                return Ok(Found::UnknownKind);
            };
            let default = self.cluster.namespace();
            let namespace = kind.namespaced.then(|| name.namespace.as_deref().unwrap_or(default));
            let object = self.cluster.get_fresh(kind, namespace, &name.name).await?;
            Ok(object.map_or(Found::Nothing, |object| Found::Object((*object).clone())))
        })
    }

    fn apply<'a>(&'a self, name: &'a ObjectName, object: &'a Json) -> Answer<'a, Applied> {
        Box::pin(async move {
            match self.cluster.apply(object, self.door).await {
                Ok(applied) => Ok(Applied::Object(applied.object)),
                Err(ApplyError::UnknownKind { .. }) => {
                    self.doubt(&name.api_version).await?;
                    Ok(Applied::UnknownKind)
                }
                Err(ApplyError::Unavailable(cause)) => Err(cause),
                Err(refused @ (ApplyError::Incomplete(_) | ApplyError::Refused(_) | ApplyError::Rejected(_))) => {
                    Ok(Applied::Refused(refused.to_string()))
                }
            }
        })
    }
}

/// Says why there is no cluster to ask.
pub fn absent(reason: &str) -> Unavailable {
    Unavailable::NoCluster(reason.to_owned())
}
