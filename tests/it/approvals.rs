//! An action of high risk that a second person must agree to.

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::{Collection, Run};
use crate::process::{PATIENCE, Running, holds_within};

const PAGE: &str =
    "---\nparams: [{name: WHERE, default: eu}, {name: TOKEN, secret: true, default: hunter2hunter2}]\n---\n\n# Page

```bash action id=prepare
echo prepare >> log
```

```bash check id=quiet
test ! -e busy
```

```bash action id=fail-over risk=high requires=quiet
echo fail-over $WHERE ${#TOKEN} >> log
: $TOKEN
```

```bash action id=fail-back undo=fail-over risk=high
echo fail-back >> log
```

```bash check id=well
test ! -e unwell
```
";

fn page() -> Collection {
    Collection::empty().with("page.md", PAGE).with("runbooks.toml", "[target.production]\napprove = 2\n")
}

fn exec(collection: &Collection) -> Run {
    collection.run("exec page --yes --max-risk high")
}

/// Starts a run, and returns it with its id when it asks.
fn asking(collection: &Collection, run: Run) -> (Running, String) {
    let run = run.start();
    let asked = || collection.journal().iter().any(|line| line["event"] == "approval-asked");
    assert!(holds_within(PATIENCE, asked), "{:#?}", collection.journal());
    (run, collection.run_id())
}

fn answers(collection: &Collection) -> Vec<Json> {
    collection.journal().into_iter().filter(|line| line["event"] == "approval-answered").collect()
}

/// Makes a collection that other users of the machine can enter.
fn shared() -> Collection {
    let collection = page();
    collection.open_to_others();
    collection
}

/// Returns a command of another user of this machine.
fn somebody_else(collection: &Collection, words: &str) -> Run {
    let is_root = rustix::process::geteuid().is_root();
    let (program, before) = if is_root {
        ("setpriv", "--reuid=65534 --regid=65534 --clear-groups")
    } else {
        ("sudo", "--non-interactive --user=#65534 --preserve-env=RUNBOOKS_NOW,RUNBOOKS_OPERATOR,PATH")
    };
    let run = before.split(' ').fold(collection.command(program), Run::arg).arg(collection.path("runbooks"));
    words.split(' ').fold(run, Run::arg).env("RUNBOOKS_OPERATOR", "ole@desk")
}

/// Returns the fingerprint that a run shows.
fn digest(said: &str) -> String {
    let (_, behind) = said.split_once("Fingerprint ").expect("it is shown");
    behind.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[test]
fn another_user_of_the_machine_approves() {
    let collection = shared();
    let (run, id) = asking(&collection, exec(&collection));
    let refused = collection.run("runs approve").arg(&id).arg("--refuse").done().exits(2);
    refused.says("you asked for it; somebody else must answer");
    let seen = somebody_else(&collection, &format!("runs approve {id} --digest 000000000000")).done().exits(2);
    let seen = seen.says("mara@desk (user id").says("| echo fail-over $WHERE ${#TOKEN} >> log").says("WHERE = eu");
    let seen = seen.says("TOKEN = (secret)").says("taken back by\n  | echo fail-back >> log").says("nothing was said");
    assert!(!seen.stderr.contains("hunter2"), "{seen}");
    assert_eq!(collection.text("log"), "prepare\n", "it waits");
    let words = format!("runs approve {id} --digest {}", digest(&seen.stderr));
    somebody_else(&collection, &words).arg("--note").arg("go").done().exits(0).says("approved");
    run.done(PATIENCE).exits(0).says("approved by ole@desk (user id 65534)");
    assert_eq!(collection.text("log"), "prepare\nfail-over eu 14\n");
    let answers = answers(&collection);
    assert_eq!((&answers[0]["answer"], &answers[0]["note"]), (&"approved".into(), &"go".into()));
    assert!(answers[0]["by"].as_str().is_some_and(|by| by.contains("user id 65534")), "{answers:#?}");
    let shown = collection.run("runs show").arg(&id).done().exits(0);
    shown.prints("asked a second person about `fail-over`").prints("ole@desk (user id 65534) approved `fail-over`: go");
}

#[test]
fn a_refusal_stops_before_the_action_and_takes_nothing_back() {
    let collection = shared();
    let (run, id) = asking(&collection, exec(&collection));
    let refused = somebody_else(&collection, &format!("runs approve {id} --refuse --note not-now")).done().exits(0);
    refused.says("refused");
    run.done(PATIENCE).exits(2).says("stopped before `fail-over`: ole@desk (user id 65534) refused it: not-now");
    assert_eq!(collection.text("log"), "prepare\n");
}

#[test]
fn nobody_answers_in_time_and_a_resumed_run_asks_again() {
    let collection = page();
    let stopped = exec(&collection).arg("--approval-timeout").arg("1s").done().exits(2);
    stopped.says("nobody approved it in time").says("needs a second person");
    assert_eq!(collection.text("log"), "prepare\n");
    assert_eq!(answers(&collection)[0]["answer"], "expired");
    let again = collection.run("exec --resume --yes --max-risk high --approval-timeout 1s").done().exits(2);
    again.says("nobody approved it in time");
    assert_eq!((collection.text("log").as_str(), answers(&collection).len()), ("prepare\n", 2));
}

#[test]
fn a_question_can_be_answered_only_until_its_time_is_up() {
    let collection = shared();
    let (run, id) = asking(&collection, exec(&collection));
    let late =
        somebody_else(&collection, &format!("runs approve {id} --refuse")).env("RUNBOOKS_NOW", "2026-11-21T12:31:00Z");
    if rustix::process::geteuid().is_root() {
        late.done().exits(2).says("could be answered until 2026-11-21T12:30:00Z");
    }
    run.signal(rustix::process::Signal::INT);
    run.done(PATIENCE).exits(130);
    assert_eq!(answers(&collection)[0]["answer"], "withdrawn");
    let gone = somebody_else(&collection, &format!("runs approve {id} --refuse")).done().exits(2);
    gone.says("asks nobody here");
}

#[test]
fn what_an_action_requires_is_looked_at_again_once_it_is_approved() {
    let collection = shared();
    let (run, id) = asking(&collection, exec(&collection));
    collection.write("busy", "");
    let seen = somebody_else(&collection, &format!("runs approve {id} --digest 0")).done().exits(2);
    let words = format!("runs approve {id} --digest {}", digest(&seen.stderr));
    somebody_else(&collection, &words).done().exits(0);
    run.done(PATIENCE).exits(1).says("stopped at `quiet`");
    assert_eq!(collection.text("log"), "prepare\n");
}

#[test]
fn who_approves_an_action_approves_that_it_is_taken_back_at_once_and_later_is_asked_again() {
    let collection = shared();
    collection.write("unwell", "");
    let (run, id) = asking(&collection, exec(&collection));
    let seen = somebody_else(&collection, &format!("runs approve {id} --digest 0")).done().exits(2);
    let words = format!("runs approve {id} --digest {}", digest(&seen.stderr));
    somebody_else(&collection, &words).done().exits(0);
    run.done(PATIENCE).exits(1);
    assert_eq!(collection.text("log"), "prepare\nfail-over eu 14\nfail-back\n");

    let collection = shared();
    let (run, id) = asking(&collection, exec(&collection));
    let seen = somebody_else(&collection, &format!("runs approve {id} --digest 0")).done().exits(2);
    somebody_else(&collection, &format!("runs approve {id} --digest {}", digest(&seen.stderr))).done().exits(0);
    run.done(PATIENCE).exits(0);
    let undo = collection.run("runs undo --yes --max-risk high --approval-timeout 1s").arg(&id).done().exits(2);
    undo.says("stopped before `fail-back`: nobody approved it in time");
    assert_eq!(collection.text("log"), "prepare\nfail-over eu 14\n");
}

#[test]
fn what_is_less_risky_or_a_dry_run_asks_nobody() {
    let collection = page();
    collection.write("page.md", &PAGE.replace("risk=high requires", "risk=medium requires"));
    exec(&collection).done().exits(0);
    assert!(!collection.journal().iter().any(|line| line["event"] == "approval-asked"));
    let collection = page();
    exec(&collection).arg("--dry-run").arg("server").done();
    assert!(!collection.journal().iter().any(|line| line["event"] == "approval-asked"));
}

/// Returns another machine's collection, and what approves there as an identity of the cluster.
fn elsewhere(kubeconfig: &str, words: &str) -> (Collection, Run) {
    let other = page();
    let run = other.run(words).env("KUBECONFIG", kubeconfig).env("RUNBOOKS_OPERATOR", "ole@lap");
    (other, run)
}

#[test]
fn another_identity_of_the_cluster_approves_from_another_machine() {
    let cluster = Cluster::shared();
    cluster.namespace("approvals");
    let lease = "create role approver --verb=get,list,patch --resource=leases.coordination.k8s.io";
    let binding = "create rolebinding approver --role=approver --serviceaccount=default:restricted";
    for words in [lease, binding] {
        cluster.kubectl(&["-n", "approvals"].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
    }
    let collection = page();
    let words = "exec page --yes --max-risk high --namespace approvals";
    let (run, id) = asking(&collection, collection.run(words).on(cluster));
    let approve = format!("runs approve {id} --namespace approvals --digest 0");

    let own = elsewhere(&cluster.kubeconfig(), &approve);
    own.1.done().exits(2).says("to the cluster, and so is who asks");
    let other = elsewhere(&cluster.restricted_kubeconfig(), &approve);
    let seen = other.1.done().exits(2).says("| echo fail-over $WHERE ${#TOKEN} >> log");
    let approve = format!("runs approve {id} --namespace approvals --digest {}", digest(&seen.stderr));
    let other = elsewhere(&cluster.restricted_kubeconfig(), &approve);
    other.1.done().exits(0).says("approved");
    let by = "ole@lap (system:serviceaccount:default:restricted in the cluster)";
    run.done(PATIENCE).exits(0).says(&format!("approved by {by}"));
    assert_eq!(collection.text("log"), "prepare\nfail-over eu 14\n");
    assert_eq!(answers(&collection)[0]["by"], by);
}
