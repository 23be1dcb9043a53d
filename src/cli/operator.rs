//! Who decides in `exec`: a person at the terminal, asked line by line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::exec_look::Touched;
use super::guide::Guide;
use super::nobody::chosen_before;
use super::object_state::states;
use super::pager;
use super::plan_text::touch_line;
use super::question::{Answer, Person, answer};
use super::screen::{Motion, Screen, clean, visible, wrap};
use crate::cluster::Gate;
use crate::model::{Item, Param, Step, Values};
use crate::plan;
use crate::run::exec::{Alternative, Asked, Choice, Doubt, InFlight, Operator, Proposal, Ticked};
use crate::sys::Environment;
use crate::sys::terminal::Console;

const QUIT: Answer =
    answer("quit", "[q]uit", "stop here; the run can be gone on with later, and undo is offered first");

/// A person at a terminal, and where they are in the text.
pub(super) struct AtTerminal<'a> {
    /// How they are asked.
    pub person: Person<'a>,
    /// Where they are in the text.
    pub guide: &'a Guide,
    /// Alternatives chosen beforehand: group → step.
    pub chosen: &'a BTreeMap<String, String>,
    /// The objects that each action names.
    pub touched: &'a Touched,
    /// How those are looked at.
    pub gate: Result<&'a Gate, &'a str>,
    /// Where their pager is found.
    pub environment: &'a Environment,
    /// Their terminal.
    pub console: &'a Console,
}

impl AtTerminal<'_> {
    fn screen(&self) -> &Screen {
        self.person.screen
    }

    fn mark<'s>(&self, live: &'s str, lines: &'s str) -> &'s str {
        if self.screen().motion == Motion::Live { live } else { lines }
    }

    /// Asks for the value of a param. A secret is not shown while it is typed.
    async fn value_of(&self, param: &Param) -> Option<String> {
        let question = format!("{} = ", param.name);
        match param.secret {
            true => self.person.typed_hidden(&question).await,
            false => Some(self.person.typed(&question).await?.trim().to_owned()),
        }
    }

    /// Says what a person must know of an action before saying yes.
    async fn describe(&self, proposal: Proposal<'_>) {
        let Proposal { step, command, with, undo, .. } = proposal;
        let risk = step.as_action().map_or("", |action| action.risk.as_str());
        let back = match undo {
            Some(undo) => format!("can be taken back by: {} ({})", undo.title, undo.id),
            None => "cannot be taken back by this runbook".to_owned(),
        };
        let mut text = format!("{} {} ({})\n", self.mark("▶ ACTION ", "action:"), step.title, step.id);
        text.push_str(&quoted(&self.person.redactor.redact(command)));
        with.iter().for_each(|value| text += &value_line(value));
        let _ = write!(text, "  risk {risk}; {back}");
        for line in self.objects(step).await {
            let _ = write!(text, "\n  {line}");
        }
        self.person.tell(&text);
    }

    /// Says how the objects that an action names are now. Who wants to stop does not wait for that.
    async fn objects(&self, step: &Step) -> Vec<String> {
        let Some(objects) = self.touched.get(&step.id).filter(|objects| !objects.is_empty()) else { return Vec::new() };
        let states = tokio::select! {
            biased;
            () = self.person.cancel.cancelled() => return Vec::new(),
            states = states(objects, self.gate) => states,
        };
        objects.iter().map(|object| touch_line(object, states.get(object))).collect()
    }

    async fn show_output(&self) {
        let Some((step, text)) = self.guide.last_output() else { return };
        let title = format!("what `{step}` printed:");
        if self.screen().motion == Motion::Live && pager::show(&text, self.environment, self.console).await {
            return;
        }
        self.screen().say(&title);
        text.lines().for_each(|line| self.screen().say(&super::exec_progress::quoted(line, self.screen().motion)));
    }

    /// Asks until the number of an alternative is typed, and returns its place; `None` is to quit.
    async fn number(&self, steps: &[&Step]) -> Option<usize> {
        let all = steps.len();
        loop {
            let line = self.person.typed(&format!("a number from 1 to {all}, {}, [?]: ", QUIT.offer)).await?;
            match (line.trim().to_ascii_lowercase().as_str(), line.trim().parse::<usize>()) {
                (_, Ok(number)) if (1..=all).contains(&number) => return Some(number - 1),
                ("q" | "quit", _) => return None,
                ("?" | "h" | "help", _) => {
                    for (index, step) in steps.iter().enumerate() {
                        let line = format!("  {:<8} take \"{}\", and leave out the others", index + 1, step.title);
                        self.screen().tell(&self.person.redactor.redact(&line), 11);
                    }
                    self.screen().tell(&format!("  {:<8} {}", QUIT.word, QUIT.help), 11);
                }
                _ => self.screen().say(&format!("please type a number from 1 to {all}, or {}", QUIT.word)),
            }
        }
    }

    /// Returns what can be answered now: nothing is offered that cannot be.
    fn choices(&self, proposal: Proposal<'_>) -> Vec<Answer> {
        let undo = answer("undo", "[u]ndo", "go no further, and take back what was done so far, one by one");
        let output = answer("output", "[o]utput", "show all that the step before printed");
        let all = [
            (true, answer("yes", "[y]es", "run it")),
            (true, answer("skip", "[s]kip", "leave it out and go on")),
            (true, answer("dry-run", "[d]ry-run", "show what it would change, as a diff, and change nothing")),
            (true, answer("edit", "[e]dit params", "give a param another value for what is still to come")),
            (!proposal.done.is_empty(), undo),
            (self.guide.last_output().is_some(), output),
            (true, QUIT),
        ];
        all.into_iter().filter(|(offered, _)| *offered).map(|(_, answer)| answer).collect()
    }
}

impl Operator for AtTerminal<'_> {
    fn decide<'a>(&'a self, proposal: Proposal<'a>) -> Asked<'a, Choice> {
        Box::pin(async move {
            if let Some(entry) = self.guide.entry_of(&proposal.step.id) {
                self.guide.introduce(entry);
            }
            self.describe(proposal).await;
            self.guide.describes(&proposal.step.id);
            let own = proposal.step.as_action().and_then(|action| action.confirm.clone());
            let question = own.unwrap_or_else(|| "Run it?".to_owned());
            loop {
                return match self.person.choice(&question, &self.choices(proposal)).await {
                    Some('y') => Choice::Run,
                    Some('s') => Choice::Skip,
                    Some('d') => Choice::DryRun,
                    Some('e') => Choice::Edit,
                    Some('u') => Choice::Undo,
                    Some('o') => {
                        self.show_output().await;
                        continue;
                    }
                    _ => Choice::Quit,
                };
            }
        })
    }

    fn edit<'a>(&'a self, params: &'a [Param], values: &'a Values) -> Asked<'a, Option<(String, String)>> {
        Box::pin(async move {
            self.person.tell(&params_text(params, values));
            loop {
                let name = self.person.typed("param to change, or nothing: ").await?;
                let name = name.trim();
                if name.is_empty() {
                    return None;
                }
                let Some(param) = params.iter().find(|param| param.name == name) else {
                    self.screen().say(&format!("no param `{name}`"));
                    continue;
                };
                let text = self.value_of(param).await?;
                if text.is_empty() {
                    self.screen().say(&format!("`{name}` is left as it is"));
                    continue;
                }
                match plan::why_unfit(param, &text) {
                    None => return Some((param.name.clone(), text)),
                    Some(why) => self.screen().tell(&format!("that is {why}"), 2),
                }
            }
        })
    }

    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked> {
        Box::pin(async move {
            if let Some(entry) = self.guide.entry_of_item(item.span.start) {
                self.guide.introduce(entry);
            }
            let (asked, under) = self.guide.task(item);
            self.person.tell(&format!("{} {asked}", self.mark("☐", "for you:")));
            if !under.is_empty() {
                self.screen().say(&self.person.redactor.redact(&under));
            }
            let answers = [
                answer("done", "[d]one", "it is so; what is typed behind it is kept as a note: d pod 3 was the one"),
                answer("not", "[n]ot done", "it is not so; go on all the same. A note may follow here too"),
                QUIT,
            ];
            match self.person.answer("Is it so? A note may follow the letter.", &answers).await {
                Some(('d', note)) => Ticked::Done(note),
                Some(('n', note)) => Ticked::NotDone(note),
                _ => Ticked::Quit,
            }
        })
    }

    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Alternative> {
        Box::pin(async move {
            if let Some(chosen) = chosen_before(self.chosen, group, steps) {
                return chosen;
            }
            if let Some(entry) = steps.first().and_then(|step| self.guide.entry_of(&step.id)) {
                self.guide.introduce(entry);
            }
            self.person.tell(&format!("\nOne of these ({group}):"));
            for (index, step) in steps.iter().enumerate() {
                let risk =
                    step.as_action().map(|action| format!(", risk {}", action.risk.as_str())).unwrap_or_default();
                let line = format!("  {}  {} ({}){risk}", index + 1, step.title, step.id);
                self.screen().tell(&self.person.redactor.redact(&line), 3);
                for line in step.code.text().trim().lines().take(3) {
                    self.screen().say(&format!("     | {}", visible(line)));
                }
            }
            self.number(steps).await.map_or(Alternative::Quit, Alternative::Take)
        })
    }

    fn take_back<'a>(&'a self, step: &'a Step, proposal: Proposal<'a>) -> Asked<'a, bool> {
        Box::pin(async move {
            let Proposal { step: undo, command, with, .. } = proposal;
            let mut text = format!("\n{}", quoted(&self.person.redactor.redact(command)));
            with.iter().for_each(|value| text += &value_line(value));
            self.person.tell(text.trim_end());
            let (done, by) = (format!("\"{}\" ({})", step.title, step.id), format!("\"{}\" ({})", undo.title, undo.id));
            let answers = [
                answer("yes", "[y]es", "run this, and then what is older is asked for"),
                answer("no", "[n]o", "leave it as it is; `runs undo` can take it back later"),
            ];
            self.person.choice(&format!("Take back {done} with {by}?"), &answers).await == Some('y')
        })
    }

    fn in_flight<'a>(&'a self, doubt: Doubt<'a>) -> Asked<'a, InFlight> {
        Box::pin(async move {
            let Doubt { step, command, left, changed } = doubt;
            if let Some(entry) = self.guide.entry_of(&step.id) {
                self.guide.introduce(entry);
            }
            let note = if changed { "; its block was changed since" } else { "" };
            let text = format!("\n\"{}\" ({}) {left}, and may or may not have been done{note}", step.title, step.id);
            self.person.tell(&format!("{text}\n{}", quoted(&self.person.redactor.redact(command)).trim_end()));
            let answers = [
                answer("again", "[a]gain", "run it again"),
                answer("done", "it was [d]one", "take it that it was done, and go on behind it"),
                answer("skip", "[s]kip", "leave it out"),
                QUIT,
            ];
            match self.person.choice("Look first. Run it", &answers).await {
                Some('a') => InFlight::Again,
                Some('d') => InFlight::Done,
                Some('s') => InFlight::Skip,
                _ => InFlight::Quit,
            }
        })
    }
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
        let _ = write!(text, "\n  {} = {}{help}", param.name, clean(value).replace('\n', " "));
    }
    text
}

fn value_line((name, value): &(String, String)) -> String {
    format!("  {name} = {}\n", visible(value).replace('\n', " "))
}

/// Returns a command as it is shown before somebody agrees to it.
pub(super) fn quoted(command: &str) -> String {
    let mut text = String::new();
    for line in visible(command.trim_end()).replace('\t', "    ").lines() {
        let wrapped = wrap(line, Screen::width().saturating_sub(4), 4);
        for row in wrapped.lines() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  | {row}");
        }
    }
    text
}
