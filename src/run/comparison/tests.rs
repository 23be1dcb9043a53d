use super::*;

fn same(comparison: Comparison, expected: &str, actual: &str) -> bool {
    compare(comparison, expected, actual) == Compared::Same
}

#[test]
fn colours_and_blanks_at_the_end_do_not_count() {
    let actual = "\u{1b}[32mready\u{1b}[0m  \r\n10%\r100%\nend\n\n";
    assert!(same(Comparison::Lines, "ready\n100%\nend\n", actual));
    assert!(!same(Comparison::Lines, "ready\n10%\nend\n", actual));
    assert!(!same(Comparison::Exact, "ready\n100%\nend\n", actual));
}

#[test]
fn exact_is_byte_for_byte_but_for_the_last_newline() {
    assert!(same(Comparison::Exact, "a \nb\n", "a \nb"));
    assert!(!same(Comparison::Exact, "a\nb\n", "a \nb\n"));
    assert!(!same(Comparison::Exact, "a\n", "a\n\n"));
    assert!(!same(Comparison::Exact, "[..]\n", "a\n"));
}

#[test]
fn a_regular_expression_matches_the_whole() {
    assert!(same(Comparison::Regex, "[0-9]+ pods\n", "12 pods\n"));
    assert!(same(Comparison::Regex, "a|b", "b"));
    assert!(!same(Comparison::Regex, "[0-9]+", "12 pods\n"));
    assert!(!same(Comparison::Regex, "a|b", "ab"));
    assert!(matches!(compare(Comparison::Regex, "(", ""), Compared::Unusable(_)));
}

#[test]
fn what_must_be_contained_may_stand_anywhere() {
    assert!(same(Comparison::Contains, "b\nc", "a\nb\nc\nd"));
    assert!(!same(Comparison::Contains, "b\nd", "a\nb\nc\nd"));
}

#[test]
fn data_holds_at_least_what_is_documented() {
    assert!(same(Comparison::Json, r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#));
    assert!(!same(Comparison::Json, r#"{"a": 1}"#, r#"{"a": 2}"#));
    assert!(!same(Comparison::Json, r#"{"a": 1}"#, "error: no such thing"));
    assert!(matches!(compare(Comparison::Json, "{a", "{}"), Compared::Unusable(_)));
    assert!(same(Comparison::Yaml, "a: 1\n", "a: 1\nb: [2]\n"));
    assert!(!same(Comparison::Yaml, "a: 1\n", "a: 2\n"));
    assert!(same(Comparison::Yaml, "a: 1\n---\nb: 1\n", "a: 1\n---\nb: 1\nc: 2\n"));
}

#[test]
fn a_diff_says_what_was_expected_and_what_came() {
    assert_eq!(diff("a\nb", "a\nc"), "  a\n- b\n+ c\n");
}
