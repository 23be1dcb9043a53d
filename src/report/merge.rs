//! Several results → one: the shards of a run, each from a machine of its own.

use std::collections::BTreeMap;

use super::collect::tally;
use crate::model::{RunResult, RunbookId, RunbookResult};

/// Why results are not parts of one whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is none.
    #[error("nothing to merge")]
    Nothing,
    /// They are about different things.
    #[error("the results do not belong together: `{0}` and `{1}`")]
    Apart(String, String),
    /// They are of a format this version does not know.
    #[error("the results are of version {0} of the format; this program knows version 1")]
    Version(u32),
}

/// Merges results of one mode and target. Of a runbook that is in several, the one that began last counts.
pub fn merge(results: Vec<RunResult>) -> Result<RunResult, MergeError> {
    let mut results = results.into_iter();
    let mut whole = results.next().ok_or(MergeError::Nothing)?;
    known(&whole)?;
    let mut runbooks = BTreeMap::new();
    add(&mut runbooks, std::mem::take(&mut whole.runbooks));
    for part in results {
        known(&part)?;
        if about(&part) != about(&whole) {
            return Err(MergeError::Apart(about(&whole), about(&part)));
        }
        whole.started = whole.started.min(part.started);
        whole.finished = whole.finished.max(part.finished);
        whole.interrupted |= part.interrupted;
        whole.cluster_version = whole.cluster_version.or(part.cluster_version);
        add(&mut runbooks, part.runbooks);
    }
    whole.runbooks = runbooks.into_values().collect();
    whole.tally = tally(&whole.runbooks);
    // Each part was compared on its own; of the whole nobody has said anything.
    whole.trend = None;
    Ok(whole)
}

fn known(result: &RunResult) -> Result<(), MergeError> {
    if result.version == 1 { Ok(()) } else { Err(MergeError::Version(result.version)) }
}

fn about(result: &RunResult) -> String {
    let recording = if result.recording.is_some() { "a recording of " } else { "" };
    format!("{} on {recording}{}", result.mode, result.target)
}

/// Joins the results of one run on several targets: each runbook says which.
pub fn join(results: Vec<RunResult>) -> Result<RunResult, MergeError> {
    let mut results = results.into_iter();
    let mut whole = results.next().ok_or(MergeError::Nothing)?;
    let name = |result: &mut RunResult| {
        let target = result.target.clone();
        result.runbooks.iter_mut().for_each(|runbook| runbook.target = Some(target.clone()));
    };
    let mut several = false;
    for mut part in results {
        if !std::mem::replace(&mut several, true) {
            name(&mut whole);
        }
        name(&mut part);
        whole.target = format!("{},{}", whole.target, part.target);
        whole.finished = part.finished;
        whole.interrupted |= part.interrupted;
        // Clusters of different versions have none in common.
        whole.cluster_version = whole.cluster_version.filter(|version| part.cluster_version.as_ref() == Some(version));
        whole.runbooks.extend(part.runbooks);
    }
    whole.tally = tally(&whole.runbooks);
    Ok(whole)
}

type Key = (Option<String>, RunbookId);

fn add(runbooks: &mut BTreeMap<Key, RunbookResult>, more: Vec<RunbookResult>) {
    for runbook in more {
        let key = (runbook.target.clone(), runbook.id.clone());
        let newer = runbooks.get(&key).is_none_or(|known| known.started <= runbook.started);
        if newer {
            runbooks.insert(key, runbook);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, Tally};
    use crate::report::example;

    fn part(id: &str, outcome: Outcome) -> RunResult {
        let mut result = example::result(outcome);
        result.runbooks[0].id = RunbookId(id.to_owned());
        result
    }

    #[test]
    fn shards_add_up() {
        let merged = merge(vec![part("b", Outcome::Failed), part("a", Outcome::Passed)]).unwrap();
        let ids: Vec<_> = merged.runbooks.iter().map(|runbook| runbook.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(merged.tally, Tally { passed: 1, failed: 1, ..Tally::default() });
    }

    #[test]
    fn of_a_runbook_in_two_parts_the_later_counts() {
        let mut late = part("a", Outcome::Passed);
        late.runbooks[0].started = jiff::Timestamp::from_second(60).unwrap();
        let merged = merge(vec![late, part("a", Outcome::Failed)]).unwrap();
        assert_eq!(merged.tally, Tally { passed: 1, ..Tally::default() });
    }

    #[test]
    fn an_interrupted_part_makes_the_whole_interrupted() {
        let stopped = RunResult { interrupted: true, ..part("b", Outcome::Passed) };
        assert!(merge(vec![part("a", Outcome::Passed), stopped]).unwrap().interrupted);
    }

    #[test]
    fn of_several_targets_each_runbook_says_which() {
        let other = RunResult { target: "elsewhere".to_owned(), ..part("a", Outcome::Failed) };
        let joined = join(vec![part("a", Outcome::Passed), other]).unwrap();
        let targets: Vec<_> = joined.runbooks.iter().map(|runbook| runbook.target.as_deref()).collect();
        assert_eq!(targets, [Some("novacron"), Some("elsewhere")]);
        assert_eq!(joined.target, "novacron,elsewhere");
        assert_eq!(joined.tally, Tally { passed: 1, failed: 1, ..Tally::default() });
        assert_eq!(join(vec![part("a", Outcome::Passed)]).unwrap(), part("a", Outcome::Passed));
    }

    #[test]
    fn the_world_and_a_recording_of_it_stay_apart() {
        let error = merge(vec![part("a", Outcome::Passed), example::recorded(Outcome::Passed)]).unwrap_err();
        assert!(error.to_string().ends_with("`verify on a recording of novacron`"), "{error}");
        let both = vec![example::recorded(Outcome::Passed), example::recorded(Outcome::Passed)];
        assert!(merge(both).unwrap().recording.is_some());
    }

    #[test]
    fn results_of_different_targets_stay_apart() {
        let other = RunResult { target: "elsewhere".to_owned(), ..part("b", Outcome::Passed) };
        let error = merge(vec![part("a", Outcome::Passed), other]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the results do not belong together: `verify on novacron` and `verify on elsewhere`"
        );
        assert_eq!(merge(Vec::new()), Err(MergeError::Nothing));
    }
}
