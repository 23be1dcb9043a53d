//! Shell scripts and terminal sessions, coloured from the shell's own tokens.

use super::Class;
use super::painter::{Canvas, Spans};
use crate::model::Code;
use crate::shell::prompt::{self, PromptKind};
use crate::shell::{self, TokenClass};

/// Colours a script; one with prompts is a terminal session.
pub(super) fn script_or_session(painter: &mut impl Canvas, code: &str) {
    if prompt::has_prompts(code) { session(painter, code) } else { script(painter, code) }
}

/// Colours a session: what was typed as scripts, all else as prompts and as what was printed.
pub(super) fn session(painter: &mut impl Canvas, code: &str) {
    let mut done = 0;
    for exchange in prompt::split(code) {
        let Some((shown, kind)) = exchange.prompt else { return script(painter, code) };
        let typed = exchange.command.span();
        if typed.end <= typed.start || shown.start < done {
            continue;
        }
        painter.put(Class::Printed, &code[done..shown.start]);
        painter.put(Class::Prompt, &code[shown.start..typed.start]);
        let mut spans = Spans::default();
        if kind != PromptKind::Interpreter {
            script(&mut spans, exchange.command.text());
        }
        done = command(painter, code, &exchange.command, &spans);
    }
    painter.put(Class::Printed, &code[done..]);
}

/// Writes a typed command with the prompts of its continued lines; returns where it ends in the session.
fn command(painter: &mut impl Canvas, code: &str, command: &Code, spans: &Spans) -> usize {
    let mut done = command.span().start;
    let mut at = 0;
    for line in command.text().split_inclusive('\n') {
        let start = command.source_offset(at);
        painter.put(Class::Prompt, &code[done..start]);
        let end = at + line.len();
        let inside = spans.found.iter().filter(|(_, from, to)| *from < end && *to > at);
        let mut written = at;
        for &(class, from, to) in inside {
            let (from, to) = (from.max(at), to.min(end));
            painter.plain(&command.text()[written..from]);
            painter.put(class, &command.text()[from..to]);
            written = to;
        }
        painter.plain(&command.text()[written..end]);
        done = start + line.len();
        at = end;
    }
    done
}

/// Colours a script; what has no class of ours is plain.
fn script(painter: &mut impl Canvas, code: &str) {
    let mut done = 0;
    for token in shell::tokens(code) {
        let (start, end) = (token.span.start.max(done), token.span.end);
        let Some(class) = class(token.class).filter(|_| start < end) else { continue };
        painter.plain(&code[done..start]);
        painter.put(class, &code[start..end]);
        done = end;
    }
    painter.plain(&code[done..]);
}

const fn class(class: TokenClass) -> Option<Class> {
    match class {
        TokenClass::Comment => Some(Class::Comment),
        TokenClass::String => Some(Class::Text),
        TokenClass::Variable => Some(Class::Variable),
        TokenClass::Keyword => Some(Class::Keyword),
        TokenClass::Command | TokenClass::Subcommand => Some(Class::Function),
        TokenClass::Flag => Some(Class::Flag),
        TokenClass::Placeholder => Some(Class::Placeholder),
        TokenClass::Number => Some(Class::Number),
        TokenClass::Prompt => Some(Class::Prompt),
        TokenClass::Output => Some(Class::Printed),
        TokenClass::Substitution | TokenClass::Operator | TokenClass::Redirection | TokenClass::HereDocument => None,
    }
}

/// Marks the placeholders in a text that is no script.
pub(super) fn placeholders_in_text(painter: &mut impl Canvas, text: &str) {
    let mut done = 0;
    for (at, _) in text.match_indices('<') {
        if at < done {
            continue;
        }
        if let Some(end) = placeholder_end(text, at) {
            painter.plain(&text[done..at]);
            painter.put(Class::Placeholder, &text[at..end]);
            done = end;
        }
    }
    painter.plain(&text[done..]);
}

/// Returns the end of the `<placeholder>` that begins at `at`: a letter, then letters, digits and `-_. ` up to a `>`.
pub(super) fn placeholder_end(text: &str, at: usize) -> Option<usize> {
    let inner = text[at..].strip_prefix('<')?;
    let end = inner.find('>')?;
    let name = &inner[..end];
    let sound = name.starts_with(|letter: char| letter.is_alphabetic())
        && !name.ends_with(' ')
        && name.len() <= 60
        && name.chars().all(|letter| letter.is_alphanumeric() || "-_./ '|".contains(letter));
    sound.then_some(at + end + 2)
}

/// Returns the end of the `$NAME`, `${NAME…}` or `$1` that begins at `at`; command substitutions are none.
pub(super) fn variable_end(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix('$')?;
    match rest.as_bytes().first()? {
        b'{' => rest.find('}').map(|end| at + end + 2),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            Some(at + 1 + rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count())
        }
        b'0'..=b'9' | b'?' | b'#' | b'@' | b'*' | b'$' | b'!' => Some(at + 2),
        _ => None,
    }
}
