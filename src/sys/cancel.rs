//! A wish to stop, heard by everything that waits.

use std::sync::Arc;

use tokio::sync::watch;

/// Says that a person wants to stop (Ctrl-C). Clones hear the same wish.
#[derive(Debug, Clone)]
pub struct Cancel {
    sender: Arc<watch::Sender<bool>>,
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Cancel {
    /// Returns a wish that nobody has uttered yet.
    pub fn new() -> Self {
        Self { sender: Arc::new(watch::Sender::new(false)) }
    }

    /// Utters it.
    pub fn cancel(&self) {
        self.sender.send_replace(true);
    }

    /// Forgets it: what comes now (taking back what was done) can be stopped by a new one only.
    pub fn forget(&self) {
        self.sender.send_replace(false);
    }

    /// Returns whether it was uttered.
    pub fn is_cancelled(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits until it is uttered; returns at once where it was.
    pub async fn cancelled(&self) {
        let mut receiver = self.sender.subscribe();
        // An error means that the sender is gone, which `self` rules out.
        let _ = receiver.wait_for(|cancelled| *cancelled).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Cancel;

    #[tokio::test]
    async fn a_clone_hears_the_wish() {
        let cancel = Cancel::new();
        let clone = cancel.clone();
        assert!(!clone.is_cancelled());
        cancel.cancel();
        clone.cancelled().await;
        assert!(clone.is_cancelled());
    }
}
