//! What gives variables their values, and arithmetic, which both reads and sets them.

use shuck_ast::{self as ast, ArithmeticExpr, ArithmeticExprNode, ArithmeticLvalue, AssignmentValue, DeclOperand};

use crate::model::Span;
use crate::shell::{Assignment, Part, PartKind, SetBy, VariableSet, Word};

use super::walk::{Frame, Walk};

impl Walk<'_> {
    /// Reads an assignment. `lasting` tells whether it outlives the command, and whether it is exported.
    pub(super) fn assignment(
        &mut self,
        assignment: &ast::Assignment,
        lasting: Option<bool>,
        index: usize,
        frame: &Frame,
    ) -> Assignment {
        let name = assignment.target.name.as_str().to_owned();
        let name_span = self.span(assignment.target.name_span);
        self.subscript(&assignment.target, &frame.held_by(index));
        let (values, array) = match &assignment.value {
            AssignmentValue::Scalar(word) => (vec![self.value(word, index, frame)], false),
            AssignmentValue::Compound(array) => (self.elements(array, index, frame), true),
        };
        if let Some(exported) = lasting {
            let single = !array && !assignment.append && assignment.target.subscript.is_none();
            self.set(VariableSet {
                name: name.clone(),
                span: name_span,
                value: values.first().filter(|_| single).cloned(),
                rounds: None,
                by: SetBy::Assignment,
                exported,
                confined: frame.confined,
            });
        }
        Assignment { span: self.span(assignment.span), name, name_span, values, array, append: assignment.append }
    }

    fn elements(&mut self, array: &ast::ArrayExpr, index: usize, frame: &Frame) -> Vec<Word> {
        let mut words = Vec::new();
        for element in &array.elements {
            let word = match element {
                ast::ArrayElem::Sequential(word) => word,
                ast::ArrayElem::Keyed { value, .. } | ast::ArrayElem::KeyedAppend { value, .. } => value,
            };
            words.push(self.word(&word.word, index, frame));
        }
        words
    }

    /// Reads `export`, `declare`, `local`, `readonly`, `typeset`.
    pub(super) fn declaration(&mut self, clause: &ast::DeclClause, redirects: &[ast::Redirect], frame: &Frame) {
        let index = self.reserve(frame);
        let keyword = clause.variant.as_str();
        let mut words = vec![Word::of_literal(keyword, self.span(clause.variant_span))];
        let assignments = clause.assignments.iter().map(|it| self.assignment(it, None, index, frame)).collect();
        let mut exported = keyword == "export";
        let confined = keyword == "local" || frame.confined;
        let frame = Frame { confined, ..frame.clone() };
        for operand in &clause.operands {
            words.push(match operand {
                DeclOperand::Flag(word) => {
                    let word = self.word(word, index, &frame);
                    exported |= word.literal().is_some_and(|flag| flag.starts_with('-') && flag.contains('x'));
                    word
                }
                DeclOperand::Dynamic(word) => self.word(word, index, &frame),
                DeclOperand::Name(reference) => self.declared_name(reference, exported, &frame),
                DeclOperand::Assignment(assignment) => {
                    let read = self.assignment(assignment, Some(exported), index, &frame);
                    self.assignment_word(&read)
                }
            });
        }
        let redirections = self.redirections(redirects, index, &frame);
        self.finish(index, words, redirections, assignments);
    }

    fn declared_name(&mut self, reference: &ast::VarRef, exported: bool, frame: &Frame) -> Word {
        let span = self.span(reference.span);
        let name = reference.name.as_str().to_owned();
        let word = Word::of_literal(&name, span);
        self.set(VariableSet {
            name,
            span,
            value: None,
            rounds: None,
            by: SetBy::Declaration,
            exported,
            confined: frame.confined,
        });
        word
    }

    /// Returns an assignment as the argument it is to `export` and its kin.
    fn assignment_word(&self, assignment: &Assignment) -> Word {
        let start = assignment.span.start;
        let first = assignment.values.first().filter(|_| !assignment.array);
        let until = first.map_or(assignment.span.end, |value| value.span.start).max(start);
        let text = self.outermost.get(start..until).unwrap_or_default().to_owned();
        let head = Part { span: Span::new(start, until), quoted: false, kind: PartKind::Literal(text) };
        let parts = std::iter::once(head).chain(first.into_iter().flat_map(|value| value.parts.clone())).collect();
        Word { span: assignment.span, parts }
    }

    /// Records what `read`, `mapfile`, `printf -v`, `getopts`, `unset` do to variables.
    pub(super) fn set_by_builtin(&mut self, index: usize, frame: &Frame) {
        let Some(command) = self.script.commands.get(index) else { return };
        let found: Vec<(String, Span)> = match command.name().as_deref() {
            Some("read") => read_names(command.arguments(), "dinNptua", "a"),
            Some("mapfile" | "readarray") => read_names(command.arguments(), "dnOsucC", ""),
            Some("getopts") => command.arguments().get(1).into_iter().filter_map(named).collect(),
            Some("printf") => after_flag(command.arguments(), "-v"),
            Some("wait") => after_flag(command.arguments(), "-p"),
            _ => return,
        };
        for (name, span) in found {
            self.set(VariableSet {
                name,
                span,
                value: None,
                rounds: None,
                by: SetBy::Builtin,
                exported: false,
                confined: frame.confined,
            });
        }
    }

    /// Walks an arithmetic expression. Long ones lean to the left, so this does not recurse.
    pub(super) fn arithmetic(&mut self, expression: &ArithmeticExprNode, frame: &Frame) {
        let mut waiting = vec![expression];
        while let Some(node) = waiting.pop() {
            match &node.kind {
                ArithmeticExpr::Number(_) => {}
                ArithmeticExpr::Variable(name) => self.read(name.as_str(), node.span, false),
                ArithmeticExpr::Indexed { name, index } => {
                    self.read(name.as_str(), node.span, false);
                    waiting.push(index);
                }
                ArithmeticExpr::ShellWord(word) => self.loose_words(std::slice::from_ref(word), frame),
                ArithmeticExpr::Parenthesized { expression } => waiting.push(expression),
                ArithmeticExpr::Unary { expr, .. } | ArithmeticExpr::Postfix { expr, .. } => waiting.push(expr),
                ArithmeticExpr::Binary { left, right, .. } => waiting.extend([&**right, &**left]),
                ArithmeticExpr::Conditional { condition, then_expr, else_expr } => {
                    waiting.extend([&**else_expr, &**then_expr, &**condition]);
                }
                ArithmeticExpr::Assignment { target, value, .. } => {
                    let (ArithmeticLvalue::Variable(name) | ArithmeticLvalue::Indexed { name, .. }) = target;
                    self.set_by_expansion(name.as_str(), node.span, None, frame);
                    waiting.push(value);
                }
            }
        }
    }
}

/// Returns the variable a word names.
fn named(word: &Word) -> Option<(String, Span)> {
    let name = word.literal()?;
    let first = name.chars().next()?;
    let good =
        (first.is_ascii_alphabetic() || first == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    good.then_some((name, word.span))
}

/// Returns the operands that are names. `with_value` are the letters of options that take a value; those of `naming` take a name.
fn read_names(words: &[Word], with_value: &str, naming: &str) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.literal().filter(|text| text.len() > 1 && text.starts_with('-')) else {
            found.extend(named(word));
            continue;
        };
        let takes = flag.chars().next_back().filter(|last| with_value.contains(*last));
        let value = takes.and_then(|_| words.next());
        if takes.is_some_and(|last| naming.contains(last)) {
            found.extend(value.and_then(named));
        }
    }
    found
}

fn after_flag(words: &[Word], flag: &str) -> Vec<(String, Span)> {
    let at = words.iter().position(|word| word.is(flag));
    at.and_then(|at| named(words.get(at + 1)?)).into_iter().collect()
}
