//! Events and results → text, JSON and `JUnit`.
//!
//! Every format is made from the one [`RunResult`](crate::model::RunResult), which is folded from the events. Nothing
//! here prints or writes a file.

mod collect;
mod duration;
mod json;
mod junit;
mod text;

#[cfg(test)]
mod example;

pub use collect::Collector;
pub use duration::duration;
pub use json::json;
pub use junit::{JunitError, junit};
pub use text::{Detail, text};
