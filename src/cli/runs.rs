//! `runbooks runs`

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::runs_show::besides_the_report;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::model::ExitCode;
use crate::report::{self, Collector, Detail};
use crate::run::archive::Archive;
use crate::run::event::Listener as _;
use crate::run::exec::Past;
use crate::sys::Environment;

/// Show the runs on record
#[derive(Debug, Args)]
pub(super) struct RunsArguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    root: RootArguments,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the runs, newest first
    List,
    /// Show what a run did
    Show {
        /// The run's id
        run: String,
    },
}

/// Carries out `runbooks runs`.
pub(super) fn run(arguments: &RunsArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let archive = Archive::new(&settings.state_folder());
    match &arguments.what {
        What::List => list(&archive, ui),
        What::Show { run } => show(&archive, run, ui),
    }
}

fn list(archive: &Archive, ui: Ui) -> Result<ExitCode, Failure> {
    for run in archive.list()? {
        let line = match archive.read(&run) {
            Ok(record) => {
                let past = Past::of(&record.events);
                let state = if past.finished { "finished" } else { "unfinished" };
                let runbook = past.runbook.map_or_else(|| "-".to_owned(), |id| id.to_string());
                format!("{run}  {state:<10}  {runbook}  {}\n", past.target)
            }
            Err(error) => format!("{run}  unreadable  {error}\n"),
        };
        ui.data(&line);
    }
    Ok(ExitCode::Passed)
}

fn show(archive: &Archive, run: &str, ui: Ui) -> Result<ExitCode, Failure> {
    let collector = Collector::default();
    let events = archive.read(run)?.events;
    for event in &events {
        // A collector takes everything.
        let _ = collector.hear(event);
    }
    ui.data(&report::text(&collector.result(), Detail::Steps));
    ui.data(&besides_the_report(&events));
    Ok(ExitCode::Passed)
}
