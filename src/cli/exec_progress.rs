//! What a person sees while a runbook is carried out: each step as it begins, what it prints, how it ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anstyle::Style;
use jiff::Timestamp;

use super::ui::Ui;
use crate::model::{Outcome, StepId};
use crate::report::{self, duration};
use crate::run::event::{Event, ItemAnswer, ListenError, Listener};

/// More lines of one step than this are counted, not shown; the result keeps the first and the last part.
const LINES_SHOWN: usize = 200;

/// Tells on stderr what goes on, a line at a time: fit for ssh, for a log and for a screen reader.
pub(super) struct ExecProgress {
    ui: Ui,
    /// The steps on the way forward, in order.
    way: Vec<StepId>,
    began: Mutex<Option<Timestamp>>,
    printed: Mutex<BTreeMap<StepId, usize>>,
}

impl ExecProgress {
    /// Tells through `ui` how far the run is on its way.
    pub(super) const fn new(ui: Ui, way: Vec<StepId>) -> Self {
        Self { ui, way, began: Mutex::new(None), printed: Mutex::new(BTreeMap::new()) }
    }

    /// Returns where a step stands on the way, and how long the way took so far: `3/12, 1m 2s`.
    fn position(&self, step: &StepId, at: Timestamp) -> String {
        let began = self.began.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(at);
        let elapsed = u64::try_from(at.duration_since(began).as_millis()).unwrap_or(0);
        let elapsed = if elapsed < 1000 { String::new() } else { format!(", {}", duration(elapsed / 1000 * 1000)) };
        match self.way.iter().position(|it| it == step) {
            Some(index) => format!(" {}/{}{elapsed}", index + 1, self.way.len()),
            None => elapsed,
        }
    }

    fn output(&self, step: &StepId, text: &str) {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = printed.entry(step.clone()).or_default();
        for line in text.lines() {
            *lines += 1;
            if *lines <= LINES_SHOWN {
                self.ui.say(&format!("  │ {line}"));
            } else if *lines == LINES_SHOWN + 1 {
                self.ui.say("  │ … more; the record keeps the first and the last part");
            }
        }
    }
}

impl Listener for ExecProgress {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        match event {
            Event::RunStarted { at, .. } => {
                *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(*at);
            }
            Event::Waiting { holds, left_ms, of_ms, seen, .. } => {
                let (left, of) = (duration((left_ms.div_ceil(1000) * 1000).min(*of_ms)), duration(*of_ms));
                self.ui.say(&match (holds, seen) {
                    (true, _) => format!("  … holds; {left} of {of} left"),
                    (false, Some(seen)) => format!("  … not yet: {}; {left} of {of} left", first_line(seen)),
                    (false, None) => format!("  … not yet; {left} of {of} left"),
                });
            }
            Event::StepStarted { step, title, role, at, .. } => {
                let bold = Style::new().bold();
                let position = self.position(step, *at);
                self.ui.say(&format!("\n{bold}▶ {}{bold:#}{position}  {title} ({step})", role.as_str()));
            }
            Event::Output { step, text, .. } => self.output(step, text),
            Event::StepFinished { result, .. } => {
                let took =
                    if result.outcome == Outcome::Skipped { String::new() } else { duration(result.duration_ms) };
                let reason = result.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.ui.say(&format!("  {} `{}` {took}{reason}", result.outcome.as_str(), result.id));
                for finding in &result.findings {
                    self.ui.say(&format!("    {}", finding.message));
                    let parts = [("expected", &finding.expected), ("actual", &finding.actual)];
                    parts.iter().filter_map(|(name, text)| Some((name, text.as_ref()?))).for_each(|(name, text)| {
                        self.ui.say(&format!("    {name}: {text}"));
                    });
                }
            }
            Event::ItemAnswered { item, answer, .. } if *answer == ItemAnswer::Ticked => {
                self.ui.say(&format!("\n☑ {item}"));
            }
            Event::ClusterWrite { method, path, status, .. } => {
                let status = if *status == 0 { "no answer".to_owned() } else { status.to_string() };
                self.ui.say(&format!("  ✎ {method} {path} → {status}"));
            }
            Event::WouldChange { method, object, before, after, .. } => {
                self.ui.say(&format!("  would {method} {object}"));
                for line in would_change(before.as_deref(), after.as_deref()).lines() {
                    self.ui.say(&format!("    {line}"));
                }
            }
            Event::TakingBack { steps, .. } if !steps.is_empty() => {
                let steps: Vec<_> = steps.iter().map(|step| format!("`{step}`")).collect();
                self.ui.say(&format!("\nto be taken back, newest first: {}", steps.join(", ")));
            }
            Event::TakenBack { complete: false, .. } => {
                self.ui.say("not everything is taken back; `runbooks exec --resume` goes on with that");
            }
            _ => {}
        }
        Ok(())
    }
}

fn would_change(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => report::changes(before, after),
        (None, Some(after)) => report::changes("", after),
        (Some(_), None) => "it would be gone, or the answer does not tell what it would be".to_owned(),
        (None, None) => String::new(),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
