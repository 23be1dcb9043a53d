//! The answers of a world, kept for one text, so that no question is asked twice.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::{ObjectSummary, ResourceKind, Right, Unavailable, World};

use super::kinds;

type Listed = Result<Arc<Vec<ObjectSummary>>, Unavailable>;
type Got = Result<Option<Arc<Value>>, Unavailable>;
type Place = (String, String, Option<String>);

/// A world that remembers what it said.
pub(super) struct Answers<'w, W> {
    pub(super) world: &'w W,
    served: Option<Result<Arc<Vec<ResourceKind>>, Unavailable>>,
    lists: HashMap<Place, Listed>,
    objects: HashMap<(Place, String), Got>,
    rights: HashMap<String, Result<bool, Unavailable>>,
}

impl<'w, W: World> Answers<'w, W> {
    pub(super) fn of(world: &'w W) -> Self {
        Self { world, served: None, lists: HashMap::new(), objects: HashMap::new(), rights: HashMap::new() }
    }

    /// Returns every resource kind that is served.
    pub(super) async fn served(&mut self) -> Result<Arc<Vec<ResourceKind>>, Unavailable> {
        if self.served.is_none() {
            self.served = Some(self.world.kinds().await);
        }
        self.served.clone().unwrap_or_else(|| Ok(Arc::default()))
    }

    /// Returns the kind that a word names, if it is served.
    pub(super) async fn kind(&mut self, word: &str) -> Result<Option<ResourceKind>, Unavailable> {
        let served = self.served().await?;
        Ok(kinds::find(&served, word).and_then(|found| found.kinds().first().map(|kind| (*kind).clone())))
    }

    /// Returns the objects of a kind; none where its objects cannot be listed at all.
    pub(super) async fn list(&mut self, kind: &ResourceKind, namespace: Option<&str>) -> Listed {
        if !can_be_listed(kind) {
            return Ok(Arc::default());
        }
        let namespace = namespace.filter(|_| kind.namespaced);
        let place = place(kind, namespace);
        if let Some(known) = self.lists.get(&place) {
            return known.clone();
        }
        let answer = self.world.list(kind, namespace).await;
        self.lists.insert(place, answer.clone());
        answer
    }

    /// Returns one object, whole.
    pub(super) async fn get(&mut self, kind: &ResourceKind, namespace: Option<&str>, name: &str) -> Got {
        let namespace = namespace.filter(|_| kind.namespaced);
        let key = (place(kind, namespace), name.to_owned());
        if let Some(known) = self.objects.get(&key) {
            return known.clone();
        }
        let answer = self.world.get(kind, namespace, name).await;
        self.objects.insert(key, answer.clone());
        answer
    }

    /// Returns whether this identity may do something.
    pub(super) async fn may(&mut self, right: &Right<'_>) -> Result<bool, Unavailable> {
        let Right { by, verb, kind, subresource, namespace, name } = right;
        let key = format!("{by:?} {verb} {}/{} {subresource:?} {namespace:?} {name:?}", kind.group, kind.plural);
        if let Some(known) = self.rights.get(&key) {
            return known.clone();
        }
        let answer = self.world.may(right).await;
        self.rights.insert(key, answer.clone());
        answer
    }

    /// Returns what the cluster calls this identity.
    pub(super) async fn identity(&self) -> Option<String> {
        self.world.identity().await
    }

    /// Returns whether an object exists; where nobody may list, it is asked for by name.
    pub(super) async fn has(
        &mut self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        is_it: impl Fn(&str) -> bool,
        name: &str,
    ) -> Result<bool, Unavailable> {
        match self.list(kind, namespace).await {
            Ok(objects) if can_be_listed(kind) => Ok(objects.iter().any(|object| is_it(&object.name))),
            Ok(_) | Err(Unavailable::Forbidden(_)) => Ok(self.get(kind, namespace, name).await?.is_some()),
            Err(reason) => Err(reason),
        }
    }
}

fn can_be_listed(kind: &ResourceKind) -> bool {
    kind.verbs.is_empty() || kind.verbs.iter().any(|verb| verb == "list")
}

fn place(kind: &ResourceKind, namespace: Option<&str>) -> Place {
    (kind.group.clone(), kind.plural.clone(), namespace.map(str::to_owned))
}
