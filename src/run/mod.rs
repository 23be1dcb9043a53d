//! A plan → events → results: sessions, runners, expectations and the journal.

pub mod archive;
pub mod attempt;
pub mod cluster_objects;
pub mod comparison;
mod denial;
pub mod event;
pub mod evidence;
pub mod exec;
mod fill;
mod finding;
pub mod history;
pub mod http_client;
pub mod journal;
pub mod kept;
mod named_files;
pub mod needs;
mod nowhere;
pub mod objects;
mod recorded;
pub mod redact;
pub mod references;
mod runner;
pub mod session;
pub mod stage;
pub mod step;
pub mod trend;
pub mod verify;
pub mod webhook;
pub mod when;
pub mod writes;

pub use attempt::{Attempt, Verdict};
pub use http_client::HttpClient;
pub use objects::{Answer, ObjectName, Objects};
pub use redact::Redactor;
pub use session::{Session, SessionError, SessionPlace};
pub use step::{Background, StepContext, StepEnd, run_step, start_background};
