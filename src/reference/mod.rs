//! Commands → references, and references + a world → outcomes.

mod argument;
pub mod kubectl;
mod problem;

pub use argument::{Argument, Unknown, expand};
pub use problem::Problem;
