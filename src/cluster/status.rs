//! Answers of the gate itself, in the form of Kubernetes' own errors, so that every client shows them as such.

use hyper::{Response, StatusCode, header};
use kube::client::Body;
use serde_json::json;

use super::request::{Route, Subject};
use crate::model::Unavailable;

/// Returns a Kubernetes `Status` that says why something was not done.
pub(crate) fn failure(code: StatusCode, reason: &str, message: &str, subject: Option<&Subject>) -> Response<Body> {
    let mut status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code.as_u16(),
    });
    if let Some(Subject { group, resource, name, .. }) = subject {
        let mut details = json!({ "kind": resource });
        for (key, value) in [("group", Some(group.as_str())), ("name", name.as_deref())] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                details[key] = value.into();
            }
        }
        status["details"] = details;
    }
    respond(code, "application/json", status.to_string())
}

/// Returns the answer to a request that a policy does not let pass.
pub(crate) fn refused(message: &str, subject: Option<&Subject>) -> Response<Body> {
    failure(StatusCode::FORBIDDEN, "Forbidden", message, subject)
}

/// Returns the answer to a request that the API server did not answer.
///
/// For a resource it is a Status. Of an error in discovery, however, Kubernetes' clients show nothing but their own words
/// for the code; only of a `502` they also show the text.
pub(crate) fn unavailable(cause: &Unavailable, route: &Route) -> Response<Body> {
    let message = format!("runbooks: {cause}");
    if matches!(route, Route::Resource(_)) {
        return failure(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", &message, None);
    }
    respond(StatusCode::BAD_GATEWAY, "text/plain; charset=utf-8", message)
}

/// Returns the answer to a request that comes through no open door.
pub(crate) fn no_such_door() -> Response<Body> {
    failure(StatusCode::NOT_FOUND, "NotFound", "runbooks: no such door to a cluster, or it is closed", None)
}

/// Returns the answer to a request that cannot be read.
pub(crate) fn bad_request(message: &str) -> Response<Body> {
    failure(StatusCode::BAD_REQUEST, "BadRequest", &format!("runbooks: {message}"), None)
}

fn respond(code: StatusCode, media_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text.into_bytes()));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}
