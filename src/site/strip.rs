//! The last runs of a step as a strip of bars, one for each.
//!
//! Height and gaps tell the outcomes apart, so that it reads without colour; a sentence says the same in words.

use std::fmt::Write as _;

use serde::Serialize;

use super::evidence::shown;
use crate::model::Outcome;

/// How many runs are shown.
const MOST: usize = 30;
/// How far one bar is from the next.
const STEP: usize = 4;
/// How high the strip is.
const HEIGHT: usize = 14;

/// A strip, for a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Strip {
    /// `Last 12 runs: 11 passed, 1 failed`.
    label: String,
    width: usize,
    height: usize,
    /// The bars of each outcome that there is.
    bars: Vec<Bars>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Bars {
    outcome: &'static str,
    /// Vertical strokes, as in the attribute `d` of a path.
    path: String,
}

impl Strip {
    /// Draws the last of these outcomes, which are oldest first, of a step that `ran` or was only looked at each time.
    pub(crate) fn of(outcomes: &[Outcome], ran: bool) -> Self {
        let last = &outcomes[outcomes.len().saturating_sub(MOST)..];
        let bars = Outcome::ALL.into_iter().filter_map(|outcome| {
            let mut path = String::new();
            for (at, _) in last.iter().enumerate().filter(|(_, found)| **found == outcome) {
                // Writing to a string cannot fail.
                _ = write!(path, "M{} {HEIGHT}v-{}", at * STEP + STEP / 2, height(outcome));
            }
            (!path.is_empty()).then(|| Bars { outcome: shown(outcome, ran), path })
        });
        Self { label: label(last, ran), width: last.len() * STEP, height: HEIGHT, bars: bars.collect() }
    }
}

/// Returns how high a bar is: what needs a person stands out.
const fn height(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Skipped => 2,
        Outcome::Passed => 6,
        Outcome::Errored => 10,
        Outcome::Failed | Outcome::Drifted => HEIGHT,
    }
}

fn label(last: &[Outcome], ran: bool) -> String {
    let count = |outcome| last.iter().filter(|found| **found == outcome).count();
    let word =
        |outcome: Outcome| if outcome == Outcome::Passed && !ran { "references resolved" } else { outcome.as_str() };
    let parts: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| count(*outcome) > 0)
        .map(|outcome| format!("{} {}", count(outcome), word(outcome)))
        .collect();
    let what = if ran { "runs" } else { "verifications, none of which ran it" };
    format!("Last {} {what}: {}", last.len(), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_thirty_runs_are_shown_and_the_oldest_are_left_out() {
        let mut outcomes = vec![Outcome::Failed; 5];
        outcomes.extend([Outcome::Passed; 30]);
        let strip = Strip::of(&outcomes, true);
        assert_eq!(strip.label, "Last 30 runs: 30 passed");
        assert_eq!((strip.width, strip.bars.len()), (120, 1));
    }

    #[test]
    fn outcomes_differ_in_height_and_are_counted_in_words() {
        let strip = Strip::of(&[Outcome::Passed, Outcome::Drifted, Outcome::Passed], true);
        assert_eq!(strip.label, "Last 3 runs: 2 passed, 1 drifted");
        let paths: Vec<_> = strip.bars.iter().map(|bars| (bars.outcome, bars.path.as_str())).collect();
        assert_eq!(paths, [("passed", "M2 14v-6M10 14v-6"), ("drifted", "M6 14v-14")]);
    }

    #[test]
    fn an_action_that_was_only_looked_at_is_not_drawn_as_one_that_passed() {
        let strip = Strip::of(&[Outcome::Passed, Outcome::Drifted], false);
        assert_eq!(strip.label, "Last 2 verifications, none of which ran it: 1 references resolved, 1 drifted");
        let drawn: Vec<_> = strip.bars.iter().map(|bars| bars.outcome).collect();
        assert_eq!(drawn, ["looked-up", "drifted"]);
    }
}
