//! As much of JSON Schema as our published schemas use, and stricter: what a schema does not name is not allowed here.

use serde_json::Value as Json;

/// Returns where a value is not as the schema says: `runbooks.0.id: …`.
pub(crate) fn violations(schema: &Json, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Json, schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
    let mut wrong = |what: String| found.push(format!("{at}: {what}"));
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return match target {
            Some(target) => check(root, target, value, at, found),
            None => wrong(format!("no {reference} in the schema")),
        };
    }
    let several = schema["type"].as_array().into_iter().flatten();
    let expected: Vec<_> = several.chain([&schema["type"]]).filter_map(Json::as_str).collect();
    if !expected.is_empty() && !expected.iter().any(|expected| is_a(expected, value)) {
        wrong(format!("{value} is no {}", expected.join(" or ")));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        wrong(format!("{value} is none of {allowed:?}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        wrong(format!("{value} is not {}", schema["const"]));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_i64(), value.as_i64())
        && number < least
    {
        wrong(format!("{number} is less than {least}"));
    }
    if let Some(entries) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !entries.contains_key(name) {
                wrong(format!("no `{name}`"));
            }
        }
        for (name, entry) in entries {
            match schema["properties"].get(name) {
                Some(schema) => check(root, schema, entry, &format!("{at}.{name}"), found),
                None if schema["additionalProperties"].is_object() => {
                    check(root, &schema["additionalProperties"], entry, &format!("{at}.{name}"), found);
                }
                None => found.push(format!("{at}: the schema does not name `{name}`")),
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(root, &schema["items"], item, &format!("{at}.{index}"), found);
    }
}

fn is_a(expected: &str, value: &Json) -> bool {
    match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        other => panic!("a schema of ours says `{other}`, which is not checked"),
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_found() {
    let schema = serde_json::json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "required": ["x"],
        "properties": {"x": {"type": "integer", "minimum": 1}, "y": {"enum": ["z"]}}}}});
    let wrong = |value: Json| violations(&schema, &value).len();
    assert_eq!(wrong(serde_json::json!({"x": 1, "y": "z"})), 0);
    for value in [
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!({"x": 0}),
        serde_json::json!({"x": "1"}),
        serde_json::json!({"x": 1, "y": "a"}),
        serde_json::json!({"x": 1, "new": 1}),
    ] {
        assert_eq!(wrong(value.clone()), 1, "{value}");
    }
}
