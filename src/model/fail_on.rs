//! Which outcomes make a run fail.

use super::{ExitCode, RunResult};

/// Which outcomes make a run fail. What is let through is reported all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn {
    /// A step that failed.
    pub failed: bool,
    /// A step or a reference that drifted.
    pub drifted: bool,
    /// A step or a reference that could not be looked at.
    pub errored: bool,
    /// A check that failed and only warns.
    pub warned: bool,
}

impl Default for FailOn {
    fn default() -> Self {
        Self { failed: true, drifted: true, errored: true, warned: false }
    }
}

impl FailOn {
    /// Returns what a finished run exits with, of whose steps `warned` only warned. A run that looked at nothing is not
    /// green, whatever is let through.
    pub fn exit_code(self, result: &RunResult, warned: usize) -> ExitCode {
        let tally = &result.tally;
        let looked = tally.total() > 0 || result.resolved() > 0;
        if !looked || self.errored && tally.errored > 0 {
            ExitCode::Unable
        } else if self.failed && tally.failed > 0 || self.drifted && tally.drifted > 0 || self.warned && warned > 0 {
            ExitCode::Found
        } else {
            ExitCode::Passed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tally, result::tests::run};

    const NOTHING: FailOn = FailOn { failed: false, drifted: false, errored: false, warned: false };

    #[test]
    fn without_a_wish_it_is_as_ever() {
        for tally in [
            Tally::default(),
            Tally { passed: 1, ..Tally::default() },
            Tally { failed: 1, ..Tally::default() },
            Tally { drifted: 1, errored: 1, ..Tally::default() },
        ] {
            for resolved in [0, 3] {
                let result = run(tally, resolved);
                assert_eq!(FailOn::default().exit_code(&result, 1), result.exit_code());
            }
        }
    }

    #[test]
    fn only_what_is_named_fails() {
        let tally = Tally { failed: 1, drifted: 1, errored: 1, ..Tally::default() };
        let all = run(tally, 0);
        assert_eq!(FailOn { failed: true, ..NOTHING }.exit_code(&all, 0), ExitCode::Found);
        assert_eq!(FailOn { errored: true, ..NOTHING }.exit_code(&all, 0), ExitCode::Unable);
        let none_drifted = run(Tally { drifted: 0, ..tally }, 0);
        assert_eq!(FailOn { drifted: true, ..NOTHING }.exit_code(&none_drifted, 0), ExitCode::Passed);
        assert_eq!(FailOn { warned: true, ..NOTHING }.exit_code(&all, 1), ExitCode::Found);
    }

    #[test]
    fn nothing_looked_at_is_never_green_and_names_that_are_there_were_looked_at() {
        assert_eq!(NOTHING.exit_code(&run(Tally::default(), 0), 0), ExitCode::Unable);
        assert_eq!(NOTHING.exit_code(&run(Tally::default(), 1), 0), ExitCode::Passed);
    }
}
