//! Runs `cases.txt`: command lines as people write them, and what we read in them.

use super::kubectl::{FlagUse, Invocation};
use super::subject::{
    Access, Entry, FileUse, Holder, Making, Matching, NamedFile, Namespace, Need, ObjectName, Presence, Reference,
    Subject,
};
use super::{Argument, Extracted, Problem, Scope, references};
use crate::shell::{self, Effect};

const CASES: &str = include_str!("cases.txt");

/// Returns the cases: a command text each (lines that begin with `$ `), and the lines expected of it.
fn cases() -> Vec<(String, Vec<&'static str>)> {
    let blocks = CASES.split("\n\n").map(str::trim).filter(|block| block.starts_with("$ "));
    blocks
        .map(|block| {
            let (commands, expected): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("$ "));
            (commands.iter().map(|line| &line[2..]).collect::<Vec<_>>().join("\n"), expected)
        })
        .collect()
}

fn lookup(name: &str) -> Option<String> {
    match name {
        "NAMESPACE" => Some("shop".to_owned()),
        "APP" => Some("api".to_owned()),
        "RESOURCE" => Some("deploy api".to_owned()),
        _ => None,
    }
}

#[test]
fn command_lines_are_read_as_expected() {
    let mut wrong = Vec::new();
    for (text, expected) in cases() {
        let found = render(&text, &references(&shell::parse(&text), &mut Scope::default(), &lookup, None));
        if found != expected {
            let lines = text.lines().map(|line| format!("$ {line}")).chain(found);
            wrong.push(lines.collect::<Vec<_>>().join("\n"));
        }
    }
    assert!(wrong.is_empty(), "what was found differs from cases.txt:\n\n{}", wrong.join("\n\n"));
}

#[test]
fn there_are_many_cases() {
    assert!(cases().len() >= 300, "{}", cases().len());
}

#[test]
fn every_span_lies_in_the_text() {
    for (text, _) in cases() {
        let found = references(&shell::parse(&text), &mut Scope::default(), &lookup, None);
        let spans = found.references().map(|reference| reference.subject.span());
        for span in spans.chain(found.problems.iter().map(|problem| problem.span)) {
            assert!(text.get(span.start..span.end).is_some_and(|word| !word.is_empty()), "{text}: {span:?}");
        }
    }
}

fn render(text: &str, found: &Extracted) -> Vec<String> {
    let invocations = found.invocations.iter().map(invocation);
    let entries = found.entries.iter().map(|entry| match entry {
        Entry::Reference(reference) => self::reference(text, reference),
        Entry::Making(making) => self::making(making),
        Entry::Change(change) => {
            let part = change.patch.subresource.as_ref().map_or_else(String::new, |part| format!("/{part}"));
            format!("~ {}{part} {}", object(&change.object), change.patch.body)
        }
        Entry::Sent(sent) => format!("~ apply {}", sent.object),
    });
    let problems = found.problems.iter().map(|problem| self::problem(text, problem));
    std::iter::once(effect(text)).chain(invocations).chain(entries).chain(problems).collect()
}

fn effect(text: &str) -> String {
    let effect = shell::effect(&shell::parse(text));
    let what = match effect {
        Effect::Reads => "reads",
        Effect::Scratch(_) => "scratch",
        Effect::Files(_) => "files",
        Effect::Unknown(_) => "unknown",
        Effect::Writes(_) => "writes",
    };
    format!("= {what}{}", effect.reason().map_or_else(String::new, |reason| format!(": {}", reason.text)))
}

fn invocation(invocation: &Invocation) -> String {
    let verb = match invocation.path() {
        "" => format!("{:?}", invocation.verb),
        path => path.to_owned(),
    };
    let flags = invocation.flags.iter().map(flag);
    let own = invocation.own_positionals().iter().map(|argument| format!(" {}", shown(argument)));
    let inner = invocation.positionals.len() - invocation.own_positionals().len();
    let inner = if inner > 0 { format!(" +{inner}") } else { String::new() };
    format!("{verb}:{}{}{inner}", flags.collect::<String>(), own.collect::<String>())
}

fn flag(flag: &FlagUse) -> String {
    flag.value
        .as_ref()
        .map_or_else(|| format!(" --{}", flag.name), |value| format!(" --{}={}", flag.name, shown(value)))
}

fn shown(argument: &Argument) -> String {
    let rest = argument.unknown.as_ref().map_or_else(String::new, |reason| format!("?({reason})"));
    format!("{}{rest}", argument.text)
}

fn reference(text: &str, reference: &Reference) -> String {
    let (what, name) = match &reference.subject {
        Subject::Context(name) => ("context ".to_owned() + &shown(name), shown(name)),
        Subject::Namespace(name) => ("namespace ".to_owned() + &shown(name), shown(name)),
        Subject::Kind(name) => ("kind ".to_owned() + &shown(name), shown(name)),
        Subject::File(file) => (self::file(file), shown(&file.path)),
        Subject::Object(object) => (self::object(object), shown(&object.name)),
        Subject::Matching(matching) => (self::matching(matching), shown(&matching.selector)),
        Subject::Container { of: Holder::Object(of), container } => {
            (format!("container {} of {}", shown(container), object(of)), shown(container))
        }
        Subject::Container { of: Holder::Matching(of), container } => {
            (format!("container {} of {}", shown(container), matching(of)), shown(container))
        }
        Subject::Port { of, port } => (format!("port {} of {}", shown(port), object(of)), shown(port)),
        Subject::Key { of, key } => (format!("key {} of {}", shown(key), object(of)), shown(key)),
        Subject::Revision { of, revision } => {
            (format!("revision {} of {}", shown(revision), object(of)), shown(revision))
        }
        Subject::Release(release) => {
            let revision = release.revision.as_ref();
            let revision = revision.map_or_else(String::new, |revision| format!(" revision {}", shown(revision)));
            (
                format!("release {}{revision}{}", shown(&release.name), namespace(&release.namespace)),
                shown(&release.name),
            )
        }
        Subject::Endpoints(of) => (format!("pods behind {}", object(of)), shown(&of.name)),
        Subject::Ability(ability) => (need(&ability.kind, &ability.need), shown(&ability.kind)),
        Subject::Access(right) => {
            let span = reference.subject.span();
            (access(right), text[span.start..span.end].to_owned())
        }
        Subject::Unclear(_, reason) => (format!("unclear: {reason}"), String::new()),
    };
    let span = reference.subject.span();
    let place = &text[span.start..span.end];
    let place = if place == name { String::new() } else { format!(" at `{place}`") };
    let presence = match reference.presence {
        Presence::Required => "",
        Presence::Prefix => " (prefix)",
        Presence::Optional => " (optional)",
    };
    let context = reference.context.as_ref().map_or_else(String::new, |name| format!(" with {}", shown(name)));
    let elsewhere = reference.elsewhere.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    let removes = if reference.removes { " (removed)" } else { "" };
    format!("- {what}{context}{presence}{removes}{elsewhere}{place}")
}

fn file(file: &NamedFile) -> String {
    let folder = file.folder.as_ref().map_or_else(String::new, |folder| format!(" in {folder}"));
    let what = match file.usage {
        FileUse::Read => "file",
        FileUse::Script => "script",
        FileUse::Applied => "manifest to apply",
        FileUse::Deleted => "manifest to delete",
        FileUse::Looked => "manifest",
        FileUse::Compared => "manifest to compare",
        FileUse::Kustomization => "kustomization",
    };
    let what = if file.kustomized && file.usage != FileUse::Kustomization {
        what.replace("manifest", "kustomization")
    } else {
        what.to_owned()
    };
    format!("{what} {}{folder}", shown(&file.path))
}

fn need(kind: &Argument, need: &Need) -> String {
    match need {
        Need::Subresource(part) => format!("{} has {}", shown(kind), shown(part)),
        Need::OneOf { deed, .. } => format!("{} can {deed}", shown(kind)),
    }
}

fn access(right: &Access) -> String {
    let part = right.subresource.map_or_else(String::new, |part| format!("/{part}"));
    let name = right.name.as_ref().map_or_else(String::new, |name| format!(" {}", shown(name)));
    format!("may {} {}{part}{name}{}", right.verb, shown(&right.kind), namespace(&right.namespace))
}

fn object(object: &ObjectName) -> String {
    format!("{}/{}{}", shown(&object.kind), shown(&object.name), namespace(&object.namespace))
}

fn matching(matching: &Matching) -> String {
    let kinds = matching.kinds.iter().map(shown).collect::<Vec<_>>().join(",");
    format!("{kinds} -l {}{}", shown(&matching.selector), namespace(&matching.namespace))
}

fn namespace(namespace: &Namespace) -> String {
    match namespace {
        Namespace::Default => String::new(),
        Namespace::Named(name) => format!(" in {}", shown(name)),
        Namespace::All => " anywhere".to_owned(),
    }
}

fn making(making: &Making) -> String {
    match making {
        Making::Object { kind, namespace, name } => {
            let namespace = namespace.as_ref().map_or_else(String::new, |namespace| format!(" in {namespace}"));
            format!("+ {kind}/{name}{namespace}")
        }
        Making::Labels(labels) => format!("+ labels {}", serde_json::json!(labels)),
        Making::Context(name) => format!("+ context {name}"),
        Making::Kind(names) => format!("+ kind {}", names.join(" ")),
        Making::File(path) => format!("+ file {path}"),
        Making::Release { namespace, name } => {
            let namespace = namespace.as_ref().map_or_else(String::new, |namespace| format!(" in {namespace}"));
            format!("+ release {name}{namespace}")
        }
        Making::AnyFiles => "+ any files".to_owned(),
    }
}

fn problem(text: &str, problem: &Problem) -> String {
    let help = problem.help.as_deref().map_or_else(String::new, |help| format!("; {help}"));
    format!("! {} `{}`: {}{help}", problem.rule, &text[problem.span.start..problem.span.end], problem.message)
}
