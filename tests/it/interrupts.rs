//! Ctrl-C in the middle of what takes its time: no process is left, the journal is whole, the lock is gone, and the run can
//! be gone on with.

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};
use crate::terminal::{CONTROL_C, Terminal};

/// An action that can be taken back, and something behind it that takes its time.
const ONE: &str = "# Page

```bash action id=one
: > one
```

```bash action id=no-one undo=one
TAKE_BACK
rm one
```

";

fn page(take_back: &str, rest: &str) -> Collection {
    Collection::empty().with("page.md", &(ONE.replace("TAKE_BACK", take_back) + rest))
}

/// Makes sure that the run is on record as a whole, and that nobody holds its lock.
fn is_in_order(collection: &Collection) {
    collection.run("runs show").arg(collection.run_id()).done().exits(0);
    // Who holds the lock is told before anything is resumed.
    let done = collection.run("exec --resume --yes --in-flight skip").done();
    assert!(!done.stderr.contains("is being carried out") && done.code != Some(130), "{done}");
}

#[test]
fn in_a_for_window() {
    let collection = page(":", "```bash check id=stays for=80s every=1s\ntest ! -e gone\n```\n");
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").shows("holds; ").types(CONTROL_C);
    terminal.shows("Take back").asks("[?]:").is("interrupted-in-a-window").answers("n");
    // `done` makes sure that no process is left.
    terminal.done().0.exits(130);
    assert!(collection.path("one").exists());
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.shows("holds; ").types(CONTROL_C).shows("Take back").asks("[?]:").answers("y");
    terminal.done().0.exits(130);
    assert!(!collection.path("one").exists(), "what was declined once can be taken back later");
    collection.write("gone", "");
    is_in_order(&collection);
}

#[test]
fn while_something_runs_in_the_background() {
    let rest = "```bash action id=forward background ready=up\n: > forwards; sleep 600 & sleep 600\n```\n\n```bash check id=up within=80s every=1s\ntest -e up\n```\n\n```bash action id=last\ntrue\n```\n";
    let collection = page(":", rest);
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").shows("(forward)").asks("[?]:").answers("y").shows("not yet").types(CONTROL_C);
    terminal.shows("Take back").asks("[?]:").answers("n");
    terminal.done().0.exits(130);
    collection.write("up", "");
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.asks("[?]:").answers("y").shows("(last)").asks("[?]:").types(CONTROL_C);
    terminal.shows("Take back").asks("[?]:").answers("y");
    terminal.done().0.exits(130);
    assert!(!collection.path("one").exists());
    is_in_order(&collection);
}

#[test]
fn in_an_undo() {
    let collection = page(": > undoing; while test -e hold; do sleep 0.1; done", "```bash action id=last\ntrue\n```\n");
    collection.write("hold", "");
    let mut terminal = Terminal::start(&collection, "exec page");
    terminal.asks("[?]:").answers("y").shows("(last)").asks("[?]:").answers("u");
    terminal.shows("Take back").asks("[?]:").answers("y");
    assert!(holds_within(PATIENCE, || collection.path("undoing").exists()), "it never began");
    terminal.types(CONTROL_C);
    terminal.ends(130, "interrupted-in-an-undo");
    assert!(collection.path("one").exists());
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    let mut terminal = Terminal::start(&collection, "exec --resume");
    terminal.shows("may or may not").asks("[?]:").answers("a");
    let done = terminal.done().0;
    assert!(!collection.path("one").exists(), "{done}");
    is_in_order(&collection);
}
