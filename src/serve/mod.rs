//! The pages over HTTP, made as they are asked for, with a page that reloads itself when a text is saved.
//!
//! A path is a name that is looked up among the names of the site's files, so that none leads anywhere else. Only what is
//! served here carries the reload script; what `build` writes does not.

mod content;
mod host;
mod listen;
mod live;
mod range;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::routing::get;

pub use listen::{DEFAULT_PORT, ListenError, listen};
pub use live::{Live, Request};
use range::Part;

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
    let only_here = listener.local_addr()?.ip().is_loopback();
    axum::serve(listener, router(live, only_here)).with_graceful_shutdown(stop).await
}

fn router(live: Arc<Live>, only_here: bool) -> Router {
    Router::new()
        .route("/~reload.js", get(async || reply(StatusCode::OK, "text/javascript; charset=utf-8", RELOAD.into())))
        .route("/~changes", get(changes))
        .route("/metrics", get(metrics))
        .fallback(page)
        .with_state(live)
        .layer(middleware::from_fn(move |request, next| meant_for_us(only_here, request, next)))
}

/// Refuses what is asked under a name of somebody else.
async fn meant_for_us(only_here: bool, request: HttpRequest, next: Next) -> Response<Body> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or_default();
    if only_here && !host::is_ours(host) {
        let text = "this server answers to localhost and to its address only\n";
        return reply(StatusCode::MISDIRECTED_REQUEST, "text/plain; charset=utf-8", text.into());
    }
    next.run(request).await
}

/// Answers when there is something to tell that the asking page does not know, or after a while.
async fn changes(State(live): State<Arc<Live>>, uri: Uri) -> Response<Body> {
    let number = |name: &str| {
        let mut pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok())
    };
    let state = live.other_than(number("version").unwrap_or(0), number("problems"), PATIENCE).await;
    let mark = live::mark(&state.problems);
    let told = serde_json::json!({ "version": state.version, "problems": state.problems, "mark": mark });
    reply(StatusCode::OK, "application/json", told.to_string().into())
}

/// Answers with what the kept results say, for Prometheus.
async fn metrics(State(live): State<Arc<Live>>) -> Response<Body> {
    reply(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", live.now().metrics.clone().into())
}

async fn page(State(live): State<Arc<Live>>, method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        let mut refused =
            reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET and HEAD\n".into());
        refused.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    // The version before the file: a page that changes in between is asked for again.
    let version = live.now().version;
    let path = content::path(uri.path());
    if let Some(bytes) = live.file(&path).await {
        return file(&path, bytes, &headers, version);
    }
    let folder =
        if path.is_empty() { "index.html".to_owned() } else { format!("{}/index.html", path.trim_end_matches('/')) };
    match live.file(&folder).await {
        // Relative links need the slash at the end.
        Some(_) if !uri.path().ends_with('/') => redirect(&format!("{}/", uri.path())),
        Some(bytes) => file(&folder, bytes, &headers, version),
        None => {
            let missing = live.file("404.html").await.unwrap_or_else(|| b"not found\n".to_vec());
            reply(StatusCode::NOT_FOUND, "text/html; charset=utf-8", with_reload(&missing, version).into())
        }
    }
}

fn file(path: &str, bytes: Vec<u8>, headers: &HeaderMap, version: u64) -> Response<Body> {
    let kind = content::kind(path);
    let is_page = kind.starts_with("text/html");
    // Of a page, the version belongs to the bytes: it stands in the reload script.
    let tag = content::tag(&bytes, if is_page { version } else { 0 });
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let bytes = if is_page { with_reload(&bytes, version) } else { bytes };
    let length = bytes.len();
    let same = |known: &str| matches!(known.trim().trim_start_matches("W/"), known if known == tag || known == "*");
    let part = match text(header::IF_RANGE) {
        Some(known) if !same(known) => Part::Whole,
        _ => range::part(text(header::RANGE), length),
    };
    let mut response = if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(same)) {
        reply(StatusCode::NOT_MODIFIED, kind, Body::empty())
    } else {
        match part {
            Part::Whole => reply(StatusCode::OK, kind, bytes.into()),
            Part::Bytes(from, to) => {
                let mut response = reply(StatusCode::PARTIAL_CONTENT, kind, bytes[from..to].to_vec().into());
                set(&mut response, header::CONTENT_RANGE, &format!("bytes {from}-{}/{length}", to - 1));
                response
            }
            Part::Beyond => {
                let mut response = reply(StatusCode::RANGE_NOT_SATISFIABLE, kind, Body::empty());
                set(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
                response
            }
        }
    };
    set(&mut response, header::ETAG, &tag);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    response
}

fn set(response: &mut Response<Body>, name: header::HeaderName, value: &str) {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
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
    set(&mut response, header::LOCATION, &to);
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
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
