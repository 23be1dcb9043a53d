//! kubectl, and `oc` as far as it is kubectl, as a grammar.
//!
//! The table says which verbs and flags there are, [`parse`] takes a command apart as kubectl's own flag parser
//! does, and the rest knows which arguments of which verb name something that must exist. A command is never run.

mod change;
mod create;
mod everywhere;
mod flags;
mod forms;
mod invocation;
mod mentions;
mod oc;
mod parts;
mod pods;
mod resources;
mod rights;
mod table;
mod verb;

pub use invocation::{FlagUse, Invocation, Parsed, Program, Setting, VerbWord, parse};
pub use mentions::{Surroundings, mentions};
pub(super) use rights::sending;
pub use table::{End, Flag, FlagKind, Lifetime, Release, Table, Verb, table};
