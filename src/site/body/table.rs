//! Tables: in a frame that scrolls and can be focused, aligned by classes because styles in pages are not allowed.

use pulldown_cmark::{Alignment, Tag, TagEnd};

use super::harvest::Harvest;
use crate::site::evidence::{self, Evidence, PageEvidence};
use crate::site::text::escape;

/// The head of the column that the build fills in.
pub(crate) const LAST_VERIFIED: &str = "last verified";

/// The table being written.
#[derive(Debug)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    has_body: bool,
    /// Where the open cell begins in what is written.
    opened: usize,
    /// Where the text of the open cell begins in what is written.
    cell: usize,
    /// The column that says when the runbook of a row was last verified.
    proof: Option<usize>,
    /// The runbook that the open row links to first.
    runbook: Option<(String, bool)>,
}

impl Table {
    /// Makes the state of a table.
    pub(super) const fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, column: 0, in_head: false, has_body: false, opened: 0, cell: 0, proof: None, runbook: None }
    }

    /// Opens the frame, named after the section it stands in.
    pub(super) fn open(&self, out: &mut String, harvest: &Harvest) {
        let place = harvest.section_title();
        let name = if place.is_empty() { "Table".to_owned() } else { format!("Table in “{}”", escape(place)) };
        out.push_str(&format!("<div class=\"table\" role=\"group\" aria-label=\"{name}\" tabindex=\"0\"><table>\n"));
    }

    /// Closes the frame.
    pub(super) fn close(out: &mut String) {
        out.push_str("</tbody></table></div>\n");
    }

    /// Opens a row or a cell.
    pub(super) fn start(&mut self, out: &mut String, tag: &Tag<'_>) {
        match tag {
            Tag::TableHead => {
                self.in_head = true;
                self.column = 0;
                out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.runbook = None;
                out.push_str(if std::mem::replace(&mut self.has_body, true) { "<tr>" } else { "<tbody>\n<tr>" });
            }
            _ => {
                let class = match self.alignments.get(self.column) {
                    Some(Alignment::Center) => " class=\"center\"",
                    Some(Alignment::Right) => " class=\"right\"",
                    _ => "",
                };
                self.opened = out.len();
                out.push_str(if self.in_head { "<th scope=\"col\"" } else { "<td" });
                out.push_str(class);
                out.push('>');
                self.cell = out.len();
            }
        }
    }

    /// Notes that the open row links to a runbook, and whether that has steps.
    pub(super) fn link(&mut self, runbook: &str, has_steps: bool) {
        self.runbook.get_or_insert_with(|| (runbook.to_owned(), has_steps));
    }

    /// Fills in what the open cell leaves open. In a section that is named after a target, only that one counts.
    pub(super) fn fill(&mut self, out: &mut String, section: &str, evidence: &Evidence<'_>) {
        let is_empty = out[self.cell..].trim().is_empty();
        if self.in_head && out[self.cell..].trim().eq_ignore_ascii_case(LAST_VERIFIED) {
            self.proof = Some(self.column);
        } else if let (true, true, Some((runbook, has_steps))) =
            (is_empty && !self.in_head, self.proof == Some(self.column), &self.runbook)
        {
            let never = if *has_steps { "never" } else { "nothing to verify" };
            out.push_str(&last_verified(&evidence.of_runbook(runbook), section).unwrap_or_else(|| never.to_owned()));
        }
    }

    /// Closes a row or a cell.
    pub(super) fn end(&mut self, out: &mut String, tag: TagEnd) {
        match tag {
            TagEnd::TableHead => {
                self.in_head = false;
                out.push_str("</tr></thead>\n");
            }
            TagEnd::TableRow => out.push_str("</tr>\n"),
            _ => {
                self.column += 1;
                // A head without words is none: a screen reader would announce nothing.
                if self.in_head && out[self.cell..].trim().is_empty() {
                    out.truncate(self.opened);
                    out.push_str("<td></td>");
                } else {
                    out.push_str(if self.in_head { "</th>" } else { "</td>" });
                }
            }
        }
    }
}

fn last_verified(found: &[PageEvidence], section: &str) -> Option<String> {
    let of_section: Vec<_> = found.iter().filter(|found| found.target == section).collect();
    let shown: Vec<_> = if of_section.is_empty() { found.iter().collect() } else { of_section };
    let one = |found: &&PageEvidence| {
        let PageEvidence { shown, datetime, when, target, .. } = *found;
        let word = evidence::word(shown);
        let stale = if found.stale { " <span class=\"flag\">stale</span>" } else { "" };
        let target = if target == section { String::new() } else { format!(" on {}", escape(target)) };
        format!(
            "<span class=\"outcome {shown}\">{word}</span>{target}, <time datetime=\"{datetime}\">{when}</time>{stale}"
        )
    };
    (!shown.is_empty()).then(|| shown.iter().map(one).collect::<Vec<_>>().join("<br>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn on(target: &str, outcome: Outcome) -> PageEvidence {
        PageEvidence::example(target, outcome.as_str())
    }

    #[test]
    fn in_the_section_of_a_target_only_that_one_counts() {
        let found = [on("east", Outcome::Passed), on("west", Outcome::Drifted)];
        let of = |section: &str| last_verified(&found, section).unwrap();
        assert!(of("west").contains("drifted") && !of("west").contains("passed"));
        assert!(of("all").contains("passed</span> on east") && of("all").contains("drifted</span> on west"));
        assert_eq!(last_verified(&[], "west"), None);
    }
}
