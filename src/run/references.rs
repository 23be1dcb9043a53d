//! What the commands of a runbook name, looked up before anything of it runs.
//!
//! Every shell block is looked at, with a role or without, every Kubernetes object of a step, and inline code that is a
//! command; in the order of the text, because what a block makes is not missing in the blocks behind it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cluster::{FIELD_MANAGER, Gate};
use crate::model::{
    Block, Doer, Finding, InlineCode, Outcome, PatchForm, Place, ReferenceCount, Runbook, Source, Span, Step,
    StepLanguage, Value, Values, World,
};
use crate::plan;
use crate::reference::kubectl::Release;
use crate::reference::{
    self, Argument, Entry, Made, Namespace, Outward, Presence, Problem, Reference, Resolution, Scope, Sending, Subject,
    Unknown,
};
use crate::shell;
use crate::shell::prompt::{self, PromptKind};
use crate::sys::Environment;

use super::Redactor;
use super::named_files::NamedFiles;
use super::nowhere::Nowhere;
use super::outside::{Asked, Brought, Outside};
use super::stage::step_place;
use super::when;

/// Findings about the doing, not about what is named.
const DOING: &[&str] = &["forbidden", "refused"];

/// What was found of a runbook's references.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// How many, of the whole text.
    pub count: ReferenceCount,
    /// What is wrong outside its steps.
    pub outside: Vec<Finding>,
    steps: Vec<OfStep>,
}

/// What was found of one step's references.
#[derive(Debug, Clone, Default)]
pub struct OfStep {
    /// How many.
    pub count: ReferenceCount,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many of its changes the server did not look at, because this identity may not try them.
    pub untried: usize,
    /// What it names, as people read it: `deployment/novacron-api`.
    pub touches: Vec<String>,
    /// The same objects, as a cluster is asked for them.
    pub objects: Vec<NamedObject>,
}

/// An object that a step names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedObject {
    /// Its kind, as it is written: `deploy`, `deployments.apps` …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it lives, if that is said; else where commands look that name no namespace.
    pub namespace: Option<String>,
}

impl Resolved {
    /// Returns what was found of the step at `index`.
    pub fn of_step(&self, index: usize) -> &OfStep {
        const NOTHING: &OfStep = &OfStep {
            count: ReferenceCount { resolved: 0, drifted: 0, unknown: 0, errored: 0 },
            findings: Vec::new(),
            untried: 0,
            touches: Vec::new(),
            objects: Vec::new(),
        };
        self.steps.get(index).unwrap_or(NOTHING)
    }

    /// Returns whether a step names something that is not there, whatever else could not be looked at.
    pub fn has_drifted(&self) -> bool {
        self.steps.iter().flat_map(|step| &step.findings).any(|finding| finding.outcome == Outcome::Drifted)
    }

    /// Returns the gravest outcome of the references of its steps.
    pub fn worst(&self) -> Outcome {
        let findings = self.steps.iter().flat_map(|step| &step.findings);
        findings.map(|finding| finding.outcome).fold(Outcome::Passed, Outcome::worse)
    }
}

impl OfStep {
    /// Keeps in mind which objects a step names.
    fn touch<'r>(&mut self, references: impl Iterator<Item = &'r Reference>) {
        self.objects.extend(references.filter_map(named_object));
        self.objects.sort();
        self.objects.dedup();
        self.touches = self.objects.iter().map(|object| format!("{}/{}", object.kind, object.name)).collect();
        self.touches.dedup();
    }
}

/// How much of a text is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Every command, in blocks with and without a role, and in the prose.
    #[default]
    WholeText,
    /// Only the steps.
    Steps,
}

/// Looks up what a runbook names.
pub async fn resolve(runbook: &Runbook, values: &Values, gate: Result<&Gate, &str>, around: Around<'_>) -> Resolved {
    match gate {
        Ok(gate) => Reader::new(runbook, values, around, gate.cluster()).read(around.reach).await,
        Err(reason) => Reader::new(runbook, values, around, &Nowhere(reason.to_owned())).read(around.reach).await,
    }
}

/// What is known besides the runbook and the cluster.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The folder that steps run in: the collection's root.
    pub root: &'a Path,
    /// The kubectl that will run the commands, where it is known.
    pub release: Option<Release>,
    /// Stands before everything that is told.
    pub redactor: &'a Redactor,
    /// How much of the text is looked up.
    pub reach: Reach,
    /// Programs, hosts and URLs, where they are looked up.
    pub outside: &'a Outside,
}

/// Something in the text that names things, in order of its place.
enum Naming<'a> {
    Steps(Vec<(usize, &'a Step)>),
    Block(&'a Block),
    Example(&'a Block),
    Inline(&'a InlineCode),
}

struct Reader<'a, W> {
    runbook: &'a Runbook,
    values: &'a Values,
    around: Around<'a>,
    files: NamedFiles,
    world: &'a W,
    scope: Scope,
    made: Made,
    brought: Brought,
    resolved: Resolved,
}

impl<'a, W: World> Reader<'a, W> {
    fn new(runbook: &'a Runbook, values: &'a Values, around: Around<'a>, world: &'a W) -> Self {
        let files = NamedFiles::new(around.root, runbook.source.path());
        let resolved = Resolved { steps: vec![OfStep::default(); runbook.steps.len()], ..Resolved::default() };
        let (scope, made, brought) = (Scope::default(), Made::default(), Brought::default());
        Self { runbook, values, around, files, world, scope, made, brought, resolved }
    }

    async fn read(mut self, reach: Reach) -> Resolved {
        for naming in namings(self.runbook) {
            match naming {
                Naming::Steps(steps) => {
                    for (index, step) in steps {
                        self.step(index, step).await;
                    }
                }
                Naming::Block(_) | Naming::Inline(_) | Naming::Example(_) if reach == Reach::Steps => {}
                Naming::Block(block) => self.block(block).await,
                Naming::Example(block) => self.example(block).await,
                Naming::Inline(code) => self.inline(code).await,
            }
        }
        let in_order = |one: &Finding, other: &Finding| {
            let at = |finding: &Finding| (finding.place.start.line, finding.place.start.column);
            at(one).cmp(&at(other))
        };
        self.resolved.outside.sort_by(in_order);
        self.resolved.steps.iter_mut().for_each(|step| step.findings.sort_by(in_order));
        self.resolved
    }

    async fn step(&mut self, index: usize, step: &Step) {
        let own = step.source.path() == self.runbook.source.path();
        let using = step_place(self.runbook, step);
        let place = |span: Span| if own { Place::of(&step.source, step.code.source_span(span)) } else { using.clone() };
        self.files.dir.clone_from(&step.dir);
        self.files.is_step = true;
        match step.language {
            StepLanguage::Shell(_) | StepLanguage::Console => {
                let bound = plan::bound(step, self.values);
                self.shell(Some(index), step.code.text(), &bound, &place).await;
            }
            StepLanguage::Object(_) => {
                let resolution = self.objects(index, step).await;
                self.keep(Some(index), &resolution, step.code.text(), &place);
            }
            StepLanguage::Http | StepLanguage::Promql => {}
        }
        (self.files.dir, self.files.is_step) = (None, false);
        if let Some(capture) = &step.capture {
            self.scope.set(capture.value.name.clone(), None);
        }
    }

    async fn block(&mut self, block: &Block) {
        let source = &self.runbook.source;
        let place = |span: Span| Place::of(source, block.code.source_span(span));
        self.shell(None, block.code.text(), self.values, &place).await;
    }

    /// An object that nobody applies from here is only held against the kinds that were served once.
    async fn example(&mut self, block: &Block) {
        let (source, text) = (&self.runbook.source, block.code.text());
        let objects = serde_saphyr::from_multiple::<serde_json::Value>(text).unwrap_or_default();
        let references = objects.iter().filter_map(|object| reference::once_served(object, text));
        let resolution = reference::resolve_all(&references.collect::<Vec<_>>(), &mut self.made, self.world).await;
        self.keep(None, &resolution, text, &|span| Place::of(source, block.code.source_span(span)));
    }

    /// A command in the prose says nothing of the variables of the blocks, and leaves nothing to them.
    async fn inline(&mut self, code: &InlineCode) {
        let source: &Source = &self.runbook.source;
        let code = code.code(source);
        let place = |span: Span| Place::of(source, code.source_span(span));
        let scope = std::mem::take(&mut self.scope);
        self.shell(None, code.text(), self.values, &place).await;
        self.scope = scope;
    }

    /// Looks up what a text names: of one with prompts, what stands behind those of a shell.
    async fn shell(&mut self, step: Option<usize>, text: &str, values: &Values, place: &dyn Fn(Span) -> Place) {
        // One that is empty is yet to be given.
        let known = |value: &&Value| !value.secret && !value.text.is_empty();
        let lookup = |name: &str| values.get(name).filter(known).map(|value| value.text.clone());
        for exchange in prompt::split(text) {
            if matches!(exchange.prompt, Some((_, PromptKind::Interpreter))) {
                continue;
            }
            let command = exchange.command.text();
            let script = shell::parse(command);
            let mut extracted = reference::references(&script, &mut self.scope, &lookup, self.around.release);
            if !step.is_some_and(|index| self.runbook.steps[index].as_action().is_some()) {
                // What is no action will not be carried out: the server is not asked whether it would let it.
                extracted.entries.retain(|entry| !matches!(entry, Entry::Change(_)));
            }
            if step.is_some_and(|index| self.runbook.steps[index].as_check().is_some()) {
                extracted.entries.iter_mut().for_each(done_by_us);
            }
            if step.is_some_and(|index| self.runbook.steps[index].as_action().is_some()) {
                extracted.outward.iter_mut().for_each(asked_by_nobody);
            }
            let mut resolution = reference::resolve(&extracted, &mut self.made, self.world, &self.files).await;
            let asked = self.outside(&extracted.outward).await;
            add(&mut resolution.count, asked.count);
            resolution.problems.extend(asked.problems);
            self.keep(step, &resolution, command, &|span| place(exchange.command.source_span(span)));
            if let Some(step) = step.and_then(|index| self.resolved.steps.get_mut(index)) {
                step.touch(extracted.entries.iter().filter_map(reference_of));
            }
        }
    }

    /// Looks up what is outside. A value that is secret is put into no question.
    async fn outside(&mut self, outward: &[Outward]) -> Asked {
        let secrets: Vec<&str> = self.values.values().filter(|it| it.secret).map(|it| it.text.as_str()).collect();
        let redactor = self.around.redactor;
        let is_secret = |text: &str| {
            redactor.finds(text) || secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret))
        };
        self.around.outside.look(outward, &mut self.brought, &is_secret).await
    }

    /// An object that a check expects must be there; one that an action applies is there from then on.
    async fn objects(&mut self, index: usize, step: &Step) -> Resolution {
        let text = plan::expand(step.code.text(), &plan::bound(step, self.values));
        let objects = serde_saphyr::from_multiple::<serde_json::Value>(&text).unwrap_or_default();
        let whole = Span::new(0, step.code.text().len());
        let named: Vec<Reference> = objects.iter().flat_map(|object| reference::of_object(object, whole)).collect();
        if let Some(own) = self.resolved.steps.get_mut(index) {
            own.touch(named.iter());
        }
        if step.as_action().is_some() {
            let form = PatchForm::Apply { manager: FIELD_MANAGER, yields: true, lax: false };
            let sending = Sending { namespace: Namespace::Default, form, only_new: false };
            let sent = objects.iter().flat_map(|object| reference::sent(object, whole, Span::default(), &sending));
            let resolution = reference::send_all(&sent.collect::<Vec<_>>(), &mut self.made, self.world).await;
            let makings = objects.iter().flat_map(reference::made_by_object);
            makings.for_each(|making| self.made.add(making, self.world.namespace()));
            return resolution;
        }
        let absent = step.as_check().is_some_and(|check| check.absent);
        let mut references = named;
        if absent {
            references.iter_mut().for_each(|reference| reference.presence = Presence::Optional);
        }
        reference::resolve_all(&references, &mut self.made, self.world).await
    }

    fn keep(&mut self, step: Option<usize>, resolution: &Resolution, text: &str, place: &dyn Fn(Span) -> Place) {
        let idle = step.is_some_and(|index| self.is_idle(index));
        let (unasked, problems): (Vec<_>, Vec<_>) =
            resolution.problems.iter().partition(|problem| idle && DOING.contains(&problem.rule));
        let mut count = resolution.count;
        count.drifted = count.drifted.saturating_sub(unasked.len());
        count.unknown += unasked.len();
        let found = problems.into_iter().map(|problem| self.finding(problem, text, place(problem.span)));
        let (warnings, findings): (Vec<_>, Vec<_>) = found.partition(|finding| finding.warn);
        self.resolved.outside.extend(warnings);
        add(&mut self.resolved.count, count);
        match step.and_then(|index| self.resolved.steps.get_mut(index)) {
            Some(step) => {
                add(&mut step.count, count);
                step.untried += resolution.untried;
                step.findings.extend(findings);
            }
            None => self.resolved.outside.extend(findings),
        }
    }

    /// Returns whether the values alone say that a step is not taken: what it names must be there all the same, but
    /// nobody needs the rights to do it, and the values it would be done with may not be given yet.
    fn is_idle(&self, index: usize) -> bool {
        let Some(step) = self.runbook.steps.get(index) else { return false };
        let Some(when) = &step.when else { return false };
        let values = plan::bound(step, self.values);
        let known = when::Known {
            params: &self.runbook.params,
            declared: &step.declared,
            values: &values,
            results: &BTreeMap::new(),
            environment: &Environment::of([], "/"),
        };
        matches!(when::holds(&when.value, known), Ok(false))
    }

    fn finding(&self, problem: &Problem, text: &str, place: Place) -> Finding {
        let redacted = |text: &Option<String>| text.as_ref().map(|text| self.around.redactor.redact(text));
        let command = text.get(problem.command.start..problem.command.end).unwrap_or_default();
        Finding {
            outcome: problem.outcome,
            warn: problem.warns(),
            rule: problem.rule.to_owned(),
            place,
            command: command.lines().next().map(str::to_owned).filter(|line| !line.is_empty()),
            message: self.around.redactor.redact(&problem.message),
            expected: redacted(&problem.expected),
            actual: redacted(&problem.actual),
            help: redacted(&problem.help),
        }
    }
}

/// Returns what names things, in the order of the text.
fn namings(runbook: &Runbook) -> Vec<Naming<'_>> {
    let of_block = |(index, block)| {
        let steps: Vec<_> = runbook.steps.iter().enumerate().filter(|(_, step)| step.block == index).collect();
        let naming = match steps.is_empty() {
            false => Some(Naming::Steps(steps)),
            true if reference::is_shell_without_role(block) => Some(Naming::Block(block)),
            true => is_manifest(block).then_some(Naming::Example(block)),
        };
        naming.map(|naming| (block.span.start, naming))
    };
    let blocks = runbook.blocks.iter().enumerate().filter_map(of_block);
    let commands = runbook.inline_code.iter().filter(|code| reference::is_command(&code.text));
    let mut namings: Vec<_> = blocks.chain(commands.map(|code| (code.span.start, Naming::Inline(code)))).collect();
    namings.sort_by_key(|(start, _)| *start);
    namings.into_iter().map(|(_, naming)| naming).collect()
}

/// Returns whether a block without a role may hold Kubernetes objects.
fn is_manifest(block: &Block) -> bool {
    let tagged = block.language.as_ref().is_some_and(|tag| ["yaml", "yml"].contains(&tag.as_str()));
    tagged && block.role.is_none() && block.fragment.is_none() && !block.code.text().contains("{{")
}

/// Says that the rights of the identity that looks are what a command needs: checks are run as it.
const fn done_by_us(entry: &mut Entry) {
    if let Entry::Reference(reference) = entry
        && let Subject::Access(access) = &mut reference.subject
    {
        access.by = Doer::Looker;
    }
}

const fn reference_of(entry: &Entry) -> Option<&Reference> {
    if let Entry::Reference(reference) = entry { Some(reference) } else { None }
}

/// Returns an object that is named.
fn named_object(reference: &Reference) -> Option<NamedObject> {
    let Subject::Object(object) = &reference.subject else { return None };
    let (kind, name) = (object.kind.known().ok()?.to_string(), object.name.known().ok()?.to_string());
    let namespace = match &object.namespace {
        Namespace::Named(namespace) => Some(namespace.known().ok()?.to_string()),
        Namespace::Default | Namespace::All => None,
    };
    Some(NamedObject { kind, name, namespace })
}

const fn add(sum: &mut ReferenceCount, more: ReferenceCount) {
    sum.resolved += more.resolved;
    sum.drifted += more.drifted;
    sum.unknown += more.unknown;
    sum.errored += more.errored;
}

/// A URL that an action reads may be what it does: `curl https://ci/hook/restart`. Only its host is asked for.
fn asked_by_nobody(outward: &mut Outward) {
    if let Outward::Url(place) = outward {
        place.name = Argument::unknown(Unknown::Elsewhere("in an action".to_owned()), place.name.span);
    }
}
