//! Finds the folder of a collection.

use std::path::{Path, PathBuf};

use super::ConfigError;
use crate::sys::{Environment, files};

/// The name of the configuration file.
pub const FILE_NAME: &str = "runbooks.toml";

/// Returns the folder given, else the nearest one upward that holds a configuration, else the working directory.
pub(super) fn find(given: Option<&Path>, environment: &Environment) -> Result<PathBuf, ConfigError> {
    let here = environment.directory();
    let Some(given) = given else {
        let nearest = here.ancestors().find(|folder| files::exists(&folder.join(FILE_NAME)));
        return Ok(nearest.unwrap_or(here).to_owned());
    };
    let root = here.join(given);
    if files::is_folder(&root) { Ok(root) } else { Err(ConfigError::NoRoot(given.to_owned())) }
}
