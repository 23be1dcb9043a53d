//! Which outcomes make a run fail.

use super::{ExitCode, Tally};

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
    pub const fn exit_code(self, tally: &Tally, warned: usize) -> ExitCode {
        if tally.total() == 0 || self.errored && tally.errored > 0 {
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

    const NOTHING: FailOn = FailOn { failed: false, drifted: false, errored: false, warned: false };

    #[test]
    fn without_a_wish_it_is_as_ever() {
        for tally in [
            Tally::default(),
            Tally { passed: 1, ..Tally::default() },
            Tally { failed: 1, ..Tally::default() },
            Tally { drifted: 1, errored: 1, ..Tally::default() },
        ] {
            assert_eq!(FailOn::default().exit_code(&tally, 1), ExitCode::of(&tally));
        }
    }

    #[test]
    fn only_what_is_named_fails() {
        let tally = Tally { failed: 1, drifted: 1, errored: 1, ..Tally::default() };
        assert_eq!(FailOn { failed: true, ..NOTHING }.exit_code(&tally, 0), ExitCode::Found);
        assert_eq!(FailOn { errored: true, ..NOTHING }.exit_code(&tally, 0), ExitCode::Unable);
        assert_eq!(FailOn { drifted: true, ..NOTHING }.exit_code(&Tally { drifted: 0, ..tally }, 0), ExitCode::Passed);
        assert_eq!(FailOn { warned: true, ..NOTHING }.exit_code(&tally, 1), ExitCode::Found);
        assert_eq!(NOTHING.exit_code(&Tally::default(), 0), ExitCode::Unable, "nothing looked at is never green");
    }
}
