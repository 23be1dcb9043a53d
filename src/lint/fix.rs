//! Applies the changes that diagnostics offer, and no others.

use crate::diagnostic::{Diagnostic, Fix};

/// Returns a text with the fixes of these diagnostics made, and how many were; those that overlap wait for another time.
pub fn fixed<'a>(text: &str, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> (String, usize) {
    let mut fixes: Vec<&Fix> = diagnostics.into_iter().flat_map(|diagnostic| &diagnostic.fixes).collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    fixes.dedup();
    let (mut out, mut at, mut count) = (String::with_capacity(text.len()), 0, 0);
    for fix in fixes {
        let Some(before) = text.get(at..fix.span.start) else { continue };
        out.push_str(before);
        out.push_str(&fix.replacement);
        at = fix.span.end;
        count += 1;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, count)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Level;
    use crate::model::{Source, Span};

    #[test]
    fn fixes_are_made_from_first_to_last_and_overlapping_ones_wait() {
        let source = Arc::new(Source::new("a.md", "aXbXc"));
        let of = |start, end, text: &str| {
            Diagnostic::new("r", Level::Warning, "t", &source, Span::new(start, end)).fix(Span::new(start, end), text)
        };
        let found = [of(3, 4, "--"), of(1, 2, ""), of(0, 2, "no")];
        assert_eq!(fixed(source.text(), &found[..2]), ("ab--c".to_owned(), 2));
        assert_eq!(fixed(source.text(), &found).1, 2);
        assert_eq!(fixed(source.text(), []), ("aXbXc".to_owned(), 0));
    }
}
