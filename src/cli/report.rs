//! `runbooks report`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::failure::Failure;
use super::formats::ReportArguments;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::collection;
use crate::model::{ExitCode, RunResult};
use crate::report::{self, Detail, Sources};
use crate::run::evidence;
use crate::sys::{Environment, files};

/// Merge results, show them in another format, and describe the format
#[derive(Debug, Args)]
pub(super) struct ReportVerb {
    #[command(subcommand)]
    verb: ReportSubcommand,
}

#[derive(Debug, Subcommand)]
enum ReportSubcommand {
    Merge(MergeArguments),
    /// Print the JSON Schema of a format
    Schema {
        /// Which format
        #[arg(value_enum, default_value_t)]
        of: SchemaOf,
    },
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum SchemaOf {
    /// What `verify --format json` prints
    #[default]
    Result,
    /// What `lint --format json` prints
    Lint,
    /// A line of the journal of a run
    Journal,
    /// A message of a webhook
    Webhook,
}

/// Merge JSON results of one target, such as the shards of a run, into one report
///
/// Of a runbook that is in several files, the result that began last counts.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: as of `verify`, for the whole\n\nExample: runbooks report merge shard-*.json --report junit=report.xml"
)]
struct MergeArguments {
    /// Files that `verify --report json=FILE` has written; one is enough, to show it in another format
    #[arg(value_name = "FILE", required = true)]
    results: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArguments,
    /// Show only what is wrong
    #[arg(long, short)]
    quiet: bool,
    /// Keep the results under .runbooks/, where `build` finds them
    #[arg(long)]
    save: bool,
    #[command(flatten)]
    root: RootArguments,
}

/// Carries out `runbooks report`.
pub(super) fn run(arguments: &ReportVerb, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    match &arguments.verb {
        ReportSubcommand::Merge(arguments) => merge(arguments, ui, environment),
        ReportSubcommand::Schema { of } => {
            ui.data(match of {
                SchemaOf::Result => report::SCHEMA,
                SchemaOf::Lint => crate::lint::SCHEMA,
                SchemaOf::Journal => crate::run::journal::SCHEMA,
                SchemaOf::Webhook => crate::run::webhook::SCHEMA,
            });
            Ok(ExitCode::Passed)
        }
    }
}

fn merge(arguments: &MergeArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    arguments.reports.check(environment)?;
    let results = arguments.results.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let merged = report::merge(results)?;
    let settings = arguments.root.settings(ui, environment)?;
    // The texts may be elsewhere: on the machine that merges there need not be any.
    let sources = collection::load(&settings).map(|found| Sources::of(&found.runbooks)).unwrap_or_default();
    let detail = if arguments.quiet { Detail::Problems } else { Detail::Steps };
    arguments.reports.publish(&merged, detail, &sources, ui, environment)?;
    if arguments.save {
        let path = evidence::save(&settings.state_folder(), &merged)?;
        ui.say(&format!("kept in {}", path.display()));
    }
    Ok(if merged.interrupted { ExitCode::Interrupted } else { merged.exit_code() })
}

fn read(path: &Path) -> Result<RunResult, Failure> {
    let text = files::read_text(path)?;
    serde_json::from_str(&text)
        .map_err(|source| evidence::EvidenceError::Unreadable { path: path.to_owned(), source }.into())
}
