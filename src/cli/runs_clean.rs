//! `runbooks runs clean`: removes what is kept of old runs.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::failure::Failure;
use super::shared;
use super::ui::Ui;
use crate::model::ExitCode;
use crate::run::archive::Archive;
use crate::run::event::Event;
use crate::run::exec::Past;
use crate::sys::Clock;

/// What `runs clean` takes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct CleanArguments {
    /// Keep the newest N runs
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Remove only what began longer ago than this: 90d, 12h
    #[arg(long, value_name = "TIME", value_parser = shared::length)]
    older_than: Option<Duration>,
}

/// Removes old runs. A run that may still be gone on with, and one whose journal cannot be believed, stay.
pub(super) fn clean(arguments: &CleanArguments, archive: &Archive, clock: Clock, ui: Ui) -> Result<ExitCode, Failure> {
    let (mut removed, mut kept) = (0_usize, 0_usize);
    let mut failed = false;
    for run in archive.list()?.into_iter().skip(arguments.keep.unwrap_or(0)) {
        let record = match archive.read(&run) {
            Ok(record) => record,
            Err(error) => {
                ui.say(&format!("{run} stays: {error}"));
                kept += 1;
                continue;
            }
        };
        let old = arguments.older_than.is_none_or(|age| is_older(&record.events, age, clock.now()));
        if !old {
            continue;
        }
        let past = Past::of(&record.events);
        if !past.finished && past.mode != "dry-run" {
            ui.say(&format!("{run} stays: it did not come to its end, and can be resumed"));
            kept += 1;
            continue;
        }
        match archive.remove(&run) {
            Ok(()) => {
                ui.data(&format!("{run}\n"));
                removed += 1;
            }
            Err(error) => {
                ui.say(&format!("{run} stays: {error}"));
                failed = true;
            }
        }
    }
    ui.say(&format!("{removed} removed{}", if kept > 0 { format!(", {kept} left") } else { String::new() }));
    Ok(if failed { ExitCode::Unable } else { ExitCode::Passed })
}

fn is_older(events: &[Event], age: Duration, now: Timestamp) -> bool {
    let Some(Event::RunStarted { at, .. }) = events.first() else { return false };
    now.duration_since(*at).unsigned_abs() > age && now > *at
}
