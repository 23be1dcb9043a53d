//! What is asked of the files of a collection, without saying how.

use super::argument::Unknown;
use super::made::Made;
use super::problem::Problem;
use super::subject::{Making, NamedFile, Reference, Sent};

/// Where the files that commands name may be.
pub trait Shelf: Sync {
    /// Looks a file up; `made` is what the document itself leaves behind.
    fn look(&self, reference: &Reference, file: &NamedFile, made: &Made) -> OnShelf;
}

/// What became of a file.
#[derive(Debug)]
pub enum OnShelf {
    /// Nobody looked.
    Unlooked,
    /// It is there.
    There(Described),
    /// It is not, and this is wrong.
    Missing(Box<Problem>),
    /// Nobody can tell.
    Unknown(Unknown),
}

/// What the manifests in a file make and name.
#[derive(Debug, Default)]
pub struct Described {
    /// What exists once they are applied.
    pub makings: Vec<Making>,
    /// What must exist already.
    pub references: Vec<Reference>,
    /// The objects that are sent to the server.
    pub sent: Vec<Sent>,
    /// What is wrong with them as texts.
    pub problems: Vec<Problem>,
    /// Why not all of it is known, if it is not.
    pub unknown: Option<Unknown>,
}

/// A shelf that nobody looks at.
#[derive(Debug, Clone, Copy)]
pub struct NoShelf;

impl Shelf for NoShelf {
    fn look(&self, _: &Reference, _: &NamedFile, _: &Made) -> OnShelf {
        OnShelf::Unlooked
    }
}
