//! Commands that wait for a person, or never end. A nightly run would hang on them.

mod kubernetes;
mod programs;

use crate::model::Span;

use super::{Command, LoopKind, Nesting, Script, Wrapper};

/// Whether a command needs a person, or an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interaction {
    /// Ends by itself and asks nothing.
    None,
    /// Wants a terminal and somebody at it.
    Interactive(Hold),
    /// Runs until it is stopped.
    Endless(Hold),
}

/// What holds a run up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The command.
    pub span: Span,
    /// Index of the command in [`Script::commands`].
    pub command: usize,
    /// What it does, as a verb phrase: `follows the log`.
    pub reason: &'static str,
    /// What to write instead, as an instruction.
    pub instead: &'static str,
}

impl Interaction {
    /// Returns what holds a run up.
    pub const fn hold(&self) -> Option<&Hold> {
        match self {
            Self::None => None,
            Self::Interactive(hold) | Self::Endless(hold) => Some(hold),
        }
    }
}

/// Returns the first thing in a text that would hold a run up.
pub fn interaction(script: &Script) -> Interaction {
    interactions(script).into_iter().next().unwrap_or(Interaction::None)
}

/// Returns everything in a text that would hold a run up, in the order in which it stands.
///
/// What is sent to the background, or cut off by `timeout` or by `head` behind it, holds nothing up.
pub fn interactions(script: &Script) -> Vec<Interaction> {
    let carrying = script.carriers();
    let mut found = Vec::new();
    let mut endless_loop = false;
    for (index, command) in script.commands.iter().enumerate() {
        let place = |problem: Problem| problem.at(command.span, index);
        let looping = command.nesting.contains(&Nesting::Loop(LoopKind::Endless)) && !is_bounded(script, index);
        if looping && !endless_loop {
            found.push(place(Problem::endless(
                "runs in a loop without end",
                "count the rounds, or use `every` and `within`",
            )));
        }
        endless_loop |= looping;
        let carries = carrying.get(index).copied().unwrap_or(false);
        let Some(problem) = judge(command, carries) else { continue };
        let bounded = problem.kind == Kind::Endless && is_bounded(script, index);
        let around = found.last_mut().filter(|last| covers(script, last, index));
        match around {
            // `kubectl exec -it pod -- psql`: the session is what matters, not the terminal.
            Some(Interaction::Interactive(hold)) if problem.kind == Kind::Interactive => {
                hold.reason = problem.reason;
                hold.instead = problem.instead;
            }
            None if !bounded => found.push(place(problem)),
            _ => {}
        }
    }
    found
}

/// Whether a command that is endless or interactive anyway carries this one.
fn covers(script: &Script, last: &Interaction, index: usize) -> bool {
    let Some(hold) = last.hold() else { return false };
    let mut parent = script.commands.get(index).and_then(|command| command.parent);
    while let Some(at) = parent {
        if at == hold.command {
            return true;
        }
        parent = script.commands.get(at).and_then(|command| command.parent).filter(|&next| next < at);
    }
    false
}

/// Whether something else ends it.
fn is_bounded(script: &Script, index: usize) -> bool {
    let Some(command) = script.commands.get(index) else { return false };
    let timed = command.via.contains(&Wrapper::Timeout);
    let carrier = command.parent.is_some_and(|parent| script.commands.get(parent).is_some_and(|it| it.background));
    timed || command.background || carrier || is_cut_off(script, index, command)
}

/// Whether a later part of its pipeline stops reading: `| head`, `| grep -m1`, `| grep -q`.
fn is_cut_off(script: &Script, index: usize, command: &Command) -> bool {
    let Some(place) = command.pipeline else { return false };
    let later = script.commands.get(index + 1..).unwrap_or_default();
    let same = later
        .iter()
        .take_while(|it| it.span.start >= command.span.start && it.joint != super::Joint::Then || it.parent.is_some());
    same.filter(|it| it.parent == command.parent && it.pipeline.is_some_and(|other| other.index > place.index)).any(
        |it| {
            let cuts = it.arguments().iter().any(|word| {
                let text = word.literal_prefix();
                text.starts_with("-m") || text == "-q" || text.starts_with("--max-count") || text == "--quiet"
            });
            match it.name().as_deref() {
                Some("head") => true,
                Some("grep" | "egrep" | "rg") => cuts,
                _ => false,
            }
        },
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Interactive,
    Endless,
}

/// A finding before its place is added.
#[derive(Debug, Clone, Copy)]
struct Problem {
    kind: Kind,
    reason: &'static str,
    instead: &'static str,
}

impl Problem {
    const fn interactive(reason: &'static str, instead: &'static str) -> Self {
        Self { kind: Kind::Interactive, reason, instead }
    }

    const fn endless(reason: &'static str, instead: &'static str) -> Self {
        Self { kind: Kind::Endless, reason, instead }
    }

    const fn at(self, span: Span, command: usize) -> Interaction {
        let hold = Hold { span, command, reason: self.reason, instead: self.instead };
        match self.kind {
            Kind::Interactive => Interaction::Interactive(hold),
            Kind::Endless => Interaction::Endless(hold),
        }
    }
}

fn judge(command: &Command, carries: bool) -> Option<Problem> {
    let name = command.name()?;
    match name.as_str() {
        "kubectl" | "oc" | "k" | "kubecolor" => kubernetes::judge(command, carries),
        _ => programs::judge(&name, command, carries),
    }
}

#[cfg(test)]
mod tests;
