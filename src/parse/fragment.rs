//! Shared steps: a block `check use=NAME` stands for the steps of `checks/NAME.md`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::model::{Block, Located, Param, Span, Step, StepId, StepKind};

use super::findings::{Findings, one_of};
use super::front_matter::{self, Data, Node};
use super::{Fragments, blocks, document, names, values};

/// A block that stands for a fragment.
pub(super) struct Use<'a> {
    /// The name the author wrote.
    pub(super) name: &'a Located<String>,
    /// The block; its code holds the values.
    pub(super) block: &'a Block,
    /// What its attributes say, for all steps of the fragment.
    pub(super) step: &'a Step,
    /// Its id, written or derived.
    pub(super) id: &'a StepId,
    /// Whether the author gave it a title.
    pub(super) titled: bool,
}

/// Puts the steps of fragments in place. One of these serves a whole runbook.
pub(super) struct Expander<'a> {
    fragments: &'a Fragments,
    /// What is wrong in the fragments themselves, once for each.
    pub(super) inside: Vec<Diagnostic>,
    /// Fragments already read: many blocks of a page use the same one.
    read: BTreeMap<String, Fragment>,
}

/// A fragment, understood.
#[derive(Clone)]
struct Fragment {
    params: Vec<Param>,
    steps: Vec<Step>,
    infos: Vec<String>,
}

impl<'a> Expander<'a> {
    /// Makes an expander that knows these fragments.
    pub(super) const fn new(fragments: &'a Fragments) -> Self {
        Self { fragments, inside: Vec::new(), read: BTreeMap::new() }
    }

    /// Returns the steps that stand for a block, in the order of the fragment.
    pub(super) fn expand(&mut self, user: &Use<'_>, findings: &mut Findings) -> Vec<Step> {
        let Some(fragment) = self.fragment(user.name, findings) else { return Vec::new() };
        let bindings = bindings(&fragment.params, user, findings);
        let single = fragment.steps.len() == 1;
        let steps = fragment.steps.into_iter().zip(&fragment.infos);
        let given = findings.source.slice(user.block.info).trim();
        let infos = steps.map(|(step, info)| (step, format!("{given}\0{}", info.trim())));
        let params = &fragment.params;
        infos
            .map(|(step, info)| Step { declared: params.clone(), ..in_place(step, &info, user, single, &bindings) })
            .collect()
    }

    fn fragment(&mut self, name: &Located<String>, findings: &mut Findings) -> Option<Fragment> {
        let Some(source) = self.fragments.get(&name.value) else {
            let title = format!("no fragment is called `{}`", name.value);
            let diagnostic = findings.error("unknown-fragment", name.span, title);
            let help = match did_you_mean(&name.value, self.fragments.keys().map(String::as_str)) {
                Some(meant) => Some(format!("did you mean `{meant}`?")),
                None if self.fragments.is_empty() => Some(format!("write it as `checks/{}.md`", name.value)),
                None => Some(format!("there is {}", one_of(self.fragments.keys().take(12).map(String::as_str)))),
            };
            findings.add(Diagnostic { help, ..diagnostic });
            return None;
        };
        if let Some(known) = self.read.get(&name.value) {
            return Some(known.clone());
        }
        let mut inside = Findings::new(source);
        let fragment = read(&mut inside);
        if fragment.steps.is_empty() && inside.list.iter().all(|found| found.level != Level::Error) {
            let title = format!("the fragment `{}` holds no check", name.value);
            findings.add(findings.error("empty-fragment", name.span, title));
        }
        self.inside.extend(inside.into_sorted());
        self.read.insert(name.value.clone(), fragment.clone());
        Some(fragment)
    }
}

/// Reads a fragment for its own sake: what is wrong in it, whether used or not.
pub(super) fn check(findings: &mut Findings) {
    read(findings);
}

fn read(findings: &mut Findings) -> Fragment {
    let source = std::sync::Arc::clone(&findings.source);
    let front = front_matter::read(findings);
    let document = document::read(source.text());
    let found = blocks::read(&document, "", findings);
    let ids = names::ids(&found, &document.sections, findings);
    let mut steps = Vec::new();
    let mut infos = Vec::new();
    for (draft, id) in found.drafts.into_iter().zip(ids) {
        let info = found.blocks.get(draft.block).map(|block| block.info).unwrap_or_default();
        match draft.body {
            blocks::Body::Fragment(name, _) => {
                let title = "a fragment cannot use a fragment";
                findings.add(findings.error("nested-fragment", name.span, title));
            }
            blocks::Body::Own(step) if step.as_action().is_some() => {
                let title = "a fragment holds checks only";
                let help = "a `check` that uses it would change the world: move the action to the runbook";
                findings.add(findings.error("misplaced-role", info, title).help(help));
            }
            blocks::Body::Own(step) => {
                infos.push(source.slice(info).to_owned());
                steps.push(Step { id, ..*step });
            }
        }
    }
    Fragment { params: front.params, steps, infos }
}

fn in_place(step: Step, info: &str, user: &Use<'_>, single: bool, bindings: &[(String, String)]) -> Step {
    let id = if single { user.id.clone() } else { StepId(format!("{}-{}", user.id, step.id)) };
    let title = match (single && user.titled, step.title.is_empty()) {
        (true, _) | (false, true) => user.step.title.clone(),
        (false, false) if user.titled => format!("{}: {}", user.step.title, step.title),
        (false, false) => step.title.clone(),
    };
    let kind = match (&step.kind, &user.step.kind) {
        (StepKind::Check(own), StepKind::Check(given)) => StepKind::Check(crate::model::Check {
            hold: given.hold.or(own.hold),
            failures: if given.hold.is_some() { given.failures } else { own.failures },
            warn: given.warn || own.warn,
            absent: own.absent,
        }),
        (kind, _) => kind.clone(),
    };
    let hash = super::hash::of(info, step.code.text(), bindings);
    Step {
        id,
        title,
        kind,
        hash,
        block: user.step.block,
        section: user.step.section,
        timeout: user.step.timeout.or(step.timeout),
        within: user.step.within.or(step.within),
        every: user.step.every.or(step.every),
        when: user.step.when.clone().or_else(|| step.when.clone()),
        bindings: bindings.to_vec(),
        ..step
    }
}

/// Returns the values of the fragment's params: what the block says, else the defaults.
fn bindings(params: &[Param], user: &Use<'_>, findings: &mut Findings) -> Vec<(String, String)> {
    let given = given(params, user, findings);
    let mut bindings = Vec::new();
    for param in params {
        let value = given.iter().find(|(name, _)| name.value == param.name).map(|(_, value)| value.clone());
        match value.or_else(|| param.default.as_deref().map(|default| within(default, &bindings))) {
            Some(value) => bindings.push((param.name.clone(), value)),
            None if param.required => missing(param, user, findings),
            None => {}
        }
    }
    bindings
}

/// Returns a default with the params of the fragment before it filled in.
fn within(default: &str, bindings: &[(String, String)]) -> String {
    let mut filled = String::new();
    let mut rest = default;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = bindings.iter().find(|(bound, _)| bound == name)?;
            Some((value, behind))
        });
        rest = match named {
            Some((value, behind)) => {
                filled.push_str(value);
                behind
            }
            None => {
                filled.push_str("${");
                after
            }
        };
    }
    filled + rest
}

fn missing(param: &Param, user: &Use<'_>, findings: &mut Findings) {
    let title = format!("the fragment `{}` needs a value for `{}`", user.name.value, param.name);
    let help = format!("add a line `{}: …` to the block", param.name);
    findings.add(findings.error("missing-param", user.block.info, title).help(help));
}

fn given(params: &[Param], user: &Use<'_>, findings: &mut Findings) -> Vec<(Located<String>, String)> {
    let root = match front_matter::read_yaml(&user.block.code) {
        Ok(root) => root,
        Err(error) => {
            let title = format!("cannot read the values: {}", error.message);
            let mut diagnostic = findings.error("broken-values", error.span, title);
            diagnostic.help = error.help;
            findings.add(diagnostic);
            return Vec::new();
        }
    };
    match root.data {
        Data::Map(entries) => entries.into_iter().filter_map(|entry| value(entry, params, user, findings)).collect(),
        Data::Null => Vec::new(),
        _ => {
            let title = format!("a block that uses a fragment holds a value per param, not {}", root.sort());
            findings.add(findings.error("wrong-type", root.span, title).help("write `NAME: value`, one on each line"));
            Vec::new()
        }
    }
}

fn value(
    (name, node): (Located<String>, Node),
    params: &[Param],
    user: &Use<'_>,
    findings: &mut Findings,
) -> Option<(Located<String>, String)> {
    let Some(param) = params.iter().find(|param| param.name == name.value) else {
        unknown(&name, params, user, findings);
        return None;
    };
    let Some(text) = node.scalar() else {
        let title = format!("`{}` is text, not {}", name.value, node.sort());
        findings.add(findings.error("wrong-type", node.span, title));
        return None;
    };
    check_value(param, &text, node.span, findings);
    Some((name, text))
}

fn unknown(name: &Located<String>, params: &[Param], user: &Use<'_>, findings: &mut Findings) {
    let title = format!("the fragment `{}` has no param `{}`", user.name.value, name.value);
    let diagnostic = findings.error("unknown-param", name.span, title);
    let names = || params.iter().map(|param| param.name.as_str());
    let help = match did_you_mean(&name.value, names()) {
        Some(meant) => Some(format!("did you mean `{meant}`?")),
        None if params.is_empty() => Some("it takes no params".to_owned()),
        None => Some(format!("it takes {}", one_of(names()).replace(" or ", " and "))),
    };
    findings.add(Diagnostic { help, ..diagnostic });
}

/// A value that refers to others is only known when the runbook runs.
fn check_value(param: &Param, text: &str, span: Span, findings: &mut Findings) {
    if text.contains("${") {
        return;
    }
    if param.secret && !text.is_empty() {
        findings.source.hide(span);
        let title = format!("`{}`, a secret, stands in the text", param.name);
        let help = "whoever can read the file has it; hand on a param that is `secret`";
        findings.add(findings.warning("secret-default", span, title).help(help));
    }
    if let Some(expected) = values::mismatch(param, text) {
        let title = match param.secret {
            true => format!("`{}` is not {expected}", param.name),
            false => format!("`{}` is not {expected}: `{text}`", param.name),
        };
        findings.add(findings.error("bad-value", span, title));
    }
}
