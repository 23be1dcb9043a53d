//! What a run did, from its journal: besides the report, when each process of it ran, what people answered, and what
//! it wrote to the cluster.

use std::fmt::Write as _;

use crate::run::event::{Event, ItemAnswer};

/// Returns what the report of a run leaves out, in order; nothing where there is nothing of that sort.
pub(super) fn besides_the_report(events: &[Event]) -> String {
    let mut text = String::new();
    for line in events.iter().filter_map(line) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn line(event: &Event) -> Option<String> {
    match event {
        Event::ItemAnswered { item, line, answer, at, .. } => {
            Some(format!("{at}  item of line {line} {}: {item}", said(answer)))
        }
        Event::ClusterWrite { step, method, path, status, resource_version, command, dry_run, at, .. } => {
            let status = if *status == 0 { "no answer".to_owned() } else { status.to_string() };
            let version = resource_version.as_ref().map(|it| format!(", resourceVersion {it}")).unwrap_or_default();
            let command = command.as_ref().map(|it| format!(" `{it}`")).unwrap_or_default();
            let dry = if *dry_run { " (dry run)" } else { "" };
            Some(format!("{at}  write by `{step}`: {method} {path}{command} → {status}{version}{dry}"))
        }
        _ => None,
    }
}

const fn said(answer: &ItemAnswer) -> &'static str {
    match answer {
        ItemAnswer::Done => "done",
        ItemAnswer::NotDone => "not done",
        ItemAnswer::Unanswered => "unanswered",
        ItemAnswer::Ticked => "ticked by its step",
        ItemAnswer::Assumed => "assumed",
    }
}
