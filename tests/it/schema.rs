//! As much of JSON Schema as our published schemas and that of SARIF use, and stricter: what a schema of an object's
//! properties does not name is not allowed here, unless it says so.

use serde_json::Value as Json;

/// Returns where a value is not as the schema says: `runbooks.0.id: …`.
pub(crate) fn violations(schema: &Json, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn violations_in(root: &Json, schema: &Json, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    check(root, schema, value, "", &mut found);
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
    if let (Some(most), Some(number)) = (schema["maximum"].as_i64(), value.as_i64())
        && number > most
    {
        wrong(format!("{number} is more than {most}"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !regex::Regex::new(pattern).expect("a pattern that we can read").is_match(text)
    {
        wrong(format!("`{text}` is not as `{pattern}`"));
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str())
        && text.parse::<jiff::Timestamp>().is_err()
    {
        wrong(format!("`{text}` is no time"));
    }
    if let (Some(least), Some(items)) = (schema["minItems"].as_u64(), value.as_array())
        && (items.len() as u64) < least
    {
        wrong(format!("fewer than {least} items"));
    }
    if let (Some(true), Some(items)) = (schema["uniqueItems"].as_bool(), value.as_array())
        && items.iter().enumerate().any(|(at, item)| items[..at].contains(item))
    {
        wrong("an item twice".to_owned());
    }
    for (word, least, most) in [("anyOf", 1, usize::MAX), ("oneOf", 1, 1)] {
        let Some(several) = schema[word].as_array() else { continue };
        let fits = |other: &&Json| violations_in(root, other, value).is_empty();
        let fitting = several.iter().filter(fits).count();
        if fitting < least || fitting > most {
            wrong(format!("as {fitting} of what `{word}` says"));
        }
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
                None if schema["additionalProperties"] == true || schema["properties"].is_null() => {}
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
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        other => panic!("a schema says `{other}`, which is not checked"),
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

#[test]
fn lists_texts_and_alternatives_are_held_against_what_the_schema_says() {
    let wrong = |schema: Json, value: Json| violations(&schema, &value).len();
    let list = serde_json::json!({"minItems": 1, "uniqueItems": true, "items": {"pattern": "^a", "maximum": 3}});
    assert_eq!(wrong(list.clone(), serde_json::json!(["a", "ab", 3])), 0);
    for value in
        [serde_json::json!([]), serde_json::json!(["a", "a"]), serde_json::json!(["b"]), serde_json::json!([4])]
    {
        assert_eq!(wrong(list.clone(), value.clone()), 1, "{value}");
    }
    let either = serde_json::json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]});
    assert_eq!(wrong(either.clone(), serde_json::json!({"b": 1})), 0);
    assert_eq!(wrong(either, serde_json::json!({"c": 1})), 1);
    let only = serde_json::json!({"oneOf": [{"type": "string"}, {"minimum": 3}]});
    assert_eq!(wrong(only.clone(), serde_json::json!(1)), 1);
    assert_eq!(wrong(only, serde_json::json!(3)), 0);
    let time = serde_json::json!({"format": "date-time"});
    assert_eq!(wrong(time.clone(), serde_json::json!("2026-11-21T12:00:00Z")), 0);
    assert_eq!(wrong(time, serde_json::json!("noon")), 1);
}
