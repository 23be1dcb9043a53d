//! Who decides in `exec`: a person at the terminal, or the flags.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ui::Ui;
use crate::model::{Item, Step};
use crate::run::Redactor;
use crate::run::exec::{Asked, Choice, InFlight, Operator, Proposal, Ticked};
use crate::sys::{Cancel, terminal};

/// A person at a terminal, asked line by line.
pub(super) struct Person<'a> {
    /// Where the questions go.
    pub ui: Ui,
    /// Keeps secrets out of the questions.
    pub redactor: &'a Redactor,
    /// Ctrl-C while a question stands is an answer: stop.
    pub cancel: &'a Cancel,
    /// Alternatives chosen beforehand: group → step.
    pub chosen: &'a BTreeMap<String, String>,
}

impl Person<'_> {
    /// Asks until one of the letters is typed. The end of input and Ctrl-C give `None`.
    async fn letter(&self, question: &str, letters: &str) -> Option<char> {
        loop {
            self.ui.ask(&self.redactor.redact(question));
            let line = tokio::select! {
                line = terminal::read_line() => line?,
                () = self.cancel.cancelled() => return None,
            };
            let typed = line.trim().to_ascii_lowercase();
            match typed.chars().next() {
                Some(letter) if letters.contains(letter) => return Some(letter),
                _ => self.ui.say(&format!("please type one of: {}", spaced(letters))),
            }
        }
    }
}

impl Operator for Person<'_> {
    fn decide<'a>(&'a self, proposal: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async move {
            self.ui.say(&self.redactor.redact(&described(proposal)));
            let question = confirmation(proposal.step);
            match self.letter(&format!("{question} [y]es, [s]kip, [d]ry-run, [q]uit: "), "ysdq").await {
                Some('y') => Choice::Run,
                Some('s') => Choice::Skip,
                Some('d') => Choice::DryRun,
                _ => Choice::Quit,
            }
        })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            let question = format!("\n☐ {}\n  [d]one, [n]ot done, [q]uit: ", item.text);
            match self.letter(&question, "dnq").await {
                Some('d') => Ticked::Done,
                Some('n') => Ticked::NotDone,
                _ => Ticked::Quit,
            }
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Option<usize>> {
        Box::pin(async move {
            if let Some(index) = chosen_before(self.chosen, group, steps) {
                return Some(index);
            }
            self.ui.say(&format!("\nOne of these ({group}):"));
            for (index, step) in steps.iter().enumerate() {
                self.ui.say(&format!("  {}  {} ({})", index + 1, step.title, step.id));
            }
            let letters: String = ('1'..='9').take(steps.len()).chain(['q']).collect();
            let digit = self.letter("number, or [q]uit: ", &letters).await?.to_digit(10)?;
            Some(digit as usize - 1)
        })
    }

    fn take_back<'a>(&'a self, step: &'a Step, undo: &'a Step) -> Asked<'a, bool> {
        Box::pin(async move {
            let question = format!("\nTake back \"{}\" with \"{}\"? [y]es, [n]o: ", step.title, undo.title);
            self.letter(&question, "yn").await == Some('y')
        })
    }

    fn in_flight<'a>(&'a self, step: &'a Step, changed: bool) -> Asked<'a, InFlight> {
        Box::pin(async move {
            let note = if changed { "Its block was changed since.\n" } else { "" };
            let question = format!(
                "\n\"{}\" ({}) had begun when the run died, and may or may not have been done.\n{note}\
                 [a]gain, it was [d]one, [q]uit: ",
                step.title, step.id
            );
            match self.letter(&question, "adq").await {
                Some('a') => InFlight::Again,
                Some('d') => InFlight::Done,
                _ => InFlight::Unknown,
            }
        })
    }
}

/// Nobody: what the flags say is done, and what they leave open stops the run.
pub(super) struct Nobody<'a> {
    /// Where what is being done is told.
    pub ui: Ui,
    /// Alternatives chosen beforehand: group → step.
    pub chosen: &'a BTreeMap<String, String>,
    /// What is done with the action that was in flight when the run died.
    pub in_flight: InFlight,
}

impl Operator for Nobody<'_> {
    fn decide<'a>(&'a self, _: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async { Choice::Run })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            self.ui.say(&format!("unanswered: {}", item.text));
            Ticked::Unanswered
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Option<usize>> {
        Box::pin(async move { Some(chosen_before(self.chosen, group, steps).unwrap_or(0)) })
    }

    fn take_back<'a>(&'a self, step: &'a Step, undo: &'a Step) -> Asked<'a, bool> {
        Box::pin(async move {
            self.ui.say(&format!("taking back `{}` with `{}`", step.id, undo.id));
            true
        })
    }

    /// What was said of the block as it was says nothing of another one.
    fn in_flight<'a>(&'a self, _: &'a Step, changed: bool) -> Asked<'a, InFlight> {
        let said = if changed && self.in_flight == InFlight::Again { InFlight::Unknown } else { self.in_flight };
        Box::pin(async move { said })
    }
}

fn chosen_before(chosen: &BTreeMap<String, String>, group: &str, steps: &[&Step]) -> Option<usize> {
    let id = chosen.get(group)?;
    steps.iter().position(|step| step.id.as_str() == id)
}

fn confirmation(step: &Step) -> String {
    let own = step.as_action().and_then(|action| action.confirm.clone());
    own.unwrap_or_else(|| "Run it?".to_owned())
}

/// Returns what a person must know of an action before saying yes.
fn described(proposal: Proposal<'_>) -> String {
    let step = proposal.step;
    let risk = step.as_action().map_or("", |action| action.risk.as_str());
    let mut text = format!("\n{} ({}), risk {risk}\n", step.title, step.id);
    for line in proposal.command.trim_end().lines() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  | {line}");
    }
    match proposal.undo {
        Some(undo) => text.push_str(&format!("  taken back by: {} ({})", undo.title, undo.id)),
        None => text.push_str("  cannot be taken back by this runbook"),
    }
    text
}

fn spaced(letters: &str) -> String {
    letters.chars().map(String::from).collect::<Vec<_>>().join(", ")
}
