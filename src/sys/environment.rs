//! The environment a process was started in, read once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Environment variables and the working directory, as they were when the process began.
///
/// Variables that are not UTF-8 are left out: nothing we look for can be.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    directory: PathBuf,
}

impl Environment {
    /// Reads the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the door to the environment")]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")) }
    }

    /// Makes an environment of these variables, for tests.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>, directory: impl Into<PathBuf>) -> Self {
        Self { variables: variables.into_iter().collect(), directory: directory.into() }
    }

    /// Returns a variable; an empty one counts as set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Returns the same environment without some variables: what we start need not know them.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Self {
        let kept = self.variables.iter().filter(|(name, _)| !names.contains(name));
        let variables = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { variables, directory: self.directory.clone() }
    }

    /// Returns all variables.
    pub const fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns the working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}
