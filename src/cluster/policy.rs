//! What a door lets pass.

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::inner_command;
use super::request::{ApiRequest, Route, Subject};

/// What may be done through a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Nothing is changed: reads, access reviews, port-forwards, dry runs, and commands inside containers that are
    /// known to only read.
    ReadOnly,
    /// Every write becomes a dry run; what cannot be dry-run is refused.
    DryRun,
    /// Everything passes that can be understood.
    Live,
}

/// What a request does to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Changes nothing.
    Reads,
    /// A write that its sender already marked as a dry run.
    DryRun,
    /// A write that the server can dry-run.
    Writes,
    /// A write, or something that may be one, that no server can dry-run; and what it is.
    WritesForGood(String),
    /// What it does depends on who reads its path.
    Doubtful,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passes as it is.
    Pass,
    /// It passes as a dry run.
    PassAsDryRun,
    /// It is refused, for this reason.
    Refuse(String),
}

impl Policy {
    /// Returns what becomes of a request with this effect; `label` is whose request it is.
    pub(crate) fn judge(self, effect: &Effect, label: &str, request: &ApiRequest) -> Verdict {
        let refused = |rule: &str, why: &str| {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            Verdict::Refuse(format!("runbooks: {label} {rule}; refused: {}{why}", request.describe()))
        };
        match (self, effect) {
            (_, Effect::Doubtful) => refused("must say what it means", "the path can be read in two ways"),
            (Self::Live, _) | (_, Effect::Reads | Effect::DryRun) => Verdict::Pass,
            (Self::DryRun, Effect::Writes) => Verdict::PassAsDryRun,
            (Self::DryRun, Effect::WritesForGood(why)) => refused("is a dry run", why),
            (Self::ReadOnly, Effect::Writes) => refused("only reads", ""),
            (Self::ReadOnly, Effect::WritesForGood(why)) => refused("only reads", why),
        }
    }
}

/// Returns what a request does. In doubt it writes.
pub(crate) fn effect(request: &ApiRequest) -> Effect {
    if request.route == Route::Doubtful {
        return Effect::Doubtful;
    }
    let method = request.method();
    match request.subresource() {
        Some("exec") => return of_exec(request),
        Some("attach") => return Effect::WritesForGood("attaching reaches a running process".to_owned()),
        Some("portforward") if is_pod(request) => return Effect::Reads,
        Some(other) if request.upgrade().is_some() && other != "log" => {
            return Effect::WritesForGood(format!("what goes through a connection to `{other}` is not known"));
        }
        _ => {}
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Effect::Reads;
    }
    match request.subject() {
        Some(subject) if *method == Method::POST && is_review(subject) => Effect::Reads,
        Some(subject) => of_write(request, subject),
        None => Effect::WritesForGood("it is no resource of the API".to_owned()),
    }
}

fn is_pod(request: &ApiRequest) -> bool {
    request.subject().is_some_and(|subject| subject.group.is_empty() && subject.resource == "pods")
}

fn of_exec(request: &ApiRequest) -> Effect {
    let command = request.query("command");
    if is_pod(request) && inner_command::only_reads(&command) {
        return Effect::Reads;
    }
    Effect::WritesForGood(format!("`{}` is not known to only read", command.join(" ")))
}

/// Returns whether creating this asks a question and stores nothing.
fn is_review(subject: &Subject) -> bool {
    if subject.name.is_some() {
        return false;
    }
    match subject.group.as_str() {
        "authorization.k8s.io" => matches!(
            subject.resource.as_str(),
            "selfsubjectaccessreviews"
                | "selfsubjectrulesreviews"
                | "subjectaccessreviews"
                | "localsubjectaccessreviews"
        ),
        "authentication.k8s.io" => subject.resource == "selfsubjectreviews",
        _ => false,
    }
}

fn of_write(request: &ApiRequest, subject: &Subject) -> Effect {
    let subresource = subject.subresource.as_deref().unwrap_or_default();
    let known = ["", "status", "scale", "eviction", "ephemeralcontainers", "resize", "finalize", "approval"];
    if !known.contains(&subresource) || subject.group.is_empty() && subject.resource == "bindings" {
        let part = if subresource.is_empty() { &subject.resource } else { subresource };
        return Effect::WritesForGood(format!("`{part}` has no dry run"));
    }
    match *request.method() {
        Method::DELETE if !request.body.is_empty() => of_deletion(request),
        Method::POST if subresource == "eviction" && marks_dry_run(&request.body, "/deleteOptions/dryRun") => {
            Effect::DryRun
        }
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE => {
            let asked = request.query("dryRun");
            if !asked.is_empty() && asked.iter().all(|value| value == "All") { Effect::DryRun } else { Effect::Writes }
        }
        _ => Effect::WritesForGood("the method is not known".to_owned()),
    }
}

/// A server that finds options in the body of a DELETE does not look at those in its query.
fn of_deletion(request: &ApiRequest) -> Effect {
    if !request.is_json() || !serde_json::from_slice(&request.body).is_ok_and(|body: Value| body.is_object()) {
        return Effect::WritesForGood("its options are not JSON".to_owned());
    }
    if marks_dry_run(&request.body, "/dryRun") { Effect::DryRun } else { Effect::Writes }
}

fn marks_dry_run(body: &[u8], pointer: &str) -> bool {
    let all = serde_json::json!(["All"]);
    serde_json::from_slice(body).is_ok_and(|body: Value| body.pointer(pointer) == Some(&all))
}

/// Marks a write that the server can dry-run as a dry run.
pub(crate) fn make_dry_run(request: &mut ApiRequest) -> Result<(), String> {
    if request.method() == Method::DELETE && !request.body.is_empty() {
        let mut options: Value = serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
        options["dryRun"] = serde_json::json!(["All"]);
        request.body = options.to_string().into();
        return Ok(());
    }
    let joint = if request.head.uri.query().is_some() { '&' } else { '?' };
    let path = request.head.uri.path_and_query().map_or("/", |path| path.as_str());
    request.head.uri = format!("{path}{joint}dryRun=All").parse().map_err(|error| format!("{error}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn request(line: &str, body: &str) -> ApiRequest {
        let (method, uri) = line.split_once(' ').unwrap();
        let mut built = Request::builder().method(method).uri(uri.trim_end_matches(" upgrade"));
        if line.ends_with(" upgrade") {
            built = built.header("upgrade", "websocket");
        }
        let (head, ()) = built.body(()).unwrap().into_parts();
        ApiRequest::new(head, body.to_owned().into())
    }

    fn verdicts(line: &str, body: &str) -> [char; 2] {
        let request = request(line, body);
        let effect = effect(&request);
        [Policy::ReadOnly, Policy::DryRun].map(|policy| match policy.judge(&effect, "check \"c\"", &request) {
            Verdict::Pass => 'p',
            Verdict::PassAsDryRun => 'd',
            Verdict::Refuse(_) => 'r',
        })
    }

    /// Each line: what read-only and dry-run make of a request: `p`asses, passes as a `d`ry run, is `r`efused.
    #[test]
    fn the_table_of_what_passes() {
        let pod = "/api/v1/namespaces/y/pods/x";
        for (expected, line) in [
            ("pp", format!("GET {pod}")),
            ("pp", "GET /api/v1/pods?watch=true".to_owned()),
            ("pp", "GET /api/v1/pods?watch=true upgrade".to_owned()),
            ("pp", format!("GET {pod}/log?follow=true")),
            ("pp", "HEAD /readyz".to_owned()),
            ("pp", "GET /version".to_owned()),
            ("pp", "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned()),
            ("pp", "POST /apis/authorization.k8s.io/v1/namespaces/y/localsubjectaccessreviews".to_owned()),
            ("pp", "POST /apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned()),
            ("rd", "POST /apis/authentication.k8s.io/v1/tokenreviews".to_owned()),
            ("rd", "POST /apis/authorization.k8s.io.evil.example/v1/selfsubjectaccessreviews".to_owned()),
            ("rd", "POST /api/v1/namespaces/y/pods".to_owned()),
            ("pp", "POST /api/v1/namespaces/y/pods?dryRun=All".to_owned()),
            ("pp", "POST /api/v1/namespaces/y/pods?x=1&dry%52un=A%6cl".to_owned()),
            ("rd", "POST /api/v1/namespaces/y/pods?dryRun=None".to_owned()),
            ("rd", "POST /api/v1/namespaces/y/pods?dryRun=All&dryRun=".to_owned()),
            ("rd", format!("PATCH {pod}")),
            ("rd", format!("PUT {pod}/status")),
            ("rd", format!("DELETE {pod}")),
            ("pp", format!("DELETE {pod}?dryRun=All")),
            ("rd", "DELETE /api/v1/namespaces/y/pods".to_owned()),
            ("rd", "PATCH /apis/apps/v1/namespaces/y/deployments/x/scale".to_owned()),
            ("rd", format!("POST {pod}/eviction")),
            ("rr", format!("POST {pod}/binding")),
            ("rr", format!("POST {pod}/binding?dryRun=All")),
            ("rr", "POST /api/v1/namespaces/y/bindings".to_owned()),
            ("rr", "POST /api/v1/namespaces/y/serviceaccounts/x/token?dryRun=All".to_owned()),
            ("rr", "POST /api/v1/namespaces/y/services/x/proxy/orders?dryRun=All".to_owned()),
            ("pp", "GET /api/v1/namespaces/y/services/x/proxy/orders".to_owned()),
            ("rr", "GET /api/v1/namespaces/y/services/x/proxy/shell upgrade".to_owned()),
            ("rr", format!("GET {pod}/exec?command=rm&command=-rf&command=/ upgrade")),
            ("rr", format!("POST {pod}/exec?command=rm")),
            ("rr", format!("GET {pod}/%65xec?command=rm upgrade")),
            ("rr", format!("GET {pod}/exec upgrade")),
            ("pp", format!("GET {pod}/exec?command=cat&command=%2Fetc%2Fhosts upgrade")),
            ("rr", format!("GET {pod}/attach upgrade")),
            ("pp", format!("POST {pod}/portforward upgrade")),
            ("rr", "POST /apis/x.io/v1/namespaces/y/pods/x/portforward".to_owned()),
            ("rr", "GET /api/v1//namespaces/y/pods/x".to_owned()),
            ("rr", "POST /metrics".to_owned()),
            ("rr", format!("PROPFIND {pod}")),
        ] {
            assert_eq!(verdicts(&line, "").iter().collect::<String>(), expected, "{line}");
        }
    }

    #[test]
    fn what_the_body_of_a_deletion_says_counts_and_its_query_does_not() {
        let line = "DELETE /api/v1/namespaces/y/pods/x?dryRun=All";
        assert_eq!(verdicts(line, r#"{"kind":"DeleteOptions","dryRun":["All"]}"#), ['p', 'p']);
        assert_eq!(verdicts(line, r#"{"kind":"DeleteOptions"}"#), ['r', 'd']);
        assert_eq!(verdicts(line, "k8s\0…"), ['r', 'r']);
        let eviction = "POST /api/v1/namespaces/y/pods/x/eviction";
        assert_eq!(verdicts(eviction, r#"{"deleteOptions":{"dryRun":["All"]}}"#), ['p', 'p']);
    }

    #[test]
    fn a_write_becomes_a_dry_run_where_the_server_looks() {
        let mut plain = request("PATCH /api/v1/nodes/n?fieldManager=a%20b", "{}");
        make_dry_run(&mut plain).unwrap();
        assert_eq!(plain.head.uri, "/api/v1/nodes/n?fieldManager=a%20b&dryRun=All");
        let mut deletion = request("DELETE /api/v1/nodes/n", r#"{"gracePeriodSeconds":0}"#);
        make_dry_run(&mut deletion).unwrap();
        assert_eq!(&deletion.body[..], br#"{"gracePeriodSeconds":0,"dryRun":["All"]}"#);
    }

    #[test]
    fn a_refusal_names_the_step_and_the_object() {
        let request = request("DELETE /api/v1/namespaces/y/pods/x", "");
        let verdict = Policy::ReadOnly.judge(&effect(&request), "check \"pods-ready\"", &request);
        let expected = r#"runbooks: check "pods-ready" only reads; refused: DELETE pods "x" in namespace "y""#;
        assert_eq!(verdict, Verdict::Refuse(expected.to_owned()));
    }
}
