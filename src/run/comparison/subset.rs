//! Whether data holds at least what is documented: maps by key, lists by element, quantities by amount.

use std::fmt;

use serde_json::Value as Json;

use crate::expression::quantity;

/// Something that is documented and is not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// `spec.replicas`.
    pub(crate) path: String,
    /// What is documented, as JSON.
    pub(crate) expected: String,
    /// What is there; `None` where nothing is.
    pub(crate) found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the whole" } else { &self.path };
        match &self.found {
            Some(found) => write!(formatter, "{path}: expected {}, found {found}", self.expected),
            None => write!(formatter, "{path}: expected {}, found nothing", self.expected),
        }
    }
}

impl Difference {
    pub(crate) fn expected_line(&self) -> String {
        format!("{}: {}\n", self.path, self.expected)
    }

    pub(crate) fn found_line(&self) -> String {
        self.found.as_ref().map_or_else(String::new, |found| format!("{}: {found}\n", self.path))
    }
}

/// Returns what is documented in `expected` and not so in `found`, in the order in which it is documented.
pub(crate) fn differences(expected: &Json, found: &Json) -> Vec<Difference> {
    let mut differences = Vec::new();
    walk(expected, Some(found), &mut String::new(), &mut differences);
    differences
}

fn walk(expected: &Json, found: Option<&Json>, path: &mut String, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Json::Object(wanted), Some(Json::Object(_))) => {
            for (key, value) in wanted {
                let length = path.len();
                push_key(path, key);
                walk(value, found.and_then(|found| found.get(key)), path, differences);
                path.truncate(length);
            }
        }
        (Json::Array(wanted), Some(Json::Array(there))) => elements(wanted, there, path, differences),
        // `key: null` in a document says that nothing is there.
        (Json::Null, None) => {}
        (_, Some(found)) if same(expected, found) => {}
        _ => differences.push(Difference { path: path.clone(), expected: brief(expected), found: found.map(brief) }),
    }
}

/// Each documented element must be contained in an element of its own: the one of its name, or else the nearest.
fn elements(wanted: &[Json], there: &[Json], path: &mut String, differences: &mut Vec<Difference>) {
    let mut free: Vec<&Json> = there.iter().collect();
    for (index, want) in wanted.iter().enumerate() {
        let length = path.len();
        let identity = identity(want);
        match identity {
            Some((key, value)) => {
                let text = value.to_string();
                path.extend(["[", key, "=", value.as_str().unwrap_or(&text), "]"]);
            }
            None => path.extend(["[", index.to_string().as_str(), "]"]),
        }
        let candidates = free.iter().enumerate().filter(|(_, found)| match identity {
            Some((key, value)) => found.get(key).is_some_and(|there| same(value, there)),
            None => true,
        });
        let nearest = candidates
            .map(|(at, found)| {
                let mut missing = Vec::new();
                walk(want, Some(found), path, &mut missing);
                (missing, at)
            })
            .min_by_key(|(missing, at)| (missing.len(), *at));
        match nearest {
            Some((missing, at)) if missing.is_empty() => {
                free.remove(at);
            }
            // Of elements without a name it cannot be said which one was meant.
            Some((missing, at)) if identity.is_some() => {
                free.remove(at);
                differences.extend(missing);
            }
            _ => differences.push(Difference {
                path: path.clone(),
                expected: brief(want),
                found: identity.is_none().then(|| brief(&Json::Array(there.to_vec()))),
            }),
        }
        path.truncate(length);
    }
}

/// Returns the key that tells an element of a list from the others.
fn identity(element: &Json) -> Option<(&'static str, &Json)> {
    ["name", "containerPort", "port", "key", "type"].into_iter().find_map(|key| {
        element.get(key).filter(|value| !value.is_object() && !value.is_array()).map(|value| (key, value))
    })
}

/// Scalars are the same if they are equal, or the same amount: `0.5` and `500m`, `3` and `3.0`.
fn same(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Number(one), Json::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Json::String(one), Json::String(other)) => one == other || quantity::same(one, other),
        (Json::String(text), Json::Number(number)) | (Json::Number(number), Json::String(text)) => {
            quantity::same(text, &number.to_string())
        }
        _ => expected == found,
    }
}

fn push_key(path: &mut String, key: &str) {
    if key.contains(['.', '/']) {
        path.extend(["[\"", key, "\"]"]);
    } else {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    }
}

fn brief(json: &Json) -> String {
    const LONGEST: usize = 120;
    let text = json.to_string();
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(expected: &Json, found: &Json) -> Vec<String> {
        differences(expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn more_than_is_documented_is_fine() {
        let found = json!({"a": 1, "b": {"c": 2, "d": 3}, "list": [1, 2, {"name": "x", "image": "y", "tag": 1}]});
        let expected = json!({"b": {"c": 2.0}, "list": [{"name": "x", "image": "y"}, 2]});
        assert!(said(&expected, &found).is_empty());
    }

    #[test]
    fn amounts_are_compared_as_amounts() {
        let found = json!({"cpu": "500m", "memory": "1Gi", "port": "80"});
        assert!(said(&json!({"cpu": 0.5, "memory": "1024Mi", "port": 80}), &found).is_empty());
        assert_eq!(said(&json!({"cpu": "600m"}), &found), ["cpu: expected \"600m\", found \"500m\""]);
    }

    #[test]
    fn what_differs_is_named_by_its_path() {
        let found =
            json!({"spec": {"replicas": 0, "containers": [{"name": "api", "image": "api:2"}, {"name": "log"}]}});
        let expected =
            json!({"spec": {"replicas": 3, "paused": true, "containers": [{"name": "api", "image": "api:1"}]}});
        assert_eq!(
            said(&expected, &found),
            [
                "spec.replicas: expected 3, found 0",
                "spec.paused: expected true, found nothing",
                "spec.containers[name=api].image: expected \"api:1\", found \"api:2\"",
            ]
        );
    }

    #[test]
    fn an_element_that_is_gone_is_named() {
        let found = json!({"containers": [{"name": "log"}], "args": ["a"]});
        assert_eq!(
            said(&json!({"containers": [{"name": "api"}]}), &found),
            ["containers[name=api]: expected {\"name\":\"api\"}, found nothing"]
        );
        assert_eq!(said(&json!({"args": ["a", "a"]}), &found), ["args[1]: expected \"a\", found [\"a\"]"]);
    }

    #[test]
    fn keys_with_dots_are_quoted_in_paths() {
        let found = json!({"labels": {"app.kubernetes.io/name": "a"}});
        let expected = json!({"labels": {"app.kubernetes.io/name": "b"}});
        assert_eq!(said(&expected, &found), ["labels[\"app.kubernetes.io/name\"]: expected \"b\", found \"a\""]);
    }

    #[test]
    fn null_says_that_nothing_is_there() {
        assert!(said(&json!({"a": null}), &json!({})).is_empty());
        assert_eq!(said(&json!({"a": null}), &json!({"a": 1})), ["a: expected null, found 1"]);
    }

    #[test]
    fn text_and_numbers_that_only_look_alike_differ() {
        assert_eq!(said(&json!({"a": true}), &json!({"a": "true"})).len(), 1);
        assert_eq!(said(&json!({"a": "1.10"}), &json!({"a": "1.1.0"})).len(), 1);
    }
}
