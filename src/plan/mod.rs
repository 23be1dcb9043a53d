//! Runbook, selection, params and target → what will be done. Nothing runs here.

mod order;
mod part;
mod selection;
mod shard;
mod values;

pub use order::{Entry, forward, is_answered, may_run, verifies};
pub use part::{Part, PartError};
pub use selection::{Selection, SelectionError, is_allowed, is_for_target};
pub use shard::Shard;
pub use values::{
    Given, ValueProblem, bound, expand, follow, is_used, knows, meant, resolve, speaks_of, taken, unfilled, why_unfit,
};
