//! What of an answer is not kept: secrets, and what nobody asks for again.
//!
//! Secrets that a run knows are taken out by its redactor. Here is what is taken out whether or not anybody knows it.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value as Json, json};

use crate::model::is_secret_name;

/// What stands in place of a secret.
pub const MASKED: &str = "[redacted]";

/// The same, where base64 is expected.
const MASKED_BASE64: &str = "W3JlZGFjdGVkXQ==";

/// An annotation that holds the whole object as it was applied, the values of a Secret included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Returns an answer of an API server as it is kept. Of the objects of a list only their names and labels are.
pub(super) fn object(mut answer: Json, resource: Option<&str>) -> Json {
    if let Some(items) = answer.get_mut("items").and_then(Json::as_array_mut)
        && resource.is_some()
    {
        items.iter_mut().for_each(|item| *item = summary(item));
        return answer;
    }
    if let Some(metadata) = answer.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Json::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
    }
    if resource == Some("secrets") || answer["kind"] == "Secret" {
        for (key, mask) in [("data", MASKED_BASE64), ("stringData", MASKED)] {
            let values = answer.get_mut(key).and_then(Json::as_object_mut);
            values.into_iter().flat_map(Map::values_mut).for_each(|value| *value = json!(mask));
        }
    }
    named_secrets(&mut answer);
    answer
}

fn summary(item: &Json) -> Json {
    let mut metadata = Map::new();
    for key in ["name", "namespace", "labels"] {
        if let Some(value) = item["metadata"].get(key) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    json!({ "metadata": metadata })
}

/// Masks values whose name says what they are: `DB_PASSWORD: x`, and `{name: DB_PASSWORD, value: x}` of a container.
fn named_secrets(value: &mut Json) {
    match value {
        Json::Array(values) => values.iter_mut().for_each(named_secrets),
        Json::Object(map) => {
            let named = map.get("name").and_then(Json::as_str).is_some_and(is_secret_name);
            for (key, value) in map.iter_mut() {
                match value {
                    Json::String(text) if is_secret_name(key) || named && key == "value" => MASKED.clone_into(text),
                    Json::String(_) => {}
                    _ => named_secrets(value),
                }
            }
        }
        _ => {}
    }
}

/// A password in a URL, a bearer token, a JSON web token, and what stands behind a name that says that it is secret.
static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let shapes = [
        r#"(?P<url>\b[a-z][a-z0-9+.-]*://[^\s:/@"']*:)[^\s/@"']+(?P<at>@)"#,
        r"(?P<bearer>(?i:bearer)\s+)[\w.~+/=-]{8,}",
        r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r#"(?P<name>(?i:password|passwd|passphrase|token|api_?key|private_key|secret_key)["']?\s*[:=]\s*["']?)(?P<value>[^\s"',;&]+)"#,
    ];
    Regex::new(&shapes.join("|")).ok()
});

/// Returns a text without what has the shape of a secret.
pub(super) fn text(text: &str) -> String {
    let Some(shapes) = SHAPES.as_ref() else { return MASKED.to_owned() };
    let masked = |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        if is_plain(part("value")) {
            return found[0].to_owned();
        }
        format!("{}{}{}{MASKED}{}", part("url"), part("bearer"), part("name"), part("at"))
    };
    shapes.replace_all(text, masked).into_owned()
}

/// Returns whether a value is none that anybody would keep secret.
fn is_plain(value: &str) -> bool {
    matches!(value, "true" | "false" | "null") || value.starts_with('$') || value.parse::<u16>().is_ok()
}

/// Changes every text of a value.
pub(super) fn every_text(value: &mut Json, change: &dyn Fn(&str) -> String) {
    match value {
        Json::String(text) => *text = change(text),
        Json::Array(values) => values.iter_mut().for_each(|value| every_text(value, change)),
        Json::Object(map) => map.values_mut().for_each(|value| every_text(value, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_secret_are_not_kept_and_its_keys_are() {
        let secret = json!({
            "kind": "Secret",
            "metadata": { "name": "db", "annotations": { LAST_APPLIED: "{\"stringData\":{\"url\":\"hunter2\"}}", "a": "b" } },
            "data": { "url": "aHVudGVyMg==" },
            "stringData": { "other": "hunter2" },
        });
        let kept = object(secret, Some("secrets"));
        assert_eq!(kept["data"], json!({ "url": MASKED_BASE64 }));
        assert_eq!(kept["metadata"]["annotations"], json!({ "a": "b" }));
        assert!(!kept.to_string().contains("hunter2") && !kept.to_string().contains("aHVudGVyMg"));
    }

    #[test]
    fn what_is_named_as_a_secret_is_not_kept() {
        let pod = json!({ "kind": "Pod", "spec": { "containers": [{ "name": "a", "env": [
            { "name": "DB_PASSWORD", "value": "hunter2" }, { "name": "DB_HOST", "value": "db" },
        ] }] } });
        let environment = &object(pod, Some("pods"))["spec"]["containers"][0]["env"];
        assert_eq!(environment[0]["value"], MASKED);
        assert_eq!(environment[1]["value"], "db");
        let map = json!({ "kind": "ConfigMap", "data": { "API_TOKEN": "hunter2", "SIZE": "3" } });
        assert_eq!(object(map, Some("configmaps"))["data"], json!({ "API_TOKEN": MASKED, "SIZE": "3" }));
    }

    #[test]
    fn of_a_list_names_and_labels_are_kept() {
        let list = json!({ "metadata": { "continue": "x" }, "items": [
            { "metadata": { "name": "a", "labels": { "app": "b" }, "annotations": { "c": "d" } }, "data": { "e": "f" } },
        ] });
        let kept = object(list, Some("secrets"));
        assert_eq!(kept["items"], json!([{ "metadata": { "name": "a", "labels": { "app": "b" } } }]));
        assert_eq!(kept["metadata"]["continue"], "x");
    }

    #[test]
    fn what_has_the_shape_of_a_secret_is_not_kept() {
        for (written, kept) in [
            ("postgres://app:hunter2@db:5432/x", "postgres://app:[redacted]@db:5432/x"),
            ("Authorization: Bearer abcdefgh.1234", "Authorization: Bearer [redacted]"),
            ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "token [redacted] end"),
            ("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"),
            ("{\"access_token\": \"hunter2\"}", "{\"access_token\": \"[redacted]\"}"),
            ("  api_key: hunter2\n", "  api_key: [redacted]\n"),
        ] {
            assert_eq!(text(written), kept);
        }
    }

    #[test]
    fn what_is_no_secret_is_kept() {
        for written in [
            "http://db:5432/x?a=b@c",
            "the bearer of news",
            "eyJ is how they begin",
            "a: b@c",
            "automountServiceAccountToken: false",
            "tokens: 12",
        ] {
            assert_eq!(text(written), written);
        }
    }
}
