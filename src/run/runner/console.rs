//! A block of prompts: the lines after `$ ` are commands, the lines under them what they print.
//!
//! Both streams count as one, in their order, as on a terminal.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::super::attempt::{Attempt, Cut};
use super::super::comparison::{Compared, compare};
use super::super::finding::{self, finding};
use super::super::session::Session;
use super::super::step::StepContext;
use super::{Prepared, shell, too_long};
use crate::expression::{Fact, Facts};
use crate::model::{Comparison, Finding, Outcome, Step};
use crate::shell::prompt::{Exchange, PromptKind, split};
use crate::sys::process::{Ending, Streams};

/// Tries all commands once, in order; the first that is not as documented ends it.
pub(super) async fn attempt(
    prepared: &Prepared<'_>,
    session: &mut Session,
    context: &StepContext<'_>,
    limit: Duration,
) -> Attempt {
    let step = prepared.step;
    let exchanges = split(step.code.text());
    let mut whole = Attempt::new(Outcome::Passed);
    let started = Instant::now();
    if let Some(finding) = exchanges.iter().find_map(|exchange| not_ours(step, exchange)) {
        return Attempt::found(finding).for_good();
    }
    for exchange in exchanges.iter().filter(|exchange| !exchange.command.text().trim().is_empty()) {
        let left = limit.saturating_sub(started.elapsed());
        let request = shell::Request {
            code: exchange.command.text(),
            limit: left,
            streams: Streams::AsOnTerminal,
            keep: prepared.keep(),
        };
        let end = match shell::run(step, session, context, &request).await {
            Ok(end) => end,
            Err(error) => return shell::unable(step, &error),
        };
        let printed = end.ended.stdout.text();
        whole.stdout.push_str(&printed);
        let cut = end.ended.stdout.is_cut().then(|| too_long("output", prepared.keep()));
        whole.exit = end.status;
        if let Some(finding) = shell::problem(step, &end, limit, lines_before(step, exchange), prepared.expects("exit"))
        {
            whole.add(finding);
        } else if matches!(end.ended.ending, Ending::Exit(_)) {
            whole.findings.extend(mismatch(prepared, exchange, &printed, cut.as_ref()));
        }
        whole.cut = whole.cut.or(cut);
        if let Some(finding) = whole.findings.first() {
            whole.outcome = finding.outcome;
            break;
        }
    }
    whole.facts = facts(&whole, started.elapsed());
    whole
}

fn facts(whole: &Attempt, duration: Duration) -> Facts {
    let mut facts = Facts::default();
    facts.set("stdout", shell::text(&whole.stdout, whole.cut.as_ref()));
    facts.set("stderr", Fact::Json(json!("")));
    facts.set("json", shell::parse_json(&whole.stdout, whole.cut.as_ref(), "output"));
    facts.set("duration", Fact::Duration(duration));
    if let Some(exit) = whole.exit {
        facts.set("exit", Fact::Json(json!(exit)));
    }
    facts
}

fn mismatch(prepared: &Prepared<'_>, exchange: &Exchange, printed: &str, cut: Option<&Cut>) -> Option<Finding> {
    let expected = exchange.expected.as_ref()?;
    let place = finding::within(prepared.step, expected.span());
    if let Some(cut) = cut {
        return Some(finding::unseen(place, cut));
    }
    let Compared::Different(difference) = compare(Comparison::Lines, expected.text(), printed) else { return None };
    let mut finding = finding(Outcome::Failed, "output", place, difference.message);
    finding.command = Some(exchange.command.text().trim_end().to_owned());
    finding.expected = Some(difference.expected);
    finding.actual = Some(difference.actual);
    Some(finding)
}

/// Refuses what does not run in the reader's own shell, or is no command at all: nothing of the block is run then.
fn not_ours(step: &Step, exchange: &Exchange) -> Option<Finding> {
    let (place, message) = match exchange.prompt {
        Some((_, PromptKind::User | PromptKind::Root)) => return None,
        Some((span, PromptKind::Named | PromptKind::Interpreter)) => {
            let prompt = step.code.text().get(span.start..span.end).unwrap_or_default();
            (
                finding::within(step, span),
                format!("what stands behind `{prompt}` is typed somewhere else and was not run"),
            )
        }
        None => (finding::fence(step), "a console block without a line that begins with `$ ` runs nothing".to_owned()),
    };
    Some(finding(Outcome::Errored, "prompt", place, message))
}

/// Returns how many lines of the block stand before a command.
fn lines_before(step: &Step, exchange: &Exchange) -> usize {
    let before = step.code.text().get(..exchange.command.source_offset(0)).unwrap_or_default();
    before.matches('\n').count()
}
