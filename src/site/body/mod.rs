//! The text of a runbook as HTML, from the same Markdown events the runbook itself was read from.
//!
//! Blocks become cards, links become relative, raw HTML passes a sieve, and what can be searched is noted on the way,
//! so that a text is gone through once.

mod callouts;
mod code;
pub(crate) mod harvest;
mod note;
mod raw;
mod step;
mod table;
mod tag;

use std::collections::HashSet;

use pulldown_cmark::{Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::diagram::Diagrams;
use super::evidence::Evidence;
use super::text::{escape, escape_into, escape_text_into};
use super::theme::Theme;
use super::values::PageValues;
use crate::diagnostic::Diagnostic;
use crate::link::{self, Destination};
use crate::link::{Catalogue, Entry};
use crate::model::{Section, Span};
use crate::parse::markdown;

use harvest::Harvest;
pub(crate) use harvest::{Kind, PageText};
pub(crate) use table::LAST_VERIFIED;

/// As long as a flag may be that stays on one line, in bytes.
const LONGEST_FLAG: usize = 28;

/// What a page is rendered from.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a, 'b> {
    /// What is on the site.
    pub(crate) catalogue: &'a Catalogue<'b>,
    /// The page.
    pub(crate) entry: &'a Entry<'b>,
    /// What runs have shown.
    pub(crate) evidence: &'a Evidence<'b>,
    /// The pictures of the site's diagrams.
    pub(crate) diagrams: &'a Diagrams<'a>,
    /// The templates.
    pub(crate) theme: &'a Theme,
    /// Whether raw HTML is shown as it is.
    pub(crate) unsafe_html: bool,
    /// The values its commands show.
    pub(crate) values: &'a PageValues,
}

/// A text as HTML.
#[derive(Debug)]
pub(crate) struct Body {
    /// The content of the page below its title.
    pub(crate) html: String,
    /// What can be searched.
    pub(crate) text: PageText,
    /// What is wrong with its raw HTML.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Renders the text of a runbook. Fails only where a template is broken.
pub(crate) fn render(scope: Scope<'_, '_>) -> Result<Body, Box<Diagnostic>> {
    let text = scope.entry.runbook.source.text();
    let mut renderer = Renderer::new(scope, text.len());
    match callouts::rewrite(text) {
        Some(rewritten) => {
            for (event, range) in markdown::events(&rewritten.text) {
                renderer.take(event, Span::new(rewritten.old(range.start), rewritten.old(range.end)))?;
            }
        }
        None => {
            for (event, range) in markdown::events(text) {
                renderer.take(event, Span::new(range.start, range.end))?;
            }
        }
    }
    Ok(renderer.finish())
}

/// What an event stands in.
struct Renderer<'a, 'b> {
    scope: Scope<'a, 'b>,
    out: String,
    diagnostics: Vec<Diagnostic>,
    harvest: Harvest,
    /// How many elements of Markdown are open.
    depth: usize,
    /// Raw HTML elements that are open.
    raw: raw::OpenTags,
    /// The raw HTML block being collected.
    html_block: Option<(String, Span)>,
    /// The code block being collected.
    code_block: Option<code::Collected>,
    /// What ends the image whose text is being written.
    image: Option<String>,
    /// Whether links were opened as links, innermost last.
    links: Vec<bool>,
    /// Whether a task's label is open.
    label: bool,
    table: Option<table::Table>,
    notes: note::Notes,
    /// Whether the title, which stands above the text, is being skipped.
    skipping_title: bool,
    seen_heading: bool,
    /// Blocks that were shown with their step already.
    shown: HashSet<usize>,
}

impl<'a, 'b> Renderer<'a, 'b> {
    fn new(scope: Scope<'a, 'b>, length: usize) -> Self {
        Self {
            scope,
            out: String::with_capacity(length * 3),
            diagnostics: Vec::new(),
            harvest: Harvest::new(scope.entry),
            depth: 0,
            raw: raw::OpenTags::default(),
            html_block: None,
            code_block: None,
            image: None,
            links: Vec::new(),
            label: false,
            table: None,
            notes: note::Notes::default(),
            skipping_title: false,
            seen_heading: false,
            shown: HashSet::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.skipping_title {
            self.skipping_title = !matches!(event, Event::End(TagEnd::Heading(_)));
            return Ok(());
        }
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => return self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.inline_code(&code),
            Event::InlineMath(math) | Event::DisplayMath(math) => self.inline_code(&math),
            Event::Html(html) => self.html(&html, span),
            Event::InlineHtml(html) => self.inline_html(&html, span),
            Event::FootnoteReference(label) => self.notes.reference(&mut self.out, &label),
            Event::SoftBreak => self.line_break("\n"),
            Event::HardBreak => self.line_break("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(ticked) => self.task(ticked),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(block) = &mut self.code_block {
            block.text.push_str(text);
        } else if let Some((html, _)) = &mut self.html_block {
            html.push_str(text);
        } else if !self.raw.is_dropping() {
            self.harvest.inline(text);
            if self.image.is_some() {
                escape_into(&mut self.out, text);
            } else if text.contains('<') {
                self.out.push_str(&super::highlight::html("", text));
            } else {
                escape_text_into(&mut self.out, text);
            }
        }
    }

    fn inline_code(&mut self, code: &str) {
        self.harvest.inline(code);
        if self.image.is_some() {
            return escape_into(&mut self.out, code);
        }
        self.out.push_str("<code>");
        for (at, word) in code.split(' ').enumerate() {
            self.out.push_str(if at > 0 { " " } else { "" });
            let word_html = super::highlight::html("", word);
            // A flag that is broken after its hyphen is another flag to who copies it by eye.
            if word.starts_with('-') && (2..=LONGEST_FLAG).contains(&word.len()) {
                self.out.push_str(&format!("<span class=whole>{word_html}</span>"));
            } else {
                self.out.push_str(&word_html);
            }
        }
        self.out.push_str("</code>");
    }

    fn line_break(&mut self, html: &str) {
        self.harvest.inline(" ");
        if self.image.is_none() {
            self.out.push_str(html);
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        if !matches!(tag, Tag::HtmlBlock) {
            self.depth += 1;
        }
        if self.label && tag::is_block(&tag) {
            self.close_label();
        }
        match tag {
            Tag::Heading { level, .. } => self.heading(level, span),
            Tag::CodeBlock(kind) => self.code_block = Some(code::Collected::new(&kind, span)),
            Tag::HtmlBlock => self.html_block = Some((String::new(), span)),
            Tag::Link { link_type: LinkType::Email, dest_url, title, .. } => {
                self.link(&format!("mailto:{dest_url}"), &title);
            }
            Tag::Link { dest_url, title, .. } => self.link(&dest_url, &title),
            Tag::Image { dest_url, title, .. } => self.image(&dest_url, &title),
            Tag::Table(alignments) => {
                let table = table::Table::new(alignments);
                table.open(&mut self.out, &self.harvest);
                self.table = Some(table);
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => {
                if let Some(table) = &mut self.table {
                    table.start(&mut self.out, &tag);
                }
            }
            Tag::FootnoteDefinition(label) => self.notes.open(&self.out, &label),
            Tag::MetadataBlock(_) => self.html_block = Some((String::new(), span)),
            other => tag::open(&mut self.out, &other),
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), Box<Diagnostic>> {
        if tag == TagEnd::HtmlBlock {
            self.raw_block();
            return Ok(());
        }
        if self.label && matches!(tag, TagEnd::Item | TagEnd::Paragraph) {
            self.close_label();
        }
        if tag != TagEnd::CodeBlock {
            self.raw.close_from(self.depth, &mut self.out);
        }
        self.depth = self.depth.saturating_sub(1);
        if tag::ends_a_line(tag) {
            self.harvest.end_line();
        }
        match tag {
            TagEnd::Heading(level) => self.heading_end(level),
            TagEnd::CodeBlock => {
                if let Some(block) = self.code_block.take() {
                    self.block(&block)?;
                }
            }
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
            }
            TagEnd::Image => self.image_end(),
            TagEnd::Table => {
                table::Table::close(&mut self.out);
                self.table = None;
            }
            TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell => {
                self.harvest.inline(" ");
                if let Some(table) = &mut self.table {
                    if tag == TagEnd::TableCell {
                        table.fill(&mut self.out, self.harvest.section_anchor(), self.scope.evidence);
                    }
                    table.end(&mut self.out, tag);
                }
            }
            TagEnd::FootnoteDefinition => self.notes.close(&mut self.out),
            TagEnd::MetadataBlock(_) => self.html_block = None,
            other => tag::close(&mut self.out, other),
        }
        Ok(())
    }

    fn section_of(&self, heading: Span) -> Option<&'a Section> {
        let sections: &'a [Section] = &self.scope.entry.runbook.sections;
        let at = sections.partition_point(|section| section.heading.start < heading.start);
        sections.get(at).filter(|section| section.heading.start < heading.end)
    }

    /// Opens a heading; the first, if it is the title, is shown above the text instead.
    fn heading(&mut self, level: HeadingLevel, span: Span) {
        let section = self.section_of(span);
        let first = !std::mem::replace(&mut self.seen_heading, true);
        if first && level == HeadingLevel::H1 && self.out.trim().is_empty() {
            self.depth -= 1;
            self.skipping_title = true;
            self.harvest.title_section(section.map_or("", |section| section.anchor.as_str()));
            return;
        }
        let anchor = section.map_or("", |section| section.anchor.as_str());
        self.harvest.section(anchor, section.map_or("", |section| section.title.as_str()));
        let level = heading_level(level);
        if anchor.is_empty() {
            self.out.push_str(&format!("<h{level}>"));
        } else {
            self.out.push_str(&format!("<h{level} id=\"{}\">", escape(anchor)));
        }
        self.links.push(false);
    }

    fn heading_end(&mut self, level: HeadingLevel) {
        self.links.pop();
        self.out.push_str(&format!("</h{}>\n", heading_level(level)));
        self.harvest.drop_line();
    }

    /// Returns where a link of this page leads. What is wrong with it is said by `link`, not here.
    fn destination(&self, written: &str) -> Destination {
        link::resolve(written, self.scope.catalogue, self.scope.entry).destination
    }

    fn link(&mut self, destination: &str, title: &str) {
        let Scope { catalogue, entry, .. } = self.scope;
        if let (Some(table), Some(at)) = (&mut self.table, link::runbook(catalogue, entry, destination)) {
            let runbook = catalogue.entries[at].runbook;
            table.link(runbook.id.as_str(), !runbook.steps.is_empty());
        }
        let (url, class) = match self.destination(destination) {
            Destination::Here(url) => (url, ""),
            Destination::Away(url) => (url, " class=\"away\" rel=\"noreferrer\""),
            Destination::Nowhere => {
                self.links.push(false);
                return;
            }
        };
        self.out.push_str("<a href=\"");
        escape_into(&mut self.out, &url);
        self.out.push('"');
        self.out.push_str(class);
        if !title.is_empty() {
            self.out.push_str(&format!(" title=\"{}\"", escape(title)));
        }
        self.out.push('>');
        self.links.push(true);
    }

    /// Begins an image; one of another host is shown as a link, because no page asks another host for anything.
    fn image(&mut self, destination: &str, title: &str) {
        let (html, end) = match self.destination(destination) {
            Destination::Here(url) => (format!("<img src=\"{}\" loading=\"lazy\" alt=\"", escape(&url)), "\""),
            Destination::Away(url) => {
                (format!("<a class=\"away\" rel=\"noreferrer\" href=\"{}\">Image: ", escape(&url)), "</a>")
            }
            Destination::Nowhere => ("<span class=\"missing\">Image: ".to_owned(), "</span>"),
        };
        self.out.push_str(&html);
        let title =
            if end == "\"" && !title.is_empty() { format!("\" title=\"{}", escape(title)) } else { String::new() };
        let end = if end == "\"" { format!("{title}\">") } else { end.to_owned() };
        self.image = Some(end);
    }

    fn image_end(&mut self) {
        if let Some(end) = self.image.take() {
            self.out.push_str(&end);
        }
    }

    /// Opens a checkbox with its text as the label; the page's script enables it and keeps its state.
    fn task(&mut self, ticked: bool) {
        let checked = if ticked { " checked" } else { "" };
        if self.out.ends_with("<li>") {
            self.out.truncate(self.out.len() - "<li>".len());
            self.out.push_str("<li class=\"task\">");
        } else if self.out.ends_with("<li><p>") {
            self.out.truncate(self.out.len() - "<li><p>".len());
            self.out.push_str("<li class=\"task\"><p>");
        }
        self.out.push_str(&format!("<label><input type=checkbox disabled{checked}> <span>"));
        self.label = true;
    }

    fn close_label(&mut self) {
        self.out.push_str("</span></label>");
        self.label = false;
    }

    fn finish(mut self) -> Body {
        self.raw.close_from(0, &mut self.out);
        self.notes.list(&mut self.out);
        Body { html: self.out, text: self.harvest.finish(), diagnostics: self.diagnostics }
    }
}

/// Returns a heading's level on the page: the title is the only `h1`.
fn heading_level(level: HeadingLevel) -> usize {
    (level as usize).max(2)
}
