//! The lock of a run: nobody carries out a runbook on a target while somebody else does, unknowingly.
//!
//! A file locks it on this machine and is gone with the process, however that ends. Where there is a cluster, a Lease in
//! the target's namespace locks it for everybody.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::exec::ExecArguments;
use super::exec_preparation::{Place, Prepared};
use super::failure::Failure;
use super::question::{Person, answer};
use super::ui::Ui;
use crate::cluster::{Gate, Holder, LeaseError, LeaseHold, LeaseKey, LeaseNotes, LeaseRequest};
use crate::model::fingerprint;
use crate::run::event::{Event, LockKind};
use crate::sys::{AppendError, Appender, Cancel, files, operator};

/// As much of a runbook's id as stands in the name of its lock; the rest tells its fingerprint.
const LONGEST_NAME: usize = 40;

/// How long the cluster is waited for when a lock is given back.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lock that is held as long as this value lives.
pub(super) struct Lock {
    _file: Appender,
    lease: Option<LeaseHold>,
    /// What goes on record.
    pub event: Event,
}

/// What stands in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    operator: String,
    run: String,
    since: Timestamp,
}

impl Lock {
    /// Gives the lock back; the file goes with the value.
    pub(super) async fn release(self, place: Place<'_>) {
        if let Some(key) = self.key() {
            give_back(&key, place.ui, PATIENCE).await;
        }
    }

    /// Returns what gives the lock in the cluster back; `None` where there is none.
    pub(super) fn key(&self) -> Option<LeaseKey> {
        self.lease.as_ref().map(LeaseHold::key)
    }

    /// Returns the notes on the lock in the cluster; `None` where there is none.
    pub(super) fn notes(&self) -> Option<LeaseNotes> {
        self.lease.as_ref().map(LeaseHold::notes)
    }
}

/// Gives the lock in the cluster back, and says what to do where that does not come about in time.
pub(super) async fn give_back(key: &LeaseKey, ui: Ui, patience: Duration) {
    let why = match timeout(patience, key.release()).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the cluster does not answer".to_owned(),
    };
    ui.say(&format!(
        "the lock in the cluster could not be given back: {why}. It counts as held for a minute; then --take-over takes it, \
         and to resume this run needs nothing"
    ));
}

/// Takes the lock of a run; where somebody else has it, says who and since when.
pub(super) async fn take(
    arguments: &ExecArguments,
    place: Place<'_>,
    prepared: &Prepared,
    gate: Result<&Gate, &str>,
    person: &Person<'_>,
) -> Result<Lock, Failure> {
    let who = operator(place.environment);
    let (file, path) = take_file(place, prepared, &who)?;
    let at = place.clock.now();
    let event = |kind, place: String, taken_over, note| Event::LockTaken { kind, place, taken_over, note, at };
    let Ok(gate) = gate else {
        return Ok(Lock { _file: file, lease: None, event: event(LockKind::File, path, None, None) });
    };
    let name = lock_name(prepared.runbook.id.as_str());
    let mut wanted = LeaseRequest {
        name: name.clone(),
        holder: who,
        run: prepared.run.clone(),
        take_over: arguments.take_over,
        clock: place.clock,
    };
    loop {
        let (ui, cancel) = (place.ui, person.cancel.clone());
        let lost = move |holder: String| lost(ui, &cancel, &holder);
        match gate.lease(wanted.clone(), lost).await {
            Ok(lease) => {
                let taken_over = lease.taken_over.clone();
                let event = event(LockKind::Lease, format!("lease `{name}`"), taken_over, None);
                return Ok(Lock { _file: file, lease: Some(lease), event });
            }
            Err(LeaseError::Held(holder)) if holder.stale && !arguments.yes && !wanted.take_over => {
                agree_to_take_over(person, prepared, &holder).await?;
                wanted.take_over = true;
            }
            Err(LeaseError::Held(holder)) => return Err(Failure::Usage(refusal(prepared, &holder))),
            Err(LeaseError::Unavailable(cause)) => {
                let note = format!("no lock in the cluster, only on this machine: {cause}");
                place.ui.say(&format!("note: {note}"));
                return Ok(Lock { _file: file, lease: None, event: event(LockKind::File, path, None, Some(note)) });
            }
        }
    }
}

fn lost(ui: Ui, cancel: &Cancel, holder: &str) {
    ui.say(&format!("the lock was taken over by {holder}; stopping"));
    cancel.cancel();
}

fn take_file(place: Place<'_>, prepared: &Prepared, who: &str) -> Result<(Appender, String), Failure> {
    let name = format!("{}-{}.lock", lock_name(prepared.runbook.id.as_str()), lock_name(&prepared.target.name));
    let path = place.settings.state_folder().join("locks").join(name);
    let mut file = match Appender::open(&path) {
        Ok(file) => file,
        Err(AppendError::Held(path)) => {
            let text = files::read_text(&path).unwrap_or_default();
            let who = match serde_json::from_str::<Held>(&text) {
                Ok(held) => format!("{} (run {}) since {}", held.operator, held.run, held.since),
                // Whoever holds it has not told yet.
                Err(_) => "another process".to_owned(),
            };
            let target = &prepared.target.name;
            let message =
                format!("`{}` is being carried out on `{target}` by {who}; nothing was run", prepared.runbook.id);
            return Err(Failure::Usage(message));
        }
        Err(error) => return Err(error.into()),
    };
    file.truncate(0)?;
    let held = Held { operator: who.to_owned(), run: prepared.run.clone(), since: place.clock.now() };
    file.append(&serde_json::to_string(&held)?)?;
    Ok((file, path.display().to_string()))
}

/// Returns a name that an object may have, and no other runbook has.
fn lock_name(id: &str) -> String {
    let fit = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let readable: String = id.chars().map(fit).take(LONGEST_NAME).collect();
    let readable = readable.trim_matches('-');
    format!("runbooks-{readable}-{}", &fingerprint(id.as_bytes())[..8])
}

fn held_by(holder: &Holder) -> String {
    let since = holder.since.map(|since| format!(" since {since}")).unwrap_or_default();
    let renewed = holder.renewed.map(|renewed| format!(", renewed last at {renewed}")).unwrap_or_default();
    format!("{}{since}{renewed}", holder.who)
}

fn refusal(prepared: &Prepared, holder: &Holder) -> String {
    let target = &prepared.target.name;
    let told =
        format!("`{}` is being carried out on `{target}` by {}; nothing was run", prepared.runbook.id, held_by(holder));
    if holder.stale {
        return told + ". It is not renewed any more: ask them, then go on with that run, or give --take-over";
    }
    told
}

async fn agree_to_take_over(person: &Person<'_>, prepared: &Prepared, holder: &Holder) -> Result<(), Failure> {
    let id = &prepared.runbook.id;
    person.tell(&format!("\n`{id}` is locked by {}, which does not renew it any more.", held_by(holder)));
    let answers = [
        answer("take", "[t]ake it over", "go on; whoever held it cannot, even if that run still lives"),
        answer("quit", "[q]uit", "run nothing"),
    ];
    match person.choice("Ask them first. Take the lock over?", &answers).await {
        Some('t') => Ok(()),
        _ => Err(Failure::Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use super::lock_name;

    #[test]
    fn a_lock_has_a_name_that_an_object_may_have() {
        let name = lock_name("Incident/DB_pool");
        assert!(name.starts_with("runbooks-incident-db-pool-"), "{name}");
        assert_ne!(lock_name("a/b"), lock_name("a-b"));
        assert!(lock_name(&"x".repeat(300)).len() < 63);
    }
}
