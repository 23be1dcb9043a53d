use super::*;

#[tokio::test]
async fn exit_0_passes_and_is_described() {
    let result = run("## Look\n\n```bash check id=look\necho out\necho err >&2\n```\n").await;
    assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
    assert_eq!((result.stdout.as_str(), result.stderr.as_str(), result.exit), ("out\n", "err\n", Some(0)));
    assert_eq!((result.place.start.line, result.attempts), (3, 1));
    assert!(result.findings.is_empty() && result.reason.is_none());
}

#[tokio::test]
async fn a_failing_command_is_placed_on_its_line() {
    let result = run("- item\n  ```bash check\n  echo out\n  ls /nonexistent\n  echo never\n  ```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "exit-status", "failed with exit status 2"));
    let finding = &result.findings[0];
    assert_eq!((finding.place.start.line, finding.place.start.column), (4, 3));
    assert_eq!(finding.command.as_deref(), Some("ls /nonexistent"));
    assert!(finding.actual.as_deref().unwrap().contains("/nonexistent"));
}

#[tokio::test]
async fn a_missing_tool_is_not_the_world_s_fault() {
    let result = run("```bash check\ntrue\nno-such-tool get pods | grep x\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "missing-tool", "`no-such-tool` is not installed"));
    assert_eq!(result.findings[0].place.start.line, 3);
    assert_eq!(result.reason.as_deref(), Some("`no-such-tool` is not installed"));
}

#[tokio::test]
async fn a_missing_script_is_drift() {
    let result = run("```bash check\n./scripts/gone.sh\n```\n").await;
    assert_eq!(first(&result), (Outcome::Drifted, "missing-file", "there is no file `./scripts/gone.sh`"));
}

#[tokio::test]
async fn too_little_time_is_not_the_world_s_fault() {
    let result = run("```bash check timeout=100ms\nsleep 1000\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "timeout", "did not end within 100ms"));
    assert_eq!(result.exit, None);
}

#[tokio::test]
async fn an_expectation_shows_what_was_seen() {
    let text = "```bash check expect=\"json.ready == 3\"\necho '{\"ready\": 1}'\n```\n";
    let result = run(text).await;
    assert_eq!(first(&result), (Outcome::Failed, "expectation", "`json.ready == 3` does not hold"));
    let finding = &result.findings[0];
    assert_eq!(finding.actual.as_deref(), Some("json.ready = 1"));
    assert_eq!(finding.place.start.line, 1);
    assert_eq!(run(&text.replace("== 3", "== 1")).await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn a_missing_key_is_a_failed_expectation() {
    let result = run("```bash check expect=\"json.ready == 3\"\necho '{}'\n```\n").await;
    assert_eq!(first(&result).2, "`json.ready == 3` does not hold: there is no `json.ready`");
    let result = run("```bash check expect=\"json.ready == 3\"\necho oops\n```\n").await;
    assert!(first(&result).2.contains("the output is not JSON"), "{result:?}");
    assert_eq!(result.outcome, Outcome::Failed);
}

#[tokio::test]
async fn an_expectation_may_speak_of_the_exit_status() {
    assert_eq!(run("```bash check expect=\"exit == 3\"\nexit 3\n```\n").await.outcome, Outcome::Passed);
    assert_eq!(run("```bash check expect=\"exit == 3\"\nexit 0\n```\n").await.outcome, Outcome::Failed);
}

#[tokio::test]
async fn an_expectation_that_cannot_be_read_runs_nothing() {
    let mut stage = Stage::new("```bash check expect=\"exit = 0\"\ntouch ran\n```\n");
    let result = stage.result(0).await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Errored, 0));
    assert_eq!(result.findings[0].help.as_deref(), Some("`==` compares"));
    assert_eq!(result.findings[0].place.start.column, 28);
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn another_output_is_placed_at_the_output_block() {
    let text = "```bash check\necho ready 0/3\n```\n\nYou see:\n\n```output\nready 3/3\n```\n";
    let result = run(text).await;
    assert_eq!(first(&result), (Outcome::Failed, "output", "line 1 of the output is not as documented"));
    let finding = &result.findings[0];
    assert_eq!(finding.place.start.line, 8);
    assert_eq!((finding.expected.as_deref(), finding.actual.as_deref()), (Some("ready 3/3"), Some("ready 0/3")));
    assert_eq!(run(&text.replace("3/3", "[..]/3")).await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn captured_values_reach_later_steps() {
    let text = "```bash check capture=POD\necho ' api-1 '\n```\n\n```bash check capture=\"N = json.n\"\necho '{\"n\": 7}'\n```\n\n\
                ```sh check\necho \"$POD $N\"\n```\n";
    let mut stage = Stage::new(text);
    let end = stage.end(0).await;
    assert_eq!(end.captured.unwrap().1.text, "api-1");
    stage.end(1).await;
    assert_eq!(stage.result(2).await.stdout, "api-1 7\n");
}

#[tokio::test]
async fn a_capture_that_finds_nothing_fails() {
    let result = run("```bash check capture=\"N = json.n\"\necho '{}'\n```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "capture", "cannot capture `N`: there is no `json.n`"));
}

#[tokio::test]
async fn a_part_that_is_a_secret_stands_in_no_finding_of_a_step_that_failed() {
    let text = "```bash check capture=\"API_TOKEN = json.t\" expect=\"json.t != '' && json.ready\"\n\
                echo '{\"t\": \"s3cr3t-tok-9\", \"ready\": false}'\n```\n";
    let result = run(text).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert!(!format!("{result:?}").contains("s3cr3t-tok-9"), "{result:?}");
}

#[tokio::test]
async fn a_captured_password_is_a_secret() {
    let mut stage = Stage::new("```bash check capture=DB_PASSWORD\necho hunter22\n```\n");
    let end = stage.end(0).await;
    assert!(end.captured.unwrap().1.secret);
    assert_eq!(end.result.stdout, "[redacted]\n");
}

#[tokio::test]
async fn a_password_that_was_printed_before_the_step_failed_is_kept_out() {
    let result = run("```bash check capture=API_TOKEN\necho s3cret-s3cret\nfalse\n```\n").await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert!(!format!("{result:?}").contains("s3cret-s3cret"), "{result:?}");
}

#[tokio::test]
async fn params_are_values_and_never_commands() {
    let mut stage = Stage::new("```bash check\necho \"$NAME\"\n```\n").value("NAME", "$(touch ran); x");
    assert_eq!(stage.result(0).await.stdout, "$(touch ran); x\n");
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn secrets_reach_the_command_and_no_sink() {
    let mut stage = Stage::new(
        "```bash check expect=\"stdout == 'x'\"\necho \"token $TOKEN\"; echo \"$TOKEN\" | base64 >&2\n```\n",
    )
    .value("TOKEN", "s3cr3t-value");
    stage.redactor.learn("s3cr3t-value");
    let result = stage.result(0).await;
    let everything = format!("{result:?}{}", stage.heard.lock().unwrap());
    assert!(everything.contains("token [redacted]"));
    assert!(!everything.contains("s3cr3t") && !everything.contains("czNjcjN0"), "{everything}");
}

#[tokio::test]
async fn output_is_heard_live_in_whole_lines() {
    let mut stage = Stage::new("```bash check\nprintf 'a\\nb\\nc'\n```\n");
    stage.result(0).await;
    assert_eq!(*stage.heard.lock().unwrap(), "a\nb\nc\n");
}

#[tokio::test]
async fn a_long_output_is_bounded_in_the_result() {
    let result = run("```bash check expect=\"size(stdout) > 500000\"\nyes 0123456789 | head -c 600000\n```\n").await;
    assert_eq!(result.outcome, Outcome::Passed, "{:?}", result.findings);
    assert!(result.stdout.len() < 140_000 && result.stdout.contains("bytes left out"));
}

#[tokio::test]
async fn a_step_runs_in_its_directory_and_the_session_stays_where_it_was() {
    let mut stage = Stage::new("```bash check dir=sub\npwd\n```\n\n```bash check\npwd\n```\n");
    std::fs::create_dir(stage.path("sub")).unwrap();
    assert!(stage.result(0).await.stdout.ends_with("/sub\n"));
    assert!(!stage.result(1).await.stdout.ends_with("/sub\n"));
}

#[tokio::test]
async fn another_shell_runs_the_block() {
    let result = run("```bash check shell=perl\nprint 1 + 1, \"\\n\"\n```\n").await;
    assert_eq!(result.stdout, "2\n", "{result:?}");
    let result = run("```bash check shell=no-such-shell\nx\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "missing-tool", "`no-such-shell` is not installed"));
}

#[tokio::test]
async fn whoever_knows_more_has_the_last_word() {
    let mut stage = Stage::new("```bash check within=30s\ntrue\n```\n");
    stage.verdict = Some(Verdict {
        outcome: Outcome::Failed,
        rule: "refused-write".to_owned(),
        message: "a check only reads".to_owned(),
        help: None,
        retry: false,
    });
    let result = stage.result(0).await;
    assert_eq!(first(&result), (Outcome::Failed, "refused-write", "a check only reads"));
    assert_eq!(result.attempts, 1);
}

#[tokio::test]
async fn a_wish_to_stop_ends_the_step() {
    let mut stage = Stage::new("```bash check within=1h\nsleep 1000\n```\n");
    stage.cancel.cancel();
    let end = stage.end(0).await;
    assert!(end.interrupted);
    assert_eq!((end.result.outcome, end.result.reason.as_deref()), (Outcome::Errored, Some("interrupted")));
}

#[tokio::test]
async fn a_failure_that_only_warns_says_so() {
    let result = run("```bash check warn\nfalse\n```\n").await;
    assert!(result.warn && result.outcome == Outcome::Failed);
}

#[tokio::test]
async fn a_background_step_runs_until_it_is_stopped() {
    let mut stage = Stage::new(
        "```bash action background ready=up\necho up > started\nsleep 1000\n```\n\n```bash check id=up within=30s every=10ms\ntest -e started\n```\n",
    );
    let values = Values::new();
    let context = StepContext {
        root: stage.folder.path(),
        target: &stage.target,
        params: &[],
        values: &values,
        withheld: &[],
        environment: &stage.environment,
        door: &[],
        confinement: None,
        objects: None,
        http: &stage.http,
        tape: None,
        redactor: &stage.redactor,
        cancel: &stage.cancel,
        console: None,
        output: &|_, _| {},
        waiting: None,
        patience: None,
        judge: None,
        clock: Clock::default(),
    };
    let background = start_background(&stage.runbook.steps[0], &mut stage.session, &context).await.unwrap();
    let ready = run_step(&stage.runbook.steps[1], &mut stage.session, &context).await;
    assert_eq!(ready.result.outcome, Outcome::Passed);
    assert!(background.is_running());
    assert_eq!(background.stop().await.unwrap().result.outcome, Outcome::Passed);
}

#[tokio::test]
async fn a_background_step_that_ends_by_itself_failed() {
    let mut stage = Stage::new("```bash action background\necho lost >&2; exit 3\n```\n");
    let values = Values::new();
    let context = StepContext {
        root: stage.folder.path(),
        target: &stage.target,
        params: &[],
        values: &values,
        withheld: &[],
        environment: &stage.environment,
        door: &[],
        confinement: None,
        objects: None,
        http: &stage.http,
        tape: None,
        redactor: &stage.redactor,
        cancel: &stage.cancel,
        console: None,
        output: &|_, _| {},
        waiting: None,
        patience: None,
        judge: None,
        clock: Clock::default(),
    };
    let background = start_background(&stage.runbook.steps[0], &mut stage.session, &context).await.unwrap();
    while background.is_running() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let result = background.stop().await.unwrap().result;
    assert_eq!(first(&result), (Outcome::Failed, "background-ended", "ended by itself with status 3"));
    assert_eq!(result.findings[0].actual.as_deref(), Some("lost"));
}

/// A command that prints more than is kept: twice 8 MiB.
const TOO_MUCH: &str = "echo READY; head -c 17000000 /dev/zero | tr '\\0' x; echo; echo READY";

#[tokio::test]
async fn an_output_that_is_not_kept_whole_is_not_judged() {
    for asserted in ["expect=\"stdout.contains('READY')\"", "expect=\"!stdout.contains('xy')\"", "capture=ALL"] {
        let result = run(&format!("```bash check {asserted}\n{TOO_MUCH}\n```\n")).await;
        let (outcome, _, message) = first(&result);
        assert_eq!(outcome, Outcome::Errored, "{asserted}");
        assert!(message.ends_with("the output is longer than 16 MiB and was not looked at whole"), "{message}");
        assert!(result.findings[0].help.as_deref().is_some_and(|help| help.contains("tail")), "{result:?}");
    }
    let compared = run(&format!("```bash check\n{TOO_MUCH}\n```\n\n```output match=contains\nREADY\n```\n")).await;
    assert_eq!((first(&compared).0, first(&compared).1), (Outcome::Errored, "output-too-long"));
}

#[tokio::test]
async fn a_long_output_that_nobody_looks_at_is_fine() {
    let narrow = format!("```bash check expect=\"exit == 0\"\n{TOO_MUCH}\n```\n");
    let tail = format!("```bash check expect=\"stdout == 'READY\\n'\"\n{{ {TOO_MUCH}; }} | tail -n 1\n```\n");
    for text in [narrow, tail, format!("```bash check\n{TOO_MUCH}\n```\n")] {
        assert_eq!(run(&text).await.outcome, Outcome::Passed, "{text}");
    }
}
