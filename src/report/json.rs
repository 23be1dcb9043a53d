//! JSON: the result object as it is. The format carries its version and only grows.

use crate::model::RunResult;

/// The JSON Schema (draft 2020-12) of the result: `docs/result.schema.json`.
pub const SCHEMA: &str = include_str!("../../docs/result.schema.json");

/// Returns the result as indented JSON with a last newline.
pub fn json(result: &RunResult) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(result)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::report::example;

    #[test]
    fn what_is_written_can_be_read_back() {
        let result = example::result(Outcome::Failed);
        let text = json(&result).unwrap();
        assert_eq!(serde_json::from_str::<RunResult>(&text).unwrap(), result);
    }

    #[test]
    fn a_place_carries_line_and_column() {
        let value: serde_json::Value = serde_json::from_str(&json(&example::result(Outcome::Failed)).unwrap()).unwrap();
        let place = &value["runbooks"][0]["steps"][0]["place"];
        assert_eq!((place["line"].as_u64(), place["column"].as_u64()), (Some(12), Some(1)));
    }
}
