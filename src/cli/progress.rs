//! What a person sees while a run goes on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ui::Ui;
use crate::report::duration;
use crate::run::event::{Event, ListenError, Listener};

/// How wide the line is at most: one that wraps cannot be taken away again.
const WIDTH: usize = 79;

/// One line on a terminal: how many runbooks and steps are done, the slowest step so far, and which began last. Nothing
/// at all elsewhere.
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
    now: String,
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
        format!("{}/{total} · {} steps{} · {}", self.runbooks, self.steps, slowest.unwrap_or_default(), self.now)
    }

    fn fold(&mut self, event: &Event) -> bool {
        match event {
            Event::RunbookStarted { runbook, .. } => self.now = runbook.to_string(),
            Event::RunbookFinished { .. } => self.runbooks += 1,
            Event::StepStarted { runbook, step, .. } => self.now = format!("{runbook} {step}"),
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
