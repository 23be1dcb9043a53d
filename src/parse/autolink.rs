//! Bare addresses as links, as GitHub shows them: `see https://example.com/x`.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};
use regex::Regex;

use super::markdown::Located;

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"https?://[^\s<>"`|]+"#).ok());

/// Passes `events` through, with links around addresses that stand in running text.
pub(super) fn links<'a>(events: impl Iterator<Item = Located<'a>>, text: &'a str) -> impl Iterator<Item = Located<'a>> {
    Autolink { events, text, queue: VecDeque::new(), verbatim: 0, held: None }
}

struct Autolink<'a, I> {
    events: I,
    text: &'a str,
    queue: VecDeque<Located<'a>>,
    /// How many links, images and code blocks are open: nothing is a link in there.
    verbatim: usize,
    held: Option<Located<'a>>,
}

impl<'a, I: Iterator<Item = Located<'a>>> Iterator for Autolink<'a, I> {
    type Item = Located<'a>;

    fn next(&mut self) -> Option<Located<'a>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            let (event, range) = self.held.take().or_else(|| self.events.next())?;
            match &event {
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => self.verbatim += 1,
                Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => {
                    self.verbatim = self.verbatim.saturating_sub(1);
                }
                Event::Text(text) if self.verbatim == 0 && self.text.get(range.clone()) == Some(text) => {
                    self.running_text(range);
                    continue;
                }
                _ => {}
            }
            return Some((event, range));
        }
    }
}

impl<'a, I: Iterator<Item = Located<'a>>> Autolink<'a, I> {
    /// Joins the pieces into which the parser splits text (at every `_` and `&`), so that an address is found whole.
    fn running_text(&mut self, mut range: Range<usize>) {
        for (event, next) in self.events.by_ref() {
            match &event {
                Event::Text(text) if next.start == range.end && self.text.get(next.clone()) == Some(text) => {
                    range.end = next.end;
                }
                _ => {
                    self.held = Some((event, next));
                    break;
                }
            }
        }
        self.split(range);
    }

    fn split(&mut self, range: Range<usize>) {
        let Some(slice) = self.text.get(range.clone()) else { return };
        let mut written = 0;
        let addresses = ADDRESS.as_ref().filter(|_| slice.contains("://"));
        for found in addresses.into_iter().flat_map(|regex| regex.find_iter(slice)) {
            let address = without_punctuation(found.as_str());
            if address.ends_with("://") {
                continue;
            }
            self.text_event(range.start + written..range.start + found.start());
            let end = found.start() + address.len();
            self.link(range.start + found.start()..range.start + end);
            written = end;
        }
        self.text_event(range.start + written..range.end);
    }

    fn text_event(&mut self, range: Range<usize>) {
        if let Some(text) = self.text.get(range.clone()).filter(|text| !text.is_empty()) {
            self.queue.push_back((Event::Text(CowStr::Borrowed(text)), range));
        }
    }

    fn link(&mut self, range: Range<usize>) {
        let Some(address) = self.text.get(range.clone()) else { return };
        let (dest_url, title, id) = (CowStr::Borrowed(address), CowStr::Borrowed(""), CowStr::Borrowed(""));
        let tag = Tag::Link { link_type: LinkType::Autolink, dest_url, title, id };
        self.queue.push_back((Event::Start(tag), range.clone()));
        self.text_event(range.clone());
        self.queue.push_back((Event::End(TagEnd::Link), range));
    }
}

/// Leaves out what ends a sentence rather than an address, and a closing parenthesis that was not opened in it.
fn without_punctuation(mut address: &str) -> &str {
    loop {
        let shorter = address.trim_end_matches(['.', ',', ':', ';', '!', '?', '\'', '*', '_', '~']);
        let unbalanced = shorter.ends_with(')') && shorter.matches(')').count() > shorter.matches('(').count();
        let shorter = if unbalanced { &shorter[..shorter.len() - 1] } else { shorter };
        if shorter.len() == address.len() || shorter.ends_with("//") {
            return address;
        }
        address = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::super::markdown::events;
    use super::*;

    fn links_of(markdown: &str) -> Vec<String> {
        let link = |(event, _)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        };
        events(markdown).filter_map(link).collect()
    }

    #[test]
    fn an_address_in_prose_is_a_link_without_the_full_stop() {
        assert_eq!(links_of("See https://a.example/x_y_z?b=1&c=2."), ["https://a.example/x_y_z?b=1&c=2"]);
        assert_eq!(links_of("(https://a.example/x)"), ["https://a.example/x"]);
        assert_eq!(links_of("https://a.example/x_(y)"), ["https://a.example/x_(y)"]);
    }

    #[test]
    fn an_address_in_code_or_in_a_link_is_left_alone() {
        assert!(links_of("```\nhttps://a.example\n```\n`https://b.example`").is_empty());
        assert_eq!(links_of("[https://a.example](https://b.example)"), ["https://b.example"]);
    }
}
