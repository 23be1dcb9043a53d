//! The values of Secrets in an answer, so that they can be kept out of every sink before anybody prints them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::request::ApiRequest;

/// Returns whether the answer to a request is one that holds Secrets whole.
pub(super) fn are_asked_for(request: &ApiRequest) -> bool {
    let secrets = request.subject().is_some_and(|subject| subject.resource == "secrets" && subject.group.is_empty());
    secrets && !request.switched_on("watch")
}

/// Returns the values of the Secrets in an answer: as they are written in it, and decoded where they are text. None in
/// an answer that is no JSON, which none is that people read.
pub(super) fn of(body: &[u8]) -> Vec<String> {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    of_value(&answer)
}

/// Returns the values of the Secret, or the Secrets, that this is.
pub(super) fn of_value(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
    let values = items.iter().flat_map(|item| item["data"].as_object().into_iter().flat_map(Map::values));
    let mut secrets = Vec::new();
    for value in values.filter_map(Value::as_str) {
        secrets.push(value.to_owned());
        secrets.extend(STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok()));
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_values_of_one_and_of_many_are_found() {
        let one = r#"{"kind":"Secret","data":{"a":"aHVudGVyMg==","b":""}}"#;
        assert_eq!(of(one.as_bytes()), ["aHVudGVyMg==", "hunter2"]);
        assert_eq!(of(format!("{{\"items\":[{one},{one}]}}").as_bytes()).len(), 4);
    }

    #[test]
    fn an_answer_without_any_has_none() {
        for body in ["", "not json", "{}", r#"{"kind":"Table","rows":[]}"#, r#"{"data":{"a":7}}"#] {
            assert!(of(body.as_bytes()).is_empty(), "{body}");
        }
    }
}
