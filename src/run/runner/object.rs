//! Kubernetes objects. As a check the live object must contain the documented one; as an action it is applied.

use serde_json::Value as Json;

use super::super::attempt::Attempt;
use super::super::comparison::{subset, yaml_documents};
use super::super::fill::{self, FillError, Part};
use super::super::finding::{self, finding};
use super::super::objects::{Applied, Found, ObjectName, Objects};
use super::super::step::StepContext;
use super::Prepared;
use crate::expression::Fact;
use crate::model::{Finding, ObjectSyntax, Outcome, Span, Step, StepKind, Unavailable, Values};

/// Tries a step once: all its objects, so that a reader sees all that is wrong.
pub(super) async fn attempt(prepared: &Prepared<'_>, context: &StepContext<'_>, syntax: ObjectSyntax) -> Attempt {
    let step = prepared.step;
    let objects = match read(step.code.text(), syntax, context.values) {
        Ok(objects) => objects,
        Err(error) => {
            let end =
                step.code.text()[error.offset..].find('\n').map_or(step.code.text().len(), |at| error.offset + at);
            let place = finding::within(step, Span::new(error.offset, end));
            return Attempt::found(finding(Outcome::Errored, "object", place, error.message)).for_good();
        }
    };
    let Some(cluster) = context.objects else {
        return Attempt::found(finding(
            Outcome::Errored,
            "no-cluster",
            finding::fence(step),
            "there is no cluster to ask",
        ));
    };
    let mut attempt = Attempt::new(Outcome::Passed);
    for object in &objects {
        let came = match &step.kind {
            StepKind::Check(check) if check.absent => absent(step, cluster, object).await,
            StepKind::Check(_) => contained(step, cluster, object).await,
            StepKind::Action(_) => apply(step, cluster, object).await,
        };
        match came {
            Ok(Some(live)) => attempt.facts.set("object", Fact::Json(live)),
            Ok(None) => {}
            Err(findings) => findings.into_iter().for_each(|finding| attempt.add(finding)),
        }
        attempt.stdout.extend([object.title().as_str(), "\n"]);
    }
    attempt
}

/// A documented object, filled in.
#[derive(Debug, PartialEq)]
struct Documented {
    name: ObjectName,
    object: Json,
}

impl Documented {
    /// Returns `deployment/api in novacron`.
    fn title(&self) -> String {
        let name = format!("{}/{}", self.name.kind.to_lowercase(), self.name.name);
        self.name.namespace.as_ref().map_or(name.clone(), |namespace| format!("{name} in {namespace}"))
    }
}

type Came = Result<Option<Json>, Vec<Finding>>;

async fn contained(step: &Step, cluster: &dyn Objects, documented: &Documented) -> Came {
    match cluster.get(&documented.name).await {
        Ok(Found::Object(live)) => {
            let differences = subset::differences(&documented.object, &live);
            if differences.is_empty() {
                return Ok(Some(live));
            }
            Err(differences.iter().map(|difference| different(step, documented, difference)).collect())
        }
        Ok(Found::Nothing) => Err(vec![at_name(
            step,
            documented,
            Outcome::Drifted,
            "missing-object",
            format!("there is no {}", documented.title()),
        )]),
        Ok(Found::UnknownKind) => Err(vec![unknown_kind(step, documented)]),
        Err(cause) => Err(vec![unavailable(step, &cause)]),
    }
}

async fn absent(step: &Step, cluster: &dyn Objects, documented: &Documented) -> Came {
    match cluster.get(&documented.name).await {
        Ok(Found::Nothing | Found::UnknownKind) => Ok(None),
        Ok(Found::Object(_)) => {
            let message = format!("{} should not exist, and does", documented.title());
            Err(vec![at_name(step, documented, Outcome::Failed, "present-object", message)])
        }
        Err(cause) => Err(vec![unavailable(step, &cause)]),
    }
}

async fn apply(step: &Step, cluster: &dyn Objects, documented: &Documented) -> Came {
    match cluster.apply(&documented.name, &documented.object).await {
        Ok(Applied::Object(object)) => Ok(Some(object)),
        Ok(Applied::UnknownKind) => Err(vec![unknown_kind(step, documented)]),
        Ok(Applied::Refused(reason)) => Err(vec![at_name(step, documented, Outcome::Failed, "refused-object", reason)]),
        Err(cause) => Err(vec![unavailable(step, &cause)]),
    }
}

fn different(step: &Step, documented: &Documented, difference: &subset::Difference) -> Finding {
    let key = difference.path.rsplit(['.', ']']).find(|key| !key.is_empty()).unwrap_or_default();
    let span = line_with(step, &format!("{key}:")).unwrap_or_else(|| finding::line(step, 1));
    let place = finding::within(step, span);
    let mut finding = finding(Outcome::Failed, "object", place, format!("{}: {difference}", documented.title()));
    finding.expected = Some(format!("{}: {}", difference.path, difference.expected));
    finding.actual = difference.found.as_ref().map(|found| format!("{}: {found}", difference.path));
    finding
}

fn unknown_kind(step: &Step, documented: &Documented) -> Finding {
    let name = &documented.name;
    let message = format!("the cluster serves no `{}` in `{}`", name.kind, name.api_version);
    let span = line_with(step, &name.api_version).unwrap_or_else(|| finding::line(step, 1));
    finding(Outcome::Drifted, "unknown-kind", finding::within(step, span), message)
}

fn unavailable(step: &Step, cause: &Unavailable) -> Finding {
    finding(Outcome::Errored, "cluster-unavailable", finding::fence(step), cause.to_string())
}

fn at_name(step: &Step, documented: &Documented, outcome: Outcome, rule: &str, message: String) -> Finding {
    let span = line_with(step, &documented.name.name).unwrap_or_else(|| finding::line(step, 1));
    finding(outcome, rule, finding::within(step, span), message)
}

/// Returns the first line of the code that holds a text.
fn line_with(step: &Step, text: &str) -> Option<Span> {
    let number = step.code.text().lines().position(|line| line.contains(text))?;
    Some(finding::line(step, number + 1))
}

/// Reads the documents of a step and fills them in. Values are put into the data, not into the text, so that no value
/// can become structure.
fn read(text: &str, syntax: ObjectSyntax, values: &Values) -> Result<Vec<Documented>, FillError> {
    let (marked, variables) = mark(text, values)?;
    let refused = |message: String| FillError { message, offset: 0 };
    let mut documents = match syntax {
        ObjectSyntax::Yaml => yaml_documents(&marked).map_err(|error| refused(format!("not YAML: {error}")))?,
        ObjectSyntax::Json => {
            vec![serde_json::from_str(&marked).map_err(|error| refused(format!("not JSON: {error}")))?]
        }
    };
    for document in &mut documents {
        put_in(document, &variables);
    }
    let documents: Vec<Json> = documents.into_iter().flat_map(items).collect();
    if documents.is_empty() {
        return Err(refused("there is no object".to_owned()));
    }
    documents.into_iter().map(|object| documented(object).map_err(refused)).collect()
}

/// A `List` stands for what is in it.
fn items(document: Json) -> Vec<Json> {
    match document {
        Json::Object(mut map) if map.get("kind").is_some_and(|kind| kind == "List") => match map.remove("items") {
            Some(Json::Array(items)) => items,
            _ => Vec::new(),
        },
        other => vec![other],
    }
}

fn documented(object: Json) -> Result<Documented, String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let missing = |key: &str| format!("the object has no `{key}`");
    // `n`, `no` and `off` are not words to YAML; taken for "no namespace" they would point somewhere else.
    if let Some(other) = object.pointer("/metadata/namespace").filter(|namespace| !namespace.is_string()) {
        return Err(format!("`metadata.namespace` is {other}, not a name; put it in quotes"));
    }
    let name = ObjectName {
        api_version: text("/apiVersion").ok_or_else(|| missing("apiVersion"))?,
        kind: text("/kind").ok_or_else(|| missing("kind"))?,
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name").ok_or_else(|| missing("metadata.name"))?,
    };
    Ok(Documented { name, object })
}

/// A variable that is marked in the text, and its value.
struct Variable<'a> {
    mark: String,
    value: &'a str,
    /// Whether it stands alone and unquoted: then `3` is a number, as YAML reads it.
    plain: bool,
}

/// Puts marks in place of variables: words that mean nothing to YAML.
fn mark<'a>(text: &'a str, values: &'a Values) -> Result<(String, Vec<Variable<'a>>), FillError> {
    let parts = fill::parts(text);
    let mut marked = String::with_capacity(text.len());
    let mut variables = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => marked.push_str(text),
            Part::Variable(name, offset) => {
                let mark = format!("RBVARIABLE{index}MARK");
                let before = marked.lines().next_back().filter(|_| !marked.ends_with('\n')).unwrap_or_default();
                let after = match parts.get(index + 1) {
                    Some(Part::Text(text)) => text.lines().next().unwrap_or_default(),
                    _ => "",
                };
                let value = fill::value(name, *offset, values)?;
                variables.push(Variable { value, plain: stands_alone(before, after), mark: mark.clone() });
                marked.push_str(&mark);
            }
        }
    }
    Ok((marked, variables))
}

fn stands_alone(before: &str, after: &str) -> bool {
    let before = before.trim_end();
    let (after, comment) = (after.trim_start(), after.starts_with(" #"));
    (before.is_empty() || before.ends_with([':', '-', ',', '[', '{']))
        && (after.is_empty() || comment || after.starts_with([',', ']', '}']))
}

fn put_in(json: &mut Json, variables: &[Variable<'_>]) {
    match json {
        Json::String(text) => {
            if let Some(variable) = variables.iter().find(|variable| variable.plain && variable.mark == *text) {
                *json = plain(variable.value);
            } else {
                *text = replaced(text, variables);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| put_in(item, variables)),
        Json::Object(map) => {
            for value in map.values_mut() {
                put_in(value, variables);
            }
            if map.keys().any(|key| variables.iter().any(|variable| key.contains(&variable.mark))) {
                let old = std::mem::take(map);
                map.extend(old.into_iter().map(|(key, value)| (replaced(&key, variables), value)));
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A mark may begin with another: `…1…` and `…10…` differ by the word behind the number.
fn replaced(text: &str, variables: &[Variable<'_>]) -> String {
    variables.iter().fold(text.to_owned(), |text, variable| text.replace(&variable.mark, variable.value))
}

/// Reads a value as YAML reads a plain scalar.
fn plain(value: &str) -> Json {
    match serde_json::from_str::<Json>(value) {
        Ok(scalar @ (Json::Number(_) | Json::Bool(_) | Json::Null)) => scalar,
        _ => Json::from(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Value, ValueOrigin};

    fn values(pairs: &[(&str, &str)]) -> Values {
        let value = |text: &str| Value { text: text.to_owned(), secret: false, origin: ValueOrigin::Flag };
        pairs.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    #[test]
    fn values_are_put_into_the_data() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${NAME}\n  labels: {app: ${NAME}, n: \"${N}\"}\n\
                    data:\n  n: ${N}\n  text: a ${EVIL} b\n  escaped: $${N}\n";
        let values = values(&[("NAME", "x"), ("N", "3"), ("EVIL", "y\nz: 1 # \"")]);
        let read = read(text, ObjectSyntax::Yaml, &values).unwrap();
        assert_eq!(
            read[0].object,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "labels": {"app": "x", "n": "3"}},
                   "data": {"n": 3, "text": "a y\nz: 1 # \" b", "escaped": "${N}"}})
        );
    }

    #[test]
    fn several_documents_and_lists_are_several_objects() {
        let pod = |name| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: ns}}\n");
        let read = read(&format!("{}---\n{}---\n", pod("a"), pod("b")), ObjectSyntax::Yaml, &Values::new()).unwrap();
        assert_eq!(read.iter().map(Documented::title).collect::<Vec<_>>(), ["pod/a in ns", "pod/b in ns"]);
        let list = json!({"kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}]});
        assert_eq!(super::read(&list.to_string(), ObjectSyntax::Json, &Values::new()).unwrap()[0].title(), "pod/c");
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (text, message) in [
            ("kind: Pod", "the object has no `apiVersion`"),
            ("", "there is no object"),
            ("a: ${X}", "`X` has no value"),
            ("metadata: {namespace: no}", "`metadata.namespace` is false, not a name; put it in quotes"),
        ] {
            assert_eq!(read(text, ObjectSyntax::Yaml, &Values::new()).unwrap_err().message, message);
        }
    }
}
