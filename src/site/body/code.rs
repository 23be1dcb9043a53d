//! Fenced blocks: a step with a role becomes a card, any other a figure with its language.

use std::collections::BTreeMap;

use pulldown_cmark::CodeBlockKind;

use super::Renderer;
use super::harvest::Kind;
use super::step::{self, StepView};
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Block, Role, Span, Step};
use crate::site::diagram::{self, Picture};
use crate::site::highlight;
use crate::site::text::escape;
use crate::site::values::{self, Filling, Grammar};

/// A code block as it was collected from the events.
#[derive(Debug)]
pub(super) struct Collected {
    /// The code.
    pub(super) text: String,
    language: String,
    span: Span,
}

impl Collected {
    /// Begins a block.
    pub(super) fn new(kind: &CodeBlockKind<'_>, span: Span) -> Self {
        let language = match kind {
            CodeBlockKind::Fenced(info) => first_word(info),
            CodeBlockKind::Indented => String::new(),
        };
        Self { text: String::new(), language, span }
    }
}

/// Returns the language of an info string, where no block of the runbook tells it.
fn first_word(info: &str) -> String {
    let word = info.trim_start_matches(['{', '.', ' ']).split([' ', ',', '{', '}', '\t']).next().unwrap_or_default();
    word.to_lowercase()
}

impl Renderer<'_, '_> {
    /// Writes the block that was collected, with the steps it stands for.
    pub(super) fn block(&mut self, collected: &Collected) -> Result<(), Box<Diagnostic>> {
        let runbook = self.scope.entry.runbook;
        let at = runbook.blocks.partition_point(|block| block.span.start < collected.span.start);
        let Some(block) = runbook.blocks.get(at).filter(|block| block.span.start < collected.span.end) else {
            self.figure(&collected.language, &collected.text, "");
            return Ok(());
        };
        if self.shown.contains(&at) {
            return Ok(());
        }
        let steps: Vec<usize> = (0..runbook.steps.len()).filter(|&step| runbook.steps[step].block == at).collect();
        if steps.is_empty() {
            self.plain(block, at);
            return Ok(());
        }
        for &index in &steps {
            self.step(index, block, at)?;
        }
        Ok(())
    }

    fn plain(&mut self, block: &Block, at: usize) {
        let language = block.language.as_deref().unwrap_or_default();
        let expected_of = self.scope.entry.runbook.steps.iter().position(|step| {
            block.role == Some(Role::Output) && step.output.as_ref().is_some_and(|output| output.span == block.span)
        });
        let Some(step) = expected_of else {
            if language == diagram::LANGUAGE && block.role.is_none() {
                return self.diagram(block);
            }
            // A role without a step is a block that the parser could not make sense of; it is shown as it was written.
            return self.figure(language, block.code.text(), "");
        };
        let anchor = self.scope.entry.anchors.step(step);
        let runbook = self.scope.entry.runbook;
        let title = runbook.name_of(&runbook.steps[step]);
        let caption = format!("expected output of <a href=\"#{}\">{}</a>", escape(anchor), escape(&title));
        self.figure_with(language, block.code.text(), &caption, "code expected", Kind::Output);
        self.shown.insert(at);
    }

    fn figure(&mut self, language: &str, code: &str, class: &str) {
        let kind = if is_printed(language) { Kind::Output } else { Kind::Command };
        let class = if class.is_empty() { "code" } else { class };
        let caption = match language {
            // That a text is a text need not be said.
            "text" | "txt" | "plain" => "",
            diagram::LANGUAGE => "diagram, as Mermaid text",
            other => other,
        };
        self.figure_with(language, code, &escape(caption), class, kind);
    }

    fn figure_with(&mut self, language: &str, code: &str, caption: &str, class: &str, kind: Kind) {
        let caption = if caption.is_empty() { String::new() } else { format!("<figcaption>{caption}</figcaption>") };
        let code = self.code(language, code, kind);
        self.out.push_str(&format!("<figure class=\"{class}\">{caption}{code}</figure>\n"));
    }

    /// Returns code that can be read, scrolled and searched.
    fn code(&mut self, language: &str, code: &str, kind: Kind) -> String {
        self.harvest.code(kind, code);
        let name = escape(&name_of(language));
        let shell = kind == Kind::Command && values::is_shell(language);
        let code = Code::new(language, code, shell.then(|| (Grammar::Shell, self.scope.values.known())));
        format!("<pre role=group aria-label=\"{name}\" tabindex=0><code{}>{}</code></pre>", code.attributes, code.html)
    }

    /// Writes a diagram as a picture with its text below; one that cannot be drawn, as its text.
    fn diagram(&mut self, block: &Block) {
        let text = block.code.text();
        let Some(drawn) = self.scope.diagrams.get(text) else { return self.figure(diagram::LANGUAGE, text, "") };
        match drawn {
            Ok(picture) => self.picture(picture, text),
            Err(why) => {
                let title = format!("this diagram cannot be drawn: {why}");
                self.diagnostics.push(
                    Diagnostic::new(
                        "undrawn-diagram",
                        Level::Warning,
                        title,
                        &self.scope.entry.runbook.source,
                        block.span,
                    )
                    .help("its page shows the text instead"),
                );
                self.figure(diagram::LANGUAGE, text, "");
            }
        }
    }

    fn picture(&mut self, picture: &Picture, text: &str) {
        let url = escape(&format!("{}{}", self.scope.entry.address.to_root(), picture.path));
        let title = picture.title.as_deref().map_or_else(|| "Diagram".to_owned(), |title| format!("Diagram: {title}"));
        let (title, width, height) = (escape(&title), picture.width, picture.height);
        let class = match width {
            0..=480 => "",
            // On a page it becomes smaller, down to what a phone can still show by scrolling.
            481..=1000 => " class=\"broad\"",
            // Smaller, nobody could read it.
            1001.. => " class=\"wide\"",
        };
        let code = self.code(diagram::LANGUAGE, text, Kind::Command);
        self.out.push_str(&format!(
            "<figure class=\"diagram\"><div role=group aria-label=\"{title}\" tabindex=0>\
             <img{class} src=\"{url}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" alt=\"drawn from the text below\"></div>\
             <details class=\"as-text\"><summary>{title}, as text</summary>{code}</details></figure>\n"
        ));
    }

    fn step(&mut self, index: usize, block: &Block, at: usize) -> Result<(), Box<Diagnostic>> {
        let step = &self.scope.entry.runbook.steps[index];
        let joined = self.joined_output(step, block, at);
        self.harvest.code(Kind::Prose, &self.scope.entry.runbook.name_of(step));
        self.harvest.code(Kind::Command, step.code.text());
        if let Some(output) = step.output.as_ref().filter(|_| joined) {
            self.harvest.code(Kind::Output, output.code.text());
        }
        let view = StepView::new(self.scope, index, block, joined);
        self.out.push_str(&step::html(self.scope.theme, &view)?);
        Ok(())
    }

    /// Returns whether the output expected of a step is shown in its card: nothing but space stands between the two,
    /// or it comes from another file. Then the block of its own is not shown again.
    fn joined_output(&mut self, step: &Step, block: &Block, at: usize) -> bool {
        let Some(output) = &step.output else { return false };
        let source = &self.scope.entry.runbook.source;
        if block.fragment.is_some() {
            return true;
        }
        if block.span.contains(output.span) {
            // The expected lines of a console block stand in the block itself.
            return false;
        }
        let between = source.slice(Span::new(block.span.end.min(output.span.start), output.span.start));
        let joined = between.trim_matches([' ', '\t', '\n', '\r', '>']).is_empty();
        if joined {
            let blocks = &self.scope.entry.runbook.blocks;
            let found = blocks.iter().enumerate().skip(at).find(|(_, block)| block.span == output.span);
            self.shown.extend(found.map(|(at, _)| at));
        }
        joined
    }
}

/// A piece of code as HTML, and what the page's script must know of it.
#[derive(Debug)]
pub(super) struct Code {
    /// Attributes of the element that holds it, with a space before each.
    pub(super) attributes: String,
    /// The code.
    pub(super) html: String,
}

impl Code {
    /// Colours a piece of code and fills in values, where there are some.
    pub(super) fn new(language: &str, code: &str, values: Option<(Grammar, BTreeMap<String, Option<String>>)>) -> Self {
        let shell = matches!(values, Some((Grammar::Shell, _)));
        let mut attributes = if shell { " class=sh".to_owned() } else { String::new() };
        let filling = values.and_then(|(grammar, known)| Filling::new(grammar, code, known));
        let Some(filling) = filling else { return Self { attributes, html: highlight::html(language, code) } };
        let filled = highlight::filled(language, code, filling);
        if !filled.reads.is_empty() {
            attributes.push_str(&format!(" data-reads=\"{}\"", escape(&filled.reads.join(" "))));
        }
        Self { attributes, html: filled.html }
    }
}

/// Returns what a screen reader calls a block.
pub(super) fn name_of(language: &str) -> String {
    if language.is_empty() { "Code".to_owned() } else { format!("Code: {language}") }
}

fn is_printed(language: &str) -> bool {
    matches!(language, "text" | "txt" | "output" | "log" | "logs")
}
