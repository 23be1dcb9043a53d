//! What a command names that must exist.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Doer, Patch, PatchForm, Span};

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
    /// A port of a service, or of the pods of a workload.
    Port {
        /// What has the port.
        of: ObjectName,
        /// Its number or its name.
        port: Argument,
    },
    /// A key in the data of a config map or a secret. Its value is never looked at.
    Key {
        /// What has the key.
        of: ObjectName,
        /// The key.
        key: Argument,
    },
    /// A revision in the history of a workload.
    Revision {
        /// The workload.
        of: ObjectName,
        /// The number of the revision.
        revision: Argument,
    },
    /// A release of Helm, and one of its revisions.
    Release(ReleaseName),
    /// That a service has pods behind it.
    Endpoints(ObjectName),
    /// That the verb can do something with a kind at all.
    Ability(Ability),
    /// That the identity of the target may do what the command does.
    Access(Access),
    /// A file or folder that the command reads. Not a question to a cluster: [`resolve`](super::resolve) leaves it alone.
    File(NamedFile),
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

/// The name of a release of Helm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseName {
    /// Its name.
    pub name: Argument,
    /// One of its revisions, where that is named.
    pub revision: Option<Argument>,
    /// Where it lives.
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

/// A file or folder that a command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path, as written.
    pub path: Argument,
    /// The folder that the path begins in, where the text has changed it.
    pub folder: Option<String>,
    /// What it is for.
    pub usage: FileUse,
    /// Whether it is a folder whose kustomization says what is in it.
    pub kustomized: bool,
    /// How the objects in it are sent to the server, if they are.
    pub sending: Option<Sending>,
}

/// How a command sends what a manifest describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Where objects are that do not say so themselves.
    pub namespace: Namespace,
    /// As what, of the ways that the server knows.
    pub form: PatchForm,
    /// Whether it is only sent where it is not there yet.
    pub only_new: bool,
}

/// An object that a command sends to the server as a manifest describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// What names the manifest.
    pub span: Span,
    /// The command.
    pub command: Span,
    /// The object.
    pub object: Value,
    /// How.
    pub sending: Sending,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// It is read.
    Read,
    /// It is run.
    Script,
    /// What it describes is applied or created.
    Applied,
    /// What it describes is taken away.
    Deleted,
    /// What it describes is looked at: `diff`, `get -f`.
    Looked,
    /// What it describes is compared with what is there: `diff`.
    Compared,
    /// It is a folder with a kustomization that is built, and nothing else is done here.
    Kustomization,
}

/// What a verb asks of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ability {
    /// The kind.
    pub kind: Argument,
    /// What it must be able to do.
    pub need: Need,
}

/// What a kind must be able to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Have a subresource: `scale`.
    Subresource(Argument),
    /// Be one of the kinds that a verb handles, by their plural names: `rollout pause`.
    OneOf {
        /// What is done, in the words of a message: `be rolled out`.
        deed: &'static str,
        /// The kinds that can.
        plurals: &'static [&'static str],
    },
}

/// A right that a command needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Who does it.
    pub by: Doer,
    /// The words of the command that need it.
    pub span: Span,
    /// What is done, in the words of the API: `patch`.
    pub verb: &'static str,
    /// To which kind.
    pub kind: Argument,
    /// To which object; `None` is any.
    pub name: Option<Argument>,
    /// To which part of it: `scale`, `exec`.
    pub subresource: Option<&'static str>,
    /// Where.
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
    /// A file or folder, from where the text stands.
    File(String),
    /// A release of Helm, with whatever objects its chart has.
    Release {
        /// Its namespace; `None` is the default one.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// Any files: an archive is unpacked, a repository cloned.
    AnyFiles,
}

/// What a text names and what it makes, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Something that must exist.
    Reference(Box<Reference>),
    /// Something that exists from here on.
    Making(Making),
    /// A change that the server can be asked about beforehand.
    Change(Box<Change>),
    /// An object that the server can be asked about beforehand.
    Sent(Box<Sent>),
}

/// A change of an object that a command makes, where its words tell all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The verb.
    pub span: Span,
    /// The command.
    pub command: Span,
    /// What is changed.
    pub object: ObjectName,
    /// How.
    pub patch: Patch,
}

impl Making {
    /// Returns whether it is what objects stand in or are made of: a namespace, a kind.
    pub(super) fn is_a_place(&self) -> bool {
        match self {
            Self::Kind(_) => true,
            Self::Object { kind, .. } => kind == "Namespace.v1.",
            Self::Labels(_) | Self::Context(_) | Self::File(_) | Self::Release { .. } | Self::AnyFiles => false,
        }
    }
}

impl Subject {
    /// Returns the words that name it.
    pub const fn span(&self) -> Span {
        match self {
            Self::Context(name) | Self::Namespace(name) | Self::Kind(name) => name.span,
            Self::File(file) => file.path.span,
            Self::Object(object) => object.name.span,
            Self::Matching(matching) => matching.selector.span,
            Self::Container { container, .. } => container.span,
            Self::Port { port, .. } => port.span,
            Self::Key { key, .. } => key.span,
            Self::Revision { revision, .. } => revision.span,
            Self::Endpoints(object) => object.name.span,
            Self::Release(release) => release.name.span,
            Self::Ability(ability) => ability.kind.span,
            Self::Access(access) => access.span,
            Self::Unclear(span, _) => *span,
        }
    }

    /// Returns whether a name in it is what another command prints, so that it can be asked for.
    pub(super) fn asks(&self) -> bool {
        let is_asked = |argument: &mut Argument| matches!(argument.unknown, Some(Unknown::Asked(_)));
        self.clone().arguments_mut().into_iter().any(is_asked)
    }

    /// Returns every word it is made of.
    pub(super) fn arguments_mut(&mut self) -> Vec<&mut Argument> {
        match self {
            Self::Context(name) | Self::Namespace(name) | Self::Kind(name) => vec![name],
            Self::File(file) => vec![&mut file.path],
            Self::Object(of) | Self::Endpoints(of) => of.arguments_mut(),
            Self::Port { of, port: part }
            | Self::Key { of, key: part }
            | Self::Revision { of, revision: part }
            | Self::Container { of: Holder::Object(of), container: part } => {
                let mut arguments = of.arguments_mut();
                arguments.push(part);
                arguments
            }
            Self::Container { of: Holder::Matching(matching), container } => {
                let mut arguments = matching.arguments_mut();
                arguments.push(container);
                arguments
            }
            Self::Matching(matching) => matching.arguments_mut(),
            Self::Release(release) => {
                let mut arguments = vec![&mut release.name];
                arguments.extend(&mut release.revision);
                arguments.extend(release.namespace.argument_mut());
                arguments
            }
            Self::Ability(ability) => vec![&mut ability.kind],
            Self::Access(access) => {
                let mut arguments = vec![&mut access.kind];
                arguments.extend(&mut access.name);
                arguments.extend(access.namespace.argument_mut());
                arguments
            }
            Self::Unclear(..) => Vec::new(),
        }
    }

    /// Returns whether it names something, rather than what the command needs to be able to do.
    pub const fn is_name(&self) -> bool {
        !matches!(self, Self::Access(_) | Self::Ability(_))
    }

    /// Returns the namespace it lives in, as far as it lives in one.
    pub const fn namespace(&self) -> Option<&Namespace> {
        match self {
            Self::Object(object)
            | Self::Endpoints(object)
            | Self::Port { of: object, .. }
            | Self::Key { of: object, .. }
            | Self::Revision { of: object, .. }
            | Self::Container { of: Holder::Object(object), .. } => Some(&object.namespace),
            Self::Access(access) => Some(&access.namespace),
            Self::Release(release) => Some(&release.namespace),
            Self::Matching(matching) | Self::Container { of: Holder::Matching(matching), .. } => {
                Some(&matching.namespace)
            }
            Self::Context(_)
            | Self::Namespace(_)
            | Self::Kind(_)
            | Self::Ability(_)
            | Self::File(_)
            | Self::Unclear(..) => None,
        }
    }
}

impl Reference {
    /// Returns a reference to something that must be there, in the cluster the target points at.
    pub const fn required(command: Span, subject: Subject) -> Self {
        Self { command, subject, presence: Presence::Required, removes: false, context: None, elsewhere: None }
    }
}

impl ObjectName {
    fn arguments_mut(&mut self) -> Vec<&mut Argument> {
        let mut arguments = vec![&mut self.kind, &mut self.name];
        arguments.extend(self.namespace.argument_mut());
        arguments
    }
}

impl Matching {
    fn arguments_mut(&mut self) -> Vec<&mut Argument> {
        let mut arguments: Vec<_> = self.kinds.iter_mut().collect();
        arguments.push(&mut self.selector);
        arguments.extend(self.namespace.argument_mut());
        arguments
    }
}

impl Namespace {
    const fn argument_mut(&mut self) -> Option<&mut Argument> {
        match self {
            Self::Named(name) => Some(name),
            Self::Default | Self::All => None,
        }
    }
}
