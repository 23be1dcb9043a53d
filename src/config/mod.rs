//! `runbooks.toml`, flags and environment → settings.
//!
//! No file is needed: every setting has a default. A key we do not know is a warning with its line, because a typing
//! error in a policy must not pass unseen.

mod file;
mod keys;
mod root;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{LookUp, Source, Target, Webhook};
use crate::sys::Environment;
use crate::sys::files::{self, FileError};

pub use keys::{KEYS, Key};
pub use root::FILE_NAME;
pub use values::{ParamsFile, ParamsFileError};

/// Everything that can be set, with defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the collection; paths in reports are relative to it.
    pub root: PathBuf,
    /// The folder of the runbooks: `content/` where there is one, else the root itself.
    pub content: PathBuf,
    /// The configuration file, where there is one.
    pub file: Option<Arc<Source>>,
    /// `[site]`.
    pub site: SiteSettings,
    /// `[verify]`.
    pub verify: VerifySettings,
    /// `[lint]`.
    pub lint: LintSettings,
    /// `[target.NAME]`, as they stand in the file: the first is the one that pages show first.
    pub targets: Vec<Target>,
    /// `[[webhook]]`.
    pub webhooks: Vec<Webhook>,
}

/// `[site]`: what the pages show around the runbooks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct SiteSettings {
    /// The name in the header.
    pub title: String,
    /// A sentence under it.
    pub description: Option<String>,
    /// Where the site is published, absolute; needed only for what must be absolute: sitemap and feeds.
    pub url: Option<String>,
    /// The theme: a folder under `themes/`, or the one in the binary.
    pub theme: String,
    /// Whether raw HTML in the texts is shown as it is, scripts and styles included.
    pub unsafe_html: bool,
    /// Where a file of the content can be edited; the file's path is appended.
    pub repository: Option<String>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            title: "Runbooks".to_owned(),
            description: None,
            url: None,
            theme: "default".to_owned(),
            unsafe_html: false,
            repository: None,
        }
    }
}

/// `[verify]`: how `verify` works, and how long its evidence counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifySettings {
    /// How many runbooks are verified at a time.
    pub jobs: usize,
    /// How old evidence may be before the site calls it stale.
    pub stale_after: Duration,
    /// How long one check is waited for at most, whatever its text allows.
    pub max_wait: Duration,
    /// What is looked up besides the cluster and the files.
    pub look_up: Vec<LookUp>,
}

impl Default for VerifySettings {
    fn default() -> Self {
        Self {
            jobs: 8,
            stale_after: Duration::from_hours(7 * 24),
            max_wait: Duration::from_mins(5),
            look_up: Vec::new(),
        }
    }
}

/// `[lint]`: what `lint` holds back.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(default)]
pub struct LintSettings {
    /// File of findings that are known, relative to the root; `lint --write-baseline` makes it.
    pub baseline: Option<PathBuf>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder given with `--root` is not there.
    #[error("no folder `{}`", .0.display())]
    NoRoot(PathBuf),
    /// The configuration file cannot be understood; the diagnostic tells where.
    #[error("{}", .0.title)]
    Invalid(Box<Diagnostic>),
}

/// Reads the settings of the collection at `root`, or of the one around the working directory.
///
/// With `root` given, only that folder is looked at; without, `runbooks.toml` is searched upward.
pub fn load(root: Option<&Path>, environment: &Environment) -> Result<(Settings, Vec<Diagnostic>), ConfigError> {
    let root = root::find(root, environment)?;
    let path = root.join(FILE_NAME);
    let content = Some(root.join("content")).filter(|folder| files::is_folder(folder)).unwrap_or_else(|| root.clone());
    let Some(text) = files::read_text_if_exists(&path)? else {
        let settings = Settings {
            root,
            content,
            file: None,
            site: SiteSettings::default(),
            verify: VerifySettings::default(),
            lint: LintSettings::default(),
            targets: Vec::new(),
            webhooks: Vec::new(),
        };
        return Ok((settings, Vec::new()));
    };
    let source = Arc::new(Source::new(FILE_NAME, text));
    let (tables, diagnostics) = file::parse(&source).map_err(ConfigError::Invalid)?;
    let settings = Settings {
        root,
        content,
        file: Some(source),
        site: tables.site,
        verify: tables.verify,
        lint: tables.lint,
        targets: tables.targets,
        webhooks: tables.webhooks,
    };
    Ok((settings, diagnostics))
}

/// Why a target cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no target of that name.
    #[error("no target `{name}` in {FILE_NAME}{}", hint(.suggestion.as_deref(), known))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The name that was probably meant.
        suggestion: Option<String>,
        /// The names there are.
        known: Vec<String>,
    },
    /// Several targets are configured and none was chosen.
    #[error("which target? {FILE_NAME} has {}; choose one with `--target NAME`", .0.join(", "))]
    Ambiguous(Vec<String>),
}

fn hint(suggestion: Option<&str>, known: &[String]) -> String {
    match suggestion {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => "; it configures none".to_owned(),
        None => format!("; it has {}", known.join(", ")),
    }
}

impl Settings {
    /// Returns whether the root itself is the content, because it has no folder `content/`.
    pub fn is_whole_root(&self) -> bool {
        self.content == self.root
    }

    /// Returns the folder of results, runs and caches.
    pub fn state_folder(&self) -> PathBuf {
        self.root.join(".runbooks")
    }

    /// Returns the folder of shared steps.
    pub fn fragments_folder(&self) -> PathBuf {
        self.root.join("checks")
    }

    /// Returns the configured target of that name.
    pub fn configured(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// Returns the target of that name; without a name the only one there is, or a plain `default` where there is none.
    pub fn target(&self, name: Option<&str>) -> Result<Target, TargetError> {
        let names = || self.targets.iter().map(|target| target.name.as_str());
        let known = || names().map(str::to_owned).collect::<Vec<_>>();
        match name {
            Some(name) => self.configured(name).cloned().ok_or_else(|| TargetError::Unknown {
                name: name.to_owned(),
                suggestion: did_you_mean(name, names()).map(str::to_owned),
                known: known(),
            }),
            None if self.targets.len() > 1 => Err(TargetError::Ambiguous(known())),
            None => Ok(self
                .targets
                .first()
                .cloned()
                .unwrap_or_else(|| Target { name: "default".to_owned(), ..Target::default() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(targets: &[&str]) -> Settings {
        let target = |name: &&str| Target { name: (*name).to_owned(), ..Target::default() };
        Settings {
            root: PathBuf::new(),
            content: PathBuf::new(),
            file: None,
            site: SiteSettings::default(),
            verify: VerifySettings::default(),
            lint: LintSettings::default(),
            targets: targets.iter().map(target).collect(),
            webhooks: Vec::new(),
        }
    }

    #[test]
    fn without_targets_there_is_a_default_one() {
        assert_eq!(settings(&[]).target(None).unwrap().name, "default");
    }

    #[test]
    fn the_only_target_needs_no_naming() {
        assert_eq!(settings(&["novacron"]).target(None).unwrap().name, "novacron");
    }

    #[test]
    fn one_of_several_targets_must_be_chosen() {
        assert!(matches!(settings(&["a", "b"]).target(None), Err(TargetError::Ambiguous(_))));
    }

    #[test]
    fn a_mistyped_target_is_suggested() {
        let error = settings(&["novacron", "noa"]).target(Some("novacorn")).unwrap_err();
        assert_eq!(error.to_string(), "no target `novacorn` in runbooks.toml; did you mean `novacron`?");
    }
}
