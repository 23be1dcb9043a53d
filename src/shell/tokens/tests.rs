//! What is coloured how.

use super::{TokenClass, tokens};

/// Every token as `class:text`.
fn shown(text: &str) -> Vec<String> {
    let mut end = 0;
    tokens(text)
        .into_iter()
        .map(|token| {
            assert!(token.span.start >= end, "overlap in {text:?}");
            end = token.span.end;
            format!("{}:{}", token.class.as_str(), text.get(token.span.start..token.span.end).expect("boundaries"))
        })
        .collect()
}

#[test]
fn a_command_has_a_name_verbs_and_flags() {
    assert_eq!(
        shown("kubectl -n x get pods --tail=5 -l a=b"),
        ["command:kubectl", "flag:-n", "subcommand:get", "flag:--tail", "number:5", "flag:-l"]
    );
    assert_eq!(shown("kubectl rollout undo deploy/x"), ["command:kubectl", "subcommand:rollout", "subcommand:undo"]);
    assert_eq!(
        shown("sudo -u x systemctl restart y"),
        ["command:sudo", "flag:-u", "command:systemctl", "subcommand:restart"]
    );
    assert_eq!(
        shown("kubectl exec x -- ls -l"),
        ["command:kubectl", "subcommand:exec", "operator:--", "command:ls", "flag:-l"]
    );
    assert_eq!(shown("timeout 5 ls"), ["command:timeout", "number:5", "command:ls"]);
}

#[test]
fn strings_are_cut_at_what_they_expand() {
    assert_eq!(
        shown("echo \"a $B ${C} $(ls 'x') d\" 'e $F'"),
        [
            "command:echo",
            "string:\"",
            "string:a ",
            "variable:$B",
            "string: ",
            "variable:${C}",
            "string: ",
            "substitution:$(",
            "command:ls",
            "string:'x'",
            "substitution:)",
            "string: d\"",
            "string:'e $F'"
        ]
    );
}

#[test]
fn assignments_keywords_and_operators() {
    assert_eq!(
        shown("A=1 B=\"$C\" ls && for i in 1 2; do echo $i; done # x"),
        [
            "variable:A",
            "variable:B",
            "string:\"",
            "variable:$C",
            "string:\"",
            "command:ls",
            "operator:&&",
            "keyword:for",
            "variable:i",
            "keyword:in",
            "number:1",
            "number:2",
            "operator:;",
            "keyword:do",
            "command:echo",
            "variable:$i",
            "operator:;",
            "keyword:done",
            "comment:# x"
        ]
    );
}

#[test]
fn redirections_and_here_documents() {
    assert_eq!(
        shown("cat <<'EOF' > x 2>&1\na $B\nEOF\nls"),
        [
            "command:cat",
            "redirection:<<",
            "heredoc:'EOF'",
            "redirection:>",
            "redirection:2>&1",
            "heredoc:a ",
            "variable:$B",
            "heredoc:\nEOF\n",
            "command:ls"
        ]
    );
}

#[test]
fn placeholders_lie_over_everything() {
    assert_eq!(
        shown("kubectl delete pod <pod name> -n \"<ns>\""),
        [
            "command:kubectl",
            "subcommand:delete",
            "placeholder:<pod name>",
            "flag:-n",
            "string:\"",
            "placeholder:<ns>",
            "string:\""
        ]
    );
}

#[test]
fn console_texts_have_prompts_and_output() {
    assert_eq!(
        shown("$ kubectl get po\nNAME x\n\n# then\n$ ls\n"),
        ["prompt:$", "command:kubectl", "subcommand:get", "output:NAME x", "comment:# then", "prompt:$", "command:ls"]
    );
}

#[test]
fn broken_text_is_coloured_as_far_as_it_goes() {
    for text in ["echo \"a", "echo 'é", "${", "$(", "`", "a <<", "case x in", ")))", "\"$(\"", "é\\", "\\"] {
        shown(text);
    }
}

#[test]
fn a_long_text_takes_no_longer_per_byte() {
    for piece in [
        "\"",
        "'",
        "`",
        "$(",
        "${",
        "<<a\n",
        "<<a <b ",
        "a<b>c\n",
        "[a ",
        "{a",
        "# kubectl x\n",
        "$ ls\n> ",
        "x' ",
        "it's\n",
        "YOUR_",
        "[user@",
    ] {
        let text = piece.repeat(2_000);
        assert!(tokens(&text).len() <= text.len());
    }
}

#[test]
fn every_class_has_a_word() {
    assert_eq!(TokenClass::HereDocument.as_str(), "heredoc");
}
