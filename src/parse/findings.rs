//! Where the parser puts what it finds wrong.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Source, Span};

/// The diagnostics of one file.
pub(super) struct Findings {
    /// The file they are about.
    pub(super) source: Arc<Source>,
    /// What was found, in the order found.
    pub(super) list: Vec<Diagnostic>,
}

impl Findings {
    /// Makes an empty list for a file.
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), list: Vec::new() }
    }

    /// Makes an error that is not yet in the list.
    pub(super) fn error(&self, rule: &'static str, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, Level::Error, title, &self.source, span)
    }

    /// Makes a warning that is not yet in the list.
    pub(super) fn warning(&self, rule: &'static str, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, Level::Warning, title, &self.source, span)
    }

    /// Adds a diagnostic.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Returns the diagnostics in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end));
        self.list
    }
}

/// Returns `` `a`, `b` or `c` ``.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
