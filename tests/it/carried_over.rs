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

/// A value that is captured only where `HERE` is given, and what comes after it.
fn capturing(after: &str) -> Collection {
    let head = "---\nparams: [{name: HERE, default: \"\"}]\n---\n\n# Page\n\n\
                ```bash check id=finds when='params.HERE != \"\"' capture=FOUND\necho found\n```\n\n";
    let looks = "---\nparams: [{name: NAME}]\n---\n\n```bash check\necho \"looks $NAME\" >> log\n```\n";
    Collection::empty().with("page.md", &format!("{head}{after}")).with("checks/looks.md", looks)
}

const ACTS: &str = "```bash action id=acts\necho \"acts $FOUND\" >> log\n```\n";

#[test]
fn an_action_never_runs_without_a_value_that_was_not_captured() {
    let collection = capturing(ACTS);
    let done = collection.run("exec page --yes").done().exits(2);
    let done = done.says("stopped at `acts`: `FOUND` has no value: `finds` did not capture it");
    assert!(done.stderr.contains("was not run") && !done.stderr.contains("in part"), "{done}");
    assert_eq!(collection.text_so_far("log"), "");
    collection.run("exec page --yes --param HERE=yes").done().exits(0);
    assert_eq!(collection.text("log"), "acts found\n");
    // Nor where the run begins behind what captures it.
    collection.run("exec page --yes --param HERE=yes --from acts").done().exits(2).says("`FOUND` has no value");
    assert_eq!(collection.text("log"), "acts found\n");
}

#[test]
fn an_action_that_says_what_to_take_instead_or_has_the_value_from_elsewhere_runs() {
    let default = capturing("```bash action\necho \"acts ${FOUND:-nothing}\" >> log\n```\n");
    default.run("exec page --yes").done().exits(0);
    assert_eq!(default.text("log"), "acts nothing\n");
    let set = capturing(&format!("```bash action id=sets\nFOUND=set\n```\n\n{ACTS}"));
    set.run("exec page --yes").done().exits(0);
    assert_eq!(set.text("log"), "acts set\n");
    let given = capturing(ACTS);
    given.run("exec page --yes").env("FOUND", "given").done().exits(0);
    assert_eq!(given.text("log"), "acts given\n");
}

#[test]
fn a_way_back_never_runs_without_a_value_that_was_not_captured() {
    let fails = "```bash action id=acts\necho acts >> log\n```\n\n```bash action id=back undo=acts\necho \"back $FOUND\" >> log\n```\n\n\
                 ```bash check id=holds\ntest -e never\n```\n";
    let collection = capturing(fails);
    collection.run("exec page --yes").done().exits(2).says("`FOUND` has no value");
    assert_eq!(collection.text("log"), "acts\n");
}

#[test]
fn a_fragment_is_handed_no_text_in_the_place_of_a_value() {
    let looks = |name: &str| capturing(&format!("```check use=looks id=looks\nNAME: ${{{name}}}\n```\n"));
    let outcome = |collection: &Collection, words: &str, exit: i32| {
        let result = collection.run(words).json(exit);
        let steps = &result["runbooks"][0]["steps"];
        (steps[1]["outcome"].clone(), steps[1]["reason"].clone())
    };
    let collection = looks("FOUND");
    let (skipped, why) = outcome(&collection, "verify page --format json", 0);
    assert_eq!(skipped, "skipped");
    assert_eq!(why, "`FOUND` has no value: `finds` did not capture it; `--param FOUND=…` gives one");
    let (passed, _) = outcome(&collection, "verify page --format json --param HERE=yes", 0);
    assert_eq!(passed, "passed");
    assert_eq!(collection.text("log"), "looks found\n");
    // One that nobody captures is a mistake.
    let (errored, why) = outcome(&looks("NOWHERE"), "verify page --format json", 2);
    assert_eq!((errored, why), ("errored".into(), "`NOWHERE` has no value; `--param NOWHERE=…` gives one".into()));
}

#[test]
fn what_an_action_has_done_is_not_believed_where_its_check_cannot_look() {
    let text = "```bash action id=acts verify=looks\necho acts >> log\n```\n\n```check use=looks id=looks\nNAME: ${FOUND}\n```\n";
    let collection = capturing(text);
    collection.run("exec page --yes").done().exits(2).says("stopped at `looks`: `FOUND` has no value");
    assert_eq!(collection.text("log"), "acts\n");
}

#[test]
fn what_a_fragment_declares_a_secret_is_shown_nowhere_and_what_does_not_fit_is_not_run() {
    let front = "---\nparams: [{name: GIVEN, env: GIVEN}, {name: MADE, default: \"of-${GIVEN}\"}, {name: COUNT, default: \"3\"}]\n---\n\n# Page\n\n";
    let uses = "```check use=looks id=looks\nKEY: ${GIVEN}\nCOUNT: ${COUNT}\n```\n";
    let looks = "---\nparams: [{name: KEY, secret: true}, {name: COUNT, type: int}]\n---\n\n\
                 ```bash check\necho \"the key is $KEY\"\n```\n";
    let collection = Collection::empty().with("page.md", &format!("{front}{uses}")).with("checks/looks.md", looks);
    let run = |words: &str| collection.run(&format!("exec page --yes {words}")).env("GIVEN", "hunter2hunter2").done();
    let done = run("").exits(0).says("the key is [redacted]");
    assert!(!done.stderr.contains("hunter2"), "{done}");
    let settled = collection.journal().into_iter().find(|line| line["event"] == "values-settled");
    assert_eq!(settled.expect("they are on record")["secrets"], serde_json::json!(["GIVEN", "MADE"]));
    run("--param COUNT=many").exits(2).says("stopped at `looks`: the value of `COUNT` is not a whole number");
    let short = collection.run("exec page --yes").env("GIVEN", "abc").done().exits(2);
    short.says("the value of `KEY` is shorter than 4 characters");
}

#[test]
fn a_fragment_is_handed_the_text_that_stands_in_for_a_value_and_its_defaults_take_its_own_params() {
    let uses = "```check use=looks id=looks\nNAME: ${FOUND:-nothing}\n```\n";
    let looks = "---\nparams: [{name: NAME}, {name: HOST, default: \"h-${NAME}\"}]\n---\n\n\
                 ```bash check\necho \"$NAME $HOST\" >> log\n```\n";
    let front = "---\nparams: [{name: HERE, default: \"\"}, {name: NAME, default: of-the-page}]\n---\n\n# Page\n\n";
    let finds = "```bash check id=finds when='params.HERE != \"\"' capture=FOUND\necho found\n```\n\n";
    let collection =
        Collection::empty().with("page.md", &format!("{front}{finds}{uses}")).with("checks/looks.md", looks);
    collection.run("exec page --yes").done().exits(0);
    collection.run("exec page --yes --param HERE=yes").done().exits(0);
    assert_eq!(collection.text("log"), "nothing h-nothing\nfound h-found\n");
}

#[test]
fn what_is_taken_back_is_what_was_done() {
    let looks = "```bash check id=counts capture=PODS\ncat pods\n```\n\n";
    let acts = "```bash action id=grows requires=counts verify=counts\necho 6 > pods\n```\n\n\
                ```bash action id=shrinks undo=grows\necho \"$PODS\" > pods; echo \"back to $PODS\" >> log\n```\n\n\
                ```bash check id=holds\ntest -e never\n```\n";
    let collection = Collection::empty().with("page.md", &format!("# Page\n\n{looks}{acts}")).with("pods", "3\n");
    collection.run("exec page --yes").done().exits(1);
    assert_eq!((collection.text("log"), collection.text("pods")), ("back to 3\n".into(), "3\n".into()));
}

#[test]
fn what_is_taken_back_in_a_resumed_run_is_what_was_done() {
    let acts = "---\nparams: [{name: NAME, default: web}]\n---\n\n# Page\n\n\
                ```bash action id=one\necho \"up $NAME\" >> log\n```\n\n\
                ```bash action id=un-one undo=one\necho \"down $NAME\" >> log\n```\n\n\
                ```bash check id=waits\ntouch begun; while test -e hold; do sleep 0.02; done; test -e never\n```\n";
    let collection = Collection::empty().with("page.md", acts).with("hold", "");
    let run = collection.run("exec page --yes").start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "nothing began");
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    collection.run("exec --resume --yes --param NAME=other").done().exits(1);
    assert_eq!(collection.text("log"), "up web\ndown web\n");
}

#[test]
fn a_secret_too_short_to_be_kept_out_of_the_output_is_not_captured() {
    let text = "# Page\n\n```bash action id=makes capture=DB_PASSWORD\necho q7z\n```\n\n\
                ```bash action id=uses\necho \"with $DB_PASSWORD\" >> log\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let done = collection.run("exec page --yes").done().exits(2).says("a secret shorter than 4 characters");
    assert!(!done.stderr.contains("q7z") && !done.stdout.contains("q7z"), "{done}");
    let run = collection.run_id();
    let journal = collection.text(&format!(".runbooks/runs/{run}/journal.ndjson"));
    assert!(
        journal.contains("step-finished") && !journal.contains("q7z\\n") && !journal.contains("\"q7z"),
        "{journal}"
    );
    assert_eq!(collection.text_so_far("log"), "");
}

#[test]
fn what_was_taken_back_is_done_again_and_said_to_be() {
    let text = "# Page\n\n```bash action id=one\necho up >> log\n```\n\n\
                ```bash action id=un-one undo=one\necho down >> log\n```\n\n\
                ```bash check id=waits\ntouch begun; while test -e hold; do sleep 0.02; done\n```\n";
    let collection = Collection::empty().with("page.md", text).with("hold", "");
    let run = collection.run("exec page --yes").start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "nothing began");
    run.signal(rustix::process::Signal::INT);
    run.done(PATIENCE).exits(130);
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    let done = collection.run("exec --resume --yes").done().exits(0);
    assert_eq!(collection.text("log"), "up\ndown\nup\n");
    assert!(!done.stderr.contains("done before") && !done.stderr.contains("  taken back"), "{done}");
    assert!(done.stderr.contains("done        "), "{done}");
}
