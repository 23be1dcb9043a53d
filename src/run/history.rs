//! What became of every step in the last runs: `.runbooks/history/<target>.ndjson`, one line per run, appended only.
//!
//! A line is written whole, under a lock, so that two runs that end at once leave two lines. A line that a crash has torn
//! has no newline behind it: readers leave it out, and the next writer takes it away. Readers look at the last
//! [`MOST_BYTES`] of a file and no further.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::evidence::{EvidenceError, file_name};
use crate::model::{Outcome, RunResult, RunbookId, RunbookResult, StepId, StepResult};
use crate::sys::files::FileError;
use crate::sys::{Appender, files};

/// How much of a history is read: the end of it.
pub const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// One run, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// The version of this format: 1.
    pub version: u32,
    /// The run's id.
    pub run: String,
    /// The target's name.
    pub target: String,
    /// When it ended.
    pub at: jiff::Timestamp,
    /// Its runbooks.
    pub runbooks: BTreeMap<RunbookId, PastRunbook>,
}

/// What became of a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRunbook {
    /// The gravest outcome.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Its steps.
    pub steps: BTreeMap<StepId, PastStep>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastStep {
    /// Its outcome; a check that only warned is `failed` with `warn`.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The first sixteen digits of the hash of the block.
    pub hash: String,
    /// Whether a failure only warns.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub warn: bool,
}

impl PastStep {
    /// Returns what a step came to.
    pub fn of(step: &StepResult) -> Self {
        Self {
            outcome: step.outcome,
            ms: step.duration_ms,
            hash: step.hash.chars().take(16).collect(),
            warn: step.warn,
        }
    }
}

impl PastRun {
    /// Returns what is kept of a run.
    pub fn of(result: &RunResult) -> Self {
        let steps = |runbook: &RunbookResult| {
            runbook.steps.iter().map(|step| (step.id.clone(), PastStep::of(step))).collect::<BTreeMap<_, _>>()
        };
        let of_runbook = |runbook: &RunbookResult| {
            let kept = PastRunbook { outcome: runbook.outcome, ms: runbook.duration_ms, steps: steps(runbook) };
            (runbook.id.clone(), kept)
        };
        Self {
            version: 1,
            run: result.run.clone(),
            target: result.target.clone(),
            at: result.finished,
            runbooks: result.runbooks.iter().map(of_runbook).collect(),
        }
    }
}

/// Adds a run to the history of its target.
pub(super) fn append(state_folder: &Path, result: &RunResult) -> Result<(), EvidenceError> {
    let path = path(state_folder, &result.target);
    let unreadable = |source| EvidenceError::Unreadable { path: path.clone(), source };
    let line = serde_json::to_string(&PastRun::of(result)).map_err(unreadable)?;
    let mut file = Appender::wait(&path)?;
    file.drop_torn_line()?;
    file.append(&line)?;
    Ok(())
}

/// The last runs of a target.
#[derive(Debug, Default)]
pub struct History {
    /// The runs, oldest first.
    pub runs: Vec<PastRun>,
    /// The lines that tell of no run, with their numbers among the lines that were read, and what is wrong with them.
    pub damaged: Vec<(usize, serde_json::Error)>,
}

/// Returns the last runs of a target, oldest first.
pub fn read(state_folder: &Path, target: &str) -> Result<Vec<PastRun>, EvidenceError> {
    let mut history = read_what_is_sound(state_folder, target)?;
    match history.damaged.pop() {
        Some((_, source)) => Err(EvidenceError::Unreadable { path: path(state_folder, target), source }),
        None => Ok(history.runs),
    }
}

/// Returns the last runs of a target, and which lines tell of none.
pub fn read_what_is_sound(state_folder: &Path, target: &str) -> Result<History, FileError> {
    let path = path(state_folder, target);
    if !files::exists(&path) {
        return Ok(History::default());
    }
    let (bytes, whole) = files::read_tail(&path, MOST_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if !whole && !lines.is_empty() {
        lines.remove(0);
    }
    let mut history = History::default();
    for (at, line) in lines.into_iter().enumerate().filter(|(_, line)| line.ends_with('\n')) {
        match serde_json::from_str(line) {
            Ok(run) => history.runs.push(run),
            Err(error) => history.damaged.push((at + 1, error)),
        }
    }
    Ok(history)
}

/// Returns the last `most` outcomes of every step of a runbook, oldest first.
pub fn of_runbook<'a>(
    runs: &'a [PastRun],
    runbook: &RunbookId,
    most: usize,
) -> BTreeMap<&'a StepId, Vec<(jiff::Timestamp, &'a PastStep)>> {
    let mut steps: BTreeMap<&StepId, Vec<_>> = BTreeMap::new();
    for (run, past) in runs.iter().rev().filter_map(|run| Some((run, run.runbooks.get(runbook)?))) {
        for (id, step) in &past.steps {
            let known = steps.entry(id).or_default();
            if known.len() < most {
                known.push((run.at, step));
            }
        }
    }
    steps.values_mut().for_each(|known| known.reverse());
    steps
}

/// Returns the file of a target's history.
pub fn path(state_folder: &Path, target: &str) -> PathBuf {
    state_folder.join("history").join(format!("{}.ndjson", file_name(target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(run: &str) -> RunResult {
        let text = format!(
            r#"{{"version":1,"run":"{run}","mode":"verify","target":"a/b","started":"2026-11-21T12:00:00Z",
            "finished":"2026-11-21T12:00:01Z","interrupted":false,
            "tally":{{"passed":1,"failed":0,"drifted":0,"errored":0,"skipped":0}},
            "runbooks":[{{"id":"x","title":"X","path":"x.md","outcome":"passed","references":
            {{"resolved":0,"drifted":0,"unknown":0,"errored":0}},"started":"2026-11-21T12:00:00Z","duration_ms":5,
            "steps":[{{"id":"s","title":"S","role":"check","place":{{"path":"x.md","line":1,"column":1,
            "end":{{"line":1,"column":2}}}},"hash":"0123456789abcdef0123","outcome":"passed",
            "started":"2026-11-21T12:00:00Z","duration_ms":5,"attempts":1}}]}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn runs(folder: &Path) -> Vec<String> {
        read(folder, "a/b").unwrap().into_iter().map(|run| run.run).collect()
    }

    #[test]
    fn runs_are_read_in_the_order_in_which_they_ended() {
        let folder = tempfile::tempdir().unwrap();
        assert!(runs(folder.path()).is_empty());
        append(folder.path(), &result("1")).unwrap();
        append(folder.path(), &result("2")).unwrap();
        assert_eq!(runs(folder.path()), ["1", "2"]);
    }

    #[test]
    fn a_line_that_a_crash_has_torn_is_left_out_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), &result("1")).unwrap();
        let path = path(folder.path(), "a/b");
        let torn = format!("{}{{\"version\":1,\"ru", files::read_text(&path).unwrap());
        files::write(&path, torn.as_bytes()).unwrap();
        assert_eq!(runs(folder.path()), ["1"]);
        append(folder.path(), &result("2")).unwrap();
        assert_eq!(runs(folder.path()), ["1", "2"]);
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = folder.path();
                scope.spawn(move || append(path, &result(&number.to_string())).unwrap());
            }
        });
        let mut found = runs(folder.path());
        found.sort();
        assert_eq!(found, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&path(folder.path(), "a/b"), b"damaged\n").unwrap();
        assert!(read(folder.path(), "a/b").is_err());
        let sound = read_what_is_sound(folder.path(), "a/b").unwrap();
        assert_eq!((sound.runs.len(), sound.damaged[0].0), (0, 1));
    }

    #[test]
    fn the_last_outcomes_of_a_step_are_bounded() {
        let runs: Vec<_> = ["1", "2", "3"].map(|run| PastRun::of(&result(run))).into();
        let steps = of_runbook(&runs, &RunbookId("x".to_owned()), 2);
        assert_eq!(steps[&StepId("s".to_owned())].len(), 2);
        assert!(of_runbook(&runs, &RunbookId("y".to_owned()), 2).is_empty());
    }
}
