//! Draws diagnostics as a compiler does: title, place, excerpt with carets, the way out.
//!
//! Only the lines that a diagnostic speaks of are handed to the renderer, so that drawing costs the same in a short
//! and in a long file.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level as Drawn, Renderer, Snippet};

use super::{Diagnostic, Label, Level};
use crate::model::{Source, Span};

/// The width in which an excerpt must fit; longer lines are cut around the place they are shown for.
const WIDTH: usize = 140;

/// Returns a diagnostic as text that ends with a newline; `color` adds ANSI colours.
pub fn render(diagnostic: &Diagnostic, color: bool) -> String {
    let source = &diagnostic.source;
    let excerpt = Excerpt::of(diagnostic);
    let path = source.path().to_string_lossy();
    let snippet = Snippet::source(&*excerpt.text)
        .line_start(excerpt.line)
        .path(path.as_ref())
        .annotation(excerpt.annotation(&diagnostic.primary, AnnotationKind::Primary))
        .annotations(diagnostic.related.iter().map(|label| excerpt.annotation(label, AnnotationKind::Context)));
    let title = level(diagnostic.level).primary_title(diagnostic.title.as_str()).id(diagnostic.rule);
    let mut report = vec![title.element(snippet)];
    if let Some(help) = &diagnostic.help {
        report.push(Group::with_title(Drawn::HELP.with_name("hint").secondary_title(help.as_str())));
    }
    drawn(&report, color)
}

/// Returns only the excerpt with carets under a place, as [`render`] draws it, without title and way out.
pub fn excerpt(source: &Source, span: Span, color: bool) -> String {
    let label = Label { span, text: String::new() };
    let excerpt = Excerpt::around(source, &[&label]);
    let path = source.path().to_string_lossy();
    let snippet = Snippet::source(&*excerpt.text)
        .line_start(excerpt.line)
        .path(path.as_ref())
        .annotation(excerpt.annotation(&label, AnnotationKind::Primary));
    drawn(&[Group::with_level(Drawn::ERROR).element(snippet)], color)
}

fn drawn(report: &[Group<'_>], color: bool) -> String {
    let renderer = if color { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let drawn = renderer.term_width(WIDTH).render(report);
    let mut text = String::with_capacity(drawn.len() + 1);
    for line in drawn.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn level(level: Level) -> Drawn<'static> {
    match level {
        Level::Hint => Drawn::NOTE.with_name("hint"),
        Level::Warning => Drawn::WARNING,
        Level::Error => Drawn::ERROR,
    }
}

/// The lines from the first to the last place of a diagnostic.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    /// The number of its first line.
    line: usize,
    /// The byte at which it begins.
    start: usize,
}

impl<'a> Excerpt<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let labels: Vec<_> = diagnostic.related.iter().chain([&diagnostic.primary]).collect();
        Self::around(&diagnostic.source, &labels)
    }

    fn around(source: &'a Source, labels: &[&Label]) -> Self {
        let spans = || labels.iter().map(|label| label.span);
        let first = spans().map(|span| span.start).min().unwrap_or(0);
        let last = spans().map(|span| span.end.max(span.start)).max().unwrap_or(0);
        let line = source.position(first).line;
        let start = source.line_start(line).unwrap_or(0);
        let end = end_of_line(source, last);
        Self { text: source.excerpt(Span::new(start, end)), line, start }
    }

    fn annotation<'b>(&self, label: &'b Label, kind: AnnotationKind) -> Annotation<'b> {
        let annotation = kind.span(self.range(label.span));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    }

    /// Returns a span in bytes of the excerpt: within it, on characters, and without the line break at its end.
    fn range(&self, span: Span) -> Range<usize> {
        let within = |at: usize| self.text.floor_char_boundary(at.saturating_sub(self.start).min(self.text.len()));
        let start = within(span.start);
        let end = within(span.end).max(start);
        let written = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']).len();
        start..start + written
    }
}

fn end_of_line(source: &Source, offset: usize) -> usize {
    let text = source.text();
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let at_break = text.get(..offset).is_some_and(|before| before.ends_with('\n')) && offset > 0;
    if at_break {
        return offset;
    }
    text.get(offset..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| offset + line + 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn about(text: &str, word: &str) -> Diagnostic {
        let source = Arc::new(Source::new("db/failover.md", text));
        let start = text.find(word).unwrap();
        let span = Span::new(start, start + word.len());
        Diagnostic::new("a-rule", Level::Error, "a title", &source, span)
    }

    fn lines(diagnostic: &Diagnostic) -> Vec<String> {
        render(diagnostic, false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_hidden_is_in_no_excerpt_and_the_carets_stay_where_they_were() {
        let text = "TOKEN: hünter2\nnext: hünter2 x\n";
        let source = Arc::new(Source::new("a.md", text));
        let word = |word: &str| text.find(word).map(|at| Span::new(at, at + word.len())).unwrap();
        source.hide(word("hünter2"));
        let drawn = render(&Diagnostic::new("r", Level::Error, "t", &source, Span::new(0, 5)), false);
        assert!(drawn.contains("TOKEN: ********\n") && !drawn.contains("hünter2"), "{drawn}");
        let drawn = render(&Diagnostic::new("r", Level::Error, "t", &source, word(" x")), false);
        assert!(drawn.contains("next: hünter2 x\n"), "{drawn}");
        let both = Diagnostic::new("r", Level::Error, "t", &source, word(" x")).related(Span::new(0, 5), "here");
        let drawn = render(&both, false);
        assert!(drawn.contains("TOKEN: ********\n") && drawn.contains("next: hünter2 x\n"), "{drawn}");
    }

    #[test]
    fn an_error_shows_its_place_and_the_way_out() {
        let diagnostic = about("# A\n\n```check timout=30s\n", "timout")
            .label("expected one of: timeout, expect")
            .help("did you mean `timeout`?");
        assert_eq!(
            lines(&diagnostic),
            [
                "error[a-rule]: a title",
                " --> db/failover.md:3:10",
                "  |",
                "3 | ```check timout=30s",
                "  |          ^^^^^^ expected one of: timeout, expect",
                "  |",
                "hint: did you mean `timeout`?",
            ]
        );
    }

    #[test]
    fn carets_count_characters_and_survive_tabs() {
        let drawn = lines(&about("\té한 word\n", "word"));
        assert_eq!(drawn[3], "1 |     é한 word");
        assert_eq!(drawn[4], "  |         ^^^^");
    }

    #[test]
    fn another_place_is_shown_too() {
        let drawn = render(&about("one\ntwo\n", "two").related(Span::new(0, 3), "first here"), false);
        assert!(drawn.contains("1 | one\n  | --- first here\n2 | two\n  | ^^^"), "{drawn}");
    }

    #[test]
    fn warnings_and_hints_say_so() {
        let warning = Diagnostic { level: Level::Warning, ..about("x", "x") };
        assert!(render(&warning, false).starts_with("warning[a-rule]: a title\n"));
        let hint = Diagnostic { level: Level::Hint, ..about("x", "x") };
        assert!(render(&hint, false).starts_with("hint[a-rule]: a title\n"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}word{}\n", "a ".repeat(300), " b".repeat(300));
        let drawn = lines(&about(&text, "word"));
        assert!(drawn.iter().all(|line| line.chars().count() <= WIDTH), "{drawn:#?}");
        assert!(drawn[3].contains("word") && drawn[3].contains("..."), "{drawn:#?}");
    }

    #[test]
    fn a_place_over_several_lines_is_marked_from_first_to_last() {
        let text = "```\nb\nc\nd\ne\nf\ng\n";
        let drawn = render(&about(text, text), false);
        assert!(drawn.contains("1 | / ```") && drawn.contains("7 | | g"), "{drawn}");
        assert!(!drawn.contains("8 |"), "{drawn}");
    }

    #[test]
    fn a_place_at_the_end_and_windows_line_ends_are_drawn() {
        let drawn = render(&about("one\r\ntwo\r\nthree", "two\r\n"), false);
        assert!(drawn.contains("2 | two\n  | ^^^\n"), "{drawn:?}");
        for text in ["", "x", "x\n", "x\r\n"] {
            let source = Arc::new(Source::new("a.md", text));
            let diagnostic = Diagnostic::new("a", Level::Error, "t", &source, Span::new(text.len(), text.len()));
            assert!(render(&diagnostic, false).starts_with("error[a]: t\n"));
        }
    }

    #[test]
    fn colour_is_added_only_when_asked_for() {
        assert!(render(&about("x", "x"), true).contains("\u{1b}["));
        assert!(!render(&about("x", "x"), false).contains('\u{1b}'));
    }
}
