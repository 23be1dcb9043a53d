//! An API server of a few lines, for tests: answers from a table, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use kube::client::Body;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Gate, GateOptions};
use crate::model::Target;
use crate::sys::{Clock, Environment, files};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// How a server answers a request line.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// This status and text the first time, and then the other.
    Then(u16, &'static str, Box<Reply>),
    /// Never.
    Hang,
    /// Switches to a protocol that sends everything back.
    Echo,
}

type Table = Vec<(&'static str, Reply)>;

pub(crate) struct FakeServer {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeServer {
    /// Starts a server that answers the first line of `table` that its request line begins with, and `404` otherwise.
    pub(crate) async fn start(table: Table) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (table, seen) = (Arc::new(table), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (table, seen) = (Arc::clone(&table), Arc::clone(&seen));
                let service = service_fn(move |request| reply(Arc::clone(&table), Arc::clone(&seen), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

async fn reply(
    table: Arc<Table>,
    seen: Arc<Mutex<Vec<Asked>>>,
    mut request: Request<Incoming>,
) -> hyper::Result<Response<Body>> {
    let line = format!("{} {}", request.method(), request.uri());
    let upgraded = hyper::upgrade::on(&mut request);
    let headers = request.headers().clone();
    let body = String::from_utf8_lossy(&request.into_body().collect().await?.to_bytes()).into_owned();
    seen.lock().unwrap().push(Asked { line: line.clone(), headers, body });
    let found = table.iter().find(|(start, _)| line.starts_with(start)).map(|(_, reply)| reply.clone());
    let before = seen.lock().unwrap().iter().filter(|asked| asked.line == line).count();
    let found = match found {
        Some(Reply::Then(status, text, _)) if before == 1 => Some(Reply::Text(status, text)),
        Some(Reply::Then(_, _, next)) => Some(*next),
        other => other,
    };
    let (status, kind, text) = match found {
        Some(Reply::Json(status, value)) => (status, "application/json", value.to_string()),
        Some(Reply::Text(status, text)) => (status, "text/plain", text.to_owned()),
        Some(Reply::Hang | Reply::Then(..)) => std::future::pending().await,
        Some(Reply::Echo) => {
            tokio::spawn(async move {
                let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded.await.unwrap()));
                tokio::io::copy(&mut read, &mut write).await
            });
            let switched =
                Response::builder().status(101).header("connection", "Upgrade").header("upgrade", "SPDY/3.1");
            return Ok(switched.body(Body::empty()).unwrap());
        }
        None => (404, "text/plain", "404 page not found".to_owned()),
    };
    Ok(Response::builder().status(status).header("content-type", kind).body(Body::from(text.into_bytes())).unwrap())
}

/// A gate whose contexts `one`, `two` … lead to these servers; the first is the target's.
pub(crate) async fn gate_to(servers: &[&str]) -> (Gate, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let names = ["one", "two", "three"];
    let listed = |of: &dyn Fn(&str, &str) -> String| {
        names.iter().zip(servers).map(|(name, url)| of(name, url)).collect::<String>()
    };
    let clusters = listed(&|name, url| format!("- {{name: {name}, cluster: {{server: \"{url}\"}}}}\n"));
    let contexts = listed(&|name, _| format!("- {{name: {name}, context: {{cluster: {name}, namespace: shop}}}}\n"));
    let text = format!("current-context: one\nclusters:\n{clusters}contexts:\n{contexts}");
    files::write(&folder.path().join("config"), text.as_bytes()).unwrap();
    let variables = [("KUBECONFIG".to_owned(), "config".to_owned())];
    let clock = Clock::fixed("2026-11-21T10:00:00Z".parse().unwrap());
    let mut options = GateOptions::for_target(&Target::default(), &Environment::of(variables, folder.path()), clock);
    options.timeout = Duration::from_secs(2);
    (Gate::open(options).await.unwrap(), folder)
}

/// Sends bytes to the server of a context in a kubeconfig, with `@` standing for its path, and returns all that comes back.
pub(crate) async fn speak(kubeconfig: &str, context: usize, request: &str) -> String {
    let (mut stream, request) = connect(kubeconfig, context, request).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A closed door may reset the connection instead of ending it.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Connects to the server of a context, and puts its path and the rest of a head into a request.
pub(crate) async fn connect(kubeconfig: &str, context: usize, request: &str) -> (TcpStream, String) {
    let kubeconfig: Value = serde_json::from_str(kubeconfig).unwrap();
    let url = kubeconfig["clusters"][context]["cluster"]["server"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let (address, path) = url.split_once('/').unwrap();
    let request = request
        .replace('@', &format!("/{path}"))
        .replace(" !", &format!(" HTTP/1.1\r\nhost: {address}\r\nconnection: close"));
    (TcpStream::connect(address).await.unwrap(), request)
}
