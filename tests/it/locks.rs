//! Nobody carries out a runbook while somebody else does, unknowingly.

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::execution::at_a_terminal;
use crate::harness::{Collection, Run};
use crate::process::{PATIENCE, Running, holds_within};

/// An action that waits while `hold` is there.
const PAGE: &str =
    "# Page\n\n```bash action id=waits\necho begun >> log\nwhile test -e hold; do sleep 0.02; done\n```\n";

fn page() -> Collection {
    Collection::empty().with("page.md", PAGE)
}

/// Starts a run, and returns when it is in its action.
fn running(collection: &Collection, run: Run) -> Running {
    collection.write("hold", "");
    let run = run.start();
    assert!(holds_within(PATIENCE, || collection.text_so_far("log").contains("begun")), "the action begins");
    run
}

fn let_go(collection: &Collection, run: Running) {
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    run.done(PATIENCE).exits(0);
}

fn lock_of(collection: &Collection) -> Json {
    let taken = collection.journal().into_iter().find(|line| line["event"] == "lock-taken");
    taken.expect("the lock is on record")
}

#[test]
fn a_second_run_of_a_runbook_is_told_who_holds_it_and_since_when() {
    let collection = page().with("other.md", "# Other\n\n```bash action\ntrue\n```\n");
    let first = running(&collection, collection.run("exec page --yes"));
    let second = collection.run("exec page --yes").done().exits(2);
    second.says("`page` is being carried out on `default` by mara@desk (run ").says(") since 2026-11-21T12:00:00Z");
    collection.run("exec other --yes").done().exits(0);
    let_go(&collection, first);
    collection.run("exec page --yes").done().exits(0);
    assert_eq!(collection.text("log"), "begun\nbegun\n");
}

/// Puts a lock into a namespace as somebody else would hold it, renewed at a time.
pub(crate) fn foreign_lock(namespace: &str, name: &str, renewed: &str) {
    let lease = format!(
        "{{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{{\"name\":\"{name}\"}},\"spec\":{{\"holderIdentity\":\"ole@lap (run r1)\",\"leaseDurationSeconds\":60,\"acquireTime\":\"2026-11-21T10:00:00.000000Z\",\"renewTime\":\"{renewed}\"}}}}"
    );
    let folder = tempfile::tempdir().expect("a folder for a test");
    let file = folder.path().join("lease.json");
    std::fs::write(&file, lease).expect("a file for a test");
    Cluster::shared().kubectl(&["apply", "-n", namespace, "-f", &file.to_string_lossy()]);
}

fn leases(namespace: &str) -> String {
    Cluster::shared().kubectl(&["get", "leases", "-n", namespace, "-o", "jsonpath={.items[*].metadata.name}"])
}

#[test]
fn a_second_run_from_elsewhere_is_told_by_the_cluster() {
    let cluster = Cluster::shared();
    cluster.namespace("locks-two");
    let (one, two) = (page(), page());
    let exec = |collection: &Collection| collection.run("exec page --yes --namespace locks-two").on(cluster);
    let first = running(&one, exec(&one));
    assert!(leases("locks-two").starts_with("runbooks-page-"), "{}", leases("locks-two"));
    let second = exec(&two).done().exits(2);
    second.says("by mara@desk (run ").says("since 2026-11-21T12:00:00Z");
    let second = exec(&two).arg("--take-over").done().exits(2);
    second.says("is being carried out");
    let_go(&one, first);
    assert_eq!(leases("locks-two"), "");
    assert_eq!(lock_of(&one)["kind"], "lease");
    exec(&two).done().exits(0);
}

#[test]
fn a_run_that_died_leaves_a_lock_that_is_its_own() {
    let cluster = Cluster::shared();
    cluster.namespace("locks-died");
    let collection = page();
    let run = running(&collection, collection.run("exec page --yes --namespace locks-died").on(cluster));
    run.kill();
    std::fs::remove_file(collection.path("hold")).expect("it was there");
    assert!(!leases("locks-died").is_empty());
    let resume = collection.run("exec --resume --yes --in-flight done --namespace locks-died").on(cluster);
    resume.done().exits(0);
    assert_eq!(leases("locks-died"), "");
}

#[test]
fn a_lock_that_is_not_renewed_is_taken_over_only_by_a_person() {
    let cluster = Cluster::shared();
    cluster.namespace("locks-stale");
    let collection = page();
    collection.run("exec page --yes --namespace locks-stale").on(cluster).done().exits(0);
    let name =
        lock_of(&collection)["place"].as_str().unwrap_or_default().split('`').nth(1).unwrap_or_default().to_owned();
    let old = "2026-11-21T11:00:00.000000Z";
    foreign_lock("locks-stale", &name, old);
    let other = page();
    let exec = || other.run("exec page --yes --namespace locks-stale").on(cluster);
    let refused = exec().done().exits(2);
    refused.says("by ole@lap (run r1) since 2026-11-21T10:00:00Z").says("--take-over");
    assert!(!other.path("log").exists());
    exec().arg("--take-over").done().exits(0);
    assert_eq!(lock_of(&other)["taken_over"], "ole@lap (run r1)");
    foreign_lock("locks-stale", &name, "2026-11-21T11:59:50.000000Z");
    let third = page();
    let run = third.run("exec page --yes --take-over --namespace locks-stale").on(cluster);
    run.done().exits(2).says("by ole@lap");
}

#[test]
fn a_person_is_asked_whether_a_lock_that_is_not_renewed_is_taken_over() {
    let cluster = Cluster::shared();
    cluster.namespace("locks-asked");
    let first = page();
    first.run("exec page --yes --namespace locks-asked").on(cluster).done().exits(0);
    let name = lock_of(&first)["place"].as_str().unwrap_or_default().split('`').nth(1).unwrap_or_default().to_owned();
    foreign_lock("locks-asked", &name, "2026-11-21T11:00:00.000000Z");
    let collection = page();
    let words = "exec page --namespace locks-asked";
    std::fs::create_dir_all(collection.home().join(".kube")).expect("a folder for a test");
    std::fs::copy(cluster.kubeconfig(), collection.home().join(".kube/config")).expect("a kubeconfig");
    let asked = [("Take the lock over?", "q")];
    at_a_terminal(&collection, words, &asked).exits(130);
    let asked = [("Take the lock over?", "t"), ("Run it?", "y")];
    at_a_terminal(&collection, words, &asked).exits(0);
    assert_eq!(collection.text("log"), "begun\n");
}

#[test]
fn who_may_not_lock_in_the_cluster_locks_on_the_machine_and_is_told() {
    let collection = page();
    let run = collection.run("exec page --yes --namespace default");
    let done = run.env("KUBECONFIG", Cluster::shared().restricted_kubeconfig()).done().exits(0);
    done.says("no lock in the cluster, only on this machine");
    let lock = lock_of(&collection);
    assert_eq!(lock["kind"], "file");
    assert!(lock["note"].as_str().is_some_and(|note| note.contains("forbidden")), "{lock}");
}

/// An action that does not listen, on a cluster, and all it has started.
const DEAF: &str = "# Deaf

```bash action id=deaf
trap '' TERM INT HUP
setsid bash -c 'trap \"\" TERM HUP; echo elsewhere >> log; while test -e hold; do sleep 0.05; done' &
while ! grep -q elsewhere log 2>/dev/null; do sleep 0.01; done
echo begun >> log
while test -e hold; do sleep 0.05; done
```
";

#[test]
fn a_second_control_c_leaves_no_lock_and_no_process() {
    use rustix::process::Signal;
    let cluster = Cluster::shared();
    cluster.namespace("locks-abort");
    for (first, second) in [(Signal::INT, Signal::INT), (Signal::TERM, Signal::TERM), (Signal::HUP, Signal::INT)] {
        let collection = Collection::empty().with("page.md", DEAF);
        let run = running(&collection, collection.run("exec page --yes --namespace locks-abort").on(cluster));
        assert!(!leases("locks-abort").is_empty());
        run.signal(first);
        let heard = || collection.journal().iter().any(|line| line["event"] == "step-started");
        assert!(holds_within(PATIENCE, heard));
        run.signal(second);
        // `done` makes sure that none of its processes is left.
        run.done(PATIENCE).exits(130);
        assert_eq!(leases("locks-abort"), "");
        collection.run("exec --resume --yes --namespace locks-abort").on(cluster).done().exits(2).says("`deaf`");
        std::fs::remove_file(collection.path("hold")).expect("it was there");
    }
}

#[test]
fn a_child_that_does_not_listen_and_one_that_left_are_ended_by_one_control_c() {
    let collection = Collection::empty().with("page.md", DEAF);
    let run = running(&collection, collection.run("exec page --yes"));
    run.signal(rustix::process::Signal::INT);
    run.done(PATIENCE).exits(130).says("--resume");
}
