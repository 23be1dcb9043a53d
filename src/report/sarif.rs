//! SARIF 2.1.0 (OASIS), for code scanning: a result per problem, with a fingerprint that survives edits around it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::notice::{Loudness, Notice, slashes};

/// What is said of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// In one line.
    pub summary: String,
    /// In a paragraph.
    pub explanation: String,
}

/// What stands around the results.
#[derive(Debug, Clone, Default)]
pub struct SarifRun {
    /// Whether the tool could do its job.
    pub successful: bool,
    /// When it began and ended, RFC 3339.
    pub times: Option<(jiff::Timestamp, jiff::Timestamp)>,
    /// What is known of the rules, by name.
    pub rules: BTreeMap<String, RuleText>,
}

/// Returns the problems as a SARIF log.
pub fn sarif(notices: &[Notice], run: &SarifRun) -> Result<String, serde_json::Error> {
    let mut names: Vec<&str> = notices.iter().map(|notice| notice.rule.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut invocation = json!({ "executionSuccessful": run.successful });
    if let Some((started, finished)) = run.times {
        invocation["startTimeUtc"] = moment(started).into();
        invocation["endTimeUtc"] = moment(finished).into();
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "runbooks",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": names.iter().map(|name| rule(name, run)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": notices.iter().map(|notice| result(notice, &names)).collect::<Vec<_>>(),
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn rule(name: &str, run: &SarifRun) -> Value {
    match run.rules.get(name) {
        Some(text) => json!({
            "id": name,
            "shortDescription": { "text": text.summary },
            "fullDescription": { "text": text.explanation },
            "help": { "text": text.explanation },
        }),
        None => json!({ "id": name, "shortDescription": { "text": name.replace('-', " ") } }),
    }
}

fn result(notice: &Notice, names: &[&str]) -> Value {
    let place = &notice.place;
    let mut region = json!({ "startLine": place.start.line, "startColumn": place.start.column });
    let forward = (place.end.line, place.end.column) > (place.start.line, place.start.column);
    if forward {
        region["endLine"] = place.end.line.into();
        region["endColumn"] = place.end.column.into();
    }
    let mut result = json!({
        "ruleId": notice.rule,
        "level": level(notice.loudness),
        "message": { "text": notice.in_full() },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&slashes(&place.path)), "uriBaseId": "%SRCROOT%" },
            "region": region,
        } }],
        "partialFingerprints": { "runbooks/v1": notice.fingerprint() },
    });
    if let Ok(index) = names.binary_search(&notice.rule.as_str()) {
        result["ruleIndex"] = index.into();
    }
    if let Some(outcome) = notice.outcome {
        result["properties"] = json!({ "outcome": outcome.as_str() });
        if let Some(target) = notice.detail("target") {
            result["properties"]["target"] = target.into();
        }
    }
    result
}

const fn level(loudness: Loudness) -> &'static str {
    match loudness {
        Loudness::Error => "error",
        Loudness::Warning => "warning",
        Loudness::Note => "note",
    }
}

/// Returns a path as a relative URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::report::{example, notice};

    fn log(outcome: Outcome, path: &str) -> Value {
        let mut notices = notice::of_run(&example::result(outcome));
        notices.iter_mut().for_each(|notice| notice.place.path = path.into());
        serde_json::from_str(&sarif(&notices, &SarifRun { successful: true, ..SarifRun::default() }).unwrap()).unwrap()
    }

    #[test]
    fn a_problem_is_a_result_at_its_place() {
        let log = log(Outcome::Drifted, "content/a b/é.md");
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "expectation");
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "expectation");
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "content/a%20b/%C3%A9.md");
        assert_eq!(location["region"], json!({ "startLine": 12, "startColumn": 1, "endLine": 12, "endColumn": 30 }));
        assert_eq!(result["properties"]["outcome"], "drifted");
    }

    #[test]
    fn the_same_problem_on_two_targets_is_two_results_that_name_them() {
        let notices = notice::of_run(&example::on_targets(Outcome::Failed, &["north", "south"]));
        let log: Value = serde_json::from_str(&sarif(&notices, &SarifRun::default()).unwrap()).unwrap();
        let results = &log["runs"][0]["results"];
        assert_eq!(results[0]["properties"]["target"], "north");
        assert!(results[1]["message"]["text"].as_str().unwrap().contains("\ntarget: south\n"), "{results}");
        assert_ne!(results[0]["partialFingerprints"], results[1]["partialFingerprints"]);
    }

    #[test]
    fn a_run_on_one_target_does_not_repeat_its_name() {
        let notices = notice::of_run(&example::result(Outcome::Failed));
        assert!(!sarif(&notices, &SarifRun::default()).unwrap().contains("target"));
    }

    #[test]
    fn a_run_without_problems_has_an_empty_list_of_results() {
        assert_eq!(log(Outcome::Passed, "a.md")["runs"][0]["results"], json!([]));
    }
}
