//! Footnotes: numbered as they are referred to, listed at the end of the page.

use crate::site::text::escape;

/// The footnotes of a page.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Labels in the order of their first reference, and how often each is referred to.
    references: Vec<(String, usize)>,
    /// Labels and their texts as HTML.
    definitions: Vec<(String, String)>,
    /// Where in the page the definition being written begins.
    open: Option<(String, usize)>,
}

impl Notes {
    /// Appends a reference.
    pub(super) fn reference(&mut self, out: &mut String, label: &str) {
        let at = self.references.iter().position(|(known, _)| known == label).unwrap_or_else(|| {
            self.references.push((label.to_owned(), 0));
            self.references.len() - 1
        });
        self.references[at].1 += 1;
        let (number, times) = (at + 1, self.references[at].1);
        let again = if times == 1 { String::new() } else { format!("-{times}") };
        out.push_str(&format!(
            "<sup><a href=\"#note-{number}\" id=\"note-{number}-from{again}\" aria-label=\"Note {number}\">{number}</a></sup>"
        ));
    }

    /// Begins a definition: what is appended from here on belongs to it.
    pub(super) fn open(&mut self, out: &str, label: &str) {
        self.open = Some((label.to_owned(), out.len()));
    }

    /// Ends a definition and takes its text out of the page.
    pub(super) fn close(&mut self, out: &mut String) {
        if let Some((label, start)) = self.open.take() {
            let text = out.split_off(start.min(out.len()));
            self.definitions.push((label, text));
        }
    }

    /// Appends the list of footnotes that are referred to.
    pub(super) fn list(&self, out: &mut String) {
        let mut items = String::new();
        for (at, (label, _)) in self.references.iter().enumerate() {
            let Some((_, text)) = self.definitions.iter().find(|(known, _)| known == label) else { continue };
            let number = at + 1;
            items.push_str(&format!(
                "<li id=\"note-{number}\" value=\"{number}\">{text}<a href=\"#note-{number}-from\" aria-label=\"Back to the reference of note {}\">↩</a></li>\n",
                escape(&number.to_string())
            ));
        }
        if !items.is_empty() {
            out.push_str(&format!("<section class=\"notes\" aria-label=\"Footnotes\"><ol>\n{items}</ol></section>\n"));
        }
    }
}
