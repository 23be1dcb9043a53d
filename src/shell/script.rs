//! What a shell text consists of: commands, variables, and what could not be understood.

use std::collections::{HashMap, HashSet};

use crate::model::Span;

use super::{Part, Placeholder, Word};

/// A shell text, understood as far as possible. Every span lies in the text that was parsed, on character boundaries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Every simple command, in the order in which they stand; a command that another one carries (`sudo …`, `$(…)`)
    /// follows it and names it as [`parent`](Command::parent).
    pub commands: Vec<Command>,
    /// Every use of a variable, in the order in which they stand.
    pub reads: Vec<VariableRead>,
    /// Everything that gives a variable a value in this shell, in the order in which they stand. Assignments in front of a command
    /// (`A=b command`) are not among them: they end with the command.
    pub sets: Vec<VariableSet>,
    /// Names of functions defined here.
    pub functions: Vec<String>,
    /// What a person has to fill in.
    pub placeholders: Vec<Placeholder>,
    /// Comments, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// What could not be understood; the commands around it are still there.
    pub errors: Vec<SyntaxError>,
}

impl Script {
    /// Returns the commands that are not carried by another one: what the text's author sees as "the commands".
    pub fn outer_commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(|command| command.parent.is_none())
    }

    /// Returns for every command whether it carries another one (`sudo …`, `kubectl exec … -- …`), in their order.
    pub(super) fn carriers(&self) -> Vec<bool> {
        let mut carriers = vec![false; self.commands.len()];
        for command in &self.commands {
            let parent = command.parent.and_then(|parent| Some((parent, self.commands.get(parent)?)));
            if let Some((index, parent)) = parent
                && parent.via.len() < command.via.len()
                && let Some(carries) = carriers.get_mut(index)
            {
                *carries = true;
            }
        }
        carriers
    }

    /// Returns the redirection that gives a command its standard input: its own, or that of the command that carries it.
    pub fn input_of<'a>(&'a self, command: &'a Command) -> Option<&'a Redirection> {
        let mut depth = command.via.len();
        let mut parent = command.parent;
        if let Some(own) = command.redirections.iter().rev().find(|redirection| redirection.gives_input()) {
            return Some(own);
        }
        while let Some(carrier) = parent.and_then(|index| self.commands.get(index)) {
            if carrier.via.len() >= depth {
                return None;
            }
            if let Some(found) = carrier.redirections.iter().rev().find(|redirection| redirection.gives_input()) {
                return Some(found);
            }
            depth = carrier.via.len();
            parent = carrier.parent;
        }
        None
    }

    /// Returns the variables that are read before this text gives them a value and that have no default, each once.
    pub fn free_variables(&self) -> Vec<&VariableRead> {
        let mut first_set: HashMap<&str, usize> = HashMap::new();
        for set in &self.sets {
            let first = first_set.entry(&set.name).or_insert(set.span.start);
            *first = set.span.start.min(*first);
        }
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for read in self.reads.iter().filter(|read| read.is_named() && !read.has_default) {
            let set_before = first_set.get(read.name.as_str()).is_some_and(|&start| start < read.span.start);
            if !set_before && seen.insert(read.name.as_str()) {
                found.push(read);
            }
        }
        found
    }
}

/// A simple command: a name and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// From its first word, assignment or redirection to its last; here-document bodies are not included.
    pub span: Span,
    /// `A=b` in front of the command. A command without words is an assignment that stays.
    pub assignments: Vec<Assignment>,
    /// The command's name and its arguments; empty for bare assignments and redirections.
    pub words: Vec<Word>,
    /// Where its input and output go. Those of a compound command (`done < file`) are a command of their own, without words.
    pub redirections: Vec<Redirection>,
    /// Whether its input is something else than the terminal: a pipe, a file or a text, its own or of what it stands in.
    pub input_given: bool,
    /// How it is joined to what stands before it.
    pub joint: Joint,
    /// Its place in a pipeline; `None` where it stands alone.
    pub pipeline: Option<PipelinePlace>,
    /// Whether it runs in the background (`&`), itself or as part of something that does.
    pub background: bool,
    /// Whether its exit code is turned around by `!`.
    pub negated: bool,
    /// What it stands in, outermost first.
    pub nesting: Vec<Nesting>,
    /// Where it runs.
    pub context: Context,
    /// What carries it, outermost first: `[sudo, xargs]`.
    pub via: Vec<Wrapper>,
    /// Index in [`Script::commands`] of the command that carries it or whose word holds it.
    pub parent: Option<usize>,
}

impl Command {
    /// Returns the name of the program without its folder, if it is known: `kubectl` of `/usr/local/bin/kubectl`.
    pub fn name(&self) -> Option<String> {
        let name = self.words.first()?.literal()?;
        Some(name.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Returns the words behind the name.
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Returns whether a person has to fill something in before this command can run.
    pub fn has_placeholder(&self) -> bool {
        self.words.iter().any(Word::has_placeholder)
            || self.assignments.iter().any(|assignment| assignment.values.iter().any(Word::has_placeholder))
            || self.redirections.iter().any(Redirection::has_placeholder)
    }

    /// Returns whether arguments that are not in the text follow its own: under `xargs` and `find -exec … +`.
    pub fn takes_more_arguments(&self) -> bool {
        matches!(self.via.last(), Some(Wrapper::Xargs | Wrapper::Find))
    }

    /// Returns whether it may run more or less than once: in a loop, a branch or a function, or behind `&&` or `||`.
    pub fn is_conditional(&self) -> bool {
        matches!(self.joint, Joint::And | Joint::Or)
            || self
                .nesting
                .iter()
                .any(|nesting| matches!(nesting, Nesting::Loop(_) | Nesting::Branch | Nesting::Function(_)))
    }
}

/// How a command is joined to what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Joint {
    /// It is the first, or follows a newline, `;` or `&`.
    #[default]
    Then,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|` or `|&`.
    Pipe,
}

/// Where in a pipeline a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipelinePlace {
    /// From 0.
    pub index: usize,
    /// How many parts the pipeline has.
    pub length: usize,
}

/// What a command stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nesting {
    /// The body of a loop.
    Loop(LoopKind),
    /// What decides whether a loop goes on or a branch is taken.
    Condition,
    /// A branch of `if` or `case`.
    Branch,
    /// The body of a function; runs only when it is called.
    Function(String),
    /// `( … )`, or a coprocess.
    Subshell,
    /// `{ … }`.
    Group,
    /// `$( … )` or backticks.
    Substitution,
    /// `<( … )` or `>( … )`.
    ProcessSubstitution,
}

/// The kinds of loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    /// `for` and `select`: ends with its list.
    For,
    /// `while` and `until`, and `for ((;;))`: ends with its condition.
    While,
    /// `while true` and the like, without `break`, `exit` or `return` inside: never ends.
    Endless,
}

/// Where a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Context {
    /// On the machine of the reader.
    #[default]
    Local,
    /// Inside a container: `kubectl exec … --`, `docker exec`.
    Container,
    /// On another machine: `ssh host '…'`, `chroot /host` on a node.
    Remote,
}

/// A command that carries another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    /// `sudo`, `doas`, `su -c`.
    Privilege,
    /// `env`, `command`, `exec`, `builtin`, `nice`, `ionice`, `stdbuf`, `nohup`, `setsid`, `chronic`, `flock`.
    Plain,
    /// `time`.
    Time,
    /// `timeout`: it ends, whatever it carries.
    Timeout,
    /// `xargs` and `parallel`: further arguments come from its input.
    Xargs,
    /// `find -exec`: further arguments are the files found.
    Find,
    /// `watch`: again and again, for ever.
    Watch,
    /// `sh -c`, `bash -c`, `eval`, a shell fed by a here-document.
    Shell,
    /// `trap '…' EXIT`.
    Trap,
    /// `ssh`, `chroot /host`, `nsenter`.
    Remote,
    /// `kubectl exec`, `oc rsh`, `docker exec`, `docker run`, `kubectl run`, `kubectl debug`.
    Container,
}

/// An assignment to a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The whole assignment.
    pub span: Span,
    /// The variable.
    pub name: String,
    /// Where its name stands.
    pub name_span: Span,
    /// The value; an array has several, or none.
    pub values: Vec<Word>,
    /// Whether it is an array.
    pub array: bool,
    /// Whether it adds to the value there is (`+=`).
    pub append: bool,
}

/// A redirection of input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// From the operator to the end of its target.
    pub span: Span,
    /// What it does.
    pub kind: RedirectionKind,
    /// The descriptor written before the operator.
    pub descriptor: Option<i32>,
    /// The file, the descriptor, the text of a here-string, or the delimiter of a here-document.
    pub target: Word,
    /// The body of a here-document.
    pub body: Option<HereDocument>,
}

impl Redirection {
    /// Returns whether it changes a file.
    pub const fn writes(&self) -> bool {
        matches!(self.kind, RedirectionKind::Write | RedirectionKind::Append | RedirectionKind::ReadWrite)
    }

    /// Returns whether it is where a command reads from: `< file`, `<< EOF`, `<<< text`.
    pub fn gives_input(&self) -> bool {
        let input = matches!(
            self.kind,
            RedirectionKind::Read
                | RedirectionKind::HereDocument
                | RedirectionKind::HereString
                | RedirectionKind::ReadWrite
        );
        input && self.descriptor.unwrap_or(0) == 0
    }

    fn has_placeholder(&self) -> bool {
        self.target.has_placeholder()
            || self
                .body
                .as_ref()
                .is_some_and(|body| body.parts.iter().any(|part| matches!(part.kind, super::PartKind::Placeholder(_))))
    }
}

/// What a redirection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectionKind {
    /// `< file`.
    Read,
    /// `> file`, `>| file`, `&> file`.
    Write,
    /// `>> file`, `&>> file`.
    Append,
    /// `<> file`.
    ReadWrite,
    /// `2>&1`, `<&3`, `>&-`.
    Duplicate,
    /// `<< EOF`, `<<- EOF`.
    HereDocument,
    /// `<<< text`.
    HereString,
}

/// The body of a here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HereDocument {
    /// The lines between the operator's line and the delimiter's line.
    pub span: Span,
    /// Whether the delimiter is quoted, so that nothing in the body is expanded.
    pub quoted: bool,
    /// What the body is made of.
    pub parts: Vec<Part>,
}

/// A use of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableRead {
    /// The name: `NAME`, `1`, `@`, `?`.
    pub name: String,
    /// The whole expansion, `$` and braces included; in arithmetic, the name.
    pub span: Span,
    /// Whether the text says what to take where it has no value (`:-`, `-`, `:=`, `:+` …).
    pub has_default: bool,
}

impl VariableRead {
    /// Returns whether it has a name that somebody could set, unlike `$1`, `$?` or `$@`.
    pub fn is_named(&self) -> bool {
        self.name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    }
}

/// Something that gives a variable a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableSet {
    /// The variable.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// The value, where the text tells it as one word and does not append.
    pub value: Option<Word>,
    /// What a loop takes one after the other, and its body.
    pub rounds: Option<Rounds>,
    /// What sets it.
    pub by: SetBy,
    /// Whether commands started later see it.
    pub exported: bool,
    /// Whether it is gone when the subshell, substitution, pipeline part or function it stands in ends.
    pub confined: bool,
}

/// What a `for` loop goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounds {
    /// The words behind `in`; patterns and braces stand in them as they are written.
    pub words: Vec<Word>,
    /// The commands it runs.
    pub body: Span,
}

/// What sets a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// `NAME=value`, also behind `export`, `declare`, `local`, `readonly`.
    Assignment,
    /// `export NAME` or `declare NAME` without a value.
    Declaration,
    /// `for NAME in`, `select NAME in`.
    Loop,
    /// `read NAME`, `mapfile NAME`, `printf -v NAME`, `getopts … NAME`.
    Builtin,
    /// `${NAME:=value}`, `((NAME=1))`.
    Expansion,
}

/// Something in a shell text that is not shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where understanding stopped.
    pub span: Span,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}
