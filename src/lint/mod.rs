//! A runbook → what is wrong with its steps' commands and expressions, without a cluster.
//!
//! What is wrong with its Markdown and its info strings is found by `parse`; what is not there is found by `reference`.

mod commands;
mod expressions;
mod rules;
mod variables;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::{Code, Runbook, Source, Span, Step, StepLanguage};
use crate::shell::{self, Script, prompt};

pub use rules::{Family, RULES, Rule, rule, similar};

/// The JSON Schema (draft 2020-12) of what `lint --format json` prints: `docs/lint.schema.json`.
pub const SCHEMA: &str = include_str!("../../docs/lint.schema.json");

/// Returns what is wrong with the steps of a runbook, in the order of the text.
pub fn steps(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in &runbook.steps {
        found.extend(expressions::problems(step));
        if is_shell(step) {
            found.extend(commands::problems(step));
        }
    }
    found.extend(variables::problems(runbook));
    // A fragment that is used twice on a page has its problems once.
    let mut told: Vec<(Arc<Source>, Span, &'static str)> = Vec::new();
    found.retain(|diagnostic| {
        let place = (Arc::clone(&diagnostic.source), diagnostic.primary.span, diagnostic.rule);
        let new = !told.iter().any(|other| Arc::ptr_eq(&other.0, &place.0) && other.1 == place.1 && other.2 == place.2);
        told.push(place);
        new
    });
    found
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
