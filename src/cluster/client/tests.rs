use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::cluster::fake_server::{FakeServer, Reply, gate_to};
use crate::cluster::{Applied, ApplyError, Policy};

fn pods() -> ResourceKind {
    ResourceKind {
        group: String::new(),
        version: "v1".into(),
        kind: "Pod".into(),
        plural: "pods".into(),
        singular: "pod".into(),
        short_names: vec![],
        categories: vec![],
        namespaced: true,
        verbs: vec![],
        subresources: vec![],
    }
}

fn item(name: &str) -> Value {
    json!({ "metadata": { "name": name, "labels": { "app": name } } })
}

fn status(code: u16, reason: &str) -> Value {
    json!({ "kind": "Status", "message": format!("it is {reason}"), "reason": reason, "code": code })
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_once_however_many_ask() {
    let server = FakeServer::start(vec![
        (
            "GET /api/v1/namespaces/y/pods?limit=500&continue=a%2Bb",
            Reply::Json(200, json!({ "metadata": {}, "items": [item("two")] })),
        ),
        (
            "GET /api/v1/namespaces/y/pods?limit=500",
            Reply::Json(200, json!({ "metadata": { "continue": "a+b" }, "items": [item("one")] })),
        ),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let (cluster, kind) = (gate.cluster(), pods());
    let ask = || cluster.list(&kind, Some("y"));
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert_eq!(
        one.unwrap().iter().map(|pod| (pod.name.as_str(), pod.labels["app"].as_str())).collect::<Vec<_>>(),
        [("one", "one"), ("two", "two")]
    );
    assert!(two.is_ok() && three.is_ok());
    assert_eq!(server.lines().len(), 2);
    assert!(server.asked()[0].headers["accept"].to_str().unwrap().contains("PartialObjectMetadataList"));
}

#[tokio::test]
async fn what_is_not_there_is_told_from_what_cannot_be_looked_at() {
    let server = FakeServer::start(vec![
        ("GET /api/v1/namespaces/y/pods/there", Reply::Json(200, item("there"))),
        ("GET /api/v1/namespaces/y/pods/gone", Reply::Json(404, status(404, "NotFound"))),
        ("GET /api/v1/namespaces/y/pods/hidden", Reply::Json(403, status(403, "Forbidden"))),
        ("GET /api/v1/namespaces/y/pods/who", Reply::Json(401, status(401, "Unauthorized"))),
        ("GET /api/v1/namespaces/y/pods/broken", Reply::Json(500, status(500, "InternalError"))),
        ("GET /api/v1/namespaces/y/pods/html", Reply::Text(200, "<html>Log in first</html>")),
        ("GET /api/v1/namespaces/y/pods/slow", Reply::Hang),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let get = async |name: &'static str| gate.cluster().get(&pods(), Some("y"), name).await;
    assert_eq!(get("there").await.unwrap().unwrap()["metadata"]["name"], "there");
    assert_eq!(get("gone").await, Ok(None));
    assert_eq!(get("..").await, Ok(None));
    assert_eq!(get("hidden").await, Err(Unavailable::Forbidden("it is Forbidden".into())));
    assert_eq!(get("who").await, Err(Unavailable::Forbidden("it is Unauthorized".into())));
    assert_eq!(get("broken").await, Err(Unavailable::Unexpected("500 it is InternalError".into())));
    assert!(matches!(get("html").await, Err(Unavailable::Unexpected(text)) if text.contains("Log in first")));
    assert_eq!(get("elsewhere").await, Err(Unavailable::Unexpected("404 Not Found: 404 page not found".into())));
    let began = Instant::now();
    assert!(matches!(get("slow").await, Err(Unavailable::Unreachable(text)) if text.contains("no answer within")));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_with_its_cause() {
    let (gate, _folder) = gate_to(&["http://127.0.0.1:1"]).await;
    let Err(Unavailable::Unreachable(cause)) = gate.cluster().version().await else { panic!("reached") };
    assert!(cause.contains("http://127.0.0.1:1") && cause.contains("Connection refused"), "{cause}");
}

#[tokio::test]
async fn answers_come_from_memory_until_something_is_written() {
    let server = FakeServer::start(vec![
        ("GET /api/v1/namespaces/y/pods/x", Reply::Json(200, item("x"))),
        ("GET /apis", Reply::Json(200, json!({ "kind": "APIGroupList", "groups": [] }))),
        (
            "GET /api/v1",
            Reply::Json(
                200,
                json!({ "resources": [{ "name": "pods", "kind": "Pod", "namespaced": true, "verbs": [] }] }),
            ),
        ),
        ("GET /api", Reply::Json(200, json!({ "kind": "APIVersions", "versions": ["v1"] }))),
        ("PATCH ", Reply::Json(201, item("new"))),
    ])
    .await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    let cluster = gate.cluster();
    let count = || server.lines().iter().filter(|line| line.ends_with("/pods/x")).count();
    for _ in 0..3 {
        cluster.get(&pods(), Some("y"), "x").await.unwrap();
    }
    assert_eq!(count(), 1);
    cluster.get_fresh(&pods(), Some("y"), "x").await.unwrap();
    assert_eq!(count(), 2);
    let object = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "new" } });
    let closed = gate.door(Policy::ReadOnly, "check \"c\"").unwrap();
    let refused = cluster.apply(&object, &closed).await;
    assert!(matches!(refused, Err(ApplyError::Refused(text)) if text.contains("only reads")));
    let live = gate.door(Policy::Live, "action \"a\"").unwrap();
    assert_eq!(cluster.apply(&object, &live).await, Ok(Applied { object: item("new"), created: true }));
    let patch = server.asked().into_iter().find(|asked| asked.line.starts_with("PATCH")).unwrap();
    assert_eq!(patch.line, "PATCH /api/v1/namespaces/shop/pods/new?fieldManager=runbooks&fieldValidation=Strict");
    assert_eq!(patch.headers["content-type"], "application/apply-patch+yaml");
    cluster.get(&pods(), Some("y"), "x").await.unwrap();
    assert_eq!(count(), 3);
}

#[tokio::test]
async fn access_is_asked_once_per_question() {
    let review = json!({ "status": { "allowed": true, "reason": "RBAC: allowed" } });
    let server = FakeServer::start(vec![("POST /apis/authorization.k8s.io", Reply::Json(201, review))]).await;
    let (gate, _folder) = gate_to(&[&server.url]).await;
    for _ in 0..2 {
        let allowed = gate.cluster().can("create", "pods/exec", "x", "", Some("y")).await.unwrap();
        assert_eq!(allowed, Allowed { yes: true, reason: "RBAC: allowed".into() });
    }
    assert_eq!(server.lines().len(), 1);
    let asked: Value = serde_json::from_str(&server.asked()[0].body).unwrap();
    let attributes = json!({ "verb": "create", "resource": "pods", "subresource": "exec", "name": "x", "group": "", "namespace": "y" });
    assert_eq!(asked["spec"]["resourceAttributes"], attributes);
}
