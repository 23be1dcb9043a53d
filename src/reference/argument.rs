//! Arguments as a program would get them, as far as that is known before anything runs.
//!
//! A [`Word`] of the text becomes no, one or several arguments. What is not known is cut off, with the reason: of
//! `deploy/$APP` the kind is known even where the name is not.

use std::fmt;

use crate::model::Span;
use crate::shell::{Part, PartKind, Word};

use super::question::Question;

/// Why something a command names is not known before the command runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// Nothing gives this variable a value that can be known beforehand.
    Variable(String),
    /// A person has to fill this in.
    Placeholder(String),
    /// It is what another command prints, or the result of a calculation.
    Computed,
    /// It is what a read-only command of the text prints, for which the cluster can be asked.
    Asked(Box<Question>),
    /// It is a pattern that stands for whatever matches.
    Pattern,
    /// It comes from the input of `xargs` or its kin.
    Input,
    /// The verb belongs to this plugin, whose arguments only the plugin understands.
    Plugin(String),
    /// The command looks at another cluster than the one that can be asked.
    Elsewhere(String),
    /// Nobody here may ask what this user may do.
    Rights(String),
    /// It is what a build makes of its sources.
    Built(String),
    /// The document installs a release of Helm, and what its chart makes is not known.
    InRelease(String),
    /// The document itself makes this namespace, and what will be in it is not known.
    NewNamespace(String),
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(formatter, "needs ${name}"),
            Self::Placeholder(text) => write!(formatter, "needs `{text}` to be filled in"),
            Self::Computed | Self::Asked(_) => formatter.write_str("is only known when the commands before it run"),
            Self::Pattern => formatter.write_str("is a pattern"),
            Self::Input => formatter.write_str("comes from the input of the command"),
            Self::Plugin(name) => write!(formatter, "`{name}` is a plugin"),
            Self::Elsewhere(place) => write!(formatter, "is looked up {place}"),
            Self::Rights(name) => write!(formatter, "needs to ask what \"{name}\" may do"),
            Self::Built(what) => write!(formatter, "is only known when it is built: {what}"),
            Self::InRelease(name) => {
                write!(formatter, "may come with the release \"{name}\", which this runbook installs")
            }
            Self::NewNamespace(name) => write!(formatter, "is in namespace \"{name}\", which this runbook makes"),
        }
    }
}

/// An argument, or a part of one: its text up to where it is no longer known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argument {
    /// Where it stands in the text that was parsed.
    pub span: Span,
    /// What is known of it: all, or the beginning.
    pub text: String,
    /// Why the rest is not known; `None` where there is no rest.
    pub unknown: Option<Unknown>,
    /// Which parts of [`text`](Self::text) stand letter by letter in the parsed text, in order.
    pieces: Vec<Piece>,
}

/// A part of an argument that stands letter by letter in the parsed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    /// Its first byte in the argument.
    at: usize,
    /// How many bytes it has.
    length: usize,
    /// Its first byte in the parsed text.
    source: usize,
}

impl Argument {
    /// Returns an argument that is wholly known and stands letter by letter at `start`.
    pub fn literal(text: impl Into<String>, start: usize) -> Self {
        let text = text.into();
        let piece = Piece { at: 0, length: text.len(), source: start };
        Self { span: Span::new(start, start + text.len()), text, unknown: None, pieces: vec![piece] }
    }

    /// Returns an argument that the text implies but does not write; `span` is what implies it.
    pub fn implied(text: impl Into<String>, span: Span) -> Self {
        Self { span, text: text.into(), unknown: None, pieces: Vec::new() }
    }

    /// Returns an argument of which nothing is known.
    pub const fn unknown(reason: Unknown, span: Span) -> Self {
        Self { span, text: String::new(), unknown: Some(reason), pieces: Vec::new() }
    }

    /// Returns the same argument with a rest that is not known, if there is a reason.
    #[must_use]
    pub fn with_unknown(mut self, reason: Option<Unknown>) -> Self {
        self.unknown = reason;
        self
    }

    /// Returns the whole text, or the reason why it is not known.
    pub fn known(&self) -> Result<&str, &Unknown> {
        match &self.unknown {
            None => Ok(&self.text),
            Some(reason) => Err(reason),
        }
    }

    /// Returns whether it is known to be exactly `text`.
    pub fn is(&self, text: &str) -> bool {
        self.known() == Ok(text)
    }

    /// Returns the part behind the first `count` bytes of the known text, which must end on a character boundary.
    #[must_use]
    pub fn skip(&self, count: usize) -> Self {
        let text = self.text.get(count..).unwrap_or_default().to_owned();
        let start = self.source_of(count);
        let end = if self.unknown.is_some() { Some(self.span.end) } else { self.source_before(self.text.len()) };
        let span = self.between(start, end);
        let pieces = self.pieces.iter().filter_map(|piece| piece.behind(count)).collect();
        Self { span, text, unknown: self.unknown.clone(), pieces }
    }

    /// Returns the part up to and without byte `count` of the known text.
    #[must_use]
    pub fn take(&self, count: usize) -> Self {
        let text = self.text.get(..count).unwrap_or(&self.text).to_owned();
        let span = self.between(self.source_of(0), self.source_before(text.len()));
        Self { span, text, unknown: None, pieces: self.pieces.clone() }
    }

    fn between(&self, start: Option<usize>, end: Option<usize>) -> Span {
        match (start, end) {
            (Some(start), Some(end)) => Span::new(start, end.max(start)),
            _ => self.span,
        }
    }

    /// Returns where a byte of the text stands; behind the last one, where the next would.
    fn source_of(&self, byte: usize) -> Option<usize> {
        let inside = |piece: &&Piece| piece.at <= byte && byte < piece.at + piece.length;
        let piece =
            self.pieces.iter().find(inside).or(self.pieces.last().filter(|last| last.at + last.length == byte))?;
        Some(piece.source + byte - piece.at)
    }

    /// Returns where the byte before this one ends.
    fn source_before(&self, byte: usize) -> Option<usize> {
        let last =
            byte.checked_sub(1).map_or_else(|| self.source_of(0), |before| self.source_of(before).map(|at| at + 1));
        last.or_else(|| self.source_of(byte))
    }

    /// Returns the parts before and behind the first `separator` of the known text, if there is one.
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.text.find(separator)?;
        Some((self.take(at), self.skip(at + separator.len_utf8())))
    }

    /// Returns the parts between `separator`s; what is not known belongs to the last.
    pub fn split(&self, separator: char) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self.clone();
        while let Some((part, after)) = rest.split_once(separator) {
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        parts
    }
}

impl Piece {
    /// Returns what is left of it behind the first `count` bytes of the argument.
    fn behind(self, count: usize) -> Option<Self> {
        let cut = count.saturating_sub(self.at).min(self.length);
        let at = self.at.saturating_sub(count);
        (cut < self.length).then_some(Self { at, length: self.length - cut, source: self.source + cut })
    }
}

/// Returns the arguments that a word becomes; `lookup` gives the values of variables.
pub fn expand(word: &Word, lookup: &dyn Fn(&str) -> Option<String>) -> Vec<Argument> {
    let mut expansion =
        Expansion { span: word.span, done: Vec::new(), open: vec![Argument::default()], begun: word.parts.is_empty() };
    for part in &word.parts {
        expansion.add(part, lookup);
    }
    expansion.finish()
}

/// The arguments of one word in the making.
struct Expansion {
    span: Span,
    done: Vec<Argument>,
    /// What the next part is added to: several behind a brace expansion.
    open: Vec<Argument>,
    /// Whether anything stands in the open ones: an unquoted empty variable makes no argument.
    begun: bool,
}

impl Expansion {
    fn add(&mut self, part: &Part, lookup: &dyn Fn(&str) -> Option<String>) {
        match &part.kind {
            PartKind::Literal(text) => self.push(text, part.span),
            PartKind::Variable { name, default, changed } => {
                let value = if *changed { None } else { lookup(name) };
                let value = value.filter(|value| default.is_none() || !value.is_empty());
                match value.or_else(|| if *changed { None } else { default.as_ref()?.known(lookup) }) {
                    Some(value) => self.push_value(&value, part),
                    None => self.end(&Unknown::Variable(name.clone())),
                }
            }
            PartKind::Braces(text) => self.push_braces(text),
            PartKind::Tilde(_) => match lookup("HOME") {
                Some(home) => self.push(&home, Span::default()),
                None => self.end(&Unknown::Variable("HOME".to_owned())),
            },
            PartKind::Placeholder(text) => self.end(&Unknown::Placeholder(text.clone())),
            PartKind::Glob(_) => self.end(&Unknown::Pattern),
            PartKind::Substitution | PartKind::ProcessSubstitution | PartKind::Arithmetic => {
                self.end(&Unknown::Computed);
            }
        }
    }

    fn push(&mut self, text: &str, span: Span) {
        self.begun = true;
        let plain = span.end - span.start == text.len() && !text.is_empty();
        for argument in self.open.iter_mut().filter(|argument| argument.unknown.is_none()) {
            if plain {
                let piece = Piece { at: argument.text.len(), length: text.len(), source: span.start };
                argument.pieces.push(piece);
            }
            argument.text.push_str(text);
        }
    }

    fn push_value(&mut self, value: &str, part: &Part) {
        if part.quoted {
            return self.push(value, Span::default());
        }
        let mut pieces = value.split_whitespace().peekable();
        if value.starts_with(char::is_whitespace) {
            self.close();
        }
        while let Some(piece) = pieces.next() {
            self.push(piece, Span::default());
            if pieces.peek().is_some() || value.ends_with(char::is_whitespace) {
                self.close();
            }
        }
    }

    fn push_braces(&mut self, text: &str) {
        let Some(choices) = simple_choices(text) else { return self.end(&Unknown::Computed) };
        if self.open.len() * choices.len() > 64 {
            return self.end(&Unknown::Computed);
        }
        self.begun = true;
        self.open = self
            .open
            .iter()
            .flat_map(|argument| choices.iter().map(move |choice| (argument, choice)))
            .map(|(argument, choice)| {
                let mut argument = argument.clone();
                if argument.unknown.is_none() {
                    argument.text.push_str(choice);
                }
                argument
            })
            .collect();
    }

    fn end(&mut self, reason: &Unknown) {
        self.begun = true;
        for argument in &mut self.open {
            argument.unknown.get_or_insert_with(|| reason.clone());
        }
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.begun) {
            self.done.append(&mut self.open);
        }
        self.open = vec![Argument::default()];
    }

    fn finish(mut self) -> Vec<Argument> {
        self.close();
        for argument in &mut self.done {
            argument.span = self.span;
        }
        self.done
    }
}

/// Returns `a`, `b` of `{a,b}`; `None` for ranges and nested braces.
fn simple_choices(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    (inner.contains(',') && !inner.contains(['{', '}', '$', '"', '\'', '\\', '`'])).then(|| inner.split(',').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: PartKind, start: usize, end: usize, quoted: bool) -> Part {
        Part { span: Span::new(start, end), quoted, kind }
    }

    fn literal(text: &str, start: usize) -> Part {
        part(PartKind::Literal(text.to_owned()), start, start + text.len(), false)
    }

    fn variable(name: &str, quoted: bool) -> Part {
        part(PartKind::Variable { name: name.to_owned(), default: None, changed: false }, 0, 0, quoted)
    }

    fn word(parts: Vec<Part>) -> Word {
        Word { span: Span::new(0, 20), parts }
    }

    fn texts(word: &Word) -> Vec<String> {
        let lookup = |name: &str| match name {
            "TWO" => Some("deploy api".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        expand(word, &lookup).into_iter().map(|argument| argument.text).collect()
    }

    #[test]
    fn an_unquoted_value_is_split_and_a_quoted_one_is_not() {
        assert_eq!(texts(&word(vec![variable("TWO", false)])), ["deploy", "api"]);
        assert_eq!(texts(&word(vec![variable("TWO", true)])), ["deploy api"]);
    }

    #[test]
    fn an_unquoted_empty_value_is_no_argument_and_a_quoted_one_is() {
        assert!(texts(&word(vec![variable("EMPTY", false)])).is_empty());
        assert_eq!(texts(&word(vec![variable("EMPTY", true)])), [""]);
        assert_eq!(texts(&word(Vec::new())), [""]);
    }

    #[test]
    fn what_stands_before_an_unknown_part_is_known() {
        let all = expand(&word(vec![literal("deploy/", 0), variable("APP", false), literal("-x", 11)]), &|_| None);
        let (kind, name) = all[0].split_once('/').expect("a slash");
        assert_eq!(kind.known(), Ok("deploy"));
        assert_eq!(kind.span, Span::new(0, 6));
        assert_eq!(name.known(), Err(&Unknown::Variable("APP".to_owned())));
        assert_eq!(name.span, Span::new(7, 20));
    }

    #[test]
    fn a_brace_expansion_is_several_arguments() {
        let braces = part(PartKind::Braces("{api,web}".to_owned()), 7, 16, false);
        assert_eq!(texts(&word(vec![literal("deploy/", 0), braces])), ["deploy/api", "deploy/web"]);
    }

    #[test]
    fn parts_of_a_quoted_argument_keep_their_place() {
        let all = expand(&word(vec![part(PartKind::Literal("app=x,tier=y".to_owned()), 1, 13, true)]), &|_| None);
        let parts = all[0].split(',');
        assert_eq!((parts[1].text.as_str(), parts[1].span), ("tier=y", Span::new(7, 13)));
    }
}
