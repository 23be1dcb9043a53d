//! A block of prompts: the lines after `$ ` are commands, the lines under them what they print.
//!
//! Both streams count as one, in their order, as on a terminal.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::super::attempt::Attempt;
use super::super::comparison::{Compared, compare};
use super::super::expression::{Fact, Facts};
use super::super::finding::{self, finding};
use super::super::session::Session;
use super::super::step::StepContext;
use super::{Prepared, shell};
use crate::model::{Comparison, Outcome, Span};
use crate::sys::process::{Ending, Streams};

/// A command and what it is expected to print.
#[derive(Debug, PartialEq, Eq)]
struct Prompted {
    command: String,
    /// Lines of the block before the command's.
    before: usize,
    /// What is expected, and where that stands in the block; `None` where nothing is said.
    output: Option<(String, Span)>,
}

/// Tries all commands once, in order; the first that is not as documented ends it.
pub(super) async fn attempt(
    prepared: &Prepared<'_>,
    session: &mut Session,
    context: &StepContext<'_>,
    limit: Duration,
) -> Attempt {
    let step = prepared.step;
    let prompted = split(step.code.text());
    let mut whole = Attempt::new(Outcome::Passed);
    let started = Instant::now();
    if prompted.is_empty() {
        let message = "a console block without a line that begins with `$ ` runs nothing";
        return Attempt::found(finding(Outcome::Errored, "no-prompt", finding::fence(step), message)).for_good();
    }
    for one in &prompted {
        let left = limit.saturating_sub(started.elapsed());
        let request =
            shell::Request { code: &one.command, limit: left, streams: Streams::AsOnTerminal, keep: prepared.keep() };
        let end = match shell::run(step, session, context, &request).await {
            Ok(end) => end,
            Err(error) => return shell::unable(step, &error),
        };
        let printed = end.ended.stdout.text();
        whole.stdout.push_str(&printed);
        whole.exit = end.status;
        if let Some(finding) = shell::problem(step, &end, limit, one.before, prepared.expects("exit")) {
            whole.add(finding);
        } else if matches!(end.ended.ending, Ending::Exit(_)) {
            whole.findings.extend(mismatch(prepared, one, &printed));
        }
        if let Some(finding) = whole.findings.first() {
            whole.outcome = finding.outcome;
            break;
        }
    }
    whole.facts = facts(&whole, started.elapsed());
    whole
}

fn facts(whole: &Attempt, duration: Duration) -> Facts {
    let mut facts = Facts::default();
    facts.set("stdout", Fact::Json(json!(whole.stdout)));
    facts.set("stderr", Fact::Json(json!("")));
    facts.set("json", shell::parse_json(&whole.stdout, false, "output"));
    facts.set("duration", Fact::Duration(duration));
    if let Some(exit) = whole.exit {
        facts.set("exit", Fact::Json(json!(exit)));
    }
    facts
}

fn mismatch(prepared: &Prepared<'_>, one: &Prompted, printed: &str) -> Option<crate::model::Finding> {
    let (expected, span) = one.output.as_ref()?;
    let Compared::Different(difference) = compare(Comparison::Lines, expected, printed) else { return None };
    let place = finding::within(prepared.step, *span);
    let mut finding = finding(Outcome::Failed, "output", place, difference.message);
    finding.command = Some(one.command.clone());
    finding.expected = Some(difference.expected);
    finding.actual = Some(difference.actual);
    Some(finding)
}

/// Splits a block into its commands. `> ` goes on with a command, and so does the line after a `\`.
fn split(text: &str) -> Vec<Prompted> {
    let mut prompted: Vec<Prompted> = Vec::new();
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(command) = line.trim_start().strip_prefix("$ ") {
            prompted.push(Prompted { command: command.to_owned(), before: number, output: None });
            continue;
        }
        let Some(last) = prompted.last_mut() else { continue };
        if last.output.is_none() && goes_on(&last.command, line) {
            last.command.push('\n');
            last.command.push_str(line.trim_start().strip_prefix("> ").unwrap_or(line));
            continue;
        }
        let (output, span) = last.output.get_or_insert_with(|| (String::new(), Span::new(start, start)));
        output.push_str(line);
        output.push('\n');
        if !line.trim().is_empty() {
            span.end = start + line.len();
        }
    }
    for one in &mut prompted {
        // An empty line between two prompts is there for the eye.
        one.output.take_if(|(output, _)| output.trim().is_empty());
    }
    prompted
}

fn goes_on(command: &str, line: &str) -> bool {
    command.ends_with('\\') || line.trim_start().starts_with("> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_outputs_are_told_apart() {
        let prompted = split("# note\n$ one \\\n  two\nout 1\n\nout 2\n\n$ three\n$ cat <<E\n> x\n> E\nx\n");
        assert_eq!(prompted.len(), 3);
        assert_eq!((prompted[0].command.as_str(), prompted[0].before), ("one \\\n  two", 1));
        assert_eq!(prompted[0].output.as_ref().unwrap().0, "out 1\n\nout 2\n\n");
        assert_eq!((prompted[1].before, &prompted[1].output), (7, &None));
        assert_eq!(prompted[2].command, "cat <<E\nx\nE");
    }
}
