//! Console text → commands and what they printed.
//!
//! A prompt stands at the beginning of a line. `# ` is the prompt of root, or a comment: it counts as a prompt only where what follows is a
//! command and nothing else in the text is. Comments between prompted commands are comments, not output.

mod recognise;
mod unfinished;

use std::borrow::Cow;

use crate::model::{Code, Span};

use recognise::{HashSign, prompt_of};

/// Whose prompt it is, which tells where the command behind it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromptKind {
    /// `$ `, `% `, `$> `: the reader's own shell.
    User,
    /// `# `: the reader's own shell, as root.
    Root,
    /// A shell that says where it is: `[host]$ `, `root@pod:/# `, `sh-4.4# `. What stands behind it may run elsewhere.
    Named,
    /// Something that is no shell: `postgres=# `, `127.0.0.1:6379> `, `>>> `.
    Interpreter,
}

/// A prompt, the command typed behind it, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The prompt, without the blank behind it; `None` where the text has no prompts and is one command.
    pub prompt: Option<(Span, PromptKind)>,
    /// The command without prompts, also without those of its continuation lines. Its places are places in the text that was split.
    pub command: Code,
    /// What it printed, without empty lines around it; `None` where nothing is shown.
    pub expected: Option<Code>,
    /// Whether it was stopped with Ctrl-C: `^C` stands in its output, or at the end of its line.
    pub interrupted: bool,
}

/// Returns whether a text holds prompts, so that it must be split before it is run or copied.
pub fn has_prompts(text: &str) -> bool {
    let hash = HashSign::of(text);
    text.lines().any(|line| prompt_of(line, hash).is_some())
}

/// Divides console text into exchanges. A text without prompts is one exchange without prompt and output.
pub fn split(text: &str) -> Vec<Exchange> {
    let hash = HashSign::of(text);
    let lines: Vec<(usize, &str)> = lines(text);
    let mut exchanges = Vec::new();
    let mut index = 0;
    while let Some(&(start, line)) = lines.get(index) {
        let Some(prompt) = prompt_of(line, hash) else {
            index += 1;
            continue;
        };
        let kind = prompt.kind;
        let mut command = Code::empty();
        command.push(line.get(prompt.command..).unwrap_or_default(), start + prompt.command);
        index += 1;
        index += continuation(&lines, index, hash, kind, &mut command);
        let length = output_length(&lines, index, hash);
        let (expected, stopped) = output(text, lines.get(index..index + length).unwrap_or_default());
        index += length;
        let (command, cut) = without_interrupt(command);
        let span = Span::new(start + prompt.start, start + prompt.end);
        exchanges.push(Exchange { prompt: Some((span, kind)), command, expected, interrupted: stopped || cut });
    }
    if exchanges.is_empty() {
        let mut command = Code::empty();
        command.push(text, 0);
        exchanges.push(Exchange { prompt: None, command, expected: None, interrupted: false });
    }
    exchanges
}

/// Returns the commands of a text as they are typed: what copying and running take. A text without prompts comes back as it is.
pub fn without_prompts(text: &str) -> Cow<'_, str> {
    if !has_prompts(text) {
        return Cow::Borrowed(text);
    }
    let mut typed = String::with_capacity(text.len());
    for exchange in split(text) {
        let command = exchange.command.text().trim_end_matches(['\n', '\r']);
        if !command.trim().is_empty() {
            typed.push_str(command);
            typed.push('\n');
        }
    }
    Cow::Owned(typed)
}

fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            (start, line)
        })
        .collect()
}

/// Takes the lines that go on with a command that is not finished, and returns how many they are.
fn continuation(lines: &[(usize, &str)], from: usize, hash: HashSign, kind: PromptKind, command: &mut Code) -> usize {
    let mut state = unfinished::State::default();
    state.feed(command.text());
    let mut taken = 0;
    while let Some(&(start, line)) = lines.get(from + taken) {
        let marked = recognise::continuation_mark(line);
        let goes_on = if kind == PromptKind::Interpreter { marked.is_some_and(|_| false) } else { state.is_open() };
        if !goes_on || (!state.is_verbatim() && marked.is_none() && prompt_of(line, hash).is_some()) {
            break;
        }
        let skipped = marked.unwrap_or(0);
        let piece = line.get(skipped..).unwrap_or_default();
        command.push(piece, start + skipped);
        state.feed(piece);
        taken += 1;
    }
    taken
}

/// Returns how many lines up to the next prompt are output or comments.
fn output_length(lines: &[(usize, &str)], from: usize, hash: HashSign) -> usize {
    let rest = lines.get(from..).unwrap_or_default();
    rest.iter().position(|(_, line)| prompt_of(line, hash).is_some()).unwrap_or(rest.len())
}

/// Returns the output in these lines: without comments before and behind it, empty lines, and `^C`.
fn output(text: &str, lines: &[(usize, &str)]) -> (Option<Code>, bool) {
    let stopped = lines.iter().any(|(_, line)| is_interrupt(line));
    let dispensable = |line: &str| line.trim().is_empty() || is_interrupt(line);
    let mut lines = lines;
    while let [(_, first), rest @ ..] = lines
        && (dispensable(first) || announces(first))
    {
        lines = rest;
    }
    lines = without_comments_at_end(lines);
    while let [rest @ .., (_, last)] = lines
        && dispensable(last)
    {
        lines = rest;
    }
    let (Some(&(start, _)), Some(&(last, line))) = (lines.first(), lines.last()) else { return (None, stopped) };
    let mut code = Code::empty();
    code.push(text.get(start..last + line.len()).unwrap_or_default(), start);
    (Some(code), stopped)
}

/// Drops comments that stand before the next prompt or, behind an empty line, at the end.
fn without_comments_at_end<'a, 'b>(lines: &'a [(usize, &'b str)]) -> &'a [(usize, &'b str)] {
    let is_loose = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let loose = lines.iter().rev().take_while(|(_, line)| is_loose(line)).count();
    let (head, tail) = lines.split_at(lines.len() - loose);
    let after_blank = head.is_empty() || tail.first().is_some_and(|(_, line)| line.trim().is_empty());
    let only_comment_lines =
        tail.iter().filter(|(_, line)| !line.trim().is_empty()).all(|(_, line)| line.trim_start().starts_with("# "));
    if after_blank || only_comment_lines { head } else { lines }
}

/// `# Expected output:` right behind a command.
fn announces(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.starts_with('#')
        && ["output", "expect", "should", "example", "returns", "prints"].iter().any(|word| line.contains(word))
}

fn is_interrupt(line: &str) -> bool {
    matches!(line.trim(), "^C" | "^D" | "^Z")
}

/// Cuts a `^C` off the end of a command.
fn without_interrupt(command: Code) -> (Code, bool) {
    let text = command.text().trim_end();
    let Some(kept) = text.strip_suffix("^C") else { return (command, false) };
    let mut cut = Code::empty();
    cut.push(kept, command.source_offset(0));
    (cut, true)
}

#[cfg(test)]
mod tests;
