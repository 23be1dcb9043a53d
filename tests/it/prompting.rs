//! What a person can do at a question besides saying yes.

use crate::cluster::Cluster;
use crate::execution::at_a_terminal;
use crate::harness::Collection;

#[test]
fn a_param_is_changed_at_the_prompt_for_what_is_still_to_come() {
    let text = "---\nparams: [{name: N, type: int, default: '1', help: how many}, {name: TOKEN, secret: true, default: hunter2hunter2}, {name: FULL, default: 'n-${N}'}]\n---\n\n# Page\n\n```bash action id=one\necho \"${N} ${#TOKEN} ${FULL}\" >> log\n```\n\n```bash action id=two\necho \"${N} ${#TOKEN} ${FULL}\" >> log\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let dialogue = [
        ("Run it?", "y"),
        ("Run it?", "e"),
        ("N = 1  how many", "M"),
        ("no param `M`", "N"),
        ("N = ", "many"),
        ("not a whole number", "N"),
        ("N = ", "2"),
        ("echo \"2", "e"),
        ("param to change", "TOKEN"),
        ("TOKEN = ", "hunter3hunter"),
        ("Run it?", "y"),
    ];
    let done = at_a_terminal(&collection, "exec page", &dialogue).exits(0);
    assert_eq!(collection.text("log"), "1 14 n-1\n2 13 n-2\n", "{done}");
    assert!(!format!("{:?}", collection.journal()).contains("hunter") && !done.stdout.contains("hunter"), "{done}");
    let mut settled = collection.journal().into_iter().filter(|line| line["event"] == "values-settled");
    assert_eq!(settled.next_back().expect("they are on record")["values"]["N"], "2");
}

#[test]
fn a_dry_run_at_the_prompt_shows_what_would_be_changed_and_changes_nothing() {
    let cluster = Cluster::shared();
    cluster.namespace("prompt-diff");
    cluster.kubectl(&["create", "configmap", "one", "-n", "prompt-diff", "--from-literal=key=before"]);
    let text = "# Page\n\n```bash action id=change\nkubectl patch configmap one --type merge -p '{\"data\":{\"key\":\"after\"}}'\n```\n";
    let collection = Collection::empty().with("page.md", text);
    std::fs::create_dir_all(collection.home().join(".kube")).expect("a folder for a test");
    std::fs::copy(cluster.kubeconfig(), collection.home().join(".kube/config")).expect("a kubeconfig");
    let dialogue = [("Run it?", "d"), ("Run it?", "q")];
    let done = at_a_terminal(&collection, "exec page --namespace prompt-diff", &dialogue).exits(130);
    let shown = std::fs::read_to_string(collection.home().join("typescript")).expect("it is kept");
    for line in
        ["would PATCH configmaps \"one\"", "-    \"key\": \"before\"", "+    \"key\": \"after\"", "nothing was changed"]
    {
        assert!(shown.contains(line), "{line}: {shown}\n{done}");
    }
    let value = cluster.kubectl(&["get", "configmap", "one", "-n", "prompt-diff", "-o", "jsonpath={.data.key}"]);
    assert_eq!(value, "before");
    assert!(!collection.journal().iter().any(|line| line["event"] == "cluster-write-begun"), "nothing is on record");
}

#[test]
fn a_check_that_must_hold_tells_how_much_longer() {
    let text = "# Page\n\n```bash check id=holds for=1200ms every=1s\ntrue\n```\n\n```bash check id=comes within=20s every=1s\necho x >> tries\ntest \"$(wc -l < tries)\" -gt 1\n```\n";
    let collection = Collection::empty().with("page.md", text);
    let done = collection.run("exec page --yes").done().exits(0);
    let done = done.says("… holds; 1.2s of 1.2s left");
    done.says("… not yet: failed with exit status 1; ");
    assert!(!collection.journal().iter().any(|line| line["event"] == "waiting"));
}
