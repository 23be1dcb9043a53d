//! Answers that are remembered for a run: a question asked a thousand times, also at once, is sent once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::model::Unavailable;

/// How long a failure to get an answer is remembered, so that all who ask at once learn of it at once.
const FAILURE: Duration = Duration::from_secs(2);

/// Remembers the answers to questions of one kind.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    known: Mutex<Known<T>>,
    failure: Duration,
}

#[derive(Debug)]
struct Known<T> {
    /// The number of writes under which these were learned.
    writes: u64,
    answers: HashMap<String, Arc<OnceCell<Remembered<T>>>>,
}

#[derive(Debug)]
struct Remembered<T> {
    answer: Result<T, Unavailable>,
    at: Instant,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { known: Mutex::new(Known { writes: 0, answers: HashMap::new() }), failure: FAILURE }
    }
}

impl<T: Clone> Memory<T> {
    /// Returns the answer to `question`, asking only if nobody has since write number `writes`.
    ///
    /// Whoever asks while another is asking waits for that answer. If the other is cancelled, one of those who wait asks.
    pub(crate) async fn recall<F>(&self, question: &str, writes: u64, ask: impl FnOnce() -> F) -> Result<T, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        let cell = self.cell(question, writes);
        let learn = async || Remembered { answer: ask().await, at: Instant::now() };
        cell.get_or_init(learn).await.answer.clone()
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).answers.clear();
    }

    fn cell(&self, question: &str, writes: u64) -> Arc<OnceCell<Remembered<T>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.writes != writes {
            known.answers.clear();
            known.writes = writes;
        }
        match known.answers.get(question) {
            Some(cell) if !cell.get().is_some_and(|remembered| remembered.is_stale(self.failure)) => Arc::clone(cell),
            _ => {
                let cell = Arc::new(OnceCell::new());
                known.answers.insert(question.to_owned(), Arc::clone(&cell));
                cell
            }
        }
    }
}

impl<T> Remembered<T> {
    /// An answer holds for the run, and so does being forbidden to look; other failures may pass.
    fn is_stale(&self, failure: Duration) -> bool {
        match &self.answer {
            Ok(_) | Err(Unavailable::Forbidden(_) | Unavailable::NoCluster(_) | Unavailable::NotRecorded(_)) => false,
            Err(Unavailable::Unreachable(_) | Unavailable::Unexpected(_)) => self.at.elapsed() >= failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_question_asked_by_many_is_sent_once_until_something_is_written() {
        let (memory, asked) = (Memory::<usize>::default(), AtomicUsize::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok(asked.fetch_add(1, Ordering::Relaxed))
        };
        let (one, other) = tokio::join!(memory.recall("q", 0, ask), memory.recall("q", 0, ask));
        assert_eq!((one, other), (Ok(0), Ok(0)));
        assert_eq!(memory.recall("other", 0, ask).await, Ok(1));
        assert_eq!(memory.recall("q", 1, ask).await, Ok(2));
        assert_eq!(memory.recall("q", 1, ask).await, Ok(2));
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_ask_at_once_and_then_forgotten() {
        let (memory, asked) = (Memory::<usize>::default(), AtomicUsize::new(0));
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            Err(Unavailable::Unreachable("x".to_owned()))
        };
        assert!(memory.recall("q", 0, ask).await.is_err());
        assert!(memory.recall("q", 0, ask).await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let forgetful = Memory { failure: Duration::ZERO, ..memory };
        assert!(forgetful.recall("q", 0, ask).await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
