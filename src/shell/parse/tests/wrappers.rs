//! Commands that carry commands.

use super::commands;
use crate::shell::{Command, Context, Wrapper, parse};

fn find(text: &str, name: &str) -> Command {
    let script = parse(text);
    let last = script.commands.into_iter().rfind(|command| command.name().as_deref() == Some(name));
    last.unwrap_or_else(|| panic!("{name} in {text:?}"))
}

#[test]
fn the_carried_command_is_found_with_what_carries_it() {
    use Wrapper::{Container, Find, Plain, Privilege, Remote, Shell, Time, Timeout, Trap, Watch, Xargs};
    for (text, via) in [
        ("sudo rm -rf x", &[Privilege][..]),
        ("sudo -u postgres -E rm x", &[Privilege]),
        ("env -i A=b rm x", &[Plain]),
        ("time rm x", &[Time]),
        ("timeout -k 5 30s rm x", &[Timeout]),
        ("nohup rm x &", &[Plain]),
        ("ls | xargs -r -n1 rm -f", &[Xargs]),
        ("ls | xargs -I{} sh -c 'rm {}'", &[Xargs, Shell]),
        ("watch -n 5 'ls; rm x'", &[Watch]),
        ("sh -c 'ls && rm x'", &[Shell]),
        ("bash -lc \"rm $X\"", &[Shell]),
        ("bash -euo pipefail -c 'rm x'", &[Shell]),
        ("eval 'rm x'", &[Shell]),
        ("ssh -p 22 host 'ls | xargs rm'", &[Remote, Xargs]),
        ("ssh host sudo rm x", &[Remote, Privilege]),
        ("ssh host <<EOF\nrm x\nEOF", &[Remote]),
        ("kubectl exec -it pod -c a -- rm x", &[Container]),
        ("kubectl -n x exec deploy/y -- sh -c 'rm x'", &[Container, Shell]),
        ("kubectl exec pod rm x", &[Container]),
        ("oc rsh pod rm -rf x", &[Container]),
        ("oc debug node/x -- chroot /host rm x", &[Container, Remote]),
        ("docker exec -it -u 0 c rm x", &[Container]),
        ("docker run --rm -v a:b --name c image rm x", &[Container]),
        ("docker compose -f x exec -T db rm x", &[Container]),
        ("kubectl run x --image=y --rm -it -- rm x", &[Container]),
        ("find . -name x -exec rm {} \\;", &[Find]),
        ("command rm x", &[Plain]),
        ("exec rm x", &[Plain]),
        ("sudo -- sh -c \"timeout 5 rm x\"", &[Privilege, Shell, Timeout]),
        ("bash <<'EOF'\nrm x\nEOF", &[Shell]),
        ("kubectl exec -i pod -- bash -s <<EOF\nrm x\nEOF", &[Container, Shell]),
        ("trap 'rm x' EXIT", &[Trap]),
        ("su - postgres -c 'rm x'", &[Privilege]),
        ("nsenter -t 1 -m -- rm x", &[Remote]),
        ("flock /l -c 'rm x'", &[Plain]),
        ("gcloud compute ssh vm --command 'rm x'", &[Remote]),
    ] {
        assert_eq!(find(text, "rm").via, via, "{text:?}");
    }
}

#[test]
fn what_only_looks_like_a_carrier_carries_nothing() {
    for text in [
        "command -v rm",
        "sudo -l",
        "ssh host",
        "kubectl exec -it pod -- bash",
        "bash script.sh",
        "echo sudo rm",
        "kubectl get exec",
        "trap - EXIT",
        "find . -name rm",
        "exec 2>&1",
    ] {
        let carried = parse(text).commands.iter().any(|command| command.name().as_deref() == Some("rm"));
        assert!(!carried, "{text:?}");
    }
}

#[test]
fn places_are_kept_through_layers_of_quotes() {
    let text = "ssh host \"kubectl exec p -- sh -c 'rm \\\"\\$F\\\" -f'\"";
    let rm = find(text, "rm");
    let words: Vec<_> = rm.words.iter().filter_map(|word| text.get(word.span.start..word.span.end)).collect();
    assert_eq!(words, ["rm", "\"\\$F\\\"", "-f"]);
    assert_eq!(rm.context, Context::Remote);
    assert_eq!(commands("sh -c 'é; rm \"a b\"'")[2], "rm¦\"a b\"");
}

#[test]
fn what_the_outer_shell_fills_in_is_run_there_once() {
    let text = "ssh host \"rm $(ls -1) <file>\"";
    let script = parse(text);
    assert_eq!(commands(text), ["ssh¦host¦\"rm $(ls -1) <file>\"", "rm¦$(ls -1)¦<file>", "ls¦-1"]);
    let contexts: Vec<_> = script.commands.iter().map(|command| command.context).collect();
    assert_eq!(contexts, [Context::Local, Context::Remote, Context::Local]);
    assert!(script.commands[1].words[2].has_placeholder());
}

#[test]
fn arguments_may_follow_under_xargs() {
    assert!(find("ls | xargs rm -f", "rm").takes_more_arguments());
    assert!(!find("sudo rm -f x", "rm").takes_more_arguments());
}

#[test]
fn wrappers_in_wrappers_end() {
    let text = "sudo ".repeat(500) + "ls";
    assert!(parse(&text).commands.len() < 20);
}
