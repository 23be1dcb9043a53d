//! `runbooks verify`

use clap::Args;

use super::failure::Failure;
use super::formats::{Format, ReportArguments};
use super::progress::VerifyProgress;
use super::recording::{self, Deck, Made, RecordingArguments};
use super::shared::{self, ParamArguments, RootArguments, TargetArguments};
use super::ui::{self, Ui};
use super::{obstacles, streams};
use crate::cluster::GateOptions;
use crate::collection;
use crate::config::Settings;
use crate::model::{ExitCode, RunResult, Runbook, Target};
use crate::plan::{self, Given, Selection};
use crate::report::{Collector, Detail, Sources};
use crate::run::event::{Event, Listener as _, Listeners};
use crate::run::stage::Surroundings;
use crate::run::trend::trend;
use crate::run::verify::{Subject, verify};
use crate::run::{HttpClient, Redactor, evidence, history};
use crate::sys::{Cancel, Clock, Environment, files};

/// Run the checks and resolve every documented command, changing nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all passed · 1 something failed or drifted · 2 could not look, or nothing selected · 130 interrupted\n\nExample: runbooks verify 'incident/*' --target novacron --report junit=report.xml"
)]
pub(super) struct VerifyArguments {
    /// Runbooks by id, glob or file; all that the target is for, if none is given
    #[arg(value_name = "RUNBOOK")]
    runbooks: Vec<String>,
    /// Only runbooks with this tag; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    params: ParamArguments,
    #[command(flatten)]
    root: RootArguments,
    /// How many runbooks are verified at a time
    #[arg(long, value_name = "N", env = "RUNBOOKS_JOBS")]
    jobs: Option<usize>,
    #[command(flatten)]
    reports: ReportArguments,
    /// Show only what is wrong
    #[arg(long, short)]
    quiet: bool,
    /// Keep the results under .runbooks/, where `build` finds them
    #[arg(long)]
    save: bool,
    /// Say what is new, fixed, still failing and flaky since the results that --save kept last
    #[arg(long)]
    compare: bool,
    #[command(flatten)]
    recording: RecordingArguments,
}

/// Carries out `runbooks verify`.
pub(super) fn run(arguments: &VerifyArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    arguments.reports.check(environment)?;
    let settings = arguments.root.settings(ui, environment)?;
    let target = arguments.target.target(&settings)?;
    let deck = arguments.recording.open(&target, arguments.save)?;
    let selection = Selection::new(&arguments.runbooks, &arguments.tag, &obstacles::content_prefix(&settings))?;
    let collection = collection::load(&settings)?;
    let selected = selection.of(&collection.runbooks, &target)?;
    let mut given = arguments.params.given(environment)?;
    deck.complete(&mut given);
    let subjects = subjects(ui, &selected, &collection.diagnostics, &target, &given);
    let result = shared::runtime()?.block_on(look(arguments, &deck, &settings, &target, ui, environment, subjects))?;
    let result = if arguments.compare { compared(&settings, result)? } else { result };
    let detail = if arguments.quiet { Detail::Problems } else { Detail::Steps };
    arguments.reports.publish(&result, detail, &Sources::of(selected), ui, environment)?;
    if result.tally.total() == 0 && !result.interrupted {
        ui.say("error: nothing was verified: what is selected has no check, no action and no command to look up");
    }
    if arguments.save {
        let path = evidence::save(&settings.state_folder(), &result)?;
        ui.say(&format!("kept in {}", path.display()));
    }
    Ok(if result.interrupted { ExitCode::Interrupted } else { ExitCode::of(&result.tally) })
}

fn compared(settings: &Settings, result: RunResult) -> Result<RunResult, Failure> {
    let folder = settings.state_folder();
    let before = evidence::of_target(&folder, &result.target)?;
    let history = history::read(&folder, &result.target)?;
    let trend = trend(&result, before.as_ref(), &history);
    Ok(RunResult { trend: Some(trend), ..result })
}

fn subjects<'a>(
    ui: Ui,
    runbooks: &[&'a Runbook],
    diagnostics: &[crate::diagnostic::Diagnostic],
    target: &Target,
    given: &Given,
) -> Vec<Subject<'a>> {
    runbooks
        .iter()
        .map(|&runbook| {
            let given = given_to(runbook, runbooks, target, given);
            let (values, obstacles) = obstacles::of(ui, runbook, diagnostics, target, &given);
            Subject { runbook, values, obstacles }
        })
        .collect()
}

/// Returns what is given to one of several runbooks: a flag that only others have a use for is none of its business.
fn given_to(runbook: &Runbook, all: &[&Runbook], target: &Target, given: &Given) -> Given {
    let mut given = given.clone();
    given.flags.retain(|name, _| {
        plan::knows(runbook, target, name) || !all.iter().any(|other| plan::knows(other, target, name))
    });
    given
}

async fn look(
    arguments: &VerifyArguments,
    deck: &Deck,
    settings: &Settings,
    target: &Target,
    ui: Ui,
    environment: &Environment,
    subjects: Vec<Subject<'_>>,
) -> Result<RunResult, Failure> {
    let clock = Clock::from_environment(environment);
    let (http, redactor) = (HttpClient::default(), Redactor::new());
    let options = GateOptions::for_target(target, environment, clock);
    let gate = deck.gate(GateOptions { learner: Some(shared::learner(&redactor)), ..options }).await;
    let confinement =
        shared::confinement(gate.as_ref().ok().filter(|_| !deck.is_replay()), &settings.root, environment, ui);
    let cancel = Cancel::new();
    tokio::spawn(shared::listen_for_interrupt(cancel.clone()));
    let collector = Collector::default();
    let progress =
        VerifyProgress::new(ui, arguments.reports.format == Format::Human && ui::is_interactive(), subjects.len());
    let listeners = Listeners(vec![&collector, &progress]);
    let (tape, kubectl) = (deck.tape(), deck.kubectl(environment).await);
    let given = recording::given_values(&subjects);
    let run = shared::run_id(clock);
    let around = Surroundings {
        run: &run,
        root: &settings.root,
        target,
        environment,
        kubectl,
        gate: gate.as_ref().map_err(String::as_str),
        confinement: &confinement,
        http: &http,
        tape: tape.as_ref(),
        redactor: &redactor,
        cancel: &cancel,
        listener: &listeners,
        clock,
    };
    let scratch = files::PrivateFolder::create()?;
    let heard = |event| listeners.hear(&event).map_err(crate::run::stage::StageError::from);
    heard(streams::run_started(around, "verify", subjects.len(), deck.recorded()).await)?;
    let jobs = arguments.jobs.unwrap_or(settings.verify.jobs);
    verify(around, subjects, jobs, scratch.path().to_owned()).await?;
    heard(Event::RunFinished { interrupted: cancel.is_cancelled(), at: clock.now() })?;
    progress.clear();
    let result = collector.result();
    let made = Made { result: &result, gate: gate.as_ref().ok(), kubectl, given: &given, redactor: &redactor };
    if let Some(said) = deck.finish(&made)? {
        ui.say(&said);
    }
    Ok(result)
}
