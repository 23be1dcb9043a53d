//! The events of a run as lines of JSON on standard output, as they happen.

use serde::Serialize;

use super::ui::Ui;
use crate::model::RunResult;
use crate::run::event::{Event, ListenError, Listener};

/// The version of the lines; they only grow.
const VERSION: u32 = 1;

/// Writes each event as a line of its own: `version`, `event`, and what the event says.
pub(super) struct EventLines {
    ui: Ui,
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    #[serde(flatten)]
    event: &'a Event,
}

#[derive(Serialize)]
struct LastLine<'a> {
    version: u32,
    event: &'static str,
    result: &'a RunResult,
}

impl EventLines {
    /// Writes through `ui`.
    pub(super) const fn new(ui: Ui) -> Self {
        Self { ui }
    }

    /// Writes the last line: `event` is `run-result`, and `result` is what `verify --format json` prints.
    pub(super) fn end(&self, result: &RunResult) -> Result<(), serde_json::Error> {
        self.line(&LastLine { version: VERSION, event: "run-result", result })
    }

    fn line(&self, line: &impl Serialize) -> Result<(), serde_json::Error> {
        self.ui.data(&(serde_json::to_string(line)? + "\n"));
        Ok(())
    }
}

impl Listener for EventLines {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        self.line(&Line { version: VERSION, event }).map_err(|error| ListenError(error.to_string()))
    }
}
