//! A script: its outcome is its exit status, and a missing tool or too little time is not the world's fault.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::json;

use super::super::attempt::{Attempt, Cut};
use super::super::event::Stream;
use super::super::finding::{self, finding};
use super::super::recorded::{self, ScriptEnd};
use super::super::redact::RedactedStream;
use super::super::session::{Block, BlockEnd, Program, RunError, Session};
use super::super::step::StepContext;
use super::seat::Seat;
use super::{Prepared, not_recorded, too_long};
use crate::expression::{Fact, Facts};
use crate::model::{Finding, Outcome, Shell, Step, StepLanguage};
use crate::recording::StepTape;
use crate::sys::Confinement;
use crate::sys::process::{Ended, Ending, Pipe, Running, Streams};

/// How many lines of what a failing command printed are shown with the finding.
const SHOWN_LINES: usize = 12;

/// What a shell exits with where there is no such command.
const NOT_FOUND: i32 = 127;

/// What a shell exits with where a command cannot be executed.
const NOT_EXECUTABLE: i32 = 126;

/// Tries a script once.
pub(super) async fn attempt(
    prepared: &Prepared<'_>,
    session: &mut Session,
    context: &StepContext<'_>,
    limit: Duration,
) -> Attempt {
    let seat = Seat::of(prepared, context.console, limit);
    let Seat { streams, limit, .. } = seat;
    let request = Request { code: prepared.step.code.text(), limit, streams, keep: prepared.keep() };
    let end = run(prepared.step, session, context, &request).await;
    drop(seat.loan);
    match end {
        Ok(end) => judge(prepared, &end, limit),
        Err(error) => unable(prepared.step, &error),
    }
}

/// What is to be run, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) code: &'a str,
    pub(super) limit: Duration,
    pub(super) streams: Streams,
    pub(super) keep: usize,
}

/// Runs code in the session, with live output.
pub(super) async fn run(
    step: &Step,
    session: &mut Session,
    context: &StepContext<'_>,
    request: &Request<'_>,
) -> Result<BlockEnd, RunError> {
    if let Some(tape) = context.tape.filter(|tape| tape.is_replay()) {
        return again(tape, context);
    }
    let surroundings = Surroundings::of(step, context);
    let (mut stdout, mut stderr) = (context.redactor.stream(), context.redactor.stream());
    let end = {
        let mut listen = |pipe, text: &str| match pipe {
            Pipe::Stdout => show(&mut stdout, Stream::Stdout, text, context),
            Pipe::Stderr => show(&mut stderr, Stream::Stderr, text, context),
        };
        session.run(&surroundings.block(request), context.redactor, context.cancel, &mut listen).await
    };
    for (held, stream) in [(&mut stdout, Stream::Stdout), (&mut stderr, Stream::Stderr)] {
        let rest = held.finish();
        if !rest.is_empty() {
            (context.output)(stream, rest.trim_end_matches('\n'));
        }
    }
    if let (Some(tape), Ok(end)) = (context.tape, &end)
        && let Some(end) = ScriptEnd::of(end)
    {
        tape.keep(recorded::json(&end));
    }
    end
}

/// Returns the end that a recording holds of a script, which is not run.
fn again(tape: &StepTape<'_>, context: &StepContext<'_>) -> Result<BlockEnd, RunError> {
    let kept = tape.replay().and_then(|kept| serde_json::from_value::<ScriptEnd>(kept).ok());
    let end = kept.ok_or(RunError::NotRecorded)?.again();
    for (printed, stream) in [(&end.ended.stdout, Stream::Stdout), (&end.ended.stderr, Stream::Stderr)] {
        let text = context.redactor.redact(&printed.text());
        if !text.is_empty() {
            (context.output)(stream, text.trim_end_matches('\n'));
        }
    }
    Ok(end)
}

fn show(redacted: &mut RedactedStream<'_>, stream: Stream, text: &str, context: &StepContext<'_>) {
    let ready = redacted.push(text);
    if !ready.is_empty() {
        (context.output)(stream, ready.strip_suffix('\n').unwrap_or(&ready));
    }
}

/// Starts a script that keeps running.
pub(crate) fn start(step: &Step, session: &mut Session, context: &StepContext<'_>) -> Result<Running, Box<Attempt>> {
    let surroundings = Surroundings::of(step, context);
    let keep = crate::sys::process::KEPT;
    let request = Request { code: step.code.text(), limit: Duration::ZERO, streams: Streams::Apart, keep };
    session.start(&surroundings.block(&request)).map_err(|error| Box::new(unable(step, &error)))
}

/// Says what became of a script that ran in the background.
pub(crate) fn end_of_background(step: &Step, ended: &Ended) -> Attempt {
    let mut attempt = match ended.ending {
        Ending::Cancelled | Ending::TimedOut | Ending::Exit(0) => Attempt::new(Outcome::Passed),
        Ending::Exit(_) | Ending::Signal(_) => {
            let status = ended.ending.status().unwrap_or_default();
            let mut finding = finding(
                Outcome::Failed,
                "background-ended",
                finding::fence(step),
                format!("ended by itself with status {status}"),
            );
            finding.actual = last_words(&ended.stderr.text(), &ended.stdout.text());
            Attempt::found(finding)
        }
    };
    attempt.exit = ended.ending.status();
    attempt.stdout = ended.stdout.text();
    attempt.stderr = ended.stderr.text();
    attempt
}

/// What a script is run in, owned for as long as it is borrowed from.
struct Surroundings<'a> {
    program: Program,
    environment: BTreeMap<&'a str, &'a str>,
    secrets: Vec<&'a str>,
    withheld: &'a [String],
    directory: Option<std::path::PathBuf>,
    step: &'a Step,
    fixed: &'a [(String, String)],
    confinement: Option<&'a Confinement>,
}

impl<'a> Surroundings<'a> {
    fn of(step: &'a Step, context: &StepContext<'a>) -> Self {
        let language = match step.language {
            StepLanguage::Shell(Shell::Sh) => "sh",
            _ => "bash",
        };
        let inherited = context.environment.variables().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let values = context.values.iter().map(|(name, value)| (name.as_str(), value.text.as_str()));
        Self {
            program: Program::named(step.shell.as_deref().unwrap_or(language)),
            environment: inherited.chain(values).collect(),
            secrets: context.values.iter().filter(|(_, value)| value.secret).map(|(name, _)| name.as_str()).collect(),
            withheld: context.withheld,
            directory: step.dir.as_ref().map(|directory| context.root.join(directory)),
            step,
            fixed: context.door,
            confinement: context.confinement,
        }
    }

    fn block<'b>(&'b self, request: &Request<'b>) -> Block<'b> {
        Block {
            program: &self.program,
            code: request.code,
            directory: self.directory.as_deref(),
            environment: &self.environment,
            secrets: &self.secrets,
            withheld: self.withheld,
            fixed: self.fixed,
            step: self.step.id.as_str(),
            timeout: request.limit,
            streams: request.streams,
            keep: request.keep,
            confinement: self.confinement,
        }
    }
}

/// Says what a script that has ended came to.
fn judge(prepared: &Prepared<'_>, end: &BlockEnd, limit: Duration) -> Attempt {
    let step = prepared.step;
    let mut attempt = Attempt::new(Outcome::Passed);
    attempt.exit = end.status;
    attempt.stdout = end.ended.stdout.text();
    attempt.stderr = end.ended.stderr.text();
    attempt.cut = end.ended.stdout.is_cut().then(|| too_long("output", prepared.keep()));
    attempt.facts = facts(prepared, &attempt, end);
    if let Some(finding) = problem(step, end, limit, 0, prepared.expects("exit")) {
        attempt.add(finding);
    }
    attempt
}

fn facts(prepared: &Prepared<'_>, attempt: &Attempt, end: &BlockEnd) -> Facts {
    let mut facts = Facts::default();
    if let Some(exit) = attempt.exit {
        facts.set("exit", Fact::Json(json!(exit)));
    }
    facts.set("stdout", text(&attempt.stdout, attempt.cut.as_ref()));
    let cut = end.ended.stderr.is_cut().then(|| too_long("error output", prepared.keep()));
    facts.set("stderr", text(&attempt.stderr, cut.as_ref()));
    facts.set("json", parse_json(&attempt.stdout, attempt.cut.as_ref(), "output"));
    facts.set("duration", Fact::Duration(end.ended.duration));
    facts
}

/// Returns a text that may be spoken of only if it is whole.
pub(super) fn text(text: &str, cut: Option<&Cut>) -> Fact {
    cut.map_or_else(|| Fact::Json(json!(text)), |cut| Fact::Unseen(cut.reason.clone()))
}

/// Returns a text as data, or why it is none.
pub(super) fn parse_json(text: &str, cut: Option<&Cut>, what: &str) -> Fact {
    if let Some(cut) = cut {
        return Fact::Unseen(cut.reason.clone());
    }
    match serde_json::from_str(text) {
        Ok(json) => Fact::Json(json),
        Err(_) if text.trim().is_empty() => Fact::Unavailable(format!("the {what} is empty, not JSON")),
        Err(error) => Fact::Unavailable(format!("the {what} is not JSON: {error}")),
    }
}

/// Returns what is wrong with the way a script ended. `before` lines of the step's code stand before the script;
/// `exit_is_expected` leaves its status to the expectation.
pub(super) fn problem(
    step: &Step,
    end: &BlockEnd,
    limit: Duration,
    before: usize,
    exit_is_expected: bool,
) -> Option<Finding> {
    let number = end.failure.as_ref().and_then(|failure| failure.line).map(|line| before + line);
    let (place, command) = match number.or((before > 0).then_some(before + 1)) {
        Some(number) => {
            let span = finding::line(step, number);
            (finding::within(step, span), step.code.text().get(span.start..span.end).map(str::to_owned))
        }
        None => (finding::fence(step), only_line(step)),
    };
    // On a terminal both streams are one.
    let (stdout, stderr) = (end.ended.stdout.text(), end.ended.stderr.text());
    let complaint = if stderr.is_empty() { &stdout } else { &stderr };
    let found = |outcome, rule: &str, message: String| {
        let mut finding = finding(outcome, rule, place.clone(), message);
        finding.command.clone_from(&command);
        finding.actual = last_words(&stderr, &stdout);
        Some(finding)
    };
    let status = match end.ended.ending {
        Ending::Cancelled => return found(Outcome::Errored, "interrupted", "interrupted".to_owned()),
        Ending::TimedOut => {
            let mut finding = found(Outcome::Errored, "timeout", format!("did not end within {limit:?}"))?;
            finding.help = Some("give it more time with `timeout=`, or bound what it waits for".to_owned());
            return Some(finding);
        }
        Ending::Exit(_) | Ending::Signal(_) => end.status?,
    };
    if let Some(finding) = missing(complaint, status, end, &found) {
        return Some(finding);
    }
    if status == 0 || exit_is_expected {
        return None;
    }
    let message = match end.ended.ending {
        Ending::Signal(signal) => format!("ended by signal {signal}"),
        _ => format!("failed with exit status {status}"),
    };
    found(Outcome::Failed, "exit-status", message)
}

/// Tells a tool that is not installed, and a script that is not there, from a command that failed.
fn missing(
    stderr: &str,
    status: i32,
    end: &BlockEnd,
    found: &dyn Fn(Outcome, &str, String) -> Option<Finding>,
) -> Option<Finding> {
    let in_pipe = |wanted| end.failure.as_ref().is_some_and(|failure| failure.statuses.contains(&wanted));
    if status == NOT_FOUND || status != 0 && in_pipe(NOT_FOUND) {
        if let Some(file) = capture(MISSING_FILE.as_ref(), stderr) {
            return found(Outcome::Drifted, "missing-file", format!("there is no file `{file}`"));
        }
        let tool = capture(MISSING_TOOL.as_ref(), stderr);
        let message = tool.map_or_else(|| "a tool is missing".to_owned(), |tool| format!("`{tool}` is not installed"));
        let mut finding = found(Outcome::Errored, "missing-tool", message)?;
        finding.help = tool.map(|tool| format!("install `{tool}`, or name it under `requires: tools`"));
        return Some(finding);
    }
    if status == NOT_EXECUTABLE {
        return found(Outcome::Errored, "not-executable", "a command cannot be executed".to_owned());
    }
    None
}

/// `bash: jq: command not found`, `sh: 1: jq: not found`.
static MISSING_TOOL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^(?:[^\n]*: )?([^\s:/]+): (?:command )?not found").ok());

/// `bash: ./scripts/x.sh: No such file or directory`.
static MISSING_FILE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^(?:[^\n]*: )?([^\s:]*/[^\s:]+): (?:No such file or directory|not found)").ok());

fn capture<'a>(regex: Option<&Regex>, text: &'a str) -> Option<&'a str> {
    regex?.captures(text)?.get(1).map(|group| group.as_str())
}

fn only_line(step: &Step) -> Option<String> {
    let text = step.code.text().trim();
    (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
}

/// Returns the last lines of what a command complained of, else of what it printed.
fn last_words(stderr: &str, stdout: &str) -> Option<String> {
    let text = if stderr.trim().is_empty() { stdout } else { stderr };
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    (!shown.is_empty()).then(|| shown.join("\n"))
}

/// Says why a script could not be started.
pub(super) fn unable(step: &Step, error: &RunError) -> Attempt {
    let missing = matches!(error, RunError::Launch(error) if error.is_missing());
    let rule = match error {
        RunError::NotRecorded => return not_recorded(step),
        _ if missing => "missing-tool",
        _ => "cannot-run",
    };
    let message = match error {
        RunError::Launch(launch) if missing => format!("`{}` is not installed", launch.program),
        other => other.to_string(),
    };
    Attempt::found(finding(Outcome::Errored, rule, finding::fence(step), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_tool_is_named() {
        for (stderr, tool) in [
            ("bash: kubectlx: command not found\n", "kubectlx"),
            ("bash: line 3: jq: command not found\n", "jq"),
            ("sh: 1: foo: not found\n", "foo"),
            ("x\n./run.sh: line 2: helm: command not found\n", "helm"),
        ] {
            assert_eq!(capture(MISSING_TOOL.as_ref(), stderr), Some(tool), "{stderr}");
        }
        assert_eq!(capture(MISSING_TOOL.as_ref(), "Error from server (NotFound): pods \"x\" not found"), None);
    }

    #[test]
    fn the_missing_file_is_named() {
        for stderr in ["bash: ./scripts/x.sh: No such file or directory\n", "sh: 2: ./scripts/x.sh: not found\n"] {
            assert_eq!(capture(MISSING_FILE.as_ref(), stderr), Some("./scripts/x.sh"), "{stderr}");
        }
    }
}
