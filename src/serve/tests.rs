use std::collections::BTreeMap;
use std::sync::Arc;

use http_body_util::BodyExt as _;

use super::*;

const FILES: [(&str, &str); 4] =
    [("index.html", "<body>home</body>"), ("a b/index.html", "x"), ("s.css", "0123456789"), ("404.html", "gone")];

fn live() -> Arc<Live> {
    let files: BTreeMap<&str, &str> = FILES.into_iter().collect();
    let answer = move |request: live::Request| {
        let file = files.get(request.path.as_str()).map(|text| text.as_bytes().to_vec());
        request.answer(file);
    };
    Arc::new(Live::new(jiff::Timestamp::UNIX_EPOCH, answer))
}

async fn asked(path: &str, method: Method, headers: &[(header::HeaderName, &str)]) -> Response<Body> {
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
    page(State(live()), method, path.parse().unwrap(), headers).await
}

async fn ask(path: &str) -> Response<Body> {
    asked(path, Method::GET, &[]).await
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_folder_is_led_to_its_slash_and_shows_its_index() {
    assert_eq!(ask("/a%20b").await.headers()[header::LOCATION], "/a%20b/");
    assert_eq!(ask("/a%20b/").await.status(), StatusCode::OK);
    assert_eq!(ask("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn no_path_leads_out() {
    let long = format!("/{}", "a/".repeat(4_000));
    for path in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/a%20b/..%2f..%2fCargo.toml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/index.html%00.css",
        "/%00",
        "/..%5c..%5cCargo.toml",
        "/%ff%fe",
        long.as_str(),
    ] {
        assert_eq!(ask(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_safe_headers() {
    for path in ["/", "/s.css", "/nothing", "/a%20b"] {
        let response = ask(path).await;
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'"));
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let tag = ask("/s.css").await.headers()[header::ETAG].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let again = asked("/s.css", Method::GET, &[(header::IF_NONE_MATCH, &known)]).await;
        assert_eq!((again.status(), text(again).await), (StatusCode::NOT_MODIFIED, String::new()), "{known}");
    }
    let other = asked("/s.css", Method::GET, &[(header::IF_NONE_MATCH, "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_part_is_a_part_and_what_is_not_there_is_refused() {
    let part = asked("/s.css", Method::GET, &[(header::RANGE, "bytes=2-4")]).await;
    assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 2-4/10");
    assert_eq!((part.status(), text(part).await), (StatusCode::PARTIAL_CONTENT, "234".to_owned()));
    let beyond = asked("/s.css", Method::GET, &[(header::RANGE, "bytes=10-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let stale = [(header::RANGE, "bytes=2-4"), (header::IF_RANGE, "\"other\"")];
    assert_eq!(asked("/s.css", Method::GET, &stale).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_reading_is_answered() {
    assert_eq!(asked("/", Method::HEAD, &[]).await.status(), StatusCode::OK);
    let refused = asked("/", Method::POST, &[]).await;
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
}

#[test]
fn the_reload_script_stands_at_the_end_of_a_page() {
    let page = String::from_utf8(with_reload(b"<body>x</body>", 3)).unwrap();
    assert_eq!(page, "<body>x<script src=\"/~reload.js\" data-version=\"3\" defer></script>\n</body>");
}

#[tokio::test]
async fn waiting_ends_with_newer_pages_and_with_other_problems() {
    let live = live();
    live.changed(vec!["error".to_owned()]);
    let newer = live.other_than(0, None, Duration::from_secs(5)).await;
    assert_eq!((newer.version, newer.problems.len()), (1, 1));
    let other = live.other_than(1, Some(live::mark(&[])), Duration::from_secs(5)).await;
    assert_eq!((other.version, other.problems.len()), (1, 1));
}

#[tokio::test]
async fn a_page_of_an_earlier_process_hears_at_once_that_it_is_old() {
    let began = |second| jiff::Timestamp::from_second(second).unwrap();
    let (before, after) = (Live::new(began(1_700_000_000), drop), Live::new(began(1_700_000_001), drop));
    for live in [&before, &after] {
        live.changed(Vec::new());
    }
    let (old, new) = (before.now().version, after.now().version);
    assert_ne!(old, new);
    let told = after.other_than(old, None, Duration::from_secs(3600)).await;
    assert_eq!(told.version, new);
    // A clock that was set back is no reason not to reload.
    assert_eq!(before.other_than(new, None, Duration::from_secs(3600)).await.version, old);
    assert_eq!(after.other_than(new, None, Duration::ZERO).await.version, new);
}
