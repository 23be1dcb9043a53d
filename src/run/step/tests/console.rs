use super::*;

#[tokio::test]
async fn every_command_and_its_output_are_checked() {
    let text = "```console check\n$ A=1\n$ echo one; echo two >&2\none\ntwo\n\n$ echo $A [..]\n1 [..]\n```\n";
    let result = run(text).await;
    assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
    assert_eq!(result.stdout, "one\ntwo\n1 [..]\n");
}

#[tokio::test]
async fn the_first_output_that_differs_is_placed_at_its_lines() {
    let result = run("```console check\n$ echo 3/3\n3/3\n$ echo 0/3\n3/3\n$ touch ran\n```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "output", "line 1 of the output is not as documented"));
    let finding = &result.findings[0];
    assert_eq!((finding.place.start.line, finding.command.as_deref()), (5, Some("echo 0/3")));
    assert_eq!(finding.actual.as_deref(), Some("0/3"));
}

#[tokio::test]
async fn a_command_that_fails_is_placed_at_its_prompt() {
    let result = run("```console check\n$ true\n$ ls /nonexistent\n```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "exit-status", "failed with exit status 2"));
    assert_eq!(result.findings[0].place.start.line, 3);
}

#[tokio::test]
async fn what_is_typed_somewhere_else_is_not_run() {
    let mut stage = Stage::new("```console check\n$ touch ran\npostgres=# select 1;\n```\n");
    let result = stage.result(0).await;
    assert_eq!(first(&result).1, "prompt");
    assert_eq!((result.outcome, result.findings[0].place.start.line), (Outcome::Errored, 3));
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn a_block_without_a_prompt_runs_nothing() {
    let mut stage = Stage::new("```console check\ntouch ran\n```\n");
    assert_eq!(stage.result(0).await.outcome, Outcome::Errored);
    assert!(!stage.path("ran").exists());
}

#[tokio::test]
async fn commands_of_several_lines_are_one() {
    let text = "```console check\n$ cat <<E\n> x\n> E\nx\n$ echo one \\\n>   two\none two\n$ for i in 1 2; do\n>   echo $i\n> done\n1\n2\n```\n";
    let result = run(text).await;
    assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
}

#[tokio::test]
async fn a_missing_tool_is_named() {
    let result = run("```console check\n$ no-such-tool\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "missing-tool", "`no-such-tool` is not installed"));
}
