//! `runbooks exec`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::approval::SecondPerson;
use super::emergency::Emergency;
use super::event_lines::EventLines;
use super::exec_look::{Looked, look};
use super::exec_preparation::{Place, Prepared, prepare};
use super::exec_progress::ExecProgress;
use super::exec_summary::{Story, Summary};
use super::failure::Failure;
use super::guide::Guide;
use super::lock::{self, Lock};
use super::nobody::Nobody;
use super::operator::AtTerminal;
use super::question::{Person, answer};
use super::screen::{Motion, Screen};
use super::shared::{self, ParamArguments, RootArguments, Signals, TargetArguments};
use super::streams;
use super::ui::{self, Ui};
use super::{leftovers, protection, webhooks};
use crate::cluster::{Gate, GateOptions, Policy};
use crate::model::{ExitCode, RunResult, Runbook, StepId};
use crate::report::{self, Collector, Detail};
use crate::run::archive::Archive;
use crate::run::event::{Event, Listener, Listeners};
use crate::run::exec::{Approver, Conduct, Ending, InFlight, Operator, changes, execute};
use crate::run::journal::Journal;
use crate::run::stage::{Stage, StageError, Surroundings};
use crate::run::writes::WriteRecord;
use crate::run::{HttpClient, Redactor};
use crate::sys::terminal::Console;
use crate::sys::{Cancel, Clock, Environment};

/// Carry out a runbook, step by step, journaled and resumable
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all passed · 1 a step failed or the text has drifted, with --plan too · 2 could not do the job · 130 interrupted, or a person went no further\n\nExample: runbooks exec incident/db-pool --target novacron --yes --max-risk high"
)]
pub(super) struct ExecArguments {
    /// Runbook by id or file; with --resume it may be left out
    #[arg(value_name = "RUNBOOK", required_unless_present = "resume")]
    pub(super) runbook: Option<String>,
    #[command(flatten)]
    pub(super) target: TargetArguments,
    #[command(flatten)]
    pub(super) params: ParamArguments,
    #[command(flatten)]
    pub(super) root: RootArguments,
    /// Run without asking: every action up to --max-risk, and the undo of a failure
    #[arg(long)]
    pub(super) yes: bool,
    /// Highest risk that --yes covers [default: medium, or what the target allows]
    #[arg(long, value_enum, value_name = "RISK")]
    pub(super) max_risk: Option<RiskArgument>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub(super) plan: bool,
    /// Send every write to the API server as a dry run
    #[arg(long, value_enum, value_name = "WHERE", conflicts_with = "resume")]
    pub(super) dry_run: Option<DryRun>,
    /// Go on with a run that died: the one named, or the newest unfinished
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
    pub(super) resume: Option<String>,
    /// With --yes and --resume: what to do with an action that was in flight, was interrupted or did not pass
    #[arg(long, value_enum, value_name = "WHAT", requires = "resume")]
    pub(super) in_flight: Option<InFlightArgument>,
    /// With --yes and --resume: go on although the text was changed since the run began
    #[arg(long, requires = "resume")]
    pub(super) accept_changes: bool,
    /// Alternative to take of a group; repeatable
    #[arg(long, value_name = "GROUP=STEP", value_parser = shared::pair)]
    pub(super) choose: Vec<(String, String)>,
    /// Step to leave out; repeatable
    #[arg(long, value_name = "STEP", conflicts_with = "resume")]
    pub(super) skip: Vec<String>,
    /// Step to begin at
    #[arg(long, value_name = "STEP", conflicts_with = "resume")]
    pub(super) from: Option<String>,
    /// Step to end behind
    #[arg(long, value_name = "STEP", conflicts_with = "resume")]
    pub(super) until: Option<String>,
    /// Step to take, and no other; repeatable
    #[arg(long, value_name = "STEP", conflicts_with_all = ["resume", "from", "until"])]
    pub(super) only: Vec<String>,
    /// With --yes: take it that what only a person can do or look at (`- [ ]`) is so
    #[arg(long)]
    pub(super) assume_manual: bool,
    /// Go on although the text names things that are not there
    #[arg(long)]
    pub(super) despite_drift: bool,
    /// With --yes: the target's name, where the target is protected
    #[arg(long, value_name = "NAME")]
    pub(super) confirm_target: Option<String>,
    /// Run a text that was changed and is not committed on a protected target; that is put on record
    #[arg(long)]
    pub(super) force_uncommitted: bool,
    /// Take over the lock of a run of the same runbook that is not renewed any more
    #[arg(long)]
    pub(super) take_over: bool,
    /// How long a second person has to approve an action of high risk, where the target wants two [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = shared::length)]
    pub(super) approval_timeout: Option<Duration>,
    /// List every value in the plan, those of the target and the defaults too
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Tell every state as a plain line: no line that moves, for screen readers and dumb terminals
    #[arg(long, env = "RUNBOOKS_PLAIN", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) plain: bool,
    /// Format of the report, or of the plan, on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ExecFormat,
    /// Whether nothing is done but to take back what a run did: `runs undo`.
    #[arg(skip)]
    pub(super) undo: bool,
}

/// How risky.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RiskArgument {
    /// Nothing a user would notice
    Low,
    /// Something a user might notice
    Medium,
    /// An outage or lost data, if it goes wrong
    High,
}

/// Where a dry run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DryRun {
    /// At the API server, with its validation and admission
    Server,
}

/// What to do with an action of which nobody knows what became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InFlightArgument {
    /// Run it again
    Again,
    /// It was done; go on behind it
    Done,
    /// Leave it out
    Skip,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ExecFormat {
    /// For a terminal
    #[default]
    Human,
    /// Every event as a line of JSON while it happens, versioned; the last line holds the result
    Json,
}

/// Carries out `runbooks exec`.
pub(super) fn run(arguments: &ExecArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    if !arguments.yes && !arguments.plan && !ui::is_interactive() {
        let message = match arguments.undo {
            false => {
                "no terminal to ask at; give --yes to run without asking (with --max-risk), or --plan to look only"
            }
            true => "no terminal to ask at; give --yes to take back without asking (with --max-risk)",
        };
        return Err(Failure::Usage(message.to_owned()));
    }
    let settings = arguments.root.settings(ui, environment)?;
    let (cancel, emergency) = (Cancel::new(), Emergency::default());
    let (console, redactor) = (Console::default(), Redactor::new());
    let screen = Screen::new(ui, Motion::of(arguments.plain, environment), console.clone());
    let person = Person { screen: &screen, redactor: &redactor, cancel: &cancel };
    let clock = Clock::from_environment(environment);
    let place = Place { settings: &settings, ui, environment, clock, person };
    shared::runtime()?.block_on(async {
        let signals = Signals::listen();
        let work = async {
            let mut prepared = unless(&cancel, prepare(arguments, place)).await??;
            let journal = prepared.journal.take();
            Box::pin(carry_out(arguments, place, &prepared, journal, (&console, &emergency))).await
        };
        tokio::select! {
            done = work => done,
            () = signals.twice(cancel.clone(), &console) => Err(emergency.end(ui).await),
        }
    })
}

/// Waits for work that is done before anything runs: to be told to stop ends it at once.
async fn unless<T>(cancel: &Cancel, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Failure::Interrupted),
        done = work => Ok(done),
    }
}

async fn carry_out(
    arguments: &ExecArguments,
    place: Place<'_>,
    prepared: &Prepared,
    journal: Option<Journal>,
    (console, emergency): (&Console, &Emergency),
) -> Result<ExitCode, Failure> {
    let all_of_it = place.environment;
    let environment = &all_of_it.without(&webhooks::kept_from_children(place.settings, &prepared.runbook));
    let place = Place { environment, ..place };
    let Place { settings, ui, clock, person, .. } = place;
    let Person { redactor, cancel, .. } = person;
    let options = GateOptions::for_target(&prepared.target, environment, clock);
    redactor.publish(shared::public([&prepared.runbook], settings));
    let learner = Some(shared::learner(redactor));
    let gate = unless(cancel, Gate::open(GateOptions { learner, ..options })).await?;
    let absent = gate.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let gate = gate.as_ref().map_err(|_| absent.as_str());
    prepared.values.values().filter(|value| value.secret).for_each(|value| redactor.learn(&value.text));
    let kubectl =
        if speaks_of_kubectl(&prepared.runbook) { unless(cancel, streams::kubectl(environment)).await? } else { None };
    let looking = Box::pin(look(arguments, place, prepared, gate, kubectl));
    let touched = match unless(cancel, looking).await?? {
        Looked::Ended(code) => return Ok(code),
        Looked::Good(touched) => touched,
    };
    let archive = Archive::new(&settings.state_folder());
    leftovers::clean(&archive, arguments.resume.as_ref().map(|_| prepared.run.as_str()), ui).await;
    let chosen: BTreeMap<_, _> = arguments.choose.iter().cloned().collect();
    accept_changes(arguments, prepared, &person).await?;
    let forced = protection::protect(arguments, place, prepared, &person).await?;
    let lock = match arguments.dry_run {
        None => Some(lock::take(arguments, place, prepared, gate, &person).await?),
        Some(DryRun::Server) => None,
    };
    emergency.note(&prepared.run, lock.as_ref().and_then(Lock::key));
    let confinement = shared::confinement(gate.ok(), &settings.root, environment);
    let journal = match journal.map_or_else(|| Journal::create(&archive.journal(&prepared.run)), Ok) {
        Ok(journal) => journal,
        Err(error) => {
            if let Some(lock) = lock {
                lock.release(place).await;
            }
            return Err(error.into());
        }
    };
    let guide = Arc::new(Guide::new(person.screen.clone(), prepared, !arguments.yes, clock));
    let (collector, story) = (Arc::new(Collector::default()), Arc::new(Story::default()));
    let progress = Arc::new(ExecProgress::new(Arc::clone(&guide)));
    for event in &prepared.earlier {
        // Both take everything. What an earlier process of this run did belongs into the report of the whole.
        let _ = collector.hear(event);
        let _ = story.hear(event);
    }
    let journal = Arc::new(journal);
    let mut listeners = Listeners(vec![journal.clone(), collector.clone(), story.clone(), progress.clone()]);
    if arguments.format == ExecFormat::Json {
        listeners.0.push(Arc::new(EventLines::new(ui)));
    }
    let messenger = webhooks::messenger((place, all_of_it), prepared, redactor, journal);
    listeners.0.extend(messenger.clone().map(|it| it as Arc<dyn Listener>));
    let listeners: Arc<dyn Listener> = Arc::new(listeners);
    let folder = archive.folder(&prepared.run);
    let writes = WriteRecord::new(Arc::clone(&listeners), redactor.clone(), &folder, prepared.past.writes, clock);
    let http = HttpClient::default();
    let around = Surroundings {
        run: &prepared.run,
        root: &settings.root,
        target: &prepared.target,
        environment,
        kubectl,
        gate,
        confinement: &confinement,
        http: &http,
        tape: None,
        redactor,
        console: Some(console).filter(|_| !arguments.yes),
        cancel,
        listener: &*listeners,
        writes: Some(&writes),
        patience: None,
        clock,
    };
    let assume_manual = arguments.assume_manual;
    let nobody = Nobody { ui, chosen: &chosen, assume_manual, in_flight: in_flight(arguments) };
    let at_terminal =
        AtTerminal { person, guide: &guide, chosen: &chosen, touched: &touched, gate, environment, console };
    let operator: &dyn Operator = if arguments.yes { &nobody } else { &at_terminal };
    let notes = forced.into_iter().chain(lock.as_ref().map(|lock| lock.event.clone())).collect();
    let lease = lock.as_ref().and_then(Lock::notes);
    let second = SecondPerson::of(arguments, place, prepared, gate, (lease, cancel)).await;
    let approver = second.as_ref().map(|it| it as &dyn Approver);
    let moving = progress.keep_moving();
    let played = play(arguments, around, prepared, (operator, approver), (folder.join("session"), notes)).await;
    drop(moving);
    if let Some(lock) = lock {
        lock.release(place).await;
    }
    if let Some(messenger) = messenger {
        messenger.farewell().await;
    }
    let (ending, events) = (played?, story.events());
    let summary = Summary {
        runbook: &prepared.runbook,
        run: &prepared.run,
        ending: &ending,
        events: &events,
        place: &arguments.root.as_typed(),
        is_dry: arguments.dry_run.is_some(),
        width: Screen::width(),
    };
    conclude(arguments, ui, &summary, &collector.result())
}

/// Returns whether it matters of which release kubectl is; to ask takes longer than most steps.
fn speaks_of_kubectl(runbook: &Runbook) -> bool {
    let mut texts = runbook.steps.iter().map(|step| &step.source).chain([&runbook.source]);
    texts.any(|source| source.text().contains("kubectl") || source.text().contains("oc "))
}

/// Has somebody agree to what was changed in the text since the run began, before anything of it runs.
async fn accept_changes(arguments: &ExecArguments, prepared: &Prepared, person: &Person<'_>) -> Result<(), Failure> {
    let changes = changes(&prepared.runbook, &prepared.past);
    if changes.is_empty() {
        return Ok(());
    }
    person.tell(&format!("The text was changed since run {} began:\n  {}", prepared.run, changes.join("\n  ")));
    if arguments.accept_changes {
        return Ok(());
    }
    if arguments.yes {
        let message =
            "the text was changed since the run began; nothing was run. Look at it, then give --accept-changes";
        return Err(Failure::Usage(message.to_owned()));
    }
    let answers =
        [answer("go", "[g]o on", "go on with the text as it is now"), answer("quit", "[q]uit", "run nothing")];
    match person.choice("Go on with the text as it is now?", &answers).await {
        Some('g') => Ok(()),
        _ => Err(Failure::Interrupted),
    }
}

async fn play(
    arguments: &ExecArguments,
    around: Surroundings<'_>,
    prepared: &Prepared,
    (operator, approver): (&dyn Operator, Option<&dyn Approver>),
    (folder, notes): (PathBuf, Vec<Event>),
) -> Result<Ending, Failure> {
    let hear = |event: Event| around.listener.hear(&event).map_err(StageError::from);
    let mode = match arguments.dry_run {
        Some(DryRun::Server) => "dry-run",
        None if arguments.undo => "undo",
        None => "exec",
    };
    hear(streams::run_started(around, mode, 1, None, around.clock.now()).await)?;
    notes.into_iter().try_for_each(hear)?;
    hear(Event::RunbookStarted {
        runbook: prepared.runbook.id.clone(),
        title: prepared.runbook.metadata.title.clone(),
        path: prepared.runbook.source.path().to_owned(),
        steps: prepared.runbook.steps.len(),
        at: around.clock.now(),
    })?;
    let stage = Stage::open(around, &prepared.runbook, prepared.values.clone(), folder)?;
    let policy = if arguments.dry_run.is_some() { Policy::DryRun } else { Policy::Live };
    let conduct = Conduct { operator, approver, policy, part: &prepared.part, undoes: arguments.undo };
    let ending = Box::pin(execute(stage, conduct, prepared.past.clone())).await?;
    let interrupted =
        matches!(ending, Ending::Interrupted | Ending::Quit | Ending::Undecided { .. } | Ending::Unapproved { .. });
    hear(Event::RunFinished { interrupted, at: around.clock.now() })?;
    Ok(ending)
}

/// Tells what the caller of a run that stopped before an action in doubt can do.
fn undecided(step: &StepId, left: &str, changed: bool, summary: &Summary<'_>) -> String {
    let Summary { run, place, .. } = summary;
    let changed = if changed { " (its block was changed since)" } else { "" };
    format!(
        "`{step}` {left}{changed}, and nobody says whether it was done. Look, then go on with \
         `runbooks exec{place} --resume {run}` and --in-flight done, --in-flight again or --in-flight skip"
    )
}

const fn in_flight(arguments: &ExecArguments) -> InFlight {
    match arguments.in_flight {
        Some(InFlightArgument::Again) => InFlight::Again,
        Some(InFlightArgument::Done) => InFlight::Done,
        Some(InFlightArgument::Skip) => InFlight::Skip,
        None => InFlight::Unknown,
    }
}

/// Reports: to a program or a file the whole, to a person the end.
fn conclude(arguments: &ExecArguments, ui: Ui, summary: &Summary<'_>, result: &RunResult) -> Result<ExitCode, Failure> {
    match arguments.format {
        ExecFormat::Human if ui::is_data_read_at_a_terminal() => {}
        ExecFormat::Human => ui.data(&report::text(result, Detail::Steps)),
        ExecFormat::Json => EventLines::new(ui).end(result)?,
    }
    ui.say(&summary.text());
    Ok(match summary.ending {
        Ending::Completed => ExitCode::of(&result.tally),
        Ending::Stopped { .. } => match ExitCode::of(&result.tally) {
            ExitCode::Passed => ExitCode::Unable,
            other => other,
        },
        Ending::TakenBack { complete: true } if arguments.undo => ExitCode::Passed,
        // A person went no further, as with `q`.
        Ending::TakenBack { complete: true } => ExitCode::Interrupted,
        Ending::TakenBack { complete: false } => ExitCode::Found,
        Ending::Undecided { step, left, changed } => {
            ui.say(&undecided(step, left, *changed, summary));
            ExitCode::Unable
        }
        Ending::Unapproved { .. } => ExitCode::Unable,
        Ending::Quit | Ending::Interrupted => ExitCode::Interrupted,
    })
}
