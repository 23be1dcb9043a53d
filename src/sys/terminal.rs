//! The terminal: what a person types at it.

use std::io::{BufRead as _, stdin};

use console::Term;

/// Reads a line from standard input without its newline; `None` at its end.
///
/// Waits on a thread of its own, so that the caller can stop waiting: a line typed after that is lost.
pub async fn read_line() -> Option<String> {
    tokio::task::spawn_blocking(read_line_now).await.ok().flatten()
}

/// Reads a line from standard input without its newline, and waits for it; `None` at its end.
pub fn read_line_now() -> Option<String> {
    let mut line = String::new();
    let length = stdin().lock().read_line(&mut line).ok()?;
    (length > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Reads a line that is not shown while it is typed; `None` where there is no terminal.
pub fn read_hidden_line() -> Option<String> {
    Term::stderr().read_secure_line().ok()
}
