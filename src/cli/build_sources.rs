//! What a build is made of, before any of it is understood. Where that is as it was, so is the site.

use rayon::prelude::*;
use ring::digest::{Context, SHA256, digest};

use super::build::Around;
use crate::collection::Texts;
use crate::config::Settings;
use crate::model::hexadecimal;
use crate::sys::files::{self, FileError};

/// Returns a fingerprint of everything a site is made of: texts by what they say, files that are published as they are by
/// their length and the time of their last change, what was kept of runs, what git says, and the day.
pub(super) fn fingerprint(settings: &Settings, texts: &Texts, around: &Around) -> Result<String, FileError> {
    let mut hash = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        // Where one ends and the next begins counts.
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    // With the text of the configuration.
    part(format!("{settings:?}").as_bytes());
    part(format!("{:?} {}", around.changes, around.today).as_bytes());
    let hashes: Vec<_> = texts.runbooks.par_iter().map(|(_, text)| digest(&SHA256, text.as_bytes())).collect();
    for ((path, _), hash) in texts.runbooks.iter().zip(&hashes) {
        part(path.as_os_str().as_encoded_bytes());
        part(hash.as_ref());
    }
    for (name, source) in &texts.fragments {
        part(name.as_bytes());
        part(source.text().as_bytes());
    }
    for path in &texts.assets {
        part(path.as_os_str().as_encoded_bytes());
        part(format!("{:?}", files::stamp(&settings.content.join(path))).as_bytes());
    }
    for stray in &texts.strays {
        part(stray.title.as_bytes());
    }
    for (path, bytes) in &around.theme {
        part(path.as_bytes());
        part(bytes);
    }
    for kept in ["results", "history"] {
        let folder = settings.state_folder().join(kept);
        for path in if files::is_folder(&folder) { files::walk(&folder)? } else { Vec::new() } {
            part(path.as_os_str().as_encoded_bytes());
            part(&files::read(&path)?);
        }
    }
    Ok(hexadecimal(hash.finish().as_ref()))
}
