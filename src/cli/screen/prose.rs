//! A part of a page → plain text, as somebody reads it who has only a terminal.
//!
//! Blocks with a role are left out, and so is the first paragraph of a task item: they are steps, and shown when it is
//! their turn.

use std::ops::Range;

use anstyle::Style;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::wrap::{columns, wrap};
use crate::model::{Item, Runbook};

/// How far a code block stands from the margin.
const CODE_INDENT: usize = 4;

/// Returns what stands in the text of a runbook between two places, wrapped to so many columns; nothing where there is
/// nothing to read. The heading at `shown` is left out: it was shown already.
pub(in crate::cli) fn prose(runbook: &Runbook, range: Range<usize>, shown: Option<usize>, width: usize) -> String {
    read(runbook, range, shown, width).out.trim_end().to_owned()
}

/// Returns what a task item asks, with the addresses it names, and what stands under that up to `end`, wrapped.
pub(in crate::cli) fn task(runbook: &Runbook, item: &Item, end: usize, width: usize) -> (String, String) {
    let writer = read(runbook, item.span.start..end, None, width);
    (writer.asked, writer.out.trim_matches('\n').to_owned())
}

fn read(runbook: &Runbook, range: Range<usize>, shown: Option<usize>, width: usize) -> Writer {
    let text = runbook.source.text();
    let body = text.get(runbook.body..).unwrap_or_default();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM;
    let mut writer = Writer { width, ..Writer::default() };
    for (event, at) in Parser::new_ext(body, options).into_offset_iter() {
        let at = at.start + runbook.body..at.end + runbook.body;
        writer.inside = range.contains(&at.start) && shown != Some(at.start);
        writer.stand_in = stand_in(runbook, &at);
        writer.take(event, is_step(runbook, &at));
    }
    writer
}

/// Returns whether a block of the text is a step's, or what one prints.
fn is_step(runbook: &Runbook, at: &Range<usize>) -> bool {
    let runs = |block: &&crate::model::Block| block.role.is_some() || block.fragment.is_some();
    runbook.blocks.iter().filter(runs).any(|block| at.start < block.span.end && block.span.start < at.end)
}

/// Returns what is shown of a block that takes an action back: the way does not come by it, and the text around it speaks
/// of it.
fn stand_in(runbook: &Runbook, at: &Range<usize>) -> Option<String> {
    let step = runbook.steps.iter().find(|step| {
        let block = runbook.blocks.get(step.block);
        block.is_some_and(|block| at.start < block.span.end && block.span.start < at.end)
    })?;
    let undone = step.as_action()?.undo.as_ref()?;
    Some(format!("[undo of `{}`: {} ({})]", undone.value, step.title, step.id))
}

#[derive(Default)]
struct Writer {
    width: usize,
    /// What stands in place of the block at hand, where it is shown in no other way.
    stand_in: Option<String>,
    out: String,
    /// Whether what comes now lies in the part that is shown.
    inside: bool,
    /// The text of the paragraph, heading or cell at hand.
    text: String,
    /// Whether that began in the part that is shown.
    shown: bool,
    /// The lists at hand: the number of the next item, where items are numbered.
    lists: Vec<Option<u64>>,
    /// What stands before the next line of an item.
    bullet: Option<String>,
    /// Whether the text at hand is what a task item asks.
    task: bool,
    /// What the first task item asks that is shown.
    asked: String,
    quotes: usize,
    code: Option<bool>,
    link: Option<String>,
    link_text: usize,
    table: Vec<Vec<String>>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>, is_step: bool) {
        match event {
            Event::Start(tag) => self.start(tag, is_step),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code == Some(true) => self.code_lines(&text),
            Event::Text(_) if self.code == Some(false) => {}
            Event::Text(text) => self.push(&text),
            Event::Code(text) => self.push(&format!("`{text}`")),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.push("\n"),
            Event::TaskListMarker(_) => self.task = true,
            Event::Html(_) | Event::InlineHtml(_) | Event::Rule => {}
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.text.is_empty() {
            self.shown = self.inside;
        }
        self.text.push_str(text);
    }

    fn start(&mut self, tag: Tag<'_>, is_step: bool) {
        match tag {
            Tag::CodeBlock(kind) => {
                self.paragraph(0);
                self.code = Some(self.inside && !(is_step && matches!(kind, CodeBlockKind::Fenced(_))));
                // Where no text stands before it, none speaks of it.
                let speaks = self.inside && !self.out.is_empty();
                if let Some(line) = self.stand_in.take().filter(|_| speaks) {
                    self.code_lines(&line);
                    self.gap();
                }
            }
            Tag::List(first) => {
                self.paragraph(0);
                self.lists.push(first);
            }
            Tag::Item => self.bullet = Some(self.next_bullet()),
            Tag::BlockQuote(kind) => {
                self.paragraph(0);
                self.quotes += 1;
                if let Some(kind) = kind {
                    self.push(&format!("{kind:?}: "));
                }
            }
            Tag::Heading { .. } => self.paragraph(0),
            Tag::Link { dest_url, .. } => {
                self.link = Some(dest_url.to_string());
                self.link_text = self.text.len();
            }
            Tag::Image { .. } => self.push("[picture: "),
            Tag::Table(_) => {
                self.paragraph(0);
                self.table.clear();
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.paragraph(1),
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::CodeBlock => {
                let shown = self.code.take() == Some(true);
                shown.then(|| self.gap());
            }
            TagEnd::Item => {
                self.paragraph(0);
                self.bullet = None;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            TagEnd::Image => self.text.push(']'),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                self.table.last_mut().into_iter().for_each(|row| row.push(cell.trim().to_owned()));
            }
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    /// An address is shown where it is not on this page's site: those are files that a terminal does not open.
    fn end_link(&mut self) {
        let Some(address) = self.link.take() else { return };
        let shown = self.text.get(self.link_text..).unwrap_or_default();
        if address.contains("://") && shown != address {
            self.text.push_str(&format!(" ({address})"));
        }
    }

    fn next_bullet(&mut self) -> String {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        }
    }

    fn indent(&self) -> usize {
        2 * (self.lists.len().saturating_sub(1) + self.quotes)
    }

    /// Writes the text at hand, with so many empty lines behind it where it stands alone.
    fn paragraph(&mut self, behind: usize) {
        let text = std::mem::take(&mut self.text);
        if std::mem::take(&mut self.task) {
            self.bullet = None;
            if self.shown && self.asked.is_empty() {
                text.trim().clone_into(&mut self.asked);
            }
            return;
        }
        if text.trim().is_empty() || !self.shown {
            return;
        }
        let bullet = self.bullet.take();
        let hanging = match &bullet {
            Some(bullet) => bullet.len(),
            None => 0,
        };
        let under = if bullet.is_none() && !self.lists.is_empty() { 2 } else { 0 };
        let line = format!("{}{}{}", " ".repeat(self.indent() + under), bullet.unwrap_or_default(), text.trim());
        self.out.push_str(&wrap(&line, self.width, hanging));
        self.out.push('\n');
        if behind > 0 && self.lists.is_empty() {
            self.gap();
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.text);
        if !self.inside || level == HeadingLevel::H1 {
            return;
        }
        let bold = Style::new().bold();
        self.gap();
        self.out.push_str(&format!("{bold}{}{bold:#}\n\n", wrap(text.trim(), self.width, 0)));
    }

    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            let line = format!("{}{line}", " ".repeat(CODE_INDENT));
            self.out.push_str(&wrap(&line, self.width, 2));
            self.out.push('\n');
        }
    }

    fn end_table(&mut self) {
        let rows = std::mem::take(&mut self.table);
        if !self.inside {
            return;
        }
        let count = rows.iter().map(Vec::len).max().unwrap_or_default();
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let widest = |column| rows.iter().map(|row| columns(&cell(row, column))).max().unwrap_or_default();
        let widths: Vec<_> = (0..count).map(widest).collect();
        if widths.iter().map(|width| width + 2).sum::<usize>() <= self.width {
            for row in &rows {
                let padded = widths.iter().enumerate().map(|(column, width)| {
                    let cell = cell(row, column);
                    format!("{cell}{}", " ".repeat(width + 2 - columns(&cell)))
                });
                self.out.push_str(&format!("{}\n", padded.collect::<String>().trim_end()));
            }
        } else {
            self.table_as_list(&rows);
        }
        self.gap();
    }

    /// A table that is too wide is read row by row.
    fn table_as_list(&mut self, rows: &[Vec<String>]) {
        let Some((head, rows)) = rows.split_first() else { return };
        for row in rows {
            let cells = row.iter().zip(head).enumerate().filter(|(_, (cell, _))| !cell.is_empty());
            let said = cells.map(|(column, (cell, name))| match (column, name.is_empty()) {
                (0, _) | (_, true) => cell.clone(),
                _ => format!("{name}: {cell}"),
            });
            let line = format!("- {}", said.collect::<Vec<_>>().join("; "));
            self.out.push_str(&wrap(&line, self.width, 2));
            self.out.push('\n');
        }
    }

    /// Leaves one empty line, and no more.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{RunbookId, Source};
    use crate::parse;

    fn plain(text: &str, width: usize) -> String {
        let source = Arc::new(Source::new("a.md", text));
        let (runbook, _) = parse::parse(RunbookId("a".to_owned()), source, &[].into());
        let end = runbook.source.text().len();
        anstream::adapter::strip_str(&prose(&runbook, 0..end, None, width)).to_string()
    }

    #[test]
    fn a_page_reads_as_plain_text() {
        let text = "# Title\n\nSome *words* with `code`\nand a [page](x.md#y), [site](https://example.com).\n\n## Part\n\n1. one\n2. two\n   - deep\n\n> [!WARNING]\n> Careful.\n\n```text\nas printed\n```\n";
        assert_eq!(
            plain(text, 60),
            "Some words with `code` and a page, site\n(https://example.com).\n\nPart\n\n1. one\n2. two\n  - deep\n\n  Warning: Careful.\n\n    as printed"
        );
    }

    #[test]
    fn steps_outputs_and_tasks_are_left_out() {
        let text =
            "# T\n\nBefore.\n\n```bash check\ntrue\n```\n\n```output\nx\n```\n\n- [ ] A task\n  with more\n- a point\n";
        assert_eq!(plain(text, 60), "Before.\n\n- a point");
    }

    #[test]
    fn of_an_undo_which_the_way_does_not_come_by_its_name_is_shown() {
        let text = "# T\n\nThis ends it:\n\n```bash action id=back undo=go title=\"Go back\"\ntrue\n```\n\n```bash action id=go\ntrue\n```\n";
        assert_eq!(plain(text, 60), "This ends it:\n\n    [undo of `go`: Go back (back)]");
        assert_eq!(plain(&text.replace("This ends it:\n\n", ""), 60), "");
    }

    #[test]
    fn what_stands_under_a_task_is_shown_with_it_and_another_task_is_not() {
        let text = "# T\n\n- [ ] Look at [the board](https://example.com/b)\n  - all green\n  - none stale\n- [ ] Ask the team\n\n  In #ops, not by mail.\n\n  ```text\n  who is on call\n  ```\n";
        let source = Arc::new(Source::new("a.md", text));
        let (runbook, _) = parse::parse(RunbookId("a".to_owned()), source, &[].into());
        let tasks: Vec<_> = runbook.items.iter().map(|item| task(&runbook, item, item.span.end, 60)).collect();
        assert_eq!(
            tasks,
            [
                ("Look at the board (https://example.com/b)".to_owned(), "  - all green\n  - none stale".to_owned()),
                ("Ask the team".to_owned(), "  In #ops, not by mail.\n    who is on call".to_owned())
            ]
        );
    }

    #[test]
    fn the_words_before_a_block_in_a_point_are_shown_where_the_part_ends_at_the_block() {
        let text = "# T\n\n1. Do this:\n   ```bash check\n   true\n   ```\n";
        let source = Arc::new(Source::new("a.md", text));
        let (runbook, _) = parse::parse(RunbookId("a".to_owned()), source, &[].into());
        assert_eq!(prose(&runbook, 0..runbook.blocks[0].span.start, None, 60), "1. Do this:");
    }

    #[test]
    fn a_table_that_is_too_wide_is_a_list() {
        let text = "# T\n\n| state | means |\n| --- | --- |\n| `idle` | a leak of the pool |\n";
        assert_eq!(plain(text, 60), "state   means\n`idle`  a leak of the pool");
        assert_eq!(plain(text, 22), "- `idle`; means: a\n  leak of the pool");
    }
}
