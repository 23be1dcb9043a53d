//! What a shell hands on when it ends → the session's new state.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Dialect;
use super::quote::{statements, unquote};
use super::state::{CARRIED_FLAGS, State, Variable, is_name, is_own};

/// What the shell knew about its end.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Failure {
    /// The line of the block, from 1, whose command ended it.
    pub(crate) line: Option<usize>,
    /// That command, as the shell understood it.
    pub(crate) command: String,
    /// The statuses of the commands of its pipe.
    pub(crate) statuses: Vec<i32>,
}

/// A message from a shell at its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dump {
    /// The state that later blocks begin with.
    pub(super) state: State,
    /// The command that ended the block, where one did.
    pub(super) failure: Option<Failure>,
    /// Whether a writer whose reader had enough was forgiven.
    pub(super) broken_pipe: bool,
}

/// Number of fields between `begin` and `end`.
const FIELDS: usize = 12;

/// Reads the last whole message; `None` where the shell was ended before it could leave one.
pub(super) fn read(message: &[u8], dialect: Dialect, given: &BTreeMap<&str, &str>, before: &State) -> Option<Dump> {
    let message = String::from_utf8_lossy(message);
    let fields: Vec<&str> = message.split('\0').collect();
    let begin = fields.iter().rposition(|&field| field == "begin")?;
    let fields = fields.get(begin + 1..begin + 2 + FIELDS)?;
    let [
        flags,
        options_before,
        options,
        line,
        command,
        statuses,
        broken,
        directory,
        variables,
        functions,
        names,
        rest,
        "end",
    ] = fields
    else {
        return None;
    };
    // The two fields that are printed last differ: bash lists its aliases there, and `sh` its exports.
    let (aliases, exports) = match dialect {
        Dialect::Bash => (*rest, ""),
        Dialect::Sh => (*names, *rest),
    };
    let mut state = State {
        directory: Some(PathBuf::from(directory.strip_suffix('\n').unwrap_or(directory))),
        aliases: statements(aliases).into_iter().map(str::to_owned).collect(),
        flags: flags.chars().filter(|flag| CARRIED_FLAGS.contains(*flag)).collect(),
        ..State::default()
    };
    match dialect {
        Dialect::Bash => {
            bash_variables(variables, &mut state);
            (*functions).clone_into(&mut state.functions);
            state.exported_functions = exported_functions(names);
            state.set_options = only_in(options, options_before);
            state.unset_options = only_in(options_before, options);
        }
        Dialect::Sh => {
            sh_variables(variables, exports, &mut state);
            keep_what_sh_has_not(before, &mut state);
        }
    }
    forget_what_is_given(given, &mut state);
    let failed = !statuses.is_empty();
    let failure = failed.then(|| Failure {
        line: line.parse().ok(),
        command: (*command).to_owned(),
        statuses: statuses.split(' ').filter_map(|status| status.parse().ok()).collect(),
    });
    Some(Dump { state, failure, broken_pipe: !broken.is_empty() })
}

/// Reads `declare -p`: `declare -x NAME="value"`.
fn bash_variables(text: &str, state: &mut State) {
    for statement in statements(text) {
        let Some((attributes, rest)) = statement.strip_prefix("declare -").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
        if is_own(name) || !is_name(name) {
            continue;
        }
        let variable = match (attributes, value.and_then(unquote)) {
            ("-", Some(value)) => Variable::Shell(value),
            ("x", Some(value)) => Variable::Exported(value),
            _ => Variable::Bash(statement.to_owned()),
        };
        state.variables.insert(name.to_owned(), variable);
    }
}

/// Reads `set` and `export -p` of a POSIX shell: `NAME='value'` and `export NAME='value'`.
fn sh_variables(variables: &str, exports: &str, state: &mut State) {
    let exported: Vec<&str> = statements(exports)
        .into_iter()
        .filter_map(|statement| statement.strip_prefix("export ").or_else(|| statement.strip_prefix("declare -x ")))
        .map(|rest| rest.split_once('=').map_or(rest, |(name, _)| name))
        .collect();
    for statement in statements(variables) {
        let Some((name, value)) = statement.split_once('=') else { continue };
        if is_own(name) || !is_name(name) {
            continue;
        }
        if let Some(value) = unquote(value) {
            let variable = if exported.contains(&name) { Variable::Exported(value) } else { Variable::Shell(value) };
            state.variables.insert(name.to_owned(), variable);
        }
    }
}

/// A `sh` block cannot see arrays and functions of the bash blocks before it; the bash blocks after it can.
fn keep_what_sh_has_not(before: &State, state: &mut State) {
    for (name, variable) in &before.variables {
        if matches!(variable, Variable::Bash(_)) && !state.variables.contains_key(name) {
            state.variables.insert(name.clone(), variable.clone());
        }
    }
    state.functions.clone_from(&before.functions);
    state.exported_functions.clone_from(&before.exported_functions);
    state.set_options.clone_from(&before.set_options);
    state.unset_options.clone_from(&before.unset_options);
}

fn forget_what_is_given(given: &BTreeMap<&str, &str>, state: &mut State) {
    for (&name, &value) in given {
        if is_own(name) || !is_name(name) {
            continue;
        }
        match state.variables.get(name) {
            None => {
                state.unset.insert(name.to_owned());
            }
            Some(Variable::Exported(now)) if now == value => {
                state.variables.remove(name);
            }
            Some(_) => {}
        }
    }
    // Every shell sets it; only another value than the usual says something.
    if matches!(state.variables.get("IFS"), Some(Variable::Shell(value)) if value == " \t\n") {
        state.variables.remove("IFS");
    }
}

/// Reads `declare -F`: `declare -fx name`.
fn exported_functions(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("declare -f")?.split_once(' '))
        .filter(|(attributes, _)| attributes.contains('x'))
        .map(|(_, name)| name.to_owned())
        .collect()
}

fn only_in(one: &str, other: &str) -> Vec<String> {
    let other: Vec<&str> = other.split(':').collect();
    one.split(':').filter(|option| !option.is_empty() && !other.contains(option)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(variables: &str) -> Vec<u8> {
        format!("junk\0begin\0ehuB\0a:b\0b:c\07\0false\01 0\01\0/tmp\n\0{variables}\0f () \n{{ :; }}\n\0declare -fx f\n\0alias k='kubectl'\n\0end\0")
            .into_bytes()
    }

    #[test]
    fn everything_a_bash_hands_on_is_read() {
        let variables = "declare -x A=\"1\"\ndeclare -- B=$'x\\ny'\ndeclare -a C=([0]=\"z\")\ndeclare -ir UID=\"0\"\n";
        let given = BTreeMap::from([("A", "1"), ("GONE", "x")]);
        let dump = read(&message(variables), Dialect::Bash, &given, &State::default()).unwrap();
        let state = dump.state;
        assert_eq!(state.directory.as_deref(), Some(std::path::Path::new("/tmp")));
        assert_eq!(state.variables.get("B"), Some(&Variable::Shell("x\ny".to_owned())));
        assert_eq!(state.variables.get("C"), Some(&Variable::Bash("declare -a C=([0]=\"z\")".to_owned())));
        assert_eq!(state.variables.len(), 2, "what is given and what is the shell's own is not kept");
        assert!(state.unset.contains("GONE"));
        assert_eq!(state.flags, "u");
        assert_eq!((state.set_options, state.unset_options), (vec!["c".to_owned()], vec!["a".to_owned()]));
        assert_eq!(state.exported_functions, ["f"]);
        assert_eq!(dump.failure, Some(Failure { line: Some(7), command: "false".to_owned(), statuses: vec![1, 0] }));
    }

    #[test]
    fn half_a_message_is_none() {
        let message = message("");
        for length in 0..message.len() - 6 {
            assert_eq!(read(&message[..length], Dialect::Bash, &BTreeMap::new(), &State::default()), None);
        }
    }
}
