//! `JUnit` XML for CI systems: a suite per runbook, a case per step.
//!
//! `failed` and `drifted` are failures (the type tells which), `errored` is an error, `skipped` is skipped.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::model::{Finding, Outcome, RunResult, RunbookResult, StepResult};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[error("cannot write JUnit: {0}")]
pub struct JunitError(#[from] quick_junit::SerializeError);

/// Returns the result as `JUnit` XML.
pub fn junit(result: &RunResult) -> Result<String, JunitError> {
    let mut report = Report::new(format!("runbooks {} {}{}", result.mode, result.target, recorded(result)));
    for runbook in &result.runbooks {
        report.add_test_suite(suite(runbook));
    }
    Ok(report.to_string()?)
}

/// Says that the world was not looked at, where it was not.
fn recorded(result: &RunResult) -> String {
    let recording = result.recording.as_ref();
    recording.map(|recording| format!(" (recording of {})", recording.at)).unwrap_or_default()
}

fn suite(runbook: &RunbookResult) -> TestSuite {
    let mut suite = TestSuite::new(name(runbook));
    suite.set_time(Duration::from_millis(runbook.duration_ms));
    suite.add_test_cases(runbook.steps.iter().map(|step| case(runbook, step)));
    suite.add_test_cases(runbook.findings.iter().filter_map(|finding| outside(runbook, finding)));
    suite
}

/// Returns the runbook's id, with the target where there are several.
fn name(runbook: &RunbookResult) -> String {
    let id = runbook.id.as_str();
    runbook.target.as_ref().map_or_else(|| id.to_owned(), |target| format!("{id} @ {target}"))
}

fn case(runbook: &RunbookResult, step: &StepResult) -> TestCase {
    let mut case = TestCase::new(step.id.as_str(), status(step));
    case.set_classname(name(runbook));
    case.set_time(Duration::from_millis(step.duration_ms));
    case.extra.insert("file".into(), step.place.path.display().to_string().into());
    case.extra.insert("line".into(), step.place.start.line.to_string().into());
    if !step.stdout.is_empty() {
        case.set_system_out(step.stdout.as_str());
    }
    if !step.stderr.is_empty() {
        case.set_system_err(step.stderr.as_str());
    }
    case
}

/// Returns a case for what is wrong outside the steps; unknown references are no case, they claim nothing.
fn outside(runbook: &RunbookResult, finding: &Finding) -> Option<TestCase> {
    let kind = kind(finding.outcome)?;
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(finding.outcome.as_str()).set_message(finding.message.as_str()).set_description(describe(finding));
    let mut case = TestCase::new(format!("{}:{}", finding.rule, finding.place.start.line), status);
    case.set_classname(name(runbook));
    Some(case)
}

fn status(step: &StepResult) -> TestCaseStatus {
    let reason = step.reason.clone().or_else(|| step.findings.first().map(|finding| finding.message.clone()));
    let mut status = match (step.outcome, kind(step.outcome)) {
        (Outcome::Skipped, _) => TestCaseStatus::skipped(),
        (Outcome::Failed, _) if step.warn => TestCaseStatus::success(),
        (_, None) => TestCaseStatus::success(),
        (_, Some(kind)) => TestCaseStatus::non_success(kind),
    };
    if let Some(reason) = reason {
        status.set_message(reason);
    }
    if step.outcome != Outcome::Passed {
        status.set_type(step.outcome.as_str());
    }
    let description: Vec<_> = step.findings.iter().map(describe).collect();
    if !description.is_empty() {
        status.set_description(description.join("\n"));
    }
    status
}

const fn kind(outcome: Outcome) -> Option<NonSuccessKind> {
    match outcome {
        Outcome::Passed | Outcome::Skipped => None,
        Outcome::Failed | Outcome::Drifted => Some(NonSuccessKind::Failure),
        Outcome::Errored => Some(NonSuccessKind::Error),
    }
}

fn describe(finding: &Finding) -> String {
    let place = &finding.place;
    let mut lines =
        vec![format!("{}:{}:{}: {}", place.path.display(), place.start.line, place.start.column, finding.message)];
    let parts = [
        ("command", &finding.command),
        ("expected", &finding.expected),
        ("actual", &finding.actual),
        ("hint", &finding.help),
    ];
    lines.extend(parts.iter().filter_map(|(name, text)| Some(format!("{name}: {}", text.as_ref()?))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_drifted_step_is_a_failure_of_that_type() {
        let text = junit(&example::result(Outcome::Drifted)).unwrap();
        assert!(text.contains("failures=\"1\"") && text.contains("type=\"drifted\""), "{text}");
    }

    #[test]
    fn a_step_that_could_not_look_is_an_error() {
        let text = junit(&example::result(Outcome::Errored)).unwrap();
        assert!(text.contains("errors=\"1\"") && text.contains("failures=\"0\""), "{text}");
    }

    #[test]
    fn a_passed_step_is_neither() {
        let text = junit(&example::result(Outcome::Passed)).unwrap();
        assert!(text.contains("errors=\"0\"") && text.contains("failures=\"0\""), "{text}");
    }
}
