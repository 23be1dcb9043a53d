//! `runbooks list`

use clap::Args;

use super::failure::Failure;
use super::obstacles;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::collection;
use crate::model::{ExitCode, Target};
use crate::plan::Selection;
use crate::sys::Environment;

/// List the runbooks
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Runbooks by id or glob; all, if none is given
    #[arg(value_name = "RUNBOOK")]
    runbooks: Vec<String>,
    /// Only runbooks with this tag; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    #[command(flatten)]
    root: RootArguments,
}

/// Carries out `runbooks list`.
pub(super) fn run(arguments: &ListArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let collection = collection::load(&settings)?;
    let selection = Selection::new(&arguments.runbooks, &arguments.tag, &obstacles::content_prefix(&settings))?;
    for runbook in selection.of(&collection.runbooks, &Target::default())? {
        let checks = runbook.steps.iter().filter(|step| step.as_check().is_some()).count();
        let actions = runbook.steps.len() - checks;
        ui.data(&format!("{}  {checks} checks, {actions} actions  {}\n", runbook.id, runbook.metadata.title));
    }
    Ok(ExitCode::Passed)
}
