//! A request in the text form of RFC 9112: method and URL, header lines, an empty line, the body. 2xx passes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value as Json, json};

use super::super::attempt::{Attempt, Cut};
use super::super::fill::{self, FillError, fill};
use super::super::finding::{self, finding};
use super::super::http_client::{Unanswered, unanswered};
use super::super::recorded::{self, HttpAnswer, HttpCame};
use super::super::step::StepContext;
use super::shell::{self, parse_json};
use super::{Prepared, not_recorded, replayed, timed_out, tls, too_long};
use crate::expression::{Fact, Facts};
use crate::model::{Finding, Outcome, Span, Step, Values};
use crate::sys::process::Captured;

/// How much of a body is kept at each end.
const KEPT_BODY: usize = 8 * 1024 * 1024;

/// A request, filled in.
#[derive(Debug, PartialEq)]
struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: String,
}

/// Tries a request once.
pub(super) async fn attempt(prepared: &Prepared<'_>, context: &StepContext<'_>) -> Attempt {
    let step = prepared.step;
    let request = match read(step.code.text(), context.values) {
        Ok(request) => request,
        Err(error) => return malformed(step, error),
    };
    let came = match replayed::<HttpCame>(context) {
        Some(Ok(came)) => came,
        Some(Err(_)) => return not_recorded(step),
        None => match ask(prepared, context, &request).await {
            Ok(came) => came,
            Err(reason) => return Attempt::found(finding(Outcome::Errored, "no-client", place(step), reason)),
        },
    };
    match came {
        HttpCame::Answered(answer) => answered(prepared, answer),
        HttpCame::Unanswered { why, duration_ms } => {
            let mut attempt = Attempt::found(no_answer(step, &request.url, why));
            attempt.facts.set("duration", Fact::Duration(Duration::from_millis(duration_ms)));
            attempt
        }
        HttpCame::Untrusted(certificate) => {
            let mut attempt = Attempt::new(Outcome::Passed);
            attempt.facts.set("tls", Fact::Json(certificate));
            attempt
        }
        HttpCame::TimedOut { limit_ms } => timed_out(step, Duration::from_millis(limit_ms)),
    }
}

/// Sends a request and keeps what came of it; an error in words where none can be sent.
async fn ask(prepared: &Prepared<'_>, context: &StepContext<'_>, request: &Request) -> Result<HttpCame, String> {
    let client = context.http.verified()?;
    let started = Instant::now();
    let call = client.request(request.method.clone(), &request.url).headers(request.headers.clone());
    let sent = call.body(request.body.clone()).send().await;
    let answer = match sent {
        Ok(response) => read_answer(context, response, started).await,
        Err(error) => Err(error),
    };
    let came = match answer {
        Ok(answer) => HttpCame::Answered(answer),
        Err(error) => {
            let why = unanswered(&error);
            let certificate = match matches!(why, Unanswered::Certificate(_)) && prepared.expects("tls") {
                true => look_at_certificate(context, &request.url).await,
                false => None,
            };
            let duration_ms = milliseconds(started);
            certificate.map_or(HttpCame::Unanswered { why, duration_ms }, HttpCame::Untrusted)
        }
    };
    if let Some(tape) = context.tape {
        tape.keep(match &came {
            HttpCame::Answered(answer) => recorded::json(&HttpCame::Answered(answer.to_be_kept())),
            other => recorded::json(other),
        });
    }
    Ok(came)
}

fn milliseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Asks once more, without anything secret, to see the certificate that is not trusted: an expectation speaks of it.
async fn look_at_certificate(context: &StepContext<'_>, url: &str) -> Option<Json> {
    let response = context.http.unverified().ok()?.head(url).send().await.ok()?;
    tls::facts(&response, false, context.clock.now()).ok()
}

async fn read_answer(
    context: &StepContext<'_>,
    mut response: Response,
    started: Instant,
) -> Result<HttpAnswer, reqwest::Error> {
    let tls = tls::facts(&response, true, context.clock.now());
    let headers = joined(response.headers());
    let mut body = Captured::new(KEPT_BODY);
    while let Some(chunk) = response.chunk().await? {
        body.push(&chunk);
    }
    Ok(HttpAnswer {
        status: response.status().as_u16(),
        headers,
        body: body.text(),
        cut: body.is_cut(),
        tls,
        duration_ms: milliseconds(started),
    })
}

fn answered(prepared: &Prepared<'_>, answer: HttpAnswer) -> Attempt {
    let step = prepared.step;
    let mut attempt = Attempt::new(Outcome::Passed);
    attempt.cut = answer.cut.then(|| Cut { help: "ask for less", ..too_long("body", KEPT_BODY) });
    attempt.value = Some(answer.status.to_string());
    attempt.facts = facts(&answer, attempt.cut.as_ref());
    attempt.facts.set("tls", answer.tls.map_or_else(Fact::Unavailable, Fact::Json));
    attempt.facts.set("duration", Fact::Duration(Duration::from_millis(answer.duration_ms)));
    attempt.stdout = answer.body;
    let status = StatusCode::from_u16(answer.status);
    if !status.as_ref().is_ok_and(StatusCode::is_success) && !prepared.expects("status") {
        let status = status.map_or_else(|_| answer.status.to_string(), |status| status.to_string());
        let mut finding = finding(Outcome::Failed, "http-status", place(step), format!("answered {status}"));
        finding.command = Some(first_line(step).to_owned());
        finding.actual =
            Some(attempt.stdout.lines().take(12).collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty());
        if let Some(location) = answer.headers.get("location") {
            finding.help = Some(format!("redirects are not followed; it points to `{location}`"));
        }
        attempt.add(finding);
    }
    attempt
}

fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let values = |name| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        values.collect::<Vec<_>>().join(", ")
    };
    headers.keys().map(|name| (name.as_str().to_owned(), values(name))).collect()
}

fn facts(answer: &HttpAnswer, cut: Option<&Cut>) -> Facts {
    let mut facts = Facts::default();
    facts.set("status", Fact::Json(json!(answer.status)));
    facts.set("value", Fact::Json(json!(answer.status)));
    facts.set("headers", Fact::Json(json!(answer.headers)));
    facts.set("body", shell::text(&answer.body, cut));
    facts.set("json", parse_json(&answer.body, cut, "body"));
    facts
}

fn no_answer(step: &Step, url: &str, why: Unanswered) -> Finding {
    let host = reqwest::Url::parse(url).ok().and_then(|url| Some(url.host_str()?.to_owned())).unwrap_or_default();
    let (outcome, rule, message) = match why {
        Unanswered::UnknownHost => (Outcome::Drifted, "unknown-host", format!("there is no host `{host}`")),
        Unanswered::Certificate(cause) => {
            (Outcome::Failed, "certificate", format!("the certificate is not good: {cause}"))
        }
        Unanswered::Down(cause) => (Outcome::Failed, "no-answer", format!("`{host}` does not answer: {cause}")),
        Unanswered::Unable(cause) => (Outcome::Errored, "no-request", format!("cannot ask `{host}`: {cause}")),
    };
    let mut finding = finding(outcome, rule, place(step), message);
    finding.command = Some(first_line(step).to_owned());
    finding
}

fn malformed(step: &Step, error: FillError) -> Attempt {
    let end = step.code.text().len().max(error.offset);
    let line_end = step.code.text()[error.offset..].find('\n').map_or(end, |at| error.offset + at);
    let place = finding::within(step, Span::new(error.offset, line_end));
    Attempt::found(finding(Outcome::Errored, "request", place, error.message)).for_good()
}

fn place(step: &Step) -> crate::model::Place {
    finding::within(step, finding::line(step, 1))
}

fn first_line(step: &Step) -> &str {
    step.code.text().trim_start().lines().next().unwrap_or_default()
}

/// Reads a request and fills it in.
fn read(text: &str, values: &Values) -> Result<Request, FillError> {
    let at = |offset: usize| move |error: FillError| FillError { offset: offset + error.offset, ..error };
    let skipped = text.len() - text.trim_start().len();
    let (head, body, body_offset) = split_body(text, skipped);
    let mut lines = head.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let (method, target) = request_line(first.trim_end(), skipped)?;
    let url_offset = skipped + first.find(target).unwrap_or_default();
    let url = fill(target, values, &fill::url).map_err(at(url_offset))?;
    let mut headers = HeaderMap::new();
    let mut offset = skipped + first.len();
    for line in lines {
        let (name, value) = header(line.trim_end(), offset, values)?;
        headers.append(name, value);
        offset += line.len();
    }
    let quote = body_quote(headers.get(CONTENT_TYPE), body);
    let body = fill(body, values, quote).map_err(at(body_offset))?;
    reqwest::Url::parse(&url)
        .map_err(|error| FillError { message: format!("`{url}` is no URL: {error}"), offset: url_offset })?;
    Ok(Request { method, url, headers, body })
}

/// Splits at the first empty line.
fn split_body(text: &str, start: usize) -> (&str, &str, usize) {
    let mut offset = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim().is_empty() {
            let body = offset + line.len();
            return (&text[start..offset], text[body..].trim_end_matches('\n'), body);
        }
        offset += line.len();
    }
    (&text[start..], "", text.len())
}

fn request_line(line: &str, offset: usize) -> Result<(Method, &str), FillError> {
    let refused = |message: &str| FillError { message: message.to_owned(), offset };
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(refused("a request begins with a method and a URL: `GET https://example.com/health`"));
    };
    match words.next() {
        None => {}
        Some(version) if version.starts_with("HTTP/") && words.next().is_none() => {}
        Some(_) => return Err(refused("behind the URL stands nothing but `HTTP/1.1`; blanks in it are written `%20`")),
    }
    let known = method.bytes().all(|byte| byte.is_ascii_uppercase());
    let method = Method::from_bytes(method.as_bytes()).ok().filter(|_| known);
    Ok((method.ok_or_else(|| refused("a method is written in capitals: `GET`, `POST` …"))?, target))
}

fn header(line: &str, offset: usize, values: &Values) -> Result<(HeaderName, HeaderValue), FillError> {
    let refused = |message: String| FillError { message, offset };
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| refused("a header is written `Name: value`; an empty line ends them".to_owned()))?;
    let filled = fill(value.trim(), values, &fill::header)
        .map_err(|error| FillError { offset: offset + name.len() + 1 + error.offset, ..error })?;
    let name =
        HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refused(format!("`{name}` is no header's name")))?;
    let mut value = HeaderValue::from_str(&filled)
        .map_err(|_| refused(format!("the value of `{name}` holds characters that no header may hold")))?;
    value.set_sensitive(true);
    Ok((name, value))
}

type Quote = dyn Fn(&str, &str) -> Result<String, String>;

/// Returns the quoting of a body's language: as its header says, else as it looks.
fn body_quote(content_type: Option<&HeaderValue>, body: &str) -> &'static Quote {
    let kind = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.contains("json") || kind.is_empty() && body.trim_start().starts_with(['{', '[']) {
        &|before, value| Ok(fill::json(before, value))
    } else if kind.contains("x-www-form-urlencoded") {
        &|_, value| Ok(fill::percent(value))
    } else {
        &|_, value| Ok(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Value, ValueOrigin};

    fn values(pairs: &[(&str, &str)]) -> Values {
        let value = |text: &str| Value { text: text.to_owned(), secret: false, origin: ValueOrigin::Flag };
        pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    #[test]
    fn a_whole_request_is_read() {
        let text = "POST ${BASE}/pods/${POD} HTTP/1.1\nAccept: application/json\nX-Token: ${TOKEN}\n\n{\"name\": \"${POD}\"}\n";
        let values = values(&[("BASE", "http://a:1"), ("POD", "x\"y"), ("TOKEN", "t")]);
        let request = read(text, &values).unwrap();
        assert_eq!((request.method, request.url.as_str()), (Method::POST, "http://a:1/pods/x%22y"));
        assert_eq!(request.headers["x-token"], "t");
        assert_eq!(request.body, "{\"name\": \"x\\\"y\"}");
    }

    #[test]
    fn a_request_without_headers_and_body_is_read() {
        let request = read("\nGET http://a/health", &Values::new()).unwrap();
        assert_eq!((request.url.as_str(), request.body.as_str(), request.headers.len()), ("http://a/health", "", 0));
    }

    #[test]
    fn what_is_no_request_is_refused_with_its_place() {
        for (text, message, offset) in [
            ("http://a/", "a request begins with a method", 0),
            ("get http://a/", "a method is written in capitals", 0),
            ("GET http://a/x y", "behind the URL stands nothing", 0),
            ("GET a/x", "`a/x` is no URL", 4),
            ("GET http://a/\nnonsense", "a header is written", 14),
            ("GET http://a/\nA: ${X}", "`X` has no value", 16),
            ("GET http://a/\n\n${X}", "`X` has no value", 15),
        ] {
            let error = read(text, &Values::new()).unwrap_err();
            assert!(error.message.starts_with(message), "{text}: {}", error.message);
            assert_eq!(error.offset, offset, "{text}");
        }
    }

    #[test]
    fn a_form_is_quoted_as_forms_are() {
        let text = "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\na=${X}&b=1";
        assert_eq!(read(text, &values(&[("X", "1&c=2")])).unwrap().body, "a=1%26c%3D2&b=1");
    }
}
