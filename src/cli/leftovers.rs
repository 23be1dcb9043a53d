//! What runs that died left behind: processes that still run, and files that nobody needs any more.

use super::ui::Ui;
use crate::run::archive::Archive;
use crate::sys::{files, process};

/// Cleans up behind runs that died. `resumed` is the run that this process goes on with: nothing of it may still run while
/// somebody decides what became of it.
pub(super) async fn clean(archive: &Archive, resumed: Option<&str>, ui: Ui) {
    for run in process::marked_runs() {
        if resumed == Some(run.as_str()) || archive.is_dead(&run) {
            process::end_marked(&format!("{run}/")).await;
            ui.say(&format!("run {run} died and had left something running; it is ended"));
        }
    }
    if let Some(run) = resumed {
        for part in ["session", "objects"] {
            files::remove_half_written(&archive.folder(run).join(part));
        }
    }
    files::remove_left_behind();
}
