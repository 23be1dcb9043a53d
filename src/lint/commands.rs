//! What commands of a step must not do: run with a gap, write in a check, wait for somebody who is not there.

use crate::diagnostic::{Diagnostic, Level};
use crate::model::Step;
use crate::shell::{self, Effect, Hold, Interaction};

use super::Typed;

/// Returns what is wrong with the commands of one step.
pub(super) fn problems(step: &Step) -> Vec<Diagnostic> {
    let mut found = alternatives(step);
    for typed in Typed::of(step) {
        found.extend(placeholders(step, &typed));
        found.extend(syntax(step, &typed));
        found.extend(writes(step, &typed));
        found.extend(holds(step, &typed));
        found.extend(around_the_gate(step, &typed));
    }
    found
}

/// A gap that nobody filled in is never executed: `<pod>` is a redirection to a shell.
fn placeholders(step: &Step, typed: &Typed) -> Vec<Diagnostic> {
    let found = shell::placeholders(typed.code.text());
    let certain = found.into_iter().filter(|placeholder| placeholder.kind.must_be_filled());
    certain
        .map(|placeholder| {
            let title = format!("placeholder `{}` in a step", placeholder.text);
            let span = typed.place(step, placeholder.span);
            Diagnostic::new("placeholder", Level::Error, title, &step.source, span)
                .label("to be filled in by hand")
                .help("declare a param and write `\"$NAME\"` in its place")
        })
        .collect()
}

/// Several ways to the same end in one block would all be run.
fn alternatives(step: &Step) -> Vec<Diagnostic> {
    let Some(found) = shell::alternatives(step.code.text()) else { return Vec::new() };
    let Some(marker) = found.markers.first() else { return Vec::new() };
    let span = step.code.source_span(*marker);
    let title = "alternatives in one step, which would all be run";
    let diagnostic = Diagnostic::new("alternatives", Level::Error, title, &step.source, span);
    vec![diagnostic.help("make a step of each; actions of one `choose=GROUP` are alternatives")]
}

/// What our parser cannot make sense of may still be good bash, so this does not keep a step from running.
fn syntax(step: &Step, typed: &Typed) -> Vec<Diagnostic> {
    let errors = typed.script.errors.iter();
    errors
        .map(|error| {
            let span = typed.place(step, error.span);
            Diagnostic::new("shell-syntax", Level::Warning, error.message.clone(), &step.source, span)
        })
        .collect()
}

/// A check reads the world and never changes it.
fn writes(step: &Step, typed: &Typed) -> Vec<Diagnostic> {
    if step.as_check().is_none() {
        return Vec::new();
    }
    let effects = shell::effects(&typed.script);
    effects.iter().filter_map(|effect| written(step, typed, effect)).collect()
}

fn written(step: &Step, typed: &Typed, effect: &Effect) -> Option<Diagnostic> {
    let (level, reason) = match effect {
        Effect::Writes(reason) => (Level::Error, reason),
        Effect::Files(reason) => (Level::Warning, reason),
        Effect::Reads | Effect::Scratch(_) | Effect::Unknown(_) => return None,
    };
    let title = format!("a check that writes: this {}", reason.text);
    let span = typed.place(step, reason.span);
    let diagnostic = Diagnostic::new("check-writes", level, title, &step.source, span);
    Some(diagnostic.help("make this block an `action`, or read what you want to know"))
}

/// Every command reaches the cluster through the gate, whose kubeconfig holds the contexts by their names. Another
/// kubeconfig would lead past it, and past what a check may do.
fn around_the_gate(step: &Step, typed: &Typed) -> Vec<Diagnostic> {
    let flagged = typed.script.commands.iter().flat_map(|command| &command.words);
    let flagged = flagged.filter(|word| word.literal_prefix().starts_with("--kubeconfig")).map(|word| word.span);
    let set = typed.script.sets.iter().filter(|set| set.name == "KUBECONFIG").map(|set| set.span);
    let before = typed.script.commands.iter().flat_map(|command| &command.assignments);
    let before = before.filter(|assignment| assignment.name == "KUBECONFIG").map(|assignment| assignment.name_span);
    let mut spans: Vec<_> = flagged.chain(set).chain(before).collect();
    spans.sort_unstable();
    spans.dedup();
    let problem = |span| {
        let title = "another kubeconfig than that of the target";
        let span = typed.place(step, span);
        Diagnostic::new("other-kubeconfig", Level::Error, title, &step.source, span)
            .help("name the context with `--context`, or point a target at it")
    };
    spans.into_iter().map(problem).collect()
}

/// Nobody is there to type into a step, and nothing may keep a run waiting for ever.
fn holds(step: &Step, typed: &Typed) -> Vec<Diagnostic> {
    let background = step.as_action().is_some_and(|action| action.background);
    let found = shell::interactions(&typed.script);
    found
        .iter()
        .filter_map(|interaction| match interaction {
            Interaction::None => None,
            Interaction::Endless(_) if background => None,
            Interaction::Endless(hold) => Some(held(step, typed, "endless-step", hold)),
            Interaction::Interactive(hold) => Some(held(step, typed, "interactive-step", hold)),
        })
        .collect()
}

fn held(step: &Step, typed: &Typed, rule: &'static str, hold: &Hold) -> Diagnostic {
    let title = format!("a step that would not end by itself: this {}", hold.reason);
    let span = typed.place(step, hold.span);
    Diagnostic::new(rule, Level::Error, title, &step.source, span).help(hold.instead)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::diagnostic::Level;
    use crate::model::{RunbookId, Source};
    use crate::parse::{Fragments, parse};

    /// Returns the errors of a text, as `rule:line`.
    fn errors(text: &str) -> Vec<String> {
        let source = Arc::new(Source::new("a.md", text));
        let (runbook, _) = parse(RunbookId("a".to_owned()), source, &Fragments::new());
        let found = crate::lint::steps(&runbook).into_iter().filter(|diagnostic| diagnostic.level == Level::Error);
        found.map(|it| format!("{}:{}", it.rule, it.source.position(it.primary.span.start).line)).collect()
    }

    #[test]
    fn a_check_that_deletes_is_an_error_at_its_line() {
        assert_eq!(errors("```bash check\nkubectl get pods\nkubectl delete pod x\n```\n"), ["check-writes:3"]);
    }

    #[test]
    fn an_action_that_deletes_is_not() {
        assert!(errors("```bash action\nkubectl delete pod x\n```\n").is_empty());
    }

    #[test]
    fn a_check_may_write_what_is_thrown_away() {
        assert!(errors("```bash check\nkubectl get pods > /tmp/pods\n```\n").is_empty());
    }

    #[test]
    fn a_gap_in_a_step_is_an_error_and_a_redirection_is_not() {
        assert_eq!(errors("```bash action\nkubectl delete pod <pod> -n x\n```\n"), ["placeholder:2"]);
        assert!(errors("```bash check\nwc -l < /etc/hosts\n```\n").is_empty());
    }

    #[test]
    fn a_step_that_waits_for_somebody_is_an_error_and_a_tunnel_in_the_background_is_not() {
        assert_eq!(errors("```bash action\nkubectl edit deployment x\n```\n"), ["interactive-step:2"]);
        assert_eq!(errors("```bash check\nkubectl get pods -w\n```\n"), ["endless-step:2"]);
        let tunnel = "```bash check id=up\ntrue\n```\n\n```bash action background ready=up\nkubectl port-forward svc/x 1:2\n```\n";
        assert!(errors(tunnel).is_empty());
    }

    #[test]
    fn a_way_around_the_gate_is_an_error_and_a_context_is_not() {
        assert_eq!(errors("```bash check\nkubectl --kubeconfig /k get pods\n```\n"), ["other-kubeconfig:2"]);
        assert_eq!(errors("```bash check\nexport KUBECONFIG=/k\n```\n"), ["other-kubeconfig:2"]);
        assert_eq!(errors("```bash check\nKUBECONFIG=/k kubectl get pods\n```\n"), ["other-kubeconfig:2"]);
        assert!(errors("```bash check\nkubectl --context x get pods\n```\n").is_empty());
    }

    #[test]
    fn what_a_console_block_prints_is_no_command() {
        assert!(errors("```console check\n$ kubectl get pods\nkubectl delete pod x\n```\n").is_empty());
    }
}
