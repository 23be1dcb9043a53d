//! The only door to files, processes, the clock, the environment and the terminal.
//!
//! Everything else takes what it needs as a value, so that tests can hand it another world.

pub mod files;
pub mod git;
pub mod opener;
pub mod process;
pub mod programs;
pub mod terminal;
pub mod tree;
pub mod watch;

mod append;
mod board;
mod cancel;
mod clock;
mod confinement;
mod edition;
mod environment;
mod mailbox;
mod operator;
mod random;

pub use append::{AppendError, Appender};
pub use board::{Board, Note, own_user};
pub use cancel::Cancel;
pub use clock::Clock;
pub use confinement::{Confinement, Exposed};
pub use edition::edition;
pub use environment::Environment;
pub use mailbox::Mailbox;
pub use operator::operator;
pub use random::random_hex;
