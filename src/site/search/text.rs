//! A page as search knows it: lines, and the words of its metadata.

use std::sync::Arc;

use crate::link::Entry;
use crate::model::Metadata;
use crate::site::body::{Kind, PageText};

/// A page that can be searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Searchable {
    /// Its address.
    pub(super) address: String,
    /// Words of its metadata: id, tags, alerts, service, owner, severity.
    pub(super) words: Vec<String>,
    /// What a search can be narrowed to: kind and value.
    pub(super) values: Vec<(&'static str, String)>,
    /// What stands on it.
    pub(super) lines: Lines,
}

/// What stands on a page, line by line: its title; severity, service and owner; then its sections (`#anchor heading`),
/// each followed by its lines after a letter for what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lines(pub(crate) Arc<str>);

/// A line of a page.
pub(super) enum Line<'a> {
    /// A section begins: its heading.
    Section(&'a str),
    /// Something that stands in it.
    Text(Kind, &'a str),
}

impl Lines {
    /// Writes down what was noted while a page was rendered.
    pub(crate) fn new(text: &PageText, metadata: &Metadata) -> Self {
        let severity = metadata.severity.as_ref().map(|severity| severity.0.as_str());
        let facts = severity.into_iter().chain(metadata.service.as_deref()).chain(metadata.owner.as_deref());
        let facts: Vec<&str> = facts.filter(|fact| !fact.is_empty()).collect();
        let mut lines = String::with_capacity(8_000);
        let mut line = |before: &str, text: &str| {
            lines.push_str(before);
            lines.extend(text.chars().map(|letter| if letter == '\n' { ' ' } else { letter }));
            lines.push('\n');
        };
        line("", &text.title);
        line("", &facts.join(" · "));
        for section in &text.sections {
            // An anchor holds no space.
            line("#", &format!("{} {}", section.anchor, section.title));
            section.lines.iter().for_each(|(kind, text)| line(letter(*kind), text));
        }
        lines.pop();
        Self(lines.into())
    }

    /// Returns the page's title.
    pub(super) fn title(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }

    /// Returns the lines below title and facts.
    pub(super) fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        self.0.split('\n').skip(2).map(|line| {
            let (first, rest) = line.split_at(usize::from(!line.is_empty()));
            match first {
                "#" => Line::Section(rest.split_once(' ').map_or("", |(_, title)| title)),
                "c" => Line::Text(Kind::Command, rest),
                "o" => Line::Text(Kind::Output, rest),
                _ => Line::Text(Kind::Prose, rest),
            }
        })
    }

    /// Returns the lines as results show them: none longer than `longest` bytes.
    pub(super) fn cut(&self, longest: usize) -> String {
        let cut = |line: &'_ str| line.floor_char_boundary(longest.min(line.len()));
        let mut text = String::with_capacity(self.0.len());
        for line in self.0.split('\n') {
            text.push_str(&line[..cut(line)]);
            text.push('\n');
        }
        text.pop();
        text
    }
}

const fn letter(kind: Kind) -> &'static str {
    match kind {
        Kind::Prose => "p",
        Kind::Command => "c",
        Kind::Output => "o",
    }
}

impl Searchable {
    /// Joins what stands on a page with what is known of it.
    pub(crate) fn new(entry: &Entry<'_>, lines: Lines) -> Self {
        let metadata = &entry.runbook.metadata;
        let mut words = vec![entry.runbook.id.0.replace('/', " ")];
        words.extend(metadata.tags.iter().chain(&metadata.alerts).cloned());
        words.extend(metadata.service.iter().chain(&metadata.owner).cloned());
        words.extend(metadata.severity.iter().map(|severity| severity.0.clone()));
        Self { address: entry.address.as_str().to_owned(), words, values: values(metadata), lines }
    }

    /// Returns where the page stands.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Returns everything it can be narrowed to, the headings of its sections last.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let sections = self.lines.iter().filter_map(|line| match line {
            Line::Section(title) if !title.trim().is_empty() => Some(("section", title)),
            _ => None,
        });
        self.values.iter().map(|(kind, label)| (*kind, label.as_str())).chain(sections)
    }
}

fn values(metadata: &Metadata) -> Vec<(&'static str, String)> {
    let severity = metadata.severity.iter().map(|severity| ("severity", &severity.0));
    let service = metadata.service.iter().map(|service| ("service", service));
    let owner = metadata.owner.iter().map(|owner| ("owner", owner));
    let tags = metadata.tags.iter().map(|tag| ("tag", tag));
    let alerts = metadata.alerts.iter().map(|alert| ("alert", alert));
    let all = severity.chain(service).chain(owner).chain(tags).chain(alerts);
    all.filter(|(_, label)| !label.trim().is_empty()).map(|(kind, label)| (kind, label.clone())).collect()
}
