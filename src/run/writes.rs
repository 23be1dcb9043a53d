//! What a run writes to the cluster, put on record while it happens: in the journal, and the objects beside it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Redactor;
use super::event::{Event, Listener};
use crate::cluster::{Seen, Witness, Write};
use crate::model::{RunbookId, StepId, fingerprint};
use crate::sys::{Clock, files};

/// What stands in place of a value of a Secret.
const MASKED: &str = "[masked]";

/// Where the annotation stands that repeats a whole object, values and all.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Keeps the writes of one run.
#[derive(Clone)]
pub struct WriteRecord {
    listener: Arc<dyn Listener>,
    redactor: Redactor,
    folder: PathBuf,
    numbers: Arc<AtomicU64>,
    clock: Clock,
}

impl WriteRecord {
    /// Keeps the writes of the run in `folder`, of which `so_far` were begun by earlier processes.
    pub fn new(listener: Arc<dyn Listener>, redactor: Redactor, folder: &Path, so_far: u64, clock: Clock) -> Self {
        let folder = folder.join("objects");
        Self { listener, redactor, folder, numbers: Arc::new(AtomicU64::new(so_far)), clock }
    }

    /// Returns the witness of the writes of one step.
    pub(super) fn of(&self, runbook: &RunbookId, step: &StepId) -> Arc<dyn Witness> {
        Arc::new(OfStep { record: self.clone(), runbook: runbook.clone(), step: step.clone() })
    }

    /// Keeps an object in a file, its secrets masked. Returns the file's name and hash; none where nothing was seen.
    fn keep(&self, number: u64, when: &str, seen: &Seen) -> Result<Option<(String, String)>, String> {
        let Seen::Object(object) = seen else { return Ok(None) };
        let name = format!("{number:04}-{when}.json");
        let text = serde_json::to_string_pretty(&masked(object)).map_err(|error| error.to_string())?;
        let text = self.redactor.redact(&text);
        let kept = files::create_private_folder(&self.folder)
            .and_then(|()| files::write_private(&self.folder.join(&name), text.as_bytes()));
        kept.map_err(|error| error.to_string())?;
        Ok(Some((format!("objects/{name}"), fingerprint(text.as_bytes()))))
    }
}

struct OfStep {
    record: WriteRecord,
    runbook: RunbookId,
    step: StepId,
}

impl fmt::Debug for OfStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the writes of `{}`", self.step)
    }
}

impl OfStep {
    fn command(&self, write: &Write) -> Option<String> {
        write.command.as_ref().map(|command| self.record.redactor.redact(command))
    }
}

impl Witness for OfStep {
    fn begins(&self, write: &Write, before: &Seen) -> Result<u64, String> {
        learn_secret(&self.record.redactor, before);
        let number = self.record.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let (kept, kept_hash) = self.record.keep(number, "before", before)?.unzip();
        let event = Event::ClusterWriteBegun {
            runbook: self.runbook.clone(),
            step: self.step.clone(),
            number,
            method: write.method.clone(),
            path: write.path.clone(),
            object: write.subject.as_ref().map(ToString::to_string),
            absent: *before == Seen::Absent,
            resource_version: before.resource_version().map(str::to_owned),
            kept,
            kept_hash,
            command: self.command(write),
            dry_run: write.dry_run,
            at: write.at,
        };
        self.record.listener.hear(&event).map_err(|error| error.to_string())?;
        Ok(number)
    }

    fn ends(&self, number: u64, write: &Write, after: &Seen) {
        learn_secret(&self.record.redactor, after);
        // What was done is done. An object that cannot be kept is missing from the record, which says so.
        let (kept, kept_hash) = self.record.keep(number, "after", after).ok().flatten().unzip();
        let version = write.resource_version.clone().or_else(|| after.resource_version().map(str::to_owned));
        let event = Event::ClusterWrite {
            runbook: self.runbook.clone(),
            step: self.step.clone(),
            number,
            method: write.method.clone(),
            path: write.path.clone(),
            object: write.subject.as_ref().map(ToString::to_string),
            status: write.status.unwrap_or(0),
            absent: *after == Seen::Absent,
            resource_version: version,
            kept,
            kept_hash,
            command: self.command(write),
            dry_run: write.dry_run,
            at: self.record.clock.now(),
        };
        // A journal that cannot take this line takes none behind it, and the run stops at the next.
        let _ = self.record.listener.hear(&event);
    }
}

/// Hears of the writes of a dry run that an operator asked for; nothing of it goes on record.
#[derive(Debug)]
pub(super) struct Rehearsal {
    redactor: Redactor,
    changes: Mutex<Vec<Change>>,
}

/// What a write would change, secrets masked.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) method: String,
    pub(super) object: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Rehearsal {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, changes: Mutex::default() }
    }

    /// Returns the changes, in order.
    pub(super) fn changes(&self) -> Vec<Change> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Change>> {
        // What a panicking thread left behind is a list with or without its last entry: both are sound.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self, seen: &Seen) -> Option<String> {
        let Seen::Object(object) = seen else { return None };
        learn_secret(&self.redactor, seen);
        serde_json::to_string_pretty(&masked(object)).ok().map(|text| self.redactor.redact(&text))
    }
}

impl Witness for Rehearsal {
    fn begins(&self, write: &Write, before: &Seen) -> Result<u64, String> {
        let object = write.subject.as_ref().map_or_else(|| write.path.clone(), ToString::to_string);
        let change = Change { method: write.method.clone(), object, before: self.text(before), after: None };
        let mut changes = self.lock();
        changes.push(change);
        Ok(changes.len() as u64 - 1)
    }

    fn ends(&self, number: u64, _: &Write, after: &Seen) {
        let after = self.text(after);
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(change) = self.lock().get_mut(index) {
            change.after = after;
        }
    }
}

/// Makes the values of a Secret known to the redactor: what is kept of them is masked, and what is printed is, too.
fn learn_secret(redactor: &Redactor, seen: &Seen) {
    seen.secrets().iter().for_each(|secret| redactor.learn_of_cluster(&secret.key, &secret.text));
}

fn is_secret(object: &Value) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// Returns an object as it is kept: without who managed which field, and without the values of a Secret. Whether such a
/// value was changed can still be told, by nothing but the object's version.
fn masked(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if !is_secret(&object) {
        return object;
    }
    for part in ["data", "stringData"] {
        if let Some(values) = object.get_mut(part).and_then(Value::as_object_mut) {
            values.values_mut().for_each(|value| *value = json!(MASKED));
        }
    }
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_secret_are_masked_and_its_keys_are_not() {
        let secret = json!({
            "kind": "Secret",
            "metadata": {"name": "a", "annotations": {LAST_APPLIED: "{\"data\":{\"key\":\"aHVudGVyMg==\"}}"}},
            "data": {"key": "aHVudGVyMg=="},
        });
        let text = masked(&secret).to_string();
        assert!(!text.contains("aHVudGVyMg==") && text.contains("\"key\":\"[masked]\""), "{text}");
    }

    #[test]
    fn other_objects_are_kept_whole_but_for_who_managed_them() {
        let object =
            json!({"kind": "ConfigMap", "metadata": {"name": "a", "managedFields": [1]}, "data": {"key": "x"}});
        assert_eq!(masked(&object), json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": "x"}}));
    }

    #[test]
    fn what_a_secret_holds_is_known_from_then_on() {
        let redactor = Redactor::new();
        learn_secret(&redactor, &Seen::Object(Box::new(json!({"kind": "Secret", "data": {"key": "aHVudGVyMjI="}}))));
        assert_eq!(redactor.redact("it is hunter22"), "it is [redacted]");
        let redactor = Redactor::new();
        learn_secret(&redactor, &Seen::Object(Box::new(json!({"kind": "ConfigMap", "data": {"key": "plain text"}}))));
        assert_eq!(redactor.redact("plain text"), "plain text");
    }
}
