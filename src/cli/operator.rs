//! Who decides in `exec`: a person at the terminal, or the flags.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ui::Ui;
use crate::model::{Item, Param, Step, StepId, Values};
use crate::plan;
use crate::run::Redactor;
use crate::run::exec::{Alternative, Asked, Choice, Doubt, InFlight, Operator, Proposal, Ticked};
use crate::sys::{Cancel, terminal};

/// A question longer than this stands on a line of its own, before its answers.
const LONGEST_QUESTION: usize = 20;

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
    /// Tells what a question is about. What was typed before is no answer to it.
    pub(super) fn tell(&self, text: &str) {
        terminal::forget_what_was_typed();
        self.ui.say(&self.redactor.redact(text));
    }

    /// Asks once, and returns what is typed. The end of input and Ctrl-C give `None`, at once.
    pub(super) async fn typed(&self, question: &str) -> Option<String> {
        self.ui.ask(&self.redactor.redact(question));
        let line = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            line = terminal::read_line() => line,
        };
        if line.is_none() {
            // The cursor stands behind the question.
            self.ui.say("");
        }
        line
    }

    /// Asks for the value of a param. A secret is not shown while it is typed.
    async fn value_of(&self, param: &Param) -> Option<String> {
        let question = format!("{} = ", param.name);
        if !param.secret {
            return Some(self.typed(&question).await?.trim().to_owned());
        }
        self.ui.ask(&question);
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            line = terminal::read_hidden_line() => line,
        }
    }

    /// Asks until one of the words is typed, whole or as its first letter, which is returned. The end of input and
    /// Ctrl-C give `None`, at once.
    pub(super) async fn letter(&self, question: &str, words: &str) -> Option<char> {
        loop {
            let line = self.typed(question).await?;
            let typed = line.trim().to_ascii_lowercase();
            let mut letters = words.split(' ').filter_map(|word| Some((word, word.chars().next()?)));
            match letters.find(|(word, letter)| typed == *word || typed == letter.to_string()) {
                Some((_, letter)) => return Some(letter),
                None => self.ui.say(&format!("please type one of: {}", words.replace(' ', ", "))),
            }
        }
    }
}

impl Operator for Person<'_> {
    fn decide<'a>(&'a self, proposal: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async move {
            self.tell(&described(proposal));
            let question = confirmation(proposal.step);
            // A question stands whole at eighty columns.
            let gap = if question.chars().count() > LONGEST_QUESTION { "\n  " } else { " " };
            match self
                .letter(
                    &format!("{question}{gap}[y]es, [s]kip, [d]ry-run, [e]dit params, [q]uit: "),
                    "yes skip dry-run edit quit",
                )
                .await
            {
                Some('y') => Choice::Run,
                Some('s') => Choice::Skip,
                Some('d') => Choice::DryRun,
                Some('e') => Choice::Edit,
                _ => Choice::Quit,
            }
        })
    }

    fn edit<'a>(&'a self, params: &'a [Param], values: &'a Values) -> Asked<'a, Option<(String, String)>> {
        Box::pin(async move {
            self.tell(&params_text(params, values));
            loop {
                let name = self.typed("param to change, or nothing: ").await?;
                let name = name.trim();
                if name.is_empty() {
                    return None;
                }
                let Some(param) = params.iter().find(|param| param.name == name) else {
                    self.ui.say(&format!("no param `{name}`"));
                    continue;
                };
                let text = self.value_of(param).await?;
                match plan::why_unfit(param, &text) {
                    None => return Some((param.name.clone(), text)),
                    Some(why) => self.ui.say(&format!("that is {why}")),
                }
            }
        })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            self.tell(&format!("\n☐ {}", item.text));
            match self.letter("  [d]one, [n]ot done, [q]uit: ", "done not quit").await {
                Some('d') => Ticked::Done(None),
                Some('n') => Ticked::NotDone(None),
                _ => Ticked::Quit,
            }
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Alternative> {
        Box::pin(async move {
            if let Some(chosen) = chosen_before(self.chosen, group, steps) {
                return chosen;
            }
            self.tell(&format!("\nOne of these ({group}):"));
            for (index, step) in steps.iter().enumerate() {
                self.ui.say(&self.redactor.redact(&format!("  {}  {} ({})", index + 1, step.title, step.id)));
            }
            let numbers: String = ('1'..='9').take(steps.len()).flat_map(|digit| [digit, ' ']).collect();
            let digit = self
                .letter("number, or [q]uit: ", &format!("{numbers}quit"))
                .await
                .and_then(|letter| letter.to_digit(10));
            digit.map_or(Alternative::Quit, |digit| Alternative::Take(digit as usize - 1))
        })
    }

    fn take_back<'a>(&'a self, step: &'a Step, undo: &'a Step) -> Asked<'a, bool> {
        Box::pin(async move {
            self.tell("");
            let (done, by) = (format!("\"{}\" ({})", step.title, step.id), format!("\"{}\" ({})", undo.title, undo.id));
            let question = format!("Take back {done} with {by}?\n  [y]es, [n]o: ");
            self.letter(&question, "yes no").await == Some('y')
        })
    }

    fn in_flight<'a>(&'a self, doubt: Doubt<'a>) -> Asked<'a, InFlight> {
        Box::pin(async move {
            let Doubt { step, command, left, changed } = doubt;
            let note = if changed { "; its block was changed since" } else { "" };
            self.tell(&format!(
                "\n\"{}\" ({}) {left}, and may or may not have been done{note}\n{}",
                step.title,
                step.id,
                quoted(command)
            ));
            match self.letter("Run it [a]gain, it was [d]one, [s]kip it, [q]uit: ", "again done skip quit").await {
                Some('a') => InFlight::Again,
                Some('d') => InFlight::Done,
                Some('s') => InFlight::Skip,
                _ => InFlight::Quit,
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
    /// Whether items are taken to be so: whoever started the run has seen to them.
    pub assume_manual: bool,
    /// What is done with the action that was in flight when the run died.
    pub in_flight: InFlight,
}

impl Operator for Nobody<'_> {
    fn decide<'a>(&'a self, _: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async { Choice::Run })
    }

    fn edit<'a>(&'a self, _: &'a [Param], _: &'a Values) -> Asked<'a, Option<(String, String)>> {
        Box::pin(async { None })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            if self.assume_manual {
                self.ui.say(&format!("assumed: {}", item.text));
                return Ticked::Assumed;
            }
            self.ui.say(&format!("unanswered: {}", item.text));
            Ticked::Unanswered
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Alternative> {
        Box::pin(async move { chosen_before(self.chosen, group, steps).unwrap_or(Alternative::Take(0)) })
    }

    fn take_back<'a>(&'a self, step: &'a Step, undo: &'a Step) -> Asked<'a, bool> {
        Box::pin(async move {
            self.ui.say(&format!("taking back `{}` with `{}`", step.id, undo.id));
            true
        })
    }

    fn in_flight<'a>(&'a self, _: Doubt<'a>) -> Asked<'a, InFlight> {
        Box::pin(async move { self.in_flight })
    }
}

/// Returns what was chosen for a group by flag. Where that is not possible, nothing else is guessed.
fn chosen_before(chosen: &BTreeMap<String, String>, group: &str, steps: &[&Step]) -> Option<Alternative> {
    let id = chosen.get(group)?;
    let index = steps.iter().position(|step| step.id.as_str() == id);
    Some(index.map_or_else(|| Alternative::Impossible(StepId(id.clone())), Alternative::Take))
}

/// Returns the params of a runbook with their values, for whoever wants to change one.
fn params_text(params: &[Param], values: &Values) -> String {
    if params.is_empty() {
        return "\nthis runbook has no params".to_owned();
    }
    let mut text = String::new();
    for param in params {
        let value =
            values.get(&param.name).map_or("(none)", |value| if value.secret { "(secret)" } else { &value.text });
        let help = param.help.as_ref().map(|help| format!("  {help}")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {} = {value}{help}", param.name);
    }
    text
}

fn confirmation(step: &Step) -> String {
    let own = step.as_action().and_then(|action| action.confirm.clone());
    own.unwrap_or_else(|| "Run it?".to_owned())
}

/// Returns what a person must know of an action before saying yes.
fn described(proposal: Proposal<'_>) -> String {
    let step = proposal.step;
    let risk = step.as_action().map_or("", |action| action.risk.as_str());
    let mut text = format!("\n{} ({}), risk {risk}\n{}", step.title, step.id, quoted(proposal.command));
    for (name, value) in proposal.with {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name} = {value}");
    }
    match proposal.undo {
        Some(undo) => text.push_str(&format!("  taken back by: {} ({})", undo.title, undo.id)),
        None => text.push_str("  cannot be taken back by this runbook"),
    }
    text
}

pub(super) fn quoted(command: &str) -> String {
    let mut text = String::new();
    for line in command.trim_end().lines() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  | {line}");
    }
    text
}
