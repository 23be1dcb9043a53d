//! What blocks hand on to the blocks behind them, also when the run died in between.

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};

/// A first block that sets things, one in which the run dies, and a third that looks at them.
fn three(language: &str, sets: &str, looks: &str) -> Collection {
    let text = format!(
        "# Three

```{language} action id=sets
{sets}
```

```bash action id=dies dir=.
echo dies >> log
while test -e hold; do sleep 0.02; done
```

```{language} check id=looks
{looks}
```
"
    );
    Collection::empty().with("three.md", &text).with("deep/file", "")
}

/// Carries out all three in one go, and again with a death in the middle; both find the same.
#[track_caller]
fn is_carried(language: &str, sets: &str, looks: &str) {
    three(language, sets, looks).run("exec three --yes").done().exits(0);
    let collection = three(language, sets, looks).with("hold", "");
    let run = collection.run("exec three --yes").start();
    assert!(holds_within(PATIENCE, || !collection.text_so_far("log").is_empty()), "the second block begins");
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec --resume --yes --in-flight done").done().exits(0);
}

#[test]
fn variables_exported_or_not_are_carried() {
    let looks = "test \"$PLAIN\" = \"a b\" && test \"$SHARED\" = \"it's\" && env | grep -q '^SHARED=' && ! env | grep -q '^PLAIN='";
    for language in ["bash", "sh"] {
        is_carried(language, "PLAIN='a b'\nexport SHARED=\"it's\"", looks);
    }
}

#[test]
fn a_variable_with_lines_and_quotes_is_carried() {
    for language in ["bash", "sh"] {
        is_carried(language, "TEXT='one\n\"two\"  $three\n'", "test \"$TEXT\" = 'one\n\"two\"  $three\n'");
    }
}

#[test]
fn what_is_unset_stays_unset() {
    for language in ["bash", "sh"] {
        is_carried(language, "unset LANG\nGONE=x\nunset GONE", "test -z \"${LANG+x}\" && test -z \"${GONE+x}\"");
    }
}

#[test]
fn the_directory_is_carried() {
    for language in ["bash", "sh"] {
        is_carried(language, "cd deep", "test -e file");
    }
}

#[test]
fn arrays_integers_and_what_may_not_change_are_carried_in_bash() {
    let sets = "list=(one 'two three')\ndeclare -A map=([key]='a value')\ndeclare -i number=3\nreadonly fixed=x";
    let looks = "test \"${list[1]}\" = 'two three' && test \"${map[key]}\" = 'a value' && number+=4 && test $number = 7 && test $fixed = x";
    is_carried("bash", sets, looks);
}

#[test]
fn functions_and_aliases_are_carried_in_bash() {
    let sets = "greet() { echo \"hello $1\"; }\nexport -f greet\nshopt -s expand_aliases\nalias now='echo now'";
    is_carried("bash", sets, "test \"$(bash -c 'greet you')\" = 'hello you' && test \"$(now)\" = now");
}

#[test]
fn options_are_carried() {
    is_carried("bash", "set -u\nshopt -s nullglob", "[[ $- == *u* ]] && shopt -q nullglob");
    is_carried("bash", "set -x", "[[ $- == *x* ]]");
}

#[test]
fn a_background_job_lives_until_the_run_ends_and_no_longer() {
    let text = "# Job

```bash action id=begins
(while :; do echo x >> ticks; sleep 0.02; done) &
echo $! > job
```

```bash check id=lives within=30s every=20ms
test -d \"/proc/$(cat job)\" && test -s ticks
```
";
    let collection = Collection::empty().with("job.md", text);
    // `done` makes sure that nothing is left.
    collection.run("exec job --yes").done().exits(0);
}

#[test]
fn a_trap_of_a_block_runs_at_its_end_and_is_not_the_next_one_s() {
    let text = "# Trap

```bash action id=sets
trap 'echo ended >> log' EXIT
echo in >> log
```

```bash action id=next
echo next >> log
```
";
    let collection = Collection::empty().with("trap.md", text);
    collection.run("exec trap --yes").done().exits(0);
    assert_eq!(collection.text("log"), "in\nended\nnext\n");
}

#[test]
fn what_a_run_that_died_left_running_is_ended_and_told() {
    let text = "# Left

```bash action id=tunnel background ready=up
touch up
exec sleep 600
```

```bash check id=up within=30s every=20ms
test -e up
```

```bash action id=dies idempotent
echo dies >> log
while test -e hold; do sleep 0.02; done
```
";
    let collection = Collection::empty().with("left.md", text).with("hold", "");
    let run = collection.run("exec left --yes").start();
    assert!(holds_within(PATIENCE, || !collection.text_so_far("log").is_empty()), "the last action begins");
    run.kill_alone();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    let resumed = collection.run("exec --resume --yes").done().exits(0);
    resumed.says("had left something running; it is ended");
}

#[test]
fn another_start_ends_what_a_dead_run_left_and_leaves_a_living_one_alone() {
    let text = "# Left

```bash action id=stays
echo $$ > \"$NAME\"
while test -e hold; do sleep 0.02; done
```
";
    let other = "# Other\n\n```bash action id=other\ntrue\n```\n";
    let text = format!("---\nparams: [{{name: NAME}}]\n---\n\n{text}");
    let collection = Collection::empty().with("left.md", &text).with("again.md", &text).with("other.md", other);
    collection.write("hold", "");
    let begins = |name: &str| holds_within(PATIENCE, || !collection.text_so_far(name).is_empty());
    let dead = collection.run("exec left --yes --param NAME=dead").start();
    assert!(begins("dead"));
    let alive = collection.run("exec again --yes --param NAME=alive").start();
    assert!(begins("alive"));
    let id = collection.text("dead").trim().to_owned();
    dead.kill_alone();
    collection.run("exec other --yes").done().exits(0).says("had left something running");
    assert!(holds_within(PATIENCE, || !std::path::Path::new("/proc").join(&id).exists()));
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    alive.done(PATIENCE).exits(0);
}
