//! Opens an address in the browser of whoever sits there.

use super::{Environment, programs};

/// Opens `url` with the first of the usual programs that is there; returns whether one was started.
#[expect(clippy::disallowed_methods, reason = "this is a door to processes; the browser outlives us and is not ours")]
pub fn open(url: &str, environment: &Environment) -> bool {
    let program = ["xdg-open", "open", "wslview"].iter().find_map(|name| programs::find(name, environment));
    program.is_some_and(|program| {
        std::process::Command::new(program)
            .arg(url)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .is_ok()
    })
}
