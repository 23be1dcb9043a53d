//! Tells when files change, a short while after the last of several changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// Why changes cannot be seen.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch for changes: {0}")]
pub struct WatchError(#[from] notify::Error);

/// Watches as long as it lives.
#[derive(Debug)]
pub struct Watcher {
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

impl Watcher {
    /// Watches nothing yet; `changed` is told of what changed once nothing more has changed for `pause`.
    pub fn new(pause: Duration, mut changed: impl FnMut(Vec<PathBuf>) + Send + 'static) -> Result<Self, WatchError> {
        let handler = move |result: DebounceEventResult| {
            let Ok(events) = result else { return };
            let real = events.into_iter().filter(|event| !matches!(event.kind, EventKind::Access(_)));
            let paths: Vec<PathBuf> = real.flat_map(|event| event.event.paths).collect();
            if !paths.is_empty() {
                changed(paths);
            }
        };
        Ok(Self { debouncer: new_debouncer(pause, None, handler)? })
    }

    /// Watches a folder and everything below it.
    pub fn add_tree(&mut self, folder: &Path) -> Result<(), WatchError> {
        Ok(self.debouncer.watch(folder, RecursiveMode::Recursive)?)
    }

    /// Watches the files of a folder, but not the folders in it.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), WatchError> {
        Ok(self.debouncer.watch(folder, RecursiveMode::NonRecursive)?)
    }
}
