//! Fenced blocks → blocks with roles, and drafts of the steps among them. Ids and names come later, when all are known.

use std::sync::Arc;

use crate::diagnostic::did_you_mean;
use crate::model::{
    Action, Block, Check, Comparison, ExpectedOutput, Located, ObjectSyntax, Risk, Role, Shell, Source, Span, Step,
    StepId, StepKind, StepLanguage,
};

use super::attributes::{Attributes, Carrier};
use super::bodies;
use super::document::Document;
use super::fence::Fence;
use super::findings::{Findings, one_of};
use super::info::{self, Info, Problem};
use super::values;

/// A step whose id is not yet settled, or a place where a fragment's steps go.
pub(super) struct Draft {
    pub(super) block: usize,
    /// What the author wrote as `id=`.
    pub(super) id: Option<Located<String>>,
    /// Whether the author gave it a title.
    pub(super) titled: bool,
    pub(super) body: Body,
}

/// What stands in a block that runs.
pub(super) enum Body {
    /// A step of this file.
    Own(Box<Step>),
    /// The steps of a fragment; this step has no code and holds only what the block's attributes say.
    Fragment(Located<String>, Box<Step>),
}

impl Draft {
    /// Returns the step; of a fragment, what its steps have in common.
    pub(super) const fn step(&self) -> &Step {
        match &self.body {
            Body::Own(step) | Body::Fragment(_, step) => step,
        }
    }
}

/// The blocks of a file, and what may run among them.
#[derive(Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    pub(super) drafts: Vec<Draft>,
}

/// What stood before an `output` block.
enum Before {
    Nothing,
    Step(usize),
    Fragment,
    /// An `output` block that has found its step.
    Output(Span),
    /// A block that is not ours, or the output of one.
    Plain,
}

/// Reads all blocks of a document.
pub(super) fn read(document: &Document, title: &str, findings: &mut Findings) -> Blocks {
    let source = Arc::clone(&findings.source);
    let mut reader =
        Reader { source: &source, document, title, findings, found: Blocks::default(), before: Before::Nothing };
    for fence in &document.fences {
        reader.fence(fence);
    }
    reader.found
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    document: &'a Document,
    title: &'a str,
    findings: &'a mut Findings,
    found: Blocks,
    before: Before,
}

impl Reader<'_> {
    fn fence(&mut self, fence: &Fence) {
        let info = info::read(self.source.slice(fence.info), fence.info.start);
        self.report(&info, fence);
        let attributes = Attributes::new(&info.attributes);
        let role = info.role.as_ref().map(|role| role.value);
        let fragment = attributes.get("use").filter(|_| role == Some(Role::Check));
        let index = self.found.blocks.len();
        self.found.blocks.push(Block {
            span: fence.span,
            info: fence.info,
            language: info.language.as_ref().map(|language| language.value.to_lowercase()),
            role,
            code: fence.code.clone(),
            section: fence.section,
            fragment: fragment.as_ref().map(|name| name.value.clone()),
        });
        match role {
            None => self.before = Before::Plain,
            Some(Role::Output) => self.output(fence, &info),
            Some(role) => self.step(role, index, fence, &info, fragment),
        }
    }

    fn step(&mut self, role: Role, block: usize, fence: &Fence, info: &Info, fragment: Option<Located<String>>) {
        let attributes = Attributes::new(&info.attributes);
        let language = match &fragment {
            Some(_) => self.language_of_use(info),
            None => self.language(role, info),
        };
        let carrier = Carrier { role, language, uses_fragment: fragment.is_some() };
        attributes.check(carrier, self.findings);
        let refused = role == Role::Action && attributes.has("use");
        let Some(language) =
            language.filter(|_| !refused).or(fragment.as_ref().map(|_| StepLanguage::Shell(Shell::Bash)))
        else {
            self.before = Before::Plain;
            return;
        };
        let kind = match role {
            Role::Action => StepKind::Action(self.action(&attributes)),
            Role::Check | Role::Output => StepKind::Check(Check {
                hold: attributes.duration("for", self.findings),
                failures: attributes
                    .typed("failures", "a number of looks such as `3`", values::looks, |_| None, self.findings)
                    .unwrap_or_default(),
                warn: attributes.has("warn"),
                absent: attributes.has("absent"),
            }),
        };
        let id = attributes.get("id").filter(|id| self.valid_id(id));
        let step = Step { language, kind, ..self.common(block, fence, &attributes) };
        self.before = if fragment.is_some() { Before::Fragment } else { Before::Step(self.found.drafts.len()) };
        let body = if let Some(name) = fragment {
            Body::Fragment(name, Box::new(step))
        } else {
            bodies::check(&step, fence.opening, self.findings);
            Body::Own(Box::new(step))
        };
        self.found.drafts.push(Draft { block, id, titled: attributes.get("title").is_some(), body });
    }

    /// Reads what every step has; language and kind are the caller's.
    fn common(&mut self, block: usize, fence: &Fence, attributes: &Attributes<'_>) -> Step {
        let section = fence.section.and_then(|index| self.document.sections.get(index));
        let title = attributes.text("title").or_else(|| section.map(|section| section.title.clone()));
        let expected = "a variable, or `\"NAME = expression\"`";
        let capture = attributes.typed("capture", expected, values::capture, |_| None, self.findings);
        Step {
            id: StepId(String::new()),
            title: title.filter(|title| !title.is_empty()).unwrap_or_else(|| self.title.to_owned()),
            block,
            section: fence.section,
            source: Arc::clone(self.source),
            code: fence.code.clone(),
            language: StepLanguage::Shell(Shell::Bash),
            kind: StepKind::Check(Check::default()),
            timeout: attributes.duration("timeout", self.findings),
            within: attributes.duration("within", self.findings),
            every: attributes.duration("every", self.findings),
            expect: attributes.get("expect"),
            capture: capture.zip(attributes.get("capture")).map(|(capture, text)| Located::new(capture, text.span)),
            when: attributes.get("when"),
            dir: attributes.text("dir"),
            shell: attributes.text("shell"),
            output: None,
            bindings: Vec::new(),
            declared: Vec::new(),
            hash: super::hash::of(self.source.slice(fence.info), fence.code.text(), &[]),
        }
    }

    fn action(&mut self, attributes: &Attributes<'_>) -> Action {
        let risks = [Risk::Low, Risk::Medium, Risk::High].map(Risk::as_str);
        Action {
            risk: attributes.word("risk", &risks, values::risk, self.findings).unwrap_or_default(),
            confirm: attributes.text("confirm"),
            requires: attributes.steps("requires"),
            verify: attributes.step("verify"),
            undo: attributes.step("undo"),
            background: attributes.has("background"),
            ready: attributes.step("ready"),
            choose: attributes.text("choose"),
            idempotent: attributes.has("idempotent"),
        }
    }

    fn valid_id(&mut self, id: &Located<String>) -> bool {
        let good = values::is_id(&id.value);
        if !good {
            let title = format!("`{}` cannot be an id", id.value);
            let help = "use letters, digits, `-`, `_` and `.`, a letter or digit first";
            self.findings.add(self.findings.error("bad-value", id.span, title).help(help));
        }
        good
    }

    fn language(&mut self, role: Role, info: &Info) -> Option<StepLanguage> {
        let Some(written) = &info.language else { return Some(StepLanguage::Shell(Shell::Bash)) };
        let Some(language) = language_named(&written.value.to_lowercase()) else {
            self.unknown_language(written, role);
            return None;
        };
        if language == StepLanguage::Promql && role == Role::Action {
            let title = "a `promql` block cannot be an action";
            let help = "a query changes nothing: make it a `check`";
            self.findings.add(self.findings.error("misplaced-role", written.span, title).help(help));
            return None;
        }
        Some(language)
    }

    fn unknown_language(&mut self, written: &Located<String>, role: Role) {
        let title = format!(
            "cannot run `{}` as a{} {}",
            written.value,
            if role == Role::Action { "n" } else { "" },
            role.as_str()
        );
        let diagnostic = self.findings.error("unknown-language", written.span, title);
        let diagnostic = diagnostic.label(format!("expected {}", one_of(LANGUAGES)));
        let help = match did_you_mean(&written.value.to_lowercase(), LANGUAGES) {
            _ if SHELLS.contains(&written.value.as_str()) => {
                format!("write `bash {} shell={}`", role.as_str(), written.value)
            }
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "call the program from a `bash` block".to_owned(),
        };
        self.findings.add(diagnostic.help(help));
    }

    /// The language of a block that stands for a fragment is the fragment's; only that of its body may be named.
    fn language_of_use(&mut self, info: &Info) -> Option<StepLanguage> {
        if let Some(written) = &info.language
            && !matches!(written.value.as_str(), "yaml" | "yml")
        {
            let title = format!("`{}` has no meaning in a block that stands for a fragment", written.value);
            let help = "leave it out: the fragment's blocks have languages of their own";
            self.findings.add(self.findings.error("misplaced-language", written.span, title).help(help));
        }
        None
    }

    fn output(&mut self, fence: &Fence, info: &Info) {
        let attributes = Attributes::new(&info.attributes);
        attributes.check(Carrier { role: Role::Output, language: None, uses_fragment: false }, self.findings);
        let words = values::COMPARISONS.map(|(name, _)| name);
        let comparison = attributes.word("match", &words, values::comparison, self.findings);
        let comparison = comparison.unwrap_or_else(|| default_comparison(info));
        let bare = info.attributes.is_empty();
        let Some(index) = self.step_of_output(fence, bare) else { return };
        if let Some(Draft { body: Body::Own(step), .. }) = self.found.drafts.get_mut(index) {
            step.output = Some(ExpectedOutput { code: fence.code.clone(), comparison, span: fence.span });
            self.before = Before::Output(fence.opening);
        }
    }

    /// Returns the draft that an `output` block belongs to, or says why there is none.
    ///
    /// A block that only says `output` after a block without a role is how many people write, and is left alone.
    fn step_of_output(&mut self, fence: &Fence, bare: bool) -> Option<usize> {
        const RULE: &str = "output-without-step";
        let opening = fence.opening;
        let diagnostic = match (&self.before, fence.barrier) {
            (Before::Step(index), None) => return Some(*index),
            (Before::Step(_), Some((span, what))) => self
                .findings
                .error(RULE, opening, format!("{what} stands between this output and its step"))
                .related(first_line(self.source, span), "this")
                .help("put the output under its step, with only prose between"),
            (Before::Output(first), _) => self
                .findings
                .error("repeated-output", opening, "the step has its output already")
                .related(*first, "this one"),
            (Before::Fragment, _) => self
                .findings
                .error(RULE, opening, "the steps of a fragment have their output in the fragment")
                .help("write the output in the fragment, or drop the role here"),
            (Before::Plain, _) if bare => return None,
            (Before::Nothing, _) if bare => self.findings.warning(RULE, opening, "no step stands before this output"),
            (Before::Plain, _) => self
                .findings
                .error(RULE, opening, "the block before this output is not a step")
                .help("give it a role: `check` or `action`"),
            (Before::Nothing, _) => self.findings.error(RULE, opening, "no step stands before this output"),
        };
        self.findings.add(diagnostic);
        if !matches!(self.before, Before::Output(_)) {
            self.before = Before::Plain;
        }
        None
    }

    fn report(&mut self, info: &Info, fence: &Fence) {
        for problem in &info.problems {
            let findings = &mut *self.findings;
            let diagnostic = match problem {
                Problem::NearRole(word, role) => {
                    let title = format!("unknown role `{}`", word.value);
                    let diagnostic = findings.error("unknown-role", word.span, title);
                    diagnostic.help(format!("did you mean `{}`?", role.as_str()))
                }
                Problem::LateRole(word) => {
                    let title = format!("the role `{}` stands too late", word.value);
                    findings.error("misplaced-role", word.span, title).help("write it right after the language")
                }
                Problem::UnclosedQuote(span) => findings
                    .error("unclosed-quote", *span, "this quote is not closed")
                    .help("close it on the same line; a quote inside is written `\\\"`"),
                Problem::AfterQuote(span) => findings
                    .error("unclosed-quote", *span, "text follows right after the closing quote")
                    .help("put a space after the quote; a quote inside is written `\\\"`"),
                Problem::UnclosedBrace(span) => findings.error("unclosed-brace", *span, "this brace is not closed"),
                Problem::LoneEquals(span) => findings
                    .error("missing-value", *span, "key and value stand apart")
                    .help("write `key=value`, without spaces around `=`"),
            };
            findings.add(diagnostic);
        }
        if !fence.closed {
            self.unclosed(fence, info.role.is_some());
        }
    }

    /// Without a role the block is only shown; with one, everything down to the end would run.
    fn unclosed(&mut self, fence: &Fence, runs: bool) {
        let title = "this block is never closed";
        let findings = &mut *self.findings;
        let mut diagnostic = if runs {
            findings.error("unclosed-fence", fence.opening, title)
        } else {
            findings.warning("unclosed-fence", fence.opening, title)
        };
        diagnostic = diagnostic.label("everything down to the end of the document is read as code");
        let mark: String =
            self.source.slice(fence.opening).chars().take_while(|mark| matches!(mark, '`' | '~')).collect();
        if let Some(span) = short_fence(self.source, fence, &mark) {
            diagnostic = diagnostic.related(span, "too short to close it");
        }
        findings.add(diagnostic.help(format!("put {mark} on a line of its own after its last line")));
    }
}

/// Returns a line of the code that its author may have meant as the closing fence: the right character, too few.
fn short_fence(source: &Source, fence: &Fence, mark: &str) -> Option<Span> {
    let first = mark.chars().next()?;
    let mut at = fence.opening.end;
    for line in source.slice(Span::new(fence.opening.end, fence.span.end)).split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.len() >= 2 && trimmed.chars().all(|next| next == first) {
            let start = at + (line.len() - line.trim_start().len());
            return Some(Span::new(start, start + trimmed.len()));
        }
        at += line.len();
    }
    None
}

fn first_line(source: &Source, span: Span) -> Span {
    let line = source.slice(span).lines().next().unwrap_or_default();
    Span::new(span.start, span.start + line.trim_end().len())
}

fn default_comparison(info: &Info) -> Comparison {
    match info.language.as_ref().map(|language| language.value.to_lowercase()).as_deref() {
        Some("json") => Comparison::Json,
        Some("yaml" | "yml") => Comparison::Yaml,
        _ => Comparison::Lines,
    }
}

const LANGUAGES: [&str; 7] = ["bash", "sh", "console", "http", "promql", "yaml", "json"];
const SHELLS: [&str; 5] = ["zsh", "fish", "ksh", "dash", "ash"];

/// Returns how a block of that language runs; besides its own name each has those that people also use.
fn language_named(name: &str) -> Option<StepLanguage> {
    match name {
        "bash" | "shell" => Some(StepLanguage::Shell(Shell::Bash)),
        "sh" => Some(StepLanguage::Shell(Shell::Sh)),
        "console" | "shell-session" | "sh-session" | "shellsession" => Some(StepLanguage::Console),
        "http" => Some(StepLanguage::Http),
        "promql" => Some(StepLanguage::Promql),
        "yaml" | "yml" => Some(StepLanguage::Object(ObjectSyntax::Yaml)),
        "json" => Some(StepLanguage::Object(ObjectSyntax::Json)),
        _ => None,
    }
}
