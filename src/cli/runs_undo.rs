//! `runbooks runs undo`: takes back what a run did, later.

use std::time::Duration;

use clap::Args;

use super::exec::{self, ExecArguments, ExecFormat, InFlightArgument, RiskArgument};
use super::failure::Failure;
use super::shared::{self, ParamArguments, RootArguments, TargetArguments};
use super::ui::Ui;
use crate::model::ExitCode;
use crate::sys::Environment;

/// What `runs undo` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all was taken back · 1 an undo failed · 2 could not do the job · 130 interrupted\n\nExample: runbooks runs undo 20261121T120000Z-1a2b --yes --max-risk high"
)]
pub(super) struct UndoArguments {
    /// The run's id
    run: String,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    params: ParamArguments,
    /// Take back without asking: every undo up to --max-risk
    #[arg(long)]
    yes: bool,
    /// Highest risk that --yes covers [default: medium, or what the target allows]
    #[arg(long, value_enum, value_name = "RISK")]
    max_risk: Option<RiskArgument>,
    /// With --yes: what to do with an undo that was in flight, was interrupted or did not pass
    #[arg(long, value_enum, value_name = "WHAT")]
    in_flight: Option<InFlightArgument>,
    /// With --yes: go on although the text was changed since the run began
    #[arg(long)]
    accept_changes: bool,
    /// With --yes: the target's name, where the target is protected
    #[arg(long, value_name = "NAME")]
    confirm_target: Option<String>,
    /// Run a text that was changed and is not committed on a protected target; that is put on record
    #[arg(long)]
    force_uncommitted: bool,
    /// Take over the lock of a run of the same runbook that is not renewed any more
    #[arg(long)]
    take_over: bool,
    /// Tell every state as a plain line: no line that moves, for screen readers and dumb terminals
    #[arg(long, env = "RUNBOOKS_PLAIN", value_parser = clap::builder::FalseyValueParser::new())]
    plain: bool,
    /// How long a second person has to approve an undo of high risk, where the target wants two [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = shared::length)]
    approval_timeout: Option<Duration>,
}

/// Takes back what a run did.
pub(super) fn undo(
    arguments: &UndoArguments,
    root: &RootArguments,
    ui: Ui,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let arguments = ExecArguments {
        runbook: None,
        target: arguments.target.clone(),
        params: arguments.params.clone(),
        root: root.clone(),
        yes: arguments.yes,
        max_risk: arguments.max_risk,
        plan: false,
        verbose: false,
        plain: arguments.plain,
        dry_run: None,
        resume: Some(arguments.run.clone()),
        in_flight: arguments.in_flight,
        accept_changes: arguments.accept_changes,
        choose: Vec::new(),
        skip: Vec::new(),
        from: None,
        until: None,
        only: Vec::new(),
        assume_manual: false,
        despite_drift: false,
        confirm_target: arguments.confirm_target.clone(),
        force_uncommitted: arguments.force_uncommitted,
        take_over: arguments.take_over,
        approval_timeout: arguments.approval_timeout,
        format: ExecFormat::Human,
        undo: true,
    };
    exec::run(&arguments, ui, environment)
}
