//! Rollback triggers as runbooks write them: "errors above 10 % for 5 minutes", "more than 3 failures in a row".

use crate::harness::Collection;

/// A release that can be taken back, watched for a while. Its error ratio is what `ratio` prints, look by look.
fn watched(check: &str, ratios: &str) -> Collection {
    let text = format!(
        "# Release

```bash action id=release
echo release >> log
```

```bash action id=take-back undo=release
echo take-back >> log
```

```bash check id=quiet {check}
echo >> looks
sed -n \"$(wc -l < looks)p\" ratios
```

```bash action id=announce
echo announce >> log
```
"
    );
    Collection::empty().with("release.md", &text).with("ratios", ratios)
}

#[test]
fn a_window_that_breaks_stops_the_run_and_takes_back_the_action_before() {
    let check = "for=30s every=10ms expect='json <= 0.10'";
    let collection = watched(check, "0.02\n0.05\n0.11\n0.01\n");
    let done = collection.run("exec release --yes").done().exits(1);
    let done = done.says("stopped at `quiet`: held for ").says("taking back `release` with `take-back`");
    assert_eq!(collection.text("log"), "release\ntake-back\n", "{done}");
    assert_eq!(collection.text("looks").lines().count(), 3);
}

#[test]
fn a_window_that_holds_lets_the_run_go_on() {
    let check = "for=1ms every=10ms expect='json <= 0.10'";
    let collection = watched(check, &"0.02\n".repeat(1000));
    collection.run("exec release --yes").done().exits(0);
    assert_eq!(collection.text("log"), "release\nannounce\n");
}

#[test]
fn more_than_three_failures_in_a_row_take_back_and_three_do_not() {
    let check = "for=1ms every=1ms failures=3 expect='json <= 0.10'";
    let collection = watched(check, "0.02\n0.5\n0.5\n0.5\n0.02\n0.02\n");
    collection.run("exec release --yes").done().exits(0);
    assert_eq!(collection.text("log"), "release\nannounce\n");
    let collection = watched(check, "0.02\n0.5\n0.5\n0.5\n0.5\n0.02\n");
    let done = collection.run("exec release --yes").done().exits(1).says("4 in a row");
    assert_eq!(collection.text("log"), "release\ntake-back\n", "{done}");
}

#[test]
fn what_must_get_better_within_a_time_takes_back_where_it_does_not() {
    // "Errors above 10 % for 5 minutes": it must have passed once by then.
    let check = "within=100ms every=1ms expect='json <= 0.10'";
    let collection = watched(check, &"0.5\n".repeat(2000));
    collection.run("exec release --yes").done().exits(1).says("within 100ms");
    assert_eq!(collection.text("log"), "release\ntake-back\n");
    let collection = watched("within=30s every=1ms expect='json <= 0.10'", "0.5\n0.5\n0.1\n");
    collection.run("exec release --yes").done().exits(0);
    assert_eq!(collection.text("log"), "release\nannounce\n");
}
