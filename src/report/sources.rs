//! The texts a report speaks of, so that it can show the lines it means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic;
use crate::model::{Place, Position, Runbook, Source, Span};

/// Texts by their paths.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<PathBuf, Arc<Source>>);

impl Sources {
    /// Returns the texts of runbooks and of the fragments they use.
    pub fn of<'a>(runbooks: impl IntoIterator<Item = &'a Runbook>) -> Self {
        let texts = runbooks.into_iter().flat_map(|runbook| {
            let steps = runbook.steps.iter().map(|step| &step.source);
            std::iter::once(&runbook.source).chain(steps)
        });
        Self(texts.map(|source| (source.path().to_owned(), Arc::clone(source))).collect())
    }

    /// Returns the lines of a place with carets under it; `None` where the text is not at hand.
    pub(super) fn excerpt(&self, place: &Place) -> Option<String> {
        let source = self.get(&place.path)?;
        let start = offset(source, place.start)?;
        let last = source.position(start).line + MOST_LINES - 1;
        let end = offset(source, place.end).filter(|_| place.end.line <= last);
        let end = end.or_else(|| Some(source.line_start(place.start.line + 1)?.saturating_sub(1)));
        let span = Span::new(start, end.unwrap_or(source.text().len()).max(start));
        Some(diagnostic::excerpt(source, span, true))
    }

    fn get(&self, path: &Path) -> Option<&Source> {
        self.0.get(path).map(|source| &**source)
    }
}

/// A place of more lines than this is shown by its first.
const MOST_LINES: usize = 6;

fn offset(source: &Source, position: Position) -> Option<usize> {
    let start = source.line_start(position.line)?;
    let line = source.text().get(start..)?.split('\n').next()?;
    let column = position.column.checked_sub(1)?;
    let inside = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    Some(start + inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(start: (usize, usize), end: (usize, usize)) -> Place {
        let position = |(line, column)| Position { line, column };
        Place { path: "a.md".into(), start: position(start), end: position(end) }
    }

    fn shown(text: &str, place: &Place) -> Option<String> {
        let source = Arc::new(Source::new("a.md", text));
        let sources = Sources([(source.path().to_owned(), source)].into());
        Some(anstream::adapter::strip_str(&sources.excerpt(place)?).to_string())
    }

    #[test]
    fn the_line_is_shown_with_carets() {
        let text = shown("# A\n\né get x\n", &place((3, 3), (3, 6))).unwrap();
        assert_eq!(text, " --> a.md:3:3\n  |\n3 | é get x\n  |   ^^^\n");
    }

    #[test]
    fn a_long_place_is_shown_by_its_first_line() {
        let text = shown(&"line\n".repeat(20), &place((2, 1), (15, 1))).unwrap();
        assert!(text.contains("2 | line\n  | ^^^^") && !text.contains("3 | "), "{text}");
    }

    #[test]
    fn a_place_that_is_not_in_the_text_is_not_shown() {
        assert_eq!(shown("a\n", &place((9, 1), (9, 2))), None);
        let other = Place { path: "b.md".into(), ..place((1, 1), (1, 2)) };
        assert_eq!(shown("a\n", &other), None);
    }
}
