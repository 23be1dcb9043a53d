//! What the answer to a write says of the object it stored: its name and its version, in JSON or in Kubernetes' protobuf.

use hyper::{HeaderMap, header};
use serde_json::Value;

use super::protobuf::{self, Message};

/// The identity of an object in an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) name: Option<String>,
    pub(crate) resource_version: Option<String>,
}

/// Returns whether an answer with these headers is in a form that can be read here.
pub(crate) fn is_readable(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !headers.contains_key(header::CONTENT_ENCODING)
        && ["application/json", "application/vnd.kubernetes.protobuf"].iter().any(|known| kind.starts_with(known))
}

impl StoredObject {
    /// Reads an answer; what it does not say is `None`.
    pub(crate) fn of(body: &[u8]) -> Self {
        match Message::open(body) {
            Some(message) => Self::of_protobuf(message).unwrap_or_default(),
            None => Self::of_json(body),
        }
    }

    fn of_json(body: &[u8]) -> Self {
        let Ok(object) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
        Self { name: text("/metadata/name"), resource_version: text("/metadata/resourceVersion") }
    }

    /// Every object has its metadata as field 1, and there the name is field 1 and the version field 6. A `Status` has
    /// other metadata and says nothing of an object.
    fn of_protobuf(message: Message<'_>) -> Option<Self> {
        let metadata = protobuf::field(message.object, 1).filter(|_| message.kind != b"Status")?;
        Some(Self { name: protobuf::text(metadata, 1), resource_version: protobuf::text(metadata, 6) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimited(number: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(value.len()).unwrap()];
        bytes.extend(value);
        bytes
    }

    fn envelope(kind: &str) -> Vec<u8> {
        // Field 9 of the metadata stands for one that is no text: a generation.
        let metadata = [delimited(1, b"conf"), vec![9 << 3, 0x80, 1], delimited(6, b"42")].concat();
        let typed = delimited(1, &[delimited(1, b"v1"), delimited(2, kind.as_bytes())].concat());
        [b"k8s\0".to_vec(), typed, delimited(2, &delimited(1, &metadata))].concat()
    }

    #[test]
    fn both_forms_are_read() {
        let expected = StoredObject { name: Some("conf".into()), resource_version: Some("42".into()) };
        assert_eq!(StoredObject::of(br#"{"metadata":{"name":"conf","resourceVersion":"42"}}"#), expected);
        assert_eq!(StoredObject::of(&envelope("ConfigMap")), expected);
    }

    #[test]
    fn what_says_nothing_of_an_object_is_no_object() {
        assert_eq!(StoredObject::of(&envelope("Status")), StoredObject::default());
        for end in 0..envelope("ConfigMap").len() {
            StoredObject::of(&envelope("ConfigMap")[..end]);
        }
        assert_eq!(StoredObject::of(b"k8s\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), StoredObject::default());
        assert_eq!(StoredObject::of(b"<html>"), StoredObject::default());
    }
}
