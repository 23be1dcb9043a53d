//! A check changes nothing in a cluster, however deep the write is hidden, and says so at its line.

use crate::cluster::Cluster;
use crate::harness::Collection;
use crate::system::Found;

/// Returns the line and the command of the first finding of a rule.
fn told(found: &Found, rule: &str) -> (u64, String) {
    let steps = found.result["runbooks"][0]["steps"].as_array().into_iter().flatten();
    let mut findings = steps.flat_map(|step| step["findings"].as_array().into_iter().flatten());
    let finding = findings.find(|finding| finding["rule"] == rule);
    let finding = finding.unwrap_or_else(|| panic!("no {rule}: {:#}", found.result));
    (finding["place"]["line"].as_u64().unwrap_or(0), finding["command"].as_str().unwrap_or_default().to_owned())
}

/// A namespace with two config maps, and a page with one check that is after them.
struct Scene {
    namespace: String,
    collection: Collection,
}

impl Scene {
    fn of(name: &str, script: &str) -> Self {
        let namespace = format!("writes-{name}");
        let cluster = Cluster::shared();
        cluster.namespace(&namespace);
        for object in ["one", "two"] {
            cluster.kubectl(&["create", "configmap", object, "-n", &namespace]);
        }
        let page = format!("# Page\n\nText.\n\n```bash check id=looks\n{script}\n```\n");
        let collection = Collection::empty().with("page.md", &page);
        Self { namespace, collection }
    }

    #[track_caller]
    fn verified(&self, exit: i32) -> Found {
        let run = self.collection.run("verify --format json --namespace").arg(&self.namespace);
        let found = Found { result: run.on(Cluster::shared()).json(exit) };
        assert_eq!(self.objects(), ["one", "two"], "nothing is deleted: {:#}", found.result);
        found
    }

    fn objects(&self) -> Vec<String> {
        let names = Cluster::shared().kubectl(&["get", "configmaps", "-n", &self.namespace, "-o", "name"]);
        let ours = names.lines().filter_map(|name| name.strip_prefix("configmap/"));
        ours.filter(|name| *name != "kube-root-ca.crt").map(str::to_owned).collect()
    }
}

#[test]
fn a_plain_delete_is_found_before_anything_runs() {
    let scene = Scene::of("plain", ": > touched\nkubectl delete configmap one");
    let found = scene.verified(2);
    assert_eq!(found.lines("errored"), [("page.md".to_owned(), 7)]);
    assert!(!scene.collection.path("touched").exists());
}

#[test]
fn a_delete_behind_xargs_is_found_before_anything_runs() {
    let scene = Scene::of("xargs", ": > touched\nkubectl get configmaps -o name | xargs -r kubectl delete");
    let found = scene.verified(2);
    assert_eq!(found.lines("errored"), [("page.md".to_owned(), 7)]);
    assert!(!scene.collection.path("touched").exists());
}

#[test]
fn a_delete_inside_another_shell_deletes_nothing() {
    let scene = Scene::of("bash", "bash -c 'kubectl delete configmap one'");
    let code = scene.collection.run("verify --namespace").arg(&scene.namespace).on(Cluster::shared()).done().code;
    let found = scene.verified(code.unwrap_or_default());
    assert_ne!(code, Some(0), "{:#}", found.result);
    let line = ("page.md".to_owned(), 5);
    let at_its_line = [found.lines("errored"), found.lines("failed")].concat();
    assert!(at_its_line.iter().any(|it| it.1 == line.1 || it.1 == line.1 + 1), "{:#}", found.result);
}

#[test]
fn a_delete_that_no_text_shows_is_refused_by_the_gate() {
    let scene =
        Scene::of("hidden", "verb=$(echo etele''d | rev)\n\"$(command -v kubectl)\" $verb configmap one || true");
    let found = scene.verified(1);
    assert_eq!(found.steps("failed"), [(("page.md".to_owned(), 5), "looks".to_owned())]);
    let text = found.result.to_string();
    assert!(text.contains("refused-write") && text.contains("check \\\"looks\\\""), "{:#}", found.result);
    let command = "\"$(command -v kubectl)\" $verb configmap one".to_owned();
    assert_eq!(told(&found, "refused-write"), (7, command));
}

#[test]
fn a_write_in_a_script_beside_the_page_is_refused_by_the_gate() {
    let scene = Scene::of("script", "./clean-up >/dev/null 2>&1; true");
    scene.collection.write("clean-up", "#!/bin/sh\nkubectl delete configmap --all\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(scene.collection.path("clean-up"), mode).expect("a script can be made to run");
    let found = scene.verified(1);
    assert_eq!(found.steps("failed").len(), 1);
    assert_eq!(told(&found, "refused-write"), (6, "./clean-up >/dev/null 2>&1; true".to_owned()));
}

#[test]
fn a_write_of_a_program_is_refused_by_the_gate_and_told_at_its_line() {
    for (name, script, line, command) in [
        ("python", "kubectl get configmaps\npython3 tidy.py", 7, "python3 tidy.py"),
        ("xargs-in-a-script", "echo one | ./tidy.sh || true", 6, "./tidy.sh"),
        ("deep", "bash -c './tidy.sh < names'", 6, "bash -c './tidy.sh < names'"),
    ] {
        let scene = Scene::of(name, script);
        scene.collection.write(
            "tidy.py",
            "import subprocess\nsubprocess.run(['kubectl', 'delete', 'configmap', 'one'], check=True)\n",
        );
        scene.collection.write("tidy.sh", "#!/bin/sh\nxargs kubectl delete configmap\n");
        scene.collection.write("names", "one two\n");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(scene.collection.path("tidy.sh"), mode).expect("a script can be made to run");
        assert_eq!(told(&scene.verified(1), "refused-write"), (line, command.to_owned()), "{name}");
    }
}

#[test]
fn a_check_may_read_through_kubectl() {
    let scene = Scene::of("read", "kubectl get configmaps one two -o name");
    scene.verified(0);
}

#[test]
fn a_script_that_takes_the_kubeconfig_for_itself_deletes_nothing() {
    // Not in a folder for temporary files, where this repository may be: what stands there cannot be kept from commands.
    let places = [env!("CARGO_TARGET_TMPDIR").to_owned(), std::env::var("HOME").unwrap_or_default()];
    let place = places.iter().find(|place| !place.starts_with("/tmp")).expect("the home is elsewhere than in /tmp");
    let folder = tempfile::tempdir_in(place).expect("a folder for a test");
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::copy(Cluster::shared().kubeconfig(), &kubeconfig).expect("a kubeconfig");
    for (name, how) in [
        ("flag", "[kubectl, '--kubeconfig', real, *delete]"),
        ("environment", "['env', 'KUBECONFIG=' + real, kubectl, *delete]"),
    ] {
        let scene = Scene::of(&format!("own-{name}"), "python3 steal.py");
        let script = format!(
            "import shutil, subprocess\nreal = '{}'\nkubectl = shutil.which('kubectl')\ndelete = ['delete', '-n', '{}', 'configmap', 'one']\nsubprocess.run({how}, check=True)\n",
            kubeconfig.display(),
            scene.namespace,
        );
        scene.collection.write("steal.py", &script);
        let run = scene.collection.run("verify --format json --namespace").arg(&scene.namespace);
        let found = Found { result: run.env("KUBECONFIG", &kubeconfig).json(1) };
        assert_eq!(scene.objects(), ["one", "two"], "nothing is deleted: {:#}", found.result);
        assert!(found.result.to_string().contains("permission denied"), "{:#}", found.result);
    }
}

#[test]
fn a_request_to_the_gate_without_kubectl_deletes_nothing() {
    let server = "$(kubectl config view --raw --minify -o jsonpath='{.clusters[0].cluster.server}')";
    let scene = Scene::of("curl", &format!("./request \"{server}\""));
    let script = format!("#!/bin/sh\ncurl -sS -X DELETE \"$1/api/v1/namespaces/{}/configmaps/one\"\n", scene.namespace);
    scene.collection.write("request", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(scene.collection.path("request"), mode).expect("a script can be made to run");
    let found = scene.verified(1);
    assert!(found.result.to_string().contains("refused-write"), "{:#}", found.result);
}

#[test]
fn a_kubeconfig_of_its_own_does_not_lead_past_the_gate_unseen() {
    let scene = Scene::of(
        "kubeconfig",
        "test \"$(kubectl config view --minify -o jsonpath='{.users[0].user}')\" != '' || true\nkubectl config view --raw --minify -o jsonpath='{.clusters[0].cluster.server}'",
    );
    let found = scene.verified(0);
    let text = found.result.to_string();
    assert!(text.contains("http://127.0.0.1:"), "children see the gate: {:#}", found.result);
}

#[test]
fn a_dry_run_of_an_action_changes_nothing() {
    let scene = Scene::of("dry", "true");
    let page = "# Page\n\n```bash action id=clean\nkubectl delete configmap one\n```\n\n```yaml action id=make\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: three\n```\n";
    scene.collection.write("page.md", page);
    let run = scene.collection.run("exec page --yes --dry-run server --namespace").arg(&scene.namespace);
    run.on(Cluster::shared()).done().exits(0);
    assert_eq!(scene.objects(), ["one", "two"]);
}

#[test]
fn what_an_action_writes_is_in_the_journal() {
    let scene = Scene::of("live", "true");
    let page = "# Page\n\n```bash action id=clean\nkubectl delete configmap one\n```\n\n```yaml action id=make\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: three\ndata:\n  key: value\n```\n\n```yaml check id=made\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: three\ndata:\n  key: value\n```\n\n```yaml check id=gone absent\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n```\n";
    scene.collection.write("page.md", page);
    let run = scene.collection.run("exec page --yes --namespace").arg(&scene.namespace);
    run.on(Cluster::shared()).done().exits(0);
    assert_eq!(scene.objects(), ["three", "two"]);
    let journal = scene.collection.journal();
    let writes = journal.iter().filter(|entry| entry["event"] == "cluster-write");
    let writes: Vec<_> = writes.map(|entry| (entry["step"].clone(), entry["method"].clone())).collect();
    assert_eq!(writes, [("clean".into(), "DELETE".into()), ("make".into(), "PATCH".into())]);
}

#[test]
fn an_identity_that_may_not_look_is_told_apart_from_a_world_that_is_wrong() {
    let scene = Scene::of("forbidden", "true");
    scene.collection.write(
        "page.md",
        "# Page\n\n```yaml check id=looks\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n```\n",
    );
    let run = scene.collection.run("verify --format json --namespace").arg(&scene.namespace);
    let found = Found { result: run.env("KUBECONFIG", Cluster::shared().restricted_kubeconfig()).json(2) };
    assert_eq!(
        (found.count("errored"), found.count("failed"), found.count("drifted")),
        (1, 0, 0),
        "{:#}",
        found.result
    );
}
