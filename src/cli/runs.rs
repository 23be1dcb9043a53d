//! `runbooks runs`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::failure::Failure;
use super::runs_approve::{ApproveArguments, approve};
use super::runs_clean::{CleanArguments, clean};
use super::runs_show::{besides_the_report, changed_objects};
use super::runs_undo::{UndoArguments, undo};
use super::shared::RootArguments;
use super::ui::Ui;
use crate::model::ExitCode;
use crate::report::{self, Collector, Detail};
use crate::run::archive::Archive;
use crate::run::event::Listener as _;
use crate::run::exec::Past;
use crate::run::kept::{self, Altered};
use crate::sys::{Clock, Environment, files};

/// Show, export, take back and remove the runs on record
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
        /// Show what the cluster's objects were before and are after each write
        #[arg(long)]
        diff: bool,
    },
    /// Write the timeline of a run: who did what and when, what came of it, what the cluster changed
    #[command(after_help = "Example: runbooks runs export 20261121T120000Z-1a2b --format markdown > timeline.md")]
    Export {
        /// The run's id
        run: String,
        /// The format
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
        /// Template of your own (Tera), in place of a format; its data is what `--format json` prints
        #[arg(long, value_name = "FILE", conflicts_with = "format")]
        template: Option<PathBuf>,
    },
    /// Take back what a run did, newest first, each confirmed
    Undo(Box<UndoArguments>),
    /// Answer a run that asks a second person: see what is asked, then approve or refuse it
    Approve(ApproveArguments),
    /// Remove old runs, and say which; a run that can be resumed stays
    #[command(after_help = "Example: runbooks runs clean --keep 20 --older-than 90d")]
    Clean(CleanArguments),
}

/// A format of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum ExportFormat {
    /// For the report of an incident
    #[default]
    Markdown,
    /// For programs; versioned
    Json,
    /// A page that needs nothing else
    Html,
}

/// Carries out `runbooks runs`.
pub(super) fn run(arguments: &RunsArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Undo(it) => return undo(it, &arguments.root, ui, environment),
        What::Approve(it) => return approve(it, &arguments.root, ui, environment),
        What::List | What::Show { .. } | What::Export { .. } | What::Clean(_) => {}
    }
    let settings = arguments.root.settings(ui, environment)?;
    let archive = Archive::new(&settings.state_folder());
    match &arguments.what {
        What::List => list(&archive, ui),
        What::Show { run, diff } => show(&archive, run, *diff, ui),
        What::Export { run, template: Some(template), .. } => fill_in(&archive, run, template, ui),
        What::Export { run, format, template: None } => export(&archive, run, *format, ui),
        What::Clean(it) => clean(it, &archive, Clock::from_environment(environment), ui),
        What::Undo(it) => undo(it, &arguments.root, ui, environment),
        What::Approve(it) => approve(it, &arguments.root, ui, environment),
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

fn show(archive: &Archive, run: &str, diff: bool, ui: Ui) -> Result<ExitCode, Failure> {
    let collector = Collector::default();
    let events = archive.read(run)?.events;
    for event in &events {
        // A collector takes everything.
        let _ = collector.hear(event);
    }
    ui.data(&report::text(&collector.result(), Detail::Steps));
    ui.data(&besides_the_report(&events, archive.is_dead(run)));
    let altered = kept::altered(&events, &archive.folder(run));
    for Altered { file, why } in &altered {
        ui.say(&format!("`{}` is not what the run kept: {why}", archive.folder(run).join(file).display()));
    }
    if diff {
        ui.data(&changed_objects(&events, &archive.folder(run), &altered)?);
    }
    Ok(if altered.is_empty() { ExitCode::Passed } else { ExitCode::Unable })
}

fn fill_in(archive: &Archive, run: &str, template: &Path, ui: Ui) -> Result<ExitCode, Failure> {
    let text = files::read_text(template)?;
    let timeline = timeline(archive, run)?;
    let name = template.file_name().unwrap_or_default().to_string_lossy();
    match report::timeline_by_template(&timeline, &name, &text) {
        Ok(text) => {
            ui.data(&text);
            Ok(ExitCode::Passed)
        }
        Err(why) => Err(Failure::Usage(format!("`{}` cannot be filled in: {why}", template.display()))),
    }
}

fn timeline(archive: &Archive, run: &str) -> Result<report::Timeline, Failure> {
    report::timeline(&archive.read(run)?.events).ok_or_else(|| Failure::Usage(format!("run `{run}` never began")))
}

fn export(archive: &Archive, run: &str, format: ExportFormat, ui: Ui) -> Result<ExitCode, Failure> {
    let timeline = timeline(archive, run)?;
    ui.data(&match format {
        ExportFormat::Markdown => report::timeline_markdown(&timeline),
        ExportFormat::Json => serde_json::to_string_pretty(&timeline)? + "\n",
        ExportFormat::Html => report::timeline_html(&timeline),
    });
    Ok(ExitCode::Passed)
}
