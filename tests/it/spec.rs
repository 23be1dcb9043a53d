//! The grammar is specified by `tests/spec/*.md`: prose, an example, and what the parser makes of it.
//!
//! An example is a block of four backticks with the language `markdown`; the `text` block after it holds what is
//! expected: diagnostics as they are drawn, then what was understood. Words after `markdown` choose what that is
//! (`steps` where nothing is said). `SNAPSHOTS=overwrite` rewrites the expected blocks.

mod properties;
mod summary;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runbooks::diagnostic::{Diagnostic, render};
use runbooks::model::{Block, Runbook, RunbookId, Source, Span};
use runbooks::parse::{Fragments, parse};
use runbooks::sys::Environment;
use runbooks::sys::files;

#[test]
fn every_example_of_the_grammar_gives_what_is_written_under_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let overwrite = Environment::of_process().get("SNAPSHOTS") == Some("overwrite");
    let mut wrong = String::new();
    for path in pages(&folder) {
        let text = files::read_text(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let page = Page::read(&name, &text);
        assert!(!page.examples.is_empty(), "{name} holds no example");
        if overwrite {
            files::write_if_changed(&path, page.with_actual(&text).as_bytes()).unwrap();
        } else {
            wrong.push_str(&page.differences(&name, &text));
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nSNAPSHOTS=overwrite rewrites what is expected");
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = files::walk(folder).unwrap();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    assert!(!pages.is_empty(), "no pages in {}", folder.display());
    pages
}

/// A page of the specification.
struct Page {
    examples: Vec<Example>,
}

struct Example {
    /// The byte of the page at which the example begins.
    start: usize,
    actual: String,
    /// What the page says is expected; where it says nothing, the place at which it would.
    expected: Result<Span, usize>,
}

impl Page {
    fn read(name: &str, text: &str) -> Self {
        let source = Arc::new(Source::new(name, text));
        let (page, _) = parse(RunbookId(name.to_owned()), Arc::clone(&source), &Fragments::new());
        let mut fragments = Fragments::new();
        let mut examples = Vec::new();
        let mut blocks = page.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            if block.language.as_deref() != Some("markdown") {
                continue;
            }
            let words: BTreeMap<_, _> = words(source.slice(block.info)).into_iter().collect();
            if let Some(Some(file)) =
                words.get("file").filter(|file| file.as_deref().is_some_and(|it| it.starts_with("checks/")))
            {
                let fragment = file.trim_start_matches("checks/").trim_end_matches(".md").to_owned();
                fragments.insert(fragment, Arc::new(Source::new(file, block.code.text())));
                continue;
            }
            let expected = blocks.next_if(|next| next.language.as_deref() == Some("text"));
            let file = words.get("file").cloned().flatten().unwrap_or_else(|| "runbook.md".to_owned());
            let shown: Vec<&str> = words.keys().filter(|word| *word != "file").map(String::as_str).collect();
            examples.push(Example {
                start: block.span.start,
                actual: actual(&file, block, &fragments, &shown),
                expected: expected.map(|next| next.code.span()).ok_or(block.span.end),
            });
        }
        Self { examples }
    }

    fn with_actual(&self, text: &str) -> String {
        let mut written = text.to_owned();
        for example in self.examples.iter().rev() {
            match example.expected {
                Ok(span) => written.replace_range(span.start..span.end, &example.actual),
                Err(at) => written.insert_str(at, &format!("\n\n```text\n{}```", example.actual)),
            }
        }
        written
    }

    fn differences(&self, name: &str, text: &str) -> String {
        let mut differences = String::new();
        for example in &self.examples {
            let expected = example.expected.map(|span| &text[span.start..span.end]).unwrap_or_default();
            if expected != example.actual {
                let line = text[..example.start].lines().count() + 1;
                let diff = similar::TextDiff::from_lines(expected, example.actual.as_str());
                let diff = diff.unified_diff().header("expected", "actual").to_string();
                writeln!(differences, "tests/spec/{name}:{line}\n{diff}").unwrap();
            }
        }
        differences
    }
}

fn words(info: &str) -> Vec<(String, Option<String>)> {
    info.split_whitespace()
        .skip(1)
        .map(|word| match word.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.trim_matches('"').to_owned())),
            None => (word.to_owned(), None),
        })
        .collect()
}

fn actual(file: &str, block: &Block, fragments: &Fragments, shown: &[&str]) -> String {
    let id = RunbookId(file.trim_end_matches(".md").to_owned());
    let source = Arc::new(Source::new(file, block.code.text()));
    let (runbook, diagnostics) = parse(id, source, fragments);
    check_spans(&runbook, &diagnostics);
    let mut parts: Vec<String> = diagnostics.iter().map(|diagnostic| render(diagnostic, false)).collect();
    let default: &[&str] = if diagnostics.is_empty() { &["steps"] } else { &[] };
    for word in if shown.is_empty() { default } else { shown } {
        parts.push(summary::of(word, &runbook));
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { "nothing to say\n".to_owned() } else { parts.join("\n") }
}

/// Whatever an example is about, its places must lie in its text.
fn check_spans(runbook: &Runbook, diagnostics: &[Diagnostic]) {
    let text = runbook.source.text();
    let whole = |span: Span| assert!(text.get(span.start..span.end).is_some(), "{span:?} is not a place in {text:?}");
    runbook
        .blocks
        .iter()
        .for_each(|block| [block.span, block.info, block.code.span()].map(whole).iter().for_each(drop));
    runbook.sections.iter().for_each(|section| [section.span, section.heading].map(whole).iter().for_each(drop));
    runbook.items.iter().for_each(|item| whole(item.span));
    runbook.links.iter().for_each(|link| whole(link.span));
    for diagnostic in diagnostics {
        let labels = diagnostic.related.iter().chain([&diagnostic.primary]);
        labels.for_each(|label| assert!(diagnostic.source.text().get(label.span.start..label.span.end).is_some()));
    }
}
