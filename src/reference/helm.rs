//! What a `helm` command names: a release, one of its revisions, and where it lives.
//!
//! Charts and repositories are not looked up: they stand on other machines.

use crate::model::Span;

use super::argument::Argument;
use super::kubectl::Surroundings;
use super::subject::{Entry, Making, Namespace, Presence, Reference, ReleaseName, Subject};

/// Flags whose value is the next word.
const WITH_VALUE: [&str; 45] = [
    "-f",
    "-l",
    "-m",
    "-n",
    "-o",
    "--api-versions",
    "--burst-limit",
    "--ca-file",
    "--cert-file",
    "--description",
    "--filter",
    "--history-max",
    "--key-file",
    "--keyring",
    "--kube-apiserver",
    "--kube-as-group",
    "--kube-as-user",
    "--kube-ca-file",
    "--kube-context",
    "--kube-tls-server-name",
    "--kube-token",
    "--kube-version",
    "--kubeconfig",
    "--labels",
    "--max",
    "--namespace",
    "--offset",
    "--output",
    "--output-dir",
    "--password",
    "--post-renderer",
    "--post-renderer-args",
    "--qps",
    "--registry-config",
    "--repo",
    "--repository-cache",
    "--repository-config",
    "--revision",
    "--set",
    "--set-file",
    "--set-json",
    "--set-literal",
    "--set-string",
    "--timeout",
    "--username",
];

/// Flags whose value may be left out, or is a value of theirs only behind `=`.
const VALUES: [&str; 2] = ["--values", "--version"];

/// A command, taken apart.
struct Parsed {
    positionals: Vec<Argument>,
    flags: Vec<(String, Option<Argument>)>,
}

impl Parsed {
    fn of(words: &[Argument]) -> Self {
        let mut parsed = Self { positionals: Vec::new(), flags: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.text.starts_with('-') {
                parsed.positionals.push(word.clone());
            } else if let Some((flag, value)) = word.split_once('=').filter(|(flag, _)| flag.unknown.is_none()) {
                parsed.flags.push((flag.text, Some(value)));
            } else if WITH_VALUE.contains(&word.text.as_str()) || VALUES.contains(&word.text.as_str()) {
                parsed.flags.push((word.text.clone(), words.next().cloned()));
            } else if word.text.starts_with("-n") && word.text.len() > 2 {
                parsed.flags.push(("-n".to_owned(), Some(word.skip(2))));
            } else {
                parsed.flags.push((word.text.clone(), None));
            }
        }
        parsed
    }

    fn is_set(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    fn value(&self, names: &[&str]) -> Option<&Argument> {
        self.flags.iter().rev().find(|(name, _)| names.contains(&name.as_str()))?.1.as_ref()
    }
}

/// Returns what a command names and makes; `words` stand behind its name.
pub(super) fn entries(words: &[Argument], command: Span, around: &Surroundings) -> Vec<Entry> {
    let parsed = Parsed::of(words);
    let Some(verb) = parsed.positionals.first().and_then(|verb| verb.known().ok()) else { return Vec::new() };
    let named = |at: usize| parsed.positionals.get(at).cloned();
    let revision = parsed.value(&["--revision"]).cloned();
    let mut helm = Helm::new(&parsed, command, around);
    match verb {
        "rollback" => {
            let earlier = named(2).filter(|revision| !revision.is("0"));
            helm.release(named(1), earlier);
        }
        "status" | "history" | "hist" | "test" => helm.release(named(1), revision),
        "get" => helm.release(named(2), revision),
        "uninstall" | "delete" | "del" | "un" => {
            helm.removes = !parsed.is_set(&["--dry-run"]);
            parsed.positionals[1..].iter().for_each(|name| helm.release(Some(name.clone()), None));
        }
        "upgrade" if parsed.is_set(&["--install", "-i"]) => helm.makes(named(1).as_ref()),
        "upgrade" => helm.release(named(1), None),
        "install" if parsed.positionals.len() > 2 => helm.makes(named(1).as_ref()),
        "list" | "ls" => helm.place(),
        _ => {}
    }
    helm.entries
}

struct Helm<'a> {
    parsed: &'a Parsed,
    command: Span,
    around: &'a Surroundings,
    presence: Presence,
    removes: bool,
    entries: Vec<Entry>,
}

impl<'a> Helm<'a> {
    fn new(parsed: &'a Parsed, command: Span, around: &'a Surroundings) -> Self {
        let optional = around.may_fail || parsed.is_set(&["--ignore-not-found"]);
        let presence = if optional { Presence::Optional } else { Presence::Required };
        Self { parsed, command, around, presence, removes: false, entries: Vec::new() }
    }

    fn namespace(&self) -> Namespace {
        let written = self.parsed.value(&["-n", "--namespace"]).filter(|name| !name.is(""));
        written.or(self.around.namespace.as_ref()).cloned().map_or(Namespace::Default, Namespace::Named)
    }

    fn add(&mut self, subject: Subject, presence: Presence) {
        let elsewhere = ["--kubeconfig", "--kube-apiserver"];
        let reference = Reference {
            command: self.command,
            subject,
            presence,
            removes: self.removes,
            context: self.parsed.value(&["--kube-context"]).or(self.around.context.as_ref()).cloned(),
            elsewhere: self.around.elsewhere.clone().or_else(|| {
                let another = || super::Unknown::Elsewhere("with another kubeconfig".to_owned());
                self.parsed.is_set(&elsewhere).then(another)
            }),
        };
        self.entries.push(Entry::Reference(Box::new(reference)));
    }

    fn place(&mut self) {
        if let Some(name) = self.parsed.value(&["-n", "--namespace"]).filter(|name| !name.is("")).cloned() {
            self.add(Subject::Namespace(name), Presence::Required);
        }
    }

    fn release(&mut self, name: Option<Argument>, revision: Option<Argument>) {
        let Some(name) = name else { return };
        let removes = std::mem::take(&mut self.removes);
        self.place();
        self.removes = removes;
        let namespace = self.namespace();
        self.add(Subject::Release(ReleaseName { name, revision, namespace }), self.presence);
    }

    fn makes(&mut self, name: Option<&Argument>) {
        let creates = self.parsed.is_set(&["--create-namespace"]);
        let namespace = match self.namespace() {
            Namespace::Named(name) => match name.known() {
                Ok(name) => Some(name.to_owned()),
                Err(_) => return self.place(),
            },
            Namespace::Default | Namespace::All => None,
        };
        if !creates {
            self.place();
        }
        if self.parsed.is_set(&["--dry-run"]) {
            return;
        }
        if let Some(name) = namespace.clone().filter(|_| creates) {
            let making = Making::Object { kind: "namespaces".to_owned(), namespace: None, name };
            self.entries.push(Entry::Making(making));
        }
        if let Some(Ok(name)) = name.map(Argument::known) {
            self.entries.push(Entry::Making(Making::Release { namespace, name: name.to_owned() }));
        }
    }
}
