//! Commands → references, and references + a world → outcomes.

mod argument;
#[cfg(test)]
mod cases;
mod extract;
pub mod kubectl;
mod made;
mod manifest;
mod problem;
mod resolve;
mod scope;
mod selector;
mod subject;

pub use argument::{Argument, Unknown, expand};
pub use extract::{Extracted, is_command, references};
pub use made::Made;
pub use manifest::{made_by_object, of_object};
pub use problem::Problem;
pub use resolve::{Resolution, resolve, resolve_all};
pub use scope::Scope;
pub use subject::{Entry, Holder, Making, Matching, Namespace, ObjectName, Presence, Reference, Subject};
