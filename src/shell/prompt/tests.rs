//! Console texts as people paste them.

use super::{PromptKind, has_prompts, split, without_prompts};

/// Every exchange as `command ⇒ output`.
fn exchanges(text: &str) -> Vec<String> {
    split(text)
        .iter()
        .map(|exchange| {
            let command = exchange.command.text().trim_end();
            match &exchange.expected {
                Some(expected) => format!("{command} ⇒ {}", expected.text().trim_end()),
                None => command.to_owned(),
            }
        })
        .collect()
}

fn kind(text: &str) -> Option<PromptKind> {
    split(text).first().and_then(|exchange| exchange.prompt).map(|(_, kind)| kind)
}

#[test]
fn prompts_and_output_alternate() {
    let text = "$ kubectl get po\nNAME  READY\na     1/1\n\n$ kubectl get no\nNAME\n";
    assert_eq!(exchanges(text), ["kubectl get po ⇒ NAME  READY\na     1/1", "kubectl get no ⇒ NAME"]);
    assert_eq!(without_prompts(text), "kubectl get po\nkubectl get no\n");
}

#[test]
fn places_are_places_in_the_text() {
    let text = "é\n$ ls \\\n> -l\nx\n";
    let exchange = &split(text)[0];
    assert_eq!(exchange.command.text(), "ls \\\n-l\n");
    let span = exchange.command.source_span(crate::model::Span::new(5, 7));
    assert_eq!(text.get(span.start..span.end), Some("-l"));
    let output = exchange.expected.as_ref().expect("output").span();
    assert_eq!(text.get(output.start..output.end), Some("x\n"));
}

#[test]
fn comments_between_commands_are_no_output() {
    let text = "$ ls\na\n# now the other\n$ pwd\n# Expected output:\n/root\n";
    assert_eq!(exchanges(text), ["ls ⇒ a", "pwd ⇒ /root"]);
}

#[test]
fn a_hash_in_the_output_stays() {
    assert_eq!(exchanges("$ cat f\n#!/bin/sh\nls\n$ pwd"), ["cat f ⇒ #!/bin/sh\nls", "pwd"]);
    assert_eq!(exchanges("$ curl x\n# HELP up x\nup 1\n"), ["curl x ⇒ # HELP up x\nup 1"]);
}

#[test]
fn a_hash_is_the_prompt_of_root_where_nothing_else_is_a_command() {
    assert_eq!(exchanges("# systemctl status x\nactive\n"), ["systemctl status x ⇒ active"]);
    assert_eq!(kind("# systemctl status x\nactive\n"), Some(PromptKind::Root));
}

#[test]
fn a_hash_is_a_comment_where_commands_stand_without_prompt() {
    for text in [
        "# kubectl get pods\nkubectl get nodes\n",
        "# watch the pods\nwatch kubectl get po\n",
        "# find the leader\n",
        "# kill it\n",
        "# Check pods\n",
    ] {
        assert!(!has_prompts(text), "{text:?}");
        assert_eq!(without_prompts(text), text);
    }
    assert_eq!(exchanges("# kubectl get pods\n$ ls\n"), ["ls"]);
}

#[test]
fn prompts_of_all_kinds_are_recognised() {
    for (text, expected) in [
        ("$ ls", PromptKind::User),
        ("$> ls", PromptKind::User),
        ("% ls", PromptKind::User),
        ("❯ ls", PromptKind::User),
        ("[host]$ ls", PromptKind::Named),
        ("chart-repo/bin$ ./edit", PromptKind::Named),
        ("mon-b# cat /etc/hosts", PromptKind::Named),
        ("[root@node-1 ~]# ls", PromptKind::Named),
        ("user@host:~/x$ ls", PromptKind::Named),
        ("root@pod:/# ls", PromptKind::Named),
        ("sh-4.4# ls", PromptKind::Named),
        ("bash-5.1$ ls", PromptKind::Named),
        ("/ # ls", PromptKind::Named),
        ("~ $ ls", PromptKind::Named),
        ("pgbouncer=# show pools;", PromptKind::Interpreter),
        ("postgres=> select 1;", PromptKind::Interpreter),
        ("127.0.0.1:6379> info", PromptKind::Interpreter),
        ("mysql> show tables;", PromptKind::Interpreter),
        ("MariaDB [(none)]> show tables;", PromptKind::Interpreter),
        (">>> print(1)", PromptKind::Interpreter),
        ("rs0:PRIMARY> rs.status()", PromptKind::Interpreter),
        ("PS C:\\> dir", PromptKind::Interpreter),
    ] {
        assert_eq!(kind(text), Some(expected), "{text:?}");
    }
}

#[test]
fn output_and_scripts_have_no_prompts() {
    for text in [
        "$POD",
        "echo $HOME",
        "kubectl get po | grep x > out",
        "NAME   READY   STATUS",
        "% Total    % Received",
        "100% done",
        "[INFO] starting",
        "https://host/x#y",
        "a: b # c",
        "FOO=bar",
        "if [ $x -gt 3 ]; then\n  ls\nfi",
        "x=$(ls) # y",
        "kubectl exec x -- sh -c 'a > b'",
        "<html> text",
        "/opt/run.sh # starts it",
        "[ -f x ] # is it there?",
        "2024-01-01T10:00:00 host> ",
    ] {
        assert!(!has_prompts(text), "{text:?} {:?}", split(text));
    }
}

#[test]
fn a_command_goes_on_over_lines() {
    assert_eq!(exchanges("$ for i in 1 2\n> do echo $i\n> done\n1\n2\n"), ["for i in 1 2\ndo echo $i\ndone ⇒ 1\n2"]);
    assert_eq!(exchanges("$ cat <<EOF\n$ x\nEOF\n$ x\n"), ["cat <<EOF\n$ x\nEOF", "x"]);
    assert_eq!(exchanges("$ echo 'a\nb'\na\nb\n"), ["echo 'a\nb' ⇒ a\nb"]);
    assert_eq!(exchanges("$ kubectl get po \\\n    -n x\nNAME\n"), ["kubectl get po \\\n    -n x ⇒ NAME"]);
    assert_eq!(exchanges("$ curl -v x\n> GET / HTTP/1.1\n"), ["curl -v x ⇒ > GET / HTTP/1.1"]);
}

#[test]
fn an_interrupt_is_no_output() {
    let text = "$ kubectl logs -f x\nline\n^C\n$ ls\n";
    assert_eq!(exchanges(text), ["kubectl logs -f x ⇒ line", "ls"]);
    assert!(split(text)[0].interrupted);
    assert!(split("$ sleep 9^C\n")[0].interrupted);
    assert_eq!(exchanges("$ sleep 9^C\n"), ["sleep 9"]);
}

#[test]
fn a_lone_prompt_is_no_command() {
    assert_eq!(without_prompts("$ ls\na\n$\n"), "ls\n");
}

#[test]
fn output_before_the_first_prompt_is_nobodys() {
    assert_eq!(exchanges("Welcome\n$ ls\n"), ["ls"]);
}
