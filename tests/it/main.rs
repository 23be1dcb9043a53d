//! The one integration binary: runs the real program on texts, on a real cluster and beside real services.
//!
//! Unit tests sit in the modules of `src`; here stands only what needs the whole program.

#![expect(clippy::disallowed_methods, reason = "the harness is the tests' door to files and processes")]

mod build;
mod carried_out;
mod cases;
mod choosing;
mod cluster;
mod dependencies;
mod drift;
mod execution;
mod flags;
mod gate;
mod harness;
mod house;
mod incremental;
mod killed;
mod layers;
mod locks;
mod looking;
mod novacron;
mod process;
mod prompting;
mod protection;
mod recording;
mod reports;
mod resuming;
mod rules;
mod runs;
mod schema;
mod seeds;
mod services;
mod serving;
mod snapshot;
mod spec;
mod system;
mod systems;
mod whose_rights;
mod writes;
