//! Snippets with the exact words and places that must come out.

use super::parse;
use crate::shell::{Context, Script, Wrapper};

/// Every command as its words, joined by `¦`, each word as it is written.
fn commands(text: &str) -> Vec<String> {
    written(text, &parse(text))
}

fn written(text: &str, script: &Script) -> Vec<String> {
    let word = |start: usize, end: usize| text.get(start..end).expect("a span on boundaries").to_owned();
    script
        .commands
        .iter()
        .map(|command| command.words.iter().map(|it| word(it.span.start, it.span.end)).collect::<Vec<_>>().join("¦"))
        .collect()
}

#[test]
fn scratch() {
    for text in [
        "A=b kubectl get po -n \"$NS\" | grep -v x > out 2>&1 &",
        "sudo -u root sh -c 'ls -l | xargs rm -f'",
        "kubectl delete pod <pod name> -n x",
        "echo \"a $(kubectl get po -o name) b\"; ssh -p 22 host \"ps \\\"$X\\\" | xargs kill\"",
        "bash <<EOF\nkubectl get $X\nEOF\nls",
        "echo \"abc\nkubectl get pods\nfoo \\\n bar",
        "if true; then\n ls\nkubectl get po",
        "find . -name '*.c' -exec rm {} \\; -exec ls {} +",
        "ls *.log {a,b} [a-z]x ~/y 'it''s' $'a\\tb'",
    ] {
        let script = parse(text);
        eprintln!("--- {text}\n{:?}", written(text, &script));
        for command in &script.commands {
            eprintln!(
                "   {:?} {:?} {:?} {:?} {:?}",
                command.parent,
                command.via,
                command.context,
                command.nesting,
                command.words.iter().map(crate::shell::Word::literal).collect::<Vec<_>>()
            );
        }
        eprintln!("   {:?}", script.errors);
    }
    let _ = (commands("ls"), Context::Local, Wrapper::Plain);
}
