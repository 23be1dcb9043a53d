//! Every screen of `exec`, as a person sees it at 80 columns and 24 rows, and what they type.

use std::fs;

use crate::cluster::Cluster;
use crate::harness::Collection;
use crate::locks::foreign_lock;
use crate::process::{PATIENCE, holds_within};
use crate::terminal::{CONTROL_C, Terminal};

/// A page with a bit of everything.
const PAGE: &str = r#"---
title: Move the users to the other colour
duration: 10m
params:
  - {name: COLOR, type: enum, choices: [blue, green], help: Colour that serves the users from now on}
  - {name: REPLICAS, type: int, default: "3", help: Pods that serve them}
---

# Move the users to the other colour

Do this when the new release has been **ready** for a while.

## 1. Look

Is anything else going on? The table says what `QUIET` means; see the
[calendar](https://calendar.example/changes) too.

| word | means |
| --- | --- |
| quiet | nobody is working on it |

```bash check id=quiet title="Nothing else is going on"
echo "all quiet"
```

- [ ] The team knows
  - in [#ops](https://chat.example/ops), not by mail
  - with the release and the time

## 2. Move them

```bash action id=move title="Move the users" risk=high verify=moved
echo "$COLOR" > live
echo "moving to $COLOR"
```

```bash check id=moved title="The users are there"
grep -q "$COLOR" live
```

```bash action id=move-back undo=move title="Move the users back" risk=low
rm live
```

## 3. Tell

```bash action id=mail title="Write a mail" choose=how risk=low
echo mail >> told
```

```bash action id=chat title="Write to the channel" choose=how risk=low
echo chat >> told
```

```bash action id=last title="Clean up" confirm="Nobody is on the old colour any more. Go on?"
exit 3
```
"#;

fn page() -> Collection {
    Collection::empty().with("page.md", PAGE)
}

#[test]
fn a_whole_run_with_the_keyboard_alone() {
    let collection = page();
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("COLOR =").is("missing-params").answers("red").asks("COLOR =").answers("green");
    terminal.asks("[?]:").is("an-item").answers("d told in #ops at 3:04");
    terminal.asks("[?]:").is("an-action").answers("what");
    terminal.shows("please type one of").asks("[?]:").answers("?");
    terminal.shows("stop here").asks("[?]:").is("help").answers("e");
    terminal.asks("nothing:").is("edit-params").answers("REPLICAS");
    terminal.asks("REPLICAS =").answers("many").shows("a whole number");
    terminal.asks("nothing:").answers("REPLICAS").asks("REPLICAS =").answers("5");
    terminal.asks("[?]:").answers("y");
    terminal.asks("[?]:").is("a-menu").answers("7").shows("a number from 1 to 2, or quit").asks("[?]:").answers("?");
    terminal.shows("stop here").asks("[?]:").is("help-at-a-menu").answers("2");
    terminal.shows("Write to the channel (chat)").asks("[?]:").answers("y");
    terminal.shows("Nobody is on the old").asks("[?]:").is("an-action-with-more-to-choose").answers("y");
    terminal.shows("Take back").asks("[?]:").is("a-failure-offers-undo").answers("y");
    terminal.ends(1, "the-end-of-a-failure");
    assert!(!collection.path("live").exists());
    assert_eq!(collection.text("told"), "chat\n");
    let answered = collection.journal().into_iter().find(|line| line["event"] == "item-answered").expect("an answer");
    assert_eq!((answered["answer"].as_str(), answered["note"].as_str()), (Some("done"), Some("told in #ops at 3:04")));
    let export = fs::read_dir(collection.path(".runbooks/runs")).expect("runs").flatten().next().expect("a run");
    let id = export.file_name().to_string_lossy().into_owned();
    collection.run(&format!("runs export {id} --format markdown")).done().exits(0).prints("ops at 3:04");
}

#[test]
fn a_whole_run_in_line_mode() {
    let collection = page();
    let mut terminal = Terminal::start_at(&collection, "exec page --param COLOR=green", (80, 24), "dumb", |run| run);
    terminal.asks("[?]:").is("lines-an-item").answers("d");
    terminal.asks("[?]:").is("lines-an-action").answers("y");
    terminal.asks("[q]uit, [?]:").answers("1");
    terminal.shows("Write a mail (mail)").asks("[?]:").answers("y");
    terminal.shows("Nobody is on the old").asks("[?]:").answers("s");
    let (done, written) = terminal.ends_with("lines-the-end");
    done.exits(0);
    let moves: Vec<_> = written.match_indices('\r').filter(|(at, _)| !written[at + 1..].starts_with('\n')).collect();
    assert!(!written.contains('\x1b') && moves.is_empty(), "nothing moves: {written:?}");
}

#[test]
fn the_plan_says_what_stands_in_the_way_first() {
    let text =
        PAGE.replace("---\n\n# Move", "requires:\n  tools: [no-such-tool]\n  env: [NO_SUCH_VARIABLE]\n---\n\n# Move");
    let collection = Collection::empty().with("page.md", &text);
    let terminal = Terminal::start(&collection, "exec page --plan --param COLOR=green");
    terminal.ends(2, "the-plan");
}

#[test]
fn objects_are_shown_as_they_are_now_and_as_they_would_be() {
    let cluster = Cluster::shared();
    cluster.namespace("screens");
    cluster.kubectl(&["-n", "screens", "create", "deployment", "api", "--image=registry.local/shop/api:1.4.2"]);
    cluster.kubectl(&["-n", "screens", "create", "configmap", "settings", "--from-literal=SIZE=4"]);
    cluster.kubectl(&["-n", "screens", "create", "secret", "generic", "key", "--from-literal=KEY=hunter2hunter2"]);
    cluster.kubectl(&["-n", "screens", "rollout", "status", "deployment", "api"]);
    let text = "# Resize\n\n```bash action id=resize\nkubectl patch configmap settings --type merge -p '{\"data\":{\"SIZE\":\"8\"}}'\nkubectl rollout restart deployment/api\nkubectl label secret key used=yes\n```\n";
    let collection = Collection::empty().with("page.md", text);
    fs::create_dir_all(collection.home().join(".kube")).expect("a folder for a test");
    fs::copy(cluster.kubeconfig(), collection.home().join(".kube/config")).expect("a kubeconfig");
    let mut terminal = Terminal::start(&collection, "exec page --namespace screens");
    terminal.asks("[?]:").is("objects-as-they-are").answers("d");
    terminal.shows("nothing was changed").asks("[?]:");
    let shown = terminal.written().to_owned();
    for line in ["would PATCH configmaps \"settings\"", "-    \"SIZE\": \"4\"", "+    \"SIZE\": \"8\""] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
    terminal.answers("q");
    terminal.ends(130, "stopped-by-a-person");
    let text = "# Grow\n\n```bash action id=grow\nkubectl patch configmap settings --type merge -p '{\"data\":{\"SIZE\":\"8\"}}'\n```\n";
    collection.write("grow.md", text);
    let mut terminal = Terminal::start(&collection, "exec grow --namespace screens");
    terminal.asks("[?]:").answers("d").shows("nothing was changed").asks("[?]:").is("a-dry-run").answers("q");
    terminal.done().0.exits(130);
    assert_eq!(cluster.kubectl(&["-n", "screens", "get", "configmap", "settings", "-o", "jsonpath={.data.SIZE}"]), "4");
}

#[test]
fn a_countdown_and_the_live_state_of_a_check() {
    let text = "# Wait\n\n```bash check id=comes title=\"The answer comes\" within=80s every=1s\ntest -e there || { echo nothing yet; false; }\n```\n\n```bash check id=holds title=\"It stays\" for=80s every=1s\ntest -e gone && exit 1 || true\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.shows("not yet").is("a-check-that-waits");
    collection.write("there", "");
    terminal.shows("It stays: holds; ").is("a-countdown");
    collection.write("gone", "");
    terminal.ends(1, "a-window-that-breaks");
}

#[test]
fn output_is_shown_as_it_comes_and_bounded() {
    let text = "# Flood\n\n```bash action id=flood\nfor i in $(seq 5000); do echo \"line $i\"; done\nuntil [ -e go ]; do sleep 0.05; done\n```\n\n```bash action id=next\ntrue\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start_at(&collection, "exec page", (80, 24), "xterm-256color", |run| {
        run.env("PAGER", "head -n 5003")
    });
    terminal.asks("[?]:").answers("y");
    terminal.shows("5000 lines: line 5000").is("live-output");
    collection.write("go", "");
    terminal.shows("(next)").asks("[?]:").is("the-end-of-a-long-output").answers("o");
    terminal.shows("line 5000").asks("[?]:").answers("q");
    terminal.ends(130, "after-a-pager");
}

#[test]
fn nothing_that_a_program_prints_moves_the_cursor_or_breaks_a_line() {
    let text = "# Odd\n\n```bash check id=odd\nprintf '\\033[2J\\033[Hred \\033[1;31mtext\\033[0m \\033]0;title\\007\\n'\nprintf ' 10%%\\r 50%%\\r100%%\\n'\nprintf 'a\\tb\\n'\nprintf '日本語 wide\\n'\nprintf '%0300d\\n' 1\nprintf '\\001\\002\\003\\377\\376\\000\\n'\nprintf 'bell \\007 and no end'\n```\n\n```bash action id=next\ntrue\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").is("odd-output").answers("q");
    let (done, written) = terminal.done();
    done.exits(130);
    for odd in ["\x1b[2J", "\x1b[1;31m", "\x1b]0;", "\x07"] {
        assert!(!written.contains(odd), "{odd:?}: {written:?}");
    }
}

#[test]
fn a_terminal_of_forty_columns_is_enough() {
    let collection = page();
    let mut terminal =
        Terminal::start_at(&collection, "exec page --param COLOR=green", (40, 24), "xterm-256color", |run| run);
    terminal.asks("[?]:").is("narrow-an-item").answers("d").shows("risk high").asks("[?]:").is("narrow-an-action");
    terminal.answers("q");
    terminal.ends(130, "narrow-the-end");
}

#[test]
fn a_window_that_changes_its_size_breaks_nothing() {
    let text = "# Wait\n\n```bash check id=comes title=\"The answer comes, whatever becomes of the window meanwhile\" within=80s every=1s\ntest -e there || { echo nothing yet; false; }\n```\n\n```bash action id=next\ntrue\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.shows("not yet").resizes(40, 12);
    collection.write("there", "");
    terminal.shows("(next)").asks("[?]:").resizes(100, 30).answers("y");
    terminal.done().0.exits(0);
}

#[test]
fn a_step_that_needs_a_person_is_lent_the_terminal() {
    let text = "# Ask\n\n```bash action id=ask\nread -r -p 'Which pod? ' POD\necho \"pod $POD\" > answer\n```\n\n```bash action id=session\nbash\n```\n\n```bash action id=hangs\nread -r -p 'Press Ctrl-C: ' X\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").asks("Which pod?").answers("api-3");
    terminal.asks("[?]:").answers("y").asks("#");
    terminal.answers("tty -s && test -t 1 && echo sits at it > session; exit");
    terminal.shows("(hangs)").asks("[?]:").answers("y").asks("Press Ctrl-C:").is("a-step-that-asks").types(CONTROL_C);
    terminal.ends(1, "control-c-for-a-step");
    assert_eq!(
        (collection.text("answer").as_str(), collection.text("session").as_str()),
        ("pod api-3\n", "sits at it\n")
    );
}

#[test]
fn undo_at_the_prompt_takes_back_what_was_done_so_far() {
    let text = "# Two\n\n```bash action id=one title=\"Do one\"\necho one > one\n```\n\n```bash action id=no-one undo=one title=\"Take one away\"\nrm one\n```\n\n```bash action id=two title=\"Do two\"\ntrue\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[q]uit, [?]:").answers("u").shows("please type one of").asks("[?]:").answers("y");
    terminal.shows("(two)").asks("[?]:").answers("u").shows("Take back").asks("[?]:").is("undo").answers("y");
    terminal.ends(130, "taken-back");
    assert!(!collection.path("one").exists());
    let exported = collection.run("runs export --format json").arg(collection.run_id()).json(0);
    assert_eq!(exported["ending"], "taken back");
}

/// Two actions, the first of which can be taken back, and the second in the middle of something.
const INTERRUPTIBLE: &str = "# Two\n\n```bash action id=one title=\"Do one\"\necho one > one\n```\n\n```bash action id=no-one undo=one title=\"Take one away\"\nrm one\n```\n\n```bash action id=two title=\"Do two\"\nSOMETHING\n```\n";

#[test]
fn control_c_leaves_nothing_behind_and_offers_undo_wherever_it_comes() {
    for (name, something, sign) in [
        ("silent", ": > begun; sleep 600", "begun"),
        ("flood", ": > begun; seq 1000000000", "begun"),
        ("stubborn", "trap '' INT TERM; : > begun; sleep 600 & sleep 600", "begun"),
    ] {
        let collection = Collection::empty().with("page.md", &INTERRUPTIBLE.replace("SOMETHING", something));
        let mut terminal = Terminal::start(&collection, "exec page");
        terminal.asks("[?]:").answers("y").shows("(two)").asks("[?]:").answers("y");
        assert!(holds_within(PATIENCE, || collection.path(sign).exists()), "{name} never began");
        terminal.types(CONTROL_C).shows("Take back").asks("[?]:");
        if name == "silent" {
            terminal.is("interrupted");
        }
        terminal.answers("y");
        // `done` makes sure that no process is left and that the terminal is as it was.
        terminal.done().0.exits(130);
        assert!(!collection.path("one").exists(), "{name}");
    }
}

#[test]
fn control_c_at_a_question_offers_undo_and_at_that_declines_nothing() {
    let collection = Collection::empty().with("page.md", &INTERRUPTIBLE.replace("SOMETHING", "true"));
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").shows("(two)").asks("[?]:").types(CONTROL_C);
    terminal.shows("Take back").asks("[?]:").types(CONTROL_C);
    terminal.ends(130, "control-c-twice");
    assert!(collection.path("one").exists());
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.shows("Take back").asks("[?]:").answers("y");
    terminal.done().0.exits(130);
    assert!(!collection.path("one").exists());
}

#[test]
fn a_run_that_died_asks_about_what_was_in_flight_and_about_a_changed_text() {
    let text = INTERRUPTIBLE.replace("SOMETHING", ": > begun; sleep 600");
    let collection = Collection::empty().with("page.md", &text);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").shows("(two)").asks("[?]:").answers("y");
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "it never began");
    terminal.kills();
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.shows("may or may not").asks("[?]:").is("in-flight").answers("q");
    terminal.shows("Take back").asks("[?]:").answers("n");
    terminal.done().0.exits(130);
    collection.write("page.md", &text.replace("sleep 600", "sleep 601"));
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.shows("The text was changed").asks("[?]:").is("a-changed-text").answers("q");
    terminal.done().0.exits(130);
}

#[test]
fn a_held_lock_names_its_holder() {
    let collection = Collection::empty().with("page.md", "# One\n\n```bash action id=one\ntrue\n```\n");
    let mut first = Terminal::start(&collection, "exec page");
    first.asks("[?]:");
    let done = collection.run("exec page --yes").done().exits(2);
    assert!(done.stderr.contains("is being carried out on") && done.stderr.contains("mara@desk"), "{done}");
    first.answers("y");
    first.done().0.exits(0);
    let waits = "# One\n\n```bash action id=one\n: > begun\nwhile test -e hold; do sleep 0.02; done\n```\n";
    collection.write("page.md", waits);
    collection.write("hold", "");
    let first = collection.run("exec page --yes").start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "it never began");
    Terminal::start(&collection, "exec page").ends(2, "a-held-lock");
    fs::remove_file(collection.path("hold")).expect("it was there");
    first.done(PATIENCE).exits(0);
}

#[test]
fn a_lock_that_is_not_renewed_is_taken_over_by_a_person() {
    let cluster = Cluster::shared();
    cluster.namespace("screens-lock");
    let collection = Collection::empty().with("page.md", "# One\n\n```bash action id=one\ntrue\n```\n");
    fs::create_dir_all(collection.home().join(".kube")).expect("a folder for a test");
    fs::copy(cluster.kubeconfig(), collection.home().join(".kube/config")).expect("a kubeconfig");
    let mut first = Terminal::start(&collection, "exec page --namespace screens-lock");
    first.asks("[?]:");
    let lease = cluster.kubectl(&["get", "leases", "-n", "screens-lock", "-o", "name"]);
    first.kills();
    foreign_lock("screens-lock", lease.trim_start_matches("lease.coordination.k8s.io/"), "2026-11-21T10:00:00.000000Z");
    let mut terminal = Terminal::start(&collection, "exec page --namespace screens-lock");
    terminal
        .shows("does not renew")
        .asks("[?]:")
        .is("a-stale-lock")
        .answers("t")
        .shows("(one)")
        .asks("[?]:")
        .answers("q");
    terminal.done().0.exits(130);
    assert_eq!(cluster.kubectl(&["get", "leases", "-n", "screens-lock", "-o", "name"]), "");
}

#[test]
fn a_protected_target_wants_its_name() {
    let collection = Collection::empty()
        .with("page.md", "# One\n\n```bash action id=one\ntrue\n```\n")
        .with("runbooks.toml", "[target.production]\nprotected = true\n");
    let mut terminal = Terminal::start(&collection, "exec page --target production --force-uncommitted");
    terminal.shows("is protected").asks("to quit:").is("a-protected-target").answers("production");
    terminal.asks("[?]:").answers("q");
    terminal.done().0.exits(130);
}
