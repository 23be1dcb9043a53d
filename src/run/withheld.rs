//! Which secrets a step is not given: those that its text does not need.
//!
//! A process can see its whole environment, and so can whatever it starts. A step needs a secret if its code names it,
//! be it in a comment, or runs a program that reads it by itself. A secret that no step of the runbook needs so is for
//! programs that cannot be told from here, and all steps get it.

use std::collections::BTreeSet;

use crate::model::{Runbook, Step, StepLanguage, Values};
use crate::shell;
use crate::shell::prompt::split;

/// Variables that programs read without being told to, each with these programs.
const READ_UNNAMED: &[(&str, &[&str])] = &[
    (
        "PGPASSWORD",
        &[
            "psql",
            "pg_dump",
            "pg_dumpall",
            "pg_restore",
            "pg_basebackup",
            "pg_isready",
            "pg_receivewal",
            "pg_recvlogical",
            "pgbench",
            "createdb",
            "dropdb",
            "createuser",
            "dropuser",
            "vacuumdb",
            "reindexdb",
            "clusterdb",
        ],
    ),
    ("MYSQL_PWD", &["mysql", "mysqldump", "mysqladmin", "mysqlcheck", "mariadb", "mariadb-dump", "mariadb-admin"]),
    ("REDISCLI_AUTH", &["redis-cli", "valkey-cli"]),
    ("VAULT_TOKEN", &["vault"]),
    ("GH_TOKEN", &["gh"]),
    ("GITHUB_TOKEN", &["gh"]),
    ("SSHPASS", &["sshpass"]),
    ("RESTIC_PASSWORD", &["restic"]),
    ("BORG_PASSPHRASE", &["borg"]),
];

/// Returns the variables with secrets that a step has no need of: the values and, of params, the variables that they
/// were taken from.
pub(super) fn of(runbook: &Runbook, step: &Step, values: &Values) -> Vec<String> {
    let secrets = values.iter().filter(|(_, value)| value.secret).map(|(name, _)| name.as_str());
    let secrets = secrets.filter(|name| runbook.steps.iter().any(|step| needs(step, name)));
    let sources = runbook.params.iter().filter(|param| param.secret).filter_map(|param| param.env.as_deref());
    let sources = sources.filter(|name| !values.contains_key(*name));
    let names: BTreeSet<_> = secrets.chain(sources).filter(|name| !needs(step, name)).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn needs(step: &Step, name: &str) -> bool {
    let text = step.code.text();
    if names(text, name) || step.bindings.iter().any(|(_, bound)| names(bound, name)) {
        return true;
    }
    match step.language {
        StepLanguage::Console => split(text).iter().any(|exchange| runs_reader(exchange.command.text(), name)),
        StepLanguage::Shell(_) => runs_reader(text, name),
        StepLanguage::Http | StepLanguage::Promql | StepLanguage::Object(_) => false,
    }
}

/// Returns whether a shell text that a session carries over needs the variable of a secret.
pub(super) fn is_needed_by(text: &str, name: &str) -> bool {
    names(text, name) || runs_reader(text, name)
}

/// Returns whether a text holds a name as a word of its own, in whatever language: `$NAME`, `env.NAME`, `printenv NAME`.
fn names(text: &str, name: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(joins) && !text[at + name.len()..].starts_with(joins))
}

fn runs_reader(text: &str, name: &str) -> bool {
    let Some((_, readers)) = READ_UNNAMED.iter().find(|(variable, _)| *variable == name) else { return false };
    let reads = |command: &shell::Command| {
        let called = command.name();
        let program = called.as_deref().and_then(|called| called.rsplit('/').next()).unwrap_or_default();
        command.context == shell::Context::Local && readers.contains(&program)
    };
    readers.iter().any(|reader| text.contains(reader)) && shell::parse(text).commands.iter().any(reads)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{RunbookId, Source, Value, ValueOrigin};
    use crate::parse;

    fn withheld(front: &str, blocks: &[&str], known: &[&str]) -> Vec<Vec<String>> {
        let blocks = blocks.iter().map(|block| format!("```{block}\n```\n\n")).collect::<Vec<_>>().concat();
        let source = Arc::new(Source::new("a.md", format!("---\n{front}\n---\n\n# A\n\n{blocks}")));
        let (runbook, _) = parse::parse(RunbookId("a".to_owned()), source, &[].into());
        let secret = |name: &&str| {
            let value = Value { text: "hunter2hunter2".to_owned(), secret: true, origin: ValueOrigin::Default };
            ((*name).to_owned(), value)
        };
        let values: Values = known.iter().map(secret).collect();
        runbook.steps.iter().map(|step| of(&runbook, step, &values)).collect()
    }

    const TOKEN: &str = "params: [{name: TOKEN, secret: true}]";

    #[test]
    fn who_names_a_secret_is_given_it_and_nobody_else() {
        let blocks = [
            "bash check\ncurl -H \"Authorization: $TOKEN\" x",
            "bash check\nkubectl get pods; echo $TOKENS $MY_TOKEN",
            "bash check\n./rotate # reads TOKEN",
            "bash check\njq -n env.TOKEN",
            "console check\n$ printenv TOKEN",
            "console check\n$ kubectl get pods",
        ];
        let none = Vec::<String>::new();
        let kept = vec!["TOKEN".to_owned()];
        assert_eq!(
            withheld(TOKEN, &blocks, &["TOKEN"]),
            [none.clone(), kept.clone(), none.clone(), none.clone(), none, kept]
        );
    }

    #[test]
    fn who_runs_a_program_that_reads_it_by_itself_is_given_it() {
        let front = "params: [{name: PGPASSWORD, secret: true, env: PGPASSWORD}]";
        let blocks = [
            "bash check\nx=$(timeout 5 psql -wXAtc 'SELECT 1')",
            "bash check\nkubectl exec db-0 -- psql -c 'SELECT 1'",
            "bash check\necho psql",
            "console check\n$ /usr/bin/pg_dump shop",
        ];
        let lengths: Vec<_> = withheld(front, &blocks, &["PGPASSWORD"]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [0, 1, 1, 0]);
    }

    #[test]
    fn what_no_step_visibly_needs_all_are_given() {
        let blocks = ["bash check\n./deploy", "bash check\nterraform plan"];
        assert_eq!(withheld(TOKEN, &blocks, &["TOKEN"]), [Vec::<String>::new(), Vec::new()]);
    }

    #[test]
    fn a_request_that_fills_a_secret_in_gives_it_to_no_process() {
        let blocks = ["http check\nGET https://shop.example/?key=${TOKEN}", "bash check\ntrue"];
        assert_eq!(withheld(TOKEN, &blocks, &["TOKEN"])[1], ["TOKEN"]);
    }

    #[test]
    fn the_variable_that_a_secret_is_taken_from_is_withheld_too() {
        let front = "params: [{name: TOKEN, secret: true, env: CI_TOKEN}]";
        let blocks = ["bash check\ncurl $TOKEN", "bash check\ncurl $CI_TOKEN", "bash check\ntrue"];
        let withheld = withheld(front, &blocks, &["TOKEN"]);
        assert_eq!(withheld, [vec!["CI_TOKEN"], vec!["TOKEN"], vec!["CI_TOKEN", "TOKEN"]]);
    }
}
