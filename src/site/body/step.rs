//! A step as a card: what it is, what it does, what it promises, and what became of it.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::Context;

use super::{Scope, code};
use crate::diagnostic::Diagnostic;
use crate::model::{Action, Block, Check, Role, Step, StepId, StepKind, StepLanguage};
use crate::site::evidence::StepEvidence;
use crate::site::highlight;
use crate::site::text::{self, escape};
use crate::site::theme::Theme;
use crate::site::values::Grammar;

/// A step for the template `step.html`.
#[derive(Debug, Serialize)]
pub(crate) struct StepView {
    /// Its name on the page.
    anchor: String,
    /// The name that `runbooks exec` and results know.
    id: String,
    /// `check` or `action`.
    role: &'static str,
    title: String,
    language: String,
    /// What a screen reader calls the code.
    code_name: String,
    /// The code as HTML.
    code: String,
    /// Attributes of the element around it.
    code_attributes: String,
    /// `low`, `medium` or `high`; of an action only.
    risk: Option<&'static str>,
    /// What the attributes ask for, in words.
    facts: Vec<Fact>,
    /// The output expected of it, as HTML, where it is shown in the card.
    output: Option<String>,
    /// The step this one takes back.
    takes_back: Option<StepLink>,
    /// The step that takes this one back.
    undo: Option<StepLink>,
    /// The shared text it comes from.
    fragment: Option<String>,
    evidence: Vec<StepEvidence>,
    /// Targets whose results cannot be read.
    unreadable: Vec<String>,
}

/// Something an attribute asks for.
#[derive(Debug, Serialize)]
struct Fact {
    /// What kind of fact: `expects`, `when`, `requires` …
    kind: &'static str,
    /// The words before the value.
    label: String,
    /// The value as HTML.
    html: String,
}

#[derive(Debug, Serialize)]
struct StepLink {
    anchor: String,
    title: String,
}

/// Fills in the template of a step.
pub(super) fn html(theme: &Theme, view: &StepView) -> Result<String, Box<Diagnostic>> {
    let mut context = Context::new();
    context.insert("step", view);
    theme.render("step.html", &context)
}

impl StepView {
    /// Describes the step at `index`; `joined` says whether its expected output is shown with it.
    pub(super) fn new(scope: Scope<'_, '_>, index: usize, block: &Block, joined: bool) -> Self {
        let runbook = scope.entry.runbook;
        let step = &runbook.steps[index];
        let language = language(step, block);
        let known = scope.values.of_step(step);
        let mut code = code::Code::new(&language, step.code.text(), Some((Grammar::of_step(step), known)));
        code.attributes.push_str(&bindings(step));
        let (takes_back, undo) = match step.as_action() {
            Some(action) => (
                action.undo.as_ref().and_then(|id| link(scope, &id.value)),
                runbook.steps.iter().find(|other| takes_back(other, &step.id)).and_then(|other| link(scope, &other.id)),
            ),
            None => (None, None),
        };
        Self {
            anchor: scope.entry.anchors.step(index).to_owned(),
            id: step.id.0.clone(),
            role: role(step).as_str(),
            title: runbook.name_of(step).into_owned(),
            code_name: code::name_of(&language),
            code: code.html,
            code_attributes: code.attributes,
            language,
            risk: step.as_action().map(|action| action.risk.as_str()),
            facts: facts(scope, step),
            output: step
                .output
                .as_ref()
                .filter(|_| joined)
                .map(|output| highlight::html(output_language(output.comparison), output.code.text())),
            takes_back,
            undo,
            fragment: block.fragment.clone(),
            evidence: scope.evidence.of_step(runbook.id.as_str(), step),
            unreadable: scope.evidence.unreadable.to_vec(),
        }
    }
}

/// Returns what a shared step calls by other names, for the page's script.
fn bindings(step: &Step) -> String {
    let known = step.bindings.iter().filter(|(name, _)| !step.is_secret(name));
    let bound: BTreeMap<_, _> = known.map(|(name, text)| (name.as_str(), text.as_str())).collect();
    match serde_json::to_string(&bound) {
        Ok(json) if !bound.is_empty() => format!(" data-bound=\"{}\"", escape(&json)),
        _ => String::new(),
    }
}

const fn role(step: &Step) -> Role {
    match step.kind {
        StepKind::Check(_) => Role::Check,
        StepKind::Action(_) => Role::Action,
    }
}

fn takes_back(step: &Step, id: &StepId) -> bool {
    step.as_action().and_then(|action| action.undo.as_ref()).is_some_and(|undo| undo.value == *id)
}

/// Returns the language of a step's code; a shared step's is not that of the block that uses it.
fn language(step: &Step, block: &Block) -> String {
    if let (Some(language), None) = (&block.language, &block.fragment) {
        return language.clone();
    }
    match step.language {
        StepLanguage::Shell(crate::model::Shell::Bash) => "bash",
        StepLanguage::Shell(crate::model::Shell::Sh) => "sh",
        StepLanguage::Console => "console",
        StepLanguage::Http => "http",
        StepLanguage::Promql => "promql",
        StepLanguage::Object(crate::model::ObjectSyntax::Yaml) => "yaml",
        StepLanguage::Object(crate::model::ObjectSyntax::Json) => "json",
    }
    .to_owned()
}

const fn output_language(comparison: crate::model::Comparison) -> &'static str {
    match comparison {
        crate::model::Comparison::Json => "json",
        crate::model::Comparison::Yaml => "yaml",
        _ => "text",
    }
}

/// Returns a link to a step of the page, if there is such a step.
fn link(scope: Scope<'_, '_>, id: &StepId) -> Option<StepLink> {
    let index = scope.entry.runbook.steps.iter().position(|step| step.id == *id)?;
    let runbook = scope.entry.runbook;
    let title = runbook.name_of(&runbook.steps[index]).into_owned();
    Some(StepLink { anchor: scope.entry.anchors.step(index).to_owned(), title })
}

/// Returns a link to a step as HTML, or its bare id where there is no such step.
fn link_html(scope: Scope<'_, '_>, id: &StepId) -> String {
    match link(scope, id) {
        Some(link) => format!("<a href=\"#{}\">{}</a>", escape(&link.anchor), escape(&link.title)),
        None => format!("<code>{}</code>", escape(id.as_str())),
    }
}

fn fact(kind: &'static str, label: impl Into<String>, html: impl Into<String>) -> Fact {
    Fact { kind, label: label.into(), html: html.into() }
}

fn expression(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Returns what the attributes of a step ask for, in the order in which it happens.
fn facts(scope: Scope<'_, '_>, step: &Step) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(when) = &step.when {
        facts.push(fact("when", "Only when", expression(&when.value)));
    }
    if let StepKind::Action(action) = &step.kind {
        before(scope, action, &mut facts);
    }
    if let Some(expect) = &step.expect {
        facts.push(fact("expects", "Expects", expression(&expect.value)));
    }
    timing(step, &mut facts);
    match &step.kind {
        StepKind::Check(check) => of_check(check, &mut facts),
        StepKind::Action(action) => after(scope, action, &mut facts),
    }
    if let Some(capture) = &step.capture {
        let taken = capture.value.expression.as_ref().map_or_else(String::new, |part| format!(" = {}", escape(part)));
        facts.push(fact("keeps", "Keeps", format!("<code>${}{taken}</code>", escape(&capture.value.name))));
    }
    if let Some(dir) = &step.dir {
        facts.push(fact("dir", "Runs in", expression(dir)));
    }
    if let Some(shell) = &step.shell {
        facts.push(fact("shell", "Runs with", expression(shell)));
    }
    // A value handed on under its own name tells nothing.
    for (name, value) in step.bindings.iter().filter(|(name, value)| *value != format!("${{{name}}}")) {
        let value = if step.is_secret(name) { "[redacted]" } else { value };
        facts.push(fact("binding", "With", expression(&format!("{name}={value}"))));
    }
    facts
}

fn timing(step: &Step, facts: &mut Vec<Fact>) {
    if let Some(within) = step.within {
        let every = step.every.map_or_else(String::new, |every| format!(", every {}", text::duration(every)));
        facts.push(fact("within", "Tried for up to", format!("{}{every}", text::duration(within))));
    }
    if let Some(timeout) = step.timeout {
        facts.push(fact("timeout", "Time limit", text::duration(timeout)));
    }
}

fn of_check(check: &Check, facts: &mut Vec<Fact>) {
    if check.absent {
        facts.push(fact("absent", "Must not exist", ""));
    }
    if let Some(hold) = check.hold {
        facts.push(fact("for", "Must hold for", text::duration(hold)));
    }
    if check.failures > 0 {
        facts.push(fact("failures", "May fail in a row", check.failures.to_string()));
    }
    if check.warn {
        facts.push(fact("warn", "Only warns", ""));
    }
}

fn before(scope: Scope<'_, '_>, action: &Action, facts: &mut Vec<Fact>) {
    if let Some(group) = &action.choose {
        facts.push(fact("choose", "One way of", escape(&crate::link::address::title_of_name(group).to_lowercase())));
    }
    for required in &action.requires {
        facts.push(fact("requires", "Only after", link_html(scope, &required.value)));
    }
    if let Some(question) = &action.confirm {
        facts.push(fact("confirm", "Asks", format!("“{}”", escape(question))));
    }
}

fn after(scope: Scope<'_, '_>, action: &Action, facts: &mut Vec<Fact>) {
    if action.background {
        facts.push(fact("background", "Keeps running", "in the background"));
    }
    if let Some(ready) = &action.ready {
        facts.push(fact("ready", "Ready when", link_html(scope, &ready.value)));
    }
    if let Some(verify) = &action.verify {
        facts.push(fact("verify", "Then checks", link_html(scope, &verify.value)));
    }
    if action.idempotent {
        facts.push(fact("idempotent", "May be run again", ""));
    }
}
