use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::cluster::Policy::{DryRun, Live, ReadOnly};
use crate::cluster::Troubles;
use crate::cluster::fake_server::{FakeServer, Reply, connect, gate_to, speak};

fn kubeconfig(door: &Door) -> String {
    files::read_text(door.kubeconfig()).unwrap()
}

async fn ask(door: &Door, request: &str) -> String {
    speak(&kubeconfig(door), 0, request).await
}

fn body(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn pod(name: &str) -> Value {
    json!({ "kind": "Pod", "metadata": { "name": name, "namespace": "y", "resourceVersion": "7" } })
}

#[tokio::test]
async fn a_request_arrives_byte_for_byte_and_without_its_own_credentials() {
    let server = FakeServer::start(vec![("GET ", Reply::Json(200, json!({})))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "check \"c\"").unwrap();
    let query = "/api/v1/pods?labelSelector=a%3Db%2Cc+in+%28x%29&x=1&x=%32&y";
    let answer =
        ask(&door, &format!("GET @{query} !\r\nauthorization: Bearer x\r\naccept: a/b\r\nx-one: 1\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let asked = server.asked().remove(0);
    assert_eq!(asked.line, format!("GET {query}"));
    assert_eq!((asked.headers.get("authorization"), asked.headers.get("connection")), (None, None));
    assert_eq!(asked.headers["accept"], "a/b");
    assert_eq!(asked.headers["x-one"], "1");
    assert_eq!(format!("http://{}", asked.headers["host"].to_str().unwrap()), server.url);
}

#[tokio::test]
async fn every_context_leads_to_its_own_server() {
    let (one, two) = (FakeServer::start(vec![]).await, FakeServer::start(vec![]).await);
    let (gate, _folder) = gate_to(&[&one.url, &two.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    speak(&kubeconfig(&door), 1, "GET @/version !\r\n\r\n").await;
    assert_eq!((one.lines().len(), two.lines()), (0, vec!["GET /version".to_owned()]));
}

#[tokio::test]
async fn without_the_secret_or_after_the_door_is_closed_nothing_reaches_the_cluster() {
    let server = FakeServer::start(vec![("GET ", Reply::Json(200, json!({})))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(Live, "c").unwrap();
    let config = kubeconfig(&door);
    for path in ["/api/v1/pods", "/0/api/v1/pods", "/x/0/api/v1/pods", "@9/api/v1/pods", "@/../../api"] {
        let answer = speak(&config, 0, &format!("GET {path} !\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404") || path.contains(".."), "{path}: {answer}");
    }
    assert_eq!(server.lines().iter().filter(|line| !line.contains("..")).count(), 0);
    drop(door);
    let answer = speak(&config, 0, "GET @/api/v1/pods !\r\n\r\n").await;
    assert_eq!(body(&answer)["message"], "runbooks: no such door to a cluster, or it is closed");
}

#[tokio::test]
async fn a_refusal_is_a_kubernetes_status_and_is_kept() {
    let server = FakeServer::start(vec![]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "check \"pods-ready\"").unwrap();
    let answer = ask(&door, "DELETE @/api/v1/namespaces/y/pods/x !\r\n\r\n").await;
    let message = r#"runbooks: check "pods-ready" only reads; refused: DELETE pods "x" in namespace "y""#;
    let expected = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": "Forbidden", "code": 403, "details": { "kind": "pods", "name": "x" },
    });
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(body(&answer), expected);
    assert_eq!(server.lines().len(), 0);
    let refusals = door.refusals();
    assert_eq!(refusals.len(), 1);
    assert_eq!((refusals[0].method.as_str(), refusals[0].message.as_str()), ("DELETE", message));
    assert_eq!((door.writes(), door.unreachable(), door.denied()), (vec![], None, None));
}

#[tokio::test]
async fn a_dry_run_is_sent_as_one_and_kept_as_one() {
    let server = FakeServer::start(vec![("POST ", Reply::Json(201, pod("x")))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(DryRun, "action \"a\"").unwrap();
    ask(&door, "POST @/api/v1/namespaces/y/pods?a=%20 !\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(server.lines(), ["POST /api/v1/namespaces/y/pods?a=%20&dryRun=All"]);
    assert!(door.writes()[0].dry_run);
    let answer = ask(&door, "POST @/api/v1/namespaces/y/pods/x/binding !\r\ncontent-length: 0\r\n\r\n").await;
    assert!(answer.contains("is a dry run; refused: POST pods/binding"), "{answer}");
}

#[tokio::test]
async fn a_live_write_is_kept_with_what_the_server_made_of_it() {
    let server = FakeServer::start(vec![("POST ", Reply::Json(201, pod("x-1"))), ("DELETE ", Reply::Hang)]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(Live, "action \"a\"").unwrap();
    let answer =
        ask(&door, "POST @/api/v1/namespaces/y/pods !\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{ }\r\n0\r\n\r\n")
            .await;
    assert_eq!(body(&answer), pod("x-1"));
    assert_eq!(server.asked()[0].body, "{ }");
    let write = door.writes().remove(0);
    assert_eq!(write.subject.unwrap().to_string(), r#"pods "x-1" in namespace "y""#);
    assert_eq!((write.status, write.resource_version.as_deref(), write.dry_run), (Some(201), Some("7"), false));
    assert_eq!(write.at.to_string(), "2026-11-21T10:00:00Z");
    let (mut stream, request) = connect(&kubeconfig(&door), 0, "DELETE @/api/v1/nodes/n !\r\n\r\n").await;
    stream.write_all(request.as_bytes()).await.unwrap();
    while server.lines().len() < 2 {
        tokio::task::yield_now().await;
    }
    // Sent, and the client went away before an answer came: nobody knows, and that is what is kept.
    assert_eq!(door.writes()[1].status, None);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_the_real_cause() {
    let (gate, _folder) = gate_to(&["http://127.0.0.1:1"]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    let answer = ask(&door, "GET @/api/v1/pods !\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let message = body(&answer)["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("runbooks: cannot reach the cluster: http://127.0.0.1:1: "), "{message}");
    assert!(message.ends_with("Connection refused (os error 111)"), "{message}");
    assert_eq!(Some(message.trim_start_matches("runbooks: ")), door.unreachable().as_deref());
}

#[tokio::test]
async fn a_server_that_keeps_silent_is_given_up_and_not_asked_again_at_once() {
    let server = FakeServer::start(vec![("GET ", Reply::Hang)]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    for _ in 0..3 {
        let answer = ask(&door, "GET @/api/v1/pods !\r\n\r\n").await;
        assert!(answer.contains("no answer within 2 s"), "{answer}");
    }
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_kept_as_not_having_looked() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (gate, _folder) = gate_to(&[&format!("http://{}", listener.local_addr().unwrap())]).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
    });
    let door = gate.door(ReadOnly, "c").unwrap();
    assert!(ask(&door, "GET @/api/v1/pods !\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    assert!(door.unreachable().is_some_and(|told| told.contains("the answer broke off")), "{:?}", door.unreachable());
}

#[tokio::test]
async fn a_credential_plugin_that_fails_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"current-context":"c","clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:1"}}],
        "users":[{"name":"u","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"no-such-plugin","interactiveMode":"Never"}}}],
        "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}"#;
    files::write(&folder.path().join("config"), text.as_bytes()).unwrap();
    let mut options = GateOptions::of(Environment::of([], folder.path()));
    options.kubeconfig = Some("config".into());
    let gate = Gate::open(options).await.unwrap();
    let told = gate.cluster().version().await.unwrap_err().to_string();
    assert!(
        told.starts_with("cannot reach the cluster: cannot run the credential plugin `no-such-plugin`: "),
        "{told}"
    );
}

#[tokio::test]
async fn being_denied_is_passed_on_and_kept() {
    let status = json!({ "kind": "Status", "message": "pods is forbidden", "reason": "Forbidden", "code": 403 });
    let server = FakeServer::start(vec![("GET ", Reply::Json(403, status.clone()))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    assert_eq!(body(&ask(&door, "GET @/api/v1/pods !\r\n\r\n").await), status);
    assert_eq!(door.denied().as_deref(), Some("GET pods: pods is forbidden"));
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let busy = Reply::Then(503, "busy", Box::new(Reply::Json(200, pod("x"))));
    let server = FakeServer::start(vec![("GET ", busy)]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    assert_eq!(body(&ask(&door, "GET @/api/v1/namespaces/y/pods/x !\r\n\r\n").await), pod("x"));
    assert_eq!((server.lines().len(), door.take_troubles()), (2, Troubles::default()));
}

#[tokio::test]
async fn a_server_that_stays_busy_is_told_and_not_asked_again_and_again() {
    let status = json!({ "kind": "Status", "message": "too many requests", "reason": "TooManyRequests", "code": 429 });
    let server = FakeServer::start(vec![("GET ", Reply::Json(429, status.clone()))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    assert_eq!(body(&ask(&door, "GET @/api/v1/pods !\r\n\r\n").await), status);
    let first = server.lines().len();
    assert!(first > 1, "asked again");
    let told = "the cluster answered: 429 too many requests (GET pods)".to_owned();
    assert_eq!(door.take_troubles(), Troubles { unreachable: Some(told), denied: None });
    assert_eq!(door.take_troubles(), Troubles::default());
    ask(&door, "GET @/api/v1/pods !\r\n\r\n").await;
    assert_eq!(server.lines().len(), first + 1, "once it did not help, it is not tried again");
}

#[tokio::test]
async fn what_is_no_answer_of_an_api_server_is_not_taken_for_one() {
    let server = FakeServer::start(vec![
        ("GET /api/v1/pods", Reply::Text(200, "<html>sign in</html>")),
        ("GET /api/v1/namespaces/y/pods/x/log", Reply::Text(200, "<html>a log</html>")),
        ("GET /api/v1/nodes", Reply::Json(200, json!({ "items": [] }))),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    ask(&door, "GET @/api/v1/namespaces/y/pods/x/log !\r\n\r\n").await;
    ask(&door, "GET @/api/v1/nodes !\r\n\r\n").await;
    assert_eq!(door.unreachable(), None);
    ask(&door, "GET @/api/v1/pods !\r\n\r\n").await;
    assert!(door.unreachable().is_some_and(|told| told.contains("<html>sign in")), "{:?}", door.unreachable());
}

#[tokio::test]
async fn json_that_is_broken_behind_its_brace_is_not_taken_for_an_answer() {
    let server = FakeServer::start(vec![
        ("GET /api/v1/pods", Reply::Text(200, "{\"kind\":\"PodList\",\"items\":[ gar bage")),
        ("GET /api/v1/nodes", Reply::Text(200, "{\"kind\":\"NodeList\",\"items\":[")),
        ("GET /api/v1/events", Reply::Text(200, "{\"type\":\"ADDED\"}\n{\"type\":\"DELETED\"}\n")),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    ask(&door, "GET @/api/v1/events !\r\n\r\n").await;
    assert_eq!(door.unreachable(), None, "a watch sends one object after the other");
    for (path, what) in [("pods", "JSON that is broken"), ("nodes", "JSON that ends too early")] {
        ask(&door, &format!("GET @/api/v1/{path} !\r\n\r\n")).await;
        assert!(door.unreachable().is_some_and(|told| told.contains(what)), "{path}: {:?}", door.unreachable());
    }
}

#[tokio::test]
async fn a_connection_that_switches_protocols_is_carried_until_the_door_is_closed() {
    let server = FakeServer::start(vec![("POST ", Reply::Echo)]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    let head = "POST @/api/v1/namespaces/y/pods/x/portforward !"
        .replace(" !", " HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\n\r\n");
    let (mut stream, head) = connect(&kubeconfig(&door), 0, &head).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        answer.push(char::from(stream.read_u8().await.unwrap()));
    }
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert_eq!(server.asked()[0].headers["upgrade"], "SPDY/3.1");
    stream.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"ping");
    drop(door);
    assert!(matches!(stream.read(&mut echo).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn the_files_are_private_and_go_with_their_door() {
    let (gate, _folder) = gate_to(&["http://127.0.0.1:1"]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    let path = door.kubeconfig().to_owned();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let secret = |door: &Door| kubeconfig(door).split('/').nth(3).unwrap().to_owned();
    assert_eq!(secret(&door).len(), 64);
    assert_ne!(secret(&door), secret(&gate.door(ReadOnly, "c").unwrap()));
    assert_eq!(door.environment()[0], ("KUBECONFIG".to_owned(), path.display().to_string()));
    drop(door);
    assert!(!files::exists(&path));
    let folder = path.parent().unwrap().to_owned();
    drop(gate);
    assert!(!files::exists(&folder));
}

#[tokio::test]
async fn an_answer_to_another_question_hides_no_silence() {
    let busy = || Reply::Json(503, json!({ "kind": "Status", "message": "busy", "code": 503 }));
    let server = FakeServer::start(vec![
        ("GET /api/v1/pods?labelSelector=app%3Da", busy()),
        ("GET /api/v1/pods?labelSelector=app%3Db", Reply::Json(200, json!({ "items": [] }))),
        ("GET /api/v1/secrets", busy()),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let door = gate.door(ReadOnly, "c").unwrap();
    ask(&door, "GET @/api/v1/pods?labelSelector=app%3Da !\r\n\r\n").await;
    ask(&door, "GET @/api/v1/secrets !\r\n\r\n").await;
    ask(&door, "GET @/api/v1/pods?labelSelector=app%3Db !\r\n\r\n").await;
    assert!(door.take_troubles().unreachable.is_some_and(|told| told.contains("GET secrets")));
    ask(&door, "GET @/api/v1/pods?labelSelector=app%3Da !\r\n\r\n").await;
    ask(&door, "GET @/api/v1/pods?labelSelector=app%3Db !\r\n\r\n").await;
    assert!(door.take_troubles().unreachable.is_some_and(|told| told.contains("GET pods")));
}
