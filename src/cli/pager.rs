//! Long texts in the reader's own pager.

use std::path::Path;
use std::time::Duration;

use crate::sys::process::{self, Ending, Launch, Streams};
use crate::sys::terminal::Console;
use crate::sys::{Cancel, Environment, files};

/// Longer than anybody reads.
const NO_LIMIT: Duration = Duration::from_hours(24);

/// Shows a text in `$PAGER`, or in `less` where there is none. Returns false where that did not work.
pub(super) async fn show(text: &str, environment: &Environment, console: &Console) -> bool {
    let Ok(folder) = files::PrivateFolder::create() else { return false };
    let file = folder.path().join("output");
    if files::write_private(&file, format!("{text}\n").as_bytes()).is_err() {
        return false;
    }
    let variables = environment.variables().iter().map(|(name, value)| (name.clone(), value.clone()));
    let launch = Launch {
        program: "sh".into(),
        // Without options of its own `less` ends by itself where the text fits on the screen, and leaves it there.
        arguments: vec!["-c".into(), "LESS=\"${LESS-FX}\" ${PAGER:-less} \"$1\"".into(), "sh".into(), file.into()],
        directory: Path::new("/").to_owned(),
        environment: variables.collect(),
        marker: "pager".to_owned(),
        streams: Streams::Terminal,
        keep: 0,
        confinement: None,
    };
    let _loan = console.lend();
    let Ok(running) = process::start(&launch) else { return false };
    let ended = running.wait(NO_LIMIT, &Cancel::new(), &mut |_, _| {}).await;
    matches!(ended.map(|ended| ended.ending), Ok(Ending::Exit(0 | 2 | 130)))
}
