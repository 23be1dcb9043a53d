//! The two streams. stdout is data; everything a person reads along the way goes to stderr. Nothing else prints.

use std::io::{IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};

use crate::diagnostic::{Diagnostic, Level, render};
use crate::sys::Environment;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Prints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ui {
    choice: ColorChoice,
}

impl Ui {
    /// Prints with colour as asked; `auto` honours `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM`.
    pub(super) const fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice }
    }

    /// Prints data. A closed pipe is no error: whoever read it has enough.
    pub(super) fn data(self, text: &str) {
        let _ = AutoStream::new(std::io::stdout(), self.choice).write_all(text.as_bytes());
    }

    /// Tells a person something, on a line of its own.
    pub(super) fn say(self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr(), self.choice);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(b"\n"));
    }

    /// Asks a person something; the cursor stays behind the question.
    pub(super) fn ask(self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr(), self.choice);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Writes the line at the cursor anew, on a terminal. That is no colour, and is done where no colour is wanted too.
    pub(super) fn write_over(self, line: &str) {
        let mut stream = std::io::stderr();
        // A terminal that is gone needs nothing.
        let _ = stream.write_all(b"\r\x1b[K").and_then(|()| stream.flush());
        if !line.is_empty() {
            self.ask(line);
        }
    }

    /// Draws diagnostics of at least this level.
    pub(super) fn diagnostics<'a>(self, diagnostics: impl IntoIterator<Item = &'a Diagnostic>, least: Level) {
        for diagnostic in diagnostics.into_iter().filter(|diagnostic| diagnostic.level >= least) {
            self.say(&format!("{}\n", render(diagnostic, true).trim_end()));
        }
    }
}

/// Returns whether somebody sees a line that is written over and over.
pub(super) fn shows_progress(environment: &Environment) -> bool {
    std::io::stderr().is_terminal() && environment.get("TERM").is_some_and(|term| term != "dumb")
}

/// Returns whether data goes to the terminal that a person reads anyway.
pub(super) fn is_data_read_at_a_terminal() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// Returns whether a person can be asked.
pub(super) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
