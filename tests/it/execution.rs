//! `exec` in the hands of a person, and `exec` that dies half-way.

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::cluster::Cluster;
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
fn what_is_shown_of_a_run_names_the_action_in_flight() {
    let collection = three_actions("");
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    let shown = || collection.run("runs show").arg(collection.run_id()).done().exits(0);
    assert!(shown().stdout.contains("action `two` is in flight\n"), "{}", shown());
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    assert!(shown().stdout.contains("action `two` was in flight when the run died\n"), "{}", shown());
    collection.run("exec --resume --yes --in-flight again").done().exits(0);
    shown().prints("action `two` was in flight when an earlier process of the run died");
    let whole = three_actions("");
    std::fs::remove_file(whole.path("hold")).expect("it was there");
    whole.run("exec three --yes").done().exits(0);
    let shown = whole.run("runs show").arg(whole.run_id()).done().exits(0);
    assert!(!shown.stdout.contains("in flight"), "{shown}");
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
fn no_part_of_a_text_that_was_changed_runs_unseen() {
    for (from, to, named) in [
        ("echo one", "echo other", "step `one` was changed"),
        ("echo \"three", "echo \"other", "step `three` was changed"),
        (
            "```bash action id=three",
            "```bash action id=new\ntrue\n```\n\n```bash action id=three",
            "step `new` was added",
        ),
    ] {
        let collection = killed_in_the_second("");
        let text = collection.text("three.md");
        collection.write("three.md", &text.replace(from, to));
        let resume = "exec --resume --yes --in-flight done";
        collection.run(resume).done().exits(2).says(named).says("--accept-changes");
        assert_eq!(collection.text("log"), "one\ntwo\n", "{named}");
        collection.write("three.md", &text);
        collection.run(resume).done().exits(0);
    }
}

#[test]
fn a_text_that_was_changed_runs_once_somebody_accepts_it() {
    let collection = killed_in_the_second("");
    let text = collection.text("three.md").replace("echo \"three", "echo \"other");
    collection.write("three.md", &text);
    collection.run("exec --resume --yes --accept-changes").done().exits(2).says("--in-flight done");
    // What was accepted once is not asked for again.
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nother kept\n");
}

#[test]
fn a_value_that_the_run_had_stays_when_the_target_has_another() {
    let collection = three_actions("").with("runbooks.toml", "[target.a.params]\nWORD = 'first'\n");
    collection.write("three.md", &collection.text("three.md").replace("export WORD=kept", ":"));
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    run.kill();
    collection.write("runbooks.toml", "[target.a.params]\nWORD = 'second'\n");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nthree first\n");
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
fn an_action_that_was_interrupted_is_not_run_again_unasked() {
    let collection = three_actions("");
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    run.signal(Signal::INT);
    run.done(PATIENCE).exits(130);
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    for _ in 0..2 {
        let stopped = collection.run("exec --resume --yes").done().exits(2);
        stopped.says("`two` was interrupted").says("--in-flight again");
        assert_eq!(collection.text("log"), "one\ntwo\n");
    }
    collection.run("exec --resume --yes --in-flight skip").done().exits(0).prints("skipped  two");
    assert_eq!(collection.text("log"), "one\ntwo\nthree kept\n");
}

#[test]
fn a_person_is_asked_about_an_action_that_was_interrupted() {
    let collection = three_actions("");
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    run.signal(Signal::INT);
    run.done(PATIENCE).exits(130);
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    at_a_terminal(&collection, "exec --resume", &[("was interrupted, and may or", "again"), ("Run it?", "yes")])
        .exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\ntwo\ntwo ends\nthree kept\n");
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

/// What a terminal sends for Ctrl-C.
const CONTROL_C: &str = "\x03";

/// Behind the program at a terminal: keeps the terminal's modes in `stty`, and its exit status.
const THEN_STTY: &str = "; code=$?; stty -a > stty; exit $code";

/// Runs the program at a terminal, and answers each prompt when it stands there.
pub(crate) fn at_a_terminal(collection: &Collection, words: &str, dialogue: &[(&str, &str)]) -> Finished {
    at_a_terminal_with(collection, words, dialogue, |_| ())
}

/// Does the same on a cluster, with variables in the environment.
pub(crate) fn at_a_terminal_in(
    collection: &Collection,
    words: &str,
    dialogue: &[(&str, &str)],
    cluster: &Cluster,
    variables: &[(String, String)],
) -> Finished {
    at_a_terminal_as(collection, words, dialogue, |_| (), |run| run.on(cluster).envs(variables))
}

/// Does the same, and tells after each answer what the answer was to.
fn at_a_terminal_with(
    collection: &Collection,
    words: &str,
    dialogue: &[(&str, &str)],
    answered: impl Fn(&str),
) -> Finished {
    at_a_terminal_as(collection, words, dialogue, answered, |run| run)
}

fn at_a_terminal_as(
    collection: &Collection,
    words: &str,
    dialogue: &[(&str, &str)],
    answered: impl Fn(&str),
    prepared: impl Fn(Run) -> Run,
) -> Finished {
    let typescript = collection.home().join("typescript");
    // What an earlier one showed is no prompt of this one.
    let _ = std::fs::remove_file(&typescript);
    let run = prepared(collection.command("script").with_input());
    let run = ["--quiet", "--return", "--flush", "--echo", "never", "--command"].iter().fold(run, Run::arg);
    // The shell gets the Ctrl-C too, and must live to tell how the program ended.
    let mut running = run.arg(format!("trap : INT; stty echo; runbooks {words}")).arg(&typescript).start();
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
        let end = if *answer == CONTROL_C { "" } else { "\n" };
        running.write(&format!("{answer}{end}"));
        answered(prompt);
    }
    running.done(PATIENCE)
}

#[test]
fn a_person_is_asked_for_every_action_and_item() {
    let text = "# Ask\n\n- [ ] The team knows\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=two confirm=\"Really?\"\necho two >> log\n```\n\n```bash action id=three\necho three >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let dialogue = [
        ("[n]ot done", "d"),
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
    at_a_terminal(&collection, "exec ask", &[("Run it?", "y"), ("Take back", "y")]).exits(1);
    assert_eq!(collection.text("log"), "one\nundo\n");
}

/// An action that can be taken back, and one that cannot.
const ONE_WITH_UNDO_AND_TWO: &str = "# Ask\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=undo-one undo=one\necho undo >> log\n```\n\n```bash action id=two\necho two >> log\n```\n";

#[test]
fn control_c_at_a_prompt_offers_undo_and_ends_at_once() {
    let collection = Collection::empty().with("ask.md", ONE_WITH_UNDO_AND_TWO);
    let words = format!("exec ask{THEN_STTY}");
    let dialogue = [("Run it?", "y"), ("Run it?", CONTROL_C), ("Take back", "y")];
    at_a_terminal(&collection, &words, &dialogue).exits(130).prints("taken back").prints("--resume");
    assert_eq!(collection.text("log"), "one\nundo\n");
    assert!(collection.text("stty").contains(" echo "), "{}", collection.text("stty"));
}

#[test]
fn control_c_at_the_question_whether_to_take_back_takes_nothing_back() {
    let collection = Collection::empty().with("ask.md", ONE_WITH_UNDO_AND_TWO);
    let dialogue = [("Run it?", "y"), ("Run it?", CONTROL_C), ("Take back", CONTROL_C)];
    at_a_terminal(&collection, "exec ask", &dialogue).exits(130).prints("runs undo");
    assert_eq!(collection.text("log"), "one\n");
}

#[test]
fn control_c_while_a_secret_is_typed_leaves_a_terminal_that_echoes() {
    let text = "---\nparams: [{name: TOKEN, secret: true}]\n---\n\n# Ask\n\n```bash action id=one\n: $TOKEN\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let words = format!("exec ask{THEN_STTY}");
    at_a_terminal(&collection, &words, &[("TOKEN = ", CONTROL_C)]).exits(130).prints("nothing was run");
    assert!(collection.text("stty").contains(" echo "), "{}", collection.text("stty"));
    assert!(collection.journal().is_empty());
}

#[test]
fn a_word_that_begins_like_an_answer_is_none() {
    let collection = Collection::empty().with("ask.md", ONE_WITH_UNDO_AND_TWO);
    let dialogue = [("Run it?", "stop"), ("please type one of", "quit")];
    at_a_terminal(&collection, "exec ask", &dialogue).exits(130);
    assert!(!collection.path("log").exists());
}

#[test]
fn what_was_typed_before_a_question_is_no_answer_to_it() {
    let text = "# Ask\n\n```bash action id=one\necho begun\nwhile test ! -e go; do sleep 0.02; done\n```\n\n```bash action id=two\necho two >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let release = |shown: &str| {
        if shown.contains("begun") {
            collection.write("go", "");
        }
    };
    let dialogue = [("Run it?", "y"), ("begun", "y"), ("Run it?", "q")];
    at_a_terminal_with(&collection, "exec ask", &dialogue, release).exits(130);
    assert!(!collection.path("log").exists());
}

#[test]
fn to_quit_at_a_choice_is_to_quit() {
    let text = "# Ask\n\n```bash action id=a choose=x\necho a >> log\n```\n\n```bash action id=b choose=x\necho b >> log\n```\n\n```bash action id=c\necho c >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let dialogue = [
        ("[q]uit, [?]", "3"),
        ("a number from 1 to 2, or quit", "?"),
        ("take \"Ask\", and leave out the others", ""),
        ("stop here", "q"),
    ];
    at_a_terminal(&collection, "exec ask", &dialogue).exits(130);
    at_a_terminal(&collection, "exec --resume", &[("[q]uit, [?]", "2"), ("Run it?", "y"), ("Run it?", "y")]).exits(0);
    assert_eq!(collection.text("log"), "b\nc\n");
}

#[test]
fn a_person_is_shown_what_was_changed_since_the_run_began() {
    let collection = killed_in_the_second("");
    let text = collection.text("three.md").replace("echo \"three", "echo \"other");
    collection.write("three.md", &text);
    at_a_terminal(&collection, "exec --resume", &[("step `three` was changed", "q")]).exits(130);
    let dialogue = [("Go on with the text", "g"), ("may or may not", "d"), ("Run it?", "y")];
    at_a_terminal(&collection, "exec --resume", &dialogue).exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\nother kept\n");
}

#[test]
fn a_dry_run_and_another_runbook_are_not_resumed() {
    let collection = Collection::empty().with("one.md", "# One\n\n```bash action id=one\necho one >> log\n```\n");
    collection.run("exec one --yes --dry-run server").done();
    let run = collection.run_id();
    collection.run("exec --yes --resume").arg(&run).done().exits(2);
    let collection = killed_in_the_second("").with("other.md", "# Other\n\n```bash action\ntrue\n```\n");
    let run = collection.run_id();
    collection.run("exec other --yes --resume").arg(&run).done().exits(2).says("not of `other`");
}

#[test]
fn a_person_is_asked_for_a_missing_value_and_a_secret_is_not_echoed() {
    let text = "---\nparams:\n  - {name: WHO, help: who asks}\n  - {name: TOKEN, secret: true}\n---\n\n# Ask\n\n```bash action id=one\necho \"$WHO ${#TOKEN}\" >> log\n```\n";
    let collection = Collection::empty().with("ask.md", text);
    let dialogue = [("WHO = ", "me"), ("TOKEN = ", "hunter2hunter2"), ("Run it?", "y")];
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
