use serde_json::json;

use super::*;

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.set("exit", Fact::Json(json!(0)));
    facts.set("stdout", Fact::Json(json!("3 of 3\n")));
    facts.set(
        "json",
        Fact::Json(json!({"replicas": 3, "ratio": 0.5, "items": [{"name": "a"}], "big": u64::MAX, "none": null})),
    );
    facts.set("value", Fact::Number(0.97));
    facts.set("headers", Fact::Json(json!({"content-type": "text/html"})));
    facts.set("duration", Fact::Duration(Duration::from_millis(120)));
    facts.set("params", Fact::Json(json!({"LIMIT": "0.9"})));
    facts.set("body", Fact::Unavailable("the body is not text".to_owned()));
    facts
}

use std::time::Duration;

fn holds(text: &str) -> Result<bool, Trouble> {
    compile(text, Scope::Expect).unwrap().holds(&facts())
}

fn refused(text: &str) -> ExpressionError {
    compile(text, Scope::Expect).unwrap_err()
}

#[test]
fn what_is_so_holds() {
    for text in [
        "exit == 0",
        "json.replicas in [1, 2, 3]",
        "json.replicas == 3.0",
        "json.replicas > 2 && json.ratio < 1",
        "json.items.all(item, item.name == 'a')",
        "json.items[0].name.startsWith('a')",
        "json.big > 5",
        "headers['content-type'].contains('html')",
        "value > 0.9 && !isNaN(value)",
        "value > double(params.LIMIT)",
        "duration < duration('500ms')",
        "has(json.replicas) && !has(json.absent)",
        "json.?absent.orValue(7) == 7",
        "stdout.matches('^[0-9]+ of')",
        "stdout.trim() == '3 of 3'",
        "quantity('500m') == 0.5 && quantity('1Ki') == 1024.0",
        "math.greatest(1, 2) == 2",
        "json.items.map(item, item.name).join(',') == 'a'",
        "type(json.replicas) == int",
        "[3, 1, 2].sort()[0] == 1",
    ] {
        assert_eq!(holds(text), Ok(true), "{text}");
    }
}

#[test]
fn what_is_not_so_does_not_hold() {
    for text in ["exit == 1", "value < 0.9", "json.items.exists(item, item.name == 'b')", "isNaN(value)"] {
        assert_eq!(holds(text), Ok(false), "{text}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (text, message) in [
        ("json.ready.count == 1", "there is no `json.ready`"),
        ("json.items[4].name == ''", "there is no `json.items[4]`"),
        ("headers['x-a'] == ''", "there is no `headers[\"x-a\"]`"),
        ("tls.days_left > 3", "this step brings no `tls`"),
        ("body == ''", "the body is not text"),
    ] {
        assert_eq!(holds(text), Err(Trouble::World(message.to_owned())), "{text}");
    }
}

#[test]
fn values_of_the_wrong_sort_are_said_in_words() {
    for (text, part) in [
        ("value > params.LIMIT", "`>` cannot be used between double and string (`double(…)`"),
        ("duration < 3", "length of time"),
        ("json.none > 3", "`>` cannot be used between"),
        ("quantity('many') > 1.0", "`many` is not a quantity"),
    ] {
        match holds(text) {
            Err(Trouble::World(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn what_is_neither_true_nor_false_is_refused() {
    let Err(Trouble::Text(error)) = holds("json.replicas") else { panic!() };
    assert_eq!(error.message, "`json.replicas` is a whole number, not true or false");
}

#[test]
fn an_unknown_name_has_its_place_and_a_suggestion() {
    let error = refused("exit == 0 && stdotu == ''");
    assert_eq!(error.message, "there is nothing called `stdotu`");
    assert_eq!((error.offset, error.help.as_deref()), (13, Some("did you mean `stdout`?")));
    assert!(compile("checks.a.passed", Scope::Expect).is_err());
    assert!(compile("checks['a'].passed && params.X == 'y'", Scope::When).is_ok());
}

#[test]
fn an_unknown_function_is_refused() {
    let error = refused("stdout.containz('a')");
    assert_eq!(
        (error.message.as_str(), error.help.as_deref()),
        ("there is no function `containz`", Some("did you mean `contains`?"))
    );
}

#[test]
fn errors_are_in_plain_words_with_their_place() {
    for (text, message, offset, help) in [
        ("exit ==", "the expression ends too early", 7, "missing?"),
        ("exit = 0", "`=` cannot be read here", 5, "`==` compares"),
        ("exit == 0 and value > 1.0", "`and` is not expected here", 10, "write `&&` for and"),
        ("(exit == 0", "the expression ends too early", 10, "missing?"),
        ("", "the expression is empty", 0, ""),
    ] {
        let error = refused(text);
        assert_eq!((error.message.as_str(), error.offset), (message, offset), "{text}");
        assert!(error.help.unwrap_or_default().contains(help), "{text}");
        assert!(!error.message.contains("expecting"), "{text}");
    }
}

#[test]
fn the_values_it_speaks_of_are_shown() {
    let seen = |text| compile(text, Scope::Expect).unwrap().seen(&facts());
    assert_eq!(seen("value < 0.9"), "value = 0.97");
    assert_eq!(
        seen("json.replicas == 4 && json.items[0].name == 'b'"),
        "json.replicas = 3\njson.items[0].name = \"a\""
    );
    assert_eq!(seen("json.items.all(item, item.name == 'b')"), "json.items = [{\"name\":\"a\"}]");
    assert_eq!(seen("duration < duration('1ms')"), "duration = 120ms");
    assert_eq!(seen("json.x == 1"), "json.x: there is no `json.x`");
}

#[test]
fn it_is_known_what_it_speaks_of() {
    let expression = compile("size(samples) == 0 || isNaN(value)", Scope::Expect).unwrap();
    assert!(expression.speaks_of("samples") && expression.speaks_of("isNaN"));
    assert!(!expression.speaks_of("status"));
}

#[test]
fn every_function_that_is_known_exists() {
    for text in ["quantity('1') == 1.0", "isNaN(0.5)", "'x'.upperAscii() == 'X'", "lists.range(2) == [0, 1]"] {
        assert!(holds(text).is_ok(), "{text}");
    }
}

#[test]
fn a_value_is_shown_as_a_shell_would_hold_it() {
    let shown = |text| display(&compile(text, Scope::Capture).unwrap().evaluate(&facts()).unwrap());
    assert_eq!(shown("json.items[0].name"), "a");
    assert_eq!(shown("json.replicas"), "3");
    assert_eq!(shown("json.items"), "[{\"name\":\"a\"}]");
    assert_eq!(shown("value"), "0.97");
    assert_eq!(shown("exit == 0"), "true");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z.\\[\\]()'\"=<>&|!0-9 {}:,?@\\\\]{0,40}") {
        if let Ok(expression) = compile(&text, Scope::Expect) {
            let _ = expression.holds(&facts());
            let _ = expression.seen(&facts());
        }
    }
}
