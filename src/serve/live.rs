//! The pages as they are now, and a way to wait for newer ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The pages of one build.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The files by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What is wrong with the texts, as it is drawn for a terminal, without colour.
    pub problems: Vec<String>,
    /// Counts builds.
    pub(super) version: u64,
}

/// Holds the pages of the latest build.
#[derive(Debug)]
pub struct Live {
    pages: watch::Sender<Arc<Pages>>,
}

impl Live {
    /// Begins with these files.
    pub fn new(files: BTreeMap<String, Vec<u8>>, problems: Vec<String>) -> Self {
        Self { pages: watch::Sender::new(Arc::new(Pages { files, problems, version: 1 })) }
    }

    /// Puts newer files in the place of the old; where a build has made none, the old ones stay and the problems show.
    pub fn replace(&self, files: BTreeMap<String, Vec<u8>>, problems: Vec<String>) {
        self.pages.send_modify(|pages| {
            let version = pages.version + 1;
            let files = if files.is_empty() { pages.files.clone() } else { files };
            *pages = Arc::new(Pages { files, problems, version });
        });
    }

    /// Returns the pages as they are.
    pub(super) fn now(&self) -> Arc<Pages> {
        Arc::clone(&self.pages.borrow())
    }

    /// Waits for pages newer than `version`, but not longer than `patience`, and returns what there is then.
    pub(super) async fn newer_than(&self, version: u64, patience: Duration) -> Arc<Pages> {
        let mut pages = self.pages.subscribe();
        let newer = pages.wait_for(|pages| pages.version > version);
        // Neither running out of patience nor the end of the server is an error: what there is now is the answer.
        let _ = tokio::time::timeout(patience, newer).await.map(|found| found.map(drop));
        self.now()
    }
}
