//! What a command names that must exist.

use std::collections::BTreeMap;

use crate::model::Span;

use super::argument::{Argument, Unknown};

/// Something a command names that must exist for the command to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The command that names it.
    pub command: Span,
    /// What is named.
    pub subject: Subject,
    /// Whether it must be there already.
    pub presence: Presence,
    /// Whether the command takes it away, so that nothing later may expect it.
    pub removes: bool,
    /// The context the command looks at, where it says so.
    pub context: Option<Argument>,
    /// Why it cannot be asked for, although its name may be known.
    pub elsewhere: Option<Unknown>,
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A context of the kubeconfig.
    Context(Argument),
    /// A namespace.
    Namespace(Argument),
    /// A resource kind, in any form kubectl takes.
    Kind(Argument),
    /// An object.
    Object(ObjectName),
    /// At least one object with certain labels, of any of several kinds.
    Matching(Matching),
    /// A container in the pod template of an object.
    Container {
        /// What has the container.
        of: Holder,
        /// Its name.
        container: Argument,
    },
    /// A file or folder that the command reads. Not a question to a cluster: [`resolve`](super::resolve) leaves it alone.
    File(Argument),
    /// Whatever a command names whose arguments nobody here understands.
    Unclear(Span, Unknown),
}

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Its kind: `deploy`, `deployments.apps`, `Deployment.v1.apps` …
    pub kind: Argument,
    /// Its name.
    pub name: Argument,
    /// Where it lives, if its kind lives in namespaces.
    pub namespace: Namespace,
}

/// Objects with certain labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// Their kinds; one of them is enough.
    pub kinds: Vec<Argument>,
    /// The label selector.
    pub selector: Argument,
    /// Where they live.
    pub namespace: Namespace,
}

/// What has a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An object with a pod template, or a pod.
    Object(ObjectName),
    /// The pods with certain labels.
    Matching(Matching),
}

/// Where an object lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespace {
    /// Where commands look that name no namespace.
    Default,
    /// In a namespace that is named.
    Named(Argument),
    /// Anywhere.
    All,
}

/// Whether something must be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// Something whose name begins like this must: `kubectl describe`.
    Prefix,
    /// It need not: `--ignore-not-found`, `wait --for=delete`, `… || true`.
    Optional,
}

/// Something a command brings into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Making {
    /// An object.
    Object {
        /// Its kind, in any form kubectl takes.
        kind: String,
        /// Its namespace; `None` is the default one.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// Labels that objects will carry.
    Labels(BTreeMap<String, String>),
    /// A context of the kubeconfig.
    Context(String),
    /// A resource kind, by all its names.
    Kind(Vec<String>),
}

/// What a text names and what it makes, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Something that must exist.
    Reference(Box<Reference>),
    /// Something that exists from here on.
    Making(Making),
}

impl Subject {
    /// Returns the words that name it.
    pub const fn span(&self) -> Span {
        match self {
            Self::Context(name) | Self::Namespace(name) | Self::Kind(name) | Self::File(name) => name.span,
            Self::Object(object) => object.name.span,
            Self::Matching(matching) => matching.selector.span,
            Self::Container { container, .. } => container.span,
            Self::Unclear(span, _) => *span,
        }
    }

    /// Returns the namespace it lives in, as far as it lives in one.
    pub const fn namespace(&self) -> Option<&Namespace> {
        match self {
            Self::Object(object) | Self::Container { of: Holder::Object(object), .. } => Some(&object.namespace),
            Self::Matching(matching) | Self::Container { of: Holder::Matching(matching), .. } => {
                Some(&matching.namespace)
            }
            Self::Context(_) | Self::Namespace(_) | Self::Kind(_) | Self::File(_) | Self::Unclear(..) => None,
        }
    }
}

impl Reference {
    /// Returns a reference to something that must be there, in the cluster the target points at.
    pub const fn required(command: Span, subject: Subject) -> Self {
        Self { command, subject, presence: Presence::Required, removes: false, context: None, elsewhere: None }
    }
}
