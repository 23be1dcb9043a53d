//! `runbooks serve`

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use clap::Args;

use super::build;
use super::failure::Failure;
use super::shared::{self, RootArguments};
use super::ui::Ui;
use crate::collection;
use crate::config::{self, Settings};
use crate::diagnostic::{Diagnostic, Level, render};
use crate::model::ExitCode;
use crate::serve::{self, Live};
use crate::sys::watch::Watcher;
use crate::sys::{Environment, opener};

/// How long nothing more must change before the site is made again.
const PAUSE: Duration = Duration::from_millis(40);

/// Show the site and make it again whenever a text is saved
#[derive(Debug, Args)]
#[command(after_help = "Nothing is written: the pages are served from memory.\n\nExample: runbooks serve --open")]
pub(super) struct ServeArguments {
    #[command(flatten)]
    root: RootArguments,
    /// Port; the first free one from 8080 on, if none is given
    #[arg(long, value_name = "N", env = "RUNBOOKS_PORT")]
    port: Option<u16>,
    /// Address to listen on; 127.0.0.1, if none is given
    #[arg(long, value_name = "ADDRESS", env = "RUNBOOKS_LISTEN")]
    listen: Option<IpAddr>,
    /// Open the site in a browser
    #[arg(long)]
    open: bool,
}

/// Carries out `runbooks serve`: until it is interrupted.
pub(super) fn run(arguments: &ServeArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let (files, problems) = pages(&settings, ui, environment);
    let live = Arc::new(Live::new(files, problems));
    let content = settings.content.clone();
    let (root, live_too) = (arguments.root.clone(), Arc::clone(&live));
    Rebuilding { root, settings, ui, environment: environment.clone(), live: live_too }.start()?;
    shared::runtime()?.block_on(async {
        let listener = serve::listen(arguments.listen, arguments.port).await.map_err(|error| cannot(&error))?;
        let url = format!("http://{}/", listener.local_addr().map_err(|error| cannot(&error))?);
        ui.say(&format!("serving {} at {url} (Ctrl-C stops)", content.display()));
        if arguments.open && !opener::open(&url, environment) {
            ui.say("no browser found; open the address by hand");
        }
        let stop = async {
            // Without a way to hear of an interruption, the process ends as any other does.
            let _ = tokio::signal::ctrl_c().await;
        };
        // Pages wait for changes for a while; an interruption does not wait for them.
        tokio::select! {
            served = serve::run(listener, Arc::clone(&live), std::future::pending()) => served.map_err(|error| cannot(&error)),
            () = stop => Ok(()),
        }
    })?;
    Ok(ExitCode::Passed)
}

/// Makes the pages and says what is wrong; what cannot be made at all is a problem to show, too.
fn pages(settings: &Settings, ui: Ui, environment: &Environment) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    match build::make(settings, environment) {
        Ok((output, diagnostics)) => {
            ui.diagnostics(&diagnostics, Level::Warning);
            (output.files, problems(&diagnostics))
        }
        Err(failure) => {
            ui.say(&format!("error: {failure}"));
            (BTreeMap::new(), vec![format!("error: {failure}")])
        }
    }
}

fn problems(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    errors.map(|diagnostic| render(diagnostic, false)).collect()
}

/// Makes the pages again whenever something they are made of changes.
struct Rebuilding {
    root: RootArguments,
    settings: Settings,
    ui: Ui,
    environment: Environment,
    live: Arc<Live>,
}

impl Rebuilding {
    /// Begins to watch, and goes on in a thread of its own as long as the process lives.
    fn start(mut self) -> Result<(), Failure> {
        let (sender, changes) = mpsc::channel();
        // The receiver lives as long as the process; without one, nobody is left to tell.
        let mut watcher = Watcher::new(PAUSE, move |paths| drop(sender.send(paths))).map_err(|error| cannot(&error))?;
        watcher.watch_only(&collection::folders(&self.settings)?).map_err(|error| cannot(&error))?;
        std::thread::spawn(move || {
            for paths in changes {
                if paths.iter().any(|path| collection::is_source(&self.settings, path)) {
                    self.rebuild(&mut watcher);
                }
            }
        });
        Ok(())
    }

    fn rebuild(&mut self, watcher: &mut Watcher) {
        let (files, problems) = match config::load(self.root.root.as_deref(), &self.environment) {
            Ok((settings, warnings)) => {
                self.ui.diagnostics(&warnings, Level::Hint);
                self.settings = settings;
                // First to watch, then to read: what changes in between is seen.
                let watched = self.watch(watcher);
                let (files, mut problems) = pages(&self.settings, self.ui, &self.environment);
                problems.extend(watched.err().map(|failure| self.told(&failure)));
                (files, problems)
            }
            Err(config::ConfigError::Invalid(diagnostic)) => {
                self.ui.diagnostics([&*diagnostic], Level::Hint);
                (BTreeMap::new(), vec![render(&diagnostic, false)])
            }
            Err(error) => (BTreeMap::new(), vec![self.told(&error)]),
        };
        self.live.replace(files, problems);
    }

    fn watch(&self, watcher: &mut Watcher) -> Result<(), Failure> {
        watcher.watch_only(&collection::folders(&self.settings)?).map_err(|error| cannot(&error))
    }

    fn told(&self, failure: &dyn std::fmt::Display) -> String {
        let text = format!("error: {failure}");
        self.ui.say(&text);
        text
    }
}

fn cannot(error: &dyn std::fmt::Display) -> Failure {
    Failure::Site(error.to_string())
}
