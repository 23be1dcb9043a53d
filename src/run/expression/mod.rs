//! Assertions and conditions in CEL.

/// An expression that is well formed.
#[derive(Debug)]
pub struct Expression {
    text: String,
}

/// Why an expression is not well formed, or has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// In plain words: lower case, no full stop.
    pub message: String,
    /// The byte of the expression it is about.
    pub offset: usize,
}

/// Reads an expression. Needs no cluster and no values: `lint` uses it too.
pub fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Ok(Expression { text: text.to_owned() })
}

impl Expression {
    /// Returns the expression as its author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }
}
