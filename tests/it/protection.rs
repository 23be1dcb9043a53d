//! Targets that ask for more than `--yes`.

use crate::execution::at_a_terminal;
use crate::harness::Collection;

const PAGE: &str = "# Page\n\n```bash action id=one\necho one >> log\n```\n";

/// A collection with a protected target, its text committed.
fn protected() -> Collection {
    let collection = Collection::empty()
        .with("page.md", PAGE)
        .with("runbooks.toml", "[target.production]\nprotected = true\n")
        .with(".gitignore", ".runbooks\nlog\n");
    for words in ["init -q", "add .", "-c user.name=mara -c user.email=mara@desk commit -q -m text"] {
        words.split(' ').fold(collection.command("git"), crate::harness::Run::arg).done().exits(0);
    }
    collection
}

#[test]
fn a_protected_target_wants_its_name_said() {
    let collection = protected();
    let exec = "exec page --target production --yes";
    collection.run(exec).done().exits(2).says("--confirm-target production");
    collection.run(exec).arg("--confirm-target").arg("staging").done().exits(2).says("`staging` is not `production`");
    assert!(!collection.path("log").exists());
    collection.run(exec).arg("--confirm-target").arg("production").done().exits(0);
    assert_eq!(collection.text("log"), "one\n");
}

#[test]
fn a_person_types_the_name_of_a_protected_target() {
    let collection = protected();
    let exec = "exec page --target production";
    at_a_terminal(&collection, exec, &[("Type its name", "prod")]).exits(2);
    at_a_terminal(&collection, exec, &[("Type its name", "")]).exits(130);
    at_a_terminal(&collection, exec, &[("Type its name", "production"), ("Run it?", "y")]).exits(0);
    assert_eq!(collection.text("log"), "one\n");
}

#[test]
fn a_text_that_is_not_committed_is_refused_unless_forced_and_that_is_on_record() {
    let collection = protected();
    collection.write("page.md", &PAGE.replace("echo one", "echo two"));
    let exec = "exec page --target production --yes --confirm-target production";
    collection.run(exec).done().exits(2).says("`page.md` is changed and not committed").says("--force-uncommitted");
    assert!(!collection.path("log").exists());
    collection.run(exec).arg("--force-uncommitted").done().exits(0);
    assert_eq!(collection.text("log"), "two\n");
    let forced = collection.journal().into_iter().find(|line| line["event"] == "forced").expect("it is on record");
    assert_eq!(forced["what"], "`page.md` is changed and not committed, on protected target `production`");
}

#[test]
fn a_target_without_protection_takes_what_is_not_committed() {
    let collection = Collection::empty().with("page.md", PAGE).with("runbooks.toml", "[target.desk]\n");
    collection.run("exec page --target desk --yes").done().exits(0);
}

#[test]
fn a_target_says_who_may_carry_out_what() {
    let rules = |rules: &str| format!("[target.production]\nallowed = {rules}\n");
    let collection = Collection::empty().with("page.md", PAGE);
    for (allowed, exit) in [
        ("['page']", 0),
        ("['mara: *']", 0),
        ("['mara@desk: pa*']", 0),
        ("['other', 'ole: **']", 2),
        ("['mara: other']", 2),
    ] {
        collection.write("runbooks.toml", &rules(allowed));
        let done = collection.run("exec page --target production --yes").done().exits(exit);
        assert_eq!(exit == 2, done.stderr.contains("does not let mara@desk"), "{allowed}: {done}");
    }
}
