//! The gate in front of a real API server, as a real kubectl sees it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use runbooks::cluster::{Door, Gate, GateOptions, Policy};
use runbooks::model::{Unavailable, World as _};
use runbooks::sys::Environment;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::cluster::Cluster;
use crate::harness::repository;

/// What kubectl did.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Opens a gate by a kubeconfig, with a short patience.
async fn gate_by(kubeconfig: impl AsRef<Path>, namespace: &str) -> Gate {
    let mut options = GateOptions::of(Environment::of([], "/"));
    options.kubeconfig = Some(kubeconfig.as_ref().to_owned());
    options.namespace = Some(namespace.to_owned());
    options.timeout = Duration::from_secs(3);
    Gate::open(options).await.expect("a gate to the test cluster")
}

fn start(door: &Door, line: &str) -> Child {
    let mut command = Command::new(repository().join("target/testcluster/kubectl"));
    command.args(line.split_whitespace()).envs(door.environment());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("kubectl starts")
}

async fn kubectl(door: &Door, line: &str) -> Ended {
    feed(door, line, "").await
}

/// Runs kubectl with this standard input. One that does not end is a failure.
async fn feed(door: &Door, line: &str, input: &str) -> Ended {
    let mut child = start(door, line);
    let mut stdin = child.stdin.take().expect("a pipe");
    // kubectl need not read all of it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let ended = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("kubectl {line}: does not end")).expect("kubectl ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { code: ended.status.code(), stdout: text(ended.stdout), stderr: text(ended.stderr) }
}

/// Makes a namespace with a deployment of one pod and a config map, and returns the pod's name.
fn furnish(cluster: &Cluster, namespace: &str) -> String {
    cluster.kubectl(&["create", "namespace", namespace]);
    cluster.kubectl(&["-n", namespace, "create", "deployment", "web", "--image=nginx"]);
    cluster.kubectl(&["-n", namespace, "create", "configmap", "conf", "--from-literal=a=b"]);
    cluster.kubectl(&["-n", namespace, "wait", "deployment/web", "--for=condition=available", "--timeout=60s"]);
    cluster.kubectl(&["-n", namespace, "get", "pods", "-o", "jsonpath={.items[0].metadata.name}"])
}

/// Everything in a namespace with its version: any write shows.
fn versions(cluster: &Cluster, namespace: &str) -> String {
    let columns = "-o=custom-columns=K:.kind,N:.metadata.name,V:.metadata.resourceVersion";
    let namespaced =
        cluster.kubectl(&["-n", namespace, "get", "all,configmaps,secrets,horizontalpodautoscalers", columns]);
    namespaced + &cluster.kubectl(&["get", "nodes", "-o=custom-columns=N:.metadata.name,S:.spec"])
}

const CONFIG_MAP: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"made"},"data":{"a":"c"}}"#;

/// Commands that write, each with whether a dry run of it succeeds; `POD` stands for the pod.
const WRITES: &[(&str, bool)] = &[
    ("apply -f -", true),
    ("apply --server-side -f -", true),
    ("create configmap fresh --from-literal=a=b", true),
    ("run one --image=nginx", true),
    ("expose deployment web --port=80", true),
    ("autoscale deployment web --max=3", true),
    ("scale deployment web --replicas=3", true),
    ("label deployment web x=y", true),
    ("annotate configmap conf x=y", true),
    ("set image deployment/web nginx=nginx:2", true),
    ("patch configmap conf -p {\"data\":{\"z\":\"1\"}}", true),
    ("rollout restart deployment web", true),
    ("taint node node-2 a=b:NoSchedule", true),
    ("debug POD --image=busybox", true),
    ("delete pod POD", true),
    ("delete configmap conf --now", true),
    ("delete configmaps --all --wait=false", true),
    ("exec POD -- rm -rf /nothing", false),
    ("cp /etc/hostname POD:/tmp/x", false),
    ("attach POD", false),
    ("create token default", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_door_lets_reads_pass() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-reads");
    let gate = gate_by(&cluster.kubeconfig(), "gate-reads").await;
    for (line, expected) in [
        ("get pods", "POD"),
        ("get pods,deployments -A -o wide", "POD"),
        ("describe pod POD", "gate-reads"),
        ("auth can-i delete pods", "yes"),
        ("auth can-i --list", "*.*"),
        ("auth whoami", "admin"),
        ("api-resources -o name", "deployments.apps"),
        ("explain pod.spec", "containers"),
        ("version", "Server Version"),
        ("top pods", "POD"),
        ("rollout status deployment web", "successfully rolled out"),
        ("wait pod POD --for=condition=Ready --timeout=30s", "condition met"),
        ("get --raw /readyz", "ok"),
        ("apply --dry-run=server -f -", "made created (server dry run)"),
        ("delete pod POD --dry-run=server", "deleted"),
        ("exec POD -- cat /etc/hostname", ""),
        ("config view -o jsonpath={.contexts[0].name}", "testcluster"),
    ] {
        let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
        let ended = feed(&door, &line.replace("POD", &pod), CONFIG_MAP).await;
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        assert!(ended.stdout.contains(&expected.replace("POD", &pod)), "{line}: {ended:?}");
        assert_eq!((door.refusals(), door.writes(), door.unreachable()), (vec![], vec![], None), "{line}");
    }
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    kubectl(&door, "get pods").await;
    assert_eq!(door.requests(), 1, "what kubectl knows of the API it knows from the doors before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_door_lets_no_write_pass_and_kubectl_says_why() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-refusals");
    let gate = gate_by(&cluster.kubeconfig(), "gate-refusals").await;
    let before = versions(cluster, "gate-refusals");
    for (line, _) in WRITES {
        let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
        let ended = feed(&door, &line.replace("POD", &pod), CONFIG_MAP).await;
        assert_eq!(ended.code, Some(1), "{line}: {ended:?}");
        // Autoscale tries an older API version after any error, and shows that one's.
        assert!(
            ended.stderr.contains("check \"c\" only reads; refused: ") || line.starts_with("autoscale"),
            "{line}: {ended:?}"
        );
        assert!(!door.refusals().is_empty(), "{line}");
        assert_eq!(door.writes(), [], "{line}");
    }
    assert_eq!(versions(cluster, "gate-refusals"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_door_changes_nothing_and_goes_through_the_motions() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-dry");
    let gate = gate_by(&cluster.kubeconfig(), "gate-dry").await;
    let before = versions(cluster, "gate-dry");
    for (line, can_be_dry) in WRITES {
        let door = gate.door(Policy::DryRun, "action \"a\"").unwrap();
        let ended = feed(&door, &line.replace("POD", &pod), CONFIG_MAP).await;
        assert_eq!(ended.code == Some(0), *can_be_dry, "{line}: {ended:?}");
        let writes = door.writes();
        assert!(writes.iter().all(|write| write.dry_run), "{line}: {writes:?}");
        assert_eq!((writes.is_empty(), door.refusals().is_empty()), (!can_be_dry, *can_be_dry), "{line}");
    }
    assert_eq!(versions(cluster, "gate-dry"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_door_keeps_what_was_written() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-live");
    let gate = gate_by(&cluster.kubeconfig(), "gate-live").await;
    let door = gate.door(Policy::Live, "action \"a\"").unwrap();
    // The first sends JSON, the second protobuf.
    assert_eq!(feed(&door, "apply -f -", CONFIG_MAP).await.code, Some(0));
    assert_eq!(kubectl(&door, "create configmap fresh --from-literal=a=b").await.code, Some(0));
    assert_eq!(kubectl(&door, "delete configmap made").await.code, Some(0));
    assert_eq!(kubectl(&door, "delete configmap made").await.code, Some(1));
    assert_eq!(kubectl(&door, &format!("exec {pod} -- touch x")).await.code, Some(0));
    let kept: Vec<String> = door
        .writes()
        .into_iter()
        .map(|write| {
            let version = if write.resource_version.is_some() { " with a version" } else { "" };
            format!("{} {} -> {:?}{version}", write.method, write.subject.unwrap(), write.status.unwrap())
        })
        .collect();
    let expected = [
        r#"POST configmaps "made" in namespace "gate-live" -> 201 with a version"#.to_owned(),
        r#"POST configmaps "fresh" in namespace "gate-live" -> 201 with a version"#.to_owned(),
        r#"DELETE configmaps "made" in namespace "gate-live" -> 200"#.to_owned(),
        format!("GET pods/exec \"{pod}\" in namespace \"gate-live\" -> 101"),
    ];
    // A deletion of what is gone already is not even sent by some versions of kubectl.
    let kept: Vec<_> = kept.into_iter().filter(|write| !write.ends_with("404")).collect();
    assert_eq!(kept, expected);
    assert_eq!(door.writes().last().unwrap().command.as_deref(), Some("touch x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_and_tunnels_pass_and_end_with_their_door() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-streams");
    let gate = gate_by(&cluster.kubeconfig(), "gate-streams").await;
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();

    let log = cluster.pod_logs().join("gate-streams").join(&pod).join("nginx.log");
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    std::fs::write(&log, "one\n").unwrap();
    let mut followed = start(&door, &format!("logs -f {pod}"));
    let mut lines = BufReader::new(followed.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
    std::fs::write(&log, "one\ntwo\n").unwrap();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));

    let ended = feed(&door, &format!("exec -i {pod} -- head -c 5"), "hello world").await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "hello"), "{ended:?}");

    let mut watched = start(&door, "get configmaps -w --output-watch-events -o name");
    let mut events = BufReader::new(watched.stdout.take().unwrap()).lines();
    cluster.kubectl(&["-n", "gate-streams", "create", "configmap", "appeared"]);
    while events.next_line().await.unwrap().expect("the watch goes on") != "configmap/appeared" {}

    let mut forward = start(&door, &format!("port-forward pod/{pod} :80"));
    // Kept open: kubectl says more when somebody connects.
    let mut said = BufReader::new(forward.stdout.take().unwrap()).lines();
    let first = said.next_line().await.unwrap().expect("it says where it listens");
    let port = first.trim_start_matches("Forwarding from 127.0.0.1:").split(' ').next().unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    assert!(page.contains(&pod), "{page}");

    drop(door);
    for child in [&mut followed, &mut watched] {
        tokio::time::timeout(Duration::from_secs(20), child.wait()).await.expect("it ends with its door").unwrap();
    }
}

/// Writes a kubeconfig that has the administrator as `admin` and the restricted user as `production`.
fn two_contexts(cluster: &Cluster, folder: &Path) -> PathBuf {
    let flat = |path: String| -> Value {
        let output = std::process::Command::new(repository().join("target/testcluster/kubectl"))
            .args(["config", "view", "--raw", "--flatten", "-o", "json"])
            .env("KUBECONFIG", path)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (admin, restricted) = (flat(cluster.kubeconfig()), flat(cluster.restricted_kubeconfig()));
    let both = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "admin",
        "clusters": [{ "name": "c", "cluster": admin["clusters"][0]["cluster"] }],
        "users": [{ "name": "a", "user": admin["users"][0]["user"] }, { "name": "r", "user": restricted["users"][0]["user"] }],
        "contexts": [
            { "name": "admin", "context": { "cluster": "c", "user": "a" } },
            { "name": "production", "context": { "cluster": "c", "user": "r", "namespace": "default" } },
        ],
    });
    let path = folder.join("both");
    std::fs::write(&path, both.to_string()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn another_context_keeps_its_name_and_its_identity_and_the_policy() {
    let cluster = Cluster::shared();
    let folder = tempfile::tempdir().unwrap();
    let gate = gate_by(&two_contexts(cluster, folder.path()), "default").await;
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    assert_eq!(gate.cluster().contexts(), ["admin", "production"]);
    assert!(kubectl(&door, "auth whoami").await.stdout.contains("admin"));
    assert!(
        kubectl(&door, "auth whoami --context production")
            .await
            .stdout
            .contains("system:serviceaccount:default:restricted")
    );
    let refused = kubectl(&door, "delete pods --all --context production").await;
    assert!(refused.stdout.contains("No resources found") || refused.stderr.contains("only reads"), "{refused:?}");
    assert_eq!(door.denied(), None);
    let denied = kubectl(&door, "get secrets --context production").await;
    assert_eq!(denied.code, Some(1), "{denied:?}");
    assert!(
        door.denied().is_some_and(|denied| denied.contains("cannot list resource \"secrets\"")),
        "{:?}",
        door.denied()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_of_our_own_are_answered() {
    let cluster = Cluster::shared();
    let pod = furnish(cluster, "gate-questions");
    let gate = gate_by(&cluster.kubeconfig(), "gate-questions").await;
    let world = gate.cluster();
    assert_eq!(world.version().await.as_deref(), Ok(cluster.version().as_str()));
    let kinds = world.kinds().await.unwrap();
    let deployments = kinds.iter().find(|kind| kind.short_names.iter().any(|name| name == "deploy")).unwrap();
    assert_eq!((deployments.api_version().as_str(), deployments.namespaced), ("apps/v1", true));
    assert!(deployments.subresources.iter().any(|name| name == "scale"));
    let pods = kinds.iter().find(|kind| kind.kind == "Pod").unwrap();
    let listed = world.list(pods, Some("gate-questions")).await.unwrap();
    assert_eq!((listed[0].name.as_str(), listed[0].labels["app"].as_str()), (pod.as_str(), "web"));
    assert!(world.list(pods, Some("no-such-namespace")).await.unwrap().is_empty());
    assert!(world.get(pods, Some("gate-questions"), &pod).await.unwrap().is_some());
    assert_eq!(world.get(pods, Some("gate-questions"), "other").await, Ok(None));
    assert!(world.can("delete", "pods", "", "", Some("default")).await.unwrap().yes);

    let object =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "ours" }, "data": { "a": "1" } });
    let door = gate.door(Policy::Live, "action \"a\"").unwrap();
    assert!(world.apply(&object, &door).await.unwrap().created);
    assert!(!world.apply(&object, &door).await.unwrap().created);
    cluster.kubectl(&["-n", "gate-questions", "create", "configmap", "theirs", "--from-literal=a=2"]);
    let theirs =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "theirs" }, "data": { "a": "1" } });
    let conflict = world.apply(&theirs, &door).await.unwrap_err().to_string();
    assert!(conflict.contains("conflict with \"kubectl-create\""), "{conflict}");

    let restricted = gate_by(&cluster.restricted_kubeconfig(), "default").await;
    let secrets = kinds.iter().find(|kind| kind.kind == "Secret").unwrap();
    assert!(matches!(restricted.cluster().list(secrets, Some("default")).await, Err(Unavailable::Forbidden(_))));
    assert!(!restricted.cluster().can("delete", "pods", "", "", Some("default")).await.unwrap().yes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_or_is_gone_is_told_at_once_and_as_such() {
    let cluster = Cluster::start();
    let gate = gate_by(&cluster.kubeconfig(), "default").await;
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    assert_eq!(kubectl(&door, "get namespaces").await.code, Some(0));

    cluster.signal_the_api_server(Signal::STOP);
    could_not_look(&gate, "no answer within 3 s").await;
    cluster.signal_the_api_server(Signal::CONT);
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    // It is not asked again for a moment after it kept silent; a check that polls asks again.
    let mut answered = kubectl(&door, "get namespaces").await;
    while answered.code != Some(0) {
        answered = kubectl(&door, "get namespaces").await;
    }
    cluster.stop_the_api_server();
    could_not_look(&gate, "Connection refused").await;
}

async fn could_not_look(gate: &Gate, cause: &str) {
    let door = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    let began = Instant::now();
    for line in [
        "get namespaces",
        "get pods -w",
        "describe pod x",
        "wait pod x --for=condition=Ready",
        "rollout status deployment x",
    ] {
        let ended = kubectl(&door, line).await;
        assert_eq!(ended.code, Some(1), "{line}: {ended:?}");
        assert!(ended.stderr.contains("runbooks: cannot reach the cluster"), "{line}: {ended:?}");
        assert!(door.unreachable().is_some_and(|told| told.contains(cause)), "{line}: {:?}", door.unreachable());
    }
    assert!(matches!(gate.cluster().version().await, Err(Unavailable::Unreachable(_))));
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}
