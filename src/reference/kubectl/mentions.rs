//! What the arguments of a verb name: the entry, and what all verbs have in common.

use crate::model::Span;
use crate::reference::argument::{Argument, Unknown};
use crate::reference::programs::is_file;
use crate::reference::subject::{
    Entry, FileUse, Holder, Making, Matching, NamedFile, Namespace, ObjectName, Presence, Reference, Subject,
};

use super::invocation::{Invocation, VerbWord};
use super::rights::Target;
use super::{change, create, forms, oc, parts, pods, rights};

/// Where a command looks, as far as its flags and what ran before it tell.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder that an earlier command went to; an error where nobody knows it.
    pub folder: Result<Option<String>, Unknown>,
    /// The namespace that an earlier command made the default one.
    pub namespace: Option<Argument>,
    /// The context that an earlier command switched to.
    pub context: Option<Argument>,
    /// Why the command does not look at the cluster that can be asked.
    pub elsewhere: Option<Unknown>,
    /// Whether the text says what happens when the command fails: `… || true`, `if …; then`.
    pub may_fail: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { folder: Ok(None), namespace: None, context: None, elsewhere: None, may_fail: false }
    }
}

/// Returns what a command names and makes, in the order of the text as far as that matters.
pub fn mentions(invocation: &Invocation, surroundings: &Surroundings) -> Vec<Entry> {
    let mut mentions = Mentions::new(invocation, surroundings);
    mentions.context();
    mentions.namespace();
    match &invocation.verb {
        VerbWord::Known(_) => {
            if !(pods::mention(&mut mentions) || create::mention(&mut mentions)) {
                forms::mention(&mut mentions);
            }
            mentions.files();
            parts::impersonated(&mut mentions);
            rights::mention(&mut mentions);
            mentions.changes();
        }
        VerbWord::Oc(_) => {
            oc::mention(&mut mentions);
            rights::mention(&mut mentions);
        }
        VerbWord::Plugin(name) if !matches!(name.as_str(), "ns" | "ctx") => {
            let reason = Unknown::Plugin(format!("kubectl {name}"));
            mentions.add(Subject::Unclear(invocation.verb_span, reason));
        }
        VerbWord::Plugin(name) => mentions.switch(name == "ns"),
        VerbWord::Unknown(reason) => mentions.add(Subject::Unclear(invocation.span, reason.clone())),
        VerbWord::None => {}
    }
    mentions.entries
}

/// The entries of one command in the making.
pub(super) struct Mentions<'a> {
    pub(super) invocation: &'a Invocation,
    surroundings: &'a Surroundings,
    pub(super) presence: Presence,
    pub(super) removes: bool,
    /// The kinds that the verb is about.
    pub(super) targets: Vec<Target>,
    /// The kinds that the verb makes objects of.
    pub(super) created: Vec<Target>,
    namespace: Namespace,
    context: Option<Argument>,
    elsewhere: Option<Unknown>,
    entries: Vec<Entry>,
}

impl<'a> Mentions<'a> {
    fn new(invocation: &'a Invocation, surroundings: &'a Surroundings) -> Self {
        let optional = surroundings.may_fail || invocation.is_set("ignore-not-found");
        Self {
            invocation,
            surroundings,
            presence: if optional { Presence::Optional } else { Presence::Required },
            removes: false,
            targets: Vec::new(),
            created: Vec::new(),
            namespace: Namespace::Default,
            context: None,
            elsewhere: surroundings.elsewhere.clone(),
            entries: Vec::new(),
        }
    }

    fn context(&mut self) {
        let flags = ["kubeconfig", "server", "cluster"];
        if self.invocation.path().starts_with("config ") {
            return;
        }
        if flags.iter().any(|flag| self.invocation.flag(flag).is_some()) {
            self.elsewhere.get_or_insert_with(|| Unknown::Elsewhere("with another kubeconfig".to_owned()));
        }
        if let Some(context) = self.invocation.value("context") {
            self.add(Subject::Context(context.clone()));
            self.context = Some(context.clone());
        } else {
            self.context.clone_from(&self.surroundings.context);
        }
    }

    fn namespace(&mut self) {
        let named = self.invocation.value("namespace").filter(|name| !name.is(""));
        if self.invocation.is_set("all-namespaces") {
            self.namespace = Namespace::All;
        } else if let Some(name) = named {
            self.add_required(Subject::Namespace(name.clone()));
            self.namespace = Namespace::Named(name.clone());
        } else if let Some(name) = &self.surroundings.namespace {
            self.namespace = Namespace::Named(name.clone());
        }
    }

    pub(super) fn flag_or_verb_span(&self, flag: &str) -> Span {
        self.invocation.flag(flag).map_or(self.invocation.verb_span, |flag| flag.span)
    }

    pub(super) fn add(&mut self, subject: Subject) {
        let reference = Reference {
            command: self.invocation.span,
            presence: self.presence,
            removes: self.removes,
            context: self.context.clone(),
            elsewhere: self.elsewhere.clone(),
            subject,
        };
        self.entries.push(Entry::Reference(Box::new(reference)));
    }

    /// Adds something that must be there whatever becomes of the object of the command.
    pub(super) fn add_required(&mut self, subject: Subject) {
        let (presence, removes) = (self.presence, std::mem::take(&mut self.removes));
        if !self.surroundings.may_fail {
            self.presence = Presence::Required;
        }
        self.add(subject);
        (self.presence, self.removes) = (presence, removes);
    }

    /// Adds what the command changes, where it is the cluster at hand and must succeed.
    fn changes(&mut self) {
        if self.elsewhere.is_none() && self.context.is_none() && self.presence == Presence::Required {
            let changes = change::changes(self);
            self.entries.extend(changes.into_iter().map(|change| Entry::Change(Box::new(change))));
        }
    }

    /// Returns where the command looks.
    pub(super) fn place(&self) -> Namespace {
        self.namespace.clone()
    }

    pub(super) fn name(&self, kind: Argument, name: Argument) -> ObjectName {
        ObjectName { kind, name, namespace: self.namespace.clone() }
    }

    pub(super) fn object(&mut self, kind: Argument, name: Argument) -> ObjectName {
        let object = self.name(kind, name);
        self.add(Subject::Object(object.clone()));
        object
    }

    /// Adds an object of a kind that the verb implies.
    pub(super) fn object_of(&mut self, kind: &str, name: &Argument) -> ObjectName {
        self.object(Argument::implied(kind, name.span), name.clone())
    }

    pub(super) fn matching(&mut self, kinds: Vec<Argument>, selector: Argument) -> Matching {
        let matching = Matching { kinds, selector, namespace: self.namespace.clone() };
        self.add(Subject::Matching(matching.clone()));
        matching
    }

    pub(super) fn container(&mut self, of: Holder, container: Argument) {
        self.add_required(Subject::Container { of, container });
    }

    /// Says that the object of this name exists from here on.
    pub(super) fn makes(&mut self, kind: &str, name: &Argument) {
        self.created.push((Argument::implied(kind, self.invocation.verb_span), None));
        let namespace = match &self.namespace {
            Namespace::Named(name) => match name.known() {
                Ok(name) => Some(name.to_owned()),
                Err(_) => return,
            },
            Namespace::Default | Namespace::All => None,
        };
        if let Ok(name) = name.known() {
            self.making(Making::Object { kind: kind.to_owned(), namespace, name: name.to_owned() });
        }
    }

    pub(super) fn making(&mut self, making: Making) {
        self.entries.push(Entry::Making(making));
    }

    /// Adds the files that flags name; standard input and URLs are no files.
    fn files(&mut self) {
        let manifest = match self.invocation.path() {
            "apply" | "create" | "replace" => FileUse::Applied,
            "delete" => FileUse::Deleted,
            "diff" => FileUse::Compared,
            _ => FileUse::Looked,
        };
        for (flag, usage) in [("filename", manifest), ("patch-file", FileUse::Read)] {
            for path in self.invocation.values(flag) {
                self.file(path, usage);
            }
        }
        for path in self.invocation.values("kustomize") {
            self.file_that_is(path, manifest, true);
        }
        if self.invocation.path().starts_with("create ") {
            for path in self.invocation.values("from-file").into_iter().chain(self.invocation.values("from-env-file")) {
                let path = path.split_once('=').map_or(path.clone(), |(_, path)| path);
                self.file(path, FileUse::Read);
            }
        }
    }

    pub(super) fn file(&mut self, path: Argument, usage: FileUse) {
        self.file_that_is(path, usage, usage == FileUse::Kustomization);
    }

    fn file_that_is(&mut self, path: Argument, usage: FileUse, kustomized: bool) {
        if !is_file(&path) {
            return;
        }
        let elsewhere = self.elsewhere.clone();
        let folder = self.surroundings.folder.clone();
        self.elsewhere =
            self.elsewhere.take().filter(|_| self.surroundings.elsewhere.is_some()).or(folder.clone().err());
        let sending = if usage == FileUse::Applied { rights::sending(self.invocation, self.place()) } else { None };
        self.add_required(Subject::File(NamedFile { path, folder: folder.ok().flatten(), usage, kustomized, sending }));
        self.elsewhere = elsewhere;
    }

    /// Adds the namespace or context that a plugin switches to.
    fn switch(&mut self, namespace: bool) {
        if let Some(name) = self.invocation.positionals.first().filter(|name| !name.is("-")).cloned() {
            self.add(if namespace { Subject::Namespace(name) } else { Subject::Context(name) });
        }
    }
}
