//! The one integration binary: runs the real program on texts, on a real cluster and beside real services.
//!
//! Unit tests sit in the modules of `src`; here stands only what needs the whole program.

#![expect(clippy::disallowed_methods, reason = "the harness is the tests' door to files and processes")]

mod approvals;
mod bounds;
mod build;
mod carried_out;
mod carried_over;
mod cases;
mod choosing;
mod cluster;
mod database;
mod dependencies;
mod documents;
mod drift;
mod execution;
mod flags;
mod found;
mod front_ends;
mod gate;
mod gates_between_steps;
mod guide;
mod harness;
mod house;
mod incidents;
mod incremental;
mod interrupts;
mod killed;
mod killed_on_a_cluster;
mod layers;
mod leaks;
mod locks;
mod looking;
mod novacron;
mod outside;
mod planted;
mod pool;
mod procedures;
mod process;
mod prompting;
mod protection;
mod published;
mod recording;
mod reports;
mod resuming;
mod rights;
mod rules;
mod runs;
mod schema;
mod screens;
mod seeds;
mod services;
mod serving;
mod snapshot;
mod spec;
mod state;
mod system;
mod systems;
mod terminal;
mod troubled;
mod ways_in;
mod webhooks;
mod whose_rights;
mod writes;
