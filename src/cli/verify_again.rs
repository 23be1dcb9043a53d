//! Verifies again and again while the pages are served, so that what they show is fresh.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use clap::{Args as _, FromArgMatches as _};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::shared;
use super::ui::Ui;
use super::verify::{self, VerifyArguments};
use crate::config::Settings;
use crate::model::ExitCode;
use crate::sys::{Cancel, Environment};

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

/// Verifications that go on in a thread of their own.
pub(super) struct Verifying {
    stop: Cancel,
    /// Whoever holds it keeps the thread waiting between two verifications.
    pause: mpsc::Sender<()>,
    over: oneshot::Receiver<()>,
}

impl Verifying {
    /// Ends the one in flight, with all processes it has started, and begins no more.
    pub(super) async fn end(self) {
        self.stop.cancel();
        drop(self.pause);
        // Whatever became of the thread, it is over.
        let _ = self.over.await;
    }
}

impl Again {
    /// Begins in a thread of its own. The results that are kept are seen by whoever watches their folder.
    pub(super) fn start(self) -> Verifying {
        let stop = Cancel::new();
        let wish = stop.clone();
        let (pause, paused) = mpsc::channel();
        let over = shared::thread_with_end(move || {
            while !wish.is_cancelled() {
                self.once(&wish);
                if paused.recv_timeout(self.every) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Verifying { stop, pause, over }
    }

    fn once(&self, stop: &Cancel) {
        let verify = |arguments| verify::until(&arguments, self.ui, &self.environment, Some(stop));
        let told = match self.arguments().map(verify) {
            Ok(Ok(ExitCode::Interrupted)) => return,
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

/// Finds out whether there are such targets, and any at all.
pub(super) fn check(targets: &str, settings: &Settings) -> Result<(), Failure> {
    let mut names = targets.split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
    if names.peek().is_none() {
        return Err(Failure::Usage("--verify names no target".to_owned()));
    }
    names.try_for_each(|name| Ok(settings.target(Some(name)).map(drop)?))
}

/// Reads how long to wait; less than a second is no pause.
pub(super) fn pause(written: &str) -> Result<Duration, String> {
    let length = written.parse::<jiff::SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
    let length = length.ok_or_else(|| format!("`{written}` is no duration; write 30s, 10m or 1h"))?;
    if length < Duration::from_secs(1) { Err("less than a second is no pause".to_owned()) } else { Ok(length) }
}
