//! `runbooks lint`

use clap::Args;

use super::failure::Failure;
use super::links;
use super::obstacles;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::collection;
use crate::diagnostic::Level;
use crate::lint;
use crate::model::{ExitCode, Target};
use crate::plan::Selection;
use crate::sys::Environment;

/// Find what is wrong in the texts, without a cluster
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no errors · 1 errors found · 2 could not do the job")]
pub(super) struct LintArguments {
    /// Runbooks by id, glob or file; all, if none is given
    #[arg(value_name = "RUNBOOK")]
    runbooks: Vec<String>,
    /// Show errors only
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    root: RootArguments,
}

/// Carries out `runbooks lint`.
pub(super) fn run(arguments: &LintArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let collection = collection::load(&settings)?;
    let selection = Selection::new(&arguments.runbooks, &[], &obstacles::content_prefix(&settings))?;
    let links = links::follow(&settings, &collection);
    // What stands in no runbook is told where all are looked at.
    let everything = arguments.runbooks.is_empty();
    let selected = selection.of(&collection.runbooks, &Target::default())?;
    let mut found: Vec<_> = collection
        .diagnostics
        .iter()
        .chain(&links.problems)
        .filter(|diagnostic| {
            everything || selected.iter().any(|runbook| runbook.source.path() == diagnostic.source.path())
        })
        .cloned()
        .chain(selected.iter().flat_map(|runbook| lint::steps(runbook)))
        .collect();
    found.sort_by_key(|diagnostic| (diagnostic.source.path().to_owned(), diagnostic.primary.span.start));
    ui.diagnostics(&found, if arguments.quiet { Level::Error } else { Level::Hint });
    let count = |level| found.iter().filter(|diagnostic| diagnostic.level == level).count();
    let (errors, warnings, hints) = (count(Level::Error), count(Level::Warning), count(Level::Hint));
    ui.say(&format!("{} runbooks: {errors} errors, {warnings} warnings, {hints} hints", selected.len()));
    Ok(if errors > 0 { ExitCode::Found } else { ExitCode::Passed })
}
