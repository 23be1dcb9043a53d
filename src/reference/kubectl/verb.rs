//! Finds the verb of a command as kubectl does: it skips flags, but only those it knows before the verb.

use crate::diagnostic::did_you_mean;
use crate::model::Span;
use crate::reference::argument::Argument;
use crate::reference::problem::Problem;

use super::invocation::{Program, VerbWord};
use super::table::{End, FlagKind, Release, Verb, table};

/// Plugins that many people have and whose names are close to a verb of kubectl.
const KNOWN_PLUGINS: [&str; 9] =
    ["ktop", "neat", "ctx", "ns", "get-all", "rollout-status", "logs2", "access", "edit-status"];

/// The verb of a command, and the arguments that are left for it.
pub(super) struct Found {
    pub(super) verb: VerbWord,
    pub(super) span: Span,
    pub(super) rest: Vec<Argument>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn find(program: Program, command: Span, arguments: &[Argument], release: Option<Release>) -> Found {
    let start = Span::new(command.start, command.start);
    let found = Found { verb: VerbWord::None, span: start, rest: Vec::new(), problems: Vec::new() };
    let mut finder = Finder { program, command, release, found, path: String::new() };
    finder.walk(arguments);
    finder.found
}

struct Finder {
    program: Program,
    command: Span,
    release: Option<Release>,
    found: Found,
    path: String,
}

impl Finder {
    fn walk(&mut self, arguments: &[Argument]) {
        let mut at = 0;
        while let Some(argument) = arguments.get(at) {
            at += 1;
            if argument.is("--") {
                self.found.rest.push(argument.clone());
                break;
            } else if argument.text.starts_with('-') {
                self.found.rest.push(argument.clone());
                if let Some(next) = arguments.get(at).filter(|_| self.swallows(argument, &arguments[at..])) {
                    self.found.rest.push(next.clone());
                    at += 1;
                }
            } else if let Some(reason) = &argument.unknown {
                // An unknown word in front of the verb is most likely a variable that holds flags.
                self.found.rest.push(argument.clone());
                if !arguments[at..].iter().any(|next| self.descend(next).is_some()) {
                    if self.path.is_empty() {
                        self.found.verb = VerbWord::Unknown(reason.clone());
                    }
                    break;
                }
            } else if !self.take(argument) {
                break;
            }
        }
        self.found.rest.extend(arguments.get(at..).unwrap_or_default().iter().cloned());
    }

    fn descend(&self, word: &Argument) -> Option<&'static Verb> {
        table().verb(&self.path, word.known().ok()?)
    }

    /// Takes a word as a part of the verb; returns whether a further part may follow.
    fn take(&mut self, word: &Argument) -> bool {
        let Some(verb) = self.descend(word) else {
            self.not_a_verb(word);
            return false;
        };
        let begin = if self.path.is_empty() { word.span.start } else { self.found.span.start };
        self.found.span = Span::new(begin, word.span.end);
        self.found.verb = VerbWord::Known(verb);
        verb.path.clone_into(&mut self.path);
        self.found.problems.extend(lifetime_problem(verb, word.span, self.command, self.release));
        table().below(verb.path).next().is_some()
    }

    fn not_a_verb(&mut self, word: &Argument) {
        if self.path.is_empty() {
            self.found.span = word.span;
            self.found.verb = self.strange_verb(word);
        } else if self.program == Program::Oc {
            self.found.verb = VerbWord::Oc(format!("{} {}", self.path, word.text));
            self.found.span.end = word.span.end;
        } else if self.path == "apply" {
            self.found.problems.push(
                Problem::drifted(
                    "unexpected-argument",
                    word.span,
                    self.command,
                    format!("`kubectl apply` takes no argument `{}`", word.text),
                )
                .help(format!("name a file with `-f {}`", word.text)),
            );
        } else if !matches!(self.path.as_str(), "cluster-info" | "alpha" | "help") {
            self.found.problems.push(unknown_verb(&self.path, word, self.command));
            self.found.verb = VerbWord::None;
        } else {
            self.found.rest.push(word.clone());
        }
    }

    fn strange_verb(&mut self, word: &Argument) -> VerbWord {
        let text = word.text.as_str();
        if self.program == Program::Oc {
            return VerbWord::Oc(text.to_owned());
        }
        let suggestion = did_you_mean(text, table().below("").filter(|verb| !verb.is_hidden()).map(|verb| verb.path));
        if suggestion.is_none() || KNOWN_PLUGINS.contains(&text) {
            return VerbWord::Plugin(text.to_owned());
        }
        self.found.problems.push(unknown_verb("", word, self.command));
        VerbWord::None
    }

    /// Returns whether kubectl skips the word behind a flag when it looks for the verb.
    ///
    /// It skips it behind every flag that it does not know as a bool, even where that word is the verb: `kubectl -A
    /// get pods` does not work. The author's meaning is clear, so it is said and the parsing goes on as meant.
    fn swallows(&mut self, flag: &Argument, behind: &[Argument]) -> bool {
        let name = flag.text.trim_start_matches('-');
        if flag.unknown.is_some() || name.is_empty() || flag.text.contains('=') {
            return false;
        }
        if !flag.text.starts_with("--") && name.chars().count() > 1 {
            return false;
        }
        match self.kind_of(name, flag.text.starts_with("--")) {
            Some(kind) => kind.takes_next_word(),
            None => !self.is_misplaced(flag, behind),
        }
    }

    fn kind_of(&self, name: &str, long: bool) -> Option<FlagKind> {
        if name == "help" || name == "h" {
            return Some(FlagKind::Bool);
        }
        let own = table().by_path(&self.path).map(|verb| verb.flags.as_slice()).unwrap_or_default();
        let is_it = |flag: &&super::table::Flag| {
            if long { flag.name == name } else { flag.short.is_some_and(|short| name.starts_with(short)) }
        };
        table().globals().iter().chain(own).find(is_it).map(|flag| flag.kind)
    }

    fn is_misplaced(&mut self, flag: &Argument, behind: &[Argument]) -> bool {
        let Some(verb) = behind.first().and_then(|next| self.descend(next)) else { return false };
        let next = behind[1..].iter().find(|next| !next.text.starts_with('-'));
        if next.is_some_and(|next| self.descend(next).is_some()) {
            return false;
        }
        if self.program == Program::Kubectl {
            let message = format!("`{}` stands before the verb, where kubectl does not know it", flag.text);
            let problem = Problem::drifted("unknown-flag", flag.span, self.command, message);
            self.found.problems.push(problem.help(format!("write it behind `{}`", verb.name())));
        }
        true
    }
}

fn unknown_verb(parent: &str, word: &Argument, command: Span) -> Problem {
    let before = if parent.is_empty() { "kubectl".to_owned() } else { format!("kubectl {parent}") };
    let names: Vec<&str> = table()
        .below(parent)
        .filter(|verb| !verb.is_hidden())
        .flat_map(|verb| verb.aliases.iter().copied().chain([verb.name()]))
        .collect();
    let help = did_you_mean(&word.text, names.iter().copied())
        .map(|close| format!("did you mean `{before} {close}`?"))
        .or_else(|| (!parent.is_empty()).then(|| format!("`{before}` has {}", join(parent))));
    Problem::drifted("unknown-verb", word.span, command, format!("`{before}` has no `{}`", word.text)).help(help)
}

fn join(parent: &str) -> String {
    table().below(parent).map(|verb| format!("`{}`", verb.name())).collect::<Vec<_>>().join(", ")
}

fn lifetime_problem(verb: &Verb, span: Span, command: Span, release: Option<Release>) -> Option<Problem> {
    let message = match (verb.lifetime.end, verb.lifetime.since) {
        (Some(End::Long), _) => format!("`kubectl {}` was removed before kubectl 1.27", verb.path),
        (Some(End::Until(last)), _) if release.is_none_or(|release| release > last) => {
            format!("`kubectl {}` was removed in kubectl {}", verb.path, last.next())
        }
        (_, Some(first)) if release.is_some_and(|release| release < first) => {
            format!("`kubectl {}` came with kubectl {first}", verb.path)
        }
        _ => return None,
    };
    let actual = release.map(|release| format!("kubectl {release}"));
    let mut problem = Problem::drifted("unknown-verb", span, command, message).help(verb.note.map(str::to_owned));
    problem.actual = actual;
    Some(problem)
}
