//! The objects that a run kept beside its journal: the journal holds their hashes, so one that was changed is found out.

use std::path::Path;

use super::event::Event;
use crate::model::fingerprint;
use crate::sys::files;

/// A kept object that is not as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// The file, in the run's folder.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

/// Returns the kept objects of a run that are not as they were kept, in order.
pub fn altered(events: &[Event], folder: &Path) -> Vec<Altered> {
    events.iter().filter_map(|event| altered_by(event, folder)).collect()
}

fn altered_by(event: &Event, folder: &Path) -> Option<Altered> {
    let (Event::ClusterWriteBegun { kept: Some(file), kept_hash, .. }
    | Event::ClusterWrite { kept: Some(file), kept_hash, .. }) = event
    else {
        return None;
    };
    let why = match (files::read(&folder.join(file)), kept_hash) {
        (Err(error), _) => error.to_string(),
        (Ok(_), None) => "the journal does not say what it was".to_owned(),
        (Ok(bytes), Some(hash)) if fingerprint(&bytes) == *hash => return None,
        (Ok(_), Some(_)) => "it was changed since".to_owned(),
    };
    Some(Altered { file: file.clone(), why })
}
