//! A kubectl command, taken apart: verb, flags and the rest.

use crate::model::Span;
use crate::reference::argument::{Argument, Unknown};
use crate::reference::problem::Problem;

use super::everywhere;
use super::flags::{Flags, Grammar};
use super::table::{Release, Verb, table};
use super::verb;

/// Whose command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `kubectl`, or `k` as most people abbreviate it.
    Kubectl,
    /// `oc`, which is kubectl with further verbs and flags; those we do not know are not held against it.
    Oc,
}

impl Program {
    /// Returns the program that a command's name stands for, if it is one of ours.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "kubectl" | "k" | "kubectl.exe" => Some(Self::Kubectl),
            "oc" => Some(Self::Oc),
            _ => None,
        }
    }
}

/// The verb of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerbWord {
    /// There is none, or none that exists; the problem is told.
    None,
    /// A verb of kubectl.
    Known(&'static Verb),
    /// A verb that only `oc` has.
    Oc(String),
    /// A word that is no verb and resembles none: the name of a plugin.
    Plugin(String),
    /// The text does not tell.
    Unknown(Unknown),
}

/// A flag as it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagUse {
    /// Its long name, however it was written.
    pub name: String,
    /// The word that names it.
    pub span: Span,
    /// Its value; `None` where it stands alone.
    pub value: Option<Argument>,
}

/// A kubectl command, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Whose command it is.
    pub program: Program,
    /// The whole command.
    pub span: Span,
    /// Its verb.
    pub verb: VerbWord,
    /// The words of the verb; empty, at the command's start, where there is none.
    pub verb_span: Span,
    /// Its flags, in order.
    pub flags: Vec<FlagUse>,
    /// What is neither verb nor flag, in order, also behind `--`.
    pub positionals: Vec<Argument>,
    /// How many positionals stand before `--`, where there is one.
    pub dash: Option<usize>,
    /// Whether arguments that are not in the text follow: under `xargs`.
    pub open_ended: bool,
}

impl Invocation {
    /// Returns the verb with all its words: `rollout status`; empty where it is not known.
    pub fn path(&self) -> &str {
        match &self.verb {
            VerbWord::Known(verb) => verb.path,
            VerbWord::Oc(path) => path,
            VerbWord::None | VerbWord::Plugin(_) | VerbWord::Unknown(_) => "",
        }
    }

    /// Returns the last use of a flag: the one that counts.
    pub fn flag(&self, name: &str) -> Option<&FlagUse> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// Returns the value of a flag that takes one.
    pub fn value(&self, name: &str) -> Option<&Argument> {
        self.flag(name)?.value.as_ref()
    }

    /// Returns all values of a flag that may be repeated or hold several with commas.
    pub fn values(&self, name: &str) -> Vec<Argument> {
        let uses = self.flags.iter().filter(|flag| flag.name == name);
        uses.filter_map(|flag| flag.value.as_ref()).flat_map(|value| value.split(',')).collect()
    }

    /// Returns whether a bool flag is set.
    pub fn is_set(&self, name: &str) -> bool {
        self.flag(name).is_some_and(|flag| flag.value.as_ref().is_none_or(|value| !value.is("false")))
    }

    /// Returns the positionals before `--`: what is behind is the business of a program in a container.
    pub fn own_positionals(&self) -> &[Argument] {
        &self.positionals[..self.dash.unwrap_or(self.positionals.len()).min(self.positionals.len())]
    }
}

/// A command taken apart, and what is wrong with its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The command.
    pub invocation: Invocation,
    /// Verbs and flags that kubectl does not have.
    pub problems: Vec<Problem>,
}

/// What is known of a command before its words are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Whose command it is.
    pub program: Program,
    /// The whole command.
    pub span: Span,
    /// Whether arguments that are not in the text follow.
    pub open_ended: bool,
    /// The kubectl it is written for; `None` is the newest we know.
    pub release: Option<Release>,
}

/// Takes a command apart; `arguments` are the words behind its name. Never fails.
pub fn parse(setting: Setting, arguments: &[Argument]) -> Parsed {
    let adm = usize::from(setting.program == Program::Oc && arguments.first().is_some_and(|word| word.is("adm")));
    let found = verb::find(setting.program, setting.span, &arguments[adm..], setting.release);
    let known = if let VerbWord::Known(verb) = found.verb { Some(verb) } else { None };
    let path = match &found.verb {
        VerbWord::Oc(path) => path.as_str(),
        _ => known.map_or("", |verb| verb.path),
    };
    let tool = match (setting.program, adm) {
        (Program::Oc, 0) => "oc",
        (Program::Oc, _) => "oc adm",
        (Program::Kubectl, _) => "kubectl",
    };
    let grammar = Grammar {
        program: if known.is_some() { setting.program } else { Program::Oc },
        verb: known.or_else(|| table().by_path(if path == "rsh" { "exec" } else { "get" })),
        command_name: format!("{tool} {path}").trim_end().to_owned(),
        command: setting.span,
        release: setting.release,
        open_ended: setting.open_ended,
        stop_after: (path == "rsh").then_some(1),
    };
    let Flags { uses: flags, positionals, dash, problems } = grammar.parse(found.rest);
    let invocation = Invocation {
        program: setting.program,
        span: setting.span,
        verb: found.verb,
        verb_span: found.span,
        flags,
        positionals,
        dash,
        open_ended: setting.open_ended,
    };
    let mut parsed = Parsed { invocation, problems: found.problems };
    parsed.problems.extend(problems);
    parsed.require_dashes(setting.release);
    parsed.problems.extend(everywhere::problem(&parsed.invocation));
    parsed
}

impl Parsed {
    /// `kubectl exec POD COMMAND` without `--` is refused since 1.31; what follows the pod is none of kubectl's words.
    fn require_dashes(&mut self, release: Option<Release>) {
        let invocation = &mut self.invocation;
        if invocation.path() != "exec" || invocation.program == Program::Oc || invocation.dash.is_some() {
            return;
        }
        let Some(command) = invocation.positionals.get(1).cloned() else { return };
        invocation.positionals.truncate(1);
        invocation.flags.retain(|flag| flag.span.start < command.span.start);
        self.problems.retain(|problem| problem.span.start < command.span.start);
        if release.is_none_or(|release| release >= Release::new(31)) {
            let message = "`kubectl exec` needs `--` before the command it runs, since kubectl 1.31";
            let problem = Problem::drifted("missing-dashes", command.span, invocation.span, message);
            self.problems.push(problem.help(format!("write `-- {}`", command.text)));
        }
    }
}
