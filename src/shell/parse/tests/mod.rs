//! Snippets with the exact words and places that must come out.

mod any_text;
mod structure;
mod variables;
mod wrappers;

use super::parse;
use crate::shell::Script;

/// Every command as its words, joined by `¦`, each as it is written at its place.
fn commands(text: &str) -> Vec<String> {
    written(text, &parse(text))
}

fn written(text: &str, script: &Script) -> Vec<String> {
    let word = |start: usize, end: usize| text.get(start..end).expect("a span on boundaries").to_owned();
    let line = |words: &[crate::shell::Word]| {
        words.iter().map(|it| word(it.span.start, it.span.end)).collect::<Vec<_>>().join("¦")
    };
    script.commands.iter().filter(|command| !command.words.is_empty()).map(|command| line(&command.words)).collect()
}

/// Every word of the first command as the program gets it, `?` where only the run tells.
fn values(text: &str) -> Vec<String> {
    let script = parse(text);
    let first = script.commands.first().map(|command| command.words.as_slice()).unwrap_or_default();
    first.iter().map(|word| word.literal().unwrap_or_else(|| "?".to_owned())).collect()
}

#[test]
fn snippets_have_exactly_these_words() {
    for (text, expected) in [
        ("kubectl get pods", &["kubectl¦get¦pods"][..]),
        ("kubectl get pods -n x; ls & pwd", &["kubectl¦get¦pods¦-n¦x", "ls", "pwd"]),
        ("a | b |& c && d || e", &["a", "b", "c", "d", "e"]),
        ("kubectl get po \\\n  -n x \\\n  -o wide", &["kubectl¦get¦po¦-n¦x¦-o¦wide"]),
        ("A=1 B=\"$C\" kubectl get po", &["kubectl¦get¦po"]),
        ("echo 'a b' \"c d\" e\\ f", &["echo¦'a b'¦\"c d\"¦e\\ f"]),
        (
            "kubectl get po -o jsonpath='{.items[*].metadata.name}'",
            &["kubectl¦get¦po¦-o¦jsonpath='{.items[*].metadata.name}'"],
        ),
        (
            "kubectl get po -o go-template='{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}'",
            &["kubectl¦get¦po¦-o¦go-template='{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}'"],
        ),
        (
            "kubectl get po -o jsonpath={.items[0].metadata.name}",
            &["kubectl¦get¦po¦-o¦jsonpath={.items[0].metadata.name}"],
        ),
        (
            "kubectl delete pod $(kubectl get po -o name | head -1)",
            &["kubectl¦delete¦pod¦$(kubectl get po -o name | head -1)", "kubectl¦get¦po¦-o¦name", "head¦-1"],
        ),
        ("echo `date +%s`", &["echo¦`date +%s`", "date¦+%s"]),
        ("echo \"at $(date \"+%F\") now\"", &["echo¦\"at $(date \"+%F\") now\"", "date¦\"+%F\""]),
        ("echo \"$(a \"$(b 'c')\")\"", &["echo¦\"$(a \"$(b 'c')\")\"", "a¦\"$(b 'c')\"", "b¦'c'"]),
        ("cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF\nls", &["cat", "kubectl¦apply¦-f¦-", "ls"]),
        ("cat <<'EOF' > x && ls\n$(not run)\nEOF", &["cat", "ls"]),
        ("cat <<-EOF\n\tv: $(run me)\n\tEOF\nls", &["cat", "run¦me", "ls"]),
        ("kubectl apply -f - <<EOF --dry-run=client\na\nEOF", &["kubectl¦apply¦-f¦-¦--dry-run=client"]),
        ("grep x > out --tail=5 2>&1", &["grep¦x¦--tail=5"]),
        (
            "for p in $(kubectl get po -o name); do kubectl delete $p; done",
            &["kubectl¦get¦po¦-o¦name", "kubectl¦delete¦$p"],
        ),
        ("if kubectl get po; then a; elif b; then c; else d; fi", &["kubectl¦get¦po", "a", "b", "c", "d"]),
        ("while read -r l; do echo \"$l\"; done < f", &["read¦-r¦l", "echo¦\"$l\""]),
        ("until a; do sleep 1; done", &["a", "sleep¦1"]),
        ("case $x in a|b) c;; *) d;; esac", &["c", "d"]),
        ("f() { a; }; function g { b; }; f", &["a", "b", "f"]),
        ("(cd x && ls); { a; }", &["cd¦x", "ls", "a"]),
        ("diff <(kubectl get po) <(ls)", &["diff¦<(kubectl get po)¦<(ls)", "kubectl¦get¦po", "ls"]),
        ("[[ -n \"$(a)\" && $x < b ]] && c", &["a", "c"]),
        ("(( i < 3 )) && a", &["a"]),
        ("x=$(a) y=$(b | c)", &["a", "b", "c"]),
        ("! a", &["a"]),
        ("time a -b", &["a¦-b"]),
        ("export A=b C; declare -x D=$(e)", &["export¦A=b¦C", "declare¦-x¦D=$(e)", "e"]),
        ("a=(x y $(b)); exit 1", &["b", "exit¦1"]),
        ("# only a comment", &[]),
        ("a # b", &["a"]),
        ("echo a#b", &["echo¦a#b"]),
        ("echo \"é ü\" ñ", &["echo¦\"é ü\"¦ñ"]),
        ("kubectl get po\r\nls -l\r\n", &["kubectl¦get¦po", "ls¦-l"]),
        ("kubectl get po \\\r\n  -n x\r\n", &["kubectl¦get¦po¦-n¦x"]),
        ("oc delete pod <POD> -n logging", &["oc¦delete¦pod¦<POD>¦-n¦logging"]),
        ("kubectl logs <name of the pod from step 1> -f", &["kubectl¦logs¦<name of the pod from step 1>¦-f"]),
        ("aws s3 ls s3://<bucket>/<id>/ | head", &["aws¦s3¦ls¦s3://<bucket>/<id>/", "head"]),
        ("echo ${a:-$(b)} ${c//x/$(d)}", &["echo¦${a:-$(b)}¦${c//x/$(d)}", "b", "d"]),
        ("echo $((1 + $(a)))", &["echo¦$((1 + $(a)))", "a"]),
        ("coproc a; wait", &["a", "wait"]),
        ("a &>x; b >&2 <<<\"$(c)\"", &["a", "b", "c"]),
    ] {
        assert_eq!(commands(text), expected, "{text:?}");
        assert!(parse(text).errors.is_empty(), "{text:?}: {:?}", parse(text).errors);
    }
}

#[test]
fn words_are_what_the_program_gets() {
    assert_eq!(
        values("echo 'a b' \"c\\\"d\" e\\ f g\\\nh 'it'\"'\"'s' \"\" $'x\\ty'"),
        ["echo", "a b", "c\"d", "e f", "gh", "it's", "", "x\ty"]
    );
    assert_eq!(values("ls *.log a? [ab] {a,b} ~ $X $(y) <z>"), ["ls", "?", "?", "?", "?", "?", "?", "?", "?"]);
    assert_eq!(
        values("echo \"*.log\" '[ab]' \\* a{}c 1..2 [ ]"),
        ["echo", "*.log", "[ab]", "*", "a{}c", "1..2", "[", "]"]
    );
    assert_eq!(
        values("curl https://host/x?a=1 -o jsonpath={.a[0]}"),
        ["curl", "https://host/x?a=1", "-o", "jsonpath={.a[0]}"]
    );
    assert_eq!(values("/usr/bin/env \\ls"), ["/usr/bin/env", "ls"]);
}

#[test]
fn a_known_variable_makes_a_known_word() {
    let script = parse("kubectl -n \"${NS:-default}\" get $KIND/${NAME}-0 ${X%.*} ~/x ${Y:-$NS}");
    let words = &script.commands[0].words;
    let lookup = |name: &str| match name {
        "KIND" => Some("pod".to_owned()),
        "NAME" => Some("api".to_owned()),
        "X" => Some("a.b".to_owned()),
        "HOME" => Some("/home/me".to_owned()),
        _ => None,
    };
    let known: Vec<_> = words.iter().map(|word| word.known(&lookup)).collect();
    assert_eq!(known[2].as_deref(), Some("default"));
    assert_eq!(known[4].as_deref(), Some("pod/api-0"));
    assert_eq!(known[5], None, "what is changed on its way is not known");
    assert_eq!(known[6].as_deref(), Some("/home/me/x"));
    assert_eq!(known[7], None);
    assert_eq!(words[4].variables(), ["KIND", "NAME"]);
}

#[test]
fn a_placeholder_is_a_part_of_its_word() {
    let text = "kubectl -n \"<ns>\" logs pod/<pod>-0 --since=<a while>";
    let script = parse(text);
    let with: Vec<bool> = script.commands[0].words.iter().map(crate::shell::Word::has_placeholder).collect();
    assert_eq!(with, [false, false, true, false, true, true]);
    assert!(script.commands[0].has_placeholder());
    let parts = &script.commands[0].words[4].parts;
    assert_eq!(parts.len(), 3);
    assert_eq!(text.get(parts[1].span.start..parts[1].span.end), Some("<pod>"));
    assert_eq!(parts[2].kind, crate::shell::PartKind::Literal("-0".to_owned()));
}

#[test]
fn a_placeholder_in_a_here_document_is_found() {
    let script = parse("kubectl apply -f - <<EOF\nname: <name>\nns: $NS\nEOF\n");
    assert!(script.commands[0].has_placeholder());
    assert_eq!(script.reads.len(), 1);
}

#[test]
fn commands_around_a_mistake_are_found() {
    assert_eq!(commands("echo \"abc\nkubectl get pods\nfoo \\\n bar"), ["kubectl¦get¦pods", "foo¦bar"]);
    assert_eq!(commands("if true; then\n  ls\nkubectl get po"), ["true", "ls", "kubectl¦get¦po"]);
    assert_eq!(commands("kubectl get po )\nls"), ["kubectl¦get¦po", "ls"]);
    assert_eq!(commands("for x in a; do\n  kubectl get $x"), ["kubectl¦get¦$x"]);
    let script = parse("echo 'a\nls");
    assert!(!script.errors.is_empty());
    assert_eq!(script.errors[0].message, "unterminated single quote");
}
