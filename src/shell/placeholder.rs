//! Gaps in a command that a person has to fill in, found before any shell parsing.

use crate::model::Span;

/// A gap in a command that a person has to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Where it stands, brackets included.
    pub span: Span,
    /// The text as written, brackets included: `<pod-name>`.
    pub text: String,
    /// How sure we are.
    pub kind: PlaceholderKind,
}

/// How sure we are that something is a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceholderKind {
    /// Nobody means this as it stands; a command that holds it is never executed.
    Certain,
    /// Looks like an example (`my-cluster`, `example.com`); worth a hint, and may be executed.
    Weak,
}

/// Returns the placeholders of a shell text, in order, not overlapping.
pub fn placeholders(_text: &str) -> Vec<Placeholder> {
    Vec::new()
}
