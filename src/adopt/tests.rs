use super::*;

/// Returns what is proposed and left alone of a text, by line: `3 check`, `9 left: …`.
fn told(text: &str) -> Vec<String> {
    told_with(text, &[])
}

fn told_with(text: &str, variables: &[&str]) -> Vec<String> {
    let (fragments, variables) = (Fragments::new(), variables.iter().map(|&name| name.to_owned()).collect());
    let around = Surroundings { fragments: &fragments, variables: &variables, today: jiff::civil::date(2026, 11, 21) };
    let source = Arc::new(Source::new("a.md", text));
    let adoption = propose(&RunbookId("a".to_owned()), &source, around);
    let line = |span: Span| source.position(span.start).line;
    let proposed = adoption.proposals.iter().map(|it| (line(it.span), it.info.clone()));
    let left = adoption.left.iter().map(|it| (line(it.span), format!("left: {}", it.reason)));
    let mut all: Vec<_> = proposed.chain(left).collect();
    all.sort();
    all.into_iter().map(|(line, told)| format!("{line} {told}")).collect()
}

/// Returns what is said of the one block that holds these commands.
fn of(commands: &str) -> String {
    let mut told = told(&format!("# T\n\n```bash\n{commands}\n```\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0).trim_start_matches("3 ").to_owned()
}

#[test]
fn what_only_reads_becomes_a_check() {
    for commands in
        ["kubectl get pods -n shop", "curl -fsS https://shop.example/health", "X=$(kubectl get nodes -o name)\necho $X"]
    {
        let told = of(commands);
        assert!(told == "bash check" || told.contains("looks like an example"), "{commands}: {told}");
    }
    assert_eq!(of("kubectl get pods -n shop"), "bash check");
    assert_eq!(told("```\nkubectl get pods\n```\n"), ["1 bash check"]);
    assert_eq!(told("```\n$ kubectl get nodes -o name\nnode/a\n```\n"), ["1 console check"]);
}

#[test]
fn what_writes_becomes_an_action_with_its_risk() {
    for (commands, risk) in [
        ("kubectl label node a x=y", "low"),
        ("kubectl create job --from=cronjob/backup now", "low"),
        ("kubectl rollout restart deployment/api", "medium"),
        ("kubectl delete pod api-0", "medium"),
        ("kubectl delete pod --all", "high"),
        ("kubectl delete namespace shop", "high"),
        ("kubectl scale deployment api --replicas=0", "high"),
        ("sgdisk --zap-all /dev/sdb", "high"),
        ("psql -c 'DROP TABLE orders'", "high"),
        ("kubectl config use-context production", "low"),
        ("kubectl get pods\nkubectl delete pvc data-0", "high"),
    ] {
        assert_eq!(of(commands), format!("bash action risk={risk}"), "{commands}");
    }
}

#[test]
fn what_cannot_be_judged_is_left_alone_with_the_reason() {
    for (commands, reason) in [
        ("kubectl delete pod <pod-name>", "`<pod-name>` is to be filled in"),
        ("kubectl exec -it api-0 -- sh", "it "),
        ("kubectl get pods -w", "it "),
        ("systemctl restart a\nor\nsystemctl restart b", "several ways to one end"),
        ("./scripts/smoke.sh", "it runs the script `./scripts/smoke.sh`"),
        ("kubectl port-forward svc/api 8080:80 &", "it starts something that keeps running"),
        ("# If the errors go on, delete it\nkubectl delete deployment api", "a comment says when"),
        ("# Quick rollback if it was a release\nkubectl rollout undo deployment/api", "a comment says when"),
        ("gh workflow run back.yml -f to=a\n\ngh workflow run back.yml -f to=b", "the same change stands in it twice"),
        ("kubectl logs deployment/api | grep -i error", "it fails when `grep` finds no trouble"),
        ("#!/bin/bash\nkubectl get pods", "a script that stands in a file of its own"),
        ("CACHE_SIZE=3\nLOG_LEVEL=info", "it sets what no other block reads"),
        ("export CACHE_SIZE=3", "it sets what no other block reads"),
        ("kubectl describe node node-name", "`node-name` is to be filled in"),
        ("# Grafana: look at it", "it does nothing"),
        ("echo done", "it does nothing"),
        ("kubectl get pods -n \"$NAMESPACE\"", "nothing here gives `$NAMESPACE` a value"),
        ("kubectl get pods -n 'shop", "it cannot be read"),
        ("$ kubectl get nodes -o name\nnode/a", "commands and what they print stand in one block"),
        ("kubectl get pods --export", "flag `--export` of `kubectl get` was removed"),
    ] {
        let told = of(commands);
        assert!(told.starts_with(&format!("left: {reason}")), "{commands}: {told}");
    }
}

#[test]
fn a_comment_that_asks_and_a_grep_that_is_turned_round_are_no_doubts() {
    assert_eq!(of("# Check if it is ready\nkubectl rollout restart deployment/api"), "bash action risk=medium");
    assert_eq!(of("# Wait for the rollout\nkubectl delete pod api-0"), "bash action risk=medium");
    assert_eq!(of("! kubectl logs deployment/api | grep -q error"), "bash check");
    assert_eq!(of("kubectl get pods | grep api"), "bash check");
}

#[test]
fn a_check_that_takes_every_answer_for_a_good_one_is_proposed_with_a_hint() {
    let reason = |commands: &str| {
        let (fragments, variables) = (Fragments::new(), BTreeSet::new());
        let around =
            Surroundings { fragments: &fragments, variables: &variables, today: jiff::civil::date(2026, 11, 21) };
        let source = Arc::new(Source::new("a.md", format!("```bash\n{commands}\n```\n")));
        propose(&RunbookId("a".to_owned()), &source, around).proposals.remove(0).reason
    };
    assert!(reason("curl -sI https://shop.internal/health").contains("`curl` without `-f`"));
    for good in ["curl -sfI https://shop.internal/health", "curl --fail https://shop.internal/", "curl --version"] {
        assert_eq!(reason(good), "only reads", "{good}");
    }
}

#[test]
fn a_variable_that_a_target_or_an_earlier_block_sets_is_no_gap() {
    assert_eq!(told_with("```bash\nkubectl get pods -n \"$NS\"\n```\n", &["NS"]), ["1 bash check"]);
    let two = "```bash\nNS=shop\n```\n\n```bash\nkubectl get pods -n \"$NS\"\n```\n";
    assert_eq!(told(two), ["1 bash check", "5 bash check"]);
}

#[test]
fn a_block_that_reads_what_only_a_block_left_alone_sets_is_left_alone_too() {
    let two = "```bash\nPOD=$(./find-pod.sh)\n```\n\n```bash\nkubectl describe pod \"$POD\"\n```\n";
    let told = told(two);
    assert!(told[0].starts_with("1 left: it runs the script"), "{told:?}");
    assert!(told[1].starts_with("5 left: nothing here gives `$POD` a value"), "{told:?}");
}

#[test]
fn what_is_shown_under_a_step_becomes_its_output() {
    let shown = |between: &str, info: &str, output: &str| {
        told(&format!("```bash\nkubectl get nodes\n```\n\n{between}\n\n```{info}\n{output}\n```\n"))
    };
    assert_eq!(shown("Expected output:", "", "all is well"), ["1 bash check", "7 output"]);
    assert_eq!(shown("It should print:", "json", "{\"ok\": true}"), ["1 bash check", "7 json output"]);
    let table = shown("Expected output:", "text", "NAME   STATUS   AGE\na      Ready    3d");
    assert_eq!(table, ["1 bash check", "7 text output match=table"]);
    let dated = shown("Expected output:", "", "Backup of 2025-11-10: SUCCESS");
    assert!(dated[1].starts_with("7 left: `2025-11-10` in it is another one each time"), "{dated:?}");
    let sometimes = shown("If it fails, the output is:", "", "boom");
    assert!(sometimes[1].starts_with("7 left: it is shown for a case"), "{sometimes:?}");
    assert_eq!(shown("Some configuration:", "", "a = 1"), ["1 bash check"]);
    assert_eq!(shown("## Output", "", "a = 1"), ["1 bash check"]);
}

#[test]
fn an_output_whose_step_is_left_alone_is_none() {
    assert!(
        !told("```bash\n./x.sh\n```\n\nExpected output:\n\n```\nok\n```\n").iter().any(|line| line.contains("output"))
    );
}

#[test]
fn roles_that_are_there_and_other_languages_are_not_touched() {
    let text = "```bash check id=a\nkubectl get pods\n```\n\n```yaml\na: 1\n```\n\n```mermaid\ngraph\n```\n";
    assert_eq!(told(text), Vec::<String>::new());
    let told = told("```bash title=\"x\"\nkubectl get pods\n```\n");
    assert!(told[0].starts_with("1 left: its fence says more than a language"), "{told:?}");
}

#[test]
fn only_fence_lines_change_and_in_place() {
    let text = "1. Look:\r\n\r\n   ~~~ bash\r\n   kubectl get pods\r\n   ~~~\r\n\r\n> ```\r\n> kubectl delete ns x\r\n> ```\r\n";
    let (fragments, variables) = (Fragments::new(), BTreeSet::new());
    let around = Surroundings { fragments: &fragments, variables: &variables, today: jiff::civil::date(2026, 11, 21) };
    let source = Arc::new(Source::new("a.md", text));
    let adoption = propose(&RunbookId("a".to_owned()), &source, around);
    let expected =
        text.replace("~~~ bash\r", "~~~ bash check\r").replacen("> ```\r", "> ```bash action risk=high\r", 1);
    assert_eq!(adoption.text(), expected);
    assert!(
        adoption.diff().contains("@@ -3 +3 @@ only reads\n-   ~~~ bash\r\n+   ~~~ bash check\r\n"),
        "{}",
        adoption.diff()
    );
}

#[test]
fn what_follows_a_session_in_its_section_is_left_alone() {
    let text = "# T\n\n## Look\n\n```bash\nkubectl exec -it db-0 -- bash\n```\n\n```bash\nredis-cli info\n```\n\n```bash\nkubectl get pods\n```\n\n## Further\n\n```bash\nredis-cli info\n```\n";
    let told = told(text);
    assert!(told[0].starts_with("5 left: "), "{told:?}");
    assert!(told[1].starts_with("9 left: line 5 opens a session elsewhere"), "{told:?}");
    assert_eq!(told[2..], ["13 bash check", "19 bash check"]);
}

#[test]
fn what_a_console_shows_must_be_what_it_shows_each_time() {
    for (shown, reason) in [
        ("NAME   READY   AGE\napi    1/1     3d", "the table it shows is another one each time"),
        ("started 2024-01-02 ok", "`2024-01-02` in it is another one each time"),
        ("Status: CrashLoopBackOff", "what it shows is a case of trouble"),
        ("[...]\nReady: true", "lines are left out of what it shows"),
    ] {
        let told = told(&format!("```console\n$ kubectl describe deployment api\n{shown}\n```\n"));
        assert!(told.len() == 1 && told[0].contains(reason), "{told:?}");
    }
    assert_eq!(told("```console\n$ kubectl config current-context\nshop\n```\n"), ["1 console check"]);
}

#[test]
fn a_table_behind_a_command_without_a_prompt_is_said_to_be_one() {
    let told = of("kubectl get nodes\nNAME   STATUS   AGE\na      Ready    3d");
    assert!(told.starts_with("left: what the command prints stands behind it, from `NAME` on"), "{told}");
}

#[test]
fn the_pod_of_one_day_is_not_looked_for_each_night() {
    let told = of("kubectl logs api-7d65bcdd8b-wxf2g");
    assert!(told.starts_with("left: `api-7d65bcdd8b-wxf2g` is the name of one pod"), "{told}");
    assert_eq!(of("kubectl logs deployment/api"), "bash check");
}
