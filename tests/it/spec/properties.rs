//! Whatever the text: no panic, and every place lies in its text, on the boundaries of characters.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use runbooks::diagnostic::render;
use runbooks::model::{Runbook, RunbookId, Source, Span, StepKind};
use runbooks::parse::{Fragments, parse};
use runbooks::sys::files;

#[test]
fn arbitrary_text_is_parsed() {
    run(256, &prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat()));
}

#[test]
fn mutated_pages_are_parsed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let pages: Vec<String> = super::pages(&folder).iter().map(|path| files::read_text(path).unwrap()).collect();
    let mutation = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), piece());
    let mutated =
        (prop::sample::select(pages), prop::collection::vec(mutation, 1..12)).prop_map(|(page, mutations)| {
            mutations.iter().fold(page, |page, (at, length, piece)| mutate(&page, *at, *length, piece))
        });
    run(96, &mutated);
}

/// Cuts up to a hundred characters out of a page and puts a piece in their place.
fn mutate(page: &str, at: prop::sample::Index, length: prop::sample::Index, piece: &str) -> String {
    let characters: Vec<char> = page.chars().collect();
    let start = at.index(characters.len() + 1);
    let end = (start + length.index(100)).min(characters.len());
    characters[..start].iter().copied().chain(piece.chars()).chain(characters[end..].iter().copied()).collect()
}

/// The bits that Markdown, info strings and front matter are made of, and some that nobody expects.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "---\n",
        "+++\n",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "    ",
        " ",
        "# ",
        "## ",
        "- ",
        "- [ ] ",
        "1. ",
        "> ",
        "```",
        "````",
        "~~~",
        "``",
        "`",
        "bash check",
        "check",
        "action id=a undo=a",
        "output match=json",
        "console",
        "http check",
        "yaml check",
        "json action",
        "promql check",
        "use=x",
        "id=",
        "id=\"",
        "'",
        "\"",
        "\\",
        "{",
        "}",
        "{#a}",
        "=",
        "<pod-name>",
        "<br>",
        "<!-- ",
        "-->",
        "<details>\n",
        "[a](#a)",
        "[a][b]",
        "[b]: http://x\n",
        "https://a.b/c_(d).",
        "| a | b |\n|---|---|\n",
        "***",
        "_",
        ":::note\n",
        ": definition\n",
        "[^1]",
        "[^1]: note\n",
        "params:\n",
        "  - name: A\n",
        "title: x\n",
        "title = 1\n",
        "a: *b\n",
        "apiVersion: v1\n",
        "${A}",
        "é",
        "한",
        "🚀",
        "\u{301}",
        "\u{feff}",
        "\u{0}",
        "\u{200b}",
        "\u{2028}",
        "**Severity:** P1\n",
    ];
    prop_oneof![
        9 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

fn run(cases: u32, texts: &impl Strategy<Value = String>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner.run(texts, |text| holds(&text)).unwrap();
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let source = Arc::new(Source::new("x.md", text));
    let fragment = Arc::new(Source::new("checks/x.md", text));
    let fragments = Fragments::from([("x".to_owned(), fragment)]);
    let (runbook, diagnostics) = parse(RunbookId("a/B-c".to_owned()), source, &fragments);
    super::check_spans(&runbook, &diagnostics);
    check_steps(&runbook);
    for diagnostic in &diagnostics {
        let drawn = render(diagnostic, false);
        prop_assert!(drawn.contains(" --> "), "{drawn}");
        prop_assert!(drawn.ends_with('\n') && !drawn.starts_with('\n'));
    }
    Ok(())
}

fn check_steps(runbook: &Runbook) {
    for step in &runbook.steps {
        let text = step.source.text();
        let within = |span: Span| assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
        within(step.code.span());
        let code = step.code.text();
        for (at, character) in code.char_indices() {
            within(step.code.source_span(Span::new(at, at + character.len_utf8())));
        }
        step.expect.iter().for_each(|expect| within(expect.span));
        step.output.iter().for_each(|output| within(output.span));
        if let StepKind::Action(action) = &step.kind {
            action.requires.iter().chain(&action.verify).for_each(|id| within(id.span));
        }
        assert!(runbook.blocks.get(step.block).is_some() && !step.id.as_str().is_empty());
    }
}
