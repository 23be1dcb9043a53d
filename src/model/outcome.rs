//! What became of a step, and what that means for the exit code.

use serde::{Deserialize, Serialize};

/// What became of a step. The five are never blurred, because the reader's next move differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Looked, and it is as documented.
    Passed,
    /// Looked, and the world is wrong.
    Failed,
    /// The runbook is wrong: what it names is not there.
    Drifted,
    /// Could not look.
    Errored,
    /// Did not look; a reason is always given beside it.
    Skipped,
}

impl Outcome {
    /// Every outcome, in the order in which reports count them.
    pub const ALL: [Self; 5] = [Self::Passed, Self::Failed, Self::Drifted, Self::Errored, Self::Skipped];

    /// Returns the word that is printed, stored and reported.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Drifted => "drifted",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
        }
    }

    /// Returns the outcome of a whole from two of its parts: the graver one, `errored` gravest, because it hides the rest.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if self.gravity() >= other.gravity() { self } else { other }
    }

    const fn gravity(self) -> u8 {
        match self {
            Self::Skipped => 0,
            Self::Passed => 1,
            Self::Failed => 2,
            Self::Drifted => 3,
            Self::Errored => 4,
        }
    }
}

/// How many steps ended in each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Steps that passed.
    pub passed: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps and references that drifted.
    pub drifted: usize,
    /// Steps that could not look.
    pub errored: usize,
    /// Steps that were not tried.
    pub skipped: usize,
}

impl Tally {
    /// Counts one more.
    pub const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Drifted => self.drifted += 1,
            Outcome::Errored => self.errored += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }

    /// Returns the number that ended as `outcome`.
    pub const fn get(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Passed => self.passed,
            Outcome::Failed => self.failed,
            Outcome::Drifted => self.drifted,
            Outcome::Errored => self.errored,
            Outcome::Skipped => self.skipped,
        }
    }

    /// Returns the number of all.
    pub const fn total(&self) -> usize {
        self.passed + self.failed + self.drifted + self.errored + self.skipped
    }
}

/// What the process tells its caller. 2 outranks 1, and nothing selected is never green.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: all passed.
    Passed,
    /// 1: looked, and found something failed or drifted.
    Found,
    /// 2: could not do the job.
    Unable,
    /// 130: interrupted, as shells report SIGINT.
    Interrupted,
}

impl ExitCode {
    /// Returns the number the process exits with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Found => 1,
            Self::Unable => 2,
            Self::Interrupted => 130,
        }
    }

    /// Returns what a finished run exits with: 2 outranks 1, and a run that looked at nothing is not green.
    pub const fn of(tally: &Tally) -> Self {
        if tally.errored > 0 || tally.total() == 0 {
            Self::Unable
        } else if tally.failed > 0 || tally.drifted > 0 {
            Self::Found
        } else {
            Self::Passed
        }
    }
}
