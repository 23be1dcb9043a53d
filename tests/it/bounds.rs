//! What a run does where the machine gives it little: memory, disk, locks, a clock that goes back.

use crate::harness::{Collection, Run};
use crate::process::{PATIENCE, holds_within};

/// The most memory that a run may take, in kilobytes.
const MOST: u64 = 100 * 1024;

#[test]
fn memory_is_flat_however_much_a_step_prints() {
    // Lines of 64 KiB, so that the program that prints is the slowest part; then one line without an end.
    let text = "# Much

```bash action id=lines timeout=5m
head -c 256000000 /dev/zero | tr '\\0' 'x' | fold -b -w 65535
```

```bash action id=one-line timeout=5m
head -c 128000000 /dev/zero | tr '\\0' 'y'
```

```bash action id=peak
sed -n 's/^VmHWM:[[:space:]]*\\([0-9]*\\).*/\\1/p' /proc/$PPID/status > peak
```
";
    let collection = Collection::empty().with("much.md", text);
    // A whole machine for itself needs ten seconds for it; one of many has little of one.
    collection.run("exec much --yes").with_patience(4 * PATIENCE).done().exits(0);
    let peak = collection.text("peak").trim().parse::<u64>().expect("a number");
    assert!(peak < MOST, "{peak} KiB");
    let printed = left_out(&collection);
    assert!(printed > 380_000_000, "only {printed} bytes were printed");
    let journal = std::fs::metadata(journal_of(&collection)).expect("there is a journal").len();
    assert!(journal < 2_000_000, "{journal}");
}

/// Returns how many bytes the results of all steps leave out.
fn left_out(collection: &Collection) -> u64 {
    let journal = collection.journal();
    let printed = journal.iter().filter_map(|line| line["result"]["stdout"].as_str()).flat_map(str::lines);
    let counts =
        printed.filter_map(|line| line.strip_prefix('[')?.strip_suffix(" bytes left out]")?.parse::<u64>().ok());
    counts.sum()
}

fn journal_of(collection: &Collection) -> std::path::PathBuf {
    let run = collection.run_id();
    collection.path(".runbooks/runs").join(run).join("journal.ndjson")
}

const PAGE: &str = "# Page\n\n```bash action id=one\necho one >> log\n```\n";

#[test]
fn a_state_folder_that_cannot_be_written_stops_before_the_action() {
    let collection = Collection::empty().with("page.md", PAGE).with(".runbooks", "a file stands here");
    collection.run("exec page --yes").done().exits(2).says("cannot create").says(".runbooks");
    assert!(!collection.path("log").exists());
}

/// Returns a run as a user who owns nothing here.
fn as_a_guest(collection: &Collection, words: &str) -> Run {
    use std::os::unix::fs::PermissionsExt as _;
    let program = collection.open_to_others();
    if !rustix::process::geteuid().is_root() {
        std::fs::set_permissions(collection.root(), std::fs::Permissions::from_mode(0o555)).expect("it is ours");
        return words.split(' ').fold(collection.command(program), Run::arg);
    }
    let guest = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let run = guest.iter().fold(collection.command("setpriv"), Run::arg).arg(program);
    words.split(' ').fold(run, Run::arg)
}

#[test]
fn a_state_folder_that_one_may_not_write_stops_before_the_action() {
    let collection = Collection::empty().with("page.md", PAGE);
    as_a_guest(&collection, "exec page --yes").done().exits(2).says("ermission denied").says(".runbooks");
    assert!(!collection.path("log").exists());
}

#[test]
fn a_clock_that_goes_back_confuses_nothing() {
    let text = "# Two\n\n```bash action id=one\necho one >> log\n```\n\n```bash action id=two\necho two >> log\nwhile test -e hold; do sleep 0.02; done\n```\n";
    let collection = Collection::empty().with("two.md", text).with("hold", "");
    let run = collection.run("exec two --yes").start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("two")));
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    let earlier = "2026-11-01T00:00:00Z";
    let resume = collection.run("exec --resume --yes --in-flight done").env("RUNBOOKS_NOW", earlier);
    resume.done().exits(0);
    assert_eq!(collection.text("log"), "one\ntwo\n");
    let run = collection.run_id();
    let exported = collection.run("runs export --format json").arg(&run).env("RUNBOOKS_NOW", earlier).json(0);
    assert_eq!(exported["ending"], "completed");
    collection.run("runs clean --older-than 1h").env("RUNBOOKS_NOW", earlier).done().exits(0).says("0 removed");
}
