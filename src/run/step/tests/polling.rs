use super::*;

/// Passes at the third try and fails at the fifth.
const COUNTING: &str = "n=$(( $(cat n 2>/dev/null || echo 0) + 1 ))\necho $n > n\n[[ $n -ge 3 && $n -lt 5 ]]\n";

#[tokio::test]
async fn a_step_is_tried_until_it_passes() {
    let result = run(&format!("```bash check within=30s every=1ms\n{COUNTING}```\n")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Passed, 3), "{result:?}");
}

#[tokio::test]
async fn without_within_it_is_tried_once() {
    let result = run(&format!("```bash check\n{COUNTING}```\n")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 1));
}

#[tokio::test]
async fn a_step_that_never_passes_says_how_often_it_was_tried() {
    let result = run("```bash check within=500ms every=20ms\nfalse\n```\n").await;
    assert!(result.attempts > 1, "{result:?}");
    let said = format!("failed with exit status 1 ({} attempts within 500ms)", result.attempts);
    assert_eq!(first(&result), (Outcome::Failed, "exit-status", said.as_str()));
}

#[tokio::test]
async fn the_last_try_is_when_the_time_is_up() {
    let result = run("```bash check within=50ms every=1h\nfalse\n```\n").await;
    assert_eq!(result.attempts, 2, "{result:?}");
}

#[tokio::test]
async fn a_check_that_breaks_in_its_window_fails() {
    let result = run(&format!("```bash check within=30s every=1ms for=30s\n{COUNTING}```\n")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 5), "{result:?}");
    assert!(result.findings[0].message.starts_with("held for "), "{result:?}");
    assert!(result.findings[0].message.contains(" of 30s, then: "), "{result:?}");
}

#[tokio::test]
async fn a_check_that_holds_all_the_time_passes() {
    let result = run("```bash check every=10ms for=50ms\ntrue\n```\n").await;
    assert_eq!(result.outcome, Outcome::Passed);
    assert!(result.attempts > 1 && result.duration_ms >= 50, "{result:?}");
}

/// Fails at the looks whose numbers stand in a file.
fn failing_at(looks: &str, attributes: &str) -> String {
    format!(
        "```bash check {attributes}\necho >> looks\nnumber=$(wc -l < looks)\nfor failing in {looks}; do test \"$number\" -ne \"$failing\"; done\n```\n"
    )
}

#[tokio::test]
async fn so_many_failures_in_a_row_as_are_borne_break_nothing_and_one_more_does() {
    let result = run(&failing_at("2 3 4", "every=1ms for=1ms failures=3")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Passed, 5), "{result:?}");
    let result = run(&failing_at("2 3 4 6 7 8 9", "every=1ms for=30s failures=3")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 9), "{result:?}");
    assert!(result.findings[0].message.contains(" of 30s, then, 4 in a row: "), "{result:?}");
}

#[tokio::test]
async fn a_window_does_not_end_while_the_check_fails() {
    // By the second look the window is over.
    let result = run(&failing_at("2 3", "every=20ms for=1ms failures=1")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 3), "{result:?}");
    let result = run(&failing_at("2", "every=20ms for=1ms failures=1")).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Passed, 3), "{result:?}");
}

#[tokio::test]
async fn a_wish_to_stop_is_heard_between_two_tries() {
    let mut stage = Stage::new("```bash check within=1h every=30m\necho tried; false\n```\n");
    let cancel = stage.cancel.clone();
    let end = tokio::join!(stage.end(0), async {
        // The first try has ended long before; only the pause is left.
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    })
    .0;
    assert!(end.interrupted);
}

/// Runs the only step of a text, for which nobody waits longer than this.
async fn hurried(text: &str, patience: Duration) -> StepResult {
    let mut stage = Stage::new(text);
    stage.patience = Some(patience);
    stage.result(0).await
}

#[tokio::test]
async fn a_check_that_nobody_waits_out_is_left_open() {
    let result = hurried("```bash check within=4h every=10ms\nfalse\n```\n", Duration::from_secs(2)).await;
    let said = "not passed within 2s, and the text allows 4h: failed with exit status 1";
    assert_eq!(first(&result), (Outcome::Errored, "not-waited-out", said));
    assert!(result.attempts > 1, "{result:?}");
}

#[tokio::test]
async fn a_check_that_passes_or_gives_up_in_time_is_as_ever() {
    let patience = Duration::from_secs(30);
    let result = hurried(&format!("```bash check within=4h every=1ms\n{COUNTING}```\n"), patience).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Passed, 3), "{result:?}");
    let result = hurried("```bash check within=20ms every=5ms\nfalse\n```\n", patience).await;
    assert_eq!(result.outcome, Outcome::Failed, "{result:?}");
}

#[tokio::test]
async fn a_check_that_holds_as_long_as_anybody_waits_passes_and_says_so() {
    let result = hurried("```bash check for=24h every=10ms\ntrue\n```\n", Duration::from_millis(40)).await;
    assert_eq!(result.outcome, Outcome::Passed);
    assert_eq!(result.reason.as_deref(), Some("held for 40ms of 24h; nobody waited longer (`--max-wait`)"));
}

#[tokio::test]
async fn one_attempt_ends_when_nobody_waits_any_longer() {
    let result = hurried("```bash check timeout=2h\nsleep 600\n```\n", Duration::from_millis(200)).await;
    assert_eq!(first(&result).0, Outcome::Errored);
}

#[tokio::test]
async fn a_last_try_that_is_cut_short_says_nothing_new() {
    let script = "n=$(( $(cat n 2>/dev/null || echo 0) + 1 )); echo $n > n; [[ $n -eq 1 ]] || sleep 600; false\n";
    let result = run(&format!("```bash check within=4s every=10ms\n{script}```\n")).await;
    let said = "failed with exit status 1 (2 attempts within 4s)";
    assert_eq!((result.attempts, first(&result)), (2, (Outcome::Failed, "exit-status", said)));
}
