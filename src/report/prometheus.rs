//! The text format of Prometheus, for the textfile collector of the node exporter or a Pushgateway.
//!
//! Gauges only, because a run says how things stand, not how often something happened. Every outcome has a series of
//! its own, so that an alert can name it and a series never vanishes because its value changed.

use std::fmt::Write as _;

use crate::model::{Outcome, RunResult, RunbookResult};

/// Returns the result as metrics.
pub fn prometheus(result: &RunResult) -> String {
    let mut out = String::new();
    let mut base = format!("target=\"{}\",mode=\"{}\"", escaped(&result.target), escaped(&result.mode));
    if let Some(recording) = &result.recording {
        base.push_str(&format!(",recording=\"{}\"", recording.at));
    }
    let whole = |value: f64| vec![(base.clone(), value)];
    let each = |value: &dyn Fn(&RunbookResult) -> f64| {
        result.runbooks.iter().map(|runbook| (of_runbook(&base, runbook), value(runbook))).collect::<Vec<_>>()
    };
    family(&mut out, "runbooks_last_run_timestamp_seconds", "When the run ended.", &whole(seconds(result.finished)));
    family(
        &mut out,
        "runbooks_last_run_duration_seconds",
        "How long the run took.",
        &whole(result.finished.duration_since(result.started).as_secs_f64()),
    );
    family(
        &mut out,
        "runbooks_last_run_interrupted",
        "Whether somebody stopped the run.",
        &whole(f64::from(u8::from(result.interrupted))),
    );
    family(
        &mut out,
        "runbooks_outcomes",
        "How many steps, and findings outside steps, ended in each way.",
        &tally(result, &base),
    );
    family(
        &mut out,
        "runbooks_runbook_outcome",
        "1 for the gravest outcome of a runbook.",
        &runbook_outcomes(result, &base),
    );
    family(
        &mut out,
        "runbooks_runbook_duration_seconds",
        "How long a runbook took.",
        &each(&|runbook| milliseconds(runbook.duration_ms)),
    );
    family(
        &mut out,
        "runbooks_references",
        "How many names in the commands of a runbook were looked up, by what came of it.",
        &references(result, &base),
    );
    family(&mut out, "runbooks_step_outcome", "1 for the outcome of a step.", &step_outcomes(result, &base));
    family(
        &mut out,
        "runbooks_step_duration_seconds",
        "How long a step took, all attempts together.",
        &step_durations(result, &base),
    );
    out
}

fn family(out: &mut String, name: &str, help: &str, samples: &[(String, f64)]) {
    if samples.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(out, "{name}{{{labels}}} {value}");
    }
}

fn tally(result: &RunResult, base: &str) -> Vec<(String, f64)> {
    let of = |outcome: Outcome| (with_outcome(base, outcome), count(result.tally.get(outcome)));
    Outcome::ALL.into_iter().map(of).collect()
}

fn runbook_outcomes(result: &RunResult, base: &str) -> Vec<(String, f64)> {
    let of = |runbook: &RunbookResult| one_hot(&of_runbook(base, runbook), runbook.outcome);
    result.runbooks.iter().flat_map(of).collect()
}

fn step_outcomes(result: &RunResult, base: &str) -> Vec<(String, f64)> {
    let steps = result.runbooks.iter().flat_map(|runbook| runbook.steps.iter().map(move |step| (runbook, step)));
    steps.flat_map(|(runbook, step)| one_hot(&of_step(base, runbook, step.id.as_str()), step.outcome)).collect()
}

fn step_durations(result: &RunResult, base: &str) -> Vec<(String, f64)> {
    let steps = result.runbooks.iter().flat_map(|runbook| runbook.steps.iter().map(move |step| (runbook, step)));
    let looked = steps.filter(|(_, step)| step.attempts > 0);
    looked.map(|(runbook, step)| (of_step(base, runbook, step.id.as_str()), milliseconds(step.duration_ms))).collect()
}

fn references(result: &RunResult, base: &str) -> Vec<(String, f64)> {
    let of = |runbook: &RunbookResult| {
        let labels = of_runbook(base, runbook);
        let it = runbook.references;
        [("resolved", it.resolved), ("drifted", it.drifted), ("unknown", it.unknown), ("errored", it.errored)]
            .map(|(state, number)| (format!("{labels},state=\"{state}\""), count(number)))
    };
    result.runbooks.iter().flat_map(of).collect()
}

fn one_hot(labels: &str, actual: Outcome) -> [(String, f64); 5] {
    Outcome::ALL.map(|outcome| (with_outcome(labels, outcome), f64::from(u8::from(outcome == actual))))
}

fn with_outcome(labels: &str, outcome: Outcome) -> String {
    format!("{labels},outcome=\"{}\"", outcome.as_str())
}

fn of_runbook(base: &str, runbook: &RunbookResult) -> String {
    let own = runbook.target.as_ref().zip(base.rsplit_once(",mode="));
    let own = own.map(|(target, (_, mode))| format!("target=\"{}\",mode={mode}", escaped(target)));
    format!("{},runbook=\"{}\"", own.as_deref().unwrap_or(base), escaped(runbook.id.as_str()))
}

fn of_step(base: &str, runbook: &RunbookResult, step: &str) -> String {
    format!("{},step=\"{}\"", of_runbook(base, runbook), escaped(step))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[expect(clippy::cast_precision_loss, reason = "a float is what the format holds")]
fn milliseconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a float is what the format holds")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a float is what the format holds")]
fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_outcome_of_a_step_is_1_and_the_others_are_0() {
        let text = prometheus(&example::result(Outcome::Drifted));
        let labels = "target=\"novacron\",mode=\"verify\",runbook=\"incident/db-pool\",step=\"pool-has-room\"";
        assert!(text.contains(&format!("runbooks_step_outcome{{{labels},outcome=\"drifted\"}} 1\n")), "{text}");
        assert!(text.contains(&format!("runbooks_step_outcome{{{labels},outcome=\"passed\"}} 0\n")), "{text}");
        assert!(text.contains(&format!("runbooks_step_duration_seconds{{{labels}}} 1.25\n")), "{text}");
    }

    #[test]
    fn a_recording_is_another_series() {
        let text = prometheus(&example::recorded(Outcome::Passed));
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        assert!(samples.into_iter().all(|line| line.contains(",recording=\"1970-01-01T00:00:00Z\"")), "{text}");
    }

    #[test]
    fn a_name_with_quotes_stays_one_label() {
        let mut result = example::result(Outcome::Passed);
        result.target = "a\"b\\c\nd".to_owned();
        let text = prometheus(&result);
        assert!(text.contains("target=\"a\\\"b\\\\c\\nd\""), "{text}");
        assert!(text.lines().all(|line| line.starts_with('#') || line.starts_with("runbooks_")), "{text}");
    }

    #[test]
    fn every_family_has_its_help_and_type_once() {
        let text = prometheus(&example::result(Outcome::Passed));
        let types: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
        let mut unique = types.clone();
        unique.dedup();
        assert_eq!(types, unique);
        assert_eq!(types.len(), text.matches("# HELP").count());
    }
}
