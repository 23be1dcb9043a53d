//! kubectl commands that can never work, as they are written.

use super::texts::Text;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Runbook, Span};
use crate::reference::kubectl::{Invocation, VerbWord};
use crate::reference::{self, Scope, Unknown};

/// Verbs that need a type and a name, or another way to say which objects.
const NEED_A_NAME: &[&str] = &["delete", "patch", "scale", "label", "annotate", "expose", "autoscale"];

/// Flags that say which objects.
const SELECTING: &[&str] = &["filename", "kustomize", "selector", "all", "field-selector", "raw"];

/// Verbs that people write where a type belongs.
const NO_KINDS: &[&str] = &["log", "logs", "exec", "apply", "rollout", "describe", "get", "top"];

/// What a placeholder that stands for the name of an object is called.
const KINDS: &[&str] = &[
    "pod",
    "node",
    "deployment",
    "service",
    "svc",
    "namespace",
    "pvc",
    "pv",
    "job",
    "cronjob",
    "statefulset",
    "daemonset",
    "configmap",
    "secret",
    "ingress",
    "replicaset",
];

/// Verbs of kubectl that the agent of a node is asked for by mistake.
const NOT_OF_KUBELET: &[&str] =
    &["get", "describe", "logs", "apply", "delete", "exec", "rollout", "scale", "top", "cordon", "drain", "edit"];

/// Kinds that are still served and are of no use.
const DEPRECATED: &[&str] = &["componentstatuses", "componentstatus", "cs"];

/// How kubectl is mistyped.
const MISTYPED: &[&str] = &[
    "kubeclt", "kubctl", "kubetcl", "kuebctl", "kubect", "kubectrl", "kubecl", "kubeclt", "kubecetl", "kubcetl",
    "kubectll",
];

/// Returns what is wrong with the kubectl commands of a text. `scope` carries what the texts before have set.
pub(super) fn problems(text: &Text<'_>, scope: &mut Scope) -> Vec<Diagnostic> {
    let mut own = Scope::default();
    let scope = if text.inline { &mut own } else { scope };
    let extracted = reference::references(&text.script, scope, &|_| None, None);
    // A dash that is no hyphen has been told, with the way out.
    let hyphen = |span: Span| {
        let written = text.code.text().get(span.start..span.end).unwrap_or_default();
        !written.starts_with(['–', '—', '−', '‐', '‑'])
    };
    let known = extracted.problems.iter().filter(|problem| hyphen(problem.span)).filter_map(|problem| {
        let rule = super::rule(problem.rule)?.name;
        let diagnostic = text.problem(rule, Level::Error, problem.message.clone(), problem.span);
        Some(match &problem.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        })
    });
    let mut found: Vec<_> = known.collect();
    for invocation in &extracted.invocations {
        found.extend(form(text, invocation));
        found.extend(super::generated::problems(text, invocation));
        found.extend(removed(text, invocation));
    }
    found.extend(wrong_tool(text));
    found
}

/// Returns what a command lacks, where its verb tells.
fn form(text: &Text<'_>, invocation: &Invocation) -> Option<Diagnostic> {
    let VerbWord::Known(_) = &invocation.verb else { return None };
    let path = invocation.path();
    let own = invocation.own_positionals();
    let first = own.first()?;
    if matches!(path, "get" | "describe" | "delete" | "edit") && NO_KINDS.iter().any(|verb| first.is(verb)) {
        let title = format!("`{}` is a verb of kubectl, not a resource type", first.text);
        let verb = if first.text == "log" { "logs" } else { &first.text };
        let problem = text.problem("verb-as-kind", Level::Error, title, first.span);
        return Some(problem.help(format!("write `kubectl {verb} …`")));
    }
    let selected = SELECTING.iter().any(|flag| invocation.flag(flag).is_some());
    let alone = own.len() == 1 && !selected && !invocation.open_ended && !first.text.contains(['/', ',']);
    if !alone {
        return None;
    }
    let named = match &first.unknown {
        Some(Unknown::Placeholder(placeholder)) => first.text.is_empty() && is_name(placeholder),
        Some(_) => false,
        None => NEED_A_NAME.contains(&path),
    };
    let takes_a_type = NEED_A_NAME.contains(&path) || matches!(path, "get" | "describe" | "edit");
    if !named || !takes_a_type {
        return None;
    }
    let (title, help) = match &first.unknown {
        Some(_) => {
            let written = text.code.text().get(first.span.start..first.span.end).unwrap_or_default();
            (
                format!("`kubectl {path}` needs a resource type before the name"),
                format!("write `kubectl {path} pod {written}`, or whatever it is"),
            )
        }
        None => (
            format!("`kubectl {path} {}` says only one of type and name", first.text),
            "write the type and the name: `pod NAME` or `pod/NAME`".to_owned(),
        ),
    };
    Some(text.problem("missing-type", Level::Error, title, first.span).help(help))
}

/// Returns whether a placeholder stands for the name of an object: `<pod-name>`, `<pod>`, `$YOUR_NODE`.
fn is_name(placeholder: &str) -> bool {
    let word = placeholder.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    let word = word.replace(['_', '.', ' '], "-");
    let word = word.trim_start_matches("your-").trim_start_matches("my-").trim_start_matches("the-");
    word.ends_with("-name") || word.ends_with("podname") || KINDS.contains(&word)
}

fn removed(text: &Text<'_>, invocation: &Invocation) -> Vec<Diagnostic> {
    if !matches!(invocation.path(), "get" | "describe" | "delete" | "edit" | "explain" | "api-resources" | "patch") {
        return Vec::new();
    }
    let Some(kinds) = invocation.own_positionals().first() else { return Vec::new() };
    let problem = |kind: reference::Argument| {
        let word = kind.known().ok()?.split('/').next()?.to_owned();
        if DEPRECATED.contains(&word.as_str()) {
            let title =
                format!("`{word}` is deprecated since Kubernetes 1.19, and tells of healthy parts that they are not");
            let problem = text.problem("removed-kind", Level::Warning, title, kind.span);
            return Some(problem.help("ask `/readyz?verbose` of the API server: `kubectl get --raw`"));
        }
        let title = format!("Kubernetes has no `{word}` any more");
        Some(text.problem("removed-kind", Level::Warning, title, kind.span).help(reference::removed(&word)?))
    };
    kinds.split(',').into_iter().filter_map(problem).collect()
}

fn wrong_tool(text: &Text<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for command in &text.script.commands {
        let (Some(name), Some(word)) = (command.name(), command.words.first()) else { continue };
        let verb = command.arguments().first().and_then(crate::shell::Word::literal).unwrap_or_default();
        let (title, help) = if name == "kubelet" && NOT_OF_KUBELET.contains(&verb.as_str()) {
            (format!("`kubelet` has no `{verb}`"), "did you mean `kubectl`?".to_owned())
        } else if MISTYPED.contains(&name.as_str()) {
            (format!("there is no program `{name}`"), "did you mean `kubectl`?".to_owned())
        } else if NOT_OF_KUBELET.contains(&name.as_str()) && is_kind(&verb) && text.step.is_none() {
            (format!("there is no program `{name}`"), format!("did you mean `kubectl {name} {verb}`?"))
        } else {
            continue;
        };
        found.push(text.problem("wrong-tool", Level::Error, title, word.span).help(help));
    }
    found
}

/// Returns whether inline code is a command of a mistyped kubectl.
pub(super) fn is_mistyped(code: &str) -> bool {
    let mut words = code.split_whitespace();
    words.next().is_some_and(|name| MISTYPED.contains(&name)) && words.next().is_some()
}

/// Returns whether a word is a kind, in the plural or the singular: `pods`, `pod/api-0`.
fn is_kind(word: &str) -> bool {
    let kind = word.split('/').next().unwrap_or_default();
    KINDS.contains(&kind) || kind.strip_suffix('s').is_some_and(|kind| KINDS.contains(&kind))
}

/// Returns the manifests of a runbook's YAML blocks whose API is gone.
pub(super) fn manifests(runbook: &Runbook) -> Vec<Diagnostic> {
    let yaml = runbook.blocks.iter().filter(|block| matches!(block.language.as_deref(), Some("yaml" | "yml")));
    yaml.flat_map(|block| {
        let mut start = 0;
        let mut found = Vec::new();
        let text = block.code.text();
        for line in text.split_inclusive('\n') {
            let version = line.strip_prefix("apiVersion:").map(str::trim);
            if let Some((group, name)) = version.and_then(|version| version.trim_matches(['"', '\'']).split_once('/'))
                && let Some(kind) = kind_beside(text, start)
                && let Some(help) = reference::removed(&format!("{kind}.{name}.{group}"))
            {
                let at = start + line.find(group).unwrap_or(0);
                let span = block.code.source_span(Span::new(at, at + group.len() + 1 + name.len()));
                let title = format!("Kubernetes has no {kind} of `{group}/{name}` any more");
                found.push(Diagnostic::new("removed-kind", Level::Warning, title, &runbook.source, span).help(help));
            }
            start += line.len();
        }
        found
    })
    .collect()
}

/// Returns the kind of the object, among several with `---` between, that a byte of a text belongs to.
fn kind_beside(text: &str, at: usize) -> Option<&str> {
    let (before, behind) = text.split_at_checked(at)?;
    let start = before.rfind("\n---").map_or(0, |end| end + 1);
    let end = behind.find("\n---").map_or(text.len(), |end| at + end);
    let kind = text.get(start..end)?.lines().find_map(|line| line.strip_prefix("kind:"))?;
    Some(kind.trim().trim_matches(['"', '\'']))
}
