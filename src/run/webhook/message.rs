//! What is told: a run's events, folded into a few sentences.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::Occasion;
use crate::run::Redactor;
use crate::run::event::{ApprovalAnswer, Event};

/// The version of the form.
const VERSION: u32 = 1;

/// Something that somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The version of this form: `docs/webhook.schema.json`.
    pub version: u32,
    /// What it is about.
    pub event: Occasion,
    /// The run.
    pub run: String,
    /// `exec`, `dry-run` or `undo`.
    pub mode: String,
    /// The runbook.
    pub runbook: String,
    /// What people call it.
    pub title: String,
    /// The target.
    pub target: String,
    /// Who carries it out.
    pub operator: Option<String>,
    /// The step it is about.
    pub step: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How the run ended: `completed`, `stopped`, `interrupted`.
    pub ending: Option<&'static str>,
    /// Until when somebody is waited for.
    pub until: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
    /// The same for people, without any markup.
    pub text: String,
}

/// What is known of a run so far.
#[derive(Debug)]
pub(super) struct Story {
    redactor: Redactor,
    resumed: bool,
    run: String,
    mode: String,
    target: String,
    operator: Option<String>,
    runbook: String,
    title: String,
    stopped: Option<(String, String)>,
    /// Whether all that was to be taken back was.
    taken_back: Option<bool>,
    unapproved: Option<String>,
}

/// What a message is about, besides what all of them tell.
struct About<'a> {
    occasion: Occasion,
    at: Timestamp,
    step: Option<&'a str>,
    reason: Option<&'a str>,
    text: String,
}

impl Story {
    /// Begins a story. One that goes on with a run says so.
    pub(super) fn new(redactor: Redactor, resumed: bool) -> Self {
        let nothing = String::new;
        Self {
            redactor,
            resumed,
            run: nothing(),
            mode: nothing(),
            target: nothing(),
            operator: None,
            runbook: nothing(),
            title: nothing(),
            stopped: None,
            taken_back: None,
            unapproved: None,
        }
    }

    /// Takes an event, and returns what is to be told of it.
    pub(super) fn hear(&mut self, event: &Event) -> Option<Message> {
        match event {
            Event::RunStarted { run, mode, target, operator, .. } => {
                (self.run, self.mode, self.target) = (run.clone(), mode.clone(), target.clone());
                self.operator.clone_from(operator);
                None
            }
            Event::RunbookStarted { runbook, title, at, .. } => {
                (self.runbook, self.title) = (runbook.to_string(), title.clone());
                let act = match (self.mode.as_str(), self.resumed) {
                    ("undo", _) => "takes back",
                    ("dry-run", _) => "tries, changing nothing,",
                    (_, true) => "goes on with",
                    (_, false) => "begins",
                };
                let who = self.operator.as_deref().unwrap_or("somebody");
                let text = format!("{who} {act} “{}” on {}", self.title, self.target);
                Some(self.message(About { occasion: Occasion::Start, at: *at, step: None, reason: None, text }))
            }
            Event::ApprovalAsked { step, title, until, at, .. } => {
                let text = format!(
                    "“{}” on {} waits until {until} for a second person to approve “{title}”: runbooks runs approve {} \
                     --target {}",
                    self.title, self.target, self.run, self.target
                );
                let step = Some(step.as_str());
                let mut message = self.message(About { occasion: Occasion::Wait, at: *at, step, reason: None, text });
                message.until = Some(*until);
                Some(message)
            }
            Event::ApprovalAnswered { step, answer, by, .. } => {
                self.unapproved = match (answer, by) {
                    (ApprovalAnswer::Approved | ApprovalAnswer::Withdrawn, _) => None,
                    (ApprovalAnswer::Refused, Some(by)) => Some(format!("{by} refused `{step}`")),
                    (ApprovalAnswer::Refused, None) => Some(format!("`{step}` was refused")),
                    (ApprovalAnswer::Expired, _) => Some(format!("nobody approved `{step}` in time")),
                    (ApprovalAnswer::Unasked, _) => Some(format!("nobody could be asked about `{step}`")),
                };
                None
            }
            Event::Stopped { stop, at, .. } => {
                let (step, reason) = (stop.step.to_string(), stop.reason.clone());
                let text = format!("“{}” on {} stopped at `{step}`: {reason}", self.title, self.target);
                self.stopped = Some((step.clone(), reason.clone()));
                let (step, reason) = (Some(step.as_str()), Some(reason.as_str()));
                Some(self.message(About { occasion: Occasion::Failure, at: *at, step, reason, text }))
            }
            Event::TakingBack { steps, at, .. } if !steps.is_empty() => {
                let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
                let text = format!("“{}” on {}: taking back {}", self.title, self.target, steps.join(", "));
                Some(self.message(About { occasion: Occasion::Undo, at: *at, step: None, reason: None, text }))
            }
            Event::TakenBack { complete: true, .. } => {
                self.taken_back = Some(true);
                None
            }
            Event::TakenBack { complete: false, at, .. } => {
                self.taken_back = Some(false);
                let text = format!("“{}” on {}: not everything is taken back", self.title, self.target);
                Some(self.message(About { occasion: Occasion::Undo, at: *at, step: None, reason: None, text }))
            }
            Event::RunFinished { interrupted, at } => Some(self.end(*interrupted, *at)),
            _ => None,
        }
    }

    fn end(&self, interrupted: bool, at: Timestamp) -> Message {
        let (ending, how) = match (&self.stopped, interrupted) {
            (_, true) => {
                let why = self.unapproved.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                ("interrupted", format!("was interrupted{why}; runbooks exec --resume {} goes on", self.run))
            }
            (Some((step, _)), false) => ("stopped", format!("ended: stopped at `{step}`")),
            (None, false) => match self.taken_back {
                None => ("completed", "is done".to_owned()),
                Some(true) => ("taken-back", "was taken back, as far as somebody agreed".to_owned()),
                Some(false) => ("stopped", "ended: not everything is taken back".to_owned()),
            },
        };
        let text = format!("“{}” on {} {how}", self.title, self.target);
        let (step, reason) = self.stopped.as_ref().map(|(step, reason)| (step.as_str(), reason.as_str())).unzip();
        let mut message = self.message(About { occasion: Occasion::End, at, step, reason, text });
        message.ending = Some(ending);
        message
    }

    fn message(&self, about: About<'_>) -> Message {
        let About { occasion, at, step, reason, text } = about;
        let clean = |text: &str| self.redactor.redact(text);
        Message {
            version: VERSION,
            event: occasion,
            run: self.run.clone(),
            mode: self.mode.clone(),
            runbook: clean(&self.runbook),
            title: clean(&self.title),
            target: clean(&self.target),
            operator: self.operator.as_deref().map(clean),
            step: step.map(clean),
            reason: reason.map(clean),
            ending: None,
            until: None,
            at,
            text: clean(&text),
        }
    }
}
