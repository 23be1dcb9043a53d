//! Files that commands other than kubectl name: scripts they run, files they read, and files they leave behind.
//!
//! Only what is certain to be a file is named: an argument of a program nobody here knows is just a word.

use crate::shell::{Command, RedirectionKind};

use super::argument::Argument;
use super::subject::FileUse;

const INTERPRETERS: [&str; 14] =
    ["bash", "sh", "zsh", "dash", "ksh", "source", ".", "python", "python3", "node", "ruby", "perl", "php", "pwsh"];

/// Options of interpreters behind which no script follows.
const INLINE: [&str; 7] = ["-c", "-e", "-m", "-s", "--eval", "-lc", "-ec"];

/// Options of programs whose value is a file that is read.
const READING: [(&str, &[&str]); 12] = [
    ("psql", &["-f", "--file"]),
    ("helm", &["-f", "--values"]),
    ("docker", &["-f", "--file", "--env-file"]),
    ("docker-compose", &["-f", "--file", "--env-file"]),
    ("podman", &["-f", "--file", "--env-file"]),
    ("terraform", &["-var-file"]),
    ("ansible-playbook", &["-i", "--inventory"]),
    ("curl", &["--cacert", "-K", "--config", "-T", "--upload-file"]),
    ("gh", &["--body-file", "--notes-file"]),
    ("jq", &["-f", "--from-file"]),
    ("redis-cli", &["--eval", "--cacert"]),
    ("promtool", &["--http.config.file"]),
];

/// Options of programs whose value is a file that is there afterwards.
const WRITING: [(&str, &[&str]); 6] = [
    ("curl", &["-o", "--output"]),
    ("wget", &["-O", "--output-document"]),
    ("pg_dump", &["-f", "--file"]),
    ("pg_dumpall", &["-f", "--file"]),
    ("openssl", &["-out"]),
    ("sort", &["-o"]),
];

/// Programs that leave files behind whose names nobody knows beforehand.
const UNPACKING: [&str; 9] = ["tar", "unzip", "terraform", "make", "npm", "rsync", "scp", "sftp", "gunzip"];

/// What a command has to do with files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// What must be there.
    pub(super) read: Vec<(Argument, FileUse)>,
    /// What is there from then on.
    pub(super) written: Vec<Argument>,
    /// Whether there may be any files from then on.
    pub(super) unpacks: bool,
}

/// Returns what a command has to do with files; `words` are its name and its arguments.
pub(super) fn files(command: &Command, words: &[Argument], redirected: &[Argument]) -> Files {
    let mut files = Files::default();
    for (redirection, target) in command.redirections.iter().zip(redirected) {
        match redirection.kind {
            RedirectionKind::Read => files.read.push((target.clone(), FileUse::Read)),
            kind if redirection.writes() || kind == RedirectionKind::ReadWrite => files.written.push(target.clone()),
            _ => {}
        }
    }
    let Some((name, arguments)) = words.split_first() else { return files };
    if name.unknown.is_none() {
        files.of_program(name, arguments);
    }
    files.read.retain(|(file, _)| is_file(file));
    files
}

impl Files {
    fn of_program(&mut self, program: &Argument, arguments: &[Argument]) {
        let name = program.text.rsplit('/').next().unwrap_or_default();
        if program.text.contains('/') {
            self.read.push((program.clone(), FileUse::Script));
        }
        if INTERPRETERS.contains(&name) {
            self.read.extend(script(arguments).map(|file| (file.clone(), FileUse::Script)));
        }
        // What is built stands in a repository of its own, not beside its runbook.
        let builds = arguments.iter().take(2).any(|argument| argument.is("build"));
        if let Some((_, flags)) = READING.iter().find(|(reader, _)| *reader == name && !builds) {
            let files = values(arguments, flags).into_iter().flat_map(|value| value.split(','));
            self.read.extend(files.map(|file| (file, FileUse::Read)));
        }
        if let Some((_, flags)) = WRITING.iter().find(|(writer, _)| *writer == name) {
            self.written.extend(values(arguments, flags));
        }
        self.by_prefix(name, arguments);
        let plain = || arguments.iter().filter(|argument| !argument.text.starts_with('-'));
        match name {
            "kustomize" if builds => {
                self.read.extend(plain().nth(1).map(|folder| (folder.clone(), FileUse::Kustomization)));
            }
            "tee" | "touch" | "mkdir" => self.written.extend(plain().cloned()),
            "cp" | "mv" | "ln" | "install" => self.written.extend(plain().next_back().cloned()),
            "ansible-playbook" => self.read.extend(plain().take(1).map(|file| (file.clone(), FileUse::Read))),
            "git" => {
                self.unpacks |= plain()
                    .next()
                    .is_some_and(|verb| matches!(verb.text.as_str(), "clone" | "checkout" | "pull" | "apply"));
            }
            "helm" => {
                self.unpacks |=
                    plain().next().is_some_and(|verb| matches!(verb.text.as_str(), "pull" | "create" | "fetch"));
            }
            "curl" => {
                self.unpacks |= arguments
                    .iter()
                    .any(|word| word.text.starts_with("-O") || word.is("--remote-name") || word.is("-LO"));
            }
            "wget" => self.unpacks = true,
            name if UNPACKING.contains(&name) => self.unpacks = true,
            _ => {}
        }
    }

    /// Adds files behind a sign that says so: `@body.json` of curl, `file://policy.json` of aws, `./chart` of helm.
    fn by_prefix(&mut self, name: &str, arguments: &[Argument]) {
        let data = ["-d", "--data", "--data-binary", "--data-urlencode", "--data-raw", "-F", "--form"];
        match name {
            "curl" => {
                let bodies = values(arguments, &data[..4]);
                let files = bodies.iter().filter(|body| body.text.starts_with('@')).map(|body| body.skip(1));
                self.read.extend(files.map(|file| (file, FileUse::Read)));
            }
            "aws" => {
                let files = arguments.iter().filter_map(|word| {
                    let prefix = ["fileb://", "file://"].iter().find(|prefix| word.text.starts_with(**prefix))?;
                    Some((word.skip(prefix.len()), FileUse::Read))
                });
                self.read.extend(files);
            }
            "helm" => {
                let charts =
                    arguments.iter().filter(|word| word.text.starts_with("./") || word.text.starts_with("../"));
                self.read.extend(charts.map(|chart| (chart.clone(), FileUse::Read)));
            }
            _ => {}
        }
    }
}

/// Returns the script among the arguments of an interpreter.
fn script(arguments: &[Argument]) -> Option<&Argument> {
    let mut words = arguments.iter();
    let first =
        words.find(|word| !word.text.starts_with('-') || INLINE.contains(&word.text.as_str()) || word.is("-"))?;
    (!first.text.starts_with('-') && !first.text.is_empty()).then_some(first)
}

/// Returns the values of options: `-f x`, `-f=x`, `--file=x`.
pub(super) fn values(arguments: &[Argument], flags: &[&str]) -> Vec<Argument> {
    let mut values = Vec::new();
    for (at, argument) in arguments.iter().enumerate() {
        for flag in flags {
            if argument.is(flag) {
                values.extend(arguments.get(at + 1).cloned());
            } else if let Some((_, value)) = argument.split_once('=').filter(|(before, _)| before.text == *flag) {
                values.push(value);
            }
        }
    }
    values
}

/// Returns whether a word can be the name of a file that somebody brought along: not standard input, not a URL, and not
/// a path from the root, which says nothing about where this is verified.
pub(super) fn is_file(file: &Argument) -> bool {
    let text = file.text.as_str();
    let elsewhere = text.starts_with('/') || text.contains("://") || text.starts_with('~');
    !(text == "-" || elsewhere || (text.is_empty() && file.unknown.is_none()))
}
