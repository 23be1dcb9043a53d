//! A plan → events → results: sessions, runners, expectations and the journal.

pub mod attempt;
pub mod comparison;
pub mod event;
pub mod expression;
pub mod http_client;
pub mod journal;
pub mod objects;
pub mod redact;
pub mod session;
pub mod step;
pub mod when;

pub use attempt::{Attempt, Verdict};
pub use http_client::HttpClient;
pub use objects::{Answer, ObjectName, Objects};
pub use redact::Redactor;
pub use session::{Session, SessionError, SessionPlace};
pub use step::{Background, StepContext, StepEnd, run_step, start_background};
