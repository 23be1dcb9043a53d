//! A run that died while it took back, or that knew a secret: what the next process of it does.

use crate::execution::begun;
use crate::harness::{Collection, Run};
use crate::process::{PATIENCE, holds_within};

/// Runs until `word` stands in the log, and ends the run as a power cut would.
fn killed_at(collection: &Collection, run: Run, word: &str) {
    let run = run.start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains(word)), "`{word}` is reached");
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
}

/// Two actions that can be taken back, and a check that fails. The undo of the second waits while `hold` is there.
fn failing(attributes_of_the_undo: &str) -> Collection {
    let text = format!(
        "# Fails

```bash action id=one
echo one >> log
```

```bash action id=undo-one undo=one
echo undo-one >> log
```

```bash action id=two
echo two >> log
```

```bash action id=undo-two undo=two {attributes_of_the_undo}
echo undo-two >> log
while test -e hold; do sleep 0.02; done
```

```bash check id=holds
test -e never
```
"
    );
    Collection::empty().with("fails.md", &text).with("hold", "")
}

#[test]
fn a_run_that_died_while_it_took_back_goes_on_taking_back() {
    let collection = failing("");
    killed_at(&collection, collection.run("exec fails --yes"), "undo-two");
    let stopped = collection.run("exec --resume --yes").done().exits(2);
    stopped.says("`undo-two` was in flight when the run died").says("--in-flight again");
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\n", "forward nothing went");
    collection.run("exec --resume --yes --in-flight done").done().exits(1).says("stopped at `holds`");
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\nundo-one\n");
    collection.run("exec --resume --yes").done().exits(2).says("nothing to resume");
}

#[test]
fn an_idempotent_undo_that_was_in_flight_is_run_again() {
    let collection = failing("idempotent");
    killed_at(&collection, collection.run("exec fails --yes"), "undo-two");
    collection.run("exec --resume --yes").done().exits(1);
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\nundo-two\nundo-one\n");
}

#[test]
fn an_undo_that_fails_leaves_the_run_open_and_what_is_older_alone() {
    let collection = failing("");
    collection.write(
        "fails.md",
        &collection.text("fails.md").replace("while test -e hold; do sleep 0.02; done", "test ! -e hold"),
    );
    collection.run("exec fails --yes").done().exits(1).says("not everything is taken back");
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\n");
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec --resume --yes --in-flight again").done().exits(1);
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\nundo-two\nundo-one\n");
}

/// Captures a secret in a `role`, and uses it behind an action that waits while `hold` is there.
fn with_a_token(role: &str) -> Collection {
    let text = format!(
        "# Token

```bash {role} id=login capture=TOKEN
echo login >> log
cat secret
```

```bash action id=waits
echo waits >> log
while test -e hold; do sleep 0.02; done
```

```bash action id=uses
echo \"uses ${{#TOKEN}}\" >> log
```
"
    );
    Collection::empty().with("token.md", &text).with("hold", "").with("secret", "hunter2hunter2\n")
}

#[test]
fn a_captured_secret_is_not_replaced_by_nothing() {
    let collection = with_a_token("action");
    killed_at(&collection, collection.run("exec token --yes"), "waits");
    let stopped = collection.run("exec --resume --yes --in-flight done").done().exits(2);
    stopped.says("`login` kept the secret `TOKEN`").says("RUNBOOKS_PARAM_TOKEN");
    assert_eq!(collection.text("log"), "login\nwaits\n");
    let resume = collection.run("exec --resume --yes --in-flight done");
    let done = resume.env("RUNBOOKS_PARAM_TOKEN", "hunter3hunter").done().exits(0);
    assert_eq!(collection.text("log"), "login\nwaits\nuses 13\n", "{done}");
    assert!(!format!("{:?}", collection.journal()).contains("hunter"));
}

#[test]
fn a_secret_that_a_check_captured_is_looked_at_again() {
    let collection = with_a_token("check");
    killed_at(&collection, collection.run("exec token --yes"), "waits");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
    assert_eq!(collection.text("log"), "login\nwaits\nlogin\nuses 14\n");
}

#[test]
fn a_secret_that_a_script_exported_is_not_replaced_by_nothing() {
    let collection = with_a_token("action");
    let text =
        collection.text("token.md").replace(" capture=TOKEN", "").replace("cat secret", "export TOKEN=$(cat secret)");
    collection.write("token.md", &text);
    killed_at(&collection, collection.run("exec token --yes"), "waits");
    collection.run("exec --resume --yes --in-flight done").done().exits(2).says("`login` kept the secret `TOKEN`");
}

#[test]
fn a_secret_that_nothing_uses_any_more_is_not_asked_for() {
    let collection = with_a_token("action");
    collection.write("token.md", &collection.text("token.md").replace("${#TOKEN}", "nothing"));
    killed_at(&collection, collection.run("exec token --yes"), "waits");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
}

#[test]
fn what_was_taken_back_done_again_and_killed_is_not_repeated() {
    let text = "# Again

```bash action id=one
echo one >> log
```

```bash action id=undo-one undo=one
echo undo-one >> log
```

```bash action id=two idempotent
echo two >> log
while test -e hold; do sleep 0.02; done
```
";
    let collection = Collection::empty().with("again.md", text).with("hold", "");
    let run = collection.run("exec again --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")), "the second action begins");
    run.signal(rustix::process::Signal::INT);
    run.done(PATIENCE).exits(130);
    assert_eq!(collection.text("log"), "one\ntwo\nundo-one\n");
    let again = collection.run("exec --resume --yes").start();
    let twice = || begun(&collection.journal()).iter().filter(|step| *step == "two").count() == 2;
    assert!(holds_within(PATIENCE, twice), "the second action begins again");
    again.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec --resume --yes").done().exits(0);
    let log = collection.text("log");
    assert_eq!(log.lines().filter(|line| *line == "one").count(), 2, "{log}");
    assert_eq!(log.lines().filter(|line| *line == "undo-one").count(), 1, "{log}");
}

#[test]
fn a_dry_run_is_not_resumed() {
    let text = "# One\n\n```bash action id=one\necho one >> log\n```\n";
    let collection = Collection::empty().with("one.md", text);
    collection.run("exec one --yes --dry-run server").done();
    let run = collection.run_id();
    collection.run("exec --yes --resume").arg(&run).done().exits(2).says("was a dry run");
    collection.run("exec --yes --resume").done().exits(2).says("nothing to resume");
    assert!(!collection.path("log").exists());
}

/// Cuts the last lines of a journal, as if the process had died before them.
fn died_before(collection: &Collection, event: &str) {
    let run = collection.run_id();
    let path = collection.path(".runbooks/runs").join(run).join("journal.ndjson");
    let text = std::fs::read_to_string(&path).expect("a journal is text");
    let lines: Vec<_> = text.lines().collect();
    let at = lines.iter().rposition(|line| line.contains(&format!("\"event\":\"{event}\""))).expect("it is there");
    std::fs::write(&path, lines[..at].join("\n") + "\n").expect("a journal can be written");
}

#[test]
fn a_run_that_was_stopped_and_taken_back_does_not_begin_again() {
    let collection = failing("");
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec fails --yes").done().exits(1);
    died_before(&collection, "runbook-finished");
    collection.run("exec --resume --yes").done().exits(2).says("nothing to resume");
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\nundo-one\n");
}

#[test]
fn a_run_that_died_between_its_failure_and_taking_back_takes_back() {
    let collection = failing("");
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec fails --yes").done().exits(1);
    died_before(&collection, "taking-back");
    collection.write("log", "one\ntwo\n");
    collection.write("never", "what had failed would pass now");
    collection.run("exec --resume --yes").done().exits(1).says("taking back `two` with `undo-two`");
    assert_eq!(collection.text("log"), "one\ntwo\nundo-two\nundo-one\n");
    collection.run("exec --resume --yes").done().exits(2).says("nothing to resume");
}

#[test]
fn an_action_whose_second_half_was_not_there_is_not_run_again_unasked() {
    let text = "# Half\n\n```bash action id=half\necho half >> log\n./not-there.sh\n```\n";
    let collection = Collection::empty().with("half.md", text);
    collection.run("exec half --yes --despite-drift").done().exits(1);
    died_before(&collection, "stopped");
    let resumed = collection.run("exec --resume --yes --despite-drift").done().exits(2);
    resumed.says("`half` ended drifted").says("--in-flight");
    assert_eq!(collection.text("log"), "half\n");
}

#[test]
fn a_block_that_got_another_name_because_one_was_put_before_it_is_told_to_be_done() {
    let text = "# Names\n\n```bash action\necho first >> log\n```\n\n```bash action id=waits\necho waits >> log\nwhile test -e hold; do sleep 0.02; done\n```\n";
    let collection = Collection::empty().with("names.md", text).with("hold", "");
    killed_at(&collection, collection.run("exec names --yes"), "waits");
    let before = "# Names\n\n```bash action\necho new >> log\n```\n";
    collection.write("names.md", &text.replace("# Names\n", before));
    let stopped = collection.run("exec --resume --yes --in-flight done").done().exits(2).says("--accept-changes");
    stopped.says("was added; its block is that of `names`, which was done");
    assert_eq!(collection.text("log"), "first\nwaits\n");
}

#[test]
fn a_run_goes_on_only_where_it_began() {
    let settings = "[target.a]\nnamespace = 'one'\n";
    let collection = with_a_token("check").with("runbooks.toml", settings);
    killed_at(&collection, collection.run("exec token --yes"), "waits");
    let resume = "exec --resume --yes --in-flight done";
    let stopped = collection.run(&format!("{resume} --namespace two")).done().exits(2);
    stopped.says("namespace `one`, and would go on with").says("namespace `two`");
    collection.write("runbooks.toml", &settings.replace("one", "two"));
    collection.run(resume).done().exits(0);
    assert!(
        collection.journal().iter().filter(|line| line["event"] == "run-started").all(|it| it["namespace"] == "one")
    );
}
