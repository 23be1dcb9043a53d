//! Which actions can be dry-run: those that only talk to the API server, because the gate stands there and nowhere else.

use crate::model::{Step, StepLanguage};
use crate::shell;

/// Programs that change nothing, which may stand beside kubectl in a block that is dry-run.
const HARMLESS: &[&str] = &[
    "kubectl", "oc", "echo", "printf", "jq", "grep", "cat", "cut", "head", "tail", "tr", "wc", "test", "[", "[[",
    "true", "false", "date", "export", "set", "sleep", "exit", "read", "local", "declare", ":",
];

/// Returns why an action cannot be dry-run, if it cannot.
pub(crate) fn is_possible(step: &Step) -> Result<(), String> {
    match step.language {
        StepLanguage::Object(_) => Ok(()),
        StepLanguage::Shell(_) | StepLanguage::Console => only_the_cluster(step.code.text()),
        StepLanguage::Http | StepLanguage::Promql => Err("a request cannot be dry-run".to_owned()),
    }
}

fn only_the_cluster(text: &str) -> Result<(), String> {
    let script = shell::parse(text);
    for command in &script.commands {
        if command.redirections.iter().any(|to| to.writes() && !to.target.is("/dev/null")) {
            return Err("cannot be dry-run: it writes a file".to_owned());
        }
        let Some(word) = command.words.first() else { continue };
        match command.name() {
            Some(name) if name == "date" && sets_the_clock(command) => {
                return Err("cannot be dry-run: it sets the clock".to_owned());
            }
            Some(name) if HARMLESS.contains(&name.as_str()) => {}
            Some(name) => return Err(format!("cannot be dry-run: `{name}` does not go through the gate")),
            None if word.parts.is_empty() => {}
            None => return Err("cannot be dry-run: one of its commands is not known beforehand".to_owned()),
        }
    }
    Ok(())
}

/// `date -s …`, `date --set=…` and `date MMDDhhmm`.
fn sets_the_clock(command: &shell::Command) -> bool {
    let mut words = command.words.iter().skip(1).filter_map(shell::Word::literal);
    words.any(|word| {
        word.starts_with("-s") || word.starts_with("--set") || word.starts_with(|first: char| first.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::only_the_cluster;

    #[test]
    fn kubectl_beside_harmless_tools_can_be_dry_run() {
        assert_eq!(only_the_cluster("echo now\nkubectl scale deploy/x --replicas=3 | cat"), Ok(()));
    }

    #[test]
    fn a_database_client_cannot() {
        assert!(only_the_cluster("kubectl get pods; psql -c 'VACUUM'").unwrap_err().contains("`psql`"));
    }

    #[test]
    fn a_tool_that_can_be_told_to_write_cannot() {
        for text in ["sed -i s/a/b/ f", "awk 'BEGIN { system(\"x\") }'", "sort -o f f", "uniq a b", "date -s tomorrow"]
        {
            assert!(only_the_cluster(text).is_err(), "{text}");
        }
        assert_eq!(only_the_cluster("kubectl create job \"x-$(date +%s)\" --from=cronjob/x"), Ok(()));
    }

    #[test]
    fn a_script_that_writes_a_file_cannot() {
        assert!(only_the_cluster("kubectl get pods > /tmp/pods").is_err());
    }
}
