//! One runbook on one target, being carried out: what its steps share, and how each of them is taken.
//!
//! `verify` and `exec` decide which steps are taken and in which order; here is what they have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cluster_objects::ClusterObjects;
use super::event::{Event, ListenError, Listener, Stream};
use super::exec::rehearsal;
use super::needs::{self, Missing};
use super::recorded;
use super::seen::{Seen, Trust};
use super::session::{Session, SessionError, SessionPlace};
use super::step::{Background, StepContext, StepEnd, Waiting, run_step, start_background};
use super::when::{self, Known};
use super::withheld;
use super::writes::{Change, Rehearsal, WriteRecord};
use super::{Attempt, HttpClient, Objects, Redactor, Verdict};
use crate::cluster::{Door, Gate, GateError, Policy, Witness};
use crate::model::{Finding, Outcome, Place, Role, Runbook, Step, StepId, StepResult, Target, Values, is_secret_name};
use crate::plan;
use crate::recording::{StepTape, Tape};
use crate::reference::kubectl::Release;
use crate::shell;
use crate::sys::terminal::Console;
use crate::sys::{Cancel, Clock, Confinement, Environment};

mod values;

/// What every runbook of a run has around it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The collection's root.
    pub root: &'a Path,
    /// Where the runbooks are pointed.
    pub target: &'a Target,
    /// The environment `runbooks` was started in.
    pub environment: &'a Environment,
    /// The kubectl that commands will find, where it tells its release.
    pub kubectl: Option<Release>,
    /// The one door to the cluster; `None` where there is no cluster, with the reason.
    pub gate: Result<&'a Gate, &'a str>,
    /// What checks cannot read: the ways to the cluster that are not the gate's.
    pub confinement: &'a Confinement,
    /// The clients of `http` and `promql` steps.
    pub http: &'a HttpClient,
    /// A recording that is made, or that answers; `None` in an ordinary run.
    pub tape: Option<&'a Tape>,
    /// Stands before every sink.
    pub redactor: &'a Redactor,
    /// Ctrl-C.
    pub cancel: &'a Cancel,
    /// The terminal of whoever carries the steps out; `None` where nobody sits at one.
    pub console: Option<&'a Console>,
    /// Hears every event.
    pub listener: &'a dyn Listener,
    /// Keeps what is written to the cluster; `None` where nothing may be written.
    pub writes: Option<&'a WriteRecord>,
    /// How long anybody waits for a step at most, whatever its text allows; `None` waits as long as that.
    pub patience: Option<std::time::Duration>,
    /// Tells the time.
    pub clock: Clock,
}

/// A runbook in the middle of being carried out.
pub struct Stage<'a> {
    around: Surroundings<'a>,
    runbook: &'a Runbook,
    values: Values,
    results: BTreeMap<StepId, StepResult>,
    session: Session,
    /// What runs in the background, each with the door it goes through, which must stay open as long.
    backgrounds: Vec<(Background, Option<Door>)>,
    interrupted: bool,
    /// The secrets that scripts set, by name.
    secrets: BTreeSet<String>,
    /// The values that each action ran with: its undo is about these.
    ran_with: BTreeMap<StepId, Values>,
}

/// Why a run cannot go on at all.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Somebody who must hear every event could not: the journal's disk is full, say.
    #[error("stopped before it went on: {0}")]
    Listen(#[from] ListenError),
    /// The session cannot be kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The gate cannot be opened for a step.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl<'a> Stage<'a> {
    /// Opens the session of a runbook in `folder`; where an earlier one left its state there, goes on from it.
    pub fn open(
        around: Surroundings<'a>,
        runbook: &'a Runbook,
        values: Values,
        folder: PathBuf,
    ) -> Result<Self, StageError> {
        for value in values.values().filter(|value| value.secret) {
            around.redactor.learn(&value.text);
        }
        let place =
            SessionPlace { folder, directory: around.root.to_owned(), name: format!("{}/{}", around.run, runbook.id) };
        Ok(Self {
            around,
            runbook,
            values,
            results: BTreeMap::new(),
            session: Session::open(place)?,
            backgrounds: Vec::new(),
            interrupted: false,
            secrets: BTreeSet::new(),
            ran_with: BTreeMap::new(),
        })
    }

    /// Returns the runbook.
    pub const fn runbook(&self) -> &'a Runbook {
        self.runbook
    }

    /// Returns what surrounds it.
    pub const fn around(&self) -> Surroundings<'a> {
        self.around
    }

    /// Returns the values, those captured so far included.
    pub const fn values(&self) -> &Values {
        &self.values
    }

    /// Returns what became of a step, if it has ended.
    pub fn result(&self, id: &StepId) -> Option<&StepResult> {
        self.results.get(id)
    }

    /// Returns whether Ctrl-C ended a step.
    pub const fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Returns why a step is not to be run: its `when` does not hold, or has no answer; or a value it takes is not there, or
    /// will not do. A check whose value another step was to capture has nothing to look at; all else is `errored` then.
    pub fn condition(&self, step: &Step) -> Option<StepResult> {
        self.unwanted(step).or_else(|| {
            let idle = |missing: &Missing<'_>| step.as_check().is_some() && missing.captured_by.is_some();
            match self.missing(step).filter(idle) {
                Some(missing) => Some(self.not_run(step, Outcome::Skipped, missing.to_string())),
                None => self.refusal(step),
            }
        })
    }

    fn missing(&self, step: &Step) -> Option<Missing<'a>> {
        needs::missing(self.runbook, step, &self.values, self.around.environment)
    }

    /// Returns that a step takes a value that is not there, or that will not do.
    fn refusal(&self, step: &Step) -> Option<StepResult> {
        let missing = self.missing(step).map(|missing| missing.to_string());
        let reason = missing.or_else(|| needs::unfit(step, &plan::bound(step, &self.values)))?;
        Some(self.not_run(step, Outcome::Errored, reason))
    }

    fn refused(&mut self, step: &Step) -> Result<Option<StepResult>, StageError> {
        let Some(result) = self.refusal(step) else { return Ok(None) };
        self.record(result.clone())?;
        Ok(Some(result))
    }

    fn unwanted(&self, step: &Step) -> Option<StepResult> {
        let when = step.when.as_ref()?;
        let values = plan::bound(step, &self.values);
        let known = Known {
            params: &self.runbook.params,
            declared: &step.declared,
            values: &values,
            results: &self.results,
            environment: self.around.environment,
        };
        match when::holds(&when.value, known) {
            Ok(true) => None,
            Ok(false) => Some(self.not_run(step, Outcome::Skipped, format!("`when` does not hold: {}", when.value))),
            Err(error) => {
                let reason = format!("`when` has no answer: {error}");
                Some(self.not_run(step, Outcome::Errored, reason))
            }
        }
    }

    /// Runs a step under `policy` and returns what became of it. One that takes a value that is not there, or that will not
    /// do, never runs.
    pub async fn run(&mut self, step: &Step, policy: Policy) -> Result<StepResult, StageError> {
        if let Some(result) = self.refused(step)? {
            return Ok(result);
        }
        self.announce(step)?;
        if step.as_action().is_some_and(|action| action.undo.is_none()) {
            self.ran_with.insert(step.id.clone(), self.values.clone());
        }
        let witness = self.witness(step, policy);
        let end = self.attempt(step, policy, witness).await?;
        self.interrupted |= end.interrupted;
        self.conclude(end)
    }

    /// Runs a step through a door of its own.
    async fn attempt(
        &mut self,
        step: &Step,
        policy: Policy,
        witness: Option<Arc<dyn Witness>>,
    ) -> Result<StepEnd, StageError> {
        let door = self.door(step, policy, witness)?;
        let values = self.bound(step);
        let (around, runbook) = (self.around, self.runbook);
        let tape = around.tape.map(|tape| {
            let hash = recorded::hash(runbook, step, &values);
            StepTape::new(tape, runbook.id.as_str(), step.id.as_str(), hash)
        });
        let trusted = Trust::in_step(step);
        let judge = |attempt: &Attempt| Seen::of(door.as_ref(), tape.as_ref())?.judge(attempt, trusted);
        let unseen = captured_secret(runbook, step);
        if let Some(name) = unseen {
            let text = format!("(what it prints is not shown: `{name}` is a secret)");
            print(around, runbook, step, Stream::Stderr, &text);
        }
        let output = |stream, text: &str| {
            if unseen.is_none() {
                print(around, runbook, step, stream, text);
            }
        };
        let environment = door.as_ref().map(Door::environment).unwrap_or_default();
        let through = around.gate.ok().zip(door.as_ref());
        let objects = through.map(|(gate, door)| ClusterObjects { cluster: gate.cluster(), door });
        let objects = objects.as_ref().map(|objects| objects as &dyn Objects);
        let waits = |waiting: Waiting| waits(around, runbook, step, waiting);
        let withheld = withheld::of(runbook, step, &values);
        let mut context = context((around, runbook), &values, &environment, objects, &output, &judge);
        context.withheld = &withheld;
        context.waiting = Some(&waits);
        context.confinement = confines(policy, step).then_some(around.confinement);
        context.tape = tape.as_ref();
        Ok(run_step(step, &mut self.session, &context).await)
    }

    /// Shows what an action would do: its writes go to the API server as dry runs. Nothing of it is on record, because
    /// nothing was done.
    pub async fn rehearse(&mut self, step: &Step) -> Result<(), StageError> {
        let (around, runbook) = (self.around, self.runbook);
        if let Err(reason) = rehearsal::is_possible(step) {
            print(around, runbook, step, Stream::Stderr, &reason);
            return Ok(());
        }
        let rehearsal = Arc::new(Rehearsal::new(around.redactor.clone()));
        let end = self.attempt(step, Policy::DryRun, Some(rehearsal.clone())).await?;
        for Change { method, object, before, after } in rehearsal.changes() {
            let (runbook, step) = (runbook.id.clone(), step.id.clone());
            around.listener.hear(&Event::WouldChange { runbook, step, method, object, before, after })?;
        }
        let outcome = end.result.outcome.as_str();
        print(around, runbook, step, Stream::Stderr, &format!("dry run: {outcome}; nothing was changed"));
        Ok(())
    }

    /// Starts an action that keeps running while later steps run. Returns its result only where it could not start.
    pub async fn start(&mut self, step: &Step, policy: Policy) -> Result<Option<StepResult>, StageError> {
        if let Some(result) = self.refused(step)? {
            return Ok(Some(result));
        }
        self.announce(step)?;
        self.ran_with.insert(step.id.clone(), self.values.clone());
        let door = self.door(step, policy, self.witness(step, policy))?;
        let values = self.bound(step);
        let started = {
            let (around, runbook) = (self.around, self.runbook);
            let output = |stream, text: &str| print(around, runbook, step, stream, text);
            let judge = |attempt: &Attempt| Seen::of(door.as_ref(), None)?.judge(attempt, Trust::Itself);
            let environment = door.as_ref().map(Door::environment).unwrap_or_default();
            let withheld = withheld::of(runbook, step, &values);
            let mut context = context((around, runbook), &values, &environment, None, &output, &judge);
            context.withheld = &withheld;
            start_background(step, &mut self.session, &context).await
        };
        match started {
            Ok(background) => {
                self.backgrounds.push((background, door));
                Ok(None)
            }
            Err(end) => self.conclude(*end).map(Some),
        }
    }

    /// Records a step that was not run.
    pub fn set_aside(&mut self, step: &Step, outcome: Outcome, reason: impl Into<String>) -> Result<(), StageError> {
        let result = self.not_run(step, outcome, reason.into());
        self.record(result)
    }

    /// Records what became of a step.
    pub fn record(&mut self, result: StepResult) -> Result<(), StageError> {
        self.results.insert(result.id.clone(), result.clone());
        self.around.listener.hear(&Event::StepFinished { runbook: self.runbook.id.clone(), result })?;
        Ok(())
    }

    /// Records that a step drifted: it is not run, because it cannot do what its author meant.
    pub fn drift(&mut self, step: &Step, findings: Vec<Finding>) -> Result<(), StageError> {
        let outcome = findings.iter().map(|finding| finding.outcome).fold(Outcome::Passed, Outcome::worse);
        let reason = findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
        let mut result = self.not_run(step, outcome, reason);
        if outcome == Outcome::Drifted {
            result.reason = None;
        }
        result.findings = findings;
        self.record(result)
    }

    /// Ends what runs in the background and then the session; nothing of it is left.
    pub async fn close(mut self) -> Result<(), StageError> {
        for (background, _door) in std::mem::take(&mut self.backgrounds) {
            if let Some(end) = background.stop().await {
                self.conclude(end)?;
            }
        }
        self.session.end().await;
        Ok(())
    }

    /// Returns a result for a step that was not run.
    pub fn not_run(&self, step: &Step, outcome: Outcome, reason: String) -> StepResult {
        StepResult {
            id: step.id.clone(),
            title: step.title.clone(),
            role: role(step),
            place: step_place(self.runbook, step),
            hash: step.hash.clone(),
            outcome,
            warn: step.as_check().is_some_and(|check| check.warn),
            reason: Some(reason),
            findings: Vec::new(),
            started: self.around.clock.now(),
            duration_ms: 0,
            attempts: 0,
            exit: None,
            stdout: String::new(),
            stderr: String::new(),
            value: None,
        }
    }

    fn announce(&self, step: &Step) -> Result<(), StageError> {
        self.around.listener.hear(&Event::StepStarted {
            runbook: self.runbook.id.clone(),
            step: step.id.clone(),
            title: step.title.clone(),
            role: role(step),
            hash: step.hash.clone(),
            at: self.around.clock.now(),
        })?;
        Ok(())
    }

    /// Returns who puts on record what a step writes; nobody where it may not.
    fn witness(&self, step: &Step, policy: Policy) -> Option<Arc<dyn Witness>> {
        let writes = self.around.writes.filter(|_| policy != Policy::ReadOnly)?;
        Some(writes.of(&self.runbook.id, &step.id))
    }

    /// Mints the door that this one step may go through; `None` where there is no cluster.
    fn door(&self, step: &Step, policy: Policy, witness: Option<Arc<dyn Witness>>) -> Result<Option<Door>, StageError> {
        let Ok(gate) = self.around.gate else { return Ok(None) };
        let label = format!("{} \"{}\"", role(step).as_str(), step.id);
        Ok(Some(match witness {
            Some(witness) => gate.door_before(policy, &label, witness)?,
            None => gate.door(policy, &label)?,
        }))
    }

    /// Puts on record by name what a script keeps as a secret: a resumed run knows that it has it no more.
    fn record_lost(&mut self, step: &StepId) -> Result<(), StageError> {
        for name in self.session.private_names().map(str::to_owned).collect::<Vec<_>>() {
            let is_value = self.values.get(&name).is_some_and(|value| value.secret);
            if !is_value && self.secrets.insert(name.clone()) {
                let (runbook, step) = (self.runbook.id.clone(), step.clone());
                self.around.listener.hear(&Event::Captured { runbook, step, name, value: None })?;
            }
        }
        Ok(())
    }

    fn conclude(&mut self, mut end: StepEnd) -> Result<StepResult, StageError> {
        self.record_lost(&end.result.id)?;
        if let Some((name, value)) = end.captured {
            self.around.listener.hear(&Event::Captured {
                runbook: self.runbook.id.clone(),
                step: end.result.id.clone(),
                name: name.clone(),
                value: (!value.secret).then(|| value.text.clone()),
            })?;
            self.values.insert(name, value);
        }
        if let Some(step) = self.runbook.step(&end.result.id) {
            end.result.place = step_place(self.runbook, step);
        }
        self.record(end.result.clone())?;
        Ok(end.result)
    }
}

/// Returns where a step's opening fence stands in the runbook.
pub fn step_place(runbook: &Runbook, step: &Step) -> Place {
    let block = runbook.blocks.get(step.block).map(|block| block.span).unwrap_or_default();
    let text = runbook.source.slice(block);
    let end = block.start + text.find('\n').unwrap_or(text.len());
    Place::of(&runbook.source, crate::model::Span::new(block.start, end))
}

/// Returns whether a step is a check or an action.
pub const fn role(step: &Step) -> Role {
    if step.as_check().is_some() { Role::Check } else { Role::Action }
}

/// Returns the secret that a step captures. Until it has ended nobody knows its value, and it may stand in what it prints.
fn captured_secret<'a>(runbook: &Runbook, step: &'a Step) -> Option<&'a str> {
    let name = step.capture.as_ref().map(|capture| capture.value.name.as_str())?;
    let is_param = || runbook.params.iter().any(|param| param.secret && param.name == name);
    (is_secret_name(name) || is_param()).then_some(name)
}

fn print(around: Surroundings<'_>, runbook: &Runbook, step: &Step, stream: Stream, text: &str) {
    // Live output is for whoever watches; a listener that cannot take it will say so at the step's end.
    let _ = around.listener.hear(&Event::Output {
        runbook: runbook.id.clone(),
        step: step.id.clone(),
        stream,
        text: text.to_owned(),
    });
}

fn waits(around: Surroundings<'_>, runbook: &Runbook, step: &Step, waiting: Waiting) {
    let milliseconds = |length: std::time::Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    // As with live output.
    let _ = around.listener.hear(&Event::Waiting {
        runbook: runbook.id.clone(),
        step: step.id.clone(),
        holds: waiting.holds,
        left_ms: milliseconds(waiting.left),
        of_ms: milliseconds(waiting.of),
        seen: waiting.seen,
    });
}

fn context<'a>(
    (around, runbook): (Surroundings<'a>, &'a Runbook),
    values: &'a Values,
    environment: &'a [(String, String)],
    objects: Option<&'a dyn Objects>,
    output: &'a (dyn Fn(Stream, &str) + Sync),
    judge: &'a (dyn Fn(&Attempt) -> Option<Verdict> + Sync),
) -> StepContext<'a> {
    StepContext {
        root: around.root,
        target: around.target,
        params: &runbook.params,
        values,
        withheld: &[],
        environment: around.environment,
        door: environment,
        confinement: None,
        objects,
        http: around.http,
        tape: None,
        redactor: around.redactor,
        cancel: around.cancel,
        console: around.console,
        output,
        waiting: None,
        patience: around.patience,
        judge: Some(judge),
        clock: around.clock,
    }
}

/// Programs that gain rights by starting, which a confined process cannot: in a step that calls one, nothing is hidden.
const GAIN_RIGHTS: &[&str] =
    &["sudo", "su", "doas", "pkexec", "run0", "ping", "podman", "buildah", "bwrap", "unshare", "mount"];

/// Returns whether the processes of a step may use no way to the cluster but the gate's. Those of an action may: they
/// do the operator's work, `aws eks update-kubeconfig` among it.
fn confines(policy: Policy, step: &Step) -> bool {
    let gains = |command: &shell::Command| {
        command.context == shell::Context::Local
            && command.name().is_some_and(|name| GAIN_RIGHTS.contains(&name.as_str()))
    };
    policy != Policy::Live && !shell::parse(step.code.text()).commands.iter().any(gains)
}
