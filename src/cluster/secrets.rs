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

/// A value of a Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretValue {
    /// What it is kept under.
    pub key: String,
    /// The value.
    pub text: String,
}

/// Returns the values of the Secrets in an answer: as they are written in it, and decoded where they are text. None in
/// an answer that is no JSON, which none is that people read.
pub(super) fn of(body: &[u8]) -> Vec<SecretValue> {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    of_value(&answer)
}

/// Returns the values of the Secret, or the Secrets, that this is.
pub(super) fn of_value(answer: &Value) -> Vec<SecretValue> {
    let items = answer["items"].as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
    let values = items.iter().flat_map(|item| item["data"].as_object().into_iter().flat_map(Map::iter));
    let mut secrets = Vec::new();
    for (key, written) in values.filter_map(|(key, value)| Some((key, value.as_str()?))) {
        let decoded = STANDARD.decode(written).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let texts = [Some(written.to_owned()), decoded].into_iter().flatten().filter(|text| !text.is_empty());
        secrets.extend(texts.map(|text| SecretValue { key: key.clone(), text }));
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::{SecretValue, of};

    #[test]
    fn the_values_of_one_and_of_many_are_found() {
        let one = r#"{"kind":"Secret","data":{"a":"aHVudGVyMg==","b":""}}"#;
        let value = |text: &str| SecretValue { key: "a".to_owned(), text: text.to_owned() };
        assert_eq!(of(one.as_bytes()), [value("aHVudGVyMg=="), value("hunter2")]);
        assert_eq!(of(format!("{{\"items\":[{one},{one}]}}").as_bytes()).len(), 4);
    }

    #[test]
    fn an_answer_without_any_has_none() {
        for body in ["", "not json", "{}", r#"{"kind":"Table","rows":[]}"#, r#"{"data":{"a":7}}"#] {
            assert!(of(body.as_bytes()).is_empty(), "{body}");
        }
    }
}
