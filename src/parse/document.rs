//! One walk over the Markdown events: sections, fenced blocks, items, inline code, links, and where they stand.
//!
//! What info strings mean is not decided here.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::fence::{self, Fence};
use super::indented::Lines;
use super::slug::Anchors;
use super::{html, markdown, severity};
use crate::model::{InlineCode, Link, Section, Severity, Span};

/// A Markdown file as far as Markdown itself goes.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) sections: Vec<Section>,
    pub(super) fences: Vec<Fence>,
    pub(super) items: Vec<Entry>,
    pub(super) inline_code: Vec<InlineCode>,
    pub(super) links: Vec<Link>,
    /// What `**Severity:** P1` says, where the text says one thing only.
    pub(super) severity: Option<Severity>,
    /// Fences with a role that Markdown does not see, because they stand in an indented block or in HTML.
    pub(super) hidden: Vec<Span>,
    /// Anchors given twice: the second place.
    pub(super) repeated_anchors: Vec<(String, Span)>,
}

/// A task-list entry whose link is not yet looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) ticked: bool,
    /// Where its link leads, if its text is nothing but that link.
    pub(super) link: Option<String>,
    pub(super) section: Option<usize>,
}

/// Reads the Markdown of a whole file.
pub(super) fn read(text: &str) -> Document {
    let mut walker = Walker { text, ..Walker::default() };
    for (event, range) in markdown::events(text) {
        walker.event(&event, range);
    }
    walker.finish()
}

#[derive(Default)]
struct Walker<'a> {
    text: &'a str,
    document: Document,
    explicit: Vec<Option<String>>,
    heading: Option<String>,
    block: Option<Open>,
    barrier: Option<(Span, &'static str)>,
    items: Vec<Span>,
    entry: Option<OpenEntry>,
    html: bool,
    severity: severity::Reader,
}

enum Open {
    Fence(Fence),
    Indented(Lines),
}

struct OpenEntry {
    entry: Entry,
    link_text: Option<Range<usize>>,
    links: usize,
}

impl Walker<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        let span = Span::new(range.start, range.end);
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(*tag, span),
            Event::Text(text) => self.text(text, span),
            Event::Code(code) => {
                self.prose(code);
                let section = self.section();
                self.document.inline_code.push(InlineCode { text: code.to_string(), span, section });
            }
            Event::Html(html) => self.find_hidden(html, span.start),
            Event::InlineHtml(html) => {
                self.find_hidden(html, span.start);
                self.html_links(span);
            }
            Event::SoftBreak | Event::HardBreak => {
                self.prose(" ");
                self.severity.end_of_line();
            }
            Event::Rule => self.barrier = Some((span, "a rule")),
            Event::TaskListMarker(ticked) => self.start_entry(*ticked),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, span: Span) {
        if !is_inline(tag) {
            self.severity.end_of_line();
        }
        match tag {
            Tag::Heading { level, id, .. } => self.start_heading(*level, id.as_deref(), span),
            Tag::CodeBlock(kind) => {
                self.end_entry();
                self.start_block(kind, span);
            }
            Tag::Item => self.items.push(self.trimmed(span)),
            Tag::List(_) | Tag::BlockQuote(_) => self.end_entry(),
            Tag::Table(_) => {
                self.end_entry();
                self.barrier = Some((span, "a table"));
            }
            Tag::HtmlBlock => {
                self.end_entry();
                self.html = true;
            }
            Tag::Link { link_type, dest_url, .. } => {
                let destination =
                    if *link_type == LinkType::Email { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                self.start_link(destination, span, false);
            }
            Tag::Image { dest_url, .. } => self.start_link(dest_url.to_string(), span, true),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::CodeBlock => match self.block.take() {
                Some(Open::Fence(fence)) => self.document.fences.push(fence),
                Some(Open::Indented(mut lines)) => {
                    let section = self.section();
                    self.document.inline_code.extend(lines.take(self.text, section));
                }
                None => {}
            },
            TagEnd::Paragraph => self.end_entry(),
            TagEnd::Item => {
                self.end_entry();
                self.items.pop();
            }
            TagEnd::HtmlBlock => {
                self.html = false;
                self.html_links(span);
            }
            TagEnd::TableCell => return self.severity.end_of_cell(),
            TagEnd::Link => {
                if let Some(open) = &mut self.entry
                    && let Some(range) = &mut open.link_text
                {
                    range.end = open.entry.text.len();
                }
                return;
            }
            _ => return,
        }
        self.severity.end_of_line();
    }

    fn text(&mut self, text: &str, span: Span) {
        match &mut self.block {
            Some(Open::Fence(fence)) => fence::push(&mut fence.code, text, self.text, span),
            Some(Open::Indented(lines)) => {
                lines.push(span);
                self.find_hidden(text, span.start);
            }
            None => self.prose(text),
        }
    }

    fn prose(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        }
        if let Some(open) = &mut self.entry {
            open.entry.text.push_str(text);
        }
        self.severity.push(text);
    }

    fn start_heading(&mut self, level: HeadingLevel, id: Option<&str>, span: Span) {
        let level = level as u8;
        let parent = self.document.sections.iter().rposition(|section| section.level < level);
        let heading = self.trimmed(span);
        let (title, anchor) = (String::new(), String::new());
        self.document.sections.push(Section { level, title, anchor, heading, span: heading, parent });
        self.explicit.push(id.map(str::to_owned));
        self.heading = Some(String::new());
        self.barrier = Some((heading, "a heading"));
    }

    fn end_heading(&mut self) {
        if let (Some(title), Some(section)) = (self.heading.take(), self.document.sections.last_mut()) {
            title.trim().clone_into(&mut section.title);
        }
    }

    fn start_block(&mut self, kind: &CodeBlockKind<'_>, span: Span) {
        self.block = Some(match kind {
            CodeBlockKind::Fenced(_) => {
                let barrier = self.barrier.take();
                Open::Fence(Fence { section: self.section(), barrier, ..fence::open(self.text, span) })
            }
            CodeBlockKind::Indented => {
                self.barrier = Some((span, "an indented block"));
                Open::Indented(Lines::default())
            }
        });
    }

    fn start_entry(&mut self, ticked: bool) {
        let Some(&span) = self.items.last() else { return };
        let entry = Entry { text: String::new(), span, ticked, link: None, section: self.section() };
        self.entry = Some(OpenEntry { entry, link_text: None, links: 0 });
    }

    fn end_entry(&mut self) {
        let Some(OpenEntry { mut entry, link_text, links }) = self.entry.take() else { return };
        let around = link_text
            .filter(|_| links == 1)
            .and_then(|range| Some([entry.text.get(..range.start)?, entry.text.get(range.end..)?].concat()));
        if !around.is_some_and(|rest| rest.chars().all(|next| next.is_whitespace() || next.is_ascii_punctuation())) {
            entry.link = None;
        }
        entry.text.truncate(entry.text.trim_end().len());
        entry.text.drain(..entry.text.len() - entry.text.trim_start().len());
        entry.text.shrink_to_fit();
        self.document.items.push(entry);
    }

    fn start_link(&mut self, destination: String, span: Span, image: bool) {
        if let Some(open) = self.entry.as_mut().filter(|_| !image) {
            open.links += 1;
            open.link_text = Some(open.entry.text.len()..open.entry.text.len());
            open.entry.link = Some(destination.clone());
        }
        self.document.links.push(Link { destination, span, image });
    }

    /// Notes the links and images of raw HTML.
    fn html_links(&mut self, span: Span) {
        let text = self.text.get(span.start..span.end).unwrap_or_default();
        for piece in html::pieces(text) {
            let html::Piece::Open { name, at, attributes, written } = piece else { continue };
            let (key, image) = match name.as_str() {
                "a" => ("href", false),
                "img" => ("src", true),
                _ => continue,
            };
            let span = Span::new(span.start + at, span.start + at + written.len());
            let written = attributes.into_iter().filter(|(name, _)| name == key);
            self.document.links.extend(written.map(|(_, destination)| Link { destination, span, image }));
        }
    }

    fn find_hidden(&mut self, text: &str, start: usize) {
        if !self.html && !matches!(self.block, Some(Open::Indented(_))) {
            return;
        }
        self.document.hidden.extend(fence::hidden_in(text, start));
    }

    fn section(&self) -> Option<usize> {
        self.document.sections.len().checked_sub(1)
    }

    fn trimmed(&self, span: Span) -> Span {
        let text = self.text.get(span.start..span.end).unwrap_or_default();
        Span::new(span.start, span.start + text.trim_end().len())
    }

    fn finish(mut self) -> Document {
        self.give_anchors();
        self.document.severity = self.severity.finish();
        let starts: Vec<(u8, usize)> =
            self.document.sections.iter().map(|section| (section.level, section.heading.start)).collect();
        let end = self.text.len();
        for (index, section) in self.document.sections.iter_mut().enumerate() {
            let next = starts.iter().skip(index + 1).find(|(level, _)| *level <= section.level);
            section.span = Span::new(section.heading.start, next.map_or(end, |&(_, start)| start));
        }
        // Thousands of documents are kept at once.
        self.document.sections.shrink_to_fit();
        self.document.inline_code.shrink_to_fit();
        self.document.links.shrink_to_fit();
        self.document.items.shrink_to_fit();
        self.document
    }

    /// Anchors that an author has given are kept free for their headings, wherever they stand.
    fn give_anchors(&mut self) {
        let mut anchors = Anchors::default();
        let mut repeated = Vec::new();
        let sections = &mut self.document.sections;
        for (section, id) in sections.iter_mut().zip(&self.explicit) {
            let Some(id) = id else { continue };
            if anchors.reserve(id) {
                section.anchor.clone_from(id);
            } else {
                repeated.push((id.clone(), section.heading));
            }
        }
        for (section, id) in sections.iter_mut().zip(&self.explicit).filter(|(section, _)| section.anchor.is_empty()) {
            section.anchor = anchors.take(id.as_ref().unwrap_or(&section.title));
        }
        self.document.repeated_anchors = repeated;
    }
}

const fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. } | Tag::TableCell
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        read(text).fences.iter().map(|fence| fence.code.text().to_owned()).collect()
    }

    #[test]
    fn code_in_a_list_maps_back_to_its_lines() {
        let text = "1. One\n\n\t```sh\n\tls\n\t\tpwd\n\t```\n";
        let document = read(text);
        let code = &document.fences[0].code;
        assert_eq!(code.text(), "ls\n\tpwd\n");
        let place = code.source_span(Span::new(4, 7));
        assert_eq!(&text[place.start..place.end], "pwd");
        assert!(document.fences[0].closed);
    }

    #[test]
    fn windows_line_ends_are_not_part_of_the_code() {
        let text = "# A\r\n\r\n```sh check\r\nls\r\npwd\r\n```\r\n";
        let document = read(text);
        let fence = &document.fences[0];
        assert_eq!(fence.code.text(), "ls\npwd\n");
        assert_eq!(&text[fence.info.start..fence.info.end], "sh check");
        assert_eq!(&text[fence.opening.start..fence.opening.end], "```sh check");
        let place = fence.code.source_span(Span::new(3, 6));
        assert_eq!(&text[place.start..place.end], "pwd");
        assert!(fence.closed);
    }

    #[test]
    fn a_quotation_ends_with_its_marks() {
        assert_eq!(codes("> ```\n> a\n>\n> b\n> ```\n"), ["a\n\nb\n"]);
        assert!(read("> ```\n> a\n> ```\n").fences[0].closed);
        assert!(!read("> ```\n> a\n\nb\n").fences[0].closed);
    }

    #[test]
    fn a_block_in_a_list_item_keeps_its_item_and_section() {
        let document = read("# A\n\n## B\n\n- [x] look\n  ```sh\n  ls\n  ```\n- [ ] then\n");
        assert_eq!(document.fences[0].section, Some(1));
        let texts: Vec<_> = document.items.iter().map(|item| (item.text.as_str(), item.ticked)).collect();
        assert_eq!(texts, [("look", true), ("then", false)]);
    }

    #[test]
    fn links_of_raw_html_are_links_with_their_place() {
        let text =
            "<p align=\"center\">\n<img src=\"a.png\" alt=\"\">\n</p>\n\nSee <a href='b.md'>b</a>, <pod-name>.\n";
        let document = read(text);
        let found: Vec<_> = document
            .links
            .iter()
            .map(|link| (link.destination.as_str(), &text[link.span.start..link.span.end], link.image))
            .collect();
        assert_eq!(found, [("a.png", "<img src=\"a.png\" alt=\"\">", true), ("b.md", "<a href='b.md'>", false)]);
    }

    #[test]
    fn a_section_spans_what_stands_below_it() {
        let text = "# A\n## B\n### C\n## D\n";
        let document = read(text);
        let spans: Vec<_> =
            document.sections.iter().map(|section| &text[section.span.start..section.span.end]).collect();
        assert_eq!(spans, [text, "## B\n### C\n", "### C\n", "## D\n"]);
        let parents: Vec<_> = document.sections.iter().map(|section| section.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(1), Some(0)]);
    }
}
