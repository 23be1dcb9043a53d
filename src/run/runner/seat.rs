//! Which steps are lent the operator's terminal: those that open a session there, and those that ask.

use std::time::Duration;

use super::Prepared;
use crate::model::Step;
use crate::shell::{self, Context, Interaction};
use crate::sys::process::Streams;
use crate::sys::terminal::{Console, Loan};

/// How long somebody may sit at a step that does not say how long it takes: a day.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_hours(24);

/// Programs that ask their question at the terminal, wherever their input comes from.
const ASK_THERE: &[&str] = &["sudo", "su", "doas", "ssh", "scp", "sftp", "passwd"];

/// How a script sits: away from the terminal, or at it.
pub(super) struct Seat<'a> {
    /// Where its streams go.
    pub(super) streams: Streams,
    /// How long one try may take.
    pub(super) limit: Duration,
    /// Held as long as it runs.
    pub(super) loan: Option<Loan<'a>>,
}

impl<'a> Seat<'a> {
    /// Lends the terminal to a script that needs it, where somebody sits there.
    pub(super) fn of(prepared: &Prepared<'_>, console: Option<&'a Console>, limit: Duration) -> Self {
        let away = Self { streams: Streams::Apart, limit, loan: None };
        let Some(console) = console else { return away };
        let step = prepared.step;
        let Some(streams) = streams(step.code.text(), prepared.looks_at_output()) else { return away };
        let limit = if step.timeout.is_some() { limit } else { AS_LONG_AS_IT_TAKES };
        Self { streams, limit, loan: Some(console.lend()) }
    }
}

/// Returns how a script's streams go if it needs a person.
fn streams(code: &str, looked_at: bool) -> Option<Streams> {
    let script = shell::parse(code);
    let opens = |found: &Interaction| match found {
        Interaction::Interactive(hold) => script.commands.get(hold.command).is_some_and(|command| !asks(command)),
        Interaction::None | Interaction::Endless(_) => false,
    };
    let session = shell::interactions(&script).iter().any(opens);
    let asks = script.commands.iter().any(asks);
    match (session, asks) {
        (true, _) if !looked_at => Some(Streams::Terminal),
        (true, _) | (_, true) => Some(Streams::AsksAtTerminal),
        (false, false) => None,
    }
}

fn asks(command: &shell::Command) -> bool {
    if command.context != Context::Local || command.background {
        return false;
    }
    let never = |flag: &str| command.words.iter().any(|word| word.is(flag));
    let asks_there = command.name().is_some_and(|name| ASK_THERE.contains(&name.as_str()) || reads(&name, command));
    asks_there && !never("-n") && !never("BatchMode=yes")
}

fn reads(name: &str, command: &shell::Command) -> bool {
    matches!(name, "read" | "select") && !command.input_given
}

impl Prepared<'_> {
    /// Returns whether what the step prints is compared, asserted or kept.
    pub(super) fn looks_at_output(&self) -> bool {
        let Step { expect, capture, output, .. } = self.step;
        expect.is_some() || capture.is_some() || output.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_the_whole_terminal() {
        for code in ["kubectl exec -it pod -- sh", "psql \"$URL\"", "vim notes"] {
            assert_eq!(streams(code, false), Some(Streams::Terminal), "{code}");
        }
        assert_eq!(streams("psql", true), Some(Streams::AsksAtTerminal));
    }

    #[test]
    fn what_asks_reads_there_and_is_kept() {
        for code in ["read -r -p 'Sure? ' ANSWER", "sudo systemctl restart x", "ssh host uptime"] {
            assert_eq!(streams(code, false), Some(Streams::AsksAtTerminal), "{code}");
        }
    }

    #[test]
    fn what_needs_nobody_is_not_lent_anything() {
        for code in [
            "psql -c 'SELECT 1'",
            "while read -r x; do echo $x; done < file",
            "echo x | read -r y",
            "sudo -n true",
            "ls",
        ] {
            assert_eq!(streams(code, false), None, "{code}");
        }
    }
}
