//! Words of a command: what is known of them before anything runs, and what is not.
//!
//! Nothing is expanded here. A word says which of its parts a caller could fill in, and [`Word::known`] fills them in.

use crate::model::Span;

use super::PlaceholderKind;

/// One argument as it stands in the text; after expansion it may be none, one or several arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Where it stands, quotes included.
    pub span: Span,
    /// What it is made of, in order. Empty for `""`.
    pub parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it stands; of a quoted literal, without the quotes.
    pub span: Span,
    /// Whether it stands in single or double quotes, so that its value is neither split nor matched against files.
    pub quoted: bool,
    /// What it is.
    pub kind: PartKind,
}

/// What a piece of a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartKind {
    /// Text that is passed on as it is; escapes and quotes are already removed.
    Literal(String),
    /// `$NAME`, `${NAME}`, `${NAME:-default}`.
    Variable {
        /// The name: `NAME`, `1`, `@`, `?`.
        name: String,
        /// The word behind `:-`, `-`, `:=` or `=`.
        default: Option<Box<Word>>,
        /// Whether the value is changed on its way (`${NAME%.*}`, `${#NAME}`, `${NAME:+x}`, `${!NAME}`, `${NAME[1]}`), so that
        /// knowing the variable is not knowing the part.
        changed: bool,
    },
    /// `$(…)` or backticks; the commands stand in [`Script::commands`](super::Script::commands) with this word's command as parent.
    Substitution,
    /// `<(…)` or `>(…)`: the name of a pipe.
    ProcessSubstitution,
    /// `$((…))`.
    Arithmetic,
    /// Unquoted characters that match file names: `*`, `?`, `[a-z]`.
    Glob(String),
    /// An unquoted brace expansion that makes several words: `{a,b}`, `{1..3}`.
    Braces(String),
    /// `~` or `~user` at the start of the word.
    Tilde(String),
    /// A gap that a person has to fill in. Only [`PlaceholderKind::Certain`] ones become parts of their own.
    Placeholder(String),
}

impl Word {
    /// Returns the text of the word if nothing in it depends on the run.
    pub fn literal(&self) -> Option<String> {
        self.known(&|_| None)
    }

    /// Returns the text of the word if every part of it is known; `lookup` gives the values of variables.
    ///
    /// A variable without value takes its default. Globs, brace expansions, substitutions, arithmetic and placeholders
    /// are never known. `~` is known where `lookup` knows `HOME`.
    pub fn known(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.parts.iter().map(|part| part.known(lookup)).collect()
    }

    /// Returns whether the text of the word equals `text`, whatever the variables.
    pub fn is(&self, text: &str) -> bool {
        let mut rest = text;
        for part in &self.parts {
            let PartKind::Literal(literal) = &part.kind else { return false };
            let Some(after) = rest.strip_prefix(literal.as_str()) else { return false };
            rest = after;
        }
        rest.is_empty()
    }

    /// Returns the text before the first part that is not literal: `--namespace=` of `--namespace=$NS`.
    pub fn literal_prefix(&self) -> String {
        self.parts
            .iter()
            .map_while(|part| match &part.kind {
                PartKind::Literal(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns whether a person has to fill something in.
    pub fn has_placeholder(&self) -> bool {
        self.parts.iter().any(|part| match &part.kind {
            PartKind::Placeholder(_) => true,
            PartKind::Variable { default: Some(default), .. } => default.has_placeholder(),
            _ => false,
        })
    }

    /// Returns the names of the variables it reads, in order, defaults included.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let PartKind::Variable { name, default, .. } = &part.kind {
                names.push(name.as_str());
                names.extend(default.iter().flat_map(|word| word.variables()));
            }
        }
        names
    }

    /// Returns whether it may become several arguments, or none: an unquoted variable, substitution or glob, or `"$@"`.
    pub fn may_split(&self) -> bool {
        self.parts.iter().any(|part| match &part.kind {
            PartKind::Variable { name, .. } => !part.quoted || name == "@",
            PartKind::Substitution | PartKind::Glob(_) | PartKind::Braces(_) => !part.quoted,
            _ => false,
        })
    }
}

impl Part {
    fn known(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        match &self.kind {
            PartKind::Literal(text) => Some(text.clone()),
            PartKind::Variable { name, default, changed: false } => lookup(name)
                .filter(|value| default.is_none() || !value.is_empty())
                .or_else(|| default.as_ref()?.known(lookup)),
            PartKind::Tilde(text) if text == "~" => lookup("HOME"),
            _ => None,
        }
    }
}

impl PlaceholderKind {
    /// Returns whether a command that holds such a placeholder must not be executed.
    pub const fn must_be_filled(self) -> bool {
        matches!(self, Self::Certain)
    }
}
