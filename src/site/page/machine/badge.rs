//! A badge: what the last runs have shown, in words, in a picture that README files and chats can show.
//!
//! It says on which day, and not how long ago: the picture stands there long after it was made.

use super::super::view::Site;
use crate::model::Outcome;
use crate::site::evidence::PageEvidence;
use crate::site::text::escape;

/// White on each of these is readable: 4.5:1 and better.
const LABEL: &str = "#333b44";
const QUIET: &str = "#55606b";

/// What the right half of a badge says, and in which colour.
struct Message {
    words: String,
    colour: &'static str,
}

const fn colour(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "#1b6a38",
        Outcome::Failed => "#b0261e",
        Outcome::Drifted => "#7d3296",
        Outcome::Errored => "#8a5200",
        Outcome::Skipped => QUIET,
    }
}

/// Makes the badge of a runbook.
pub(super) fn of_runbook(site: Site<'_>, id: &str) -> String {
    draw("runbook", &message(site.evidence.outcome(id), &site.evidence.of_runbook(id)))
}

/// Says the gravest outcome of any target, and the earliest day on which it was seen: what is said holds for all of them.
fn message(outcome: Option<Outcome>, found: &[PageEvidence]) -> Message {
    let Some(outcome) = outcome else { return Message { words: "never verified".to_owned(), colour: QUIET } };
    let with_it = found.iter().filter(|found| found.outcome == outcome.as_str());
    let day = with_it.map(|found| found.datetime.get(..10).unwrap_or_default()).min().unwrap_or_default();
    let said = match outcome {
        Outcome::Passed => "verified",
        other => other.as_str(),
    };
    if found.iter().any(|found| found.stale) {
        return Message { words: format!("stale, {said} {day}"), colour: QUIET };
    }
    Message { words: format!("{said} {day}"), colour: colour(outcome) }
}

/// Makes the badge of the whole site: how many runbooks came to what, in the colour of the gravest.
pub(super) fn of_site(site: Site<'_>) -> String {
    let with_steps = site.catalogue.entries.iter().filter(|entry| !entry.runbook.steps.is_empty());
    let outcomes: Vec<Option<Outcome>> =
        with_steps.map(|entry| site.evidence.outcome(entry.runbook.id.as_str())).collect();
    draw("runbooks", &counted(&outcomes))
}

fn counted(outcomes: &[Option<Outcome>]) -> Message {
    let count = |wanted: Option<Outcome>| outcomes.iter().filter(|&&outcome| outcome == wanted).count();
    let mut parts = Vec::new();
    for outcome in Outcome::ALL {
        let said = if outcome == Outcome::Passed { "verified" } else { outcome.as_str() };
        parts.extend(Some(count(Some(outcome))).filter(|&count| count > 0).map(|count| format!("{count} {said}")));
    }
    parts.extend(Some(count(None)).filter(|&count| count > 0).map(|count| format!("{count} never verified")));
    let worst = outcomes.iter().copied().flatten().reduce(Outcome::worse);
    // As long as one was never looked at, the whole is not green.
    let worst = worst.filter(|&worst| worst != Outcome::Passed || count(None) == 0);
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

    #[test]
    fn a_site_is_green_only_when_all_was_seen_to_be() {
        let all = counted(&[Some(Outcome::Passed), Some(Outcome::Passed)]);
        assert_eq!((all.words.as_str(), all.colour), ("2 verified", colour(Outcome::Passed)));
        let some = counted(&[Some(Outcome::Passed), None]);
        assert_eq!((some.words.as_str(), some.colour), ("1 verified, 1 never verified", QUIET));
        let bad = counted(&[Some(Outcome::Passed), Some(Outcome::Drifted), None]);
        assert_eq!(bad.colour, colour(Outcome::Drifted));
        assert_eq!(counted(&[]).words, "no steps to verify");
    }
}
