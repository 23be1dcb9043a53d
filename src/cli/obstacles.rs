//! Why a runbook must not be run: errors in its text, and params without a good value.

use super::ui::Ui;
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::lint;
use crate::model::{Finding, Outcome, Place, Runbook, Span, Target, Values};
use crate::plan::{self, Given, ValueProblem};

/// The rule that a step breaks which waits for somebody. One who sits at a terminal is lent to it.
const NEEDS_SOMEBODY: &str = "interactive-step";

/// Whether somebody sits at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sitting {
    /// A person, who is asked, and whose terminal steps are lent.
    Somebody,
    /// Nobody.
    Nobody,
}

/// Draws what is wrong with a runbook, and returns its values and why nothing of it may run.
pub(super) fn of(
    ui: Ui,
    runbook: &Runbook,
    diagnostics: &[Diagnostic],
    target: &Target,
    given: &Given,
    sitting: Sitting,
) -> (Values, Vec<Finding>) {
    let (values, problems) = plan::resolve(runbook, target, given);
    let own = diagnostics.iter().filter(|diagnostic| diagnostic.source.path() == runbook.source.path()).cloned();
    let mut wrong: Vec<_> = own.chain(lint::steps(runbook)).collect();
    wrong.extend(problems.iter().map(|problem| value_diagnostic(runbook, problem)));
    let answered = |diagnostic: &Diagnostic| sitting == Sitting::Somebody && diagnostic.rule == NEEDS_SOMEBODY;
    wrong.retain(|diagnostic| diagnostic.level == Level::Error && !answered(diagnostic));
    ui.diagnostics(&wrong, Level::Error);
    (values, wrong.iter().map(finding).collect())
}

/// Returns the content folder as seen from the root, as people type it.
pub(super) fn content_prefix(settings: &Settings) -> String {
    let inside = settings.content.strip_prefix(&settings.root).unwrap_or(&settings.content);
    inside.to_string_lossy().into_owned()
}

fn value_diagnostic(runbook: &Runbook, problem: &ValueProblem) -> Diagnostic {
    let (ValueProblem::Missing { name, .. } | ValueProblem::Unfit { name, .. } | ValueProblem::Unknown { name, .. }) =
        problem;
    let declared = runbook.params.iter().find(|param| param.name == *name);
    let span = declared.map(|param| param.span).or(runbook.metadata.span).unwrap_or(Span::new(0, 0));
    let rule = match problem {
        ValueProblem::Missing { .. } => "missing-param",
        ValueProblem::Unfit { .. } => "unfit-param",
        ValueProblem::Unknown { .. } => "unknown-param",
    };
    let diagnostic = Diagnostic::new(rule, Level::Error, problem.to_string(), &runbook.source, span);
    match (problem, declared) {
        (ValueProblem::Missing { .. }, Some(param)) if param.secret => {
            let variable = param.env.clone().unwrap_or_else(|| format!("RUNBOOKS_PARAM_{name}"));
            diagnostic.help(format!("set the environment variable `{variable}`"))
        }
        (ValueProblem::Missing { takes, .. }, _) => {
            diagnostic.help(format!("add `--param {}=…`", takes.as_ref().unwrap_or(name)))
        }
        _ => diagnostic,
    }
}

/// A text that cannot be carried out could not be looked at: that is `errored`, and claims nothing of the world.
fn finding(diagnostic: &Diagnostic) -> Finding {
    Finding {
        outcome: Outcome::Errored,
        warn: false,
        rule: diagnostic.rule.to_owned(),
        place: Place::of(&diagnostic.source, diagnostic.primary.span),
        command: None,
        message: diagnostic.title.clone(),
        expected: None,
        actual: None,
        help: diagnostic.help.clone(),
    }
}
