//! What expressions speak of, and how it looks to CEL and to people.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cel::Value;
use cel::objects::{Key, Map};
use serde_json::Value as Json;

/// The longest value that is shown in a finding, in characters.
const LONGEST_SHOWN: usize = 200;

/// Something an expression can speak of.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// Data.
    Json(Json),
    /// A number that JSON may be unable to say: NaN, infinity.
    Number(f64),
    /// A length of time.
    Duration(Duration),
    /// Facts of their own, by name.
    Map(BTreeMap<String, Fact>),
    /// It would be there, but for this reason.
    Unavailable(String),
    /// It is there, but was not seen whole, for this reason: whatever is said of it is a guess.
    Unseen(String),
}

/// Facts by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts(Vec<(&'static str, Fact)>);

impl Facts {
    pub(crate) fn set(&mut self, name: &'static str, fact: Fact) {
        self.0.retain(|(old, _)| *old != name);
        self.0.push((name, fact));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Fact> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, fact)| fact)
    }

    pub(crate) fn all(&self) -> &[(&'static str, Fact)] {
        &self.0
    }
}

impl Fact {
    pub(super) fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Json(json) => value(json),
            Self::Number(number) => Value::Float(*number),
            Self::Duration(length) => return duration(*length),
            Self::Map(entries) => map(entries),
            Self::Unavailable(_) | Self::Unseen(_) => return None,
        })
    }
}

/// What has no value is left out: whoever asks for it is told why.
fn map(entries: &BTreeMap<String, Fact>) -> Value {
    let values = entries.iter().filter_map(|(key, fact)| Some((Key::String(Arc::new(key.clone())), fact.value()?)));
    Value::Map(Map { map: Arc::new(values.collect()) })
}

/// Returns a length of time by asking CEL for one: its own type is another library's, which we need for nothing else.
fn duration(length: Duration) -> Option<Value> {
    let program = super::ENVIRONMENT.compile(&format!("duration('{}us')", length.as_micros())).ok()?;
    program.execute(&cel::Context::with_env(Arc::clone(&super::ENVIRONMENT))).ok()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(int)) => Value::UInt(int),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        Json::Object(entries) => {
            let map: HashMap<Key, Value> =
                entries.iter().map(|(key, item)| (Key::String(Arc::new(key.clone())), value(item))).collect();
            Value::Map(Map { map: Arc::new(map) })
        }
    }
}

/// Returns what a value is called in a message: `a string`.
pub(super) const fn sort(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "a list",
        Value::Map(_) | Value::Struct(_) => "a map",
        Value::Int(_) | Value::UInt(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::Bytes(_) => "bytes",
        Value::Bool(_) => "true or false",
        Value::Duration(_) => "a length of time",
        Value::Timestamp(_) => "a point in time",
        Value::Null => "null",
        Value::Function(..) | Value::Opaque(_) => "something else",
    }
}

/// Returns a value as a variable of a shell would hold it: strings as they are, lists and maps as JSON.
pub(crate) fn display(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Null => String::new(),
        other => match json(other) {
            Json::String(text) => text,
            json => json.to_string(),
        },
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(map) => {
            let mut entries: Vec<(String, Json)> =
                map.map.iter().map(|(key, item)| (key_text(key), json(item))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(entries.into_iter().collect())
        }
        Value::Int(int) => Json::from(*int),
        Value::UInt(int) => Json::from(*int),
        // JSON has no NaN and no infinity.
        Value::Float(number) => {
            serde_json::Number::from_f64(*number).map_or_else(|| Json::from(number.to_string()), Json::Number)
        }
        Value::String(text) => Json::from(text.as_str()),
        Value::Bytes(bytes) => Json::from(String::from_utf8_lossy(bytes)),
        Value::Bool(bool) => Json::from(*bool),
        Value::Duration(length) => Json::from(format!("{}ms", length.num_milliseconds())),
        Value::Timestamp(time) => Json::from(time.to_rfc3339()),
        Value::Null | Value::Function(..) | Value::Opaque(_) | Value::Struct(_) => Json::Null,
    }
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Int(int) => int.to_string(),
        Key::Uint(int) => int.to_string(),
        Key::Bool(bool) => bool.to_string(),
        Key::String(text) => text.to_string(),
    }
}

/// Returns data as a finding shows it: on one line, and not too long.
pub(crate) fn shown(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(LONGEST_SHOWN) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
