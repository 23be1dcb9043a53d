//! Tells when files change, a short while after the last of several changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// After this many changes in a row they are told all the same.
const MOST: usize = 1_000;

/// Why changes cannot be seen.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch for changes: {0}")]
pub struct WatchError(#[from] notify::Error);

/// Watches as long as it lives.
#[derive(Debug)]
pub struct Watcher {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Watches nothing yet; `changed` is told of what changed once nothing more has changed for `pause`.
    ///
    /// Nothing wakes up while nothing changes.
    pub fn new(pause: Duration, mut changed: impl FnMut(Vec<PathBuf>) + Send + 'static) -> Result<Self, WatchError> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: Result<Event, notify::Error>| {
            let real = event.ok().filter(|event| !matches!(event.kind, EventKind::Access(_)));
            if let Some(event) = real {
                // The receiver ends with the process.
                let _ = sender.send(event.paths);
            }
        })?;
        std::thread::spawn(move || {
            while let Ok(first) = events.recv() {
                changed(first.into_iter().chain(following(&events, pause)).collect());
            }
        });
        Ok(Self { watcher, watched: BTreeSet::new() })
    }

    /// Watches these folders, each without the folders in it, and no others any more.
    ///
    /// A folder that is gone by now is no error: whoever removed it has changed the one above it.
    pub fn watch_only(&mut self, folders: &[PathBuf]) -> Result<(), WatchError> {
        for gone in self.watched.iter().filter(|folder| !folders.contains(folder)) {
            // The watch of a folder that was removed went with it.
            let _ = self.watcher.unwatch(gone);
        }
        self.watched.retain(|folder| folders.contains(folder));
        for folder in folders {
            // One that was removed and made again in the meantime is watched anew.
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => _ = self.watched.insert(folder.clone()),
                Err(_) if !folder.is_dir() => _ = self.watched.remove(folder),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Returns what changes until nothing has changed for a while.
fn following(events: &Receiver<Vec<PathBuf>>, pause: Duration) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for _ in 0..MOST {
        match events.recv_timeout(pause) {
            Ok(more) => paths.extend(more),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    paths
}
