//! Markdown as events, in one dialect, for everybody who reads a runbook.
//!
//! The parser and the site read the same events, so that a page shows exactly the blocks, headings and items that run.
//! What `CommonMark` would swallow although its author meant text (`<pod-name>`, a heading that ends in `{pod}`) is
//! given back as text here, once.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, OffsetIter, Options, Parser, Tag, TagEnd};

use super::autolink;
use super::front_matter;

/// An event and the bytes of the text it stands for.
pub type Located<'a> = (Event<'a>, Range<usize>);

/// Returns the dialect: `CommonMark` with the extensions of GitHub, heading ids and definition lists.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

/// Returns the events of a whole file, front matter left out, with offsets into that file.
///
/// Three things differ from plain `CommonMark`: a tag that HTML does not know is text (`<pod-name>`), a heading keeps
/// braces that hold neither an id nor a class (`## Restart {pod}`), and bare addresses are links as on GitHub.
pub fn events(text: &str) -> impl Iterator<Item = Located<'_>> {
    let base = front_matter::body_start(text);
    let body = text.get(base..).unwrap_or_default();
    let parser = Parser::new_ext(body, options_for(body)).into_offset_iter();
    autolink::links(
        Events { text, base, parser, queue: VecDeque::new(), heading_tail: None, unknown_html: false },
        text,
    )
}

/// Definition lists are read only where the text has one: the parser takes every line that begins with a colon for
/// a definition, and so swallows `:warning:` and the fences of `:::note`.
fn options_for(body: &str) -> Options {
    let mut definitions = false;
    for line in body.lines().filter_map(|line| line.trim_start().strip_prefix(':')) {
        if !line.starts_with([' ', '\t']) {
            return options() - Options::ENABLE_DEFINITION_LIST;
        }
        definitions = true;
    }
    if definitions { options() } else { options() - Options::ENABLE_DEFINITION_LIST }
}

struct Events<'a> {
    text: &'a str,
    base: usize,
    parser: OffsetIter<'a>,
    queue: VecDeque<Located<'a>>,
    /// Braces at the end of the current heading that are text.
    heading_tail: Option<Range<usize>>,
    /// Whether the current HTML block begins with a tag that HTML does not know.
    unknown_html: bool,
}

impl<'a> Iterator for Events<'a> {
    type Item = Located<'a>;

    fn next(&mut self) -> Option<Located<'a>> {
        if let Some(event) = self.queue.pop_front() {
            return Some(event);
        }
        let (event, range) = self.parser.next()?;
        let range = range.start + self.base..range.end + self.base;
        Some(match event {
            Event::Start(Tag::Heading { level, id: None, classes, attrs })
                if classes.is_empty() && !attrs.is_empty() =>
            {
                self.heading_tail = self.braces_at_the_end(&range);
                (Event::Start(Tag::Heading { level, id: None, classes, attrs: Vec::new() }), range)
            }
            Event::End(TagEnd::Heading(level)) => self.end_of_heading(level, range),
            Event::InlineHtml(html) if !is_html(&html) => (Event::Text(html), range),
            Event::Start(Tag::HtmlBlock) if !is_html(self.text.get(range.clone()).unwrap_or_default().trim_start()) => {
                self.unknown_html = true;
                (Event::Start(Tag::Paragraph), range)
            }
            Event::Html(html) if self.unknown_html => self.line_of_text(html, range),
            Event::End(TagEnd::HtmlBlock) if self.unknown_html => {
                self.unknown_html = false;
                (Event::End(TagEnd::Paragraph), range)
            }
            event => (event, range),
        })
    }
}

impl<'a> Events<'a> {
    fn end_of_heading(&mut self, level: pulldown_cmark::HeadingLevel, range: Range<usize>) -> Located<'a> {
        let end = (Event::End(TagEnd::Heading(level)), range);
        let Some((tail, text)) = self.heading_tail.take().and_then(|tail| Some((tail.clone(), self.text.get(tail)?)))
        else {
            return end;
        };
        self.queue.push_back(end);
        (Event::Text(CowStr::Borrowed(text)), tail)
    }

    fn line_of_text(&mut self, html: CowStr<'a>, range: Range<usize>) -> Located<'a> {
        let line = html.trim_end_matches(['\r', '\n']);
        if line.len() == html.len() {
            return (Event::Text(html), range);
        }
        let end = range.start + line.len();
        self.queue.push_back((Event::SoftBreak, end..range.end));
        (Event::Text(CowStr::from(line.to_owned())), range.start..end)
    }

    fn braces_at_the_end(&self, heading: &Range<usize>) -> Option<Range<usize>> {
        let text = self.text.get(heading.clone())?;
        let (open, close) = (text.rfind('{')?, text.rfind('}')?);
        let start = text.get(..open)?.trim_end().len();
        (open < close).then_some(heading.start + start..heading.start + close + 1)
    }
}

/// Returns whether `text` begins as something HTML knows: an element, a comment, a declaration.
pub fn is_html(text: &str) -> bool {
    let Some(tag) = text.strip_prefix('<') else { return false };
    if tag.starts_with(['!', '?']) {
        return true;
    }
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let end = tag.find(|character: char| !character.is_ascii_alphanumeric() && character != '-').unwrap_or(tag.len());
    let name = tag.get(..end).unwrap_or_default();
    let name: Cow<'_, str> =
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() };
    ELEMENTS.binary_search(&name.as_ref()).is_ok()
}

/// The elements of HTML and the roots of what may stand in it, sorted.
#[rustfmt::skip]
const ELEMENTS: [&str; 125] = [
    "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "big",
    "blockquote", "body", "br", "button", "canvas", "caption", "center", "circle", "cite", "code", "col", "colgroup",
    "data", "datalist", "dd", "del", "details", "dfn", "dialog", "div", "dl", "dt", "em", "embed", "fieldset",
    "figcaption", "figure", "font", "footer", "form", "frame", "g", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "line",
    "link", "main", "map", "mark", "marquee", "math", "menu", "meta", "meter", "nav", "noscript", "object", "ol",
    "optgroup", "option", "output", "p", "param", "path", "picture", "pre", "progress", "q", "rect", "rp", "rt", "ruby",
    "s", "samp", "script", "search", "section", "select", "slot", "small", "source", "span", "strike", "strong",
    "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var", "video",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(markdown: &str) -> String {
        events(markdown)
            .filter_map(|(event, _)| match event {
                Event::Text(text) => Some(text.to_string()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn elements_are_sorted() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn a_placeholder_in_prose_is_text() {
        assert_eq!(text_of("Delete <pod-name> now"), "Delete <pod-name> now");
        assert_eq!(text_of("<pod-name>\nfoo\n"), "<pod-name>foo");
    }

    #[test]
    fn html_stays_html() {
        assert!(events("a <br> b").any(|(event, _)| matches!(event, Event::InlineHtml(_))));
        assert!(events("<details>\nx\n</details>").any(|(event, _)| matches!(event, Event::Html(_))));
    }

    #[test]
    fn a_placeholder_at_the_end_of_a_heading_is_text() {
        assert_eq!(text_of("## Restart {pod}\n"), "Restart {pod}");
        assert_eq!(text_of("## Restart {#restart}\n"), "Restart");
    }

    #[test]
    fn a_line_that_begins_with_a_colon_is_no_definition() {
        assert_eq!(text_of(":::note\nfoo\n:::\n"), ":::notefoo:::");
        assert!(events("term\n: meaning\n").any(|(event, _)| event == Event::Start(Tag::DefinitionList)));
    }

    #[test]
    fn offsets_count_from_the_start_of_the_file() {
        let text = "---\ntitle: x\n---\nhello";
        assert!(events(text).any(|(event, range)| matches!(event, Event::Text(_)) && &text[range.clone()] == "hello"));
    }
}
