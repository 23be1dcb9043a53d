//! One Markdown file, understood.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Block, Code, Metadata, Param, Requires, Source, Span, Step, StepId};

/// The path of a runbook under the content folder, without extension, with `/` on every system: `incident/db-pool`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunbookId(pub String);

impl RunbookId {
    /// Returns the id as it is typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunbookId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One Markdown file, understood. Whatever could not be made sense of is in the diagnostics beside it, not here.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// Its path under the content folder, without extension.
    pub id: RunbookId,
    /// The text, byte for byte.
    pub source: Arc<Source>,
    /// What is known about it.
    pub metadata: Metadata,
    /// The values it takes, in order of declaration.
    pub params: Vec<Param>,
    /// What must be there before step 1.
    pub requires: Requires,
    /// The byte at which Markdown begins: after the front matter.
    pub body: usize,
    /// Its headings, in order.
    pub sections: Vec<Section>,
    /// Its fenced code blocks, in order.
    pub blocks: Vec<Block>,
    /// Its steps, in the order in which they stand; a fragment's steps stand where it is used.
    pub steps: Vec<Step>,
    /// Its task-list entries, in order.
    pub items: Vec<Item>,
    /// Its inline code and the lines of its indented code, in order.
    pub inline_code: Vec<InlineCode>,
    /// Its links and images, in order.
    pub links: Vec<Link>,
}

impl Runbook {
    /// Returns the step of that name.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// Returns what people read of a step on its page.
    pub fn name_of<'a>(&'a self, step: &'a Step) -> Cow<'a, str> {
        let section = step.section.and_then(|section| self.sections.get(section));
        step.name_in(section.map_or(&self.metadata.title, |section| &section.title))
    }

    /// Returns the innermost section that holds a byte.
    pub fn section_at(&self, offset: usize) -> Option<usize> {
        self.sections.partition_point(|section| section.heading.start <= offset).checked_sub(1)
    }
}

/// A heading and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text without markup.
    pub title: String,
    /// Its name in a URL, unique on the page: `{#id}` where the author gave one, else made from the title as GitHub does.
    pub anchor: String,
    /// The heading itself.
    pub heading: Span,
    /// Everything from the heading up to the next heading of the same or a higher level.
    pub span: Span,
    /// Index of the section around it.
    pub parent: Option<usize>,
}

/// A task-list entry `- [ ]`: something a person does or looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its text without markup, up to the end of its first paragraph.
    pub text: String,
    /// The whole entry.
    pub span: Span,
    /// Whether the author wrote `[x]`.
    pub ticked: bool,
    /// The step that ticks it, where its text is a link to one.
    pub step: Option<StepId>,
    /// Index of the section it stands in.
    pub section: Option<usize>,
}

/// A span of inline code, or a line of indented code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineCode {
    /// The code, without backticks.
    pub text: String,
    /// Where it stands, backticks included.
    pub span: Span,
    /// Index of the section it stands in.
    pub section: Option<usize>,
}

impl InlineCode {
    /// Returns the code with the way back to the source, where a `|` of a table is escaped and a line may break.
    pub fn code(&self, source: &Source) -> Code {
        let written = source.slice(self.span);
        let mut code = Code::empty();
        if let Some(at) = written.find(&self.text) {
            code.push(&self.text, self.span.start + at);
            return code;
        }
        let marks = written.len() - written.trim_start_matches('`').len();
        let blank = written[marks..].len() - written[marks..].trim_start().len();
        let mut at = marks + if self.text.starts_with(' ') { 0 } else { blank };
        let mut letters = self.text.chars().peekable();
        while let Some(letter) = letters.next() {
            let rest = written.get(at..).unwrap_or_default();
            let behind =
                rest.strip_prefix('\\').filter(|behind| !rest.starts_with(letter) && behind.starts_with(letter));
            at += usize::from(behind.is_some());
            code.push(letter.encode_utf8(&mut [0; 4]), self.span.start + at);
            at += letter.len_utf8();
            let joined = letters.peek().is_some_and(|next| !next.is_whitespace());
            if joined && letter == ' ' && rest.starts_with(['\n', '\r']) {
                let next = written.get(at..).unwrap_or_default();
                at += next.len() - next.trim_start_matches(['\n', ' ', '\t', '>']).len();
            }
        }
        code
    }
}

/// A link or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads, as written.
    pub destination: String,
    /// The whole link.
    pub span: Span,
    /// Whether it is an image.
    pub image: bool,
}
