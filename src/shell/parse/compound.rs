//! Loops, branches, groups and conditions.

use shuck_ast::{self as ast, CompoundCommand, ConditionalExpr, PatternPart, StmtSeq};

use crate::shell::{LoopKind, Nesting, Rounds, SetBy, VariableSet, Wrapper};

use super::walk::{Frame, Walk};

impl Walk<'_> {
    /// Walks a compound command; its own redirections are already dealt with.
    pub(super) fn compound(&mut self, compound: &CompoundCommand, frame: &Frame) {
        match compound {
            CompoundCommand::If(it) => self.branches(it, frame),
            CompoundCommand::For(it) => self.for_loop(it, frame),
            CompoundCommand::Select(it) => {
                self.loop_variable(it.variable.as_str(), it.variable_span, None, frame);
                self.loose_words(&it.words, frame);
                self.statements(&it.body, &frame.inside(Nesting::Loop(LoopKind::For)));
            }
            CompoundCommand::Foreach(it) => {
                self.loop_variable(it.variable.as_str(), it.variable_span, None, frame);
                self.loose_words(&it.words, frame);
                self.statements(&it.body, &frame.inside(Nesting::Loop(LoopKind::For)));
            }
            CompoundCommand::Repeat(it) => {
                self.loose_words(std::slice::from_ref(&it.count), frame);
                self.statements(&it.body, &frame.inside(Nesting::Loop(LoopKind::For)));
            }
            CompoundCommand::ArithmeticFor(it) => {
                for expression in [&it.init_ast, &it.condition_ast, &it.step_ast].into_iter().flatten() {
                    self.arithmetic(expression, frame);
                }
                let endless = it.condition_ast.is_none() && !self.leaves(&it.body);
                let kind = if endless { LoopKind::Endless } else { LoopKind::While };
                self.statements(&it.body, &frame.inside(Nesting::Loop(kind)));
            }
            CompoundCommand::While(it) => self.while_loop(&it.condition, &it.body, "true", frame),
            CompoundCommand::Until(it) => self.while_loop(&it.condition, &it.body, "false", frame),
            CompoundCommand::Case(it) => {
                self.loose_words(std::slice::from_ref(&it.word), frame);
                for case in &it.cases {
                    for pattern in &case.patterns {
                        self.pattern(pattern, frame);
                    }
                    self.statements(&case.body, &frame.inside(Nesting::Branch));
                }
            }
            CompoundCommand::Subshell(body) => self.statements(body, &frame.inside(Nesting::Subshell)),
            CompoundCommand::BraceGroup(body) => self.statements(body, &frame.inside(Nesting::Group)),
            CompoundCommand::Always(it) => {
                self.statements(&it.body, &frame.inside(Nesting::Group));
                self.statements(&it.always_body, &frame.inside(Nesting::Group));
            }
            CompoundCommand::Arithmetic(it) => {
                if let Some(expression) = &it.expr_ast {
                    self.arithmetic(expression, frame);
                }
            }
            CompoundCommand::Time(it) => {
                if let Some(command) = &it.command {
                    let mut frame = frame.clone();
                    frame.via.push(Wrapper::Time);
                    self.statement(command, &frame);
                }
            }
            CompoundCommand::Conditional(it) => self.condition(&it.expression, frame),
            CompoundCommand::Coproc(it) => {
                let mut frame = frame.inside(Nesting::Subshell);
                frame.background = true;
                self.statement(&it.body, &frame);
            }
        }
    }

    fn branches(&mut self, command: &ast::IfCommand, frame: &Frame) {
        let conditions = std::iter::once(&command.condition).chain(command.elif_branches.iter().map(|(it, _)| it));
        let branches = std::iter::once(&command.then_branch).chain(command.elif_branches.iter().map(|(_, it)| it));
        for (condition, branch) in conditions.zip(branches) {
            self.statements(condition, &frame.inside(Nesting::Condition));
            self.statements(branch, &frame.inside(Nesting::Branch));
        }
        if let Some(branch) = &command.else_branch {
            self.statements(branch, &frame.inside(Nesting::Branch));
        }
    }

    fn for_loop(&mut self, command: &ast::ForCommand, frame: &Frame) {
        let words = self.listed_words(command.words.as_deref().unwrap_or_default(), frame);
        let rounds = Rounds { words, body: self.span(command.body.span) };
        for target in &command.targets {
            if let Some(name) = &target.name {
                let one = command.targets.len() == 1 && command.words.is_some();
                self.loop_variable(name.as_str(), target.span, one.then(|| rounds.clone()), frame);
            }
        }
        self.statements(&command.body, &frame.inside(Nesting::Loop(LoopKind::For)));
    }

    fn while_loop(&mut self, condition: &StmtSeq, body: &StmtSeq, always: &str, frame: &Frame) {
        let asked = self.layer.slice(condition.span.start.offset(), condition.span.end.offset()).unwrap_or_default();
        let asked = asked.trim_matches(|c: char| c.is_whitespace() || c == ';');
        let never_ends = match always {
            "true" => {
                matches!(asked, "true" | ":" | "[ 1 ]" | "[ true ]" | "[[ 1 ]]" | "[[ true ]]" | "((1))" | "(( 1 ))")
            }
            _ => asked == always,
        };
        let kind = if never_ends && !self.leaves(body) { LoopKind::Endless } else { LoopKind::While };
        self.statements(condition, &frame.inside(Nesting::Condition));
        self.statements(body, &frame.inside(Nesting::Loop(kind)));
    }

    /// Returns whether a loop's body holds a word that can end the loop.
    fn leaves(&self, body: &StmtSeq) -> bool {
        let text = self.layer.slice(body.span.start.offset(), body.span.end.offset()).unwrap_or_default();
        text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .any(|word| matches!(word, "break" | "exit" | "return" | "exec"))
    }

    fn loop_variable(&mut self, name: &str, span: ast::Span, rounds: Option<Rounds>, frame: &Frame) {
        let span = self.span(span);
        self.set(VariableSet {
            name: name.to_owned(),
            span,
            value: None,
            rounds,
            by: SetBy::Loop,
            exported: false,
            confined: frame.confined,
        });
    }

    /// Walks a condition `[[ … ]]`. Long ones lean to the left, so this does not recurse.
    fn condition(&mut self, expression: &ConditionalExpr, frame: &Frame) {
        let mut waiting = vec![expression];
        while let Some(expression) = waiting.pop() {
            match expression {
                ConditionalExpr::Binary(it) => {
                    waiting.push(&it.right);
                    waiting.push(&it.left);
                }
                ConditionalExpr::Unary(it) => waiting.push(&it.expr),
                ConditionalExpr::Parenthesized(it) => waiting.push(&it.expr),
                ConditionalExpr::Word(word) | ConditionalExpr::Regex(word) => {
                    self.loose_words(std::slice::from_ref(word), frame);
                }
                ConditionalExpr::Pattern(pattern) => self.pattern(pattern, frame),
                ConditionalExpr::VarRef(reference) => self.subscript(reference, frame),
            }
        }
    }

    /// Walks a pattern for the variables and commands in it.
    pub(super) fn pattern(&mut self, pattern: &ast::Pattern, frame: &Frame) {
        for part in &pattern.parts {
            match &part.kind {
                PatternPart::Word(word) => self.loose_words(std::slice::from_ref(word), frame),
                PatternPart::Group { patterns, .. } => patterns.iter().for_each(|pattern| self.pattern(pattern, frame)),
                PatternPart::Literal(_) | PatternPart::AnyString | PatternPart::AnyChar | PatternPart::CharClass(_) => {
                }
            }
        }
    }
}
