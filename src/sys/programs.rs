//! Programs on the `PATH`, and what version they say they are.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use regex::Regex;

use super::Environment;

/// A program that does not tell its version in this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the executable file that a command of this name would run.
pub fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(environment.directory().join(name)).filter(|path| is_executable(path));
    }
    let folders = environment.get("PATH")?;
    std::env::split_paths(folders).map(|folder| folder.join(name)).find(|path| is_executable(path))
}

/// Returns the names of the files in the folders of the `PATH`, whatever of them can be read.
pub fn names(environment: &Environment) -> Vec<String> {
    let folders = environment.get("PATH").unwrap_or_default();
    let entries = std::env::split_paths(folders).filter_map(|folder| folder.read_dir().ok()).flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// Returns the version that a program prints, such as `1.32.4`; `None` where it prints none.
pub async fn version(program: &Path, name: &str, environment: &Environment) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the door to processes")]
    let mut command = tokio::process::Command::new(program);
    command.args(version_arguments(name)).current_dir(environment.directory());
    command.env_clear().envs(environment.variables()).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    first_version(&text)
}

/// Returns whether `version` comes before `minimum`, number by number.
pub fn is_older(version: &str, minimum: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.trim_start_matches('v').split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(minimum)
}

fn version_arguments(name: &str) -> &'static [&'static str] {
    match name {
        "kubectl" | "oc" => &["version", "--client"],
        "helm" => &["version", "--short"],
        "go" => &["version"],
        _ => &["--version"],
    }
}

fn first_version(text: &str) -> Option<String> {
    let pattern = Regex::new(r"\d+(?:\.\d+)+").ok()?;
    Some(pattern.find(text)?.as_str().to_owned())
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(is_older("1.9.3", "1.28"));
        assert!(!is_older("v1.32.4", "1.28"));
        assert!(!is_older("1.28.0", "1.28"));
    }

    #[test]
    fn the_first_version_in_a_text_is_taken() {
        assert_eq!(first_version("psql (PostgreSQL) 15.18 (Debian 15.18-0)").as_deref(), Some("15.18"));
        assert_eq!(first_version("no version here"), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        let environment = Environment::of([("PATH".to_owned(), "/bin:/usr/bin".to_owned())], "/");
        assert!(find("sh", &environment).is_some());
        assert!(find("no-such-program", &environment).is_none());
    }
}
