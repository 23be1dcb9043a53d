//! Variables that nothing gives a value.

use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::model::{Runbook, Span, Step};
use crate::plan::taken;

use super::{Typed, is_shell};

/// Variables that a shell or a login sets.
const AMBIENT: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "HOSTNAME",
    "TMPDIR",
    "LANG",
    "TERM",
    "EDITOR",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "PPID",
    "UID",
    "EUID",
    "IFS",
    "PIPESTATUS",
    "BASH_VERSION",
    "KUBECONFIG",
    "REPLY",
    "OPTARG",
    "OPTIND",
    "EPOCHSECONDS",
    "COLUMNS",
    "LINES",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "BASH_SOURCE",
    "FUNCNAME",
];

/// Returns the variables of a runbook's steps that no param, no step and no login sets. Targets may still set them.
pub(super) fn problems(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut known: Vec<String> = runbook.params.iter().map(|param| param.name.clone()).collect();
    let mut read = Vec::new();
    for step in &runbook.steps {
        known.extend(step.capture.iter().map(|capture| capture.value.name.clone()));
        if is_shell(step) {
            for typed in Typed::of(step) {
                read.extend(
                    typed
                        .script
                        .free_variables()
                        .into_iter()
                        .map(|it| (step, it.name.clone(), typed.place(step, it.span))),
                );
                known.extend(typed.script.sets.iter().map(|set| set.name.clone()));
            }
        } else {
            read.extend(named(step));
        }
    }
    let bound = |step: &Step, name: &str| step.bindings.iter().any(|(bound, _)| bound == name);
    let unset = read
        .into_iter()
        .filter(|(step, name, _)| !known.contains(name) && !bound(step, name) && !AMBIENT.contains(&name.as_str()));
    let unset = unset.map(|(step, name, span)| {
        let title = format!("nothing here gives `${name}` a value");
        let diagnostic = Diagnostic::new("unset-variable", Level::Hint, title, &step.source, span);
        match did_you_mean(&name, known.iter().map(String::as_str)) {
            Some(meant) => diagnostic.help(format!("did you mean `${meant}`?")),
            None => diagnostic.help("declare it in `params`, or leave it to the target"),
        }
    });
    unset.chain(defaults(runbook)).collect()
}

/// Returns the variables that a step of another language than a shell's takes as `${NAME}`, each with its place.
fn named(step: &Step) -> Vec<(&Step, String, Span)> {
    let text = step.code.text();
    let starts = text.match_indices("${").filter(|(at, _)| !text[..*at].ends_with('$'));
    let taken = starts.filter_map(|(at, _)| {
        let end = at + text[at..].find('}')? + 1;
        let name = text[at + 2..end - 1].to_owned();
        is_name(&name).then(|| (step, name, step.code.source_span(Span::new(at, end))))
    });
    taken.collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Returns the defaults that take what no param before theirs is called.
fn defaults(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (index, param) in runbook.params.iter().enumerate() {
        let (earlier, others) = runbook.params.split_at(index);
        let names = param.default.as_deref().into_iter().flat_map(taken);
        for name in names.filter(|name| earlier.iter().all(|other| other.name != *name)) {
            let title = format!("no param before `{}` gives `${{{name}}}` a value", param.name);
            let at = param.default_at.unwrap_or(param.span);
            let diagnostic = Diagnostic::new("unset-variable", Level::Hint, title, &runbook.source, at);
            let meant = did_you_mean(name, earlier.iter().map(|other| other.name.as_str()));
            problems.push(match meant {
                _ if others.iter().any(|other| other.name == name) => diagnostic.help("declare it before this one"),
                Some(meant) => diagnostic.help(format!("did you mean `${{{meant}}}`?")),
                None => diagnostic.help("declare it in `params`, or leave it to the target"),
            });
        }
    }
    problems
}
