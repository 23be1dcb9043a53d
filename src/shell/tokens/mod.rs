//! Shell text → coloured pieces, by a lexer of its own: much cheaper than parsing, and never at a loss.
//!
//! It knows what a highlighter can use and a parser does not need: verbs, placeholders, prompts and output. It does not find mistakes.

mod arguments;
mod lexer;
mod strings;

use crate::model::Span;

use super::placeholder::Regions;
use super::{PlaceholderKind, placeholders, prompt};

/// A piece of text with a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub class: TokenClass,
}

/// What a piece of shell text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// `# …`.
    Comment,
    /// Quoted text, quotes included, without what is expanded in it.
    String,
    /// `$NAME`, `${…}`, and the name in front of `=`.
    Variable,
    /// What encloses a substitution: `$(`, `)`, backticks, `<(`.
    Substitution,
    /// `if`, `for`, `in`, `done` …
    Keyword,
    /// The program.
    Command,
    /// What the program shall do: `get` behind `kubectl`, `rollout` and `undo`.
    Subcommand,
    /// `-n`, `--namespace`.
    Flag,
    /// `|`, `&&`, `;`, `( )`.
    Operator,
    /// `>`, `2>&1`, `<<`.
    Redirection,
    /// The body and the delimiter of a here-document.
    HereDocument,
    /// A gap to fill in.
    Placeholder,
    /// A number, with its unit.
    Number,
    /// The prompt of a console text.
    Prompt,
    /// What a command printed, in a console text.
    Output,
}

impl TokenClass {
    /// Returns the word that style sheets use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::String => "string",
            Self::Variable => "variable",
            Self::Substitution => "substitution",
            Self::Keyword => "keyword",
            Self::Command => "command",
            Self::Subcommand => "subcommand",
            Self::Flag => "flag",
            Self::Operator => "operator",
            Self::Redirection => "redirection",
            Self::HereDocument => "heredoc",
            Self::Placeholder => "placeholder",
            Self::Number => "number",
            Self::Prompt => "prompt",
            Self::Output => "output",
        }
    }
}

/// Returns the coloured pieces of a shell text or, if it holds prompts, of a console text.
///
/// They do not overlap, stand in order and on character boundaries; what lies between them has no colour. Takes time in
/// proportion to the text's length.
pub fn tokens(text: &str) -> Vec<Token> {
    if prompt::has_prompts(text) { console(text) } else { script(text) }
}

fn script(text: &str) -> Vec<Token> {
    let mut gaps = placeholders(text);
    gaps.retain(|placeholder| placeholder.kind == PlaceholderKind::Certain);
    let masked = super::parse::mask(text, &gaps);
    let found = lexer::lex(&masked, &Regions::of(&masked));
    with_gaps(&found, &gaps.iter().map(|placeholder| placeholder.span).collect::<Vec<_>>())
}

/// Lays placeholders over tokens.
fn with_gaps(tokens: &[Token], gaps: &[Span]) -> Vec<Token> {
    let mut all = Vec::with_capacity(tokens.len() + gaps.len());
    let mut gaps = gaps.iter().peekable();
    for token in tokens {
        let mut at = token.span.start;
        while let Some(gap) = gaps.peek().filter(|gap| gap.start < token.span.end) {
            push(&mut all, at, gap.start, token.class);
            push(&mut all, gap.start, gap.end, TokenClass::Placeholder);
            at = at.max(gap.end);
            gaps.next();
        }
        at = at.max(all.last().map_or(0, |last: &Token| last.span.end));
        push(&mut all, at, token.span.end, token.class);
    }
    for gap in gaps {
        push(&mut all, gap.start, gap.end, TokenClass::Placeholder);
    }
    all
}

fn push(all: &mut Vec<Token>, start: usize, end: usize, class: TokenClass) {
    if start < end {
        all.push(Token { span: Span::new(start, end), class });
    }
}

/// Colours prompts, the commands behind them, and everything else as output or comment.
fn console(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut at = 0;
    for exchange in prompt::split(text) {
        let Some((span, kind)) = exchange.prompt else { continue };
        between(text, at, line_start(text, span.start), &mut all);
        push(&mut all, span.start, span.end, TokenClass::Prompt);
        let command = exchange.command.span();
        let inner = if kind == prompt::PromptKind::Interpreter { Vec::new() } else { script(exchange.command.text()) };
        for token in inner {
            let place = exchange.command.source_span(token.span);
            let start = place.start.max(all.last().map_or(0, |last| last.span.end));
            push(&mut all, start, place.end, token.class);
        }
        at = command.end.max(span.end);
    }
    between(text, at, text.len(), &mut all);
    all
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Colours what stands between two exchanges: comments before the next prompt, and output.
fn between(text: &str, from: usize, to: usize, all: &mut Vec<Token>) {
    let Some(part) = text.get(from..to) else { return };
    let lines: Vec<&str> = part.split_inclusive('\n').collect();
    let is_loose = |line: &&&str| line.trim().is_empty() || line.trim_start().starts_with("# ");
    let loose = lines.iter().rev().take_while(is_loose).count();
    let mut at = from;
    for (index, line) in lines.iter().enumerate() {
        let start = at + (line.len() - line.trim_start().len());
        let end = at + line.trim_end().len();
        at += line.len();
        let comment = index >= lines.len() - loose;
        push(all, start, end, if comment { TokenClass::Comment } else { TokenClass::Output });
    }
}

#[cfg(test)]
mod tests;
