//! Statements → commands, each with what it stands in.

use shuck_ast::{self as ast, BinaryOp, StmtSeq, StmtTerminator};

use crate::model::Span;
use crate::shell::{Command, Context, Joint, Nesting, PipelinePlace, Placeholder, Script, Word, Wrapper};

use super::layer::Layer;

/// What a statement stands in.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) nesting: Vec<Nesting>,
    pub(super) parent: Option<usize>,
    pub(super) via: Vec<Wrapper>,
    pub(super) context: Context,
    pub(super) joint: Joint,
    pub(super) pipeline: Option<PipelinePlace>,
    pub(super) background: bool,
    pub(super) negated: bool,
    pub(super) input_given: bool,
    /// Whether variables set here are gone afterwards.
    pub(super) confined: bool,
}

impl Frame {
    /// Returns the frame of what stands inside: alone in its line, in `nesting`.
    pub(super) fn inside(&self, nesting: Nesting) -> Self {
        let confined = matches!(nesting, Nesting::Subshell | Nesting::Substitution | Nesting::ProcessSubstitution);
        let mut frame = Self { joint: Joint::Then, pipeline: None, negated: false, ..self.clone() };
        frame.confined |= confined;
        frame.nesting.push(nesting);
        frame
    }

    fn command(&self) -> Command {
        Command {
            joint: self.joint,
            pipeline: self.pipeline,
            background: self.background,
            negated: self.negated,
            input_given: self.input_given,
            nesting: self.nesting.clone(),
            context: self.context,
            via: self.via.clone(),
            parent: self.parent,
            ..Command::default()
        }
    }
}

/// A shell text inside a shell text, still to be parsed.
pub(super) struct Pending {
    pub(super) layer: Layer,
    pub(super) frame: Frame,
}

/// Walks one layer and collects what is found in a script.
pub(super) struct Walk<'a> {
    pub(super) outermost: &'a str,
    pub(super) placeholders: &'a [Placeholder],
    pub(super) layer: &'a Layer,
    pub(super) script: &'a mut Script,
    pub(super) pending: &'a mut Vec<Pending>,
}

impl Walk<'_> {
    /// Walks a list of statements.
    pub(super) fn statements(&mut self, body: &StmtSeq, frame: &Frame) {
        self.comments(body.leading_comments.iter().chain(&body.trailing_comments));
        for statement in &body.stmts {
            self.statement(statement, frame);
        }
    }

    /// Walks one statement with everything that is joined to it by `&&` and `||`.
    pub(super) fn statement(&mut self, statement: &ast::Stmt, frame: &Frame) {
        let mut frame = frame.clone();
        frame.background |= matches!(statement.terminator, Some(StmtTerminator::Background(_)));
        let chain = chain(statement, |operator| matches!(operator, BinaryOp::And | BinaryOp::Or));
        for (operator, part) in chain {
            self.comments(part.leading_comments.iter().chain(&part.inline_comment));
            let joint = match operator {
                Some(BinaryOp::And) => Joint::And,
                Some(_) => Joint::Or,
                None => frame.joint,
            };
            self.pipeline(part, &Frame { joint, ..frame.clone() });
        }
    }

    fn pipeline(&mut self, statement: &ast::Stmt, frame: &Frame) {
        let chain = chain(statement, |operator| matches!(operator, BinaryOp::Pipe | BinaryOp::PipeAll));
        let length = chain.len();
        if length == 1 {
            self.command(statement, frame);
            return;
        }
        for (index, (_, part)) in chain.into_iter().enumerate() {
            self.comments(part.leading_comments.iter().chain(&part.inline_comment));
            let mut frame = frame.clone();
            frame.pipeline = Some(PipelinePlace { index, length });
            frame.confined = true;
            if index > 0 {
                frame.joint = Joint::Pipe;
                frame.input_given = true;
            }
            frame.negated |= statement.negated;
            self.command(part, &frame);
        }
    }

    fn command(&mut self, statement: &ast::Stmt, frame: &Frame) {
        let mut frame = frame.clone();
        frame.negated |= statement.negated;
        match &statement.command {
            ast::Command::Simple(simple) => {
                let named = !matches!(simple.name.parts.as_slice(), [part] if is_absent(part));
                let name = named.then_some(&simple.name);
                let words: Vec<_> = name.into_iter().chain(&simple.args).collect();
                self.simple(
                    &Pieces { assignments: &simple.assignments, words, redirects: &statement.redirects },
                    &frame,
                );
            }
            ast::Command::Builtin(builtin) => self.builtin(builtin, &statement.redirects, &frame),
            ast::Command::Decl(declaration) => self.declaration(declaration, &statement.redirects, &frame),
            ast::Command::Binary(_) => self.statement(statement, &frame),
            ast::Command::Compound(compound) => {
                let frame = self.compound_redirections(&statement.redirects, &frame);
                self.compound(compound, &frame);
            }
            ast::Command::Function(function) => {
                let name = function.static_names().next().map(|name| name.as_str().to_owned()).unwrap_or_default();
                self.script.functions.push(name.clone());
                self.statement(&function.body, &frame.inside(Nesting::Function(name)));
            }
            ast::Command::AnonymousFunction(function) => self.statement(&function.body, &frame.inside(Nesting::Group)),
        }
    }

    /// Adds a command for the redirections of a compound command, and returns the frame of what stands inside.
    fn compound_redirections(&mut self, redirects: &[ast::Redirect], frame: &Frame) -> Frame {
        let mut inner = frame.clone();
        if !redirects.is_empty() {
            let index = self.reserve(frame);
            let redirections = self.redirections(redirects, index, frame);
            inner.input_given |= redirections.iter().any(crate::shell::Redirection::gives_input);
            self.finish(index, Vec::new(), redirections, Vec::new());
        }
        inner
    }

    fn simple(&mut self, pieces: &Pieces<'_>, frame: &Frame) {
        let index = self.reserve(frame);
        let lasting = pieces.words.is_empty();
        let assignments = pieces
            .assignments
            .iter()
            .map(|assignment| self.assignment(assignment, lasting.then_some(false), index, frame))
            .collect();
        let words = pieces.words.iter().map(|word| self.word(word, index, frame)).collect();
        let redirections = self.redirections(pieces.redirects, index, frame);
        self.finish(index, words, redirections, assignments);
        self.set_by_builtin(index, frame);
        self.unwrap(index, frame);
    }

    fn builtin(&mut self, builtin: &ast::BuiltinCommand, redirects: &[ast::Redirect], frame: &Frame) {
        let (name, argument, rest, assignments, span) = match builtin {
            ast::BuiltinCommand::Break(it) => ("break", &it.depth, &it.extra_args, &it.assignments, it.span),
            ast::BuiltinCommand::Continue(it) => ("continue", &it.depth, &it.extra_args, &it.assignments, it.span),
            ast::BuiltinCommand::Return(it) => ("return", &it.code, &it.extra_args, &it.assignments, it.span),
            ast::BuiltinCommand::Exit(it) => ("exit", &it.code, &it.extra_args, &it.assignments, it.span),
        };
        let index = self.reserve(frame);
        let from = assignments.last().map_or(span.start.offset(), |last| last.span.end.offset());
        let assignments = assignments.iter().map(|it| self.assignment(it, None, index, frame)).collect();
        let mut words = vec![self.keyword(name, from)];
        words.extend(argument.iter().chain(rest).map(|word| self.word(word, index, frame)));
        let redirections = self.redirections(redirects, index, frame);
        self.finish(index, words, redirections, assignments);
    }

    /// Returns the word for a keyword that the tree keeps without its place; it is looked for from `from` on.
    pub(super) fn keyword(&self, name: &str, from: usize) -> Word {
        let text = self.layer.text.get(from..).unwrap_or_default();
        let start = from + text.find(name).unwrap_or(0);
        Word::of_literal(name, self.layer.outer_span(start, (start + name.len()).min(self.layer.text.len())))
    }

    /// Makes room for a command, so that it stands before the commands in its words.
    pub(super) fn reserve(&mut self, frame: &Frame) -> usize {
        self.script.commands.push(frame.command());
        self.script.commands.len() - 1
    }

    pub(super) fn finish(
        &mut self,
        index: usize,
        words: Vec<Word>,
        redirections: Vec<crate::shell::Redirection>,
        assignments: Vec<crate::shell::Assignment>,
    ) {
        let spans = words
            .iter()
            .map(|word| word.span)
            .chain(redirections.iter().map(|it| it.span))
            .chain(assignments.iter().map(|it| it.span));
        let span = spans.reduce(|one, other| Span::new(one.start.min(other.start), one.end.max(other.end)));
        if let Some(command) = self.script.commands.get_mut(index) {
            command.span = span.unwrap_or_default();
            command.input_given |= redirections.iter().any(crate::shell::Redirection::gives_input);
            command.words = words;
            command.redirections = redirections;
            command.assignments = assignments;
        }
    }

    fn comments<'c>(&mut self, comments: impl Iterator<Item = &'c ast::Comment>) {
        let places =
            comments.map(|comment| self.layer.outer_span(comment.range.start().into(), comment.range.end().into()));
        self.script.comments.extend(places);
    }

    pub(super) fn span(&self, span: ast::Span) -> Span {
        self.layer.outer_span(span.start.offset(), span.end.offset())
    }
}

/// The pieces of a simple command.
struct Pieces<'a> {
    assignments: &'a [ast::Assignment],
    words: Vec<&'a ast::Word>,
    redirects: &'a [ast::Redirect],
}

/// Returns whether a command has no name: the tree then holds an empty literal without a place.
fn is_absent(part: &ast::WordPartNode) -> bool {
    matches!(&part.kind, ast::WordPart::Literal(ast::LiteralText::Owned(text)) if text.is_empty())
        && part.span.start.offset() == part.span.end.offset()
}

/// Returns the parts of a left-leaning chain of operators, in order, each with the operator before it.
///
/// Chains are long in generated scripts, so this does not recurse.
fn chain(statement: &ast::Stmt, wanted: impl Fn(BinaryOp) -> bool) -> Vec<(Option<BinaryOp>, &ast::Stmt)> {
    let mut parts = Vec::new();
    let mut node = statement;
    while let ast::Command::Binary(binary) = &node.command
        && wanted(binary.op)
    {
        parts.push((Some(binary.op), &*binary.right));
        node = &binary.left;
    }
    parts.push((None, node));
    parts.reverse();
    parts
}
