//! Asks a second person about an action: on a board in the state folder, for whoever works on this machine, and by a note
//! on the run's Lease, for whoever reaches the cluster.
//!
//! Who answers on the board is what the kernel says: the owner of the file. Who answers on the Lease is what the API
//! server calls the identity there; whoever may change the Lease is trusted to tell that truly.

use std::time::Duration;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, interval, sleep_until, timeout};

use super::exec::ExecArguments;
use super::exec_preparation::{Place, Prepared};
use super::ui::Ui;
use crate::cluster::{Gate, LeaseNotes};
use crate::config::Settings;
use crate::model::{Target, fingerprint};
use crate::run::event::ApprovalAnswer;
use crate::run::exec::{Approval, ApprovalQuestion, Approver, Asked};
use crate::sys::{Board, Cancel, Clock, Note, operator, own_user, random_hex};

/// How long a second person has, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How often the board is looked at, and after how many looks the Lease.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS_PER_LEASE: u32 = 4;

/// How long the cluster is waited for when nobody waits for the answer any more.
const FAREWELL: Duration = Duration::from_secs(2);

/// The note that asks, and the one that answers.
pub(super) const ASKED: &str = "runbooks/asked";
pub(super) const ANSWERED: &str = "runbooks/answered";

/// How much of a fingerprint people compare.
pub(super) const SHOWN: usize = 12;

/// A question as it is put up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Posted {
    /// Tells this question from every other, the same one asked again among them.
    pub(super) nonce: String,
    /// Who asks, as they call themselves.
    pub(super) operator: String,
    /// Who asks, as the kernel knows them.
    pub(super) user: u32,
    /// Who asks, as the cluster knows them.
    pub(super) identity: Option<String>,
    /// Until when it may be answered.
    pub(super) until: Timestamp,
    pub(super) question: ApprovalQuestion,
}

/// An answer as it is left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answered {
    /// Fingerprint of the question as whoever answers has seen it.
    pub(super) seen: String,
    /// Whether it may run.
    pub(super) approved: bool,
    /// Who answers, as they call themselves.
    pub(super) operator: String,
    /// Who answers, as the cluster knows them.
    pub(super) identity: Option<String>,
    pub(super) note: Option<String>,
}

impl Posted {
    /// Returns the fingerprint of what people see of it.
    pub(super) fn seen(&self) -> String {
        fingerprint(format!("{}\0{:?}", self.nonce, self.question).as_bytes())
    }

    /// Returns how the answers to it begin, on the board.
    pub(super) fn answers(&self) -> String {
        format!("{}.{}.", self.question.run, self.nonce)
    }
}

/// Returns the board of a collection.
pub(super) fn board(settings: &Settings) -> Board {
    Board::at(settings.state_folder().join("approvals"))
}

/// Returns the name of a run's question on the board.
pub(super) fn question_name(run: &str) -> String {
    format!("{run}.json")
}

/// Reaches a second person.
pub(super) struct SecondPerson<'a> {
    ui: Ui,
    clock: Clock,
    cancel: &'a Cancel,
    board: Board,
    lease: Option<LeaseNotes>,
    operator: String,
    identity: Option<String>,
    patience: Duration,
    /// `--root DIR`, where it was typed: the other person stands elsewhere.
    root: String,
}

impl<'a> SecondPerson<'a> {
    /// Returns who is asked where the target wants two people; `None` where one is enough.
    pub(super) async fn of(
        arguments: &ExecArguments,
        place: Place<'_>,
        prepared: &Prepared,
        gate: Result<&Gate, &str>,
        (lease, cancel): (Option<LeaseNotes>, &'a Cancel),
    ) -> Option<Self> {
        let Target { two_people: true, .. } = prepared.target else { return None };
        let identity = match gate {
            Ok(gate) => gate.cluster().who().await.ok().flatten(),
            Err(_) => None,
        };
        Some(Self {
            ui: place.ui,
            clock: place.clock,
            cancel,
            board: board(place.settings),
            lease,
            operator: operator(place.environment),
            identity,
            patience: arguments.approval_timeout.unwrap_or(PATIENCE),
            root: arguments.root.as_typed(),
        })
    }

    /// Puts the question up; an error where nobody can see it.
    async fn post(&self, posted: &Posted) -> Result<(), String> {
        let text = serde_json::to_string(posted).map_err(|error| error.to_string())?;
        let name = question_name(&posted.question.run);
        self.board.take_away(&name);
        let here = self.board.put_up().and_then(|()| self.board.leave(&name, &text));
        let there = match &self.lease {
            None => Err("no lock in the cluster".to_owned()),
            Some(lease) => match lease.leave(ASKED, Some(&text)).await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the lock in the cluster is gone".to_owned()),
                Err(error) => Err(error.to_string()),
            },
        };
        match (here, there) {
            (Err(here), Err(there)) => Err(format!("{here}; {there}")),
            (Err(error), Ok(())) => {
                self.ui.say(&format!("note: only who reaches the cluster can be asked: {error}"));
                Ok(())
            }
            (Ok(()), Err(error)) => {
                self.ui.say(&format!("note: only who works on this machine can be asked: {error}"));
                Ok(())
            }
            (Ok(()), Ok(())) => Ok(()),
        }
    }

    fn tell(&self, posted: &Posted) {
        let Posted { question, until, .. } = posted;
        self.ui.say(&format!(
            "\n\"{}\" ({}) needs a second person, until {until}. They answer with\n  runbooks runs{} approve {} --target {}\n\
             What they see has the fingerprint {}.",
            question.title,
            question.step,
            self.root,
            question.run,
            question.target,
            &posted.seen()[..SHOWN],
        ));
    }

    /// Returns the answer on the board that counts.
    fn on_board(&self, posted: &Posted) -> Option<Approval> {
        self.board.names(&posted.answers()).iter().find_map(|name| {
            // What cannot be read, or not yet, is no answer.
            let Note { text, user } = self.board.read(name).ok().flatten()?;
            let answered = answer_to(posted, &text)?;
            if user == posted.user {
                self.ui.say("an answer of your own does not count");
                self.board.take_away(name);
                return None;
            }
            let by = format!("{} (user id {user})", answered.operator);
            Some(approval(answered, by))
        })
    }

    /// Returns the answer on the Lease that counts.
    async fn on_lease(&self, posted: &Posted) -> Option<Approval> {
        // A cluster that does not answer now may answer the next time.
        let text = self.lease.as_ref()?.read(ANSWERED).await.ok().flatten()?;
        let answered = answer_to(posted, &text)?;
        match (&answered.identity, &posted.identity) {
            (Some(theirs), Some(own)) if theirs != own => {
                let by = format!("{} ({theirs} in the cluster)", answered.operator);
                Some(approval(answered, by))
            }
            _ => None,
        }
    }

    async fn wait(&self, posted: &Posted) -> Approval {
        let deadline = Instant::now() + self.patience;
        let mut ticks = interval(LOOK);
        for look in 0_u32.. {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return silence(ApprovalAnswer::Withdrawn),
                () = sleep_until(deadline) => return silence(ApprovalAnswer::Expired),
                _ = ticks.tick() => {}
            }
            if let Some(approval) = self.on_board(posted) {
                return approval;
            }
            if look.is_multiple_of(LOOKS_PER_LEASE)
                && let Ok(Some(approval)) = timeout(FAREWELL, self.on_lease(posted)).await
            {
                return approval;
            }
        }
        silence(ApprovalAnswer::Expired)
    }

    async fn take_down(&self, posted: &Posted) {
        self.board.take_away(&question_name(&posted.question.run));
        self.board.names(&posted.answers()).iter().for_each(|name| self.board.take_away(name));
        if let Some(lease) = &self.lease {
            // A question that stays with its Lease goes with it.
            let _ = timeout(FAREWELL, async {
                let _ = lease.leave(ASKED, None).await;
                lease.leave(ANSWERED, None).await
            })
            .await;
        }
    }
}

impl Approver for SecondPerson<'_> {
    fn until(&self) -> Timestamp {
        let until = self.clock.now().checked_add(self.patience).unwrap_or(Timestamp::MAX);
        // People read it.
        let rounding = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil);
        until.round(rounding).unwrap_or(until)
    }

    fn ask<'a>(&'a self, question: &'a ApprovalQuestion, until: Timestamp) -> Asked<'a, Approval> {
        Box::pin(async move {
            let posted = Posted {
                nonce: random_hex(16),
                operator: self.operator.clone(),
                user: own_user(),
                identity: self.identity.clone(),
                until,
                question: question.clone(),
            };
            if let Err(reason) = self.post(&posted).await {
                return Approval { answer: ApprovalAnswer::Unasked, by: None, note: Some(reason) };
            }
            self.tell(&posted);
            let approval = self.wait(&posted).await;
            self.take_down(&posted).await;
            if let (ApprovalAnswer::Approved, Some(by)) = (approval.answer, &approval.by) {
                self.ui.say(&format!("approved by {by}"));
            }
            approval
        })
    }
}

/// Returns an answer if it is one to this question, as it was put.
fn answer_to(posted: &Posted, text: &str) -> Option<Answered> {
    let answered: Answered = serde_json::from_str(text).ok()?;
    (answered.seen == posted.seen()).then_some(answered)
}

fn approval(answered: Answered, by: String) -> Approval {
    let answer = if answered.approved { ApprovalAnswer::Approved } else { ApprovalAnswer::Refused };
    Approval { answer, by: Some(by), note: answered.note }
}

const fn silence(answer: ApprovalAnswer) -> Approval {
    Approval { answer, by: None, note: None }
}
