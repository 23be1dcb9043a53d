//! Tells when files change, a short while after the last of several changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
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
    watched: BTreeSet<PathBuf>,
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
        Ok(Self { debouncer: new_debouncer(pause, None, handler)?, watched: BTreeSet::new() })
    }

    /// Watches these folders, each without the folders in it, and no others any more.
    ///
    /// A folder that is gone by now is no error: whoever removed it has changed the one above it.
    pub fn watch_only(&mut self, folders: &[PathBuf]) -> Result<(), WatchError> {
        for gone in self.watched.iter().filter(|folder| !folders.contains(folder)) {
            // The watch of a folder that was removed went with it.
            let _ = self.debouncer.unwatch(gone);
        }
        self.watched.retain(|folder| folders.contains(folder));
        for folder in folders {
            // One that was removed and made again in the meantime is watched anew.
            match self.debouncer.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => _ = self.watched.insert(folder.clone()),
                Err(_) if !folder.is_dir() => _ = self.watched.remove(folder),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
