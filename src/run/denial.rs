//! Whether a check knows that it may be denied something.
//!
//! A check that passes although the API server denied it a look has seen less than it says: `kubectl get pods || true`
//! prints nothing to a stranger. Unless the text shows that it knows: a command alone is negated or impersonates, or what
//! is expected of it, or of what it complains, speaks of the denial.

use crate::model::Step;
use crate::shell::{self, Command, Word};

/// Words of those who expect to be denied something, in what is run and in what is expected of it.
const OF_DENIAL: [&str; 6] = ["forbidden", "unauthorized", "denied", "cannot", "403", "401"];

/// What an assertion speaks of that does not take a denial for an answer.
const OF_FAILURE: [&str; 2] = ["exit", "stderr"];

/// Returns whether the text of a check knows that it may be denied something.
pub(super) fn is_expected(step: &Step) -> bool {
    let expect = step.expect.as_ref().map_or("", |expect| expect.value.as_str());
    let output = step.output.as_ref().map_or("", |output| output.code.text());
    let code = step.code.text();
    // Only who reads the complaint can search it for the denial: a `403` in a log is none.
    let reads_complaint = ["2>&1", "|&", "&>"].iter().any(|sign| code.contains(sign));
    [expect, output].iter().any(|text| speaks_of(text, &OF_DENIAL))
        || reads_complaint && speaks_of(code, &OF_DENIAL)
        || speaks_of(expect, &OF_FAILURE) && !wants_success(expect)
        || shell::parse(code).commands.iter().any(|command| is_negated(command) || impersonates(command))
}

/// Of a negated pipeline such as `! kubectl … | grep …` it is the last part that must fail, and not the look.
const fn is_negated(command: &Command) -> bool {
    command.negated && command.pipeline.is_none()
}

fn wants_success(expect: &str) -> bool {
    expect.replace(' ', "").contains("exit==0")
}

fn speaks_of(text: &str, words: &[&str]) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric())
        .any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

fn impersonates(command: &Command) -> bool {
    command.words.iter().filter_map(Word::literal).any(|word| word == "--as" || word.starts_with("--as="))
}
