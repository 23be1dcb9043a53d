use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};

use super::*;
use crate::run::runner::tls::sample::{CERTIFICATE, KEY, der};

/// Serves on a port of its own until the test ends, and returns the base URL.
pub(super) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn service() -> String {
    serve(
        Router::new()
            .route("/health", get(|| async { ([("x-version", "7")], "{\"status\": \"ok\", \"checks\": {\"db\": 3}}") }))
            .route("/down", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "out of order") }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/login")]) }))
            .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(1000)).await }))
            .route(
                "/echo/{name}",
                any(|request: Request| async move {
                    let path = request.uri().to_string();
                    let token = header(request.headers(), "authorization");
                    let body = axum::body::to_bytes(request.into_body(), 10_000).await.unwrap();
                    format!("{path} {token} {}", String::from_utf8_lossy(&body))
                }),
            ),
    )
    .await
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn ask(text: &str) -> StepResult {
    let base = service().await;
    Stage::new(text).value("BASE", &base).value("NAME", "a/b \"c\"").result(0).await
}

#[tokio::test]
async fn an_answer_of_200_passes() {
    let result = ask("```http check\nGET ${BASE}/health\n```\n").await;
    assert_eq!((result.outcome, result.value.as_deref()), (Outcome::Passed, Some("200")), "{result:?}");
    assert!(result.stdout.contains("\"ok\""));
}

#[tokio::test]
async fn another_answer_fails() {
    let result = ask("```http check\nGET ${BASE}/down\n```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "http-status", "answered 503 Service Unavailable"));
    assert_eq!(result.findings[0].actual.as_deref(), Some("out of order"));
    assert_eq!(result.findings[0].place.start.line, 2);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let result = ask("```http check\nGET ${BASE}/moved\n```\n").await;
    assert_eq!(first(&result).2, "answered 302 Found");
    assert_eq!(result.findings[0].help.as_deref(), Some("redirects are not followed; it points to `/login`"));
    let result =
        ask("```http check expect=\"status == 302 && headers.location == '/login'\"\nGET ${BASE}/moved\n```\n").await;
    assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
}

#[tokio::test]
async fn expectations_speak_of_the_answer() {
    let text = "```http check expect=\"json.checks.db == 3 && headers['x-version'] == '7' && body.contains('ok') && duration < duration('30s')\"\nGET ${BASE}/health\n```\n";
    assert_eq!(ask(text).await.outcome, Outcome::Passed);
    let result = ask(&text.replace("db == 3", "db == 4")).await;
    assert!(result.findings[0].actual.as_deref().unwrap().starts_with("json.checks.db = 3\n"), "{result:?}");
    let result = ask("```http check expect=\"tls.days_left > 14\"\nGET ${BASE}/health\n```\n").await;
    assert!(first(&result).2.ends_with("the answer did not come over TLS"), "{result:?}");
}

#[tokio::test]
async fn values_are_quoted_where_they_stand() {
    let text = "```http action\nPOST ${BASE}/echo/${NAME}\nAuthorization: Bearer ${NAME}\nContent-Type: application/json\n\n{\"name\": \"${NAME}\"}\n```\n";
    let result = ask(text).await;
    assert_eq!(result.stdout, "/echo/a%2Fb%20%22c%22 Bearer a/b \"c\" {\"name\": \"a/b \\\"c\\\"\"}", "{result:?}");
}

#[tokio::test]
async fn a_service_that_is_down_failed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let result = run(&format!("```http check\nGET http://{address}/health\n```\n")).await;
    assert_eq!(first(&result), (Outcome::Failed, "no-answer", "`127.0.0.1` does not answer: connection refused"));
}

#[tokio::test]
async fn a_service_that_is_too_slow_failed() {
    let result = ask("```http check timeout=100ms\nGET ${BASE}/slow\n```\n").await;
    assert_eq!(first(&result), (Outcome::Failed, "timeout", "the service did not answer within 100ms"));
}

#[tokio::test]
async fn a_request_without_a_value_is_not_sent() {
    let result = ask("```http check within=1h\nGET ${BASE}/${NOPE}\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "request", "`NOPE` has no value"));
    assert_eq!((result.findings[0].place.start.line, result.findings[0].place.start.column), (2, 13));
}

#[tokio::test]
async fn the_body_can_be_captured() {
    let base = service().await;
    let mut stage =
        Stage::new("```http check capture=\"S = json.status\"\nGET ${BASE}/health\n```\n").value("BASE", &base);
    assert_eq!(stage.end(0).await.captured.unwrap().1.text, "ok");
}

/// Answers over TLS with a certificate that nobody trusts, one connection after the other.
fn serve_tls() -> String {
    use std::io::{Read as _, Write as _};

    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(der(KEY).into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der(CERTIFICATE).into()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            // A client that does not trust us goes away in the middle.
            let _ = tls.read(&mut [0; 4096]);
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    format!("https://{address}")
}

#[tokio::test]
async fn a_certificate_nobody_trusts_fails() {
    let base = serve_tls();
    let result = run(&format!("```http check\nGET {base}/\n```\n")).await;
    let (outcome, rule, message) = first(&result);
    assert_eq!((outcome, rule), (Outcome::Failed, "certificate"));
    assert!(message.starts_with("the certificate is not good: invalid peer certificate"), "{message}");
}

#[tokio::test]
async fn an_expectation_may_look_at_a_certificate_nobody_trusts() {
    let base = serve_tls();
    let ask = |expect: &str| format!("```http check expect=\"{expect}\"\nGET {base}/\nAuthorization: Bearer x\n```\n");
    assert_eq!(run(&ask("tls.days_left > 14 && !tls.verified")).await.outcome, Outcome::Passed);
    let result = run(&ask("tls.days_left > 60")).await;
    assert_eq!(result.findings[0].actual.as_deref(), Some("tls.days_left = 30"), "{result:?}");
    assert_eq!(run(&ask("tls.days_left > 14 && tls.verified")).await.outcome, Outcome::Failed);
}
