//! `runbooks verify`

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::formats::ReportArguments;
use super::progress::VerifyProgress;
use super::recording::{self, Deck, Made, RecordingArguments};
use super::scope::ScopeArguments;
use super::shared::{self, ParamArguments, RootArguments, TargetArguments};
use super::ui::{self, Ui};
use super::{obstacles, streams};
use crate::cluster::{Gate, GateOptions};
use crate::collection;
use crate::config::{ParamsFile, ParamsFileError, Settings};
use crate::model::{ExitCode, FailOn, LookUp, Outcome, RunResult, Runbook, Target};
use crate::plan::{self, Given, Selection, SelectionError};
use crate::report::{self, Collector, Detail, Sources};
use crate::run::event::{Event, Listener as _, Listeners};
use crate::run::outside::Outside;
use crate::run::references::Reach;
use crate::run::stage::Surroundings;
use crate::run::trend::trend;
use crate::run::verify::{Subject, verify};
use crate::run::{HttpClient, Redactor, evidence, history};
use crate::sys::{Cancel, Clock, Environment, files};

/// Run the checks and resolve every documented command, changing nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all passed · 1 something failed or drifted · 2 could not look, or nothing selected · 130 interrupted\n\nExample: runbooks verify 'incident/*' --target novacron --report junit=report.xml\nExample: runbooks verify --changed-since origin/main --fail-on drifted"
)]
pub(super) struct VerifyArguments {
    /// Runbooks by id, glob or file; all that the target is for, if none is given
    #[arg(value_name = "RUNBOOK")]
    runbooks: Vec<String>,
    /// Only runbooks with this tag; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    #[command(flatten)]
    scope: ScopeArguments,
    /// Look up only what the checks and actions name, not other blocks and the prose
    #[arg(long)]
    roles_only: bool,
    /// Look up what else commands name: programs on the PATH, hosts by DNS, URLs that curl and wget read; repeatable
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    look_up: Vec<Outward>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    params: ParamArguments,
    #[command(flatten)]
    root: RootArguments,
    /// How many runbooks are verified at a time
    #[arg(long, value_name = "N", env = "RUNBOOKS_JOBS")]
    jobs: Option<usize>,
    /// How long one check is waited for at most, for each of its `within`, `for` and `timeout`: 5m, if not given
    #[arg(long, value_name = "TIME", value_parser = shared::length, env = "RUNBOOKS_MAX_WAIT")]
    max_wait: Option<Duration>,
    #[command(flatten)]
    reports: ReportArguments,
    /// Which outcomes make the exit code other than 0; all but `warn`, if not given. Others are reported all the same
    #[arg(long, value_enum, value_delimiter = ',', value_name = "OUTCOME")]
    fail_on: Vec<Failing>,
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

/// An outcome that makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Failing {
    /// The world is wrong: exit code 1
    Failed,
    /// The text is wrong: exit code 1
    Drifted,
    /// Could not look: exit code 2
    Errored,
    /// A check that only warns has failed, or the server warns of something: exit code 1
    Warn,
}

/// What is looked up besides the cluster and the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outward {
    /// Programs, on the PATH
    Tools,
    /// Hosts, by DNS
    Hosts,
    /// URLs that curl and wget read, by a GET without credentials
    Urls,
}

impl From<Outward> for LookUp {
    fn from(outward: Outward) -> Self {
        match outward {
            Outward::Tools => Self::Tools,
            Outward::Hosts => Self::Hosts,
            Outward::Urls => Self::Urls,
        }
    }
}

/// Carries out `runbooks verify`.
pub(super) fn run(arguments: &VerifyArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    until(arguments, ui, environment, None)
}

/// Carries it out until `stop` is uttered; what was found by then is not kept. Without a `stop`, Ctrl-C is listened to.
pub(super) fn until(
    arguments: &VerifyArguments,
    ui: Ui,
    environment: &Environment,
    stop: Option<&Cancel>,
) -> Result<ExitCode, Failure> {
    arguments.reports.check(environment)?;
    let settings = arguments.root.settings(ui, environment)?;
    let targets = arguments.target.targets(&settings)?;
    if arguments.compare && targets.len() > 1 {
        return Err(Failure::Usage("--compare compares one target; give one".to_owned()));
    }
    let deck = match targets.as_slice() {
        [target] => arguments.recording.open(target, arguments.save)?,
        _ if arguments.recording.is_used() => {
            return Err(Failure::Usage("a recording is of one target; give one".to_owned()));
        }
        _ => Deck::Live,
    };
    let selection = Selection::new(&arguments.runbooks, &arguments.tag, &obstacles::content_prefix(&settings))?;
    let collection = collection::load(&settings)?;
    let scope = arguments.scope.scope(&settings, environment)?;
    let file = arguments.params.file()?;
    let mut given = arguments.params.given(file.as_ref(), environment);
    deck.complete(&mut given);
    let meant = targets.iter().map(|target| Ok((target, selection.of(&collection.runbooks, target)?)));
    let meant: Vec<_> = meant.collect::<Result<_, SelectionError>>()?;
    if let Some(file) = &file {
        all_used(file, &meant)?;
    }
    let mut plans = Vec::new();
    let mut selected = 0;
    for (target, meant) in meant {
        selected = selected.max(meant.len());
        let left = scope.of(&meant);
        plans.push((target, subjects(ui, &left, &collection.diagnostics, target, &given, arguments.reach())));
    }
    let left: usize = plans.iter().map(|(_, subjects)| subjects.len()).sum();
    let results =
        shared::runtime()?.block_on(look_everywhere(arguments, &deck, &settings, ui, (environment, stop), plans))?;
    let results = match <[RunResult; 1]>::try_from(results) {
        Ok([result]) if arguments.compare => vec![compared(&settings, result)?],
        Ok([result]) => vec![result],
        Err(results) => results,
    };
    let result = report::join(results.clone())?;
    if result.interrupted && stop.is_some() {
        return Ok(ExitCode::Interrupted);
    }
    let detail = if arguments.quiet { Detail::Problems } else { Detail::Steps };
    arguments.reports.publish(&result, detail, &Sources::of(&collection.runbooks), ui, environment)?;
    if arguments.save && left > 0 {
        for result in &results {
            let path = evidence::save(&settings.state_folder(), result)?;
            ui.say(&format!("kept in {}", path.display()));
        }
    }
    if left == 0 && !result.interrupted {
        ui.say(&scope.nothing(selected));
        return Ok(ExitCode::Passed);
    }
    Ok(arguments.exit_code(&result, ui))
}

impl VerifyArguments {
    const fn reach(&self) -> Reach {
        if self.roles_only { Reach::Steps } else { Reach::WholeText }
    }

    fn exit_code(&self, result: &RunResult, ui: Ui) -> ExitCode {
        if result.interrupted {
            return ExitCode::Interrupted;
        }
        if result.tally.total() == 0 && result.resolved() == 0 {
            ui.say("error: nothing was verified: what is selected has no check, no action and no command to look up");
        }
        let steps = result.runbooks.iter().flat_map(|runbook| &runbook.steps);
        let warned = steps.filter(|step| step.warn && step.outcome == Outcome::Failed).count();
        let told = result.runbooks.iter().flat_map(|runbook| &runbook.findings).filter(|finding| finding.warn).count();
        let code = self.fail_on().exit_code(result, warned + told);
        let wrong = result.exit_code() != ExitCode::Passed;
        if code == ExitCode::Passed && wrong {
            ui.say("the exit code is 0: --fail-on lets through what was found");
        }
        code
    }

    fn fail_on(&self) -> FailOn {
        if self.fail_on.is_empty() {
            return FailOn::default();
        }
        let named = |outcome| self.fail_on.contains(&outcome);
        FailOn {
            failed: named(Failing::Failed),
            drifted: named(Failing::Drifted),
            errored: named(Failing::Errored),
            warned: named(Failing::Warn),
        }
    }
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
    reach: Reach,
) -> Vec<Subject<'a>> {
    runbooks
        .iter()
        .map(|&runbook| {
            let given = given_to(runbook, runbooks, target, given);
            let (values, obstacles) =
                obstacles::of(ui, runbook, diagnostics, target, &given, obstacles::Sitting::Nobody);
            Subject { runbook, values, obstacles, reach }
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

/// Refuses a file of values with a misspelt name that none of the runbooks has a use for.
fn all_used(file: &ParamsFile, meant: &[(&Target, Vec<&Runbook>)]) -> Result<(), ParamsFileError> {
    let is_used = |name: &str| {
        meant.iter().any(|(target, runbooks)| runbooks.iter().any(|runbook| plan::knows(runbook, target, name)))
    };
    let params = meant.iter().flat_map(|(_, runbooks)| runbooks).flat_map(|runbook| &runbook.params);
    file.all_used(is_used, &params.map(|param| param.name.as_str()).collect::<Vec<_>>())
}

/// Verifies on one target after the other. Where Ctrl-C stops it, targets that are left are not begun.
async fn look_everywhere(
    arguments: &VerifyArguments,
    deck: &Deck,
    settings: &Settings,
    ui: Ui,
    (environment, stop): (&Environment, Option<&Cancel>),
    plans: Vec<(&Target, Vec<Subject<'_>>)>,
) -> Result<Vec<RunResult>, Failure> {
    let cancel = stop.cloned().unwrap_or_else(|| {
        let cancel = Cancel::new();
        tokio::spawn(shared::listen_for_interrupt(cancel.clone()));
        cancel
    });
    let mut results = Vec::new();
    for (target, subjects) in plans {
        if results.is_empty() || !cancel.is_cancelled() {
            results.push(look(arguments, deck, (settings, target), ui, (environment, &cancel), subjects).await?);
        }
    }
    Ok(results)
}

/// Tells once what would otherwise have to be told of every action. Where the cluster cannot be asked, all else says so.
async fn say_whose_rights_are_unknown(gate: &Gate, ui: Ui) {
    if let Ok(Some(actor)) = gate.cluster().unasked_rights().await {
        ui.say(&format!(
            "warning: what \"{actor}\" may do is unknown: this identity may not create subjectaccessreviews, as the \
             cluster role \"system:auth-delegator\" lets it"
        ));
    }
}

async fn look(
    arguments: &VerifyArguments,
    deck: &Deck,
    (settings, target): (&Settings, &Target),
    ui: Ui,
    (environment, cancel): (&Environment, &Cancel),
    subjects: Vec<Subject<'_>>,
) -> Result<RunResult, Failure> {
    let clock = Clock::from_environment(environment);
    // Before the cluster is asked for anything: one that hangs takes its time, too.
    let begun = clock.now();
    let (http, redactor) = (HttpClient::default(), Redactor::new());
    let options = GateOptions::for_target(target, environment, clock);
    redactor.publish(shared::public(subjects.iter().map(|subject| subject.runbook), settings));
    let gate = match subjects.is_empty() {
        false => {
            let learner = Some(shared::learner(&redactor));
            deck.gate(GateOptions { learner, rights: target.rights.clone(), ..options }).await
        }
        true => Err("nobody was asked".to_owned()),
    };
    if let Ok(gate) = &gate {
        say_whose_rights_are_unknown(gate, ui).await;
    }
    let real = gate.as_ref().ok().filter(|_| !deck.is_replay());
    let confinement = shared::confinement(real, &settings.root, environment);
    shared::say_exposed(&confinement, ui);
    let collector = Arc::new(Collector::default());
    let progress = Arc::new(VerifyProgress::new(ui, ui::shows_progress(environment), subjects.len()));
    let listeners = Listeners(vec![collector.clone(), progress.clone()]);
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
        console: None,
        cancel,
        listener: &listeners,
        writes: None,
        patience: Some(arguments.max_wait.unwrap_or(settings.verify.max_wait)),
        clock,
    };
    let scratch = files::PrivateFolder::create()?;
    let heard = |event| listeners.hear(&event).map_err(crate::run::stage::StageError::from);
    heard(streams::run_started(around, "verify", subjects.len(), deck.recorded(), begun).await)?;
    let jobs = arguments.jobs.unwrap_or(settings.verify.jobs);
    let named = arguments.look_up.iter().copied().map(LookUp::from);
    let wanted = named.chain(settings.verify.look_up.iter().copied()).collect();
    let outside = Outside::new(wanted, deck.is_replay(), environment.clone(), cancel.clone());
    verify(around, subjects, &outside, jobs, scratch.path().to_owned()).await?;
    heard(Event::RunFinished { interrupted: cancel.is_cancelled(), at: clock.now() })?;
    progress.clear();
    let result = collector.result();
    let made = Made { result: &result, gate: gate.as_ref().ok(), kubectl, given: &given, redactor: &redactor };
    if let Some(said) = deck.finish(&made)? {
        ui.say(&said);
    }
    Ok(result)
}
