//! `runbooks serve`

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::build;
use super::failure::Failure;
use super::shared::{self, RootArguments};
use super::ui::Ui;
use crate::config::{self, Settings};
use crate::diagnostic::{Diagnostic, Level, render};
use crate::model::ExitCode;
use crate::serve::{self, Live};
use crate::sys::watch::Watcher;
use crate::sys::{Environment, files, opener};

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
    let watcher = watch(arguments, &settings, ui, environment, &live)?;
    shared::runtime()?.block_on(async {
        let site = |error: &dyn std::fmt::Display| Failure::Site(error.to_string());
        let listener = serve::listen(arguments.listen, arguments.port).await.map_err(|error| site(&error))?;
        let url = format!("http://{}/", listener.local_addr().map_err(|error| site(&error))?);
        ui.say(&format!("serving {} at {url} (Ctrl-C stops)", settings.content.display()));
        if arguments.open && !opener::open(&url, environment) {
            ui.say("no browser found; open the address by hand");
        }
        let stop = async {
            // Without a way to hear of an interruption, the process ends as any other does.
            let _ = tokio::signal::ctrl_c().await;
        };
        // Pages wait for changes for a while; an interruption does not wait for them.
        tokio::select! {
            served = serve::run(listener, Arc::clone(&live), std::future::pending()) => served.map_err(|error| site(&error)),
            () = stop => Ok(()),
        }
    })?;
    drop(watcher);
    Ok(ExitCode::Passed)
}

/// Makes the pages and says what is wrong; what cannot be made at all is a problem to show, too.
fn pages(
    settings: &Settings,
    ui: Ui,
    environment: &Environment,
) -> (std::collections::BTreeMap<String, Vec<u8>>, Vec<String>) {
    match build::make(settings, environment) {
        Ok((output, diagnostics)) => {
            ui.diagnostics(&diagnostics, Level::Warning);
            (output.files, problems(&diagnostics))
        }
        Err(failure) => {
            ui.say(&format!("error: {failure}"));
            (std::collections::BTreeMap::new(), vec![format!("error: {failure}")])
        }
    }
}

fn problems(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    errors.map(|diagnostic| render(diagnostic, false)).collect()
}

/// Makes the pages again whenever something they are made of changes.
fn watch(
    arguments: &ServeArguments,
    settings: &Settings,
    ui: Ui,
    environment: &Environment,
    live: &Arc<Live>,
) -> Result<Watcher, Failure> {
    let live = Arc::clone(live);
    let (root, environment) = (arguments.root.clone(), environment.clone());
    let ignored = [settings.root.join("site"), settings.root.join("target"), settings.root.join(".git")];
    let state = settings.state_folder();
    let matters = move |path: &PathBuf| {
        let result = path.starts_with(state.join("results"));
        !ignored.iter().any(|folder| path.starts_with(folder)) && (result || !path.starts_with(&state))
    };
    let changed = move |paths: Vec<PathBuf>| {
        if !paths.iter().any(&matters) {
            return;
        }
        let (files, problems) = match config::load(root.root.as_deref(), &environment) {
            Ok((settings, _)) => pages(&settings, ui, &environment),
            Err(config::ConfigError::Invalid(diagnostic)) => {
                (std::collections::BTreeMap::new(), vec![render(&diagnostic, false)])
            }
            Err(error) => (std::collections::BTreeMap::new(), vec![format!("error: {error}")]),
        };
        live.replace(files, problems);
    };
    let site = |error: crate::sys::watch::WatchError| Failure::Site(error.to_string());
    let mut watcher = Watcher::new(PAUSE, changed).map_err(site)?;
    watcher.add_folder(&settings.root).map_err(site)?;
    for folder in folders(settings) {
        watcher.add_tree(&folder).map_err(site)?;
    }
    Ok(watcher)
}

/// Returns the folders that pages are made of. The root itself is watched for its configuration alone, so that nobody
/// looks through what is built or installed there.
fn folders(settings: &Settings) -> Vec<PathBuf> {
    let root: &Path = &settings.root;
    let results = settings.state_folder().join("results");
    let mut folders = vec![settings.content.clone(), settings.fragments_folder(), root.join("themes"), results];
    folders.retain(|path| files::is_folder(path));
    folders
}
