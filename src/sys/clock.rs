//! The wall clock.

use jiff::Timestamp;

use super::Environment;

/// Tells the time; a fixed one in tests and reproducible builds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    fixed: Option<Timestamp>,
}

impl Clock {
    /// Returns the clock of this process: fixed where `RUNBOOKS_NOW` holds an RFC 3339 time, else the system's.
    pub fn from_environment(environment: &Environment) -> Self {
        Self { fixed: environment.get("RUNBOOKS_NOW").and_then(|text| text.parse().ok()) }
    }

    /// Returns a clock that always tells `at`.
    pub const fn fixed(at: Timestamp) -> Self {
        Self { fixed: Some(at) }
    }

    /// Returns the time now.
    #[expect(clippy::disallowed_methods, reason = "this is the door to the clock")]
    pub fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }
}
