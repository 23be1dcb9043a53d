//! `exec` in the hands of a person, and `exec` that dies half-way.

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::harness::{Collection, Run};
use crate::process::{Finished, PATIENCE, holds_within};

/// Three actions, of which the second waits until the file `hold` is gone.
fn three_actions(attributes_of_the_second: &str) -> Collection {
    let text = format!(
        "# Three

```bash action id=one
export WORD=kept
echo one >> log
```

```bash action id=two {attributes_of_the_second}
echo two >> log
while test -e hold; do sleep 0.02; done
echo \"two ends\" >> log
```

```bash action id=three
echo \"three $WORD\" >> log
```
"
    );
    Collection::empty().with("three.md", &text).with("hold", "")
}

/// Runs until the second action has begun, and ends the run as a power cut would.
fn killed_in_the_second(attributes: &str) -> Collection {
    let collection = three_actions(attributes);
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection
}

/// Returns the steps that the journal says were begun, in order.
pub(crate) fn begun(journal: &[Json]) -> Vec<String> {
    let begun = journal.iter().filter(|entry| entry["event"] == "step-started");
    begun.map(|entry| entry["step"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_killed_run_goes_on_and_repeats_nothing_that_was_done() {
    let collection = killed_in_the_second("");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nthree kept\n");
    assert_eq!(begun(&collection.journal()), ["one", "two", "three"]);
}

#[test]
fn an_action_that_was_in_flight_is_run_again_when_the_operator_says_so() {
    let collection = killed_in_the_second("");
    collection.run("exec --resume --yes --in-flight again").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\ntwo\ntwo ends\nthree kept\n");
}

#[test]
fn an_action_that_was_in_flight_is_not_guessed_about() {
    let collection = killed_in_the_second("");
    collection.run("exec --resume --yes").done().exits(2).says("two").says("in flight");
    assert_eq!(collection.text("log"), "one\ntwo\n");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nthree kept\n");
}

#[test]
fn an_idempotent_action_that_was_in_flight_is_simply_run_again() {
    let collection = killed_in_the_second("idempotent");
    collection.run("exec --resume --yes").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\ntwo\ntwo ends\nthree kept\n");
}

#[test]
fn a_run_that_came_to_its_end_is_not_resumed() {
    let collection = Collection::empty().with("one.md", "# One\n\n```bash action id=one\necho one >> log\n```\n");
    collection.run("exec one --yes").done().exits(0);
    collection.run("exec --resume --yes").done().exits(2).says("nothing to resume");
    assert_eq!(collection.text("log"), "one\n");
}

#[test]
fn a_block_that_was_changed_in_between_is_not_run_unseen() {
    let collection = killed_in_the_second("");
    let text = collection.text("three.md").replace("two ends", "something else");
    collection.write("three.md", &text);
    collection.run("exec --resume --yes --in-flight again").done().exits(2).says("two").says("changed");
    assert_eq!(collection.text("log"), "one\ntwo\n");
}

#[test]
fn a_journal_that_was_tampered_with_is_not_believed() {
    let collection = killed_in_the_second("");
    let runs: Vec<_> =
        std::fs::read_dir(collection.path(".runbooks/runs")).expect("there is a run").flatten().collect();
    let journal = runs[0].path().join("journal.ndjson");
    let text = std::fs::read_to_string(&journal).expect("a journal is text");
    std::fs::write(&journal, text.replacen("\"one\"", "\"uno\"", 1)).expect("a journal can be written");
    let run = runs[0].file_name().into_string().expect("a run's name is text");
    collection.run("exec --yes --resume").arg(run).done().exits(2).says("damaged");
    assert_eq!(collection.text("log"), "one\ntwo\n");
}

#[test]
fn control_c_ends_the_whole_tree_of_a_step_and_the_run_can_be_resumed() {
    let text = "# Wait\n\n```bash action id=wait idempotent\n(sleep 600 & sleep 600) &\necho begun >> log\nwhile test ! -e go; do sleep 0.02; done\n```\n";
    let collection = Collection::empty().with("wait.md", text);
    let run = collection.run("exec wait --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("begun")), "the action begins");
    run.signal(Signal::INT);
    // `done` makes sure that neither `sleep` is left.
    run.done(PATIENCE).exits(130).says("--resume");
    collection.write("go", "");
    collection.run("exec --resume --yes").done().exits(0);
}

#[test]
fn control_c_ends_a_verification_and_what_was_found_is_reported() {
    let text =
        "# Wait\n\n```bash check id=first\ntrue\n```\n\n```bash check id=waits\n: > begun\nsleep 600 | cat\n```\n";
    let collection = Collection::empty().with("wait.md", text);
    let run = collection.run("verify").start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "the check begins");
    run.signal(Signal::INT);
    run.done(PATIENCE).exits(130).prints("passed   first").prints("interrupted");
}

/// Runs the program at a terminal, and answers each prompt when it stands there.
fn at_a_terminal(collection: &Collection, words: &str, dialogue: &[(&str, &str)]) -> Finished {
    let typescript = collection.home().join("typescript");
    let run = collection.command("script").with_input();
    let run = ["--quiet", "--return", "--flush", "--echo", "never", "--command"].iter().fold(run, Run::arg);
    let mut running = run.arg(format!("runbooks {words}")).arg(&typescript).start();
    let mut seen = 0;
    for (prompt, answer) in dialogue {
        let shown = || std::fs::read(&typescript).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut found = None;
        let stands = holds_within(PATIENCE, || {
            let shown = shown().unwrap_or_default();
            found = shown.get(seen..).and_then(|rest| rest.find(prompt)).map(|at| seen + at + prompt.len());
            found.is_some()
        });
        assert!(stands, "waited in vain for `{prompt}` in:\n{}", shown().unwrap_or_default());
        seen = found.unwrap_or(seen);
        running.write(&format!("{answer}\n"));
    }
    running.done(PATIENCE)
}

#[test]
fn a_person_is_asked_for_every_action_and_item() {
    let text = "# Ask\n\n- [ ] The team knows\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=two confirm=\"Really?\"\necho two >> log\n```\n\n```bash action id=three\necho three >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let dialogue = [
        ("The team knows\r\n  [d]one", "d"),
        ("Run it? [y]es, [s]kip", "y"),
        ("Really? [y]es, [s]kip", "s"),
        ("cannot be taken back", "what?"),
        ("please type one of", "y"),
    ];
    let done = at_a_terminal(&collection, "exec ask", &dialogue).exits(0);
    assert_eq!(collection.text("log"), "one\nthree\n", "{done}");
}

#[test]
fn a_person_who_quits_can_go_on_later() {
    let text = "# Ask\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=two\necho two >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    at_a_terminal(&collection, "exec ask", &[("Run it?", "y"), ("Run it?", "q")]).exits(130);
    assert_eq!(collection.text("log"), "one\n");
    at_a_terminal(&collection, "exec --resume", &[("Run it?", "y")]).exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\n");
}

#[test]
fn a_person_is_asked_what_became_of_an_action_in_flight() {
    let collection = killed_in_the_second("");
    at_a_terminal(&collection, "exec --resume", &[("may or may not have been done", "d"), ("Run it?", "y")]).exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nthree kept\n");
}

#[test]
fn a_person_is_asked_whether_a_failure_is_taken_back() {
    let text = "# Ask\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=undo-one undo=one\necho undo >> log\n```\n\n```bash check id=two\nfalse\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    at_a_terminal(&collection, "exec ask", &[("taken back by", "y"), ("Take back", "y")]).exits(1);
    assert_eq!(collection.text("log"), "one\nundo\n");
}

#[test]
fn a_person_is_asked_for_a_missing_value_and_a_secret_is_not_echoed() {
    let text = "---\nparams:\n  - {name: WHO, help: who asks}\n  - {name: TOKEN, secret: true}\n---\n\n# Ask\n\n```bash action id=one\necho \"$WHO ${#TOKEN}\" >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let dialogue = [("WHO (who asks): ", "me"), ("TOKEN: ", "hunter2hunter2"), ("Run it?", "y")];
    let done = at_a_terminal(&collection, "exec ask", &dialogue).exits(0);
    assert_eq!(collection.text("log"), "me 14\n", "{done}");
    assert!(!done.stdout.contains("hunter2"), "{done}");
}

#[test]
fn two_operators_do_not_run_the_same_run_at_once() {
    let collection = three_actions("");
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    collection.run("exec --resume --yes --in-flight again").done().exits(2);
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    run.done(PATIENCE).exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\ntwo ends\nthree kept\n");
}
