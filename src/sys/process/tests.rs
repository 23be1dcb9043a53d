use std::path::Path;
use std::sync::Mutex;

use super::*;

fn bash(script: &str, marker: &str) -> Launch {
    Launch {
        program: "bash".into(),
        arguments: vec!["-c".into(), script.into()],
        directory: "/".into(),
        environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())],
        marker: format!("{marker}/{}", std::process::id()),
        streams: Streams::Apart,
        keep: KEPT,
        confinement: None,
    }
}

async fn run(launch: &Launch, limit: Duration) -> Ended {
    start(launch).unwrap().wait(limit, &Cancel::new(), &mut |_, _| {}).await.unwrap()
}

const LONG: Duration = Duration::from_secs(30);

fn is_alive(pid: &str) -> bool {
    // A zombie that nobody has reaped has ended all the same.
    let stat = crate::sys::files::read_text(Path::new(&format!("/proc/{}/stat", pid.trim()))).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']) && !rest.is_empty())
}

async fn ends(pid: &str) -> bool {
    for _ in 0..200 {
        if !is_alive(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn streams_and_status_are_told_apart() {
    let ended = run(&bash("echo out; echo err >&2; exit 3", "apart"), LONG).await;
    assert_eq!(ended.ending, Ending::Exit(3));
    assert_eq!((ended.stdout.text().as_str(), ended.stderr.text().as_str()), ("out\n", "err\n"));
    assert!(ended.leftover.is_none());
}

#[tokio::test]
async fn streams_as_on_a_terminal_keep_their_order() {
    let launch = Launch { streams: Streams::AsOnTerminal, ..bash("echo 1; echo 2 >&2; echo 3", "merged") };
    assert_eq!(run(&launch, LONG).await.stdout.text(), "1\n2\n3\n");
}

#[tokio::test]
async fn standard_input_is_empty() {
    assert_eq!(run(&bash("cat; read -r x || echo none", "stdin"), LONG).await.stdout.text(), "none\n");
}

#[tokio::test]
async fn nothing_is_inherited_but_the_mark_is_set() {
    let ended = run(&bash("echo \"$HOME|$RUNBOOKS_STEP\"", "clean"), LONG).await;
    assert_eq!(ended.stdout.text(), format!("|clean/{}\n", std::process::id()));
}

#[tokio::test]
async fn a_missing_program_is_said_to_be_missing() {
    let error = start(&Launch { program: "no-such-program".into(), ..bash("", "missing") }).unwrap_err();
    assert!(error.is_missing());
    assert!(error.to_string().contains("`no-such-program`"));
}

#[tokio::test]
async fn lines_are_heard_while_they_are_printed() {
    let heard = Mutex::new(Vec::new());
    let mut listen = |pipe, text: &str| heard.lock().unwrap().push((pipe, text.to_owned()));
    let running = start(&bash("echo one; printf two >&2", "lines")).unwrap();
    running.wait(LONG, &Cancel::new(), &mut listen).await.unwrap();
    let mut heard = heard.into_inner().unwrap();
    heard.sort_by_key(|(pipe, _)| *pipe == Pipe::Stderr);
    assert_eq!(heard, [(Pipe::Stdout, "one\n".to_owned()), (Pipe::Stderr, "two".to_owned())]);
}

#[tokio::test]
async fn much_output_is_drained_and_bounded() {
    let ended = run(&bash("yes 'a line of some length' | head -c 50000000", "much"), LONG).await;
    assert_eq!(ended.ending, Ending::Exit(0));
    assert!(ended.stdout.is_cut());
    assert!(ended.stdout.text().len() < 140_000);
}

#[tokio::test]
async fn a_signal_is_reported_as_shells_do() {
    let ended = run(&bash("kill -9 $$", "signal"), LONG).await;
    assert_eq!(ended.ending.status(), Some(137));
}

/// Runs until something is heard, then wants to stop.
async fn run_until_heard(launch: &Launch) -> Ended {
    let cancel = Cancel::new();
    let mut listen = |_, _: &str| cancel.cancel();
    start(launch).unwrap().wait(LONG, &cancel, &mut listen).await.unwrap()
}

#[tokio::test]
async fn time_up_ends_it() {
    let ended = run(&bash("sleep 1000", "time"), Duration::from_millis(50)).await;
    assert_eq!(ended.ending, Ending::TimedOut);
    assert_eq!(ended.ending.status(), None);
}

#[tokio::test]
async fn the_whole_group_is_ended() {
    let ended = run_until_heard(&bash("sleep 1000 & echo $!; wait", "group")).await;
    assert_eq!(ended.ending, Ending::Cancelled);
    assert!(ends(&ended.stdout.text()).await);
}

#[tokio::test]
async fn those_who_left_the_group_are_ended() {
    let ended = run_until_heard(&bash("setsid sh -c 'echo $$; exec sleep 1000' & wait", "setsid")).await;
    assert!(!ended.stdout.text().is_empty());
    assert!(ends(&ended.stdout.text()).await);
}

#[tokio::test]
async fn a_process_that_is_asked_to_end_has_last_words() {
    let script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done";
    let ended = run_until_heard(&bash(script, "words")).await;
    assert_eq!(ended.stdout.text(), "ready\nbye\n");
}

#[tokio::test]
async fn a_process_that_does_not_listen_is_ended_by_force() {
    let ended = run_until_heard(&bash("trap '' TERM; echo ready; while :; do sleep 0.02; done", "deaf")).await;
    assert_eq!(ended.ending, Ending::Cancelled);
    assert!(ended.duration >= GRACE);
}

#[tokio::test]
async fn a_wish_to_stop_ends_it() {
    let cancel = Cancel::new();
    cancel.cancel();
    let running = start(&bash("sleep 1000", "cancel")).unwrap();
    let ended = running.wait(LONG, &cancel, &mut |_, _| {}).await.unwrap();
    assert_eq!(ended.ending, Ending::Cancelled);
}

#[tokio::test]
async fn a_background_job_that_holds_the_pipe_is_not_waited_for() {
    let launch = bash("sleep 1000 & echo $!", "holding");
    let ended = run(&launch, LONG).await;
    assert_eq!(ended.ending, Ending::Exit(0));
    assert!(ended.duration < Duration::from_secs(5));
    let pid = ended.stdout.text();
    assert!(is_alive(&pid) && ended.leftover.is_some());
    end_marked(&launch.marker).await;
    assert!(ends(&pid).await);
}

#[tokio::test]
async fn a_process_nobody_waits_for_any_more_is_ended() {
    let running = start(&bash("sleep 1000", "dropped")).unwrap();
    let pid = running.child.id().unwrap().to_string();
    drop(running);
    assert!(ends(&pid).await);
}
