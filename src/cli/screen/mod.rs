//! What a person sees of `exec`: lines that stay, and on a terminal one line at the bottom that moves.
//!
//! A line that stays is wrapped by words to the terminal's width as it is then. In line mode nothing moves: every state is
//! a plain line, fit for a log, a dumb terminal and a screen reader. There is no full-screen mode: what was shown stays in
//! the terminal's own scrollback, over ssh and in tmux too.

mod clean;
mod prose;
mod wrap;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ui::Ui;
use crate::sys::Environment;
use crate::sys::terminal::{self, Console};

pub(super) use clean::{clean, visible};
pub(super) use prose::{prose, task};
pub(super) use wrap::{columns, cut, wrap};

/// How wide texts are where there is no terminal to ask.
const WIDTH: usize = 80;

/// Texts wider than this are hard to read.
const WIDEST: usize = 100;

/// What stands at the beginning of the moving line, one after the other.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// How a screen behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// The last line tells what goes on, and is written over and over.
    Live,
    /// Every state is a line of its own, and nothing is written over.
    Lines,
}

impl Motion {
    /// Returns how a screen behaves here: only a terminal that can has a line that moves, and only where that is wanted.
    pub(super) fn of(plain: bool, environment: &Environment) -> Self {
        if plain || !super::ui::shows_progress(environment) { Self::Lines } else { Self::Live }
    }
}

/// The screen. Clones draw on the same one.
#[derive(Debug, Clone)]
pub(super) struct Screen {
    pub(super) ui: Ui,
    pub(super) motion: Motion,
    console: Console,
    bottom: Arc<Mutex<Bottom>>,
}

/// The line that moves.
#[derive(Debug, Default)]
struct Bottom {
    drawn: bool,
    turn: usize,
}

impl Screen {
    /// Draws through `ui`, and not at all while the terminal is lent to a step.
    pub(super) fn new(ui: Ui, motion: Motion, console: Console) -> Self {
        Self { ui, motion, console, bottom: Arc::default() }
    }

    /// Returns how wide a text may be now.
    pub(super) fn width() -> usize {
        terminal::size().map_or(WIDTH, |(columns, _)| columns).min(WIDEST)
    }

    /// Says something that stays, as it is.
    pub(super) fn say(&self, text: &str) {
        let mut bottom = self.bottom();
        self.take_away(&mut bottom);
        self.ui.say(text);
    }

    /// Says something that stays, on a terminal wrapped by words; what does not fit goes on under `hanging` spaces. The
    /// lines of a log stay whole.
    pub(super) fn tell(&self, text: &str, hanging: usize) {
        match terminal::size() {
            Some(_) => self.say(&wrap(text, Self::width(), hanging)),
            None => self.say(text),
        }
    }

    /// Asks something; the cursor stays behind the question.
    pub(super) fn ask(&self, text: &str) {
        let mut bottom = self.bottom();
        self.take_away(&mut bottom);
        self.ui.ask(text);
    }

    /// Writes the line at the bottom anew, its first character moved on.
    pub(super) fn turn(&self, text: &str) {
        let mut bottom = self.bottom();
        if self.motion == Motion::Lines || self.console.is_lent() {
            return;
        }
        bottom.turn = bottom.turn.wrapping_add(1);
        // One column less than there are: a line that wraps cannot be taken away again.
        let width = terminal::size().map_or(WIDTH, |(columns, _)| columns).saturating_sub(1);
        let line = cut(&format!("{} {text}", SPINNER[bottom.turn % SPINNER.len()]), width);
        self.ui.write_over(&line);
        bottom.drawn = true;
    }

    /// Takes the line at the bottom away.
    pub(super) fn take_bottom_away(&self) {
        self.take_away(&mut self.bottom());
    }

    fn take_away(&self, bottom: &mut Bottom) {
        if std::mem::take(&mut bottom.drawn) {
            self.ui.write_over("");
        }
    }

    fn bottom(&self) -> MutexGuard<'_, Bottom> {
        // A line that is half right is better than none.
        self.bottom.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
