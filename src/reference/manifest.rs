//! Kubernetes objects as references, and as things that a command makes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::Span;

use super::argument::Argument;
use super::subject::{Entry, Making, Namespace, ObjectName, Reference, Sending, Sent, Subject};

/// Returns what a Kubernetes object, or a list of them, refers to: its kind, its namespace and the object itself.
///
/// `span` is where it stands. A text that is no Kubernetes object refers to nothing.
pub fn of_object(object: &Value, span: Span) -> Vec<Reference> {
    objects(object).into_iter().flat_map(|object| references(object, span)).collect()
}

/// Returns the objects of a Kubernetes object, or of a list of them, as they are sent.
pub fn sent(object: &Value, span: Span, command: Span, sending: &Sending) -> Vec<Sent> {
    let is_one = |object: &&Value| kind_of(object).is_some();
    let of = |object: &Value| Sent { span, command, object: object.clone(), sending: sending.clone() };
    objects(object).into_iter().filter(is_one).map(of).collect()
}

/// Returns the kind of an object, where Kubernetes served it once and serves it no more; it stands where the text says so.
///
/// Of other kinds that are not served nobody can tell whether this cluster is meant to.
pub fn once_served(object: &Value, text: &str) -> Option<Reference> {
    let kind = kind_of(object)?;
    super::removed(&kind)?;
    let api = object.get("apiVersion")?.as_str()?;
    let at = text.find(api)?;
    let span = Span::new(at, at + api.len());
    Some(Reference::required(span, Subject::Kind(Argument::implied(kind, span))))
}

/// Returns the objects of a YAML text, as they are sent; of a text that cannot be read, none.
pub(super) fn sent_by_manifest(text: &str, span: Span, command: Span, sending: &Sending) -> Vec<Sent> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    documents.iter().flat_map(|document| sent(document, span, command, sending)).collect()
}

/// Returns what exists once an object, or a list of them, is applied: the objects, their labels, the kinds they define.
pub fn made_by_object(object: &Value) -> Vec<Making> {
    objects(object).into_iter().flat_map(makings).collect()
}

/// Returns what exists once a YAML text is applied; a text that cannot be read, such as a template, makes nothing.
pub fn made_by_manifest(text: &str) -> Vec<Making> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    documents.iter().flat_map(made_by_object).collect()
}

/// Returns the entries of a manifest that is fed to a command: what it makes, or what it refers to.
///
/// Documents that cannot be read, such as templates, give nothing.
pub(super) fn entries_of_manifest(text: &str, span: Span, makes: bool) -> Vec<Entry> {
    if makes {
        return made_by_manifest(text).into_iter().map(Entry::Making).collect();
    }
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    let references = documents.iter().flat_map(|document| of_object(document, span));
    references.map(|reference| Entry::Reference(Box::new(reference))).collect()
}

pub(super) fn objects(value: &Value) -> Vec<&Value> {
    match value.get("items").and_then(Value::as_array) {
        Some(items) if text(value, "kind").is_some_and(|kind| kind.ends_with("List")) => items.iter().collect(),
        _ => vec![value],
    }
}

fn references(object: &Value, span: Span) -> Vec<Reference> {
    let Some(kind) = kind_of(object) else { return Vec::new() };
    let kind = Argument::implied(kind, span);
    let metadata = object.get("metadata");
    let namespace = metadata.and_then(|metadata| text(metadata, "namespace")).map(|name| Argument::implied(name, span));
    let mut references = Vec::new();
    if let Some(namespace) = &namespace {
        references.push(Reference::required(span, Subject::Namespace(namespace.clone())));
    }
    let subject = match metadata.and_then(|metadata| text(metadata, "name")) {
        Some(name) => Subject::Object(ObjectName {
            kind,
            name: Argument::implied(name, span),
            namespace: namespace.map_or(Namespace::Default, Namespace::Named),
        }),
        None => Subject::Kind(kind),
    };
    references.push(Reference::required(span, subject));
    references
}

fn makings(object: &Value) -> Vec<Making> {
    let Some(kind) = kind_of(object) else { return Vec::new() };
    let mut makings = Vec::new();
    let metadata = object.get("metadata");
    if let Some(name) = metadata.and_then(|metadata| text(metadata, "name")) {
        let namespace = metadata.and_then(|metadata| text(metadata, "namespace")).map(str::to_owned);
        makings.push(Making::Object { kind, namespace, name: name.to_owned() });
    }
    let places =
        ["/metadata/labels", "/spec/template/metadata/labels", "/spec/jobTemplate/spec/template/metadata/labels"];
    makings.extend(places.iter().filter_map(|place| labels(object.pointer(place)?)).map(Making::Labels));
    if text(object, "kind") == Some("CustomResourceDefinition") {
        makings.extend(defined_kind(object).map(Making::Kind));
    }
    makings
}

/// Returns the kind in the form `Kind.version.group`, which says all of `apiVersion` and `kind`.
pub(super) fn kind_of(object: &Value) -> Option<String> {
    let (api, kind) = (text(object, "apiVersion")?, text(object, "kind")?);
    let (group, version) = api.split_once('/').unwrap_or(("", api));
    Some(format!("{kind}.{version}.{group}"))
}

fn defined_kind(object: &Value) -> Option<Vec<String>> {
    let names = object.pointer("/spec/names")?;
    let single = ["plural", "singular", "kind"].iter().filter_map(|key| text(names, key));
    let short = names.get("shortNames").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    Some(single.chain(short).map(str::to_lowercase).collect())
}

/// Returns the labels of a JSON object.
pub(super) fn labels(value: &Value) -> Option<BTreeMap<String, String>> {
    let pairs = value.as_object()?.iter();
    Some(pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_refers_to_its_namespace_and_itself() {
        let object =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"}});
        let found = of_object(&object, Span::new(0, 9));
        assert_eq!(found.len(), 2);
        assert!(matches!(&found[0].subject, Subject::Namespace(name) if name.is("shop")));
        assert!(
            matches!(&found[1].subject, Subject::Object(object) if object.kind.is("Deployment.v1.apps") && object.name.is("api"))
        );
    }

    #[test]
    fn a_value_that_is_no_object_refers_to_nothing() {
        assert!(of_object(&json!({"replicas": 3}), Span::default()).is_empty());
        assert!(of_object(&json!("text"), Span::default()).is_empty());
    }

    #[test]
    fn a_manifest_makes_objects_labels_and_kinds() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {app: a}\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.x.io}\nspec: {names: {plural: widgets, kind: Widget}}\n";
        let entries = entries_of_manifest(text, Span::default(), true);
        assert_eq!(entries.len(), 4);
        assert!(matches!(&entries[3], Entry::Making(Making::Kind(names)) if names[0] == "widgets"));
        assert!(entries_of_manifest("a: {{ .Values.x }}: [", Span::default(), true).is_empty());
    }
}
