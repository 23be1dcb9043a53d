//! A card: the picture that a chat shows of a link to a page. What it is about, and how it stands.

use unicode_width::UnicodeWidthStr;

use super::super::view::Site;
use super::badge;
use crate::link::Entry;
use crate::site::text::escape;

/// How many columns of its title a line holds.
const COLUMNS: usize = 26;
/// How many columns one word may take, and the sign that something is left out.
const WIDEST: usize = COLUMNS + 2;
/// How many lines.
const LINES: usize = 3;

/// Draws the card of a runbook: 1200 by 630, as chats expect it.
pub(super) fn of_runbook(site: Site<'_>, entry: &Entry<'_>) -> String {
    let metadata = &entry.runbook.metadata;
    let severity = metadata.severity.as_ref().map(|severity| severity.0.as_str());
    let facts: Vec<&str> =
        severity.into_iter().chain(metadata.service.as_deref()).chain(metadata.owner.as_deref()).collect();
    let title = lines(&entry.title).into_iter().enumerate().map(|(at, line)| {
        let y = 250 + 78 * at;
        format!("<text x=\"80\" y=\"{y}\" font-size=\"60\" font-weight=\"700\">{}</text>", escape(&line))
    });
    let said = (!entry.runbook.steps.is_empty()).then(|| badge::said_of(site, entry.runbook.id.as_str()));
    let said = said.map(|said| {
        let (words, colour) = (escape(&said.words), said.colour);
        format!(
            "<rect y=\"520\" width=\"1200\" height=\"110\" fill=\"{colour}\"/>\
             <text x=\"80\" y=\"590\" font-size=\"40\" fill=\"#fff\">{words}</text>"
        )
    });
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{name}\" width=\"1200\" height=\"630\" viewBox=\"0 0 1200 630\">\
         <title>{name}</title><rect width=\"1200\" height=\"630\" fill=\"#fff\"/>\
         <g font-family=\"system-ui,Verdana,DejaVu Sans,sans-serif\" fill=\"#1b2128\" aria-hidden=\"true\">\
         <text x=\"80\" y=\"130\" font-size=\"40\" fill=\"#4a5560\">{site}</text>{title}\
         <text x=\"80\" y=\"490\" font-size=\"40\" fill=\"#4a5560\">{facts}</text>{said}</g></svg>\n",
        name = escape(&entry.title),
        site = escape(&site.input.config.title),
        title = title.collect::<String>(),
        facts = escape(&facts.join(" · ")),
        said = said.unwrap_or_default(),
    )
}

/// Breaks a title between words. What does not fit is cut, and shown to be.
fn lines(title: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in title.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if lines[last].width() + 1 + word.width() <= COLUMNS {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines[LINES - 1].push('…');
    }
    for line in lines.iter_mut().filter(|line| line.width() > WIDEST) {
        while line.width() >= WIDEST {
            line.pop();
        }
        line.push('…');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_broken_between_words_and_never_wider_than_the_card() {
        assert_eq!(lines("Send the users back to the old version"), ["Send the users back to the", "old version"]);
        let long = lines(&"word ".repeat(60));
        assert!(long.len() == 3 && long[2].ends_with('…'), "{long:?}");
        let word = lines(&"x".repeat(200));
        assert!(word[0].width() <= WIDEST && word[0].ends_with('…'), "{word:?}");
        assert_eq!(lines(""), [""]);
    }
}
