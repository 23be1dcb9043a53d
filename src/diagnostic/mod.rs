//! A problem in a text: its place, what is wrong, and the way out.
//!
//! Finding problems is the business of `parse`, `shell`, `reference` and `plan`; drawing them is done here, once.

mod render;

use std::sync::Arc;

use crate::model::{Source, Span};

pub use render::{excerpt, render};

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Could be better.
    Hint,
    /// Probably not what its author means.
    Warning,
    /// Cannot be carried out as it stands.
    Error,
}

/// A place in a text, and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is said under the carets; may be empty.
    pub text: String,
}

/// A problem in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of the rule: `unknown-attribute`.
    pub rule: &'static str,
    /// How grave.
    pub level: Level,
    /// What is wrong: lower case, no full stop, names the thing in backticks.
    pub title: String,
    /// The file.
    pub source: Arc<Source>,
    /// The place it is about.
    pub primary: Label,
    /// Other places that explain it, in the same file.
    pub related: Vec<Label>,
    /// What the reader can do.
    pub help: Option<String>,
    /// Changes of the text that mend it and cannot do harm, where there are such.
    pub fixes: Vec<Fix>,
}

/// A change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// What is written in its place.
    pub replacement: String,
}

impl Diagnostic {
    /// Makes a diagnostic about one place.
    pub fn new(rule: &'static str, level: Level, title: impl Into<String>, source: &Arc<Source>, span: Span) -> Self {
        Self {
            rule,
            level,
            title: title.into(),
            source: Arc::clone(source),
            primary: Label { span, text: String::new() },
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Says something under the carets.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place of the same file.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Offers a change of the text.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { span, replacement: replacement.into() });
        self
    }

    /// Tells the way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Returns the candidate that somebody who typed `word` most likely meant, if one is close.
///
/// Close is one edit for every three characters, at most three: `chekc` finds `check`, `x` finds nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    candidates
        .into_iter()
        // The distance is never less than what the lengths differ by, and dear to measure.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn a_swapped_letter_is_recognised() {
        assert_eq!(did_you_mean("chekc", ["action", "check"]), Some("check"));
    }

    #[test]
    fn a_far_word_is_not_guessed() {
        assert_eq!(did_you_mean("deploy", ["timeout", "check"]), None);
    }
}
