//! The layer that asks again: a server that is busy or just starting is no reason to give up at once.
//!
//! What is read is asked again after a `5xx`, and after a connection that broke off; a write only where the server
//! surely did nothing: it refused the connection, or it was too busy (`429`). A server that kept silent has had its
//! time. Once asking again did not help, nothing is asked again until the server has answered well.

use std::time::Duration;

use hyper::{HeaderMap, Method, Response, StatusCode, header};
use kube::client::Body;
use tokio::time::Instant;

use super::request::{ApiRequest, Route};
use super::upstream::Failure;

/// How long is waited before asking again, where the server does not say.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900)];

/// One request and how often it has been sent.
#[derive(Debug)]
pub(crate) struct Retry {
    reads: bool,
    possible: bool,
    tries: usize,
    until: Instant,
}

impl Retry {
    /// Begins to send a request that may be asked again for as long as `budget`.
    pub(crate) fn of(request: &ApiRequest, budget: Duration) -> Self {
        let probes =
            ["/readyz", "/livez", "/healthz", "/metrics"].iter().any(|probe| request.path().starts_with(probe));
        Self {
            reads: matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS),
            // A probe that says no, and the answer of what stands behind a server, are answers.
            possible: request.upgrade().is_none() && !probes && answers_itself(request),
            tries: 0,
            until: Instant::now() + budget,
        }
    }

    /// Returns how long to wait before the request is sent again; `None` where the answer stands.
    pub(crate) fn pause(&mut self, answer: &Result<Response<Body>, Failure>) -> Option<Duration> {
        let asked = match answer {
            Ok(response) => self.after(response.status(), response.headers())?,
            Err(Failure::Refused(_)) => Duration::ZERO,
            Err(Failure::BrokeOff(_)) if self.reads => Duration::ZERO,
            Err(Failure::BrokeOff(_) | Failure::Other(_)) => return None,
        };
        let pause = (*PAUSES.get(self.tries)?).max(asked);
        self.tries += 1;
        (self.possible && Instant::now() + pause < self.until).then_some(pause)
    }

    /// Returns whether it is one of those that are asked again.
    pub(crate) const fn is_possible(&self) -> bool {
        self.possible
    }

    /// Returns how long the server wants to be left alone, if it could not answer now.
    fn after(&self, status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
        let busy = status == StatusCode::TOO_MANY_REQUESTS;
        (busy || self.reads && is_transient(status)).then(|| retry_after(headers).unwrap_or_default())
    }
}

/// Returns whether a status says that the server could not answer now.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    let never = matches!(status, StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED);
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() && !never
}

/// Returns whether the API server itself answers, and not something behind it: a pod, a service, a kubelet.
pub(crate) fn answers_itself(request: &ApiRequest) -> bool {
    let behind = matches!(request.subresource(), Some("proxy" | "exec" | "attach" | "portforward" | "log"));
    match request.route {
        Route::Resource(_) => !behind,
        _ => ["/api", "/version", "/openapi"].iter().any(|start| request.path().starts_with(start)),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;

    use super::super::client::request;
    use super::*;
    use crate::model::Unavailable;

    fn retry(method: Method, path: &str) -> Retry {
        let request = request(method, path, "application/json", Bytes::new()).unwrap();
        Retry::of(&request, Duration::from_secs(10))
    }

    fn answer(status: u16, wait: Option<&str>) -> Response<Body> {
        let mut response = Response::builder().status(status);
        if let Some(wait) = wait {
            response = response.header("retry-after", wait);
        }
        response.body(Body::empty()).unwrap()
    }

    #[test]
    fn what_passes_is_asked_again_a_few_times() {
        let mut read = retry(Method::GET, "/api/v1/pods");
        assert_eq!(read.pause(&Ok(answer(503, None))), Some(PAUSES[0]));
        assert_eq!(read.pause(&Ok(answer(429, Some("2")))), Some(Duration::from_secs(2)));
        let broken = || Err(Failure::BrokeOff(Unavailable::Unreachable(String::new())));
        assert_eq!(read.pause(&broken()), Some(PAUSES[2]));
        assert_eq!(read.pause(&broken()), None);
        assert_eq!(retry(Method::GET, "/apis").pause(&Ok(answer(500, None))), Some(PAUSES[0]));
    }

    #[test]
    fn what_stands_is_not_asked_again() {
        for status in [200, 404, 403, 409, 501] {
            assert_eq!(retry(Method::GET, "/api/v1/pods").pause(&Ok(answer(status, None))), None, "{status}");
        }
        assert_eq!(retry(Method::GET, "/readyz").pause(&Ok(answer(500, None))), None);
        assert_eq!(retry(Method::GET, "/api/v1/namespaces/a/services/b/proxy/").pause(&Ok(answer(503, None))), None);
        assert_eq!(retry(Method::GET, "/api/v1/pods").pause(&Ok(answer(429, Some("3600")))), None);
    }

    #[test]
    fn a_write_is_only_repeated_if_nothing_was_done() {
        let write = || retry(Method::DELETE, "/api/v1/namespaces/a/pods/b");
        assert_eq!(write().pause(&Ok(answer(503, None))), None);
        assert_eq!(write().pause(&Err(Failure::BrokeOff(Unavailable::Unreachable(String::new())))), None);
        assert_eq!(write().pause(&Ok(answer(429, None))), Some(PAUSES[0]));
        assert_eq!(write().pause(&Err(Failure::Refused(Unavailable::Unreachable(String::new())))), Some(PAUSES[0]));
    }
}
