//! How a run uses a recording: it makes one, or takes its answers from one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;

use super::{Answers, Look};

/// A recording in use.
#[derive(Debug, Clone)]
pub enum Tape {
    /// The world is asked, and its answers are kept.
    Record(Arc<Answers>),
    /// Nobody is asked: what was recorded answers.
    Replay(Arc<Answers>),
}

impl Tape {
    /// Returns whether nobody is asked.
    pub const fn is_replay(&self) -> bool {
        matches!(self, Self::Replay(_))
    }

    const fn answers(&self) -> &Arc<Answers> {
        let (Self::Record(answers) | Self::Replay(answers)) = self;
        answers
    }
}

/// The place of one step on a tape.
#[derive(Debug)]
pub struct StepTape<'a> {
    tape: &'a Tape,
    runbook: String,
    step: String,
    hash: String,
    next: AtomicUsize,
}

impl<'a> StepTape<'a> {
    /// Returns the place of a step whose answers depend on what `hash` is made of.
    pub fn new(tape: &'a Tape, runbook: &str, step: &str, hash: String) -> Self {
        Self { tape, runbook: runbook.to_owned(), step: step.to_owned(), hash, next: AtomicUsize::new(0) }
    }

    /// Returns whether nobody is asked.
    pub const fn is_replay(&self) -> bool {
        self.tape.is_replay()
    }

    /// Begins a try: of several tries at a step the last one is kept.
    pub fn begin(&self) {
        self.next.store(0, Ordering::Relaxed);
        if let Tape::Record(answers) = self.tape {
            answers.forget(&self.look(0));
        }
    }

    /// Keeps what the next look of this try brought, if it is to be kept.
    pub fn keep(&self, answer: Json) {
        if let Tape::Record(answers) = self.tape {
            answers.keep_look(self.look(self.next.fetch_add(1, Ordering::Relaxed)), answer);
        }
    }

    /// Returns what the next look of this try brought when it was recorded; `None` where that is not known.
    pub fn replay(&self) -> Option<Json> {
        self.tape.answers().of_look(&self.look(self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// Keeps what the gate saw of this try, if it is to be kept.
    pub fn keep_of_gate(&self, seen: Json) {
        if let Tape::Record(answers) = self.tape {
            answers.keep_look(Look { gate: true, ..self.look(0) }, seen);
        }
    }

    /// Returns what the gate saw of this try when it was recorded.
    pub fn replay_of_gate(&self) -> Option<Json> {
        self.tape.answers().of_look(&Look { gate: true, ..self.look(0) })
    }

    fn look(&self, part: usize) -> Look {
        Look { runbook: self.runbook.clone(), step: self.step.clone(), hash: self.hash.clone(), part, gate: false }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recorded(tries: &[&[i32]]) -> Arc<Answers> {
        let answers = Arc::new(Answers::default());
        let tape = Tape::Record(Arc::clone(&answers));
        let step = StepTape::new(&tape, "a", "one", "h".to_owned());
        for looks in tries {
            step.begin();
            looks.iter().for_each(|look| step.keep(json!(look)));
        }
        answers
    }

    fn replayed(answers: &Arc<Answers>, step: &str, hash: &str) -> Vec<Option<Json>> {
        let tape = Tape::Replay(Arc::clone(answers));
        let step = StepTape::new(&tape, "a", step, hash.to_owned());
        step.begin();
        vec![step.replay(), step.replay()]
    }

    #[test]
    fn the_last_try_counts_and_only_it() {
        let answers = recorded(&[&[1, 2], &[3]]);
        assert_eq!(replayed(&answers, "one", "h"), [Some(json!(3)), None]);
    }

    #[test]
    fn what_the_gate_saw_belongs_to_the_last_try() {
        let answers = Arc::new(Answers::default());
        let tape = Tape::Record(Arc::clone(&answers));
        let step = StepTape::new(&tape, "a", "one", "h".to_owned());
        step.begin();
        step.keep_of_gate(json!("denied"));
        let of_gate =
            || StepTape::new(&Tape::Replay(Arc::clone(&answers)), "a", "one", "h".to_owned()).replay_of_gate();
        assert_eq!(of_gate(), Some(json!("denied")));
        step.begin();
        assert_eq!(of_gate(), None);
    }

    #[test]
    fn a_step_that_does_the_same_is_answered_and_one_that_does_not_is_not() {
        let answers = recorded(&[&[1, 2]]);
        assert_eq!(replayed(&answers, "renamed", "h"), [Some(json!(1)), Some(json!(2))]);
        assert_eq!(replayed(&answers, "one", "other"), [None, None]);
    }
}
