//! `runbooks exec`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::approval::SecondPerson;
use super::emergency::Emergency;
use super::event_lines::EventLines;
use super::exec_preparation::{Place, Prepared, prepare};
use super::exec_progress::ExecProgress;
use super::failure::Failure;
use super::lock::{self, Lock};
use super::operator::{Nobody, Person};
use super::plan_json::plan_json;
use super::plan_text::plan_text;
use super::shared::{self, ParamArguments, RootArguments, TargetArguments};
use super::streams;
use super::ui::{self, Ui};
use super::{leftovers, protection, webhooks};
use crate::cluster::{Gate, GateOptions, Policy};
use crate::model::{ExitCode, Outcome, Risk, RunResult, StepId};
use crate::plan::{self, Entry};
use crate::reference::kubectl::Release;
use crate::report::{self, Collector, Detail};
use crate::run::archive::Archive;
use crate::run::event::{Event, Listener, Listeners};
use crate::run::exec::{Approver, Conduct, Ending, InFlight, Operator, changes, execute, to_take_back, unmet};
use crate::run::journal::Journal;
use crate::run::references::{self, Reach};
use crate::run::stage::{Stage, StageError, Surroundings};
use crate::run::writes::WriteRecord;
use crate::run::{HttpClient, Redactor};
use crate::sys::{Cancel, Clock, Environment};

/// Carry out a runbook, step by step, journaled and resumable
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all passed · 1 a step failed or the text has drifted · 2 could not do the job · 130 interrupted\n\nExample: runbooks exec incident/db-pool --target novacron --yes --max-risk high"
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
        let message =
            "no terminal to ask at; give --yes to run without asking (with --max-risk), or --plan to look only";
        return Err(Failure::Usage(message.to_owned()));
    }
    let settings = arguments.root.settings(ui, environment)?;
    let place = Place { settings: &settings, ui, environment, clock: Clock::from_environment(environment) };
    shared::runtime()?.block_on(async {
        let (cancel, emergency) = (Cancel::new(), Emergency::default());
        let work = async {
            let mut prepared = unless(&cancel, prepare(arguments, place)).await??;
            let journal = prepared.journal.take();
            Box::pin(carry_out(arguments, place, &prepared, journal, (&cancel, &emergency))).await
        };
        tokio::select! {
            done = work => done,
            () = shared::until_interrupted_twice(cancel.clone()) => Err(emergency.end(ui).await),
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
    (cancel, emergency): (&Cancel, &Emergency),
) -> Result<ExitCode, Failure> {
    let all_of_it = place.environment;
    let environment = &all_of_it.without(&webhooks::kept_from_children(place.settings, &prepared.runbook));
    let place = Place { environment, ..place };
    let Place { settings, ui, clock, .. } = place;
    let redactor = Redactor::new();
    let options = GateOptions::for_target(&prepared.target, environment, clock);
    let learner = Some(shared::learner(&redactor, shared::public([&prepared.runbook], settings)));
    let gate = unless(cancel, Gate::open(GateOptions { learner, ..options })).await?;
    let absent = gate.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let gate = gate.as_ref().map_err(|_| absent.as_str());
    prepared.values.values().filter(|value| value.secret).for_each(|value| redactor.learn(&value.text));
    let kubectl = unless(cancel, streams::kubectl(environment)).await?;
    let looking = Box::pin(look(arguments, place, prepared, gate, kubectl, &redactor));
    if let Some(code) = unless(cancel, looking).await?? {
        return Ok(code);
    }
    let archive = Archive::new(&settings.state_folder());
    leftovers::clean(&archive, arguments.resume.as_ref().map(|_| prepared.run.as_str()), ui).await;
    let chosen: BTreeMap<_, _> = arguments.choose.iter().cloned().collect();
    let person = Person { ui, redactor: &redactor, cancel, chosen: &chosen };
    accept_changes(arguments, prepared, &person).await?;
    let forced = protection::protect(arguments, place, prepared, &person).await?;
    let lock = match arguments.dry_run {
        None => Some(lock::take(arguments, place, prepared, gate, &person).await?),
        Some(DryRun::Server) => None,
    };
    emergency.note(&prepared.run, lock.as_ref().and_then(Lock::key));
    let confinement = shared::confinement(gate.ok(), &settings.root, environment, ui);
    let journal = match journal.map_or_else(|| Journal::create(&archive.journal(&prepared.run)), Ok) {
        Ok(journal) => journal,
        Err(error) => {
            if let Some(lock) = lock {
                lock.release(place).await;
            }
            return Err(error.into());
        }
    };
    let (collector, progress) = (Arc::new(Collector::default()), Arc::new(ExecProgress::new(ui, way(prepared))));
    for event in &prepared.earlier {
        // A collector takes everything. What an earlier process of this run did belongs into the report of the whole.
        let _ = collector.hear(event);
    }
    let journal = Arc::new(journal);
    let mut listeners = Listeners(vec![journal.clone(), collector.clone(), progress]);
    if arguments.format == ExecFormat::Json {
        listeners.0.push(Arc::new(EventLines::new(ui)));
    }
    let messenger = webhooks::messenger((place, all_of_it), prepared, &redactor, journal);
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
        redactor: &redactor,
        console: None,
        cancel,
        listener: &*listeners,
        writes: Some(&writes),
        patience: None,
        clock,
    };
    let assume_manual = arguments.assume_manual;
    let nobody = Nobody { ui, chosen: &chosen, assume_manual, in_flight: in_flight(arguments) };
    let operator: &dyn Operator = if arguments.yes { &nobody } else { &person };
    let notes = forced.into_iter().chain(lock.as_ref().map(|lock| lock.event.clone())).collect();
    let lease = lock.as_ref().and_then(Lock::notes);
    let second = SecondPerson::of(arguments, place, prepared, gate, (lease, cancel)).await;
    let approver = second.as_ref().map(|it| it as &dyn Approver);
    let played = play(arguments, around, prepared, (operator, approver), (folder.join("session"), notes)).await;
    if let Some(lock) = lock {
        lock.release(place).await;
    }
    if let Some(messenger) = messenger {
        messenger.farewell().await;
    }
    let ending = played?;
    conclude(arguments, ui, &ending, &collector.result(), &prepared.run)
}

/// Shows the plan, and looks whether what it needs is there. Returns what to exit with where nothing is to be run.
async fn look(
    arguments: &ExecArguments,
    place: Place<'_>,
    prepared: &Prepared,
    gate: Result<&Gate, &str>,
    kubectl: Option<Release>,
    redactor: &Redactor,
) -> Result<Option<ExitCode>, Failure> {
    let Place { ui, environment, settings, .. } = place;
    let Prepared { runbook, values, .. } = prepared;
    if arguments.undo {
        ui.say(&redactor.redact(&undo_text(prepared)));
        return Ok(None);
    }
    let known = references::Around { root: &settings.root, release: kubectl, redactor, reach: Reach::WholeText };
    let resolved = references::resolve(runbook, values, gate, known).await;
    let missing = unmet(runbook, values, environment, gate).await;
    if arguments.plan && arguments.format == ExecFormat::Json {
        let plan = serde_json::to_string_pretty(&plan_json(prepared, &resolved, &missing))?;
        ui.data(&(redactor.redact(&plan) + "\n"));
        return Ok(Some(if missing.is_empty() { ExitCode::Passed } else { ExitCode::Unable }));
    }
    let plan = redactor.redact(&plan_text(prepared, &resolved));
    let plan = plan + &second_person_text(prepared);
    if arguments.plan {
        ui.data(&plan);
    } else {
        ui.say(&plan);
    }
    for it in &missing {
        ui.say(&format!("{}:{}: {}", it.place.path.display(), it.place.start.line, redactor.redact(&it.message)));
    }
    if arguments.plan {
        return Ok(Some(if missing.is_empty() { ExitCode::Passed } else { ExitCode::Unable }));
    }
    if !missing.is_empty() {
        return Err(Failure::Usage("what the runbook requires is not there; nothing was run".to_owned()));
    }
    if resolved.worst() == Outcome::Drifted && !arguments.despite_drift {
        ui.say("the text names things that are not there; nothing was run. --despite-drift goes on all the same");
        return Ok(Some(ExitCode::Found));
    }
    Ok(None)
}

/// Returns which actions need a second person, if the target wants two.
fn second_person_text(prepared: &Prepared) -> String {
    let risky = |id: &StepId| {
        let action = prepared.runbook.step(id).and_then(|step| step.as_action());
        action.is_some_and(|action| action.risk == Risk::High)
    };
    let steps: Vec<_> = way(prepared).into_iter().filter(risky).map(|id| id.to_string()).collect();
    if !prepared.target.two_people || steps.is_empty() {
        return String::new();
    }
    format!("A second person must approve: {}\n", steps.join(", "))
}

/// Returns the steps on the way forward, in order.
fn way(prepared: &Prepared) -> Vec<StepId> {
    let Prepared { runbook, part, .. } = prepared;
    let taken = |entry: &Entry| part.leaves_out(runbook, *entry).is_none();
    let id = |entry| match entry {
        Entry::Step(index) => runbook.steps.get(index).map(|step: &crate::model::Step| step.id.clone()),
        Entry::Item(_) => None,
    };
    plan::forward(runbook).into_iter().filter(taken).filter_map(id).collect()
}

/// Returns what will be taken back, newest first.
fn undo_text(prepared: &Prepared) -> String {
    let mut text = format!("{}: what run {} did is taken back, newest first\n", prepared.runbook.id, prepared.run);
    for (step, undo) in to_take_back(&prepared.runbook, &prepared.past) {
        let left = if prepared.past.in_flight.contains_key(&step.id) { ", which was in flight" } else { "" };
        let risk = undo.as_action().map_or("", |action| action.risk.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {} ({}){left}  by  {} ({}), risk {risk}", step.title, step.id, undo.title, undo.id);
    }
    text
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
    match person.letter("[g]o on with the text as it is now, [q]uit: ", "go quit").await {
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
    hear(streams::run_started(around, mode, 1, None).await)?;
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
fn undecided(step: &StepId, left: &str, changed: bool, run: &str) -> String {
    let changed = if changed { " (its block was changed since)" } else { "" };
    format!(
        "`{step}` {left}{changed}, and nobody says whether it was done. Look, then go on with \
         `runbooks exec --resume {run}` and --in-flight done, --in-flight again or --in-flight skip"
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

fn conclude(
    arguments: &ExecArguments,
    ui: Ui,
    ending: &Ending,
    result: &RunResult,
    run: &str,
) -> Result<ExitCode, Failure> {
    match arguments.format {
        ExecFormat::Human => ui.data(&report::text(result, Detail::Steps)),
        ExecFormat::Json => EventLines::new(ui).end(result)?,
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
        Ending::TakenBack { complete: true } => ExitCode::Passed,
        Ending::TakenBack { complete: false } => {
            ui.say(&format!("not all of it is taken back; `runbooks runs undo {run}` goes on"));
            ExitCode::Found
        }
        Ending::Undecided { step, left, changed } => {
            ui.say(&undecided(step, left, *changed, run));
            ExitCode::Unable
        }
        Ending::Unapproved { step, reason } => {
            ui.say(&format!("stopped before `{step}`: {reason}; `runbooks exec --resume {run}` asks again"));
            ExitCode::Unable
        }
        Ending::Quit | Ending::Interrupted => {
            ui.say(&format!("stopped; `runbooks exec --resume {run}` goes on"));
            ExitCode::Interrupted
        }
    })
}
