//! Commands → references, and references + a world → outcomes.
//!
//! [`references`] finds what the kubectl commands of a shell text name and what they make; [`resolve`] asks a
//! [`World`](crate::model::World) for it, in the order of the text, and tells what is not there, what may have been
//! meant, and what could not be looked at. Blocks of one document share a [`Scope`] (what is set) and a [`Made`] (what
//! is made). [`kubectl`] is the grammar. Nothing is run and nothing is guessed: what cannot be known is
//! [`Unknown`], with the reason. Files are asked of a [`Shelf`]; programs,
//! hosts and URLs are only named ([`Outward`]), for whoever may look there.

mod argument;
mod block;
#[cfg(test)]
mod cases;
mod extract;
mod helm;
pub mod kubectl;
mod made;
mod manifest;
mod outward;
mod problem;
mod programs;
mod question;
mod resolve;
mod scope;
mod selector;
mod shelf;
mod subject;
mod targets;

pub use argument::{Argument, Unknown, expand};
pub use block::is_shell_without_role;
pub use extract::{Extracted, is_command, references};
pub use made::Made;
pub use manifest::{made_by_manifest, made_by_object, of_object, once_served, sent};
pub use outward::{Outside, Outward};
pub use problem::Problem;
pub use question::Question;
pub use resolve::{Resolution, removed, resolve, resolve_all, send_all};
pub use scope::Scope;
pub use shelf::{Described, NoShelf, OnShelf, Shelf};
pub use subject::{
    Ability, Access, Change, Entry, FileUse, Holder, Making, Matching, NamedFile, Namespace, Need, ObjectName,
    Presence, Reference, Sending, Sent, Subject,
};
