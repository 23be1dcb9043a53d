//! Raw HTML passes a sieve: harmless elements stay, `<pod-name>` is text, scripts and styles are dropped and named.
//!
//! A page that would run what a text says is no runbook but a program; and a generator that hides what it does not
//! know hides placeholders.

use pulldown_cmark::CowStr;

use super::Renderer;
use crate::diagnostic::{Diagnostic, Level};
use crate::link::Destination;
use crate::model::Span;
use crate::parse::html::{Piece, pieces};
use crate::site::text::{escape, escape_into};

/// Elements that may stand in a line of text.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "u", "var", "wbr",
];
/// Elements that may stand between paragraphs.
const BLOCK: &[&str] = &[
    "blockquote",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];
/// Elements without an end.
const VOID: &[&str] = &["br", "hr", "img", "wbr"];
/// Elements whose content is dropped with them.
const DROPPED: &[&str] =
    &["script", "style", "iframe", "object", "embed", "svg", "math", "template", "textarea", "select"];
/// Elements that do something; with attributes they are dropped, without they are probably placeholders.
const ACTIVE: &[&str] =
    &["form", "input", "button", "link", "meta", "base", "video", "audio", "source", "frame", "frameset"];

/// Raw elements that are open, with the depth of Markdown they were opened at.
#[derive(Debug, Default)]
pub(super) struct OpenTags {
    open: Vec<(String, usize)>,
    dropping: Option<String>,
}

impl OpenTags {
    /// Returns whether what is read now is dropped.
    pub(super) const fn is_dropping(&self) -> bool {
        self.dropping.is_some()
    }

    /// Closes what was opened at `depth` or deeper.
    pub(super) fn close_from(&mut self, depth: usize, out: &mut String) {
        self.dropping = None;
        while self.open.last().is_some_and(|(_, at)| *at >= depth) {
            if let Some((name, _)) = self.open.pop() {
                out.push_str(&format!("</{name}>"));
            }
        }
    }

    /// Closes the element `name`, and those inside it, if it was opened at this depth.
    fn close(&mut self, name: &str, depth: usize, out: &mut String) {
        let Some(at) = self.open.iter().rposition(|(open, opened)| open == name && *opened == depth) else { return };
        for (name, _) in self.open.drain(at..).rev() {
            out.push_str(&format!("</{name}>"));
        }
    }
}

impl Renderer<'_, '_> {
    /// Collects a line of a raw block.
    pub(super) fn html(&mut self, html: &CowStr<'_>, span: Span) {
        match &mut self.html_block {
            Some((text, _)) => text.push_str(html),
            None => self.sieve(html, span, false),
        }
    }

    /// Takes one raw tag in a line of text.
    pub(super) fn inline_html(&mut self, html: &CowStr<'_>, span: Span) {
        self.sieve(html, span, true);
    }

    /// Writes the raw block that was collected.
    pub(super) fn raw_block(&mut self) {
        let Some((html, span)) = self.html_block.take() else { return };
        self.sieve(&html, span, false);
        // The block ends here, whatever it left undropped.
        self.raw.dropping = None;
        self.harvest.end_line();
        self.out.push('\n');
    }

    fn sieve(&mut self, html: &str, span: Span, inline: bool) {
        if self.scope.unsafe_html {
            return self.out.push_str(html);
        }
        for piece in pieces(html) {
            if let Some(name) = &self.raw.dropping {
                if matches!(&piece, Piece::Close { name: end, .. } if end == name) {
                    self.raw.dropping = None;
                }
                continue;
            }
            match piece {
                Piece::Text(text) => self.raw_text(text, inline),
                Piece::Comment => {}
                Piece::Close { name, written } => self.raw_close(&name, written, inline),
                Piece::Open { name, attributes, written, .. } => {
                    self.raw_open(&name, &attributes, written, span, inline);
                }
            }
        }
    }

    fn raw_text(&mut self, text: &str, _: bool) {
        self.harvest.inline(text);
        escape_entities_kept(&mut self.out, text);
    }

    fn raw_close(&mut self, name: &str, written: &str, inline: bool) {
        let allowed = INLINE.contains(&name) || !inline && BLOCK.contains(&name);
        if allowed {
            self.raw.close(shown(name), self.depth, &mut self.out);
        } else if !DROPPED.contains(&name) && !ACTIVE.contains(&name) {
            self.harvest.inline(written);
            escape_into(&mut self.out, written);
        }
    }

    fn raw_open(&mut self, name: &str, attributes: &[(String, String)], written: &str, span: Span, inline: bool) {
        if DROPPED[..2].contains(&name) || DROPPED.contains(&name) && !attributes.is_empty() {
            self.raw.dropping = Some(name.to_owned());
            return self.dropped(&format!("`<{name}>` is left out"), span);
        }
        if ACTIVE.contains(&name) && !attributes.is_empty() {
            return self.dropped(&format!("`<{name}>` is left out"), span);
        }
        if !(INLINE.contains(&name) || !inline && BLOCK.contains(&name)) {
            self.harvest.inline(written);
            self.out.push_str("<b class=p>");
            escape_into(&mut self.out, written);
            self.out.push_str("</b>");
            return;
        }
        if name == "img" && self.remote_image(attributes) {
            return;
        }
        let shown = shown(name);
        self.out.push('<');
        self.out.push_str(shown);
        for (key, value) in attributes {
            self.attribute(name, key, value, span);
        }
        self.out.push('>');
        if !VOID.contains(&name) {
            self.raw.open.push((shown.to_owned(), self.depth));
        }
    }

    /// Shows an image of another host, or one that is not there, by its text; returns whether it was one.
    fn remote_image(&mut self, attributes: &[(String, String)]) -> bool {
        let value = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let text = value("alt").filter(|text| !text.is_empty());
        match self.destination(value("src").unwrap_or_default()) {
            Destination::Here(_) => return false,
            Destination::Away(url) => {
                let (url, text) = (escape(&url), escape(text.unwrap_or(&url)));
                self.out.push_str(&format!("<a class=\"away\" rel=\"noreferrer\" href=\"{url}\">Image: {text}</a>"));
            }
            Destination::Nowhere => {
                let text = escape(text.unwrap_or_default());
                self.out.push_str(&format!("<span class=\"missing\">Image: {text}</span>"));
            }
        }
        true
    }

    fn attribute(&mut self, name: &str, key: &str, value: &str, span: Span) {
        if key.starts_with("on") || key == "style" {
            return self.dropped(&format!("the attribute `{key}` of `<{name}>` is left out"), span);
        }
        let value = match (name, key) {
            ("a", "href") => match self.destination(value) {
                Destination::Here(url) | Destination::Away(url) => url,
                Destination::Nowhere => return,
            },
            ("img", "src") => match self.destination(value) {
                Destination::Here(url) => url,
                _ => return,
            },
            ("img", "alt" | "width" | "height") | ("td" | "th", "colspan" | "rowspan" | "scope") => value.to_owned(),
            ("details", "open") | ("ol", "start" | "reversed") => value.to_owned(),
            (_, "id" | "title" | "lang" | "dir") => value.to_owned(),
            ("a", "name") => {
                self.out.push_str(&format!(" id=\"{}\"", escape(value)));
                return;
            }
            ("div" | "p" | "td" | "th", "align") if value == "center" || value == "right" => {
                self.out.push_str(&format!(" class=\"{value}\""));
                return;
            }
            _ => return,
        };
        self.out.push_str(&format!(" {key}=\"{}\"", escape(&value)));
    }

    fn dropped(&mut self, title: &str, span: Span) {
        self.diagnostics.push(
            Diagnostic::new("raw-html", Level::Warning, title, &self.scope.entry.runbook.source, span)
                .help("pages run no scripts and carry no styles of their own; write it in Markdown"),
        );
    }
}

/// Returns the element that stands for another on our pages: the title is the only `h1`.
fn shown(name: &str) -> &str {
    if name == "h1" { "h2" } else { name }
}

/// Appends raw text, in which `&amp;` and its kin are signs already.
fn escape_entities_kept(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        escape_into(out, &rest[..at]);
        let entity = rest[at..].find(';').filter(|end| {
            (2..12).contains(end)
                && rest[at + 1..at + end].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
        });
        match entity {
            Some(end) => out.push_str(&rest[at..=at + end]),
            None => out.push_str("&amp;"),
        }
        rest = &rest[at + entity.map_or(1, |end| end + 1)..];
    }
    escape_into(out, rest);
}
