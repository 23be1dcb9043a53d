//! What the commands of a text change, against what the text around them promises.

use super::texts::Text;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Runbook, Shell, Span, StepLanguage};
use crate::shell::{self, Command, Effect, Joint, Script, Word, Wrapper};

/// Words in a heading that promise that nothing under it does harm.
const LOOKING: &[&str] = &[
    "diagnosis",
    "diagnose",
    "diagnostic",
    "diagnostics",
    "diagnosing",
    "investigation",
    "investigate",
    "investigating",
    "triage",
    "symptom",
    "symptoms",
];

/// Words in a heading under it that promise the contrary.
const ACTING: &[&str] = &[
    "mitigation",
    "mitigate",
    "resolution",
    "resolve",
    "remediation",
    "remediate",
    "fix",
    "fixes",
    "solution",
    "solutions",
    "repair",
    "recovery",
    "recover",
    "rollback",
    "action",
    "actions",
    "restart",
    "workaround",
];

/// What changes a cluster only for as long as somebody looks at it.
const PASSING: &[&str] = &["debug", "port-forward", "attach", "proxy", "cp"];

/// Returns what is wrong with the effects of a text.
pub(super) fn problems(runbook: &Runbook, text: &Text<'_>) -> Vec<Diagnostic> {
    if text.inline {
        return Vec::new();
    }
    let effects = shell::effects(&text.script);
    let mut found: Vec<_> = in_diagnosis(runbook, text, &effects).into_iter().collect();
    if let Some(step) = text.step {
        if step.as_action().is_some_and(|action| !action.background && action.undo.is_none()) {
            found.extend(only_reads(text, &effects));
        }
        found.extend(hidden_exits(text));
    }
    found
}

fn in_diagnosis(runbook: &Runbook, text: &Text<'_>, effects: &[Effect]) -> Option<Diagnostic> {
    if text.step.is_some_and(|step| step.as_check().is_some()) {
        return None;
    }
    let heading = looking_section(runbook, text)?;
    let reason = effects.iter().find_map(|effect| match effect {
        Effect::Writes(reason) if !passes(&text.script, reason.command) => Some(reason),
        _ => None,
    })?;
    let title = format!("a change under \"{heading}\": this {}", reason.text);
    let problem = text.problem("change-in-diagnosis", Level::Warning, title, first_line(text, reason.span));
    Some(problem.help("move it to where things are mended; readers of this section expect that nothing does harm"))
}

/// Returns the heading that promises that nothing under it does harm, if no heading nearer to the text says otherwise.
fn looking_section<'a>(runbook: &'a Runbook, text: &Text<'_>) -> Option<&'a str> {
    let offset = match text.step {
        Some(step) => runbook.blocks.get(step.block)?.span.start,
        None => text.place(Span::new(0, 0)).start,
    };
    let mut index = runbook.section_at(offset);
    while let Some(section) = index.and_then(|index| runbook.sections.get(index)) {
        let title = section.title.to_lowercase();
        let mut words = title.split(|letter: char| !letter.is_alphanumeric());
        if words.clone().any(|word| ACTING.contains(&word)) {
            return None;
        }
        // The title of the page is its subject, not a promise.
        if section.level > 1 && words.any(|word| LOOKING.contains(&word)) {
            return Some(&section.title);
        }
        index = section.parent;
    }
    None
}

/// Returns whether a command changes something only while it runs: a debug pod with `--rm`, a tunnel.
fn passes(script: &Script, index: usize) -> bool {
    let Some(command) = script.commands.get(index) else { return false };
    let carried = command.via.contains(&Wrapper::Container);
    let says = |text: &str| command.words.iter().any(|word| word.is(text));
    let kubectl = command.name().is_some_and(|name| matches!(name.as_str(), "kubectl" | "k" | "oc"));
    let tool = |names: &[&str]| command.words.iter().take(4).any(|word| names.iter().any(|name| word.is(name)));
    let throwaway = says("--rm") || says("--rm=true") || says("--dry-run=client") || says("--dry-run=server");
    !carried && kubectl && (tool(PASSING) || tool(&["exec", "rsh"]) || throwaway)
}

fn first_line(text: &Text<'_>, span: Span) -> Span {
    let written = text.code.text().get(span.start..span.end).unwrap_or_default();
    let line = written.lines().next().unwrap_or_default().trim_end_matches(['\\', ' ']).len();
    Span::new(span.start, span.start + line)
}

fn only_reads(text: &Text<'_>, effects: &[Effect]) -> Option<Diagnostic> {
    let sets = !text.script.sets.is_empty() || !text.script.functions.is_empty();
    let captures = text.step.is_some_and(|step| step.capture.is_some());
    if effects.is_empty() || sets || captures || !effects.iter().all(|effect| *effect == Effect::Reads) {
        return None;
    }
    // What waits for an action to come to its end belongs to it.
    let waits = |command: &Command| {
        command.words.iter().any(|word| word.is("wait") || word.is("status"))
            || command.name().is_some_and(|it| it == "sleep")
    };
    if text.script.commands.iter().any(waits) {
        return None;
    }
    let first = text.script.commands.first()?;
    let title = "an action that changes nothing";
    let problem = text.problem("reading-action", Level::Hint, title, first_line(text, first.span));
    Some(problem.help("make it a `check`: then it is run every night"))
}

fn hidden_exits(text: &Text<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(step) = text.step else { return found };
    if step.language == StepLanguage::Shell(Shell::Sh) && step.shell.is_none() {
        found.extend(pipes(text));
    }
    found.extend((0..text.script.commands.len()).filter_map(|index| masked(text, index)));
    let judged = step.expect.is_some() || step.output.is_some();
    if step.as_check().is_some() && !judged {
        found.extend(always_passes(text));
    }
    found
}

/// `sh` has no `pipefail`: of a pipe only the last command counts.
fn pipes(text: &Text<'_>) -> Option<Diagnostic> {
    let quiet = ["echo", "printf", "cat", "yes", "seq"];
    let first = text.script.commands.iter().find(|command| {
        let begins = command.pipeline.is_some_and(|place| place.index == 0 && place.length > 1);
        begins && command.via.is_empty() && !command.name().is_some_and(|name| quiet.contains(&name.as_str()))
    })?;
    let title = "if this fails, nobody sees it: in `sh` only the last command of a pipe counts";
    let problem = text.problem("hidden-exit", Level::Warning, title, first_line(text, first.span));
    Some(problem.help("make it a `bash` block: those run with `pipefail`"))
}

/// Programs that do not fail for a reason anybody would want to know.
const SURE: &[&str] =
    &["date", "hostname", "whoami", "id", "pwd", "mktemp", "uname", "echo", "printf", "basename", "dirname", "nproc"];

/// `export X=$(…)` succeeds whatever is in it.
fn masked(text: &Text<'_>, index: usize) -> Option<Diagnostic> {
    let command = text.script.commands.get(index)?;
    let name = command.name().filter(|name| matches!(name.as_str(), "export" | "local" | "declare" | "readonly"))?;
    let substituted = |word: &&Word| word.parts.iter().any(|part| part.kind == crate::shell::PartKind::Substitution);
    let word = command.arguments().iter().find(substituted)?;
    let inner = text.script.commands.iter().filter(|inner| inner.parent == Some(index));
    let sure = |inner: &Command| inner.name().is_some_and(|name| SURE.contains(&name.as_str()));
    if inner.clone().all(sure) {
        return None;
    }
    let title = format!("if this fails, nobody sees it: `{name}` succeeds whatever it is given");
    let prefix = word.literal_prefix();
    let variable = prefix.split('=').next().unwrap_or_default();
    let problem = text.problem("hidden-exit", Level::Warning, title, first_line(text, word.span));
    Some(problem.help(format!("assign first, then `{name} {variable}`")))
}

/// A check that ends in `|| true` passes whatever comes.
fn always_passes(text: &Text<'_>) -> Option<Diagnostic> {
    let outer: Vec<&Command> = text.script.outer_commands().filter(|command| !command.words.is_empty()).collect();
    let last = outer.last().filter(|last| last.joint == Joint::Or && last.nesting.is_empty())?;
    let name = last.name().filter(|name| matches!(name.as_str(), "true" | ":" | "echo" | "printf"))?;
    let title = format!("this check passes whatever comes: it ends with `|| {name}`");
    let problem = text.problem("hidden-exit", Level::Warning, title, first_line(text, last.span));
    Some(problem.help("take it away, or compare the output with an `output` block or `expect`"))
}
