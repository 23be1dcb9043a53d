//! The timeline of a run: who did what and when, how long it took, what came of it, and what the cluster changed. Ready
//! for the report of an incident, as Markdown, JSON and HTML.

mod html;
mod markdown;
mod template;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Outcome, Role};
use crate::run::event::{ApprovalAnswer, Event, ItemAnswer};

pub use html::timeline_html;
pub use markdown::timeline_markdown;
pub use template::timeline_by_template;

/// The version of the format.
const VERSION: u32 = 1;

/// What happened in a run, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The version of this form.
    pub version: u32,
    /// The run.
    pub run: String,
    /// `exec`, `dry-run` or `undo`: as its first process was started.
    pub mode: String,
    /// The runbook.
    pub runbook: String,
    /// What people call it.
    pub title: String,
    /// The target.
    pub target: String,
    /// The version of the cluster, where it told.
    pub cluster_version: Option<String>,
    /// Who carried it out, in order of appearance.
    pub operators: Vec<String>,
    /// When it began.
    pub started: Timestamp,
    /// When the last that is known of it happened.
    pub ended: Timestamp,
    /// How it ended: `completed`, `stopped`, `interrupted`, `taken back`, or `died` where no end is on record.
    pub ending: &'static str,
    /// The values it had; secrets are not among them.
    pub values: BTreeMap<String, String>,
    /// The names of the secrets it had.
    pub secrets: Vec<String>,
    /// What happened.
    pub entries: Vec<Entry>,
    /// Whether a step stopped it.
    #[serde(skip)]
    stopped: bool,
    /// Whether its last process took back what was done.
    #[serde(skip)]
    taken_back: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When it began.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// A process took the run up.
    TakenUp {
        /// Who.
        operator: Option<String>,
        /// Whether an earlier process had begun it.
        resumed: bool,
        /// Whether to take back what it had done.
        undoes: bool,
    },
    /// A step was taken, or left out for the reason it gives.
    Step {
        /// The step.
        step: String,
        /// What people call it.
        title: String,
        /// Check or action.
        role: Role,
        /// What became of it; `None` where the run died meanwhile.
        outcome: Option<Outcome>,
        /// How long it took.
        duration_ms: Option<u64>,
        /// Why, where it did not pass.
        reason: Option<String>,
    },
    /// Somebody answered an item.
    Item {
        /// Its text.
        item: String,
        /// What was said.
        answer: ItemAnswer,
        /// What the person noted with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Something was written to the cluster.
    Write {
        /// The number of the write.
        number: u64,
        /// The step that wrote.
        step: String,
        /// `PATCH`, `DELETE` …
        method: String,
        /// The object, for people, or the path.
        object: String,
        /// The answer; `None` where none is on record, so that nobody knows whether it was done.
        status: Option<u16>,
        /// The object's version before; `None` where there was none, or nobody looked.
        before: Option<String>,
        /// The object's version afterwards.
        after: Option<String>,
        /// Whether there was no such object before.
        created: bool,
        /// The command that was run in a container.
        command: Option<String>,
        /// Whether nothing was stored.
        dry_run: bool,
    },
    /// What was done was to be taken back from here on.
    TakingBack {
        /// What.
        steps: Vec<String>,
    },
    /// Something that whoever reads this should know.
    Note {
        /// What.
        text: String,
    },
    /// A process of the run ended in order.
    Ended {
        /// Whether somebody stopped it.
        interrupted: bool,
    },
}

/// Folds the events of a journal; `None` where it holds no beginning.
pub fn timeline(events: &[Event]) -> Option<Timeline> {
    let Event::RunStarted { run, mode, target, at, .. } = events.first()? else { return None };
    let mut timeline = Timeline {
        version: VERSION,
        run: run.clone(),
        mode: mode.clone(),
        runbook: String::new(),
        title: String::new(),
        target: target.clone(),
        cluster_version: None,
        operators: Vec::new(),
        started: *at,
        ended: *at,
        ending: "died",
        values: BTreeMap::new(),
        secrets: Vec::new(),
        entries: Vec::new(),
        stopped: false,
        taken_back: false,
    };
    events.iter().for_each(|event| timeline.fold(event));
    Some(timeline)
}

impl Timeline {
    fn add(&mut self, at: Timestamp, what: What) {
        self.ended = self.ended.max(at);
        self.entries.push(Entry { at, what });
    }

    fn fold(&mut self, event: &Event) {
        match event {
            Event::RunStarted { operator, cluster_version, mode, at, .. } => {
                let resumed = !self.entries.is_empty();
                (self.ending, self.stopped, self.taken_back) = ("died", false, mode == "undo");
                self.cluster_version = cluster_version.clone().or(self.cluster_version.take());
                self.operators.extend(operator.clone().filter(|it| !self.operators.contains(it)));
                self.add(*at, What::TakenUp { operator: operator.clone(), resumed, undoes: mode == "undo" });
            }
            Event::RunbookStarted { runbook, title, .. } => {
                self.runbook = runbook.to_string();
                self.title.clone_from(title);
            }
            Event::ValuesSettled { values, secrets, .. } => {
                self.values.clone_from(values);
                self.secrets.clone_from(secrets);
            }
            Event::StepStarted { step, title, role, at, .. } => {
                let (step, title) = (step.to_string(), title.clone());
                let what = What::Step { step, title, role: *role, outcome: None, duration_ms: None, reason: None };
                self.add(*at, what);
            }
            Event::StepFinished { result, .. } => self.end_step(result),
            Event::ItemAnswered { item, answer, note, at, .. } => {
                self.add(*at, What::Item { item: item.clone(), answer: *answer, note: note.clone() });
            }
            Event::TakingBack { steps, at, .. } => {
                self.taken_back = true;
                if steps.is_empty() {
                    return;
                }
                self.add(*at, What::TakingBack { steps: steps.iter().map(ToString::to_string).collect() });
            }
            Event::ClusterWriteBegun { .. } | Event::ClusterWrite { .. } => self.fold_write(event),
            Event::RunFinished { interrupted, at } => {
                self.ending = match (*interrupted, self.stopped, self.taken_back) {
                    (true, _, _) => "interrupted",
                    (false, true, _) => "stopped",
                    (false, false, true) => "taken back",
                    (false, false, false) => "completed",
                };
                self.add(*at, What::Ended { interrupted: *interrupted });
            }
            Event::LockTaken { taken_over: Some(holder), at, .. } => {
                self.add(*at, What::Note { text: format!("the lock of {holder} was taken over") });
            }
            Event::LockTaken { note: Some(note), at, .. } => self.add(*at, What::Note { text: note.clone() }),
            Event::ApprovalAsked { step, until, at, .. } => {
                self.add(*at, What::Note { text: format!("asked a second person about `{step}`, until {until}") });
            }
            Event::ApprovalAnswered { step, answer, by, note, at, .. } => {
                self.add(
                    *at,
                    What::Note { text: answered(&step.to_string(), *answer, by.as_deref(), note.as_deref()) },
                );
            }
            Event::Stopped { at, .. } => {
                self.ended = self.ended.max(*at);
                self.stopped = true;
            }
            Event::TakenBack { complete: false, .. } => self.stopped = true,
            Event::WebhookFailed { webhook, occasion, reason, at } => {
                let text = format!("webhook {webhook} could not be told of the {occasion}: {reason}");
                self.add(*at, What::Note { text });
            }
            Event::Forced { what, at } => self.add(*at, What::Note { text: format!("forced: {what}") }),
            Event::LockTaken { .. }
            | Event::TakenBack { .. }
            | Event::StepsPlanned { .. }
            | Event::ReferencesResolved { .. }
            | Event::Output { .. }
            | Event::Waiting { .. }
            | Event::WouldChange { .. }
            | Event::Captured { .. }
            | Event::RunbookFinished { .. } => {}
        }
    }

    fn end_step(&mut self, result: &crate::model::StepResult) {
        let id = result.id.to_string();
        let finding = result.findings.first().map(|finding| finding.message.clone());
        let why = result.reason.clone().or(finding);
        let begun = self.entries.iter_mut().rev().find_map(|entry| match &mut entry.what {
            What::Step { step, outcome, duration_ms, reason, .. } if *step == id && outcome.is_none() => {
                Some((outcome, duration_ms, reason))
            }
            _ => None,
        });
        if let Some((outcome, duration, reason)) = begun {
            *outcome = Some(result.outcome);
            *duration = Some(result.duration_ms);
            *reason = why;
            return;
        }
        let what = What::Step {
            step: id,
            title: result.title.clone(),
            role: result.role,
            outcome: Some(result.outcome),
            duration_ms: None,
            reason: why,
        };
        self.add(result.started, what);
    }

    fn fold_write(&mut self, event: &Event) {
        match event {
            Event::ClusterWriteBegun {
                step,
                number,
                method,
                path,
                object,
                absent,
                resource_version,
                command,
                dry_run,
                at,
                ..
            } => {
                let what = What::Write {
                    number: *number,
                    step: step.to_string(),
                    method: method.clone(),
                    object: object.clone().unwrap_or_else(|| path.clone()),
                    status: None,
                    before: resource_version.clone(),
                    after: None,
                    created: *absent,
                    command: command.clone(),
                    dry_run: *dry_run,
                };
                self.add(*at, what);
            }
            Event::ClusterWrite { number: ended, status: answer, resource_version, object: named, at, .. } => {
                self.ended = self.ended.max(*at);
                for entry in self.entries.iter_mut().rev() {
                    if let What::Write { number, status, after, object, .. } = &mut entry.what
                        && number == ended
                    {
                        *status = (*answer != 0).then_some(*answer);
                        after.clone_from(resource_version);
                        named.iter().for_each(|named| object.clone_from(named));
                        return;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Says in one line what a write did: `PATCH deployments.apps "api" in namespace "shop": 200, resourceVersion 12 → 13`.
pub fn write_line(what: &What) -> Option<String> {
    let What::Write { method, object, status, before, after, created, command, dry_run, .. } = what else {
        return None;
    };
    let status = status.map_or_else(|| "no answer on record".to_owned(), |status| status.to_string());
    let command = command.as_ref().map(|it| format!(" `{it}`")).unwrap_or_default();
    let versions = match (before, after) {
        (Some(before), Some(after)) => format!(", resourceVersion {before} → {after}"),
        (None, Some(after)) if *created => format!(", new, resourceVersion {after}"),
        (None, Some(after)) => format!(", resourceVersion {after}"),
        (Some(before), None) => format!(", resourceVersion {before} before"),
        (None, None) => String::new(),
    };
    let dry = if *dry_run { " (dry run: nothing was stored)" } else { "" };
    Some(format!("{method} {object}{command}: {status}{versions}{dry}"))
}

/// Says what an entry is in words, for a table: what happened, what came of it, and how long it took.
fn row(what: &What) -> (String, String, String) {
    match what {
        What::TakenUp { operator, resumed, undoes } => {
            let who = operator.clone().unwrap_or_else(|| "somebody".to_owned());
            (format!("{who} {}", taken_up(*resumed, *undoes)), String::new(), String::new())
        }
        What::Step { step, title, role, outcome, duration_ms, reason } => {
            let outcome = outcome.map_or("in flight when the run died", Outcome::as_str);
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let took = duration_ms.map(super::duration).unwrap_or_default();
            (format!("{} “{title}” ({step})", role.as_str()), format!("{outcome}{reason}"), took)
        }
        What::Item { item, answer, note } => {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            (format!("☐ {item}"), format!("{}{note}", said(*answer)), String::new())
        }
        What::Write { step, .. } => {
            (format!("cluster, by {step}"), write_line(what).unwrap_or_default(), String::new())
        }
        What::TakingBack { steps } => (format!("to be taken back: {}", steps.join(", ")), String::new(), String::new()),
        What::Note { text } => (text.clone(), String::new(), String::new()),
        What::Ended { interrupted } => {
            let how = if *interrupted { "stopped by a person" } else { "the run ended" };
            (how.to_owned(), String::new(), String::new())
        }
    }
}

/// Says in words what somebody did who took a run up.
pub const fn taken_up(resumed: bool, undoes: bool) -> &'static str {
    match (resumed, undoes) {
        (_, true) => "took it back",
        (true, false) => "went on",
        (false, false) => "began",
    }
}

/// Says in words what was answered to whether an action may run.
fn answered(step: &str, answer: ApprovalAnswer, by: Option<&str>, note: Option<&str>) -> String {
    let note = note.map(|note| format!(": {note}")).unwrap_or_default();
    let who = by.unwrap_or("somebody");
    match answer {
        ApprovalAnswer::Approved => format!("{who} approved `{step}`{note}"),
        ApprovalAnswer::Refused => format!("{who} refused `{step}`{note}"),
        ApprovalAnswer::Expired => format!("nobody approved `{step}` in time"),
        ApprovalAnswer::Withdrawn => format!("`{step}` was not waited for any more"),
        ApprovalAnswer::Unasked => format!("nobody could be asked about `{step}`{note}"),
    }
}

/// Returns a time as people read it: to the second.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Says in words what was answered to an item.
pub const fn said(answer: ItemAnswer) -> &'static str {
    match answer {
        ItemAnswer::Done => "done",
        ItemAnswer::NotDone => "not done",
        ItemAnswer::Unanswered => "unanswered",
        ItemAnswer::Ticked => "ticked by its step",
        ItemAnswer::Assumed => "assumed",
    }
}

/// Returns the facts that stand above the table, each with its name.
fn facts(timeline: &Timeline) -> Vec<(&'static str, String)> {
    let took = timeline.ended.duration_since(timeline.started).as_millis();
    let took = super::duration(u64::try_from(took).unwrap_or(0));
    let cluster = timeline.cluster_version.as_ref().map(|version| format!(" (Kubernetes {version})"));
    let values = timeline.values.iter().map(|(name, value)| format!("{name}={value}"));
    let values: Vec<_> = values.chain(timeline.secrets.iter().map(|name| format!("{name}=(secret)"))).collect();
    let mut facts = vec![
        ("runbook", timeline.runbook.clone()),
        ("run", format!("{} ({})", timeline.run, timeline.mode)),
        ("target", format!("{}{}", timeline.target, cluster.unwrap_or_default())),
        ("who", timeline.operators.join(", ")),
        ("when", format!("{} – {} ({took})", time(timeline.started), time(timeline.ended))),
        ("ended", timeline.ending.to_owned()),
        ("values", values.join(", ")),
    ];
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

#[cfg(test)]
mod tests;
