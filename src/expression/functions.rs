//! The functions an expression may call: CEL's own and its string, list and math extensions, and two of ours.

use std::sync::Arc;

use cel::{Context, ExecutionError, Value};

use super::quantity;

/// Every function by the name an author writes.
const NAMES: [&str; 86] = [
    "all",
    "base64.decode",
    "base64.encode",
    "bool",
    "bytes",
    "charAt",
    "contains",
    "distinct",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "exists",
    "existsOne",
    "exists_one",
    "filter",
    "flatten",
    "format",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "has",
    "hasValue",
    "indexOf",
    "int",
    "isNaN",
    "join",
    "lastIndexOf",
    "lists.range",
    "lowerAscii",
    "map",
    "matches",
    "math.abs",
    "math.bitAnd",
    "math.bitNot",
    "math.bitOr",
    "math.bitShiftLeft",
    "math.bitShiftRight",
    "math.bitXor",
    "math.ceil",
    "math.floor",
    "math.greatest",
    "math.isFinite",
    "math.isInf",
    "math.isNaN",
    "math.least",
    "math.round",
    "math.sign",
    "math.sqrt",
    "math.trunc",
    "max",
    "min",
    "optFlatMap",
    "optMap",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "or",
    "orValue",
    "quantity",
    "replace",
    "reverse",
    "size",
    "slice",
    "sort",
    "sortBy",
    "split",
    "startsWith",
    "string",
    "strings.quote",
    "substring",
    "timestamp",
    "transformList",
    "transformMap",
    "trim",
    "type",
    "uint",
    "upperAscii",
    "value",
];

pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    NAMES.iter().copied()
}

/// Returns whether there is such a function. What CEL makes of a macro (`math.@max`) is its own.
pub(super) fn is_known(name: &str) -> bool {
    name.contains('@') || names().any(|known| known == name)
}

/// Adds ours: `quantity("500m")`, as Kubernetes counts, and `isNaN(value)`.
pub(super) fn add_to(context: &mut Context<'_, '_>) {
    let quantity = |text: Arc<String>| -> Result<Value, ExecutionError> {
        quantity::parse(&text)
            .map(Value::Float)
            .ok_or_else(|| ExecutionError::function_error("quantity", format!("`{text}` is not a quantity")))
    };
    // Adding fails only for a name that is taken, which a test would show.
    let _ = context.add_function("quantity", quantity);
    let _ = context.add_function("isNaN", |number: f64| number.is_nan());
}
