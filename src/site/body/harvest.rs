//! What of a page can be searched: its sections and their lines, noted while the page is rendered.

use crate::link::Entry;

/// What a line is; a hit in a command counts for more than one in prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something people read.
    Prose,
    /// Something people run.
    Command,
    /// Something commands print.
    Output,
}

/// A section and its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct SectionText {
    /// Its name in a URL; empty for what stands before the first heading.
    pub(crate) anchor: String,
    /// Its heading.
    pub(crate) title: String,
    /// Its lines.
    pub(crate) lines: Vec<(Kind, String)>,
}

/// A page as search knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageText {
    /// Its title.
    pub(crate) title: String,
    /// Its sections, the first without a heading.
    pub(crate) sections: Vec<SectionText>,
}

/// Collects lines.
#[derive(Debug)]
pub(crate) struct Harvest {
    page: PageText,
    line: String,
}

impl Harvest {
    /// Begins a page.
    pub(super) fn new(entry: &Entry<'_>) -> Self {
        let metadata = &entry.runbook.metadata;
        let mut first = SectionText::default();
        first.lines.extend(metadata.description.iter().map(|text| (Kind::Prose, text.clone())));
        Self { page: PageText { title: entry.title.clone(), sections: vec![first] }, line: String::new() }
    }

    /// Appends to the line being read.
    pub(super) fn inline(&mut self, text: &str) {
        self.line.push_str(text);
    }

    /// Ends the line being read.
    pub(super) fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        if !line.is_empty() {
            self.push(Kind::Prose, line);
        }
    }

    /// Forgets the line being read: a heading is known already.
    pub(super) fn drop_line(&mut self) {
        self.line.clear();
    }

    /// Appends the lines of a block.
    pub(super) fn code(&mut self, kind: Kind, code: &str) {
        self.end_line();
        for line in code.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.push(kind, line);
        }
    }

    fn push(&mut self, kind: Kind, line: &str) {
        if let Some(section) = self.page.sections.last_mut() {
            section.lines.push((kind, line.to_owned()));
        }
    }

    /// Begins a section.
    pub(super) fn section(&mut self, anchor: &str, title: &str) {
        self.end_line();
        let section = SectionText { anchor: anchor.to_owned(), title: title.to_owned(), lines: Vec::new() };
        self.page.sections.push(section);
    }

    /// Gives the first section the anchor of the page's title.
    pub(super) fn title_section(&mut self, anchor: &str) {
        if let Some(section) = self.page.sections.first_mut() {
            anchor.clone_into(&mut section.anchor);
        }
    }

    /// Returns the heading of the section being read; of the first, the page's title.
    pub(super) fn section_title(&self) -> &str {
        match self.page.sections.last() {
            Some(section) if !section.title.is_empty() => &section.title,
            _ => &self.page.title,
        }
    }

    /// Returns the anchor of the section being read.
    pub(super) fn section_anchor(&self) -> &str {
        self.page.sections.last().map_or("", |section| section.anchor.as_str())
    }

    /// Ends the page.
    pub(super) fn finish(mut self) -> PageText {
        self.end_line();
        self.page
    }
}
