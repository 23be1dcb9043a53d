//! The report for a terminal: what was looked at, what is wrong and where, and one line that sums up.
//!
//! Understandable without colour: every outcome is a word, and every place can be clicked or grepped.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Sources, difference, duration, sums};
use crate::model::{ExitCode, Finding, Outcome, RunResult, RunbookResult, StepResult, Trend, TrendItem};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every step, a line each.
    Steps,
    /// Only what is wrong, and the sum.
    Problems,
}

/// Returns the report, with ANSI colours; a stream that wants none strips them.
pub fn text(result: &RunResult, detail: Detail) -> String {
    text_with(result, detail, &Sources::default())
}

/// Returns the report with the lines of the texts it speaks of.
pub fn text_with(result: &RunResult, detail: Detail, sources: &Sources) -> String {
    let mut out = String::new();
    for runbook in &result.runbooks {
        runbook_lines(&mut out, runbook, detail, sources);
    }
    if let Some(trend) = &result.trend {
        trend_lines(&mut out, trend);
    }
    summary(&mut out, result);
    out
}

fn runbook_lines(out: &mut String, runbook: &RunbookResult, detail: Detail, sources: &Sources) {
    let quiet = detail == Detail::Problems && matches!(runbook.outcome, Outcome::Passed | Outcome::Skipped);
    if quiet || runbook.steps.is_empty() && runbook.findings.is_empty() {
        return;
    }
    let bold = Style::new().bold();
    let target = runbook.target.as_ref().map(|target| format!(" on {target}")).unwrap_or_default();
    line(out, &format!("{bold}{}{bold:#}  {}{target}", runbook.path.display(), runbook.title));
    for step in &runbook.steps {
        if detail == Detail::Steps || !matches!(step.outcome, Outcome::Passed | Outcome::Skipped) {
            step_lines(out, step, sources);
        }
    }
    let claims = runbook.findings.iter().filter(|finding| finding.outcome != Outcome::Skipped || finding.warn);
    claims.for_each(|finding| outside_lines(out, finding, sources));
    out.push('\n');
}

fn step_lines(out: &mut String, step: &StepResult, sources: &Sources) {
    let word = outcome_word(step.outcome, step.warn);
    let took =
        if step.outcome == Outcome::Skipped || step.attempts == 0 { String::new() } else { duration(step.duration_ms) };
    let place = format!("{}:{}", step.place.path.display(), step.place.start.line);
    line(out, &format!("  {word}  {}  {} {}", step.id, dim(&place), dim(&took)));
    let told = |reason: &&String| !step.findings.iter().any(|finding| finding.message == **reason);
    if let Some(reason) = step.reason.as_ref().filter(told) {
        line(out, &format!("      {reason}"));
    }
    step.findings.iter().for_each(|finding| finding_lines(out, finding, sources));
    let shown = |finding: &Finding| finding.actual.as_ref().is_some_and(|actual| actual.trim() == step.stderr.trim());
    if step.outcome != Outcome::Passed && !step.findings.iter().any(shown) {
        quoted(out, "stderr", &step.stderr);
    }
}

fn outside_lines(out: &mut String, finding: &Finding, sources: &Sources) {
    line(out, &format!("  {}  {}", outcome_word(finding.outcome, finding.warn), finding.rule));
    finding_lines(out, finding, sources);
}

fn finding_lines(out: &mut String, finding: &Finding, sources: &Sources) {
    line(out, &format!("      {}", finding.message));
    let shown = place_lines(out, finding, sources);
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let command = text(&finding.command);
    if !shown.contains(command.trim()) {
        quoted(out, "command", &command);
    }
    let (expected, actual) = (finding.expected_besides().unwrap_or_default().to_owned(), text(&finding.actual));
    // An expectation is a condition, and what it is held against are values: those have no lines in common.
    let alike = finding.rule != "expectation";
    let several = alike && expected.trim_end().contains('\n') || alike && actual.trim_end().contains('\n');
    if several && !expected.is_empty() && !actual.is_empty() {
        line(out, "      - expected, + actual:");
        difference(&expected, &actual).lines().for_each(|change| line(out, &format!("        {}", coloured(change))));
    } else {
        quoted(out, "expected", &expected);
        quoted(out, "actual", &actual);
    }
    quoted(out, "hint", &text(&finding.help));
}

/// Draws where a finding stands, with its lines where they are at hand, and returns what was drawn.
fn place_lines(out: &mut String, finding: &Finding, sources: &Sources) -> String {
    let place = &finding.place;
    let Some(excerpt) = sources.excerpt(place) else {
        line(out, &format!("      --> {}:{}:{}", place.path.display(), place.start.line, place.start.column));
        return String::new();
    };
    excerpt.lines().for_each(|drawn| line(out, &format!("     {drawn}")));
    anstream::adapter::strip_str(&excerpt).to_string()
}

fn coloured(change: &str) -> String {
    let color = match change.as_bytes().first() {
        Some(b'-') => AnsiColor::Red,
        Some(b'+') => AnsiColor::Green,
        _ => return change.to_owned(),
    };
    let style = color.on_default();
    format!("{style}{change}{style:#}")
}

fn trend_lines(out: &mut String, trend: &Trend) {
    line(out, &sums::trend(trend));
    let groups = [("new", &trend.new), ("fixed", &trend.fixed), ("still", &trend.still), ("flaky", &trend.flaky)];
    for (word, items) in groups {
        items.iter().for_each(|item| trend_line(out, word, item));
    }
    out.push('\n');
}

fn trend_line(out: &mut String, word: &str, item: &TrendItem) {
    let outcome = |outcome: Option<Outcome>, absent: &'static str| outcome.map_or(absent, Outcome::as_str);
    let change = match (item.before, item.now) {
        (before, now) if before == now => outcome(now, "gone").to_owned(),
        (before, now) => format!("{} -> {}", outcome(before, "not there"), outcome(now, "gone")),
    };
    let place = format!("{}:{}", item.path.display(), item.line);
    line(out, &format!("  {word:<5}  {}  {change}  {}", item.name, dim(&place)));
}

/// Writes `name: text`; a text of several lines stands under its name.
fn quoted(out: &mut String, name: &str, text: &str) {
    let text = text.trim_end();
    match text.split_once('\n') {
        _ if text.is_empty() => {}
        None => line(out, &format!("      {name}: {text}")),
        Some(_) => {
            line(out, &format!("      {name}:"));
            text.lines().for_each(|text| line(out, &format!("        {text}")));
        }
    }
}

fn summary(out: &mut String, result: &RunResult) {
    let style = outcome_style(verdict(result));
    line(out, &format!("{style}{}{style:#}: {}", result.mode, sums::counts_and_place(result)));
    if let Some(recording) = &result.recording {
        let made = recording.at.strftime("%Y-%m-%d %H:%M UTC");
        line(out, &format!("the recording was made {made} (run {}); nothing was asked today", recording.run));
    }
    references(out, result);
    if result.interrupted {
        line(out, "interrupted: what stands above is all that was looked at");
    }
}

fn references(out: &mut String, result: &RunResult) {
    let sum = |part: fn(&crate::model::ReferenceCount) -> usize| {
        result.runbooks.iter().map(|runbook| part(&runbook.references)).sum::<usize>()
    };
    let (resolved, drifted, unknown, errored) =
        (sum(|it| it.resolved), sum(|it| it.drifted), sum(|it| it.unknown), sum(|it| it.errored));
    if resolved + drifted + unknown + errored > 0 {
        line(
            out,
            &format!("references: {resolved} resolved, {drifted} drifted, {unknown} unknown, {errored} not looked at"),
        );
    }
}

fn verdict(result: &RunResult) -> Outcome {
    match result.exit_code() {
        ExitCode::Passed => Outcome::Passed,
        ExitCode::Found => Outcome::Failed,
        ExitCode::Unable | ExitCode::Interrupted => Outcome::Errored,
    }
}

/// Returns the outcome as a word of fixed width, marked so that it is found at a glance.
fn outcome_word(outcome: Outcome, warn: bool) -> String {
    let style = outcome_style(outcome);
    let word = if warn && matches!(outcome, Outcome::Failed | Outcome::Skipped) { "warned" } else { outcome.as_str() };
    format!("{style}{word:<7}{style:#}")
}

const fn outcome_style(outcome: Outcome) -> Style {
    let color = match outcome {
        Outcome::Passed => AnsiColor::Green,
        Outcome::Failed => AnsiColor::Red,
        Outcome::Drifted => AnsiColor::Magenta,
        Outcome::Errored => AnsiColor::Yellow,
        Outcome::Skipped => return Style::new().dimmed(),
    };
    color.on_default().bold()
}

fn dim(text: &str) -> String {
    let style = Style::new().dimmed();
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    fn plain(result: &RunResult, detail: Detail) -> String {
        anstream::adapter::strip_str(&text(result, detail)).to_string()
    }

    #[test]
    fn a_failed_check_shows_place_expectation_and_way_out() {
        let text = plain(&example::result(Outcome::Failed), Detail::Steps);
        assert!(text.contains("failed   pool-has-room  content/incident/db-pool.md:12 1.2s"), "{text}");
        assert!(
            text.contains("expected: value < 0.9\n      actual: value = 0.97\n      hint: end idle sessions"),
            "{text}"
        );
    }

    #[test]
    fn nothing_is_told_twice() {
        let mut result = example::result(Outcome::Errored);
        let step = &mut result.runbooks[0].steps[0];
        step.reason = Some(step.findings[0].message.clone());
        step.stderr = format!("{}\n", step.findings[0].actual.clone().unwrap_or_default());
        let text = plain(&result, Detail::Steps);
        assert_eq!(text.matches("the expectation does not hold").count(), 1, "{text}");
        assert_eq!(text.matches("value = 0.97").count(), 1, "{text}");
    }

    #[test]
    fn a_recording_is_called_one() {
        let result = example::recorded(Outcome::Passed);
        assert_eq!(
            plain(&result, Detail::Problems),
            "verify: 1 passed on a recording of novacron (v1.36.0) in 0ms\n\
             the recording was made 1970-01-01 00:00 UTC (run r0); nothing was asked today\n"
        );
    }

    #[test]
    fn only_problems_leaves_out_what_passed() {
        let text = plain(&example::result(Outcome::Passed), Detail::Problems);
        assert_eq!(text, "verify: 1 passed on novacron (v1.36.0) in 0ms\n");
    }
}
