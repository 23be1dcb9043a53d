//! `--record` and `--replay`: a recording is made of a verification, or answers in place of the world.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::streams;
use crate::cluster::{Gate, GateOptions};
use crate::model::{Recorded, RunResult, Target, ValueOrigin};
use crate::plan::Given;
use crate::recording::{Answers, Head, MASKED, Tape};
use crate::reference::kubectl::Release;
use crate::run::Redactor;
use crate::run::verify::Subject;
use crate::sys::Environment;

/// Whether the world is looked at, and whether its answers are kept.
#[derive(Debug, Clone, Args)]
pub(super) struct RecordingArguments {
    /// Keep what the cluster and the services answer in a file, for --replay; secrets are left out
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Answer from a file that --record made: needs no cluster, no kubectl and no network
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

impl RecordingArguments {
    /// Returns whether a recording is to be made or looked at.
    pub(super) const fn is_used(&self) -> bool {
        self.record.is_some() || self.replay.is_some()
    }

    /// Opens what was asked for. `save` is whether results are to be kept as evidence, which those of a recording are not.
    pub(super) fn open(&self, target: &Target, save: bool) -> Result<Deck, Failure> {
        let Some(path) = &self.replay else {
            let answers = Arc::new(Answers::default());
            return Ok(self.record.clone().map_or(Deck::Live, |path| Deck::Recording { path, answers }));
        };
        if save {
            return Err(Failure::Usage(
                "--save keeps what was proven to work; a recording proves nothing of today".into(),
            ));
        }
        let (head, answers) = Answers::read(path)?;
        if head.target != target.name {
            let made_of = format!("`{}` is a recording of target `{}`", path.display(), head.target);
            return Err(Failure::Usage(format!("{made_of}; add --target {}", head.target)));
        }
        Ok(Deck::Replaying { head: Box::new(head), answers: Arc::new(answers) })
    }
}

/// Where the answers of a verification come from, and whether they are kept.
#[derive(Debug)]
pub(super) enum Deck {
    /// The world is looked at.
    Live,
    /// The world is looked at, and what it answers is kept.
    Recording { path: PathBuf, answers: Arc<Answers> },
    /// A recording is looked at.
    Replaying { head: Box<Head>, answers: Arc<Answers> },
}

impl Deck {
    /// Adds the values that were given when the recording was made, where nothing else is given now. A secret is not
    /// known, and is not needed: something stands in its place.
    pub(super) fn complete(&self, given: &mut Given) {
        let Self::Replaying { head, .. } = self else { return };
        let secrets = head.secrets.iter().map(|name| (name.clone(), MASKED.to_owned()));
        for (name, text) in head.values.clone().into_iter().chain(secrets) {
            let own = format!("RUNBOOKS_PARAM_{name}");
            if !given.flags.contains_key(&name) && !given.environment.contains_key(&own) {
                given.file.entry(name).or_insert(text);
            }
        }
    }

    /// Opens the gate, or says why there is none.
    pub(super) async fn gate(&self, options: GateOptions) -> Result<Gate, String> {
        match self {
            Self::Live => Gate::open(options).await,
            Self::Recording { .. } => Gate::open(GateOptions { tape: self.tape(), ..options }).await,
            Self::Replaying { head, answers } => match &head.cluster {
                Some(cluster) => Gate::replay(cluster, Arc::clone(answers), options).await,
                None => return Err("there was none when the recording was made".to_owned()),
            },
        }
        .map_err(|error| error.to_string())
    }

    /// Returns the release of kubectl that the commands find, or found when the recording was made.
    pub(super) async fn kubectl(&self, environment: &Environment) -> Option<Release> {
        match self {
            Self::Replaying { head, .. } => Release::parse(head.kubectl.as_deref()?),
            Self::Live | Self::Recording { .. } => streams::kubectl(environment).await,
        }
    }

    /// Returns the recording as the steps use it.
    pub(super) fn tape(&self) -> Option<Tape> {
        match self {
            Self::Live => None,
            Self::Recording { answers, .. } => Some(Tape::Record(Arc::clone(answers))),
            Self::Replaying { answers, .. } => Some(Tape::Replay(Arc::clone(answers))),
        }
    }

    /// Returns whether no process will be started.
    pub(super) const fn is_replay(&self) -> bool {
        matches!(self, Self::Replaying { .. })
    }

    /// Returns the recording that is looked at in place of the world.
    pub(super) fn recorded(&self) -> Option<Recorded> {
        let Self::Replaying { head, .. } = self else { return None };
        Some(Recorded { at: head.recorded, run: head.run.clone() })
    }

    /// Writes the recording, if one was made, and says what was done.
    pub(super) fn finish(&self, made: &Made<'_>) -> Result<Option<String>, Failure> {
        let Self::Recording { path, answers } = self else { return Ok(None) };
        if made.result.interrupted {
            return Ok(Some("interrupted: no recording is kept".to_owned()));
        }
        answers.write(&made.head(), path, &|text| made.redactor.redact(text))?;
        Ok(Some(format!("recorded in {}", path.display())))
    }
}

/// What a recording says of the run it was made of.
pub(super) struct Made<'a> {
    pub(super) result: &'a RunResult,
    pub(super) gate: Option<&'a Gate>,
    pub(super) kubectl: Option<Release>,
    pub(super) given: &'a (BTreeMap<String, String>, BTreeSet<String>),
    pub(super) redactor: &'a Redactor,
}

impl Made<'_> {
    fn head(&self) -> Head {
        let result = self.result;
        Head {
            runbooks_recording: Head::VERSION,
            recorded: result.started,
            run: result.run.clone(),
            target: result.target.clone(),
            cluster_version: result.cluster_version.clone(),
            cluster: self.gate.map(Gate::called),
            kubectl: self.kubectl.map(|release| release.to_string()),
            values: self.given.0.clone(),
            secrets: self.given.1.clone(),
        }
    }
}

/// Returns what was given for this run alone: the values that are no secrets, and the names of those that are. What the
/// configuration and the texts say is read anew by whoever replays.
pub(super) fn given_values(subjects: &[Subject<'_>]) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let (mut values, mut secrets) = (BTreeMap::new(), BTreeSet::new());
    for (name, value) in subjects.iter().flat_map(|subject| &subject.values) {
        let here = matches!(
            value.origin,
            ValueOrigin::Flag
                | ValueOrigin::File
                | ValueOrigin::Environment(_)
                | ValueOrigin::Prompt
                | ValueOrigin::Earlier
        );
        match (here, value.secret) {
            (true, true) => drop(secrets.insert(name.clone())),
            (true, false) => drop(values.insert(name.clone(), value.text.clone())),
            (false, _) => {}
        }
    }
    (values, secrets)
}
