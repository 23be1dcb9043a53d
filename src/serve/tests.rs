use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

fn files(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

async fn ask(path: &str) -> Response<Body> {
    let live =
        Live::new(files(&[("index.html", "<body>home</body>"), ("a b/index.html", "x"), ("s.css", "y")]), Vec::new());
    page(State(Arc::new(live)), Method::GET, path.parse().unwrap(), HeaderMap::new()).await
}

#[tokio::test]
async fn a_folder_is_led_to_its_slash_and_shows_its_index() {
    assert_eq!(ask("/a%20b").await.headers()[header::LOCATION], "/a%20b/");
    assert_eq!(ask("/a%20b/").await.status(), StatusCode::OK);
    assert_eq!(ask("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn no_path_leads_out() {
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/a%20b/..%2f..%2fCargo.toml", "//etc/passwd"] {
        assert_eq!(ask(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_safe_headers() {
    for path in ["/", "/s.css", "/nothing"] {
        let response = ask(path).await;
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(
            response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'self'")
        );
    }
}

#[test]
fn the_reload_script_stands_at_the_end_of_a_page() {
    let page = String::from_utf8(with_reload(b"<body>x</body>", 3)).unwrap();
    assert_eq!(page, "<body>x<script src=\"/~reload.js\" data-version=\"3\" defer></script>\n</body>");
}

#[tokio::test]
async fn waiting_ends_with_newer_pages_and_a_broken_build_keeps_the_old_ones() {
    let live = Live::new(files(&[("index.html", "old")]), Vec::new());
    live.replace(BTreeMap::new(), vec!["error".to_owned()]);
    let pages = live.newer_than(1, Duration::from_secs(5)).await;
    assert_eq!((pages.version, pages.files.len(), pages.problems.len()), (2, 1, 1));
}
