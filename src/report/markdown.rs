//! Markdown, for a step summary, a merge request or a chat: a table of the runbooks, then what is wrong.
//!
//! Bounded, because GitHub takes a megabyte at most; what is left out is counted.

use std::fmt::Write as _;

use super::notice::{self, Notice, slashes};
use super::{duration, sums};
use crate::model::{Outcome, RunResult};

/// The longest text that is made, in bytes.
const LONGEST: usize = 900_000;

/// How many lines of an expected or actual text are shown.
const MOST_LINES: usize = 30;

/// Returns the result of a run.
pub fn markdown(result: &RunResult) -> String {
    let mut out = format!("## {}\n\n", inline(&sums::summary(result)));
    if result.interrupted {
        out.push_str("Interrupted: what stands here is all that was looked at.\n\n");
    }
    out.push_str("| runbook | outcome | passed | failed | drifted | errored | skipped | took |\n");
    out.push_str("| --- | --- | --: | --: | --: | --: | --: | --: |\n");
    let mut left_out = 0;
    for runbook in &result.runbooks {
        if out.len() > LONGEST / 2 {
            left_out += 1;
            continue;
        }
        let tally = sums::of_runbook(runbook);
        let counts: Vec<_> = Outcome::ALL.map(|outcome| tally.get(outcome).to_string()).into();
        let (title, path) = (cell(&runbook.title), cell(&slashes(&runbook.path)));
        let target = runbook.target.as_deref().map(|target| format!(" on {}", cell(target))).unwrap_or_default();
        let (outcome, took) = (runbook.outcome.as_str(), duration(runbook.duration_ms));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {title} ({path}){target} | {outcome} | {} | {took} |", counts.join(" | "));
    }
    if left_out > 0 {
        let _ = writeln!(out, "\n{left_out} more runbooks are left out here.");
    }
    if let Some(trend) = &result.trend {
        let _ = writeln!(out, "\n{}", inline(&sums::trend(trend)));
    }
    problems(&mut out, &notice::of_run(result));
    out
}

/// Returns problems alone, for `lint`.
pub fn markdown_list(heading: &str, notices: &[Notice]) -> String {
    let mut out = format!("## {}\n", inline(heading));
    problems(&mut out, notices);
    out
}

fn problems(out: &mut String, notices: &[Notice]) {
    for (index, notice) in notices.iter().enumerate() {
        if out.len() > LONGEST {
            let _ = writeln!(out, "\n{} more are left out here.", notices.len() - index);
            return;
        }
        problem(out, notice);
    }
}

fn problem(out: &mut String, notice: &Notice) {
    let place = &notice.place;
    let target = notice.detail("target").map(|target| format!(" on {}", inline(target))).unwrap_or_default();
    let word = notice.word().map(|word| format!("{word}{target} · ")).unwrap_or_default();
    let at = format!("{}:{}:{}", slashes(&place.path), place.start.line, place.start.column);
    let _ = writeln!(out, "\n### {word}{}\n\n{} — {}", inline(&notice.rule), code(&at), inline(&notice.message));
    let named = |wanted: &'static str| notice.details.iter().filter(move |(name, _)| *name == wanted);
    named("command").for_each(|(name, text)| detail(out, name, text));
    match (notice.detail("expected"), notice.detail("actual")) {
        (Some(expected), Some(actual))
            if notice.rule != "expectation" && (expected.contains('\n') || actual.contains('\n')) =>
        {
            fenced(out, "diff", &super::difference(expected, actual));
        }
        (expected, actual) => {
            for (name, text) in [("expected", expected), ("actual", actual)] {
                text.into_iter().for_each(|text| detail(out, name, text));
            }
        }
    }
    for (name, text) in named("here").chain(named("hint")) {
        let _ = writeln!(out, "\n{name}: {}", inline(text));
    }
}

fn detail(out: &mut String, name: &str, text: &str) {
    if text.contains('\n') {
        let _ = writeln!(out, "\n{name}:");
        fenced(out, "text", text);
    } else {
        let _ = writeln!(out, "\n{name}: {}", code(text));
    }
}

fn fenced(out: &mut String, language: &str, text: &str) {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let lines: Vec<_> = text.lines().collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    let _ = writeln!(out, "\n{fence}{language}\n{}", lines[..lines.len() - more].join("\n"));
    if more > 0 {
        let _ = writeln!(out, "… {more} more lines");
    }
    let _ = writeln!(out, "{fence}");
}

/// Returns a text as inline code, whatever backticks it holds.
fn code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

/// Returns a text that is shown as it is, but for its code spans.
fn inline(text: &str) -> String {
    let text = one_line(text);
    let whole_spans = text.matches('`').count().is_multiple_of(2);
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == '`' && whole_spans {
            inside = !inside;
        } else if !inside && "\\`*_{}[]<>#|~&".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn cell(text: &str) -> String {
    inline(&text.replace('`', "'"))
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_table_and_what_is_wrong() {
        let text = markdown(&example::result(Outcome::Failed));
        assert!(text.starts_with("## verify: 0 passed, 1 failed on novacron"), "{text}");
        assert!(text.contains("| failed | 0 | 1 | 0 | 0 | 0 | 0ms |"), "{text}");
        assert!(text.contains("### failed · expectation\n\n`content/incident/db-pool.md:12:1` — the"), "{text}");
        assert!(text.contains("\nexpected: `value < 0.9`\n\nactual: `value = 0.97`\n"), "{text}");
    }

    #[test]
    fn of_a_run_on_several_targets_rows_and_problems_name_the_target() {
        let text = markdown(&example::on_targets(Outcome::Failed, &["north", "south"]));
        assert!(text.contains("(content/incident/db-pool.md) on north | failed |"), "{text}");
        assert!(text.contains("### failed on south · expectation\n"), "{text}");
    }

    #[test]
    fn texts_of_several_lines_are_a_diff() {
        let mut result = example::result(Outcome::Failed);
        let finding = &mut result.runbooks[0].steps[0].findings[0];
        finding.rule = "output".to_owned();
        finding.expected = Some("a\n```\nc".to_owned());
        finding.actual = Some("a\n```\nd".to_owned());
        assert!(markdown(&result).contains("\n````diff\n  a\n  ```\n- c\n+ d\n````\n"), "{}", markdown(&result));
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        assert_eq!(inline("<img> *a* `x*` [b](c)\n# d | e"), "\\<img\\> \\*a\\* `x*` \\[b\\](c) \\# d \\| e");
        assert_eq!(inline("a ` b <c>"), "a \\` b \\<c\\>");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
    }
}
