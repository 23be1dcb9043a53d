//! kubectl's flag parser (pflag): which word is a flag, which is its value, and which is neither.

use crate::diagnostic::did_you_mean;
use crate::model::Span;
use crate::reference::argument::Argument;
use crate::reference::problem::Problem;

use super::invocation::{FlagUse, Program};
use super::table::{End, Flag, FlagKind, Release, Verb, table};

/// What the words behind the verb turned out to be.
#[derive(Default)]
pub(super) struct Flags {
    pub(super) uses: Vec<FlagUse>,
    pub(super) positionals: Vec<Argument>,
    /// How many positionals stand before `--`.
    pub(super) dash: Option<usize>,
    pub(super) problems: Vec<Problem>,
}

/// What the flags are parsed against.
pub(super) struct Grammar {
    pub(super) program: Program,
    pub(super) verb: Option<&'static Verb>,
    /// Program and verb as people write them.
    pub(super) command_name: String,
    pub(super) command: Span,
    pub(super) release: Option<Release>,
    /// Whether words that are not in the text follow the last one.
    pub(super) open_ended: bool,
    /// How many positionals there may be before everything else is one: `oc rsh POD ls -l`.
    pub(super) stop_after: Option<usize>,
}

impl Grammar {
    pub(super) fn parse(&self, arguments: Vec<Argument>) -> Flags {
        let mut parser = Parser { grammar: self, rest: arguments.into_iter().peekable(), found: Flags::default() };
        while let Some(argument) = parser.rest.next() {
            parser.take(argument);
        }
        parser.found
    }

    fn known(&self) -> impl Iterator<Item = &'static Flag> {
        self.verb.map(|verb| verb.flags.as_slice()).unwrap_or_default().iter().chain(table().globals())
    }

    /// Finds a flag by name; one that lives in this release beats one of the same name that does not.
    fn long(&self, name: &str) -> Option<&'static Flag> {
        self.known().filter(|flag| flag.name == name).min_by_key(|flag| flag.lifetime.end.is_some())
    }

    fn short(&self, letter: char) -> Option<&'static Flag> {
        self.known().find(|flag| flag.short == Some(letter))
    }
}

struct Parser<'a> {
    grammar: &'a Grammar,
    rest: std::iter::Peekable<std::vec::IntoIter<Argument>>,
    found: Flags,
}

impl Parser<'_> {
    fn take(&mut self, argument: Argument) {
        let argument = self.straighten(argument);
        let enough = self.grammar.stop_after.is_some_and(|count| self.found.positionals.len() >= count);
        if argument.is("--") && self.found.dash.is_none() {
            self.found.dash = Some(self.found.positionals.len());
            self.found.positionals.extend(self.rest.by_ref());
        } else if !argument.text.starts_with('-') || argument.is("-") || enough {
            self.found.positionals.push(argument);
        } else if argument.text.starts_with("--") {
            self.long(&argument);
        } else if argument.text.len() > 1 {
            self.cluster(&argument);
        }
        // What is left is `-$FLAGS`: some flag, nobody knows which.
    }

    /// Word processors turn hyphens into dashes; says so, and goes on with what was meant.
    fn straighten(&mut self, argument: Argument) -> Argument {
        let rest = argument.text.trim_start_matches(['–', '—', '−']);
        if rest.len() == argument.text.len() || rest.is_empty() {
            return argument;
        }
        let hyphens = if rest.chars().nth(1).is_some_and(char::is_alphabetic) { "--" } else { "-" };
        let meant = format!("{hyphens}{}", rest.trim_start_matches('-'));
        let message = format!("`{}` begins with a dash, not with a hyphen", argument.text);
        self.problem("unknown-flag", argument.span, message, Some(format!("write `{meant}`")));
        Argument::implied(meant, argument.span).with_unknown(argument.unknown)
    }

    fn long(&mut self, argument: &Argument) {
        let body = argument.skip(2);
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name.text, Some(value)),
            None if argument.unknown.is_some() => return,
            None => (body.text, None),
        };
        if name == "help" {
            return;
        }
        let word = if value.is_some() { argument.take(2 + name.len()) } else { argument.clone() };
        let Some(flag) = self.grammar.long(&name) else { return self.unknown_long(&word, &name, value) };
        self.check_lifetime(flag, word.span, &word.text);
        let next = value.is_none() && flag.kind.takes_next_word();
        let value = if next { self.next_value(&word, &word.text) } else { value };
        self.found.uses.push(FlagUse { name, span: word.span, value });
    }

    fn cluster(&mut self, argument: &Argument) {
        let mut at = 1;
        while let Some(letter) = argument.text[at..].chars().next() {
            at += letter.len_utf8();
            let rest = argument.skip(at);
            let Some(flag) = self.grammar.short(letter) else {
                // `-i/-it` is how people write about flags.
                if letter != 'h' && letter.is_alphanumeric() && self.grammar.program == Program::Kubectl {
                    self.unknown_short(argument, letter);
                }
                return;
            };
            self.check_lifetime(flag, argument.span, &format!("-{letter}"));
            let name = flag.name.to_owned();
            if let Some(value) = rest.text.starts_with('=').then(|| rest.skip(1)) {
                return self.found.uses.push(FlagUse { name, span: argument.span, value: Some(value) });
            }
            if flag.kind.takes_next_word() {
                let inside = !rest.text.is_empty() || rest.unknown.is_some();
                let value = if inside { Some(rest) } else { self.next_value(argument, &format!("-{letter}")) };
                return self.found.uses.push(FlagUse { name, span: argument.span, value });
            }
            self.found.uses.push(FlagUse { name, span: argument.span, value: None });
        }
    }

    fn next_value(&mut self, argument: &Argument, shown: &str) -> Option<Argument> {
        let next = self.rest.next();
        if next.is_none() && !self.grammar.open_ended {
            self.problem("missing-value", argument.span, format!("flag `{shown}` needs a value"), None);
        }
        next
    }

    fn unknown_long(&mut self, argument: &Argument, name: &str, value: Option<Argument>) {
        if self.grammar.program == Program::Oc {
            return self.found.uses.push(FlagUse { name: name.to_owned(), span: argument.span, value });
        }
        let living = self.grammar.known().filter(|flag| flag.lifetime.end.is_none() && flag.note.is_none());
        let close = did_you_mean(name, living.map(|flag| flag.name));
        let message = format!("`{}` has no flag `--{name}`", self.grammar.command_name);
        self.problem("unknown-flag", argument.span, message, close.map(|close| format!("did you mean `--{close}`?")));
        // A value that belongs to it must not be taken for the name of an object.
        let kind =
            close.and_then(|close| self.grammar.long(close)).map_or_else(|| kind_elsewhere(name), |flag| flag.kind);
        let next_is_word = self.rest.peek().is_some_and(|next| !next.text.starts_with('-'));
        if value.is_none() && kind.takes_next_word() && next_is_word {
            self.rest.next();
        }
    }

    fn unknown_short(&mut self, argument: &Argument, letter: char) {
        let message = format!("`{}` has no flag `-{letter}`", self.grammar.command_name);
        let long = did_you_mean(&argument.text[1..], self.grammar.known().map(|flag| flag.name))
            .filter(|_| argument.text.len() > 3);
        self.problem("unknown-flag", argument.span, message, long.map(|long| format!("did you mean `--{long}`?")));
        let takes_value = table().all_flags().any(|flag| flag.short == Some(letter) && flag.kind.takes_next_word());
        let next_is_word = self.rest.peek().is_some_and(|next| !next.text.starts_with('-'));
        if takes_value && next_is_word && argument.text.chars().count() == 2 {
            self.rest.next();
        }
    }

    fn check_lifetime(&mut self, flag: &Flag, span: Span, shown: &str) {
        let name = &self.grammar.command_name;
        let release = self.grammar.release.unwrap_or_else(|| table().newest());
        let help = flag.note.map(str::to_owned);
        if flag.lifetime.is_over(release) {
            let when = match flag.lifetime.end {
                Some(End::Until(last)) => format!("in kubectl {}", last.next()),
                _ => "before kubectl 1.27".to_owned(),
            };
            self.problem("removed-flag", span, format!("flag `{shown}` of `{name}` was removed {when}"), help);
        } else if flag.lifetime.is_to_come(release) {
            let since = flag.lifetime.since.map_or_else(String::new, |since| since.to_string());
            let message = format!("flag `{shown}` of `{name}` came with kubectl {since}");
            self.problem("unknown-flag", span, message, Some(format!("this is kubectl {release}")));
        }
    }

    fn problem(&mut self, rule: &'static str, span: Span, message: String, help: Option<String>) {
        self.found.problems.push(Problem::drifted(rule, span, self.grammar.command, message).help(help));
    }
}

/// Returns how other verbs take a flag of that name; a flag nobody has is supposed to take a value.
fn kind_elsewhere(name: &str) -> FlagKind {
    table().all_flags().find(|flag| flag.name == name).map_or(FlagKind::Value, |flag| flag.kind)
}
