//! The table of kubectl's verbs and flags, compared with a real kubectl.

use std::process::Command;

use crate::harness::repository;

#[test]
fn the_table_of_flags_is_what_kubectl_says_of_itself() {
    let kubectl = repository().join("target/testcluster/kubectl");
    assert!(kubectl.is_file(), "no kubectl at {}: run `bash tests/setup`", kubectl.display());
    let mut command = Command::new("node");
    command.arg(repository().join("tests/kubectl-flags/update.mjs")).arg("--check").arg(kubectl);
    let done = command.output().expect("node runs");
    let told = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "src/reference/kubectl/flags.txt is out of date:\n{told}");
}
