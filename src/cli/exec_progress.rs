//! What a person sees while a runbook is carried out: each step as it begins, what it prints, how it ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anstyle::Style;

use super::ui::Ui;
use crate::model::{Outcome, StepId};
use crate::report::duration;
use crate::run::event::{Event, ItemAnswer, ListenError, Listener};

/// More lines of one step than this are counted, not shown; the result keeps the first and the last part.
const LINES_SHOWN: usize = 200;

/// Tells on stderr what goes on, a line at a time: fit for ssh, for a log and for a screen reader.
pub(super) struct ExecProgress {
    ui: Ui,
    printed: Mutex<BTreeMap<StepId, usize>>,
}

impl ExecProgress {
    /// Tells through `ui`.
    pub(super) const fn new(ui: Ui) -> Self {
        Self { ui, printed: Mutex::new(BTreeMap::new()) }
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
            Event::StepStarted { step, title, role, .. } => {
                let bold = Style::new().bold();
                self.ui.say(&format!("\n{bold}▶ {}{bold:#}  {title} ({step})", role.as_str()));
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
