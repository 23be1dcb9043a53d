//! Whatever the text, nothing panics and every place is one.

use proptest::prelude::*;

use crate::model::Span;
use crate::shell::{PartKind, Script, Word, alternatives, effects, interactions, parse, placeholders, prompt, tokens};

fn is_place(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
}

fn check_word(text: &str, word: &Word) {
    is_place(text, word.span);
    for part in &word.parts {
        is_place(text, part.span);
        if let PartKind::Variable { default: Some(default), .. } = &part.kind {
            check_word(text, default);
        }
    }
}

fn check_script(text: &str, script: &Script) {
    for (index, command) in script.commands.iter().enumerate() {
        is_place(text, command.span);
        command.words.iter().for_each(|word| check_word(text, word));
        assert!(command.parent.is_none_or(|parent| parent != index && parent < script.commands.len()));
        for redirection in &command.redirections {
            is_place(text, redirection.span);
            check_word(text, &redirection.target);
        }
        for assignment in &command.assignments {
            is_place(text, assignment.span);
            is_place(text, assignment.name_span);
        }
    }
    script.reads.iter().for_each(|read| is_place(text, read.span));
    script.sets.iter().for_each(|set| is_place(text, set.span));
    script.errors.iter().for_each(|error| is_place(text, error.span));
    script.comments.iter().for_each(|span| is_place(text, *span));
}

fn check(text: &str) {
    let script = parse(text);
    check_script(text, &script);
    assert_eq!(effects(&script).len(), script.commands.len());
    for found in interactions(&script) {
        is_place(text, found.hold().expect("a place").span);
    }
    let mut end = 0;
    for placeholder in placeholders(text) {
        assert!(placeholder.span.start >= end && placeholder.span.start < placeholder.span.end);
        is_place(text, placeholder.span);
        end = placeholder.span.end;
    }
    end = 0;
    for token in tokens(text) {
        assert!(token.span.start >= end && token.span.start < token.span.end, "{token:?} in {text:?}");
        is_place(text, token.span);
        end = token.span.end;
    }
    for exchange in prompt::split(text) {
        is_place(text, exchange.command.span());
        exchange.prompt.into_iter().for_each(|(span, _)| is_place(text, span));
        exchange.expected.iter().for_each(|code| is_place(text, code.span()));
    }
    if let Some(found) = alternatives(text) {
        found.markers.iter().chain(&found.options).for_each(|span| is_place(text, *span));
    }
}

/// Pieces that mean something to a shell, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "kubectl get po ",
        "sudo ",
        "sh -c '",
        "sh -c \"",
        "ssh h \"",
        "$(",
        ")",
        "`",
        "${",
        "}",
        "\"",
        "'",
        "\\",
        "\n",
        " ",
        "<pod>",
        "<a b>",
        "<<EOF\n",
        "EOF\n",
        "<<'E'\n",
        "E\n",
        "| ",
        "&& ",
        "; ",
        "& ",
        "> ",
        ">x",
        "< f",
        "2>&1 ",
        "<(",
        "for x in a; do ",
        "done\n",
        "if a; then ",
        "fi\n",
        "while true; do ",
        "case x in a) ",
        "esac",
        "f() { ",
        "{ ",
        "(( ",
        ")) ",
        "[[ ",
        "]] ",
        "$X ",
        "${X:-",
        "${X//",
        "$((",
        "é",
        "한",
        "\u{200b}",
        "# ",
        "$ ",
        "> ",
        "A=",
        "export ",
        "xargs ",
        "find . -exec ",
        "\\; ",
        "eval ",
        "trap '",
        "-- ",
        "$'",
        "\r\n",
        "\t",
        "*",
        "[a",
        "]",
        "{a,",
        "~",
        "..",
        "or\n",
        "# Option 1\n",
        "psql -c '",
        "select 1;",
        "\\$",
        "\\\"",
        "\\`",
        "watch ",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_shell_in_any_order(text in pieces()) {
        check(&text);
    }

    #[test]
    fn any_characters(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        check(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn deep_nesting_does_not_overflow() {
    for piece in [
        "$(",
        "(",
        "{ ",
        "\"$(",
        "`",
        "if a; then ",
        "for x in y; do ",
        "${a:-",
        "sh -c \"",
        "[[ (",
        "$((",
        "f() { ",
        "<(",
        "a && ",
        "a | ",
        "! ",
        "case x in a) ",
        "eval ",
    ] {
        check(&piece.repeat(300));
        check(&(piece.repeat(60) + "ls"));
    }
}

#[test]
fn backticks_behind_an_escaped_quote_may_hold_any_character() {
    for text in ["\"\\\"`֍`\"㈠", "\"\\\"`֍`㈠", "\"\\\"`֍` x\" y"] {
        check(text);
    }
}
