//! The in-process front door: what we ask of a cluster ourselves, under the read-only policy.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::answer::{Answer, null_is_nothing};
use super::discovery::{self, Discovered, LegacyResources, Root, api_path};
use super::door::DoorState;
use super::memory::Memory;
use super::pass::{Core, Stopped};
use super::request::{ApiRequest, encode};
use super::upstream::causes;
use super::warning::warnings_in;
use crate::model::{Actor, Doer, ObjectSummary, Patch, Rehearsal, ResourceKind, Right, Rights, Unavailable, World};

/// How many objects are asked for at once; the server keeps the rest for the next page.
const PAGE: usize = 500;

/// Objects with their metadata alone: a fifth of the bytes of the whole ones.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

const JSON: &str = "application/json";

/// Where a replica set says which revision of its deployment it is.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Asks the cluster of the target's context. Answers are remembered until something is written through a live door of
/// the same gate, or [`Cluster::forget`] is called.
#[derive(Debug)]
pub struct Cluster {
    core: Arc<Core>,
    door: Arc<DoorState>,
    rights: Rights,
    heard: Mutex<HashMap<String, Vec<String>>>,
    discovered: Memory<Arc<Discovered>>,
    kinds: Memory<Arc<Vec<ResourceKind>>>,
    lists: Memory<Arc<Vec<ObjectSummary>>>,
    objects: Memory<Option<Arc<Value>>>,
    access: Memory<Allowed>,
    identity: Memory<Option<String>>,
}

/// Whether this identity may do something, and what the server says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Whether it may.
    pub yes: bool,
    /// Why, or why not; often empty where it may not.
    pub reason: String,
}

impl Cluster {
    pub(crate) fn new(core: Arc<Core>, door: Arc<DoorState>, rights: Rights) -> Self {
        Self {
            core,
            door,
            rights,
            heard: Mutex::default(),
            discovered: Memory::default(),
            kinds: Memory::default(),
            lists: Memory::default(),
            objects: Memory::default(),
            access: Memory::default(),
            identity: Memory::default(),
        }
    }

    /// Returns the version of the server, such as `v1.36.3`. Never from memory, so that it tells whether anybody is there.
    pub async fn version(&self) -> Result<String, Unavailable> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        Ok(self.get_path("/version", JSON).await?.json::<Version>()?.git_version)
    }

    /// Returns one object as it is now, `None` where it does not exist. Never from memory: this is what polls ask.
    pub async fn get_fresh(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<Value>>, Unavailable> {
        let Some(path) = object_path(kind, namespace, name) else { return Ok(None) };
        let answer = self.get_path(&path, JSON).await?;
        self.hear(kind, &answer);
        Ok(answer.json_if_found::<Value>()?.map(Arc::new))
    }

    /// Returns whether this identity may do `verb` to `resource` (`pods`, `pods/exec`) of `group`; `None` as the namespace
    /// asks for all of them, or for what lives in none.
    ///
    /// A server says yes to those who may do everything, whether or not there is such a resource.
    pub async fn can(
        &self,
        verb: &str,
        resource: &str,
        name: &str,
        group: &str,
        namespace: Option<&str>,
    ) -> Result<Allowed, Unavailable> {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        self.ask_access(
            None,
            json!({
                "verb": verb, "resource": resource, "subresource": subresource, "name": name, "group": group,
                "namespace": namespace.unwrap_or_default(),
            }),
        )
        .await
    }

    async fn review(&self, right: &Right<'_>) -> Result<Allowed, Unavailable> {
        let actor = match &self.rights {
            Rights::Of(actor) if right.by == Doer::Actor => Some(actor),
            _ => None,
        };
        self.ask_access(
            actor,
            json!({
                "verb": right.verb,
                "resource": right.kind.plural,
                "subresource": right.subresource.unwrap_or_default(),
                "group": right.kind.group,
                "namespace": right.namespace.unwrap_or_default(),
                "name": right.name.unwrap_or_default(),
            }),
        )
        .await
    }

    /// Returns who could not be asked about, and why, where the rights of somebody else count and we may not ask for them.
    pub async fn unasked_rights(&self) -> Result<Option<String>, Unavailable> {
        let Rights::Of(actor) = &self.rights else { return Ok(None) };
        let allowed = self.can("create", "subjectaccessreviews", "", "authorization.k8s.io", None).await?;
        Ok((!allowed.yes).then(|| actor.name.clone()))
    }

    /// Asks whether somebody may do something: we, or whoever is named.
    async fn ask_access(&self, actor: Option<&Actor>, attributes: Value) -> Result<Allowed, Unavailable> {
        let (kind, plural) = match actor {
            Some(_) => ("SubjectAccessReview", "subjectaccessreviews"),
            None => ("SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        };
        let question = format!("{plural} {attributes}");
        let mut spec = json!({ "resourceAttributes": attributes });
        if let Some(actor) = actor {
            spec["user"] = actor.user.clone().unwrap_or_default().into();
            spec["groups"] = actor.groups.clone().into();
        }
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
        let ask = async || {
            let path = format!("/apis/authorization.k8s.io/v1/{plural}");
            let request = request(Method::POST, &path, JSON, review.to_string().into())?;
            self.send(&self.door, request).await?.json::<Value>().map(|answer| allowed(&answer))
        };
        self.access.recall(&question, self.core.writes_so_far(), ask).await
    }

    /// Returns what the server calls this identity; servers before 1.28 do not tell.
    pub async fn who(&self) -> Result<Option<String>, Unavailable> {
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let answer = self.send(&self.door, request(Method::POST, path, JSON, review.to_string().into())?).await?;
        let name = answer.json_if_found::<Value>()?;
        Ok(name.and_then(|review| Some(review.pointer("/status/userInfo/username")?.as_str()?.to_owned())))
    }

    /// Forgets all answers; the next question is asked anew.
    pub fn forget(&self) {
        self.discovered.forget();
        self.kinds.forget();
        self.lists.forget();
        self.objects.forget();
        self.access.forget();
        self.identity.forget();
    }

    /// Returns how many requests were sent for these questions.
    pub fn requests(&self) -> u64 {
        self.door.audit.so_far().requests
    }

    async fn discovered(&self) -> Result<Arc<Discovered>, Unavailable> {
        self.discovered.recall("", self.core.writes_so_far(), async || self.discover().await.map(Arc::new)).await
    }

    async fn discover(&self) -> Result<Discovered, Unavailable> {
        let (core, groups) =
            tokio::try_join!(self.get_path("/api", discovery::ACCEPT), self.get_path("/apis", discovery::ACCEPT))?;
        let mut discovered = Discovered::default();
        for root in [core.json::<Root>()?, groups.json::<Root>()?] {
            match root {
                Root::Aggregated { items } => discovered.add_aggregated(items),
                Root::Versions { versions } => self.walk(&mut discovered, "", versions).await?,
                Root::Groups { groups } => {
                    for group in groups {
                        let name = group.name.clone();
                        self.walk(&mut discovered, &name, group.ordered()).await?;
                    }
                }
            }
        }
        Ok(discovered)
    }

    /// Asks for the versions of one group in the old form. One whose server is down is noted, as kubectl does.
    async fn walk(&self, discovered: &mut Discovered, group: &str, versions: Vec<String>) -> Result<(), Unavailable> {
        for version in versions {
            let answer = self.get_path(&api_path(group, &version), JSON).await?;
            if answer.status.is_server_error() || answer.status == StatusCode::NOT_FOUND {
                discovered.silent.push(discovery::api_version(group, &version));
            } else {
                discovered.add_legacy(group, &version, answer.json::<LegacyResources>()?);
            }
        }
        Ok(())
    }

    /// Keeps what the server warns of when it is asked for a kind.
    fn hear(&self, kind: &ResourceKind, answer: &Answer) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.entry(collection_path(kind, None)).or_insert_with(|| answer.warnings.clone());
    }

    /// Returns what the server warns of when it is asked for a kind; it is asked, if nobody has. What it answers besides
    /// does not matter here.
    async fn warned(&self, kind: &ResourceKind) -> Vec<String> {
        let path = collection_path(kind, None);
        let known = || self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        if let Some(warnings) = known() {
            return warnings;
        }
        if kind.verbs.iter().any(|verb| verb == "list")
            && let Ok(answer) = self.get_path(&format!("{path}?limit=1"), METADATA_ONLY).await
        {
            self.hear(kind, &answer);
        }
        known().unwrap_or_default()
    }

    async fn list_all(&self, kind: &ResourceKind, path: &str) -> Result<Vec<ObjectSummary>, Unavailable> {
        let mut objects = Vec::new();
        let mut page = format!("{path}?limit={PAGE}");
        loop {
            let answer = self.get_path(&page, METADATA_ONLY).await?;
            self.hear(kind, &answer);
            if answer.status == StatusCode::GONE {
                // The list grew too old between two pages; one that is not paged cannot.
                let whole: MetadataList = self.get_path(path, METADATA_ONLY).await?.json()?;
                return Ok(whole.summaries().collect());
            }
            if answer.missing_kind().as_deref() == Some("namespaces") {
                return Ok(Vec::new());
            }
            let list: MetadataList = answer.json()?;
            let rest = list.metadata.rest.clone().unwrap_or_default();
            objects.extend(list.summaries());
            if rest.is_empty() {
                return Ok(objects);
            }
            page = format!("{path}?limit={PAGE}&continue={}", encode(&rest));
        }
    }

    async fn get_path(&self, path: &str, accept: &str) -> Result<Answer, Unavailable> {
        self.send(&self.door, request(Method::GET, path, accept, Bytes::new())?).await
    }

    /// Sends a request of our own.
    pub(crate) async fn ask(&self, request: ApiRequest) -> Result<Answer, Unavailable> {
        self.send(&self.door, request).await
    }

    /// Sends a request through a door and reads the answer whole, within the gate's patience.
    pub(crate) async fn send(&self, door: &DoorState, request: ApiRequest) -> Result<Answer, Unavailable> {
        self.try_send(door, request).await.map_err(|stopped| match stopped {
            Stopped::Unavailable(cause) => cause,
            Stopped::Refused { message, .. } => Unavailable::Forbidden(message),
        })
    }

    pub(crate) async fn try_send(&self, door: &DoorState, request: ApiRequest) -> Result<Answer, Stopped> {
        // In a box: the layers are many, and every caller would carry the type of all of them.
        let response = Box::pin(self.core.pass(door, self.core.target(), request)).await?;
        let (status, warnings) = (response.status(), warnings_in(response.headers()));
        let unreachable = |cause| Stopped::Unavailable(Unavailable::Unreachable(cause));
        let patience = self.core.timeout();
        match timeout(patience, response.into_body().collect()).await {
            Ok(Ok(body)) => Ok(Answer { status, body: body.to_bytes(), warnings }),
            Ok(Err(error)) => Err(unreachable(format!("the answer broke off: {}", causes(&error)))),
            Err(_) => Err(unreachable(format!("the answer did not end within {} s", patience.as_secs_f32()))),
        }
    }
}

impl World for Cluster {
    fn namespace(&self) -> &str {
        self.core.namespace()
    }

    fn context(&self) -> Option<&str> {
        Some(self.core.target_context())
    }

    fn contexts(&self) -> Vec<String> {
        self.core.context_names()
    }

    async fn kinds(&self) -> Result<Arc<Vec<ResourceKind>>, Unavailable> {
        let ask = async || Ok(Arc::new(self.discovered().await?.kinds.clone()));
        self.kinds.recall("", self.core.writes_so_far(), ask).await
    }

    async fn silent_groups(&self) -> Result<Vec<String>, Unavailable> {
        Ok(self.discovered().await?.silent.clone())
    }

    async fn list(&self, kind: &ResourceKind, namespace: Option<&str>) -> Result<Arc<Vec<ObjectSummary>>, Unavailable> {
        let path = collection_path(kind, namespace);
        let ask = async || self.list_all(kind, &path).await.map(Arc::new);
        self.lists.recall(&path, self.core.writes_so_far(), ask).await
    }

    async fn get(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<Value>>, Unavailable> {
        let Some(path) = object_path(kind, namespace, name) else { return Ok(None) };
        let ask = async || self.get_fresh(kind, namespace, name).await;
        self.objects.recall(&path, self.core.writes_so_far(), ask).await
    }

    fn rights(&self) -> &Rights {
        &self.rights
    }

    async fn may(&self, right: &Right<'_>) -> Result<bool, Unavailable> {
        Ok(self.review(right).await?.yes)
    }

    async fn rehearse(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
    ) -> Result<Rehearsal, Unavailable> {
        self.try_out(kind, namespace, name, patch).await
    }

    async fn warnings(&self, kind: &ResourceKind) -> Vec<String> {
        self.warned(kind).await
    }

    async fn identity(&self) -> Option<String> {
        self.identity.recall("", self.core.writes_so_far(), async || self.who().await).await.ok().flatten()
    }
}

/// A list of objects of which only the metadata is read, whatever the server sends.
#[derive(Debug, Deserialize)]
struct MetadataList {
    #[serde(default)]
    metadata: ListMetadata,
    #[serde(default, deserialize_with = "null_is_nothing")]
    items: Vec<Item>,
}

#[derive(Debug, Default, Deserialize)]
struct ListMetadata {
    #[serde(default, rename = "continue")]
    rest: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Item {
    metadata: ItemMetadata,
}

#[derive(Debug, Deserialize)]
struct ItemMetadata {
    name: String,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    annotations: BTreeMap<String, String>,
    #[serde(default, rename = "ownerReferences", deserialize_with = "null_is_nothing")]
    owners: Vec<Owner>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
}

impl ItemMetadata {
    fn summary(mut self) -> ObjectSummary {
        ObjectSummary {
            name: self.name,
            namespace: self.namespace,
            labels: self.labels,
            owners: self.owners.into_iter().map(|owner| (owner.kind, owner.name)).collect(),
            revision: self.annotations.remove(REVISION),
        }
    }
}

impl MetadataList {
    fn summaries(self) -> impl Iterator<Item = ObjectSummary> {
        self.items.into_iter().map(|item| item.metadata.summary())
    }
}

fn allowed(review: &Value) -> Allowed {
    let status = &review["status"];
    let text = |key: &str| status[key].as_str().unwrap_or_default();
    let reason =
        [text("reason"), text("evaluationError")].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Allowed { yes: status["allowed"].as_bool().unwrap_or(false), reason: reason.to_owned() }
}

/// Makes a request of our own; `path` may have a query.
pub(crate) fn request(method: Method, path: &str, accept: &str, body: Bytes) -> Result<ApiRequest, Unavailable> {
    let mut built = Request::builder().method(method).uri(path).header(header::ACCEPT, accept);
    built = built.header(header::USER_AGENT, concat!("runbooks/", env!("CARGO_PKG_VERSION")));
    if !body.is_empty() {
        built = built.header(header::CONTENT_TYPE, JSON);
    }
    let built =
        built.body(()).map_err(|error| Unavailable::Unexpected(format!("`{path}` cannot be asked for: {error}")))?;
    Ok(ApiRequest::new(built.into_parts().0, body))
}

/// Returns the path of the objects of a kind.
pub(crate) fn collection_path(kind: &ResourceKind, namespace: Option<&str>) -> String {
    let base = api_path(&kind.group, &kind.version);
    match namespace.filter(|_| kind.namespaced) {
        Some(namespace) => format!("{base}/namespaces/{}/{}", encode(namespace), kind.plural),
        None => format!("{base}/{}", kind.plural),
    }
}

/// Returns the path of an object; `None` where no object can have such a name, so that there is none.
pub(crate) fn object_path(kind: &ResourceKind, namespace: Option<&str>, name: &str) -> Option<String> {
    let possible = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('/');
    if !possible(name) || !namespace.is_none_or(possible) || kind.namespaced && namespace.is_none() {
        return None;
    }
    Some(format!("{}/{}", collection_path(kind, namespace), encode(name)))
}

#[cfg(test)]
mod tests;
