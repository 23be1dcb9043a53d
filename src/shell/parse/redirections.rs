//! Redirections and here-documents.

use shuck_ast::{self as ast, HeredocBodyMode, HeredocBodyPart, RedirectKind, RedirectTarget};

use crate::shell::{HereDocument, PartKind, Redirection, RedirectionKind};

use super::literal::{Quote, Stretch};
use super::walk::{Frame, Walk};

impl Walk<'_> {
    pub(super) fn redirections(&mut self, all: &[ast::Redirect], index: usize, frame: &Frame) -> Vec<Redirection> {
        all.iter().map(|redirect| self.redirection(redirect, index, frame)).collect()
    }

    fn redirection(&mut self, redirect: &ast::Redirect, index: usize, frame: &Frame) -> Redirection {
        let span = self.span(redirect.span);
        let (target, body) = match &redirect.target {
            RedirectTarget::Word(word) => (self.target(word, redirect, index, frame), None),
            RedirectTarget::Heredoc(heredoc) => {
                let target = self.target(&heredoc.delimiter.raw, redirect, index, frame);
                (target, Some(self.here_document(heredoc, index, frame)))
            }
        };
        Redirection { span, kind: kind(redirect.kind), descriptor: redirect.fd, target, body }
    }

    /// Reads a target; of a descriptor the tree keeps the number without its place.
    fn target(
        &mut self,
        word: &ast::Word,
        redirect: &ast::Redirect,
        index: usize,
        frame: &Frame,
    ) -> crate::shell::Word {
        let placed = word.span.end.offset() > word.span.start.offset();
        if placed {
            return self.word(word, index, frame);
        }
        let whole = self.layer.slice(redirect.span.start.offset(), redirect.span.end.offset()).unwrap_or_default();
        let text = whole.trim_start_matches(|c: char| !matches!(c, '<' | '>')).trim_start_matches(['<', '>', '&']);
        let start = redirect.span.end.offset().saturating_sub(text.len());
        crate::shell::Word::of_literal(text, self.layer.outer_span(start, redirect.span.end.offset()))
    }

    fn here_document(&mut self, heredoc: &ast::Heredoc, index: usize, frame: &Frame) -> HereDocument {
        let body = &heredoc.body;
        let quoted = matches!(body.mode, HeredocBodyMode::Literal);
        let quote = if quoted { Quote::Raw } else { Quote::Here };
        let mut parts = Vec::new();
        for part in &body.parts {
            let (start, end) = (part.span.start.offset(), part.span.end.offset());
            match &part.kind {
                HeredocBodyPart::Literal(_) => {
                    let stretch = Stretch { start, end, quote, globs: false, first: false, braces: &[] };
                    parts.extend(self.literal(stretch));
                }
                HeredocBodyPart::Variable(name) => parts.push(self.variable(name.as_str(), part.span, true)),
                HeredocBodyPart::CommandSubstitution { body, .. } => {
                    parts.push(self.substitution(body, part.span, true, index, frame));
                }
                HeredocBodyPart::ArithmeticExpansion { expression_ast, .. } => {
                    if let Some(expression) = expression_ast {
                        self.arithmetic(expression, &frame.held_by(index));
                    }
                    parts.push(self.part(part.span, true, PartKind::Arithmetic));
                }
                HeredocBodyPart::Parameter(parameter) => {
                    parts.push(self.parameter(parameter, part.span, true, index, frame));
                }
            }
        }
        HereDocument { span: self.span(body.span), quoted, parts }
    }
}

const fn kind(kind: RedirectKind) -> RedirectionKind {
    match kind {
        RedirectKind::Output | RedirectKind::Clobber | RedirectKind::OutputBoth => RedirectionKind::Write,
        RedirectKind::Append => RedirectionKind::Append,
        RedirectKind::Input => RedirectionKind::Read,
        RedirectKind::ReadWrite => RedirectionKind::ReadWrite,
        RedirectKind::HereDoc | RedirectKind::HereDocStrip => RedirectionKind::HereDocument,
        RedirectKind::HereString => RedirectionKind::HereString,
        RedirectKind::DupOutput | RedirectKind::DupInput => RedirectionKind::Duplicate,
    }
}
