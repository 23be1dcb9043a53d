//! Expectations that a broken result still meets, found by breaking it.
//!
//! The documented output is taken for what came, mangled, and compared with itself; an `expect` is evaluated on results
//! that nobody wants. Where a mangled result passes, the expectation would not notice. Nothing is run.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value as Json, json};

use crate::diagnostic::{Diagnostic, Level};
use crate::expression::{self, Expression, Fact, Facts, Scope};
use crate::model::{Comparison, ExpectedOutput, Step, StepLanguage};
use crate::run::comparison::{Compared, compare};

/// What tools print when they could not do their job.
const ERROR_TEXT: &str = "Error from server (ServiceUnavailable): the server is currently unable to handle the request";

/// Words, and what stands in their place when things are bad; the bad one contains the good one.
const BAD_WORDS: &[(&str, &str)] = &[
    ("healthy", "unhealthy"),
    ("Healthy", "Unhealthy"),
    ("Ready", "NotReady"),
    ("ready", "not ready"),
    ("active", "inactive"),
    ("connected", "disconnected"),
    ("available", "unavailable"),
    ("Available", "Unavailable"),
    ("ok", "not ok"),
    ("OK", "NOT OK"),
    ("enabled", "not enabled"),
    ("successful", "unsuccessful"),
    ("reachable", "unreachable"),
];

/// Returns what is wrong with the expectations of a step.
pub(super) fn problems(step: &Step) -> Vec<Diagnostic> {
    let output = step.output.as_ref().and_then(|output| of_output(step, output));
    output.into_iter().chain(of_expect(step)).collect()
}

fn of_output(step: &Step, output: &ExpectedOutput) -> Option<Diagnostic> {
    // The lines under the prompts of a console step are compared one command at a time.
    if step.language == StepLanguage::Console && step.code.span().contains(output.span) {
        return None;
    }
    let expected = output.code.text();
    if expected.trim().is_empty() {
        return None;
    }
    let passes = |actual: &str| compare(output.comparison, expected, actual) == Compared::Same;
    let (what, mangled) = mangled(output.comparison, expected).into_iter().find(|(_, mangled)| passes(mangled))?;
    let title = format!("this expectation is met by {what}");
    let problem = Diagnostic::new("vacuous-expectation", Level::Warning, title, &step.source, output.code.span());
    let line = mangled.lines().find(|line| !expected.lines().any(|wanted| wanted == *line));
    let problem = match line {
        Some(line) => problem.label(format!("met by `{}`", line.trim())),
        None => problem,
    };
    Some(problem.help("say more of what matters: fewer wildcards, the number, the whole word"))
}

/// Returns broken forms of a documented output, and what was done to each.
fn mangled(comparison: Comparison, expected: &str) -> Vec<(&'static str, String)> {
    let lines = expected.lines().count().max(1);
    let mut found = vec![
        ("an error", format!("{ERROR_TEXT}\n")),
        ("nothing at all", String::new()),
        ("an error on every line", format!("{ERROR_TEXT}\n").repeat(lines)),
    ];
    if comparison == Comparison::Regex {
        return found;
    }
    if let Some(zeroed) = zeroed(expected) {
        found.push(("a count of zero", zeroed));
    }
    found.extend(worse(expected).map(|text| ("the contrary", text)));
    if comparison == Comparison::Contains && expected.starts_with(|first: char| first.is_ascii_digit()) {
        found.push(("a larger number", format!("1{expected}")));
    }
    let strict = |line: &&str| !line.trim().is_empty() && line.trim() != "...";
    for (index, _) in expected.lines().enumerate().filter(|(_, line)| strict(line)) {
        let rest: Vec<&str> =
            expected.lines().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| line).collect();
        found.push(("an output with a line dropped", format!("{}\n", rest.join("\n"))));
    }
    found
}

/// Returns the text with `0/3` in place of `3/3`.
fn zeroed(text: &str) -> Option<String> {
    static RATIO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(^|[\s\[(])[1-9]\d*/(\d+)\b").ok());
    let zeroed = RATIO.as_ref()?.replace_all(text, "${1}0/${2}");
    (zeroed != text).then(|| zeroed.into_owned())
}

/// Returns the text with its first word of praise turned into its contrary.
fn worse(text: &str) -> Option<String> {
    let contrary = |(good, bad): &(&str, &str)| {
        let alone = |at: usize| {
            let before = text[..at].chars().last();
            let after = text[at + good.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        let at = text.match_indices(good).map(|(at, _)| at).find(|&at| alone(at))?;
        Some(format!("{}{bad}{}", &text[..at], &text[at + good.len()..]))
    };
    BAD_WORDS.iter().find_map(contrary)
}

fn of_expect(step: &Step) -> Option<Diagnostic> {
    let written = step.expect.as_ref()?;
    let expect = expression::compile(&written.value, Scope::Expect).ok()?;
    let what = if is_always_true(step, &expect) {
        "whatever comes".to_owned()
    } else {
        let (good, bad) = contrary_passes(step, &expect)?;
        format!("`{bad}` as well as by `{good}`")
    };
    let title = format!("this expectation is met by {what}");
    let problem = Diagnostic::new("vacuous-expectation", Level::Warning, title, &step.source, written.span);
    Some(problem.help("compare with the value that matters: `==`, a word with its boundaries, a threshold"))
}

/// Returns whether an expectation holds for results so different that nothing is left that it could notice.
fn is_always_true(step: &Step, expect: &Expression) -> bool {
    let worlds = worlds(step, expect);
    !worlds.is_empty() && worlds.iter().all(|facts| expect.holds(facts).unwrap_or(false))
}

/// Returns a word of the expectation, and its contrary that meets the expectation too.
fn contrary_passes(step: &Step, expect: &Expression) -> Option<(String, String)> {
    if !matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Http | StepLanguage::Console) {
        return None;
    }
    let holds = |text: &str| expect.holds(&facts_of(step, text, 0, 200)).unwrap_or(false);
    if holds("") {
        return None;
    }
    strings(expect.text()).into_iter().filter(|good| holds(good)).find_map(|good| {
        let ratio = good.strip_prefix('/').filter(|rest| rest.starts_with(|it: char| it.is_ascii_digit()));
        let bad = ratio.map(|rest| format!("0/{rest}")).or_else(|| worse(&good)).filter(|bad| holds(bad))?;
        Some((good, bad))
    })
}

/// Returns results that nobody wants, and results around every number and word of the expectation.
fn worlds(step: &Step, expect: &Expression) -> Vec<Facts> {
    // Who speaks of the exit code or the status answers for it; all others are asked only where it is good.
    let exits: &[i64] = if expect.speaks_of("exit") { &[0, 1, 127] } else { &[0] };
    let statuses: &[i64] = if expect.speaks_of("status") { &[200, 301, 404, 500, 503] } else { &[200] };
    let mut texts = vec![String::new(), ERROR_TEXT.to_owned(), "{}".to_owned(), "0".to_owned(), "999999".to_owned()];
    texts.extend(strings(expect.text()));
    let mut numbers = vec![0.0, 1.0, -1.0, 1e9];
    for number in floats(expect.text()) {
        numbers.extend([number - 1.0, number, number + 1.0]);
    }
    let mut worlds = Vec::new();
    match step.language {
        StepLanguage::Promql => worlds.extend(numbers.iter().map(|number| sample(*number))),
        StepLanguage::Object(_) => worlds.push(object()),
        StepLanguage::Shell(_) | StepLanguage::Console | StepLanguage::Http => {
            for text in texts.iter().cloned().chain(numbers.iter().map(ToString::to_string)) {
                for &exit in exits {
                    worlds.extend(statuses.iter().map(|&status| facts_of(step, &text, exit, status)));
                }
            }
        }
    }
    worlds
}

fn facts_of(step: &Step, text: &str, exit: i64, status: i64) -> Facts {
    let mut facts = Facts::default();
    let json = serde_json::from_str(text).map_or_else(|error| Fact::Unavailable(error.to_string()), Fact::Json);
    facts.set("json", json);
    facts.set("duration", Fact::Duration(std::time::Duration::from_secs(3600)));
    facts.set("params", Fact::Json(json!({})));
    if step.language == StepLanguage::Http {
        facts.set("status", Fact::Json(json!(status)));
        facts.set("value", Fact::Json(json!(status)));
        facts.set("headers", Fact::Json(json!({})));
        facts.set("body", Fact::Json(json!(text)));
        facts.set("tls", Fact::Json(json!({ "days_left": -1 })));
    } else {
        facts.set("exit", Fact::Json(json!(exit)));
        facts.set("stdout", Fact::Json(json!(text)));
        facts.set("stderr", Fact::Json(json!(text)));
    }
    facts
}

fn sample(number: f64) -> Facts {
    let mut facts = Facts::default();
    facts.set("value", Fact::Number(number));
    facts.set("labels", Fact::Json(json!({})));
    facts.set("samples", Fact::Json(json!([{ "labels": {}, "value": number }])));
    facts.set("duration", Fact::Duration(std::time::Duration::from_secs(3600)));
    facts.set("params", Fact::Json(json!({})));
    facts
}

fn object() -> Facts {
    let mut facts = Facts::default();
    facts.set("object", Fact::Json(Json::Object(serde_json::Map::new())));
    facts.set("params", Fact::Json(json!({})));
    facts
}

/// Returns the strings of an expression, without their quotes.
fn strings(text: &str) -> Vec<String> {
    static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"'([^'\\]*)'|"([^"\\]*)""#).ok());
    let Some(pattern) = QUOTED.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(text).filter_map(|found| found.get(1).or(found.get(2)));
    found.map(|found| found.as_str().to_owned()).collect()
}

fn floats(text: &str) -> Vec<f64> {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"-?\d+(\.\d+)?").ok());
    let Some(pattern) = NUMBER.as_ref() else { return Vec::new() };
    pattern.find_iter(text).filter_map(|found| found.as_str().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::{RunbookId, Source};
    use crate::parse::{Fragments, parse};

    fn titles(text: &str) -> Vec<String> {
        let (runbook, found) = parse(RunbookId("a".to_owned()), Arc::new(Source::new("a.md", text)), &Fragments::new());
        assert!(found.is_empty(), "{found:?}");
        runbook.steps.iter().flat_map(super::problems).map(|problem| problem.title).collect()
    }

    fn output(attributes: &str, expected: &str) -> Vec<String> {
        titles(&format!("```bash check\nx\n```\n\n```output {attributes}\n{expected}\n```\n"))
    }

    fn expect(language: &str, body: &str, expression: &str) -> Vec<String> {
        titles(&format!("```{language} check expect=\"{expression}\"\n{body}\n```\n"))
    }

    #[test]
    fn an_output_that_an_error_meets_is_vacuous() {
        for (attributes, expected) in [("", "..."), ("", "[..]"), ("match=regex", ".*"), ("match=regex", "(?s).+")] {
            assert_eq!(output(attributes, expected), ["this expectation is met by an error"], "{expected}");
        }
        assert_eq!(output("", "[..]\n[..]"), ["this expectation is met by an error on every line"]);
        assert_eq!(output("match=regex", "x*"), ["this expectation is met by nothing at all"]);
    }

    #[test]
    fn a_part_that_its_contrary_contains_is_vacuous() {
        assert_eq!(output("match=contains", "healthy"), ["this expectation is met by the contrary"]);
        assert_eq!(output("match=contains", "0 errors"), ["this expectation is met by a larger number"]);
        assert_eq!(output("match=contains", "/3 ready"), Vec::<String>::new());
    }

    #[test]
    fn an_output_that_says_enough_is_not() {
        for (attributes, expected) in [
            ("", "3/3"),
            ("", "deployment \"api\" successfully rolled out"),
            ("", "NAME\n...\nready [..]"),
            ("match=regex", r"took \d+ ms"),
            ("match=contains", "status: healthy"),
            ("match=table", "NAME   READY   STATUS\nweb-1  1/1     Running"),
            ("match=json", "{\"status\": \"ok\"}"),
        ] {
            assert_eq!(output(attributes, expected), Vec::<String>::new(), "{attributes} {expected}");
        }
    }

    #[test]
    fn an_expectation_that_always_holds_is_vacuous() {
        for expression in ["true", "exit >= 0", "stdout.size() >= 0", "exit == 0 || exit != 0", "stdout.contains('')"] {
            assert_eq!(expect("bash", "x", expression), ["this expectation is met by whatever comes"], "{expression}");
        }
        assert_eq!(expect("http", "GET https://x.example/", "status > 0").len(), 1);
        assert_eq!(expect("promql", "up", "value >= 0 || value < 0").len(), 1);
    }

    #[test]
    fn an_expectation_that_the_contrary_meets_is_vacuous() {
        let title = "this expectation is met by `unhealthy` as well as by `healthy`";
        assert_eq!(expect("bash", "x", "stdout.contains('healthy')"), [title]);
        assert_eq!(expect("bash", "x", "stdout.contains('/3')").len(), 1);
        assert_eq!(expect("bash", "x", "stdout.trim() == 'healthy'"), Vec::<String>::new());
    }

    #[test]
    fn an_expectation_that_can_fail_is_not() {
        for expression in [
            "exit == 0",
            "exit in [0, 1]",
            "!stdout.contains('panic')",
            "stdout.trim() == '3/3'",
            "int(stdout) < 80",
            "json.status == 'ok'",
        ] {
            assert_eq!(expect("bash", "x", expression), Vec::<String>::new(), "{expression}");
        }
        assert!(expect("http", "GET https://x.example/", "status == 200").is_empty());
        assert!(expect("http", "GET https://x.example/", "status < 400 && tls.days_left > 14").is_empty());
        assert!(expect("promql", "up", "value < 0.9").is_empty());
        assert!(expect("promql", "up", "samples.size() > 0 && value > 0").is_empty());
    }
}
