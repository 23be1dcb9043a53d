//! What a run did, from its journal: besides the report, who ran it and when, what people answered, and what it wrote to
//! the cluster.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::failure::Failure;
use crate::report::{self, What, said, taken_up, write_line};
use crate::run::event::Event;
use crate::run::kept::Altered;
use crate::sys::files;

/// Returns what the report of a run leaves out, in order; nothing where there is nothing of that sort. `is_dead` is whether
/// no process carries the run out.
pub(super) fn besides_the_report(events: &[Event], is_dead: bool) -> String {
    let Some(timeline) = report::timeline(events) else { return String::new() };
    let mut text = String::new();
    for entry in &timeline.entries {
        let line = match &entry.what {
            What::TakenUp { operator: Some(operator), resumed, undoes } => {
                Some(format!("{operator} {}", taken_up(*resumed, *undoes)))
            }
            What::Item { item, answer, note } => {
                let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
                Some(format!("item {}{note}: {item}", said(*answer)))
            }
            What::TakingBack { steps } => Some(format!("to be taken back: {}", steps.join(", "))),
            What::Write { step, .. } => write_line(&entry.what).map(|line| format!("write by `{step}`: {line}")),
            What::Note { text } => Some(text.clone()),
            What::Step { step, role, outcome: None, .. } => {
                let how = match (timeline.ending, is_dead) {
                    ("died", false) => "is in flight",
                    ("died", true) => "was in flight when the run died",
                    _ => "was in flight when an earlier process of the run died",
                };
                Some(format!("{} `{step}` {how}", role.as_str()))
            }
            What::TakenUp { .. } | What::Step { .. } | What::Ended { .. } => None,
        };
        if let Some(line) = line {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}  {line}", entry.at.strftime("%Y-%m-%d %H:%M:%SZ"));
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// An object that was written, with the files that keep what it was and what it is.
#[derive(Default)]
struct Written {
    heading: String,
    before: Option<String>,
    absent: bool,
    after: Option<String>,
    gone: bool,
    status: Option<u16>,
}

/// Returns what each write changed, as diffs of what is kept in the run's folder. What is not as it was kept is not shown.
pub(super) fn changed_objects(events: &[Event], folder: &Path, altered: &[Altered]) -> Result<String, Failure> {
    let mut writes: BTreeMap<u64, Written> = BTreeMap::new();
    for event in events {
        match event {
            Event::ClusterWriteBegun { step, number, method, path, object, absent, kept, .. } => {
                let heading = format!("{method} {} by `{step}`", object.as_ref().unwrap_or(path));
                let before = kept.clone();
                writes.insert(*number, Written { heading, before, absent: *absent, ..Written::default() });
            }
            Event::ClusterWrite { number, kept, absent, status, .. } => {
                let written = writes.entry(*number).or_default();
                written.after.clone_from(kept);
                written.gone = *absent;
                written.status = (*status != 0).then_some(*status);
            }
            _ => {}
        }
    }
    let mut text = String::new();
    for (number, written) in &writes {
        // Writing to a String cannot fail.
        let sound = |file: &Option<String>| !altered.iter().any(|it| Some(&it.file) == file.as_ref());
        let difference = if sound(&written.before) && sound(&written.after) {
            difference(written, folder)?
        } else {
            "what was kept of it was changed since, and is not shown\n".to_owned()
        };
        let _ = write!(text, "\n{number}. {}\n{difference}", written.heading);
    }
    Ok(text)
}

fn difference(written: &Written, folder: &Path) -> Result<String, Failure> {
    let read = |name: &Option<String>| name.as_ref().map(|name| files::read_text(&folder.join(name))).transpose();
    let (before, after) = (read(&written.before)?, read(&written.after)?);
    if let Some(status) = written.status.filter(|status| *status >= 400) {
        return Ok(format!("not carried out: the answer was {status}\n"));
    }
    Ok(match (before, after) {
        (Some(before), Some(after)) => match report::changes(&before, &after) {
            changes if changes.is_empty() => "nothing that is kept was changed\n".to_owned(),
            changes => changes,
        },
        (None, Some(after)) if written.absent => report::changes("", &after),
        (Some(before), None) if written.gone => report::changes(&before, ""),
        (Some(_), None) => "what became of the object is not known\n".to_owned(),
        (None, Some(_)) => "what the object was before is not known\n".to_owned(),
        (None, None) => "no object was kept\n".to_owned(),
    })
}
