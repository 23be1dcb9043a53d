//! Answers of the gate itself, in the form of Kubernetes' own errors, so that every client shows them as such.

use hyper::{Response, StatusCode, header};
use kube::client::Body;
use serde_json::{Value, json};

use super::request::Subject;
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
    json_response(code, &status)
}

/// Returns the answer to a request that a policy does not let pass.
pub(crate) fn refused(message: &str, subject: Option<&Subject>) -> Response<Body> {
    failure(StatusCode::FORBIDDEN, "Forbidden", message, subject)
}

/// Returns the answer to a request that the API server did not answer.
pub(crate) fn unavailable(cause: &Unavailable) -> Response<Body> {
    failure(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", &format!("runbooks: {cause}"), None)
}

/// Returns the answer to a request that comes through no open door.
pub(crate) fn no_such_door() -> Response<Body> {
    failure(StatusCode::NOT_FOUND, "NotFound", "runbooks: no such door to a cluster, or it is closed", None)
}

/// Returns the answer to a request that cannot be read.
pub(crate) fn bad_request(message: &str) -> Response<Body> {
    failure(StatusCode::BAD_REQUEST, "BadRequest", &format!("runbooks: {message}"), None)
}

fn json_response(code: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string().into_bytes()));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
