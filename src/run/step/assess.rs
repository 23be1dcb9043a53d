//! Whether what a step brought is what its author expects.

use super::super::Attempt;
use super::super::comparison::{Compared, compare};
use super::super::finding::{self, finding};
use super::super::runner::Prepared;
use super::super::when;
use super::StepContext;
use crate::expression::{Expression, Facts, Trouble};
use crate::model::{Finding, Outcome, Place, StepLanguage};

/// How many samples that are not as expected are shown.
const SHOWN_SAMPLES: usize = 5;

/// Compares what came with `expect` and with the `output` block. An attempt that came to something else already is
/// left alone.
pub(super) fn assess(prepared: &Prepared<'_>, context: &StepContext<'_>, attempt: &mut Attempt) {
    attempt.facts.set("params", when::params(&[&prepared.step.declared, context.params], context.values));
    if attempt.outcome != Outcome::Passed {
        return;
    }
    if let Some(expect) = &prepared.expect {
        let trouble = expectation(prepared, expect, attempt);
        attempt.retry &= trouble.as_ref().is_none_or(|finding| finding.outcome != Outcome::Errored);
        if let Some(finding) = trouble {
            attempt.add(finding);
        }
    }
    if let Some(finding) = output(prepared, attempt) {
        attempt.add(finding);
    }
}

fn expectation(prepared: &Prepared<'_>, expect: &Expression, attempt: &Attempt) -> Option<Finding> {
    let by_sample = (expect.speaks_of("value") || expect.speaks_of("labels")) && !expect.speaks_of("samples");
    if attempt.each.is_empty() || !by_sample {
        let verdict = holds(expect, &attempt.facts)?;
        return Some(said(prepared, expect, verdict, attempt, &attempt.facts));
    }
    let mut failing = attempt.each.iter().filter_map(|(line, own)| {
        let mut facts = attempt.facts.clone();
        own.iter().cloned().for_each(|(name, fact)| facts.set(name, fact));
        holds(expect, &facts).map(|verdict| (line, verdict, facts))
    });
    let (line, verdict, facts) = failing.next()?;
    let mut finding = said(prepared, expect, verdict, attempt, &facts);
    let others: Vec<&String> = failing.map(|(line, ..)| line).collect();
    if attempt.each.len() > 1 {
        let shown = others.iter().take(SHOWN_SAMPLES - 1).map(|line| line.as_str());
        let lines: Vec<&str> = std::iter::once(line.as_str()).chain(shown).collect();
        finding.message = format!("{} for {} of {} samples", finding.message, others.len() + 1, attempt.each.len());
        finding.actual = Some(lines.join("\n"));
    }
    Some(finding)
}

/// Why an expectation does not hold.
enum Broken {
    Untrue,
    Trouble(Trouble),
}

fn holds(expect: &Expression, facts: &Facts) -> Option<Broken> {
    match expect.holds(facts) {
        Ok(true) => None,
        Ok(false) => Some(Broken::Untrue),
        Err(trouble) => Some(Broken::Trouble(trouble)),
    }
}

fn said(prepared: &Prepared<'_>, expect: &Expression, broken: Broken, attempt: &Attempt, facts: &Facts) -> Finding {
    let step = prepared.step;
    let place = match &step.expect {
        Some(written) => Place::of(&step.source, written.span),
        None => finding::fence(step),
    };
    let mut finding = match broken {
        Broken::Untrue => finding(Outcome::Failed, "expectation", place, format!("`{}` does not hold", expect.text())),
        Broken::Trouble(Trouble::World(reason)) => {
            finding(Outcome::Failed, "expectation", place, format!("`{}` does not hold: {reason}", expect.text()))
        }
        Broken::Trouble(Trouble::Unseen(reason)) => {
            let mut finding = finding(Outcome::Errored, "output-too-long", place, reason);
            finding.help = attempt.cut.as_ref().map(|cut| cut.help.to_owned());
            finding
        }
        Broken::Trouble(Trouble::Text(error)) => {
            let mut finding = finding(Outcome::Errored, "expression", place, error.message);
            finding.help = error.help;
            finding
        }
    };
    finding.expected = Some(expect.text().to_owned());
    finding.actual = Some(expect.seen(facts)).filter(|seen| !seen.is_empty());
    finding
}

fn output(prepared: &Prepared<'_>, attempt: &Attempt) -> Option<Finding> {
    let step = prepared.step;
    let expected = step.output.as_ref()?;
    // The expected lines of a console step stand under its prompts, and were compared there.
    if step.language == StepLanguage::Console && step.code.span().contains(expected.span) {
        return None;
    }
    let place = Place::of(&step.source, expected.code.span());
    if let Some(cut) = &attempt.cut {
        return Some(finding::unseen(place, cut));
    }
    match compare(expected.comparison, expected.code.text(), &attempt.stdout) {
        Compared::Same => None,
        Compared::Different(difference) => {
            let mut finding = finding(Outcome::Failed, "output", place, difference.message);
            finding.expected = Some(difference.expected);
            finding.actual = Some(difference.actual);
            Some(finding)
        }
        Compared::Unusable(reason) => Some(finding(Outcome::Errored, "expected-output", place, reason)),
    }
}
