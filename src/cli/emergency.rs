//! The second Ctrl-C: a run ends at once, and still leaves nothing behind that others would stumble over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::failure::Failure;
use super::lock::give_back;
use super::ui::Ui;
use crate::cluster::LeaseKey;
use crate::sys::process;

/// How long the cluster is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What must not be left behind.
#[derive(Debug, Default)]
pub(super) struct Emergency {
    left: Mutex<(Option<String>, Option<LeaseKey>)>,
}

impl Emergency {
    /// Takes note of a run that is carried out from now on, and of its lock in the cluster.
    pub(super) fn note(&self, run: &str, key: Option<LeaseKey>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = (Some(run.to_owned()), key);
    }

    /// Ends what the run has started, by force, and gives its lock back.
    pub(super) async fn end(&self, ui: Ui) -> Failure {
        let (run, key) = self.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(run) = run else { return Failure::Interrupted };
        process::kill_marked(&format!("{run}/"));
        if let Some(key) = key {
            give_back(&key, ui, PATIENCE).await;
        }
        Failure::Aborted(run)
    }
}
