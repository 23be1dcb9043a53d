//! Tables: in a frame that scrolls and can be focused, aligned by classes because styles in pages are not allowed.

use pulldown_cmark::{Alignment, Tag, TagEnd};

use super::harvest::Harvest;
use crate::site::text::escape;

/// The table being written.
#[derive(Debug)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    has_body: bool,
}

impl Table {
    /// Makes the state of a table.
    pub(super) const fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, column: 0, in_head: false, has_body: false }
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
                out.push_str(if std::mem::replace(&mut self.has_body, true) { "<tr>" } else { "<tbody>\n<tr>" });
            }
            _ => {
                let class = match self.alignments.get(self.column) {
                    Some(Alignment::Center) => " class=\"center\"",
                    Some(Alignment::Right) => " class=\"right\"",
                    _ => "",
                };
                out.push_str(if self.in_head { "<th scope=\"col\"" } else { "<td" });
                out.push_str(class);
                out.push('>');
            }
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
                out.push_str(if self.in_head { "</th>" } else { "</td>" });
            }
        }
    }
}
