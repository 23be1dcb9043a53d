//! `runbooks exec`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exec_progress::ExecProgress;
use super::failure::Failure;
use super::operator::{Nobody, Person};
use super::plan_text::plan_text;
use super::shared::{self, ParamArguments, RootArguments, TargetArguments};
use super::ui::{self, Ui};
use super::{obstacles, streams};
use crate::cluster::{Gate, GateOptions, Policy};
use crate::collection;
use crate::config::Settings;
use crate::diagnostic::did_you_mean;
use crate::model::{ExitCode, Outcome, Risk, RunResult, Runbook, RunbookId, Step, StepId, Target, Values};
use crate::plan::{self, Given};
use crate::report::{self, Collector, Detail};
use crate::run::archive::Archive;
use crate::run::event::{Event, Listener, Listeners};
use crate::run::exec::{Conduct, Ending, InFlight, Operator, Past, execute, unmet};
use crate::run::journal::Journal;
use crate::run::stage::{Stage, StageError, Surroundings};
use crate::run::{HttpClient, Redactor, references};
use crate::sys::{Cancel, Clock, Environment, terminal};

/// Carry out a runbook, step by step, journaled and resumable
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all passed · 1 a step failed or the text has drifted · 2 could not do the job · 130 interrupted\n\nExample: runbooks exec incident/db-pool --target novacron --yes --max-risk high"
)]
pub(super) struct ExecArguments {
    /// Runbook by id or file; with --resume it may be left out
    #[arg(value_name = "RUNBOOK", required_unless_present = "resume")]
    runbook: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    params: ParamArguments,
    #[command(flatten)]
    root: RootArguments,
    /// Run without asking: every action up to --max-risk, and the undo of a failure
    #[arg(long)]
    yes: bool,
    /// Highest risk that --yes covers [default: medium, or what the target allows]
    #[arg(long, value_enum, value_name = "RISK")]
    max_risk: Option<RiskArgument>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    plan: bool,
    /// Send every write to the API server as a dry run
    #[arg(long, value_enum, value_name = "WHERE")]
    dry_run: Option<DryRun>,
    /// Go on with a run that died: the one named, or the newest unfinished
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
    resume: Option<String>,
    /// With --yes and --resume: what became of the action that was in flight
    #[arg(long, value_enum, value_name = "WHAT")]
    in_flight: Option<InFlightArgument>,
    /// Alternative to take of a group; repeatable
    #[arg(long, value_name = "GROUP=STEP", value_parser = shared::pair)]
    choose: Vec<(String, String)>,
    /// Go on although the text names things that are not there
    #[arg(long)]
    despite_drift: bool,
    /// Format of the report on standard output
    #[arg(long, value_enum, default_value_t)]
    format: ExecFormat,
}

/// How risky.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RiskArgument {
    /// Nothing a user would notice
    Low,
    /// Something a user might notice
    Medium,
    /// An outage or lost data, if it goes wrong
    High,
}

/// Where a dry run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DryRun {
    /// At the API server, with its validation and admission
    Server,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InFlightArgument {
    /// Run it again
    Again,
    /// It was done
    Done,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum ExecFormat {
    /// For a terminal
    #[default]
    Human,
    /// The result object, versioned
    Json,
}

/// What is known before anything runs.
struct Prepared {
    runbook: Runbook,
    target: Target,
    values: Values,
    past: Past,
    earlier: Vec<Event>,
    run: String,
}

/// Carries out `runbooks exec`.
pub(super) fn run(arguments: &ExecArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    if !arguments.yes && !arguments.plan && !ui::is_interactive() {
        let message =
            "no terminal to ask at; give --yes to run without asking (with --max-risk), or --plan to look only";
        return Err(Failure::Usage(message.to_owned()));
    }
    let settings = arguments.root.settings(ui, environment)?;
    let clock = Clock::from_environment(environment);
    let prepared = prepare(arguments, &settings, ui, environment, clock)?;
    allow(arguments, &prepared)?;
    shared::runtime()?.block_on(carry_out(arguments, &settings, &prepared, ui, environment, clock))
}

fn prepare(
    arguments: &ExecArguments,
    settings: &Settings,
    ui: Ui,
    environment: &Environment,
    clock: Clock,
) -> Result<Prepared, Failure> {
    let archive = Archive::new(&settings.state_folder());
    let (run, earlier) = match &arguments.resume {
        None => (shared::run_id(clock), Vec::new()),
        Some(name) => resumed(&archive, name, arguments.runbook.as_deref())?,
    };
    let past = Past::of(&earlier);
    if past.finished {
        return Err(Failure::Usage(format!("run `{run}` came to its end; there is nothing to resume")));
    }
    let mut target_arguments = arguments.target.clone();
    if target_arguments.target.is_none() && settings.targets.contains_key(&past.target) {
        target_arguments.target = Some(past.target.clone());
    }
    let target = target_arguments.target(settings)?;
    let id = match (&arguments.runbook, &past.runbook) {
        (Some(written), _) => id_of(written, settings),
        (None, Some(id)) => id.clone(),
        (None, None) => return Err(Failure::Usage(format!("run `{run}` never began; start it anew"))),
    };
    let (runbook, diagnostics) = find(&id, settings, &target)?;
    let mut given = arguments.params.given(environment)?;
    given.prompted.extend(past.values.clone());
    if !arguments.yes && !arguments.plan {
        prompt_missing(ui, &runbook, &target, &mut given);
    }
    let (values, obstacles) = obstacles::of(ui, &runbook, &diagnostics, &target, &given);
    if !obstacles.is_empty() {
        return Err(Failure::Text);
    }
    check_choices(&arguments.choose, &runbook)?;
    Ok(Prepared { runbook, target, values, past, earlier, run })
}

/// Refuses a choice that the text does not offer: taking another alternative instead would be a guess.
fn check_choices(choices: &[(String, String)], runbook: &Runbook) -> Result<(), Failure> {
    let group_of = |step: &Step| step.as_action().and_then(|action| action.choose.clone());
    for (group, id) in choices {
        let steps = runbook.steps.iter().filter(|step| group_of(step).as_ref() == Some(group));
        let offered: Vec<_> = steps.map(|step| step.id.as_str()).collect();
        if offered.is_empty() {
            let groups: Vec<_> = runbook.steps.iter().filter_map(group_of).collect();
            let hint = suggested(group, groups.iter().map(String::as_str));
            return Err(Failure::Usage(format!("`{}` offers no choice called `{group}`{hint}", runbook.id)));
        }
        if !offered.contains(&id.as_str()) {
            let hint = suggested(id, offered.iter().copied());
            let offered = offered.join(", ");
            return Err(Failure::Usage(format!("`{group}` offers {offered}, and not `{id}`{hint}")));
        }
    }
    Ok(())
}

fn suggested<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    did_you_mean(written, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

fn resumed(archive: &Archive, name: &str, runbook: Option<&str>) -> Result<(String, Vec<Event>), Failure> {
    let run = if name.is_empty() { archive.unfinished(runbook)? } else { name.to_owned() };
    let events = archive.read(&run)?.events;
    Ok((run, events))
}

fn id_of(written: &str, settings: &Settings) -> RunbookId {
    let prefix = obstacles::content_prefix(settings);
    let selection = plan::Selection::new(&[written.to_owned()], &[], &prefix);
    selection.ok().and_then(|selection| selection.single()).unwrap_or_else(|| RunbookId(written.to_owned()))
}

/// Reads the one runbook; the whole collection only to tell what was probably meant.
fn find(
    id: &RunbookId,
    settings: &Settings,
    target: &Target,
) -> Result<(Runbook, Vec<crate::diagnostic::Diagnostic>), Failure> {
    if let Some(found) = collection::load_one(settings, id)? {
        return Ok(found);
    }
    let all = collection::load(settings)?;
    let selection = plan::Selection::new(&[id.to_string()], &[], "")?;
    selection.of(&all.runbooks, target)?;
    Err(Failure::Usage(format!("`{id}` is a pattern; exec takes one runbook")))
}

/// Asks for the values of params that have none. Secrets are not shown while they are typed.
fn prompt_missing(ui: Ui, runbook: &Runbook, target: &Target, given: &mut Given) {
    let (_, problems) = plan::resolve(runbook, target, given);
    for problem in problems {
        let plan::ValueProblem::Missing { name } = problem else { continue };
        let Some(param) = runbook.params.iter().find(|param| param.name == name) else { continue };
        let help = param.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        ui.ask(&format!("{name}{help}: "));
        let typed = if param.secret { terminal::read_hidden_line() } else { terminal::read_line_now() };
        if let Some(text) = typed.filter(|text| !text.is_empty()) {
            given.prompted.insert(name, text);
        }
    }
}

/// Refuses what --yes does not cover, before anything runs.
fn allow(arguments: &ExecArguments, prepared: &Prepared) -> Result<(), Failure> {
    if !arguments.yes || arguments.plan {
        return Ok(());
    }
    let asked = match arguments.max_risk {
        Some(RiskArgument::Low) => Risk::Low,
        Some(RiskArgument::Medium) => Risk::Medium,
        Some(RiskArgument::High) => Risk::High,
        None => prepared.target.max_risk.unwrap_or(Risk::Medium).min(Risk::Medium),
    };
    let ceiling = prepared.target.max_risk.map_or(asked, |most| most.min(asked));
    let steps = prepared.runbook.steps.iter().filter(|step| !prepared.past.has_ended(&step.id));
    let above = steps.filter_map(|step| Some((step, step.as_action()?.risk))).find(|(_, risk)| *risk > ceiling);
    match above {
        None => Ok(()),
        Some((step, risk)) => Err(Failure::Usage(format!(
            "`{}` is of risk {}, and --yes covers {} here; nothing was run. Give --max-risk {}{}",
            step.id,
            risk.as_str(),
            ceiling.as_str(),
            risk.as_str(),
            if ceiling < asked { ", if the target's max_risk allows it" } else { "" },
        ))),
    }
}

async fn carry_out(
    arguments: &ExecArguments,
    settings: &Settings,
    prepared: &Prepared,
    ui: Ui,
    environment: &Environment,
    clock: Clock,
) -> Result<ExitCode, Failure> {
    let gate = Gate::open(GateOptions::for_target(&prepared.target, environment, clock)).await;
    let absent = gate.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let gate = gate.as_ref().map_err(|_| absent.as_str());
    let redactor = Redactor::new();
    prepared.values.values().filter(|value| value.secret).for_each(|value| redactor.learn(&value.text));
    let kubectl = streams::kubectl(environment).await;
    let known = references::Around { root: &settings.root, release: kubectl, redactor: &redactor };
    let resolved = references::resolve(&prepared.runbook, &prepared.values, gate, known).await;
    let plan = redactor.redact(&plan_text(&prepared.runbook, &prepared.target, &prepared.values, &resolved));
    if arguments.plan {
        ui.data(&plan);
    } else {
        ui.say(&plan);
    }
    let missing = unmet(&prepared.runbook, &prepared.values, environment, gate).await;
    for it in &missing {
        ui.say(&format!("{}:{}: {}", it.place.path.display(), it.place.start.line, redactor.redact(&it.message)));
    }
    if arguments.plan {
        return Ok(if missing.is_empty() { ExitCode::Passed } else { ExitCode::Unable });
    }
    if !missing.is_empty() {
        return Err(Failure::Usage("what the runbook requires is not there; nothing was run".to_owned()));
    }
    if resolved.worst() == Outcome::Drifted && !arguments.despite_drift {
        ui.say("the text names things that are not there; nothing was run. --despite-drift goes on all the same");
        return Ok(ExitCode::Found);
    }
    let cancel = Cancel::new();
    tokio::spawn(shared::listen_for_interrupt(cancel.clone()));
    let archive = Archive::new(&settings.state_folder());
    let journal = open_journal(arguments, &archive, &prepared.run)?;
    let (collector, progress) = (Collector::default(), ExecProgress::new(ui));
    for event in &prepared.earlier {
        // A collector takes everything. What an earlier process of this run did belongs into the report of the whole.
        let _ = collector.hear(event);
    }
    let listeners = Listeners(vec![&journal, &collector, &progress]);
    let http = HttpClient::default();
    let around = Surroundings {
        run: &prepared.run,
        root: &settings.root,
        target: &prepared.target,
        environment,
        kubectl,
        gate,
        http: &http,
        redactor: &redactor,
        cancel: &cancel,
        listener: &listeners,
        clock,
    };
    let chosen: BTreeMap<_, _> = arguments.choose.iter().cloned().collect();
    let person = Person { ui, redactor: &redactor, cancel: &cancel, chosen: &chosen };
    let nobody = Nobody { ui, chosen: &chosen, in_flight: in_flight(arguments) };
    let operator: &dyn Operator = if arguments.yes { &nobody } else { &person };
    let ending = play(arguments, around, prepared, operator, archive.folder(&prepared.run).join("session")).await?;
    conclude(arguments, ui, &ending, &collector.result(), &prepared.run)
}

fn open_journal(arguments: &ExecArguments, archive: &Archive, run: &str) -> Result<Journal, Failure> {
    let path: PathBuf = archive.journal(run);
    Ok(if arguments.resume.is_some() { Journal::reopen(&path)?.0 } else { Journal::create(&path)? })
}

async fn play(
    arguments: &ExecArguments,
    around: Surroundings<'_>,
    prepared: &Prepared,
    operator: &dyn Operator,
    folder: PathBuf,
) -> Result<Ending, Failure> {
    let hear = |event: Event| around.listener.hear(&event).map_err(StageError::from);
    let mode = if arguments.dry_run.is_some() { "dry-run" } else { "exec" };
    hear(streams::run_started(around, mode, 1).await)?;
    hear(Event::RunbookStarted {
        runbook: prepared.runbook.id.clone(),
        title: prepared.runbook.metadata.title.clone(),
        path: prepared.runbook.source.path().to_owned(),
        steps: prepared.runbook.steps.len(),
        at: around.clock.now(),
    })?;
    let stage = Stage::open(around, &prepared.runbook, prepared.values.clone(), folder)?;
    let policy = if arguments.dry_run.is_some() { Policy::DryRun } else { Policy::Live };
    let ending = execute(stage, Conduct { operator, policy }, prepared.past.clone()).await?;
    let interrupted = matches!(ending, Ending::Interrupted | Ending::Quit | Ending::Undecided { .. });
    hear(Event::RunFinished { interrupted, at: around.clock.now() })?;
    Ok(ending)
}

fn undecided(step: &StepId, changed: bool, run: &str) -> String {
    let fact = format!("`{step}` was in flight when the run died, and nobody says whether it was done");
    if changed {
        return format!(
            "{fact}; its block was changed since, so it is not run again unseen. Look at it at a terminal with \
             `runbooks exec --resume {run}`, or say that it was done with `--in-flight done`"
        );
    }
    format!(
        "{fact}. Look, then go on with `runbooks exec --resume {run}` and `--in-flight done` or `--in-flight again`"
    )
}

const fn in_flight(arguments: &ExecArguments) -> InFlight {
    match arguments.in_flight {
        Some(InFlightArgument::Again) => InFlight::Again,
        Some(InFlightArgument::Done) => InFlight::Done,
        None => InFlight::Unknown,
    }
}

fn conclude(
    arguments: &ExecArguments,
    ui: Ui,
    ending: &Ending,
    result: &RunResult,
    run: &str,
) -> Result<ExitCode, Failure> {
    match arguments.format {
        ExecFormat::Human => ui.data(&report::text(result, Detail::Steps)),
        ExecFormat::Json => ui.data(&report::json(result)?),
    }
    ui.say(&format!("run {run}: `runbooks runs show {run}`"));
    Ok(match ending {
        Ending::Completed => ExitCode::of(&result.tally),
        Ending::Stopped { step, reason } => {
            ui.say(&format!("stopped at `{step}`: {reason}"));
            match ExitCode::of(&result.tally) {
                ExitCode::Passed => ExitCode::Unable,
                other => other,
            }
        }
        Ending::Undecided { step, changed } => {
            ui.say(&undecided(step, *changed, run));
            ExitCode::Unable
        }
        Ending::Quit | Ending::Interrupted => {
            ui.say(&format!("stopped; `runbooks exec --resume {run}` goes on"));
            ExitCode::Interrupted
        }
    })
}
