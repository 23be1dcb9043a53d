//! The layer that makes a recording of what we ask ourselves, and that answers from one.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::{Response, StatusCode, header};
use kube::client::Body;
use tokio::time::timeout;

use super::request::ApiRequest;
use super::upstream::causes;
use super::warning::{as_header, warnings_in};
use crate::model::Unavailable;
use crate::recording::{Answers, Question};

/// Returns a request as a recording knows it.
pub(super) fn question(request: &ApiRequest) -> Question {
    let path = request.head.uri.path_and_query().map_or("/", |path| path.as_str());
    let accept = request.head.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    Question {
        ask: format!("{} {path}", request.method()),
        accept: accept.unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
    }
}

/// Returns the plural of what a request is about.
pub(super) fn resource(request: &ApiRequest) -> Option<String> {
    request.subject().map(|subject| subject.resource.clone())
}

/// Reads an answer whole, keeps it, and hands it on.
pub(super) async fn keep(
    answers: &Answers,
    question: Question,
    resource: Option<&str>,
    response: Response<Body>,
    patience: Duration,
) -> Result<Response<Body>, Unavailable> {
    let (head, body) = response.into_parts();
    let unreachable = |cause| Unavailable::Unreachable(cause);
    let body = match timeout(patience, body.collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) => return Err(unreachable(format!("the answer broke off: {}", causes(&error)))),
        Err(_) => return Err(unreachable(format!("the answer did not end within {} s", patience.as_secs_f32()))),
    };
    let warnings = warnings_in(&head.headers);
    answers.keep_with_warnings(question, resource, (head.status.as_u16(), &body), warnings);
    Ok(Response::from_parts(head, Body::from(body)))
}

/// Answers from a recording. What is not in it has no answer, and is never taken for missing.
pub(super) fn replay(answers: &Answers, request: &ApiRequest) -> Result<Response<Body>, Unavailable> {
    let not_recorded = || Unavailable::NotRecorded(request.describe());
    let kept = answers.of_cluster(&question(request)).ok_or_else(not_recorded)?;
    let status = StatusCode::from_u16(kept.status).map_err(|error| Unavailable::Unexpected(error.to_string()))?;
    let body = match kept.answer {
        serde_json::Value::String(text) => text,
        json => json.to_string(),
    };
    let mut response = Response::new(Body::from(body.into_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    for warning in kept.warnings.iter().filter_map(|text| as_header(text)) {
        response.headers_mut().append(header::WARNING, warning);
    }
    Ok(response)
}
