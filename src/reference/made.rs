//! What a document makes and takes away before the world is asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ResourceKind;

use super::resolve::is_kind;
use super::subject::Making;

/// What the commands of a document make and take away, in the order in which it is told.
///
/// The blocks of one document share one. [`resolve`](super::resolve()) extends it by what the commands say; callers
/// extend it by what they know besides: objects of `yaml` actions, manifests named by `-f`.
#[derive(Debug, Clone, Default)]
pub struct Made {
    objects: Vec<Object>,
    removed: Vec<Object>,
    labels: Vec<BTreeMap<String, String>>,
    contexts: BTreeSet<String>,
    kinds: BTreeSet<String>,
    files: BTreeSet<String>,
    /// Releases of Helm by namespace and name, whether installed or taken away.
    releases: BTreeSet<(String, String)>,
    /// Namespaces that a release puts objects into whose names nobody knows, and the release.
    filled: BTreeMap<String, String>,
    any_files: bool,
}

#[derive(Debug, Clone)]
struct Object {
    kind: String,
    namespace: String,
    name: String,
}

impl Made {
    /// Says that something exists from here on; `default` is the namespace of commands that name none.
    pub fn add(&mut self, making: Making, default: &str) {
        match making {
            Making::Object { kind, namespace, name } => {
                let namespace = namespace.unwrap_or_else(|| default.to_owned());
                self.objects.push(Object { kind, namespace, name });
            }
            Making::Labels(labels) => self.labels.push(labels),
            Making::Context(name) => drop(self.contexts.insert(name)),
            Making::Kind(names) => self.kinds.extend(names),
            Making::File(path) => drop(self.files.insert(normal(&path).to_owned())),
            Making::Release { namespace, name } => {
                self.releases.insert((namespace.unwrap_or_else(|| default.to_owned()), name));
            }
            Making::AnyFiles => self.any_files = true,
        }
    }

    /// Says that a release puts objects into a namespace.
    pub(super) fn will_fill(&mut self, namespace: String, release: String) {
        self.filled.insert(namespace, release);
    }

    /// Returns the release that puts objects into a namespace whose names nobody knows.
    pub(super) fn filler(&self, namespace: &str) -> Option<&str> {
        self.filled.get(namespace).map(String::as_str)
    }

    pub(super) fn has_release(&self, namespace: &str, name: &str) -> bool {
        self.releases.iter().any(|(place, release)| place == namespace && release == name)
    }

    pub(super) fn remove(&mut self, kind: &str, namespace: &str, name: &str) {
        self.removed.push(Object { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() });
    }

    /// Returns whether the document makes an object, or takes it away, so that its absence now says nothing.
    pub(super) fn accounts_for(
        &self,
        served: &[ResourceKind],
        kind: &ResourceKind,
        namespace: &str,
        name: &str,
    ) -> bool {
        self.objects.iter().chain(&self.removed).any(|object| object.is(served, kind, namespace, name))
    }

    /// Returns whether the document makes a namespace.
    pub(super) fn has_namespace(&self, name: &str) -> bool {
        let kinds = ["namespace", "namespaces", "ns", "Namespace.v1."];
        self.objects.iter().any(|object| object.name == name && kinds.contains(&object.kind.as_str()))
    }

    /// Returns whether the document defines a resource kind of that name.
    pub(super) fn has_kind(&self, word: &str) -> bool {
        let base = word.split('.').next().unwrap_or(word);
        self.kinds.contains(&base.to_lowercase())
    }

    /// Returns whether the document leaves files behind whose names nobody knows.
    pub const fn has_any_files(&self) -> bool {
        self.any_files
    }

    /// Returns whether the document makes a file, or a folder that it lies in.
    pub fn has_file(&self, path: &str) -> bool {
        let path = normal(path);
        self.files.iter().any(|made| path == made || path.starts_with(&format!("{made}/")))
    }

    pub(super) fn has_context(&self, name: &str) -> bool {
        self.contexts.contains(name)
    }

    pub(super) fn labels(&self) -> &[BTreeMap<String, String>] {
        &self.labels
    }
}

fn normal(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

impl Object {
    fn is(&self, served: &[ResourceKind], kind: &ResourceKind, namespace: &str, name: &str) -> bool {
        self.name == name && (!kind.namespaced || self.namespace == namespace) && is_kind(served, &self.kind, kind)
    }
}
