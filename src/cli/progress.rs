//! What a person sees while a run goes on.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::ui::Ui;
use crate::run::event::{Event, ListenError, Listener};

/// One line on a terminal: how many runbooks are done, and which began last. Nothing at all elsewhere.
#[derive(Debug)]
pub(super) struct VerifyProgress {
    ui: Ui,
    shown: bool,
    total: usize,
    done: AtomicUsize,
}

impl VerifyProgress {
    /// Shows progress through `total` runbooks, if `shown`.
    pub(super) const fn new(ui: Ui, shown: bool, total: usize) -> Self {
        Self { ui, shown, total, done: AtomicUsize::new(0) }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if self.shown {
            self.ui.ask("\r\x1b[K");
        }
    }

    fn draw(&self, now: &str) {
        if self.shown {
            let done = self.done.load(Ordering::Relaxed);
            self.ui.ask(&format!("\r\x1b[K{done}/{} {now}", self.total));
        }
    }
}

impl Listener for VerifyProgress {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        match event {
            Event::RunbookStarted { runbook, .. } => self.draw(runbook.as_str()),
            Event::RunbookFinished { .. } => {
                self.done.fetch_add(1, Ordering::Relaxed);
            }
            Event::StepStarted { runbook, step, .. } => self.draw(&format!("{runbook} {step}")),
            _ => {}
        }
        Ok(())
    }
}
