//! What a person sees while a run goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ui::Ui;
use crate::model::RunbookId;
use crate::report::duration;
use crate::run::event::{Event, ListenError, Listener};

/// How wide the line is at most: one that wraps cannot be taken away again.
const WIDTH: usize = 79;

/// One line on a terminal: how many runbooks and steps are done, what is looked at for the longest time now, and the
/// slowest step so far. Nothing at all elsewhere.
#[derive(Debug)]
pub(super) struct VerifyProgress {
    ui: Ui,
    shown: bool,
    total: usize,
    so_far: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    runbooks: usize,
    steps: usize,
    slowest: Option<(u64, String)>,
    /// What each runbook is at, with a number that tells what began first.
    at_work: BTreeMap<String, (usize, String)>,
    begun: usize,
}

impl VerifyProgress {
    /// Shows progress through `total` runbooks, if `shown`.
    pub(super) fn new(ui: Ui, shown: bool, total: usize) -> Self {
        Self { ui, shown, total, so_far: Mutex::default() }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if self.shown {
            self.ui.write_over("");
        }
    }

    fn draw(&self) {
        if self.shown {
            let line: String = self.so_far().line(self.total).chars().take(WIDTH).collect();
            self.ui.write_over(&line);
        }
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        // A line that is half right is better than none.
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SoFar {
    fn line(&self, total: usize) -> String {
        let slowest = self.slowest.as_ref().map(|(took, step)| format!(" · slowest {step} {}", duration(*took)));
        let first = self.at_work.values().min().map(|(_, what)| match self.at_work.len() - 1 {
            0 => format!(" · at {what}"),
            others => format!(" · at {what} +{others}"),
        });
        let (first, slowest) = (first.unwrap_or_default(), slowest.unwrap_or_default());
        format!("{}/{total} runbooks · {} steps{first}{slowest}", self.runbooks, self.steps)
    }

    fn begin(&mut self, runbook: &RunbookId, what: String) {
        self.begun += 1;
        self.at_work.insert(runbook.to_string(), (self.begun, what));
    }

    fn fold(&mut self, event: &Event) -> bool {
        match event {
            Event::RunbookStarted { runbook, .. } => self.begin(runbook, runbook.to_string()),
            Event::RunbookFinished { runbook, .. } => {
                self.runbooks += 1;
                self.at_work.remove(runbook.as_str());
            }
            Event::StepStarted { runbook, step, .. } => self.begin(runbook, format!("{runbook} {step}")),
            Event::StepFinished { runbook, result } => {
                self.steps += 1;
                if self.slowest.as_ref().is_none_or(|(most, _)| result.duration_ms > *most) {
                    self.slowest = Some((result.duration_ms, format!("{runbook} {}", result.id)));
                }
            }
            _ => return false,
        }
        true
    }
}

impl Listener for VerifyProgress {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        let changed = self.so_far().fold(event);
        if changed {
            self.draw();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_at_work_for_the_longest_time_is_named() {
        let mut so_far = SoFar::default();
        for runbook in ["a", "b", "c"] {
            so_far.begin(&RunbookId(runbook.to_owned()), format!("{runbook} looks"));
        }
        assert_eq!(so_far.line(3), "0/3 runbooks · 0 steps · at a looks +2");
        so_far.begin(&RunbookId("a".to_owned()), "a next".to_owned());
        assert_eq!(so_far.line(3), "0/3 runbooks · 0 steps · at b looks +2");
        so_far.at_work.clear();
        so_far.slowest = Some((1200, "b looks".to_owned()));
        assert_eq!(so_far.line(3), "0/3 runbooks · 0 steps · slowest b looks 1.2s");
    }
}
