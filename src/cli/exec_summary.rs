//! The end of a run, for the person who carried it out: what was done and what not, what is left to look at, how to take
//! it back, and what to type next.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use anstyle::Style;

use super::exec_progress::told;
use super::screen::{clean, wrap};
use crate::model::{Outcome, Runbook, Step, StepResult};
use crate::report::duration;
use crate::run::event::{Event, ItemAnswer, ListenError, Listener};
use crate::run::exec::{Ending, Past, to_take_back};

/// How far what is told stands from the margin, behind its word.
const INDENT: usize = 14;

/// What is told of an end.
pub(super) struct Summary<'a> {
    pub(super) runbook: &'a Runbook,
    pub(super) run: &'a str,
    pub(super) ending: &'a Ending,
    /// All events of the run, earlier processes included.
    pub(super) events: &'a [Event],
    /// What the commands need to find the run again: ` --root DIR`, or nothing.
    pub(super) place: &'a str,
    pub(super) is_dry: bool,
    pub(super) width: usize,
}

impl Summary<'_> {
    /// Returns the summary.
    pub(super) fn text(&self) -> String {
        let past = Past::of(self.events);
        let mut out = String::from("\n");
        out.push_str(&wrap(&self.head(), self.width, 2));
        out.push('\n');
        self.steps(&mut out, &past);
        self.open(&mut out, &past);
        self.commands(&mut out, &past);
        out.trim_end().to_owned()
    }

    fn head(&self) -> String {
        let how = match self.ending {
            Ending::Completed if self.is_dry => "dry run ended, nothing was changed".to_owned(),
            Ending::Completed => "completed".to_owned(),
            Ending::Stopped { step, reason } => format!("stopped at `{step}`: {}", clean(reason)),
            Ending::Undecided { step, .. } => format!("stopped before `{step}`: nobody says whether it was done"),
            Ending::Unapproved { step, reason } => {
                format!(
                    "stopped before `{step}`: {reason}; `runbooks exec{} --resume {}` asks again",
                    self.place, self.run
                )
            }
            Ending::TakenBack { complete: true } => "taken back, as far as somebody agreed".to_owned(),
            Ending::TakenBack { complete: false } => "not all of it is taken back".to_owned(),
            Ending::Quit => "stopped by a person".to_owned(),
            Ending::Interrupted => "interrupted".to_owned(),
        };
        let took = self.took().map(|took| format!(", {took}")).unwrap_or_default();
        let bold = Style::new().bold();
        format!("{bold}{how}{bold:#}\n{}{took}", self.runbook.metadata.title)
    }

    fn took(&self) -> Option<String> {
        let began = self.events.iter().rev().find_map(|event| match event {
            Event::RunStarted { at, .. } => Some(*at),
            _ => None,
        })?;
        let ended = self.events.iter().rev().find_map(|event| match event {
            Event::RunFinished { at, .. } => Some(*at),
            _ => None,
        })?;
        let seconds = u64::try_from(ended.duration_since(began).as_secs()).ok()?;
        (seconds > 0).then(|| duration(seconds * 1000))
    }

    fn steps(&self, out: &mut String, past: &Past) {
        let results = || past.order.iter().filter_map(|id| Some((self.runbook.step(id)?, past.results.get(id)?)));
        let takes_back = |step: &Step| step.as_action().is_some_and(|action| action.undo.is_some());
        // What was done again since is not taken back.
        let undone = |step: &Step| {
            results().skip_while(|(other, _)| other.id != step.id).any(|(undo, result)| {
                let undone = undo.as_action().and_then(|action| action.undo.as_ref());
                result.outcome == Outcome::Passed && undone.is_some_and(|it| it.value == step.id)
            })
        };
        let checks: Vec<_> = results().filter(|(step, _)| step.as_check().is_some()).collect();
        let word = |result: &StepResult| {
            if result.warn && result.outcome == Outcome::Failed { "warned" } else { result.outcome.as_str() }
        };
        let of = |wanted: &str| checks.iter().filter(|(_, result)| word(result) == wanted).count();
        let all = ["passed", "warned", "failed", "drifted", "errored", "skipped"];
        let counted = all.into_iter().filter(|word| of(word) > 0);
        let counted: Vec<_> = counted.map(|word| format!("{} {word}", of(word))).collect();
        let mut left_out: Vec<(Vec<&str>, String)> = Vec::new();
        for (step, result) in results().filter(|(step, _)| step.as_action().is_some() && !takes_back(step)) {
            match result.outcome {
                Outcome::Passed if undone(step) => self.row(out, "taken back", &named(step)),
                Outcome::Passed if self.is_dry => self.row(out, "rehearsed", &named(step)),
                Outcome::Passed => self.row(out, "done", &named(step)),
                Outcome::Skipped => {
                    let why = result.reason.as_ref().map(|it| told(it)).unwrap_or_default();
                    match left_out.iter_mut().find(|(_, other)| *other == why) {
                        Some((ids, _)) => ids.push(step.id.as_str()),
                        None => left_out.push((vec![step.id.as_str()], why)),
                    }
                }
                Outcome::Failed | Outcome::Drifted | Outcome::Errored => {
                    let back = match result.attempts {
                        _ if undone(step) => "; taken back",
                        0 => "; it was not run",
                        _ => "; it may be done in part",
                    };
                    self.row(out, result.outcome.as_str(), &format!("{}: {}{back}", named(step), why(result)));
                }
            }
        }
        for (ids, why) in left_out {
            self.row(out, "left out", &format!("{} ({why})", ids.join(", ")));
        }
        for id in past.in_flight.keys() {
            self.row(out, "in flight", &format!("`{id}`: nobody knows whether it was done"));
        }
        if !counted.is_empty() {
            self.row(out, "checks", &counted.join(", "));
        }
        let not_begun = self.runbook.steps.iter().filter(|step| step.as_action().is_some() && !takes_back(step));
        let known = |step: &&Step| past.results.contains_key(&step.id) || past.in_flight.contains_key(&step.id);
        let not_begun: Vec<_> = not_begun.filter(|step| !known(step)).map(|step| format!("`{}`", step.id)).collect();
        if !not_begun.is_empty() {
            self.row(out, "not begun", &not_begun.join(", "));
        }
    }

    /// What a person must look at: checks that did not pass, and items that nobody saw to.
    fn open(&self, out: &mut String, past: &Past) {
        for id in &past.order {
            let (Some(step), Some(result)) = (self.runbook.step(id), past.results.get(id)) else { continue };
            let takes_back = step.as_action().is_some_and(|action| action.undo.is_some());
            let went_wrong = !matches!(result.outcome, Outcome::Passed | Outcome::Skipped);
            if (step.as_check().is_some() || takes_back) && went_wrong {
                let what = if takes_back { "not taken back, or in part: " } else { "" };
                self.row(out, "LOOK AT", &format!("{what}{}: {}", named(step), why(result)));
            }
        }
        for event in self.events {
            let Event::ItemAnswered { item, answer, note, .. } = event else { continue };
            if let (ItemAnswer::Done, Some(note)) = (answer, note) {
                self.row(out, "noted", &format!("☑ {}: {}", clean(item), clean(note)));
            }
            let said = match answer {
                ItemAnswer::NotDone => "not done",
                ItemAnswer::Unanswered => "nobody was asked",
                ItemAnswer::Assumed => "assumed",
                ItemAnswer::Done | ItemAnswer::Ticked => continue,
            };
            let note = note.as_ref().map(|note| format!(" ({})", clean(note))).unwrap_or_default();
            self.row(out, "LOOK AT", &format!("☐ {}: {said}{note}", clean(item)));
        }
    }

    /// Commands stand on lines of their own, whole, whatever the width: they are copied.
    fn commands(&self, out: &mut String, past: &Past) {
        let Self { run, place, .. } = self;
        if past.mode == "dry-run" {
            return;
        }
        let goes_on = matches!(
            self.ending,
            Ending::Quit | Ending::Interrupted | Ending::Undecided { .. } | Ending::Unapproved { .. }
        );
        if goes_on || !past.finished && !matches!(self.ending, Ending::Completed) {
            command(out, "go on", &format!("runbooks exec{place} --resume {run}"));
        }
        if !to_take_back(self.runbook, past).is_empty() {
            command(out, "take back", &format!("runbooks runs{place} undo {run}"));
        }
        command(out, "see", &format!("runbooks runs{place} show {run}"));
        command(out, "report", &format!("runbooks runs{place} export {run} --format markdown"));
    }

    fn row(&self, out: &mut String, word: &str, text: &str) {
        let line = format!("  {word:<12}{text}");
        out.push_str(&wrap(&line, self.width, INDENT - 2));
        out.push('\n');
    }
}

fn named(step: &Step) -> String {
    format!("{} ({})", step.title, step.id)
}

fn why(result: &StepResult) -> String {
    let finding = result.findings.first().map(|finding| finding.message.clone());
    clean(&finding.or_else(|| result.reason.clone()).unwrap_or_else(|| result.outcome.as_str().to_owned()))
}

fn command(out: &mut String, word: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  {word:<12}{text}");
}

/// Keeps what happened in a run, but for what was only there to be watched.
#[derive(Default)]
pub(super) struct Story {
    events: Mutex<Vec<Event>>,
}

impl Story {
    /// Returns what happened so far.
    pub(super) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listener for Story {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        if !matches!(event, Event::Output { .. } | Event::Waiting { .. } | Event::WouldChange { .. }) {
            self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        }
        Ok(())
    }
}
