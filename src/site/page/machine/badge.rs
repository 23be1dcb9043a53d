//! A badge: what the last runs have shown, in words, in a picture that README files and chats can show.
//!
//! It says on which day, and not how long ago: the picture stands there long after it was made.

use super::super::view::Site;
use crate::model::Outcome;
use crate::site::evidence::{LOOKED_UP, PageEvidence, Standing};
use crate::site::text::escape;

/// White on each of these is readable: 4.5:1 and better.
const LABEL: &str = "#333b44";
const QUIET: &str = "#55606b";
const PROVEN: &str = "#1b6a38";
/// Of what was looked at and not run.
const LOOKED_AT: &str = "#1f5a96";

/// What the right half of a badge says, and in which colour.
pub(super) struct Message {
    pub(super) words: String,
    pub(super) colour: &'static str,
}

const fn colour(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => PROVEN,
        Outcome::Failed => "#b0261e",
        Outcome::Drifted => "#7d3296",
        Outcome::Errored => "#8a5200",
        Outcome::Skipped => QUIET,
    }
}

/// Makes the badge of a runbook.
pub(super) fn of_runbook(site: Site<'_>, id: &str) -> String {
    draw("runbook", &said_of(site, id))
}

/// Says how a runbook stands.
pub(super) fn said_of(site: Site<'_>, id: &str) -> Message {
    let message = message(site.evidence.standing(id), &site.evidence.of_runbook(id));
    message.unless_unreadable(site.evidence.unreadable.len())
}

impl Message {
    /// Says of how many targets nothing is known because their results cannot be read: then nothing is green.
    fn unless_unreadable(self, targets: usize) -> Self {
        if targets == 0 {
            return self;
        }
        let noun = if targets == 1 { "target" } else { "targets" };
        let colour = if self.colour == PROVEN || self.colour == LOOKED_AT { QUIET } else { self.colour };
        Self { words: format!("{}, {targets} {noun} unreadable", self.words), colour }
    }
}

/// Says the gravest outcome of any target, and the earliest day on which it was seen: what is said holds for all of them.
fn message(standing: Option<Standing>, found: &[PageEvidence]) -> Message {
    let Some(standing) = standing else { return Message { words: "never verified".to_owned(), colour: QUIET } };
    let with_it = found.iter().filter(|found| found.outcome == standing.outcome.as_str());
    let day = with_it.map(|found| found.datetime.get(..10).unwrap_or_default()).min().unwrap_or_default();
    let said = match standing.shown {
        LOOKED_UP => "references resolve",
        "passed" => "verified",
        other => other,
    };
    if standing.stale {
        return Message { words: format!("stale, {said} {day}"), colour: QUIET };
    }
    let colour = if standing.shown == LOOKED_UP { LOOKED_AT } else { colour(standing.outcome) };
    Message { words: format!("{said} {day}"), colour }
}

/// Makes the badge of the whole site: how many runbooks came to what, in the colour of the gravest.
pub(super) fn of_site(site: Site<'_>) -> String {
    let with_steps = site.catalogue.entries.iter().filter(|entry| !entry.runbook.steps.is_empty());
    let standings: Vec<Option<Standing>> =
        with_steps.map(|entry| site.evidence.standing(entry.runbook.id.as_str())).collect();
    draw("runbooks", &counted(&standings).unless_unreadable(site.evidence.unreadable.len()))
}

fn counted(standings: &[Option<Standing>]) -> Message {
    // What was seen to be wrong counts until something better is seen; what was seen to be right, only for a while.
    let is_stale = |standing: &Standing| standing.outcome == Outcome::Passed && standing.stale;
    let fresh = |wanted| move |standing: &&Standing| standing.outcome == wanted && !is_stale(standing);
    let known = || standings.iter().flatten();
    let (stale, never) = (known().filter(|standing| is_stale(standing)).count(), standings.len() - known().count());
    let mut counts = Vec::new();
    for outcome in Outcome::ALL {
        let said = if outcome == Outcome::Passed { "verified" } else { outcome.as_str() };
        counts.push((known().filter(fresh(outcome)).count(), said));
    }
    counts.extend([(stale, "stale"), (never, "never verified")]);
    let parts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, said)| format!("{count} {said}"));
    let parts: Vec<String> = parts.collect();
    let worst = known().map(|standing| standing.outcome).reduce(Outcome::worse);
    // As long as one was never looked at, or too long ago, the whole is not green.
    let worst = worst.filter(|&worst| worst != Outcome::Passed || never + stale == 0);
    let words = if parts.is_empty() { "no steps to verify".to_owned() } else { parts.join(", ") };
    Message { words, colour: worst.map_or(QUIET, colour) }
}

/// Returns about how wide a text is in the badge's letters. The browser fits it in: `textLength` says so.
fn width(text: &str) -> usize {
    let tenths: usize = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | ',' | '.' | ' ' => 36,
            'f' | 'r' | 't' | '-' => 46,
            'm' | 'w' => 98,
            _ => 68,
        })
        .sum();
    tenths.div_ceil(10)
}

fn draw(label: &str, message: &Message) -> String {
    let (left, right) = (width(label), width(&message.words));
    let (split, whole) = (left + 16, left + right + 32);
    let name = escape(&format!("{label}: {}", message.words));
    let (label, words, colour) = (escape(label), escape(&message.words), message.colour);
    let middle = split + 8;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{name}\" width=\"{whole}\" height=\"22\" viewBox=\"0 0 {whole} 22\">\
         <title>{name}</title>\
         <rect width=\"{whole}\" height=\"22\" rx=\"4\" fill=\"{LABEL}\"/>\
         <path d=\"M{split} 0H{end}a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H{split}z\" fill=\"{colour}\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" font-size=\"11\" aria-hidden=\"true\">\
         <text x=\"8\" y=\"15\" textLength=\"{left}\" lengthAdjust=\"spacingAndGlyphs\">{label}</text>\
         <text x=\"{middle}\" y=\"15\" textLength=\"{right}\" lengthAdjust=\"spacingAndGlyphs\">{words}</text>\
         </g></svg>\n",
        end = whole - 4
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(outcome: Outcome, stale: bool) -> Standing {
        Standing { outcome, shown: outcome.as_str(), stale }
    }

    #[test]
    fn a_site_is_green_only_when_all_was_seen_to_be() {
        let passed = Some(seen(Outcome::Passed, false));
        let all = counted(&[passed, passed]);
        assert_eq!((all.words.as_str(), all.colour), ("2 verified", PROVEN));
        let some = counted(&[passed, None]);
        assert_eq!((some.words.as_str(), some.colour), ("1 verified, 1 never verified", QUIET));
        let bad = counted(&[passed, Some(seen(Outcome::Drifted, false)), None]);
        assert_eq!(bad.colour, colour(Outcome::Drifted));
        assert_eq!(counted(&[]).words, "no steps to verify");
    }

    #[test]
    fn what_was_seen_too_long_ago_or_cannot_be_read_is_not_green() {
        let (passed, old) = (Some(seen(Outcome::Passed, false)), Some(seen(Outcome::Passed, true)));
        let stale = counted(&[passed, old]);
        assert_eq!((stale.words.as_str(), stale.colour), ("1 verified, 1 stale", QUIET));
        let failed = counted(&[passed, Some(seen(Outcome::Failed, true))]);
        assert_eq!((failed.words.as_str(), failed.colour), ("1 verified, 1 failed", colour(Outcome::Failed)));
        let unreadable = counted(&[passed]).unless_unreadable(1);
        assert_eq!((unreadable.words.as_str(), unreadable.colour), ("1 verified, 1 target unreadable", QUIET));
        assert_eq!(counted(&[Some(seen(Outcome::Failed, false))]).unless_unreadable(2).colour, colour(Outcome::Failed));
        assert_eq!(counted(&[passed]).unless_unreadable(0).colour, PROVEN);
    }
}
