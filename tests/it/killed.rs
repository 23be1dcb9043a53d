//! A run that is killed at every line of its journal, and resumed: every action is done once, or asked about.

use std::fmt::Write as _;

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};

/// Twelve steps: six actions, each with the check that it names in `verify`.
fn twelve() -> Collection {
    let mut text = "# Twelve\n".to_owned();
    for number in 1..=6 {
        write!(
            text,
            "\n```bash action id=act-{number} verify=seen-{number}\necho act-{number} >> log\n```\n\n```bash check id=seen-{number} capture=SEEN_{number}\ngrep -c act-{number} log\n```\n"
        )
        .expect("a text takes text");
    }
    text += "\n- [ ] [all is seen](#seen-6)\n";
    Collection::empty().with("twelve.md", &text)
}

/// Returns how many lines the journal of a whole run has.
fn lines_of_a_whole_run() -> usize {
    let collection = twelve();
    collection.run("exec twelve --yes").done().exits(0);
    collection.journal().len()
}

/// Starts a run and kills it as soon as its journal has so many lines.
fn killed_at(collection: &Collection, lines: usize) {
    let run = collection.run("exec twelve --yes").start();
    // Reading the file is all the waiting there is: what is wanted is the very moment.
    holds_within(PATIENCE, || collection.journal().len() >= lines);
    run.kill();
}

/// Goes on until the run is at its end, as somebody would who looks at the log when asked.
fn resume(collection: &Collection) {
    let done = collection.run("exec --resume --yes").done();
    let asks = done.stderr.contains("was in flight when the run died");
    match done.code {
        Some(0) => {}
        Some(2) if asks => {
            let step = done.stderr.split('`').find(|word| word.starts_with("act-")).expect("it is named");
            let there = collection.text_so_far("log").lines().any(|line| line == step);
            let answer = if there { "done" } else { "again" };
            collection.run("exec --resume --yes --in-flight").arg(answer).done().exits(0);
        }
        // It had come to its end, or had not begun.
        Some(2) if done.stderr.contains("nothing to resume") || done.stderr.contains("never began") => {
            if !collection.journal().iter().any(|line| line["event"] == "run-finished") {
                assert!(!collection.path("log").exists(), "{done}");
                collection.run("exec twelve --yes").done().exits(0);
            }
        }
        _ => panic!("{done}"),
    }
}

#[test]
fn a_run_killed_at_any_line_of_its_journal_does_every_action_once() {
    let mut interrupted = 0;
    for lines in 1..=lines_of_a_whole_run() {
        let collection = twelve();
        killed_at(&collection, lines);
        interrupted += usize::from(!collection.journal().iter().any(|line| line["event"] == "run-finished"));
        resume(&collection);
        let expected: String = (1..=6).fold(String::new(), |log, number| log + &format!("act-{number}\n"));
        assert_eq!(collection.text("log"), expected, "killed at line {lines}");
    }
    assert!(interrupted > 10, "only {interrupted} were killed in the middle");
}
