//! A runbook → what is wrong with its commands, expressions and expectations, without a cluster.
//!
//! What is wrong with its Markdown and its info strings is found by `parse`; what is not there is found by `reference`.
//! [`steps`] is what keeps a step from running; [`check`] is everything that can be said.

mod baseline;
mod commands;
mod effects;
mod expressions;
mod fix;
mod generated;
mod kubernetes;
mod permissions;
mod rules;
mod texts;
mod typography;
mod vacuous;
mod variables;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Code, Param, Runbook, Source, Span, Step, StepLanguage};
use crate::reference::Scope;
use crate::shell::{self, Script, prompt};

pub use baseline::Baseline;
pub use fix::fixed;
pub use generated::is_generated;
pub use rules::{Family, RULES, Rule, rule, similar};

/// The JSON Schema (draft 2020-12) of what `lint --format json` prints: `docs/lint.schema.json`.
pub const SCHEMA: &str = include_str!("../../docs/lint.schema.json");

/// Returns everything that is wrong with a runbook, in the order of the text, without what its author allows.
///
/// `others` is what was found in it already: by the parser, by whoever follows its links.
pub fn check(runbook: &Runbook, others: Vec<Diagnostic>, today: jiff::civil::Date) -> Vec<Diagnostic> {
    let mut found = others;
    found.extend(of_steps(runbook));
    found.extend(overdue(runbook, today));
    found.extend(kubernetes::manifests(runbook));
    found.extend(runbook.steps.iter().flat_map(vacuous::problems));
    let mut scope = Scope::default();
    for text in &texts::of(runbook) {
        found.extend(typography::problems(text));
        found.extend(kubernetes::problems(text, &mut scope));
        found.extend(effects::problems(runbook, text));
    }
    allow(runbook, &mut found, true);
    once(&mut found);
    found.sort_by_key(|diagnostic| (diagnostic.source.path().to_owned(), diagnostic.primary.span.start));
    found
}

/// Returns what is wrong with the steps of a runbook, in the order of the text, without what its author allows. Errors
/// among it keep them from running.
pub fn steps(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut found = of_steps(runbook);
    allow(runbook, &mut found, false);
    once(&mut found);
    found
}

fn of_steps(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in &runbook.steps {
        found.extend(expressions::problems(step, params_of(runbook, step)));
        if is_shell(step) {
            found.extend(commands::problems(step));
        }
    }
    found.extend(variables::problems(runbook));
    found
}

/// Returns the params that the expressions of a step speak of: in a fragment, those that the fragment takes.
fn params_of<'a>(runbook: &'a Runbook, step: &'a Step) -> &'a [Param] {
    if step.source.path() == runbook.source.path() { &runbook.params } else { &step.declared }
}

/// Somebody said how long a review is good for.
fn overdue(runbook: &Runbook, today: jiff::civil::Date) -> Option<Diagnostic> {
    let metadata = &runbook.metadata;
    metadata.overdue(today).filter(|overdue| *overdue)?;
    let reviewed = metadata.reviewed?;
    let whole = metadata.span.unwrap_or(Span::new(0, 0));
    let day = reviewed.to_string();
    let mut lines = runbook.source.slice(whole).split_inclusive('\n').scan(whole.start, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line))
    });
    let (at, line) =
        lines.find(|(_, line)| line.contains("review") && line.contains(&day)).unwrap_or((whole.start, ""));
    let indent = line.len() - line.trim_start().len();
    let key = line.trim_start().split([':', '=']).next().unwrap_or_default().trim_end();
    let key = if key.is_empty() { "reviewed" } else { key };
    let title = format!("the review of {reviewed} is overdue");
    let span = Span::new(at + indent, at + line.trim_end().len().max(indent));
    let problem = Diagnostic::new("review-overdue", Level::Warning, title, &runbook.source, span);
    Some(problem.help(format!("read it with care, then set `{key}` to the day you did")))
}

fn allow(runbook: &Runbook, found: &mut Vec<Diagnostic>, whole: bool) {
    permissions::apply(&runbook.source, found, whole);
    let mut fragments: Vec<&Arc<Source>> = Vec::new();
    for step in runbook.steps.iter().filter(|step| !Arc::ptr_eq(&step.source, &runbook.source)) {
        if !fragments.iter().any(|known| Arc::ptr_eq(known, &step.source)) {
            fragments.push(&step.source);
        }
    }
    fragments.into_iter().for_each(|fragment| permissions::apply(fragment, found, whole));
}

/// A fragment that is used twice on a page has its problems once.
fn once(found: &mut Vec<Diagnostic>) {
    let mut told = std::collections::HashSet::new();
    found.retain(|diagnostic| {
        told.insert((diagnostic.source.path().to_owned(), diagnostic.primary.span, diagnostic.rule))
    });
}

const fn is_shell(step: &Step) -> bool {
    matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Console)
}

/// A shell text as it runs: what stands behind prompts, or the whole block.
struct Typed {
    code: Code,
    script: Script,
}

impl Typed {
    /// Returns the texts of a step that a shell will run, each understood.
    fn of(step: &Step) -> Vec<Self> {
        let ours = |exchange: &prompt::Exchange| !matches!(exchange.prompt, Some((_, prompt::PromptKind::Interpreter)));
        let exchanges = prompt::split(step.code.text()).into_iter().filter(ours);
        exchanges
            .map(|exchange| Self { script: shell::parse(exchange.command.text()), code: exchange.command })
            .collect()
    }

    /// Returns where a span of this text stands in the step's source.
    fn place(&self, step: &Step, span: Span) -> Span {
        step.code.source_span(self.code.source_span(span))
    }
}
