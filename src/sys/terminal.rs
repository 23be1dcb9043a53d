//! The terminal: what a person types at it.
//!
//! A line is waited for in a way that can be given up: whoever stops waiting (Ctrl-C) leaves nobody behind who would
//! take the next line, and the terminal as it was.

use std::io::{PipeReader, pipe, stderr, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr,
};

/// Longer than any line that a terminal hands over at once.
const PART: usize = 4096;

/// Reads a line from standard input without its newline; `None` at its end. Dropping the future stops the reading.
pub async fn read_line() -> Option<String> {
    let (given_up, waiting) = pipe().ok()?;
    let line = tokio::task::spawn_blocking(move || line_unless(&given_up)).await.ok().flatten();
    // Held until here: when it is dropped with the future, the thread hears of it.
    drop(waiting);
    line
}

/// Reads a line as [`read_line`] does, without showing what is typed; `None` where there is no terminal.
pub async fn read_hidden_line() -> Option<String> {
    let _hidden = Hidden::begin()?;
    read_line().await
}

/// Throws away what was typed before anything was asked: it is no answer to what comes now.
pub fn forget_what_was_typed() {
    // Where standard input is no terminal there is nothing typed ahead.
    let _ = tcflush(stdin(), QueueSelector::IFlush);
}

/// Returns how many columns and rows the terminal has that a person reads; `None` where there is none.
pub fn size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(stderr()).ok()?;
    (size.ws_col > 0).then(|| (usize::from(size.ws_col), usize::from(size.ws_row)))
}

/// The terminal of whoever carries something out. A step that needs a person is lent it; clones speak of the same one.
#[derive(Debug, Clone, Default)]
pub struct Console {
    lent: Arc<AtomicBool>,
}

impl Console {
    /// Returns whether a step has it now: then nothing else writes on it, and Ctrl-C is for the step.
    pub fn is_lent(&self) -> bool {
        self.lent.load(Ordering::SeqCst)
    }

    /// Lends it until the loan is dropped; its modes are then as they are now.
    pub fn lend(&self) -> Loan<'_> {
        self.lent.store(true, Ordering::SeqCst);
        Loan { console: self, before: tcgetattr(stdin()).ok() }
    }
}

/// A terminal that a step has.
#[derive(Debug)]
pub struct Loan<'a> {
    console: &'a Console,
    before: Option<Termios>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(stdin(), OptionalActions::Drain, before);
        }
        self.console.lent.store(false, Ordering::SeqCst);
    }
}

fn line_unless(given_up: &PipeReader) -> Option<String> {
    let mut line = Vec::new();
    while !line.contains(&b'\n') {
        if !wait(given_up)? {
            return None;
        }
        let mut part = [0; PART];
        match rustix::io::read(stdin(), &mut part) {
            Ok(0) if line.is_empty() => return None,
            Ok(0) => break,
            Ok(length) => line.extend_from_slice(&part[..length]),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    let text = String::from_utf8_lossy(&line);
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Waits until something can be read; returns false where nobody waits for it any more.
fn wait(given_up: &PipeReader) -> Option<bool> {
    let input = stdin();
    loop {
        let mut watched = [PollFd::new(given_up, PollFlags::IN), PollFd::new(&input, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) if !watched[0].revents().is_empty() => return Some(false),
            Ok(_) if !watched[1].revents().is_empty() => return Some(true),
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn begin() -> Option<Self> {
        let before = tcgetattr(stdin()).ok()?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(stdin(), OptionalActions::Now, &hidden).ok()?;
        Some(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}
