//! The shell texts of a runbook, with a role or without, each understood once.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Code, Runbook, Source, Span, Step};
use crate::reference;
use crate::shell::{self, Script, prompt};

/// A shell text as it is typed: what stands behind prompts, or the whole block.
pub(super) struct Text<'a> {
    /// The file it stands in.
    pub(super) source: &'a Arc<Source>,
    /// The step it belongs to, where it has a role.
    pub(super) step: Option<&'a Step>,
    /// Whether it is inline code.
    pub(super) inline: bool,
    /// The text, and the way back to the block.
    pub(super) code: Code,
    /// What it consists of.
    pub(super) script: Script,
    around: Around<'a>,
}

enum Around<'a> {
    Block(&'a Code),
    Inline,
}

impl Text<'_> {
    /// Returns where a span of the text stands in the source.
    pub(super) fn place(&self, span: Span) -> Span {
        let span = self.code.source_span(span);
        match self.around {
            Around::Block(code) => code.source_span(span),
            Around::Inline => span,
        }
    }

    /// Makes a diagnostic about a span of the text.
    pub(super) fn problem(&self, rule: &'static str, level: Level, title: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(rule, level, title, self.source, self.place(span))
    }
}

/// Returns the shell texts of a runbook: its steps', those of blocks without a role, and inline code that is a command.
pub(super) fn of(runbook: &Runbook) -> Vec<Text<'_>> {
    let mut texts = Vec::new();
    for step in runbook.steps.iter().filter(|step| super::is_shell(step)) {
        add(&mut texts, &step.source, Some(step), &step.code);
    }
    for block in runbook.blocks.iter().filter(|block| reference::is_shell_without_role(block)) {
        add(&mut texts, &runbook.source, None, &block.code);
    }
    let is_command = |code: &str| reference::is_command(code) || super::kubernetes::is_mistyped(code);
    for inline in runbook.inline_code.iter().filter(|inline| is_command(&inline.text)) {
        let code = inline.code(&runbook.source);
        texts.push(Text {
            source: &runbook.source,
            step: None,
            inline: true,
            script: shell::parse(&inline.text),
            code,
            around: Around::Inline,
        });
    }
    texts
}

fn add<'a>(texts: &mut Vec<Text<'a>>, source: &'a Arc<Source>, step: Option<&'a Step>, code: &'a Code) {
    for exchange in prompt::split(code.text()) {
        if matches!(exchange.prompt, Some((_, prompt::PromptKind::Interpreter))) {
            continue;
        }
        let script = shell::parse(exchange.command.text());
        texts.push(Text { source, step, inline: false, code: exchange.command, script, around: Around::Block(code) });
    }
}
