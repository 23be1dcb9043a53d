//! kubectl and oc.

use crate::shell::options::has_flag;
use crate::shell::parse::KUBECTL;
use crate::shell::{Command, Word};

use super::Problem;

pub(super) fn judge(command: &Command, carries: bool) -> Option<Problem> {
    let words = command.arguments();
    let operands = KUBECTL.operands(words);
    let verb = operands.first()?.literal()?;
    let own = own_words(words);
    let terminal = has_flag(own, Some('t'), "tty")
        || own.iter().any(|word| matches!(word.literal_prefix().as_str(), "-it" | "-ti"));
    let watches = has_flag(own, Some('w'), "watch") || has_flag(own, None, "watch-only");
    match verb.as_str() {
        "exec" | "run" | "debug" | "rsh" if terminal && carries => {
            Some(Problem::interactive("asks for a terminal", "leave out `-t`: the command needs none"))
        }
        "exec" | "run" | "debug" if terminal => Some(Problem::interactive(
            "opens a terminal in a container",
            "put the command to run behind `--`, without `-it`",
        )),
        "rsh" if !carries => {
            Some(Problem::interactive("opens a shell in a container", "put the command to run behind the pod's name"))
        }
        "debug" if !carries && operands.get(1).is_some_and(|word| word.literal_prefix().starts_with("node")) => {
            Some(Problem::interactive("opens a shell on a node", "put the command to run behind `--`"))
        }
        "edit" => Some(Problem::interactive("opens an editor", "use `kubectl patch` or `kubectl apply`")),
        "apply" if operands.get(1).is_some_and(|word| word.is("edit-last-applied")) => {
            Some(Problem::interactive("opens an editor", "use `kubectl patch` or `kubectl apply`"))
        }
        "attach" => Some(Problem::interactive("attaches to a container", "use `kubectl logs`")),
        "delete" if has_flag(own, Some('i'), "interactive") => {
            Some(Problem::interactive("asks before it deletes", "leave out `-i`"))
        }
        "login" if !has_flag(own, None, "token") && !has_flag(own, Some('p'), "password") => {
            Some(Problem::interactive("asks for a password", "give `--token`"))
        }
        "logs" | "log" if has_flag(own, Some('f'), "follow") => {
            Some(Problem::endless("follows the log", "leave out `-f` and bound it with `--tail` or `--since`"))
        }
        "get" | "events" | "status" if watches => Some(Problem::endless(
            "watches without end",
            "use `kubectl wait --for=… --timeout=…`, or a check with `within`",
        )),
        "port-forward" => Some(Problem::endless(
            "forwards a port until it is stopped",
            "make it an action with `background` and `ready`",
        )),
        "proxy" => Some(Problem::endless("serves until it is stopped", "use `kubectl get --raw`")),
        _ => None,
    }
}

/// Returns the words before `--`.
fn own_words(words: &[Word]) -> &[Word] {
    let end = words.iter().position(|word| word.is("--")).unwrap_or(words.len());
    words.get(..end).unwrap_or_default()
}
