//! The file a shell reads before a block: the prelude, and the state that the blocks before handed on.

use std::fmt::Write as _;
use std::path::Path;

use super::Dialect;
use super::quote::quote;
use super::state::{State, Variable};

/// Returns the file. `mailbox` is where the shell leaves its state at its end.
pub(super) fn render(dialect: Dialect, state: &State, mailbox: &Path) -> String {
    let mailbox = quote(&mailbox.to_string_lossy());
    let (prelude, postlude) = match dialect {
        Dialect::Bash => (include_str!("prelude.bash"), include_str!("postlude.bash")),
        Dialect::Sh => (include_str!("prelude.sh"), include_str!("postlude.sh")),
    };
    let carried = match dialect {
        Dialect::Bash => bash(state),
        Dialect::Sh => sh(state),
    };
    let strict = match dialect {
        Dialect::Bash => r"\builtin set -eE -o pipefail",
        Dialect::Sh => r"\set -e",
    };
    let flags =
        if state.flags.is_empty() { String::new() } else { format!("{{ \\set -{}; }} 2>/dev/null\n", state.flags) };
    format!("__runbooks_mailbox={mailbox}\n{prelude}{carried}{postlude}{strict}\n{flags}")
}

/// Returns statements for a secret part of the state, which reaches the shell by its environment.
pub(super) fn statements<'a>(variables: impl IntoIterator<Item = (&'a String, &'a Variable)>) -> String {
    let mut text = String::new();
    for (name, variable) in variables {
        assign(name, variable, &mut text);
    }
    text
}

fn bash(state: &State) -> String {
    let mut text = String::new();
    for name in &state.unset {
        line(&mut text, format_args!("unset -v {name} 2>/dev/null"));
    }
    for (name, variable) in &state.variables {
        assign(name, variable, &mut text);
    }
    for (act, options) in [("-s", &state.set_options), ("-u", &state.unset_options)] {
        if !options.is_empty() {
            line(&mut text, format_args!("shopt {act} {} 2>/dev/null", options.join(" ")));
        }
    }
    // Last, because they may stand in the way of what is said above.
    text.push_str(&state.functions);
    if !state.functions.is_empty() && !state.functions.ends_with('\n') {
        text.push('\n');
    }
    for name in &state.exported_functions {
        line(&mut text, format_args!("builtin declare -fx {name}"));
    }
    for alias in &state.aliases {
        line(&mut text, format_args!("{alias}"));
    }
    text
}

fn sh(state: &State) -> String {
    let mut text = String::new();
    for name in &state.unset {
        line(&mut text, format_args!("unset {name}"));
    }
    for (name, variable) in &state.variables {
        if !matches!(variable, Variable::Bash(_)) {
            assign(name, variable, &mut text);
        }
    }
    for alias in &state.aliases {
        let alias = alias.strip_prefix("alias ").unwrap_or(alias);
        line(&mut text, format_args!("alias {alias}"));
    }
    text
}

fn assign(name: &str, variable: &Variable, text: &mut String) {
    match variable {
        Variable::Shell(value) => line(text, format_args!("{name}={}", quote(value))),
        Variable::Exported(value) => line(text, format_args!("export {name}={}", quote(value))),
        Variable::Bash(statement) => line(text, format_args!("{statement} 2>/dev/null")),
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{arguments}");
}
