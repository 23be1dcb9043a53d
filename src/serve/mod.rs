//! The pages over HTTP, from memory, with a page that reloads itself when a text is saved.
//!
//! Requests are answered from a table of paths, so that no path leads anywhere else. Only what is served here carries
//! the reload script; what `build` writes does not.

mod content;
mod listen;
mod live;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::routing::get;

pub use listen::{DEFAULT_PORT, ListenError, listen};
pub use live::{Live, Pages};

/// What pages may load and do: only what comes from here, and nobody may put them in a frame.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// The script that reloads a page; the answer of `/~changes` tells it when.
const RELOAD: &str = include_str!("reload.js");
/// A page asks again after this long, so that connections do not live for ever.
const PATIENCE: Duration = Duration::from_secs(25);

/// Serves pages until `stop` is done.
pub async fn run(
    listener: tokio::net::TcpListener,
    live: Arc<Live>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/~reload.js", get(async || reply(StatusCode::OK, "text/javascript; charset=utf-8", RELOAD.into())))
        .route("/~changes", get(changes))
        .fallback(page)
        .with_state(live);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

/// Answers when the pages are newer than what the asking page shows, or after a while.
async fn changes(State(live): State<Arc<Live>>, uri: Uri) -> Response<Body> {
    let known = uri.query().and_then(|query| query.strip_prefix("version=")).and_then(|number| number.parse().ok());
    let pages = live.newer_than(known.unwrap_or(0), PATIENCE).await;
    let state = serde_json::json!({ "version": pages.version, "problems": pages.problems });
    reply(StatusCode::OK, "application/json", state.to_string().into())
}

async fn page(State(live): State<Arc<Live>>, method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET and HEAD\n".into());
    }
    let pages = live.now();
    let path = content::path(uri.path());
    if let Some(bytes) = pages.files.get(&path) {
        return file(&path, bytes, &headers, pages.version);
    }
    let folder =
        if path.is_empty() { "index.html".to_owned() } else { format!("{}/index.html", path.trim_end_matches('/')) };
    match pages.files.get(&folder) {
        // Relative links need the slash at the end.
        Some(_) if !uri.path().ends_with('/') => redirect(&format!("{}/", uri.path())),
        Some(bytes) => file(&folder, bytes, &headers, pages.version),
        None => {
            let missing = pages.files.get("404.html").map_or(&b"not found\n"[..], Vec::as_slice);
            reply(StatusCode::NOT_FOUND, "text/html; charset=utf-8", with_reload(missing, pages.version).into())
        }
    }
}

fn file(path: &str, bytes: &[u8], headers: &HeaderMap, version: u64) -> Response<Body> {
    let kind = content::kind(path);
    let tag = content::tag(bytes, version);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return reply(StatusCode::NOT_MODIFIED, kind, Vec::new().into());
    }
    let bytes = if kind.starts_with("text/html") { with_reload(bytes, version) } else { bytes.to_vec() };
    let mut response = reply(StatusCode::OK, kind, bytes.into());
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Puts the reload script at the end of a page.
fn with_reload(html: &[u8], version: u64) -> Vec<u8> {
    let script = format!("<script src=\"/~reload.js\" data-version=\"{version}\" defer></script>\n");
    let end = b"</body>";
    let at = html.windows(end.len()).rposition(|window| window == end).unwrap_or(html.len());
    let mut page = Vec::with_capacity(html.len() + script.len());
    page.extend_from_slice(&html[..at]);
    page.extend_from_slice(script.as_bytes());
    page.extend_from_slice(&html[at..]);
    page
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = reply(StatusCode::PERMANENT_REDIRECT, "text/plain; charset=utf-8", Body::empty());
    // Two slashes at the start would name another host.
    let to = format!("/{}", to.trim_start_matches('/'));
    if let Ok(to) = to.parse() {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

fn reply(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
