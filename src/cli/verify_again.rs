//! Verifies again and again while the pages are served, so that what they show is fresh.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as _, FromArgMatches as _};

use super::failure::Failure;
use super::ui::Ui;
use super::verify::{self, VerifyArguments};
use crate::config::Settings;
use crate::model::ExitCode;
use crate::sys::Environment;

/// What is verified, and how often.
pub(super) struct Again {
    /// As `verify --target` takes them.
    pub(super) targets: String,
    /// How long after one verification the next begins.
    pub(super) every: Duration,
    /// As `--root` was given.
    pub(super) root: Option<PathBuf>,
    pub(super) ui: Ui,
    pub(super) environment: Environment,
}

impl Again {
    /// Begins in a thread of its own, which lives as long as the process. The results that are kept are seen by whoever
    /// watches their folder.
    pub(super) fn start(self) {
        std::thread::spawn(move || {
            loop {
                self.once();
                std::thread::park_timeout(self.every);
            }
        });
    }

    fn once(&self) {
        let told = match self.arguments().map(|arguments| verify::run(&arguments, self.ui, &self.environment)) {
            Ok(Ok(code)) => told(code).to_owned(),
            Ok(Err(failure)) => format!("could not verify: {failure}"),
            Err(error) => format!("could not verify: {error}"),
        };
        self.ui.say(&format!("{}: {told}; again in {}", self.targets, shown(self.every)));
    }

    /// Returns what would be typed to verify once.
    fn arguments(&self) -> Result<VerifyArguments, clap::Error> {
        let mut words: Vec<std::ffi::OsString> = vec!["verify".into(), "--save".into(), "--quiet".into()];
        words.extend(["--target".into(), self.targets.clone().into()]);
        words.extend(self.root.iter().flat_map(|root| ["--root".into(), root.clone().into_os_string()]));
        let command = VerifyArguments::augment_args(clap::Command::new("verify"));
        VerifyArguments::from_arg_matches(&command.try_get_matches_from(words)?)
    }
}

const fn told(code: ExitCode) -> &'static str {
    match code {
        ExitCode::Passed => "all passed",
        ExitCode::Found => "something is not as it should be",
        ExitCode::Unable => "not all could be looked at",
        ExitCode::Interrupted => "interrupted",
    }
}

fn shown(every: Duration) -> String {
    jiff::SignedDuration::try_from(every).map_or_else(|_| format!("{every:?}"), |every| format!("{every:#}"))
}

/// Finds out whether there are such targets.
pub(super) fn check(targets: &str, settings: &Settings) -> Result<(), Failure> {
    for name in targets.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        settings.target(Some(name))?;
    }
    Ok(())
}

/// Reads how long to wait; less than a second is no pause.
pub(super) fn pause(written: &str) -> Result<Duration, String> {
    let length = written.parse::<jiff::SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
    let length = length.ok_or_else(|| format!("`{written}` is no duration; write 30s, 10m or 1h"))?;
    if length < Duration::from_secs(1) { Err("less than a second is no pause".to_owned()) } else { Ok(length) }
}
