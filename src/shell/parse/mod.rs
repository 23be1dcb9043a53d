//! Shell text → [`Script`].
//!
//! Placeholders and Windows line ends are masked by text of the same length, the parser takes the text apart, and [`walk`] turns its
//! tree into commands. What a command carries as text (`sh -c '…'`) is parsed after that, layer by layer.

mod compound;
mod layer;
mod literal;
mod recover;
mod redirections;
mod unwrap;
mod variables;
mod walk;
mod words;

use std::borrow::Cow;

use shuck_parser::parser::{ParseResult, Parser};

use crate::model::Span;

use super::{Placeholder, PlaceholderKind, Script, SyntaxError, placeholders};

use layer::Layer;
pub(super) use unwrap::KUBECTL;
use walk::{Frame, Pending, Walk};

/// Longer texts are not parsed: no block of a runbook is that long.
const LONGEST: usize = 4 << 20;

/// Most texts inside texts that are followed.
const MOST_LAYERS: usize = 2000;

/// Most opening braces in a word. A large JSON object without blanks has some hundreds.
const MOST_BRACES: usize = 1500;

/// Takes a shell text apart. Never fails: what is not shell is in [`Script::errors`], the commands around it are there.
///
/// The text must not hold prompts; see [`prompt`](super::prompt).
pub fn parse(text: &str) -> Script {
    let mut script = Script { placeholders: placeholders(text), ..Script::default() };
    if text.len() > LONGEST {
        let message = "too long to be understood".to_owned();
        script.errors.push(SyntaxError { span: Span::new(0, text.len()), message });
        return script;
    }
    let certain: Vec<Placeholder> =
        script.placeholders.iter().filter(|it| it.kind == PlaceholderKind::Certain).cloned().collect();
    let layer = Layer::outermost(mask(text, &certain));
    let mut pending = vec![Pending { layer, frame: Frame::default() }];
    let mut layers = 0;
    while let Some(next) = pending.pop() {
        layers += 1;
        if layers > MOST_LAYERS {
            break;
        }
        parse_layer(text, &certain, &next, &mut script, &mut pending);
    }
    tidy(text, script)
}

fn parse_layer(
    text: &str,
    placeholders: &[Placeholder],
    next: &Pending,
    script: &mut Script,
    pending: &mut Vec<Pending>,
) {
    if has_too_many_braces(&next.layer.text) {
        let span = next.layer.outer_span(0, next.layer.text.len());
        script.errors.push(SyntaxError { span, message: "too many braces in one word".to_owned() });
        return;
    }
    let plain = ascii(&next.layer.text);
    let result = Parser::new(&plain).parse();
    let errors = errors(&result, &next.layer);
    let before = script.commands.len();
    let mut walk = Walk { outermost: text, placeholders, layer: &next.layer, script, pending };
    walk.statements(&result.file.body, &next.frame);
    if !errors.is_empty() {
        drop(result);
        walk.recover(before, &next.frame);
    }
    script.errors.extend(errors);
}

/// The parser takes time in proportion to the square of the braces in a word.
fn has_too_many_braces(text: &str) -> bool {
    let mut braces = 0;
    text.bytes().any(|byte| {
        braces = match byte {
            b'{' => braces + 1,
            b' ' | b'\t' | b'\n' => 0,
            _ => braces,
        };
        braces > MOST_BRACES
    })
}

fn errors(result: &ParseResult, layer: &Layer) -> Vec<SyntaxError> {
    let mut errors: Vec<_> = result
        .diagnostics
        .iter()
        .map(|diagnostic| SyntaxError {
            span: layer.outer_span(diagnostic.span.start.offset(), diagnostic.span.end.offset()),
            message: diagnostic.message.trim_start_matches("syntax error: ").to_owned(),
        })
        .collect();
    if let (true, Some(error)) = (errors.is_empty(), &result.terminal_error) {
        let shuck_parser::Error::Parse { message, .. } = error;
        errors.push(SyntaxError { span: layer.outer_span(0, layer.text.len()), message: message.clone() });
    }
    errors
}

/// Replaces placeholders and Windows line ends by text of the same length.
pub(super) fn mask(text: &str, placeholders: &[Placeholder]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for placeholder in placeholders {
        masked.push_str(text.get(at..placeholder.span.start).unwrap_or_default());
        masked.push_str(&"_".repeat(placeholder.span.end - placeholder.span.start));
        at = placeholder.span.end;
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    if masked.contains('\r') {
        masked = masked.replace("\\\r\n", " \\\n").replace("\r\n", " \n");
    }
    masked
}

/// Replaces what is not ASCII by text of the same length. The parser miscounts behind an escape inside quotes, and would
/// cut a character in two; to a shell, one letter is as good as another.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let letters = text.chars().map(|letter| if letter.is_ascii() { (letter, 1) } else { ('_', letter.len_utf8()) });
    Cow::Owned(letters.flat_map(|(letter, length)| std::iter::repeat_n(letter, length)).collect())
}

/// Puts everything in the order in which it stands, and every span on character boundaries.
fn tidy(text: &str, mut script: Script) -> Script {
    let mut order: Vec<usize> = (0..script.commands.len()).collect();
    order.sort_by_key(|&index| script.commands.get(index).map(|command| (command.span.start, index)));
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(old) {
            *slot = new;
        }
    }
    let mut commands: Vec<_> = std::mem::take(&mut script.commands).into_iter().map(Some).collect();
    script.commands = order.iter().filter_map(|&old| commands.get_mut(old)?.take()).collect();
    for command in &mut script.commands {
        command.parent = command.parent.and_then(|old| place.get(old).copied());
    }
    script.reads.sort_by_key(|read| read.span.start);
    script.sets.sort_by_key(|set| set.span.start);
    script.comments.sort_unstable();
    script.comments.dedup();
    script.errors.sort_by_key(|error| error.span.start);
    super::spans::settle(&mut script, text);
    script
}

#[cfg(test)]
mod tests;
