//! References + a world → outcomes.
//!
//! Whatever cannot be looked at is `errored` with the world's own words, and nothing else is claimed of it. What is
//! wrong is said once per place: where a namespace is missing, nothing more is said of what would be in it.

mod access;
mod answers;
mod asking;
mod containers;
mod kinds;
mod objects;
mod parts;
mod rehearsal;
mod releases;
mod selection;
mod suggestions;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::diagnostic::did_you_mean;
use crate::model::{ReferenceCount, ResourceKind, Span, Unavailable, World};

use super::argument::{Argument, Unknown};
use super::extract::Extracted;
use super::kubectl::table;
use super::made::Made;
use super::problem::Problem;
use super::shelf::{Described, OnShelf, Shelf};
use super::subject::{Entry, Making, NamedFile, Namespace, ObjectName, Presence, Reference, Sent, Subject};
use answers::Answers;
pub use kinds::removed;

/// What became of the references of a text.
#[derive(Debug, Clone, Default)]
pub struct Resolution {
    /// How many there were of each sort; of what would be in a missing namespace none is counted.
    pub count: ReferenceCount,
    /// What is not there, and what could not be looked at.
    pub problems: Vec<Problem>,
    /// How many changes the server did not look at, because whoever asks may not make them.
    pub untried: usize,
    /// What cannot be known without running something, where it stands and why.
    pub unknown: Vec<(Span, Unknown)>,
}

/// What became of one reference.
enum Verdict {
    Resolved,
    Unknown(Unknown),
    Drifted(Box<Problem>),
    Errored(Unavailable),
    /// Stands and falls with another reference that is looked at by itself.
    Silent,
}

/// Looks up what the commands of a text name. `made` is what the blocks before make; it is extended.
pub async fn resolve<W: World, S: Shelf>(extracted: &Extracted, made: &mut Made, world: &W, shelf: &S) -> Resolution {
    let mut resolver = Resolver::new(made, world);
    for problem in &extracted.problems {
        resolver.drifted(problem.clone());
    }
    for entry in &extracted.entries {
        match entry {
            Entry::Making(making) => resolver.make(making.clone()).await,
            Entry::Change(change) => resolver.rehearse(change).await,
            Entry::Sent(sent) => resolver.send(sent).await,
            Entry::Reference(reference) => {
                resolver.resolve(reference).await;
                if let Subject::File(file) = &reference.subject {
                    let described = resolver.file(reference, file, shelf);
                    // What a manifest puts its own objects into need not be there before.
                    let (around, objects): (Vec<_>, Vec<_>) =
                        described.makings.into_iter().partition(Making::is_a_place);
                    around.into_iter().for_each(|making| resolver.made.add(making, world.namespace()));
                    for named in &described.references {
                        resolver.resolve(named).await;
                    }
                    for sent in &described.sent {
                        resolver.send(sent).await;
                    }
                    objects.into_iter().for_each(|making| resolver.made.add(making, world.namespace()));
                }
            }
        }
    }
    resolver.resolution
}

/// Looks up references that no command names, such as those of a Kubernetes object.
pub async fn resolve_all<W: World>(references: &[Reference], made: &mut Made, world: &W) -> Resolution {
    let mut resolver = Resolver::new(made, world);
    for reference in references {
        resolver.resolve(reference).await;
    }
    resolver.resolution
}

/// Returns whether a word names a kind.
pub(super) fn is_kind(served: &[ResourceKind], word: &str, kind: &ResourceKind) -> bool {
    kinds::find(served, word).is_some_and(|found| found.kinds().iter().any(|other| kinds::is_same(other, kind)))
}

/// Looks up objects that are sent to the server without a command, such as those of a block.
pub async fn send_all<W: World>(sent: &[Sent], made: &mut Made, world: &W) -> Resolution {
    let mut resolver = Resolver::new(made, world);
    for sent in sent {
        resolver.send(sent).await;
    }
    resolver.resolution
}

struct Resolver<'a, W> {
    answers: Answers<'a, W>,
    made: &'a mut Made,
    resolution: Resolution,
    told: HashSet<(Span, &'static str, String)>,
    unavailable: HashSet<String>,
}

impl<'a, W: World> Resolver<'a, W> {
    fn new(made: &'a mut Made, world: &'a W) -> Self {
        Self {
            answers: Answers::of(world),
            made,
            resolution: Resolution::default(),
            told: HashSet::new(),
            unavailable: HashSet::new(),
        }
    }

    async fn resolve(&mut self, reference: &Reference) {
        let asked = if reference.subject.asks() { Some(self.asked(reference).await) } else { None };
        let reference = asked.as_ref().unwrap_or(reference);
        match self.verdict(reference).await {
            Verdict::Resolved => {
                self.resolution.count.resolved += 1;
                self.warnings_of(reference).await;
            }
            Verdict::Unknown(reason) => self.unknown(reference.subject.span(), reason),
            Verdict::Drifted(problem) => self.drifted(*problem),
            Verdict::Errored(reason) => self.errored(reference, &reason),
            Verdict::Silent => {}
        }
        if let (true, Subject::Object(object)) = (reference.removes, &reference.subject) {
            self.remove(object);
        }
    }

    /// Looks up a right that no word of the text names.
    async fn resolve_right(&mut self, reference: &Reference) {
        match self.verdict(reference).await {
            Verdict::Drifted(problem) => self.drifted(*problem),
            Verdict::Errored(reason) => self.errored(reference, &reason),
            Verdict::Unknown(reason) => self.unknown(reference.subject.span(), reason),
            Verdict::Resolved | Verdict::Silent => {}
        }
    }

    /// Looks a file up, and returns what the manifests in it make, name and send.
    fn file<S: Shelf>(&mut self, reference: &Reference, file: &NamedFile, shelf: &S) -> Described {
        match shelf.look(reference, file, self.made) {
            OnShelf::Unlooked => {}
            OnShelf::Unknown(reason) => self.unknown(file.path.span, reason),
            OnShelf::Missing(problem) => {
                if reference.presence == Presence::Required {
                    self.drifted(*problem);
                }
            }
            OnShelf::There(mut described) => {
                self.resolution.count.resolved += 1;
                described.problems.drain(..).for_each(|problem| self.drifted(problem));
                if let Some(reason) = described.unknown.take() {
                    self.unknown(file.path.span, reason);
                }
                return described;
            }
        }
        Described::default()
    }

    fn unknown(&mut self, span: Span, reason: Unknown) {
        self.resolution.count.unknown += 1;
        self.resolution.unknown.push((span, reason));
    }

    fn drifted(&mut self, problem: Problem) {
        if self.told.insert((problem.span, problem.rule, problem.message.clone())) {
            self.resolution.count.drifted += 1;
            self.resolution.problems.push(problem);
        }
    }

    fn warned(&mut self, problem: Problem) {
        if self.told.insert((problem.span, problem.rule, problem.message.clone())) {
            self.resolution.problems.push(problem);
        }
    }

    /// Tells what the server warns of whoever asks for a kind.
    async fn warnings_of(&mut self, reference: &Reference) {
        let (Subject::Kind(word) | Subject::Object(ObjectName { kind: word, .. })) = &reference.subject else { return };
        let Ok(Some(kind)) = self.answers.kind(word.text.as_str()).await else { return };
        for warning in self.answers.world.warnings(&kind).await {
            let message = format!("the server warns: {warning}");
            self.warned(Problem::warning("server-warning", word.span, reference.command, message));
        }
    }

    fn errored(&mut self, reference: &Reference, reason: &Unavailable) {
        self.resolution.count.errored += 1;
        let message = reason.to_string();
        if self.unavailable.insert(message.clone()) {
            let problem = Problem::errored("unavailable", reference.subject.span(), reference.command, message);
            self.resolution.problems.push(problem);
        }
    }

    fn remove(&mut self, object: &ObjectName) {
        let namespace = match &object.namespace {
            Namespace::Named(name) => name.known().ok(),
            Namespace::Default | Namespace::All => Some(self.answers.world.namespace()),
        };
        if let (Ok(kind), Some(namespace), Ok(name)) = (object.kind.known(), namespace, object.name.known()) {
            self.made.remove(kind, namespace, name);
        }
    }

    async fn verdict(&mut self, reference: &Reference) -> Verdict {
        match &reference.subject {
            Subject::File(_) => return Verdict::Silent,
            Subject::Unclear(_, reason) => return Verdict::Unknown(reason.clone()),
            Subject::Context(name) => return self.context(reference, name),
            _ => {}
        }
        if let Some(verdict) = self.elsewhere(reference) {
            return verdict;
        }
        let verdict = match &reference.subject {
            Subject::Namespace(name) => self.namespace(reference, name).await,
            Subject::Kind(kind) => self.kinds(reference, kind).await.map(|_| Verdict::Resolved),
            Subject::Object(object) => self.object(reference, object).await,
            Subject::Matching(matching) => self.matching(reference, matching).await,
            Subject::Container { of, container } => self.container(reference, of, container).await,
            Subject::Port { of, port } => self.port(reference, of, port).await,
            Subject::Key { of, key } => self.key(reference, of, key).await,
            Subject::Revision { of, revision } => self.revision(reference, of, revision).await,
            Subject::Endpoints(of) => self.endpoints(reference, of).await,
            Subject::Release(release) => self.release(reference, release).await,
            Subject::Ability(ability) => self.ability(reference, ability).await,
            Subject::Access(access) => self.access(reference, access).await,
            Subject::File(_) | Subject::Unclear(..) | Subject::Context(_) => Ok(Verdict::Silent),
        };
        verdict.unwrap_or_else(|verdict| verdict)
    }

    fn context(&self, reference: &Reference, name: &Argument) -> Verdict {
        let name = match name.known() {
            Ok(name) => name,
            Err(reason) => return Verdict::Unknown(reason.clone()),
        };
        let contexts = self.answers.world.contexts();
        if contexts.iter().any(|context| context == name)
            || self.made.has_context(name)
            || reference.presence == Presence::Optional
        {
            return Verdict::Resolved;
        }
        if contexts.is_empty() {
            return Verdict::Errored(Unavailable::NoCluster("the kubeconfig has no contexts".to_owned()));
        }
        let help =
            did_you_mean(name, contexts.iter().map(String::as_str)).map(|close| format!("did you mean \"{close}\"?"));
        let problem = Problem::drifted(
            "unknown-context",
            reference.subject.span(),
            reference.command,
            format!("no context \"{name}\""),
        );
        Verdict::Drifted(Box::new(problem.actual(suggestions::there_are("contexts", &contexts)).help(help)))
    }

    /// Returns why a reference cannot be asked for here, if it cannot.
    fn elsewhere(&self, reference: &Reference) -> Option<Verdict> {
        if let Some(reason) = &reference.elsewhere {
            return Some(Verdict::Unknown(reason.clone()));
        }
        match reference.context.as_ref()?.known() {
            Err(reason) => Some(Verdict::Unknown(reason.clone())),
            Ok(name) if self.answers.world.context() == Some(name) => None,
            Ok(name) if !self.answers.world.contexts().iter().any(|context| context == name) => Some(Verdict::Silent),
            Ok(name) => Some(Verdict::Unknown(Unknown::Elsewhere(format!("in context \"{name}\"")))),
        }
    }

    /// Returns the kinds that a word names: one, or those of a category.
    async fn kinds(&mut self, reference: &Reference, word: &Argument) -> Result<Vec<ResourceKind>, Verdict> {
        let text = word.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let served = self.answers.served().await.map_err(Verdict::Errored)?;
        if let Some(found) = kinds::find(&served, text) {
            return Ok(found.kinds().into_iter().cloned().collect());
        }
        if self.made.has_kind(text) {
            return Err(Verdict::Unknown(Unknown::Computed));
        }
        let silent = self.answers.world.silent_groups().await.map_err(Verdict::Errored)?;
        if let Some(reason) = kinds::silence(&silent, text) {
            return Err(Verdict::Errored(reason));
        }
        let message = match manifest_form(text) {
            Some((kind, api)) => format!("the cluster does not serve \"{kind}\" of \"{api}\""),
            None => format!("the cluster has no resource kind \"{text}\""),
        };
        let help = kinds::removed(text).or_else(|| kind_help(&served, text));
        let problem = Problem::drifted("unknown-kind", word.span, reference.command, message).help(help);
        Err(Verdict::Drifted(Box::new(problem)))
    }

    /// Returns the namespace that is meant; `None` is all of them.
    fn place(&self, namespace: &Namespace) -> Result<Option<String>, Verdict> {
        match namespace {
            Namespace::Default => Ok(Some(self.answers.world.namespace().to_owned())),
            Namespace::All => Ok(None),
            Namespace::Named(name) => match name.known() {
                Ok(name) => Ok(Some(name.to_owned())),
                Err(reason) => Err(Verdict::Unknown(reason.clone())),
            },
        }
    }
}

/// Returns kind and API of `Kind.version.group`, the form that manifests are given.
fn manifest_form(word: &str) -> Option<(&str, String)> {
    let (kind, rest) = word.split_once('.')?;
    let (version, group) = rest.split_once('.')?;
    let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    kind.starts_with(char::is_uppercase).then_some((kind, api))
}

fn kind_help(served: &[ResourceKind], word: &str) -> Option<String> {
    let base = word.split('.').next().unwrap_or(word);
    if let Some(kind) = kinds::find(served, base).filter(|_| base != word) {
        let kind = (*kind.kinds().first()?).clone();
        return Some(format!("the cluster serves {} as \"{}\"", kind.plural, kind.api_version()));
    }
    if table().verb("", word).is_some() {
        return Some(format!("`kubectl {word}` is a command of its own"));
    }
    did_you_mean(word, kinds::words(served)).map(|close| format!("did you mean \"{close}\"?"))
}
