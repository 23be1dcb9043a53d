//! Words → parts; variables and commands met on the way are recorded.

use shuck_ast::{self as ast, BourneParameterExpansion, ParameterExpansionSyntax, ParameterOp, WordPart, WordPartNode};

use crate::shell::{Nesting, Part, PartKind, SetBy, VariableRead, VariableSet, Word};

use super::literal::{self, Quote, Stretch};
use super::walk::{Frame, Walk};

/// How a word is read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    quoted: bool,
    globs: bool,
    braces: &'a [(usize, usize)],
    index: Option<usize>,
    frame: &'a Frame,
}

impl Frame {
    /// Returns the frame of commands in the words of command `index`.
    pub(super) fn held_by(&self, index: usize) -> Self {
        Self { parent: Some(index), ..self.clone() }
    }
}

impl Walk<'_> {
    /// Reads a word of the command `index`.
    pub(super) fn word(&mut self, word: &ast::Word, index: usize, frame: &Frame) -> Word {
        self.any_word(word, Some(index), frame, !self.is_template(word))
    }

    /// Reads the value of an assignment, where nothing matches files.
    pub(super) fn value(&mut self, word: &ast::Word, index: usize, frame: &Frame) -> Word {
        self.any_word(word, Some(index), frame, false)
    }

    /// Walks words that belong to no command, such as the list of a loop.
    pub(super) fn loose_words(&mut self, words: &[ast::Word], frame: &Frame) {
        drop(self.listed_words(words, frame));
    }

    /// Reads words that a loop goes through; patterns stand in them as they are written.
    pub(super) fn listed_words(&mut self, words: &[ast::Word], frame: &Frame) -> Vec<Word> {
        words.iter().map(|word| self.any_word(word, None, frame, false)).collect()
    }

    fn any_word(&mut self, word: &ast::Word, index: Option<usize>, frame: &Frame, globs: bool) -> Word {
        let braces = if globs { outer_braces(word) } else { Vec::new() };
        let reading = Reading { quoted: false, globs, braces: &braces, index, frame };
        Word { span: self.span(word.span), parts: self.parts(&word.parts, &reading) }
    }

    /// Returns whether a word holds a template or a URL, where `*`, `?` and `[0]` are meant as they stand.
    fn is_template(&self, word: &ast::Word) -> bool {
        let text = self.layer.slice(word.span.start.offset(), word.span.end.offset()).unwrap_or_default();
        text.contains("{.") || text.contains("{{") || text.contains("://") || text.contains("=.") || text.contains(":.")
    }

    fn parts(&mut self, nodes: &[WordPartNode], reading: &Reading<'_>) -> Vec<Part> {
        let mut parts = Vec::with_capacity(nodes.len());
        for (position, node) in nodes.iter().enumerate() {
            self.node(node, position == 0, reading, &mut parts);
        }
        parts
    }

    fn node(&mut self, node: &WordPartNode, first: bool, reading: &Reading<'_>, parts: &mut Vec<Part>) {
        let span = node.span;
        let (start, end) = (span.start.offset(), span.end.offset());
        let quote = if reading.quoted { Quote::Double } else { Quote::None };
        match &node.kind {
            WordPart::Literal(_) | WordPart::ZshQualifiedGlob(_) => {
                let globs = reading.globs && !reading.quoted;
                parts.extend(self.literal(Stretch { start, end, quote, globs, first, braces: reading.braces }));
            }
            WordPart::SingleQuoted { value, dollar } => parts.extend(self.single_quoted(value, *dollar, span)),
            WordPart::DoubleQuoted { parts: inner, .. } => {
                parts.extend(self.parts(inner, &Reading { quoted: true, ..*reading }));
            }
            WordPart::Variable(name) => parts.push(self.variable(name.as_str(), span, reading.quoted)),
            WordPart::CommandSubstitution { body, .. } => {
                let inner = reading.inside(Nesting::Substitution);
                self.statements(body, &inner);
                parts.push(self.part(span, reading.quoted, PartKind::Substitution));
            }
            WordPart::ProcessSubstitution { body, .. } => {
                let inner = reading.inside(Nesting::ProcessSubstitution);
                self.statements(body, &inner);
                parts.push(self.part(span, reading.quoted, PartKind::ProcessSubstitution));
            }
            WordPart::ArithmeticExpansion { expression_ast, .. } => {
                if let Some(expression) = expression_ast {
                    self.arithmetic(expression, &reading.holder());
                }
                parts.push(self.part(span, reading.quoted, PartKind::Arithmetic));
            }
            WordPart::Parameter(parameter) => parts.push(self.expansion(&parameter.syntax, span, reading)),
            other => parts.push(self.older_expansion(other, span, reading)),
        }
    }

    /// Reads a single-quoted text; `$'…'` is decoded by the parser.
    fn single_quoted(&self, value: &ast::SourceText, dollar: bool, span: ast::Span) -> Vec<Part> {
        let inner = value.span();
        let (start, end) = (inner.start.offset(), inner.end.offset());
        if dollar && !value.is_source_backed() {
            let text = value.slice(&self.layer.text).to_owned();
            return vec![self.part(if start < end { inner } else { span }, true, PartKind::Literal(text))];
        }
        self.literal(Stretch { start, end, quote: Quote::Raw, globs: false, first: false, braces: &[] })
    }

    pub(super) fn literal(&self, stretch: Stretch<'_>) -> Vec<Part> {
        literal::read(self.layer, self.outermost, self.placeholders, stretch)
    }

    pub(super) fn part(&self, span: ast::Span, quoted: bool, kind: PartKind) -> Part {
        Part { span: self.span(span), quoted, kind }
    }

    pub(super) fn substitution(
        &mut self,
        body: &ast::StmtSeq,
        span: ast::Span,
        quoted: bool,
        index: usize,
        frame: &Frame,
    ) -> Part {
        self.statements(body, &frame.inside(Nesting::Substitution).held_by(index));
        self.part(span, quoted, PartKind::Substitution)
    }

    /// Records a plain use of a variable.
    pub(super) fn variable(&mut self, name: &str, span: ast::Span, quoted: bool) -> Part {
        self.read(name, span, false);
        self.part(span, quoted, PartKind::Variable { name: name.to_owned(), default: None, changed: false })
    }

    pub(super) fn parameter(
        &mut self,
        parameter: &ast::ParameterExpansion,
        span: ast::Span,
        quoted: bool,
        index: usize,
        frame: &Frame,
    ) -> Part {
        let reading = Reading { quoted, globs: false, braces: &[], index: Some(index), frame };
        self.expansion(&parameter.syntax, span, &reading)
    }

    fn expansion(&mut self, syntax: &ParameterExpansionSyntax, span: ast::Span, reading: &Reading<'_>) -> Part {
        use BourneParameterExpansion as Bourne;
        let ParameterExpansionSyntax::Bourne(bourne) = syntax else {
            return self.changed(String::new(), span, reading);
        };
        match bourne {
            Bourne::Access { reference } if reference.subscript.is_none() => {
                self.variable(reference.name.as_str(), span, reading.quoted)
            }
            Bourne::Operation { reference, operator, operand_word_ast, .. } => {
                self.operation(reference, operator, operand_word_ast.as_deref(), span, reading)
            }
            Bourne::Indirect { reference, operator, operand_word_ast, .. } => {
                self.read(reference.name.as_str(), span, operator.is_some());
                self.inner_words(operand_word_ast.as_deref(), reading);
                self.changed(reference.name.as_str().to_owned(), span, reading)
            }
            Bourne::PrefixMatch { prefix, .. } => self.changed(prefix.as_str().to_owned(), span, reading),
            Bourne::Slice { reference, offset_word_ast, length_word_ast, .. } => {
                self.read(reference.name.as_str(), span, false);
                self.inner_words([&**offset_word_ast].into_iter().chain(length_word_ast.as_deref()), reading);
                self.changed(reference.name.as_str().to_owned(), span, reading)
            }
            Bourne::Access { reference }
            | Bourne::Length { reference }
            | Bourne::Indices { reference }
            | Bourne::Transformation { reference, .. } => {
                self.read(reference.name.as_str(), span, false);
                self.subscript(reference, &reading.holder());
                self.changed(reference.name.as_str().to_owned(), span, reading)
            }
        }
    }

    /// Forms that the parser gives in older nodes; the same as [`expansion`](Self::expansion) in other clothes.
    fn older_expansion(&mut self, part: &WordPart, span: ast::Span, reading: &Reading<'_>) -> Part {
        match part {
            WordPart::ParameterExpansion { reference, operator, operand_word_ast, .. } => {
                self.operation(reference, operator, operand_word_ast.as_deref(), span, reading)
            }
            WordPart::Length(reference)
            | WordPart::ArrayAccess(reference)
            | WordPart::ArrayLength(reference)
            | WordPart::ArrayIndices(reference)
            | WordPart::Substring { reference, .. }
            | WordPart::ArraySlice { reference, .. }
            | WordPart::IndirectExpansion { reference, .. }
            | WordPart::Transformation { reference, .. } => {
                self.read(reference.name.as_str(), span, false);
                self.changed(reference.name.as_str().to_owned(), span, reading)
            }
            _ => self.changed(String::new(), span, reading),
        }
    }

    /// `${NAME:-word}` and its kin.
    fn operation(
        &mut self,
        reference: &ast::VarRef,
        operator: &ParameterOp,
        operand: Option<&ast::Word>,
        span: ast::Span,
        reading: &Reading<'_>,
    ) -> Part {
        let name = reference.name.as_str().to_owned();
        let falls_back = matches!(operator, ParameterOp::UseDefault | ParameterOp::AssignDefault);
        let optional = falls_back || matches!(operator, ParameterOp::UseReplacement);
        self.read(&name, span, optional);
        self.subscript(reference, &reading.holder());
        match operator {
            ParameterOp::RemovePrefixShort { pattern }
            | ParameterOp::RemovePrefixLong { pattern }
            | ParameterOp::RemoveSuffixShort { pattern }
            | ParameterOp::RemoveSuffixLong { pattern }
            | ParameterOp::ReplaceFirst { pattern, .. }
            | ParameterOp::ReplaceAll { pattern, .. } => self.pattern(pattern, &reading.holder()),
            _ => {}
        }
        self.inner_words(operator.replacement_word_ast(), reading);
        let default = operand.map(|word| self.operand(word, reading));
        if matches!(operator, ParameterOp::AssignDefault) {
            self.set_by_expansion(&name, span, default.clone(), reading.frame);
        }
        let simple = falls_back && reference.subscript.is_none();
        let default = default.filter(|_| falls_back).map(Box::new);
        self.part(span, reading.quoted, PartKind::Variable { name, default, changed: !simple })
    }

    fn operand(&mut self, word: &ast::Word, reading: &Reading<'_>) -> Word {
        let reading = Reading { globs: false, braces: &[], ..*reading };
        Word { span: self.span(word.span), parts: self.parts(&word.parts, &reading) }
    }

    fn inner_words<'w>(&mut self, words: impl IntoIterator<Item = &'w ast::Word>, reading: &Reading<'_>) {
        for word in words {
            self.operand(word, reading);
        }
    }

    fn changed(&self, name: String, span: ast::Span, reading: &Reading<'_>) -> Part {
        self.part(span, reading.quoted, PartKind::Variable { name, default: None, changed: true })
    }

    /// Walks the index of an array element.
    pub(super) fn subscript(&mut self, reference: &ast::VarRef, frame: &Frame) {
        let Some(subscript) = reference.subscript.as_deref() else { return };
        if let Some(expression) = &subscript.arithmetic_ast {
            self.arithmetic(expression, frame);
        } else if let Some(word) = &subscript.word_ast {
            self.loose_words(std::slice::from_ref(word), frame);
        }
    }

    pub(super) fn read(&mut self, name: &str, span: ast::Span, has_default: bool) {
        if self.layer.own_variables {
            let span = self.span(span);
            self.script.reads.push(VariableRead { name: name.to_owned(), span, has_default });
        }
    }

    pub(super) fn set(&mut self, set: VariableSet) {
        if self.layer.own_variables {
            self.script.sets.push(set);
        }
    }

    pub(super) fn set_by_expansion(&mut self, name: &str, span: ast::Span, value: Option<Word>, frame: &Frame) {
        let span = self.span(span);
        let name = name.to_owned();
        self.set(VariableSet {
            name,
            span,
            value,
            rounds: None,
            by: SetBy::Expansion,
            exported: false,
            confined: frame.confined,
        });
    }
}

impl Reading<'_> {
    fn inside(&self, nesting: Nesting) -> Frame {
        let inner = self.frame.inside(nesting);
        Frame { parent: self.index.or(inner.parent), ..inner }
    }

    fn holder(&self) -> Frame {
        Frame { parent: self.index.or(self.frame.parent), ..self.frame.clone() }
    }
}

impl Word {
    /// Makes a word of one literal.
    pub(crate) fn of_literal(text: &str, span: crate::model::Span) -> Self {
        Self { span, parts: vec![Part { span, quoted: false, kind: PartKind::Literal(text.to_owned()) }] }
    }
}

/// Returns the brace expansions of a word that stand in no other one, in order.
fn outer_braces(word: &ast::Word) -> Vec<(usize, usize)> {
    let expanding = word.brace_syntax.iter().filter(|brace| brace.expands());
    let mut all: Vec<_> = expanding.map(|brace| (brace.span.start.offset(), brace.span.end.offset())).collect();
    all.sort_unstable();
    let mut end = 0;
    all.retain(|&(start, stop)| {
        let outer = start >= end;
        end = end.max(stop);
        outer
    });
    all
}
