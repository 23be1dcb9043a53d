//! The table of contents: sections, and in each its steps with what became of them.

use std::borrow::Cow;

use serde::Serialize;

use super::view::Site;
use crate::link::Entry;
use crate::model::{Outcome, Role};

/// Beyond this many entries only the upper headings are listed: a list that is longer than its page helps nobody.
const LONGEST: usize = 120;

/// A line of the table of contents.
#[derive(Debug, Serialize)]
pub(super) struct ContentsEntry<'a> {
    /// 2 for sections, 3 for what stands in them; a step stands one deeper than its section.
    level: u8,
    anchor: &'a str,
    title: Cow<'a, str>,
    /// `check` or `action`, if it is a step.
    role: Option<&'static str>,
    /// The gravest outcome on any target, as it is shown; of a step that was never tried, none.
    outcome: Option<&'static str>,
}

/// Lists the sections and steps of a runbook.
pub(super) fn of<'a>(site: Site<'_>, entry: &'a Entry<'a>) -> Vec<ContentsEntry<'a>> {
    let runbook = entry.runbook;
    let deepest = if runbook.sections.len() + runbook.steps.len() > LONGEST { 2 } else { 3 };
    let title = usize::from(runbook.sections.first().is_some_and(|section| section.level == 1));
    let mut contents = Vec::new();
    let mut steps = runbook.steps.iter().enumerate().peekable();
    let mut take_steps = |contents: &mut Vec<ContentsEntry<'a>>, section: Option<usize>, level: u8| {
        while let Some((index, step)) = steps.next_if(|(_, step)| step.section <= section) {
            contents.push(ContentsEntry {
                level: (level + 1).min(4),
                anchor: entry.anchors.step(index),
                title: runbook.name_of(step),
                role: Some(if step.as_check().is_some() { Role::Check.as_str() } else { Role::Action.as_str() }),
                outcome: outcome(site, runbook.id.as_str(), step),
            });
        }
    };
    take_steps(&mut contents, None, 1);
    for (at, section) in runbook.sections.iter().enumerate() {
        let level = section.level.max(2);
        if at >= title && level <= deepest {
            contents.push(ContentsEntry {
                level,
                anchor: &section.anchor,
                title: Cow::Borrowed(&section.title),
                role: None,
                outcome: None,
            });
        }
        take_steps(&mut contents, Some(at), level.min(3));
    }
    contents
}

fn outcome(site: Site<'_>, runbook: &str, step: &crate::model::Step) -> Option<&'static str> {
    let evidence = site.evidence.of_step(runbook, step);
    let named = |name: &str| Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name);
    let worst = evidence.iter().filter_map(|evidence| named(evidence.outcome)).reduce(Outcome::worse)?;
    evidence.iter().find(|evidence| evidence.outcome == worst.as_str()).map(|evidence| evidence.shown)
}
