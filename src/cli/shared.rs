//! Arguments that several verbs take, and what they lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::ui::Ui;
use crate::cluster::{Gate, Learner};
use crate::config::{self, ParamsFile, Settings};
use crate::diagnostic::Level;
use crate::model::{Runbook, Source, Target, length_of_time};
use crate::plan::Given;
use crate::run::Redactor;
use crate::run::redact::Public;
use crate::sys::terminal::Console;
use crate::sys::{Cancel, Clock, Confinement, Environment, files, process, random_hex};

/// Where the collection is.
#[derive(Debug, Clone, Args)]
pub(super) struct RootArguments {
    /// Folder of the collection; without it, the nearest one upward that holds a runbooks.toml, or this one
    #[arg(long, value_name = "DIR", env = "RUNBOOKS_ROOT")]
    pub root: Option<PathBuf>,
}

impl RootArguments {
    /// Returns what a command needs to find the collection again: ` --root DIR`, or nothing.
    pub(super) fn as_typed(&self) -> String {
        self.root.as_ref().map(|root| format!(" --root {}", root.display())).unwrap_or_default()
    }

    /// Reads the settings, and warns of keys that are not known.
    pub(super) fn settings(&self, ui: Ui, environment: &Environment) -> Result<Settings, Failure> {
        match config::load(self.root.as_deref(), environment) {
            Ok((settings, diagnostics)) => {
                ui.diagnostics(&diagnostics, Level::Hint);
                Ok(settings)
            }
            Err(config::ConfigError::Invalid(diagnostic)) => {
                ui.diagnostics([&*diagnostic], Level::Hint);
                Err(Failure::Text)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads a length of time.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    length_of_time(text).ok_or_else(|| "expected a length of time such as 90d, 12h or 5m".to_owned())
}

/// Where a runbook is pointed.
#[derive(Debug, Clone, Args)]
pub(super) struct TargetArguments {
    /// Target of runbooks.toml
    #[arg(long, value_name = "NAME", env = "RUNBOOKS_TARGET")]
    pub target: Option<String>,
    /// Kubeconfig context, in place of the target's
    #[arg(long, value_name = "NAME", env = "RUNBOOKS_CONTEXT")]
    pub context: Option<String>,
    /// Default namespace, in place of the target's
    #[arg(long, value_name = "NAME", env = "RUNBOOKS_NAMESPACE")]
    pub namespace: Option<String>,
    /// Base URL of Prometheus, in place of the target's
    #[arg(long, value_name = "URL", env = "RUNBOOKS_PROMETHEUS")]
    pub prometheus: Option<String>,
}

impl TargetArguments {
    /// Returns the targets of `--target A,B`, each once, in this order.
    pub(super) fn targets(&self, settings: &Settings) -> Result<Vec<Target>, Failure> {
        let Some(written) = self.target.as_ref().filter(|written| written.contains(',')) else {
            return Ok(vec![self.target(settings)?]);
        };
        if self.context.is_some() || self.prometheus.is_some() {
            let message = "--context and --prometheus stand for those of one target; give one";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut targets: Vec<Target> = Vec::new();
        for name in written.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !targets.iter().any(|target| target.name == name) {
                let one = Self { target: Some(name.to_owned()), ..self.clone() };
                targets.push(one.target(settings)?);
            }
        }
        if targets.is_empty() { Err(Failure::Usage("--target names no target".to_owned())) } else { Ok(targets) }
    }

    /// Returns the target, with what was typed in place of what is configured.
    pub(super) fn target(&self, settings: &Settings) -> Result<Target, Failure> {
        let mut target = settings.target(self.target.as_deref())?;
        let over = |given: &Option<String>, kept: &mut Option<String>| {
            if given.is_some() {
                kept.clone_from(given);
            }
        };
        over(&self.context, &mut target.context);
        over(&self.namespace, &mut target.namespace);
        over(&self.prometheus, &mut target.prometheus);
        Ok(target)
    }
}

/// Values for params.
#[derive(Debug, Clone, Args)]
pub(super) struct ParamArguments {
    /// Value of a param; repeatable. Secrets do not belong here: give them by environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub param: Vec<(String, String)>,
    /// File of values, a TOML table of NAME = value
    #[arg(long, value_name = "FILE")]
    pub params_file: Option<PathBuf>,
}

impl ParamArguments {
    /// Reads the file of values, if there is one.
    pub(super) fn file(&self) -> Result<Option<ParamsFile>, Failure> {
        let Some(path) = &self.params_file else { return Ok(None) };
        Ok(Some(ParamsFile::read(Source::new(path, files::read_text(path)?))?))
    }

    /// Returns what is given for params, by flag, file and environment.
    pub(super) fn given(&self, file: Option<&ParamsFile>, environment: &Environment) -> Given {
        Given {
            flags: self.param.iter().cloned().collect(),
            file: file.map(ParamsFile::values).unwrap_or_default(),
            environment: environment.variables().clone(),
            prompted: BTreeMap::new(),
            earlier: BTreeMap::new(),
        }
    }
}

/// Reads `NAME=VALUE`.
pub(super) fn pair(written: &str) -> Result<(String, String), String> {
    match written.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Returns what the gate tells the values of Secrets that are read through it: they are kept out of every sink.
pub(super) fn learner(redactor: &Redactor) -> Learner {
    let redactor = redactor.clone();
    Learner::new(move |secret| redactor.learn_of_cluster(&secret.key, &secret.text))
}

/// Returns what everybody can read of runbooks and settings.
pub(super) fn public<'a>(runbooks: impl IntoIterator<Item = &'a Runbook>, settings: &Settings) -> Public {
    let texts = runbooks.into_iter().flat_map(|runbook| {
        let steps = runbook.steps.iter().map(|step| step.source.clone());
        [runbook.source.clone()].into_iter().chain(steps)
    });
    Public::of(texts.chain(settings.file.clone()))
}

/// Returns a name for a run: when it began, to the second, and two random bytes.
pub(super) fn run_id(clock: Clock) -> String {
    format!("{}-{}", clock.now().strftime("%Y%m%dT%H%M%SZ"), random_hex(2))
}

/// Makes the first Ctrl-C a wish to stop; a second one ends the process at once. To be ended (SIGTERM, as CI does when a
/// job is cancelled) and to lose the terminal (SIGHUP) are the same wish.
pub(super) fn listen_for_interrupt(cancel: Cancel) -> impl Future<Output = ()> {
    let signals = Signals::listen();
    async move {
        signals.twice(cancel, &Console::default()).await;
        #[expect(clippy::exit, reason = "the second Ctrl-C is a person who does not want to wait for an orderly end")]
        std::process::exit(i32::from(crate::model::ExitCode::Interrupted.code()))
    }
}

/// What Ctrl-C and its like send.
pub(super) struct Signals([Option<Signal>; 3]);

impl Signals {
    /// Listens from now on: what comes before somebody waits for it is not lost, as long as this stands before any question.
    pub(super) fn listen() -> Self {
        Self(signals())
    }

    /// Makes the first Ctrl-C a wish to stop, and returns at the second one, while the first still stands. At a terminal
    /// that is lent to a step, Ctrl-C is the step's.
    pub(super) async fn twice(self, cancel: Cancel, console: &Console) {
        let Self([mut interrupt, mut terminate, mut hangup]) = self;
        loop {
            tokio::select! {
                () = next(interrupt.as_mut()) => if console.is_lent() { continue },
                () = next(terminate.as_mut()) => {}
                () = next(hangup.as_mut()) => {}
            }
            if cancel.is_cancelled() {
                return;
            }
            cancel.cancel();
        }
    }
}

/// Begins to listen to what ends a program: Ctrl-C, SIGTERM and SIGHUP, unless it was started to outlive its terminal. From
/// now on none of them ends it by itself.
fn signals() -> [Option<Signal>; 3] {
    let listen = |kind| tokio::signal::unix::signal(kind).ok();
    let hangup = (!process::ignores_hangup()).then(|| listen(SignalKind::hangup())).flatten();
    [listen(SignalKind::interrupt()), listen(SignalKind::terminate()), hangup]
}

/// Waits until somebody wants this program to end, in whichever way.
pub(super) async fn ended() {
    let [mut interrupt, mut terminate, mut hangup] = signals();
    tokio::select! {
        () = next(interrupt.as_mut()) => {}
        () = next(terminate.as_mut()) => {}
        () = next(hangup.as_mut()) => {}
    }
}

/// Waits for a signal; for ever where the system does not let us.
async fn next(signal: Option<&mut Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Starts what waits on processes, the cluster and HTTP.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)
}

/// Starts a thread; what is returned is done when the thread is over, also by a panic.
pub(super) fn thread_with_end(work: impl FnOnce() + Send + 'static) -> oneshot::Receiver<()> {
    let (running, over) = oneshot::channel();
    std::thread::spawn(move || {
        let _running = running;
        work();
    });
    over
}

/// Returns what checks cannot read: the kubeconfig and the keys it names, since the gate's is theirs.
pub(super) fn confinement(gate: Option<&Gate>, root: &Path, environment: &Environment) -> Confinement {
    let credentials = gate.map(Gate::credentials).unwrap_or_default();
    let temporary = environment.get("TMPDIR").map(Path::new);
    let busy: Vec<&Path> = [Some(root), temporary].into_iter().flatten().collect();
    Confinement::hiding(credentials, &busy)
}

/// Says what cannot be kept from checks here.
pub(super) fn say_exposed(confinement: &Confinement, ui: Ui) {
    for exposed in confinement.exposed() {
        let path = exposed.path.display();
        ui.say(&format!("note: a check could read `{path}` and pass the gate by: {}", exposed.reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(pair("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
    }

    #[test]
    fn a_name_alone_is_refused() {
        assert!(pair("A").is_err());
        assert!(pair("=b").is_err());
    }

    #[tokio::test]
    async fn the_end_of_a_thread_is_heard_also_of_one_that_panics() {
        assert!(thread_with_end(|| panic!("as a mistake of ours would")).await.is_err());
        assert!(thread_with_end(|| ()).await.is_err());
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let mut over = thread_with_end(move || _ = wait.recv());
        assert!(matches!(over.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
        drop(go);
        assert!(over.await.is_err());
    }
}
