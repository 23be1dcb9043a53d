//! The front door for child processes: HTTP on the loopback interface, opened by a secret in the path.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::PathAndQuery;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri, Version, header};
use hyper_util::rt::TokioIo;
use kube::client::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::door::DoorState;
use super::looked_at::LookedAt;
use super::pass::{Core, Stopped};
use super::request::ApiRequest;
use super::{retry, status, tunnel};

/// Serves connections until it is dropped; they end with it.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve_connection(stream, Arc::clone(&core)));
            }
            Some(_) = connections.join_next() => {}
            // No more file descriptors, say; others must close theirs first.
            else => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// The door that a connection uses, once its first request has named it.
type UsedDoor = watch::Sender<Option<Arc<DoorState>>>;

/// Serves one connection until the client hangs up, or the door it came through is closed.
async fn serve_connection(stream: TcpStream, core: Arc<Core>) {
    // Small answers are whole answers here; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let used = Arc::new(UsedDoor::new(None));
    let service = service_fn(|request| {
        let (core, used) = (Arc::clone(&core), Arc::clone(&used));
        async move { Ok::<_, Infallible>(answer(&core, &used, request).await) }
    });
    tokio::select! {
        // A client that breaks off is no concern of ours.
        _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades() => {}
        () = closed(used.subscribe()) => {}
    }
}

/// Waits until the door that a connection uses is closed; for ever while it uses none.
async fn closed(mut used: watch::Receiver<Option<Arc<DoorState>>>) {
    let door = used.wait_for(Option::is_some).await.ok().and_then(|door| door.clone());
    match door {
        Some(door) => door.closed().await,
        None => std::future::pending().await,
    }
}

/// The body of an answer on its way to a child process.
type Passing = UnsyncBoxBody<Bytes, kube::Error>;

async fn answer(core: &Core, used: &UsedDoor, request: Request<Incoming>) -> Response<Passing> {
    let Some((door, context, uri)) = find_door(core, request.uri()) else {
        return status::no_such_door().map(Body::boxed_unsync);
    };
    let response = answer_at(core, used, &door, (context, uri), request).await;
    let expected = response.extensions().get::<OfServer>().is_some() && response.status().is_success();
    response.map(|body| LookedAt::new(body, door, expected).boxed_unsync())
}

/// Marks the answer of an API server itself, and not of what stands behind it.
#[derive(Debug, Clone, Copy)]
struct OfServer;

async fn answer_at(
    core: &Core,
    used: &UsedDoor,
    door: &Arc<DoorState>,
    (context, uri): (usize, Uri),
    mut request: Request<Incoming>,
) -> Response<Body> {
    used.send_if_modified(|used| used.is_none() && used.replace(Arc::clone(door)).is_none());
    *request.uri_mut() = uri;
    let client = tunnel::wants_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    let request = match read(request, client.is_some()).await {
        Ok(request) => request,
        Err(error) => return status::bad_request(&format!("the request broke off: {error}")),
    };
    let route = request.route.clone();
    let of_server = retry::answers_itself(&request) && client.is_none() && !asks_for_another_form(&request);
    let mut response = match core.pass(door, context, request).await {
        Ok(response) => response,
        Err(Stopped::Refused { message, subject }) => return status::refused(&message, subject.as_deref()),
        Err(Stopped::Unavailable(cause)) => return status::unavailable(&cause, &route),
    };
    match client {
        Some(client) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            tokio::spawn(tunnel::carry(client, hyper::upgrade::on(&mut response), Arc::clone(door)));
            response.map(|_| Body::empty())
        }
        _ => {
            tunnel::strip_hop_by_hop(response.headers_mut());
            if of_server {
                response.extensions_mut().insert(OfServer);
            }
            response
        }
    }
}

/// Returns whether a client wants YAML, say, or the `OpenAPI` document, which has forms of its own.
fn asks_for_another_form(request: &ApiRequest) -> bool {
    let accept = request.head.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let known = ["json", "protobuf", "cbor", "*/*"].iter().any(|form| accept.contains(form));
    !known || accept.contains("yaml") || request.path().starts_with("/openapi")
}

/// Returns the door that a path of the form `/SECRET/CONTEXT/REST` opens, and the rest, byte for byte as it came.
fn find_door(core: &Core, uri: &Uri) -> Option<(Arc<DoorState>, usize, Uri)> {
    let path = uri.path_and_query()?.as_str().strip_prefix('/')?;
    let (secret, rest) = path.split_once('/')?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (context, rest) = rest.split_at(end);
    let context = context.parse().ok().filter(|context| core.has_context(*context))?;
    let door = core.door(secret)?;
    let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    let rest: PathAndQuery = rest.parse().ok()?;
    Some((door, context, Uri::from(rest)))
}

/// Reads the body, which an API server keeps below 3 MiB itself, and leaves behind what belongs to this connection.
///
/// The identity is the target's alone, so credentials that the client sends of its own are left behind too.
async fn read(request: Request<Incoming>, upgrade: bool) -> Result<ApiRequest, hyper::Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let protocol = head.headers.get(header::UPGRADE).cloned();
    tunnel::strip_hop_by_hop(&mut head.headers);
    for name in [header::HOST, header::CONTENT_LENGTH, header::EXPECT, header::AUTHORIZATION] {
        head.headers.remove(name);
    }
    if let Some(protocol) = protocol.filter(|_| upgrade) {
        head.headers.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
        head.headers.insert(header::UPGRADE, protocol);
    }
    head.extensions.clear();
    head.version = Version::HTTP_11;
    Ok(ApiRequest::new(head, body))
}
