//! The gate: the one door to a cluster, and what we ask through it.
//!
//! Every request passes the same layers in the same order, whichever of the two front doors it came through: the
//! loopback `proxy_server` that child processes are pointed at, or the in-process [`Cluster`].
//!
//! 1. `policy`: may this door do that? 2. `audit`: what was refused, what was written. 3. `recorded`: keeps what we asked
//!    ourselves, or answers from what was kept. 4. `retry`: once more, for what passes. 5. `upstream`: TLS and
//!    authentication to the API server. `pass` is where they are stacked.
//!
//! Not done here: deciding what a documented command means (`reference`), or what an outcome is (`run`).

mod answer;
mod apply;
mod audit;
mod client;
mod discovery;
mod door;
#[cfg(test)]
mod fake_server;
mod gate;
mod inner_command;
mod inner_query;
mod json_text;
mod kubeconfig;
mod lease;
mod lease_notes;
mod looked_at;
mod memory;
mod pass;
mod plugin;
mod policy;
mod pretence;
mod protobuf;
mod proxy_choice;
mod proxy_server;
mod recorded;
mod rehearse;
mod request;
mod retry;
mod secrets;
mod status;
mod stored_object;
mod tunnel;
mod upstream;
mod warning;
mod witness;

pub(crate) use apply::FIELD_MANAGER;
pub use apply::{Applied, ApplyError};
pub use audit::{Refusal, Troubles, Write};
pub use client::{Allowed, Cluster};
pub use door::Door;
pub use gate::{Gate, GateError, GateOptions, Learner};
pub use lease::{Holder, LeaseError, LeaseHold, LeaseKey, LeaseRequest};
pub use lease_notes::LeaseNotes;
pub use policy::Policy;
pub use request::Subject;
pub use secrets::SecretValue;
pub use witness::{Seen, Witness};
