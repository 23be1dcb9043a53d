//! What a request asks of an API server, read from its path and query as the API server reads them.

use std::fmt;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, header};

/// What a request is about: a resource, one object, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Subject {
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural: `deployments`.
    pub resource: String,
    /// `scale`, `exec`, `log` …
    pub subresource: Option<String>,
    /// The namespace; `None` for all of them, and for what lives in none.
    pub namespace: Option<String>,
    /// The object; `None` where the request is about all of them or makes a new one.
    pub name: Option<String>,
}

impl fmt::Display for Subject {
    /// Writes `deployments.apps/scale "api" in namespace "shop"`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.resource)?;
        if !self.group.is_empty() {
            write!(formatter, ".{}", self.group)?;
        }
        if let Some(subresource) = &self.subresource {
            write!(formatter, "/{subresource}")?;
        }
        if let Some(name) = &self.name {
            write!(formatter, " {name:?}")?;
        }
        self.namespace.iter().try_for_each(|namespace| write!(formatter, " in namespace {namespace:?}"))
    }
}

/// What the path of a request leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A resource of an API group.
    Resource(Subject),
    /// Discovery, health, version, metrics …
    Other,
    /// Has empty, `.` or `..` parts, or encoded slashes: what a server makes of it is not certain.
    Doubtful,
}

/// A request on its way through the gate, its body read whole.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    pub(crate) route: Route,
}

impl ApiRequest {
    /// Takes a request whose URI is relative to the API server.
    pub(crate) fn new(head: Parts, body: Bytes) -> Self {
        let route = Route::of(head.uri.path());
        Self { head, body, route }
    }

    pub(crate) const fn method(&self) -> &Method {
        &self.head.method
    }

    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Returns the values of a query parameter, decoded, in order.
    pub(crate) fn query(&self, name: &str) -> Vec<String> {
        let pairs = self.head.uri.query().unwrap_or_default().split('&');
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(key, _)| decode_query(key) == name).map(|(_, value)| decode_query(value)).collect()
    }

    /// Returns whether a query parameter is switched on.
    pub(crate) fn switched_on(&self, name: &str) -> bool {
        self.query(name).iter().any(|value| matches!(value.as_str(), "true" | "1"))
    }

    /// Returns the protocol the client wants to switch to, if any.
    pub(crate) fn upgrade(&self) -> Option<&str> {
        self.head.headers.get(header::UPGRADE)?.to_str().ok()
    }

    pub(crate) const fn subject(&self) -> Option<&Subject> {
        match &self.route {
            Route::Resource(subject) => Some(subject),
            Route::Other | Route::Doubtful => None,
        }
    }

    pub(crate) fn subresource(&self) -> Option<&str> {
        self.subject()?.subresource.as_deref()
    }

    /// Returns whether the body is JSON, as far as the request says.
    pub(crate) fn is_json(&self) -> bool {
        self.head
            .headers
            .get(header::CONTENT_TYPE)
            .is_none_or(|value| value.as_bytes().starts_with(b"application/json"))
    }

    /// Returns the command to be run inside a container, where it asks for that.
    pub(crate) fn command(&self) -> Option<String> {
        (self.subresource() == Some("exec")).then(|| self.query("command").join(" "))
    }

    /// Returns what it asks for, for people: `DELETE pods "x" in namespace "y"`.
    pub(crate) fn describe(&self) -> String {
        match &self.route {
            Route::Resource(subject) => format!("{} {subject}", self.method()),
            Route::Other | Route::Doubtful => format!("{} {}", self.method(), self.path()),
        }
    }
}

impl Route {
    /// Reads a path as Kubernetes' own request router does.
    fn of(path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let raw: Vec<&str> = path.split('/').collect();
        let (group, rest) = match *raw.as_slice() {
            ["api", _, ref rest @ ..] => (String::new(), rest),
            ["apis", group, _, ref rest @ ..] => (decode(group), rest),
            _ => {
                return if raw.len() == 1 || raw.iter().all(|part| is_plain(part)) {
                    Self::Other
                } else {
                    Self::Doubtful
                };
            }
        };
        // What follows `proxy` belongs to another server's path, which may look as it likes.
        let subresource = if rest.first().is_some_and(|part| decode(part) == "namespaces") { 4 } else { 2 };
        let proxied = rest.get(subresource).is_some_and(|part| decode(part) == "proxy");
        let own = if proxied { &rest[..=subresource] } else { rest };
        if !raw[..raw.len() - rest.len()].iter().chain(own).all(|part| is_plain(part)) {
            return Self::Doubtful;
        }
        let own: Vec<String> = own.iter().map(|part| decode(part)).collect();
        Self::of_parts(group, &own)
    }

    fn of_parts(group: String, parts: &[String]) -> Self {
        let parts = if parts.first().is_some_and(|part| part == "watch") { &parts[1..] } else { parts };
        let (namespace, parts) = match parts {
            [namespaces, name, rest @ ..] if namespaces == "namespaces" && !is_part_of_namespace(rest) => {
                (Some(name.clone()), rest)
            }
            _ => (None, parts),
        };
        let Some(resource) = parts.first().cloned() else { return Self::Other };
        let (name, subresource) = (parts.get(1).cloned(), parts.get(2).cloned());
        Self::Resource(Subject { group, resource, subresource, namespace, name })
    }
}

/// Returns whether what follows `namespaces/NAME` speaks of the namespace itself.
fn is_part_of_namespace(rest: &[String]) -> bool {
    rest.first().is_none_or(|part| rest.len() == 1 && matches!(part.as_str(), "status" | "finalize"))
}

fn is_plain(part: &str) -> bool {
    let part = decode(part);
    !matches!(part.as_str(), "" | "." | "..") && !part.contains(['/', '\\', '\0'])
}

fn decode_query(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// Decodes `%XX`; what is no such escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = if *first == b'%' { tail.get(..2).and_then(hexadecimal) } else { None };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(digits.first()?)? * 16 + digit(digits.get(1)?)?)
}

/// Encodes a name for use as one part of a path.
pub(crate) fn encode(part: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':');
    part.bytes().fold(String::new(), |text, byte| {
        if plain(byte) { text + char::from(byte).encode_utf8(&mut [0]) } else { text + &format!("%{byte:02X}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(path: &str) -> Option<String> {
        match Route::of(path) {
            Route::Resource(subject) => Some(subject.to_string()),
            Route::Other | Route::Doubtful => None,
        }
    }

    #[test]
    fn paths_are_read_as_the_api_server_reads_them() {
        for (path, expected) in [
            ("/api/v1/namespaces/y/pods/x", r#"pods "x" in namespace "y""#),
            ("/api/v1/namespaces/y/pods/x/exec", r#"pods/exec "x" in namespace "y""#),
            ("/api/v1/namespaces/y/pods/x/%65xec", r#"pods/exec "x" in namespace "y""#),
            ("/apis/apps/v1/namespaces/y/deployments/x/scale", r#"deployments.apps/scale "x" in namespace "y""#),
            ("/api/v1/namespaces", "namespaces"),
            ("/api/v1/namespaces/y", r#"namespaces "y""#),
            ("/api/v1/namespaces/y/finalize", r#"namespaces/finalize "y""#),
            ("/api/v1/nodes/n", r#"nodes "n""#),
            ("/api/v1/watch/namespaces/y/pods", r#"pods in namespace "y""#),
            ("/api/v1/namespaces/proxy/pods/proxy/exec", r#"pods/exec "proxy" in namespace "proxy""#),
            ("/api/v1/namespaces/y/services/http:s:80/proxy//a/../b", r#"services/proxy "http:s:80" in namespace "y""#),
        ] {
            assert_eq!(subject(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_no_resource_is_not_taken_for_one() {
        for path in
            ["/", "/api", "/api/", "/apis", "/apis/apps/v1", "/version", "/readyz/etcd", "/openapi/v3/apis/apps/v1"]
        {
            assert_eq!(Route::of(path), Route::Other, "{path}");
        }
    }

    #[test]
    fn a_path_that_servers_may_read_in_two_ways_is_doubtful() {
        for path in
            ["/api/v1/namespaces/y/../z/pods", "/api/v1//pods", "/api/v1/namespaces/y/pods/a%2fexec", "//api/v1/pods"]
        {
            assert_eq!(Route::of(path), Route::Doubtful, "{path}");
        }
    }

    #[test]
    fn a_name_is_encoded_as_one_part() {
        assert_eq!(encode("system:node a/b"), "system:node%20a%2Fb");
        assert_eq!(decode("system:node%20a%2Fb%"), "system:node a/b%");
    }
}
