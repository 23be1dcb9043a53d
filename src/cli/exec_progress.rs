//! What a person sees while a runbook is carried out: each step as it begins, what it prints, how it ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use tokio::time::Instant;

use super::guide::Guide;
use super::screen::{Motion, Screen, clean, columns, cut, wrap};
use crate::model::{Outcome, Role, StepId, StepResult};
use crate::report::{self, duration};
use crate::run::event::{Event, ItemAnswer, ListenError, Listener};
use crate::sys::process::{Captured, KEPT};

/// Of more lines of one step than this the beginning and the end are shown: on a terminal, and in a log.
const FIRST_LINES: (usize, usize) = (20, 200);

/// How many lines of the end are shown where not all were.
const LAST_LINES: usize = 8;

/// A line that is wider than so many of the terminal's is cut.
const ROWS_OF_A_LINE: usize = 3;

/// How often the line at the bottom moves.
const TURN: Duration = Duration::from_millis(250);

/// What takes less is not told to go on: it has ended before anybody reads that.
const NOTICED: Duration = Duration::from_millis(300);

/// In line mode, how often at most it is said that a check still waits.
const SAID_EVERY: u64 = 30_000;

/// Tells on stderr what goes on.
pub(super) struct ExecProgress {
    guide: Arc<Guide>,
    now: Mutex<Now>,
}

/// What goes on now.
#[derive(Default)]
struct Now {
    step: Option<StepId>,
    title: String,
    since: Option<Instant>,
    waits: Option<Waits>,
    lines: usize,
    /// The last lines that were not shown.
    unseen: std::collections::VecDeque<String>,
    output: Option<Captured>,
    /// What was said last of a wait, and how much was left then.
    said: Option<(Option<String>, u64)>,
}

/// A check that is looked at again.
struct Waits {
    holds: bool,
    until: Instant,
    of: u64,
    seen: Option<String>,
}

impl ExecProgress {
    /// Tells what `guide` leads through.
    pub(super) fn new(guide: Arc<Guide>) -> Self {
        Self { guide, now: Mutex::default() }
    }

    /// Moves the line at the bottom as long as the returned value lives.
    pub(super) fn keep_moving(self: &Arc<Self>) -> Moving {
        let progress = Arc::clone(self);
        let moves = self.guide.screen.motion == Motion::Live;
        let task = moves.then(|| {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(TURN).await;
                    progress.turn();
                }
            })
        });
        Moving { task, screen: self.guide.screen.clone() }
    }

    fn turn(&self) {
        let now = self.now();
        let text = now.since.filter(|since| since.elapsed() >= NOTICED).map(|since| bottom(&now, since));
        drop(now);
        if let Some(text) = text {
            self.guide.screen.turn(&text);
        }
    }

    fn start(&self, step: &StepId, title: &str, role: Role) {
        if let Some(entry) = self.guide.entry_of(step) {
            self.guide.introduce(entry);
        }
        let role = role.as_str();
        let was_asked_for = self.guide.takes_described(step);
        let line = match self.guide.screen.motion {
            Motion::Live => format!("{bold}▶ {role}{bold:#}  {title} ({step})", bold = Style::new().bold()),
            Motion::Lines => format!("{role}: {title} ({step})"),
        };
        if !was_asked_for {
            self.guide.screen.tell(&line, 2);
        }
        *self.now() = Now {
            step: Some(step.clone()),
            title: title.to_owned(),
            since: Some(Instant::now()),
            output: Some(Captured::new(KEPT)),
            ..Now::default()
        };
    }

    /// Shows the beginning of what a step prints; of the rest only how much there is.
    fn output(&self, step: &StepId, text: &str) {
        if self.guide.is_described(step) {
            // A dry run neither begins nor ends as a step does, and its verdict comes last.
            let screen = &self.guide.screen;
            return text.split('\n').for_each(|line| screen.say(&quoted(line, screen.motion)));
        }
        let mut now = self.now();
        for line in text.split('\n') {
            if let Some(output) = &mut now.output {
                output.push(line.as_bytes());
                output.push(b"\n");
            }
            now.lines += 1;
            if now.lines <= first_lines() {
                self.guide.screen.say(&quoted(line, self.guide.screen.motion));
            } else {
                now.unseen.push_back(line.to_owned());
                if now.unseen.len() > LAST_LINES {
                    now.unseen.pop_front();
                }
            }
            if now.lines == first_lines() + 1 && self.guide.screen.motion == Motion::Lines {
                self.guide.screen.say("  | … more; its end follows when the step has ended");
            }
        }
    }

    fn wait(&self, holds: bool, left: u64, of: u64, seen: Option<&String>) {
        let mut now = self.now();
        let until = Instant::now() + Duration::from_millis(left);
        let seen = seen.map(|seen| clean(first_line(seen)));
        now.waits = Some(Waits { holds, until, of, seen: seen.clone() });
        let is_news = now.said.as_ref().is_none_or(|(said, at)| *said != seen || at.saturating_sub(left) >= SAID_EVERY);
        if self.guide.screen.motion == Motion::Lines && is_news {
            now.said = Some((seen.clone(), left));
            self.guide.screen.tell(&format!("  … {}", waiting(holds, left, of, seen.as_deref())), 2);
        }
    }

    fn end(&self, result: &StepResult) {
        let mut now = std::mem::take(&mut *self.now());
        let screen = &self.guide.screen;
        screen.take_bottom_away();
        let is_its_end = now.step.as_ref() == Some(&result.id);
        let hidden = now.lines.saturating_sub(first_lines() + now.unseen.len());
        if is_its_end && !now.unseen.is_empty() {
            if hidden > 0 {
                screen.say(&quoted(&self.guide.left_out(hidden), screen.motion));
            }
            now.unseen.drain(..).for_each(|line| screen.say(&quoted(&line, screen.motion)));
        }
        if let Some(output) = now.output.filter(|_| is_its_end) {
            self.guide.keep_output(&result.id, clean(output.text().trim_end()));
        }
        if result.outcome == Outcome::Skipped {
            self.guide.skip();
        }
        screen.tell(&ended(result, screen.motion), 4);
        for finding in &result.findings {
            let place = format!("{}:{}", finding.place.path.display(), finding.place.start.line);
            if result.reason.as_ref() != Some(&finding.message) {
                screen.tell(&format!("    {}", clean(&finding.message)), 2);
            }
            let parts = [("expected", &finding.expected), ("actual", &finding.actual)];
            for (name, text) in parts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
                if name == "expected" || now.lines == 0 {
                    named(screen, name, &clean(text.trim_end()));
                }
            }
            if let Some(help) = &finding.help {
                screen.tell(&format!("    {}", clean(help)), 2);
            }
            screen.say(&format!("    {place}"));
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // What is shown may be a little off; nothing is decided by it.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first_lines() -> usize {
    if crate::sys::terminal::size().is_some() { FIRST_LINES.0 } else { FIRST_LINES.1 }
}

/// Says what goes on, in one line.
fn bottom(now: &Now, since: Instant) -> String {
    if let Some(Waits { holds, until, of, seen }) = &now.waits {
        let left = until.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        return format!("{}: {}", now.title, waiting(*holds, left, *of, seen.as_deref()));
    }
    let elapsed = duration(since.elapsed().as_secs().saturating_mul(1000));
    let elapsed = if elapsed == "0ms" { String::new() } else { format!(" {elapsed}") };
    match now.unseen.back() {
        Some(last) => format!("{}{elapsed}, {} lines: {}", now.title, now.lines, clean(last).trim()),
        None => format!("{}{elapsed}", now.title),
    }
}

/// Returns a reason in words for people.
pub(super) fn told(reason: &str) -> String {
    clean(reason).replace("`when` does not hold: ", "only when ")
}

fn waiting(holds: bool, left: u64, of: u64, seen: Option<&str>) -> String {
    let (left, of) = (duration((left.div_ceil(1000) * 1000).min(of)), duration(of));
    match (holds, seen) {
        (true, _) => format!("holds; {left} of {of} left"),
        (false, Some(seen)) => format!("not yet: {seen}; {left} of {of} left"),
        (false, None) => format!("not yet; {left} of {of} left"),
    }
}

fn ended(result: &StepResult, motion: Motion) -> String {
    let took = if result.outcome == Outcome::Skipped {
        String::new()
    } else {
        format!(" in {}", duration(result.duration_ms))
    };
    let reason = result.reason.as_ref().map(|reason| format!(": {}", told(reason))).unwrap_or_default();
    let (mark, color) = match result.outcome {
        Outcome::Passed => ("✓", AnsiColor::Green),
        Outcome::Skipped => ("-", AnsiColor::BrightBlack),
        Outcome::Failed | Outcome::Drifted | Outcome::Errored if result.warn => ("!", AnsiColor::Yellow),
        Outcome::Failed | Outcome::Drifted | Outcome::Errored => ("✗", AnsiColor::Red),
    };
    let word =
        if result.warn && result.outcome == Outcome::Failed { "failed (a warning)" } else { result.outcome.as_str() };
    let style = color.on_default();
    match motion {
        Motion::Live => format!("  {style}{mark} {word}{style:#} `{}`{took}{reason}", result.id),
        Motion::Lines => format!("  {word} `{}`{took}{reason}", result.id),
    }
}

/// Returns a line that a program printed, as it may be shown: not wider than a few of the terminal's.
pub(super) fn quoted(line: &str, motion: Motion) -> String {
    let line = clean(line);
    let bar = if motion == Motion::Live { "│" } else { "|" };
    let Some((width, _)) = crate::sys::terminal::size() else { return format!("  {bar} {line}") };
    let width = width.saturating_sub(4).max(8);
    let whole = columns(&line);
    let line = match whole > width * ROWS_OF_A_LINE {
        false => line,
        true => format!("{} ({whole} columns)", cut(&line, width * ROWS_OF_A_LINE - 20)),
    };
    let line = line.replace(' ', "\u{a0}");
    let wrapped = wrap(&line, width, 0).replace('\u{a0}', " ");
    wrapped.split('\n').map(|row| format!("  {bar} {row}")).collect::<Vec<_>>().join("\n")
}

fn named(screen: &Screen, name: &str, text: &str) {
    match text.contains('\n') {
        false => screen.tell(&format!("    {name}: {text}"), 2),
        true => {
            screen.say(&format!("    {name}:"));
            text.lines().for_each(|line| screen.tell(&format!("      {line}"), 2));
        }
    }
}

impl Listener for ExecProgress {
    fn hear(&self, event: &Event) -> Result<(), ListenError> {
        let screen = &self.guide.screen;
        match event {
            Event::RunStarted { at, .. } => self.guide.begin(*at),
            Event::Waiting { holds, left_ms, of_ms, seen, .. } => self.wait(*holds, *left_ms, *of_ms, seen.as_ref()),
            Event::StepStarted { step, title, role, .. } => self.start(step, title, *role),
            Event::Output { step, text, .. } => self.output(step, text),
            Event::StepFinished { result, .. } => self.end(result),
            Event::ItemAnswered { item, answer, .. } if *answer == ItemAnswer::Ticked => {
                let mark = if screen.motion == Motion::Live { "☑" } else { "ticked:" };
                screen.tell(&format!("{mark} {item}"), 2);
            }
            Event::ClusterWrite { method, path, object, status, .. } => {
                let what = object.as_ref().unwrap_or(path);
                let status = match status {
                    0 => "no answer: whether it was done is not known".to_owned(),
                    200..300 => "done".to_owned(),
                    status => format!("refused ({status})"),
                };
                let mark = if screen.motion == Motion::Live { "✎" } else { "write:" };
                screen.tell(&format!("  {mark} {method} {what}: {status}"), 4);
            }
            Event::WouldChange { method, object, before, after, .. } => {
                screen.tell(&format!("  would {method} {object}"), 4);
                for line in would_change(before.as_deref(), after.as_deref()).lines() {
                    screen.say(&format!("    {}", clean(line)));
                }
            }
            Event::TakingBack { steps, .. } if !steps.is_empty() => {
                let steps: Vec<_> = steps.iter().map(|step| format!("`{step}`")).collect();
                screen.say("");
                screen.tell(&format!("to be taken back, newest first: {}", steps.join(", ")), 2);
            }
            Event::TakenBack { complete: false, .. } => {
                screen.tell("not everything is taken back; `runbooks exec --resume` goes on with that", 2);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Moves the line at the bottom until it is dropped.
pub(super) struct Moving {
    task: Option<tokio::task::JoinHandle<()>>,
    screen: Screen,
}

impl Drop for Moving {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
        self.screen.take_bottom_away();
    }
}

fn would_change(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => report::changes(before, after),
        (None, Some(after)) => report::changes("", after),
        (Some(_), None) => "it would be gone, or the answer does not tell what it would be".to_owned(),
        (None, None) => String::new(),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
