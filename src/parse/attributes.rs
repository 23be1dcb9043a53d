//! The attributes a block may carry: which there are, where each has a meaning, and what is wrong with those written.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{Located, Role, Span, StepId, StepLanguage};

use super::findings::{Findings, one_of};
use super::info::Attribute;
use super::values;

/// An attribute that the grammar knows.
#[derive(Clone, Copy)]
struct Definition {
    name: &'static str,
    takes: Takes,
    scope: Scope,
    languages: Languages,
    /// Whether a block that stands for a fragment may carry it.
    of_use: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Value,
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Step,
    Check,
    Action,
    Output,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Languages {
    All,
    /// Those that start a process.
    Process,
    /// Kubernetes objects.
    Object,
}

const fn value(name: &'static str, scope: Scope) -> Definition {
    Definition { name, takes: Takes::Value, scope, languages: Languages::All, of_use: false }
}

const fn flag(name: &'static str, scope: Scope) -> Definition {
    Definition { takes: Takes::Nothing, ..value(name, scope) }
}

const fn used(definition: Definition) -> Definition {
    Definition { of_use: true, ..definition }
}

const fn of_process(definition: Definition) -> Definition {
    Definition { languages: Languages::Process, ..definition }
}

const DEFINITIONS: [Definition; 24] = [
    used(value("id", Scope::Step)),
    used(value("title", Scope::Step)),
    used(value("timeout", Scope::Step)),
    used(value("within", Scope::Step)),
    used(value("every", Scope::Step)),
    value("expect", Scope::Step),
    value("capture", Scope::Step),
    used(value("when", Scope::Step)),
    of_process(value("dir", Scope::Step)),
    of_process(value("shell", Scope::Step)),
    used(value("for", Scope::Check)),
    used(value("failures", Scope::Check)),
    used(flag("warn", Scope::Check)),
    Definition { languages: Languages::Object, ..flag("absent", Scope::Check) },
    used(value("use", Scope::Check)),
    value("risk", Scope::Action),
    value("confirm", Scope::Action),
    value("requires", Scope::Action),
    value("verify", Scope::Action),
    value("undo", Scope::Action),
    of_process(flag("background", Scope::Action)),
    of_process(value("ready", Scope::Action)),
    value("choose", Scope::Action),
    flag("idempotent", Scope::Action),
];

const MATCH: Definition = value("match", Scope::Output);

/// Returns the names of all attributes.
pub fn names() -> impl Iterator<Item = &'static str> {
    DEFINITIONS.iter().chain([&MATCH]).map(|definition| definition.name)
}

/// What a block is, as far as its attributes depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carrier {
    pub(super) role: Role,
    /// `None` of an output, of a block that stands for a fragment, and where the language is not known.
    pub(super) language: Option<StepLanguage>,
    /// Whether the block stands for a fragment.
    pub(super) uses_fragment: bool,
}

/// The attributes of one block.
pub(super) struct Attributes<'a> {
    list: &'a [Attribute],
}

impl<'a> Attributes<'a> {
    /// Takes the attributes as written.
    pub(super) const fn new(list: &'a [Attribute]) -> Self {
        Self { list }
    }

    /// Reports everything that is unknown, repeated, in the wrong place, or with a value where none belongs.
    pub(super) fn check(&self, carrier: Carrier, findings: &mut Findings) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for attribute in self.list {
            let name = attribute.key.value.as_str();
            let problem = match definition(name) {
                None => Some(unknown(attribute, carrier, findings)),
                Some(definition) => misplaced(attribute, definition, carrier, findings)
                    .or_else(|| wrong_form(attribute, definition, findings)),
            };
            if let Some(first) = seen.get(name) {
                let title = format!("`{name}` is given twice");
                findings
                    .add(findings.error("repeated-attribute", attribute.span(), title).related(*first, "first here"));
            } else {
                seen.insert(name, attribute.span());
                findings.list.extend(problem);
            }
        }
        let polls: &[&str] = if carrier.role == Role::Check { &["within", "for"] } else { &["within"] };
        self.needs("every", polls, findings);
        self.needs("ready", &["background"], findings);
        self.needs("failures", &["for"], findings);
    }

    fn needs(&self, name: &str, others: &[&str], findings: &mut Findings) {
        let Some(attribute) = self.find(name) else { return };
        if !others.iter().any(|other| self.has(other)) {
            let title = format!("`{name}` has no meaning without {}", one_of(others.iter().copied()));
            findings.add(findings.error("misplaced-attribute", attribute.span(), title));
        }
    }

    fn find(&self, name: &str) -> Option<&'a Attribute> {
        self.list.iter().find(|attribute| attribute.key.value == name)
    }

    /// Returns whether the attribute or flag is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Returns a value that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<Located<String>> {
        self.find(name)?.value.clone().filter(|value| !value.value.trim().is_empty())
    }

    /// Returns the text of a value that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.value)
    }

    /// Returns a length of time.
    pub(super) fn duration(&self, name: &str, findings: &mut Findings) -> Option<Duration> {
        let expected = "a length of time such as `30s` or `2m 30s`";
        let help = |text: &str| text.parse::<u32>().is_ok().then(|| format!("give it a unit: `{name}={text}s`"));
        self.typed(name, expected, values::duration, help, findings)
    }

    /// Returns one of a few words.
    pub(super) fn word<T>(
        &self,
        name: &str,
        words: &[&str],
        read: impl Fn(&str) -> Option<T>,
        findings: &mut Findings,
    ) -> Option<T> {
        let help =
            |text: &str| did_you_mean(text, words.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
        self.typed(name, &one_of(words.iter().copied()), read, help, findings)
    }

    /// Returns a value that `read` understands, and reports one that it does not.
    pub(super) fn typed<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
        help: impl Fn(&str) -> Option<String>,
        findings: &mut Findings,
    ) -> Option<T> {
        let text = self.get(name)?;
        let value = read(&text.value);
        if value.is_none() {
            let title = format!("bad value `{}` for `{name}`", text.value);
            let diagnostic = findings.error("bad-value", text.span, title).label(format!("expected {expected}"));
            findings.add(Diagnostic { help: help(&text.value), ..diagnostic });
        }
        value
    }

    /// Returns the name of a step.
    pub(super) fn step(&self, name: &str) -> Option<Located<StepId>> {
        self.get(name).map(|text| Located::new(StepId(text.value.trim().to_owned()), text.span))
    }

    /// Returns the names of steps, which stand with commas between them.
    pub(super) fn steps(&self, name: &str) -> Vec<Located<StepId>> {
        let Some(attribute) = self.get(name) else { return Vec::new() };
        let mut at = attribute.span.start;
        let mut steps = Vec::new();
        for part in attribute.value.split(',') {
            let trimmed = part.trim();
            let start = at + (part.len() - part.trim_start().len());
            let span = Span::new(start, start + trimmed.len());
            let whole =
                attribute.span.contains(span) && attribute.value.len() == attribute.span.end - attribute.span.start;
            if !trimmed.is_empty() {
                steps.push(Located::new(StepId(trimmed.to_owned()), if whole { span } else { attribute.span }));
            }
            at += part.len() + 1;
        }
        steps
    }
}

fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().chain([&MATCH]).find(|definition| definition.name == name)
}

/// Returns the names a block of this sort may carry.
fn known(carrier: Carrier) -> impl Iterator<Item = &'static str> {
    let all = DEFINITIONS.iter().chain([&MATCH]);
    all.filter(move |definition| meaning(definition, carrier).is_ok()).map(|definition| definition.name)
}

fn unknown(attribute: &Attribute, carrier: Carrier, findings: &Findings) -> Diagnostic {
    let name = &attribute.key.value;
    let role = carrier.role.as_str();
    let title = format!("unknown attribute `{name}` in {} {role}", article(role));
    let expected = known(carrier).collect::<Vec<_>>().join(", ");
    let diagnostic =
        findings.error("unknown-attribute", attribute.key.span, title).label(format!("expected one of: {expected}"));
    match did_you_mean(name, known(carrier)) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// Returns where an attribute belongs, if it has no meaning on this block.
fn meaning(definition: &Definition, carrier: Carrier) -> Result<(), &'static str> {
    let at_home = match definition.scope {
        Scope::Step => carrier.role != Role::Output,
        Scope::Check => carrier.role == Role::Check,
        Scope::Action => carrier.role == Role::Action,
        Scope::Output => carrier.role == Role::Output,
    };
    if !at_home {
        return Err(match definition.scope {
            Scope::Step => "it belongs to a check or an action",
            Scope::Check => "it belongs to a check",
            Scope::Action => "it belongs to an action",
            Scope::Output => "it belongs to the `output` block",
        });
    }
    if carrier.uses_fragment && !definition.of_use {
        return Err("write it in the fragment");
    }
    match (definition.languages, carrier.language) {
        (Languages::All, _)
        | (_, None)
        | (Languages::Process, Some(StepLanguage::Shell(_) | StepLanguage::Console))
        | (Languages::Object, Some(StepLanguage::Object(_))) => Ok(()),
        (Languages::Process, Some(_)) => Err("it belongs to a shell block"),
        (Languages::Object, Some(_)) => Err("it belongs to a Kubernetes object in `yaml` or `json`"),
    }
}

fn misplaced(
    attribute: &Attribute,
    definition: &Definition,
    carrier: Carrier,
    findings: &Findings,
) -> Option<Diagnostic> {
    let help = meaning(definition, carrier).err()?;
    let role = carrier.role.as_str();
    let place = match (definition.languages, carrier.language) {
        _ if carrier.uses_fragment => "a block that stands for a fragment".to_owned(),
        (Languages::Process | Languages::Object, Some(language)) => {
            let name = name_of(language);
            format!("{} {name} {role}", article(name))
        }
        _ => format!("{} {role}", article(role)),
    };
    let title = format!("`{}` has no meaning in {place}", definition.name);
    Some(findings.error("misplaced-attribute", attribute.span(), title).help(help))
}

fn wrong_form(attribute: &Attribute, definition: &Definition, findings: &Findings) -> Option<Diagnostic> {
    let name = definition.name;
    match (definition.takes, &attribute.value) {
        (Takes::Nothing, Some(_)) => {
            let title = format!("`{name}` is a flag and takes no value");
            Some(
                findings
                    .error("bad-value", attribute.span(), title)
                    .help(format!("write `{name}` alone, or leave it out")),
            )
        }
        (Takes::Value, None) => {
            let title = format!("`{name}` needs a value");
            Some(
                findings
                    .error("missing-value", attribute.key.span, title)
                    .help(format!("write `{name}=…`, without spaces")),
            )
        }
        (Takes::Value, Some(value)) if value.value.trim().is_empty() => {
            let title = format!("the value of `{name}` is empty");
            Some(findings.error("missing-value", attribute.span(), title))
        }
        _ => None,
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) || word == "http" { "an" } else { "a" }
}

/// Returns the name a language goes by in messages.
pub(super) const fn name_of(language: StepLanguage) -> &'static str {
    use crate::model::{ObjectSyntax, Shell};
    match language {
        StepLanguage::Shell(Shell::Bash) => "bash",
        StepLanguage::Shell(Shell::Sh) => "sh",
        StepLanguage::Console => "console",
        StepLanguage::Http => "http",
        StepLanguage::Promql => "promql",
        StepLanguage::Object(ObjectSyntax::Yaml) => "yaml",
        StepLanguage::Object(ObjectSyntax::Json) => "json",
    }
}
