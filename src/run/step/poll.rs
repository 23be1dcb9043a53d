//! Tries: until one passes or the time is up, and then for as long as it must hold.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::super::Attempt;
use super::super::finding::{self, finding};
use super::super::runner::{self, Prepared};
use super::super::session::Session;
use super::{StepContext, Waiting, assess};
use crate::model::{Outcome, Place, Step, StepLanguage};
use crate::recording::StepTape;
use crate::shell;

/// How long one attempt may take, where the step does not say.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How long is waited between two attempts of `within`, where the step does not say.
const EVERY: Duration = Duration::from_secs(2);

/// How long is waited between two looks of a `for` window, where the step does not say.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A pause shorter than this is not worth a word.
const NOTICED: Duration = Duration::from_secs(1);

/// The least time an attempt gets that begins just before `within` is over.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// Findings that no waiting changes: `within` is not spent on a program that is not installed.
const SETTLED: &[&str] = &["missing-tool", "not-executable"];

/// The tries at one step.
#[derive(Debug)]
pub(super) struct Tries {
    pub(super) last: Attempt,
    pub(super) count: u32,
    /// When the last one began.
    pub(super) began: Timestamp,
    /// When the first one began.
    pub(super) started: Instant,
    pub(super) interrupted: bool,
}

impl Tries {
    /// Returns no tries yet; `last` is what is said where there will be none.
    pub(super) fn none(context: &StepContext<'_>, last: Attempt) -> Self {
        Self { last, count: 0, began: context.clock.now(), started: Instant::now(), interrupted: false }
    }

    /// Tries until one passes, another cannot come to anything else, or `within` is over. The first try is at once.
    pub(super) async fn until_passed(
        &mut self,
        prepared: &Prepared<'_>,
        session: &mut Session,
        context: &StepContext<'_>,
    ) {
        let step = prepared.step;
        let (within, cut) = shortened(step.within, context);
        let deadline = within.map(|within| self.started + within);
        let every = step.every.unwrap_or(EVERY);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let whole = limit(step, None, context);
            let limit = limit(step, left, context);
            let before = (self.count > 0).then(|| self.last.clone());
            self.once(prepared, session, context, limit).await;
            if let Some(before) = before.filter(|_| limit < whole && is_cut_short(&self.last)) {
                // The last try had less time than any before it: what was seen then stands.
                self.last = before;
            }
            if self.interrupted || self.last.outcome == Outcome::Passed || !self.last.retry {
                return;
            }
            let Some(deadline) = deadline else { return };
            // The last try is when the time is up, not up to `every` before.
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return if cut { self.leave_open(step, within) } else { self.say_how_often(step) };
            }
            let seen = self.last.reason.clone().or_else(|| self.last.findings.first().map(|it| it.message.clone()));
            let seen = seen.map(|text| context.redactor.redact(&text));
            tell(context, every.min(left), Waiting { holds: false, left, of: within.unwrap_or_default(), seen });
            if self.pause(every.min(left), context).await {
                return;
            }
        }
    }

    /// After a pass, looks again and again until the `for` window is over. More looks in a row that are not as documented
    /// than the step bears end it; so does the first that cannot come to anything else. It is not over while one fails.
    pub(super) async fn while_it_holds(
        &mut self,
        prepared: &Prepared<'_>,
        session: &mut Session,
        context: &StepContext<'_>,
    ) {
        let step = prepared.step;
        let Some(borne) = step.as_check().map(|check| check.failures) else { return };
        let (Some(hold), cut) = shortened(step.as_check().and_then(|check| check.hold), context) else { return };
        if self.last.outcome != Outcome::Passed || context.tape.is_some_and(StepTape::is_replay) {
            return;
        }
        let begun = Instant::now();
        let every = step.every.unwrap_or(LOOK_EVERY);
        let mut failing = 0;
        while begun.elapsed() < hold || failing > 0 {
            let left = hold.saturating_sub(begun.elapsed());
            let pause = if failing > 0 { every } else { every.min(left) };
            let seen = (failing > 0).then(|| format!("{failing} in a row failed, {borne} are borne"));
            tell(context, pause, Waiting { holds: true, left, of: hold, seen });
            if self.pause(pause, context).await {
                return;
            }
            self.once(prepared, session, context, limit(step, None, context)).await;
            if self.interrupted {
                return;
            }
            failing = if self.last.outcome == Outcome::Passed { 0 } else { failing + 1 };
            if failing > borne || failing > 0 && !self.last.retry {
                return self.say_how_long(begun.elapsed(), hold, failing);
            }
        }
        if let (true, Some(wanted)) = (cut, step.as_check().and_then(|check| check.hold)) {
            self.last.reason =
                Some(format!("held for {} of {}; nobody waited longer (`--max-wait`)", written(hold), written(wanted)));
        }
    }

    fn say_how_long(&mut self, held: Duration, hold: Duration, failing: u32) {
        let so_far = rounded(held);
        let row = if failing > 1 { format!(", {failing} in a row") } else { String::new() };
        for finding in &mut self.last.findings {
            finding.message = format!("held for {so_far} of {}, then{row}: {}", written(hold), finding.message);
        }
    }

    async fn once(
        &mut self,
        prepared: &Prepared<'_>,
        session: &mut Session,
        context: &StepContext<'_>,
        limit: Duration,
    ) {
        self.began = context.clock.now();
        self.count += 1;
        let mut attempt = runner::attempt(prepared, session, context, limit).await;
        assess::assess(prepared, context, &mut attempt);
        let allowed = prepared.step.timeout.unwrap_or(TIMEOUT);
        if is_cut_short(&attempt) && context.patience == Some(limit) && limit < allowed {
            let help = || Some("wait longer with `--max-wait`".to_owned());
            attempt.findings.iter_mut().for_each(|finding| finding.help = help());
        }
        attempt.retry &= !attempt.findings.iter().any(|finding| SETTLED.contains(&finding.rule.as_str()));
        if let Some(verdict) = context.judge.and_then(|judge| judge(&attempt)) {
            let (place, command) = culprit(prepared.step, &attempt);
            let mut finding = finding(verdict.outcome, &verdict.rule, place, verdict.message.clone());
            (finding.help, finding.command) = (verdict.help, command);
            attempt.outcome = verdict.outcome;
            attempt.retry = verdict.retry;
            attempt.reason = (verdict.outcome == Outcome::Errored).then_some(verdict.message);
            attempt.findings = if verdict.outcome == Outcome::Passed { Vec::new() } else { vec![finding] };
        }
        self.interrupted = context.cancel.is_cancelled() && attempt.outcome != Outcome::Passed;
        if self.interrupted {
            attempt.outcome = Outcome::Errored;
            attempt.reason = Some("interrupted".to_owned());
        }
        if context.tape.is_some_and(StepTape::is_replay) {
            // What was recorded is the last of all tries; nothing else will come.
            attempt.retry = false;
        }
        self.last = attempt;
    }

    /// Waits; returns whether somebody wants to stop.
    async fn pause(&mut self, length: Duration, context: &StepContext<'_>) -> bool {
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => {
                self.interrupted = true;
                self.last.outcome = Outcome::Errored;
                self.last.reason = Some("interrupted".to_owned());
            }
            () = sleep(length) => {}
        }
        self.interrupted
    }

    /// Says that it did not pass so far, and that nobody waited as long as the text allows: whether it would have
    /// passed is not known.
    fn leave_open(&mut self, step: &Step, waited: Option<Duration>) {
        let (within, waited) = (step.within.unwrap_or_default(), waited.unwrap_or_default());
        let seen = self.last.findings.first().map(|finding| finding.message.clone()).or(self.last.reason.take());
        let seen = seen.map_or_else(String::new, |seen| format!(": {seen}"));
        let message = format!("not passed within {}, and the text allows {}{seen}", written(waited), written(within));
        let mut open = finding(Outcome::Errored, "not-waited-out", finding::fence(step), message.clone());
        open.help = Some("wait longer with `--max-wait`, or look when it is done".to_owned());
        if let Some(first) = self.last.findings.first() {
            (open.expected, open.actual) = (first.expected.clone(), first.actual.clone());
        }
        self.last.outcome = Outcome::Errored;
        self.last.reason = Some(message);
        self.last.findings = vec![open];
    }

    fn say_how_often(&mut self, step: &Step) {
        let Some(within) = step.within else { return };
        let attempts = if self.count == 1 { "1 attempt".to_owned() } else { format!("{} attempts", self.count) };
        for finding in &mut self.last.findings {
            if self.last.reason.as_ref() == Some(&finding.message) {
                // The finding says it all.
                self.last.reason = None;
            }
            finding.message = format!("{} ({attempts} within {})", finding.message, written(within));
        }
    }
}

/// Returns whether a try was ended because its time was up.
fn is_cut_short(attempt: &Attempt) -> bool {
    attempt.outcome == Outcome::Errored && attempt.findings.first().is_some_and(|finding| finding.rule == "timeout")
}

/// Returns the command that a try is blamed on, and its place: the one that failed, else the first that may do more than
/// read, else the block.
fn culprit(step: &Step, attempt: &Attempt) -> (Place, Option<String>) {
    if let Some(failed) = attempt.findings.first().filter(|finding| finding.command.is_some()) {
        return (failed.place.clone(), failed.command.clone());
    }
    let is_shell = matches!(step.language, StepLanguage::Shell(_));
    let script = shell::parse(if is_shell { step.code.text() } else { "" });
    let effects = shell::effects(&script);
    let suspect = script.commands.iter().zip(&effects).find(|(_, effect)| effect.may_change());
    match suspect {
        Some((command, _)) => {
            let text = step.code.text().get(command.span.start..command.span.end).unwrap_or_default();
            (finding::within(step, command.span), Some(text.to_owned()))
        }
        None => (finding::fence(step), None),
    }
}

/// Tells whoever watches of a pause that is long enough to be noticed.
fn tell(context: &StepContext<'_>, pause: Duration, waiting: Waiting) {
    if let Some(told) = context.waiting.filter(|_| pause >= NOTICED) {
        told(waiting);
    }
}

/// Returns a time as long as anybody waits for it here, and whether it was longer.
fn shortened(length: Option<Duration>, context: &StepContext<'_>) -> (Option<Duration>, bool) {
    match (length, context.patience) {
        (Some(length), Some(patience)) if patience < length => (Some(patience), true),
        (length, _) => (length, false),
    }
}

/// Returns how long an attempt may take: what its author says, else a minute, else what is left of `within`.
fn limit(step: &Step, left: Option<Duration>, context: &StepContext<'_>) -> Duration {
    let limit = step.timeout.unwrap_or_else(|| left.map_or(TIMEOUT, |left| left.max(LAST_CHANCE).min(TIMEOUT)));
    context.patience.map_or(limit, |patience| limit.min(patience))
}

/// Returns a length of time as authors write it: `4h`, `5m`, `90s`.
fn written(length: Duration) -> String {
    match length.as_secs() {
        hours if length.subsec_nanos() == 0 && hours > 0 && hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if length.subsec_nanos() == 0 && minutes > 0 && minutes % 60 == 0 => format!("{}m", minutes / 60),
        _ => format!("{length:?}"),
    }
}

/// Returns a length of time to the tenth of a second, for people.
fn rounded(length: Duration) -> String {
    let milliseconds = length.as_millis() / 100 * 100;
    let length = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX));
    if length.is_zero() { "less than 100ms".to_owned() } else { format!("{length:?}") }
}
