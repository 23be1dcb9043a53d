//! What a verification found, and questions to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// A result, and questions to it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) result: Json,
}

/// A file of the collection and a line in it.
pub(crate) type Line = (String, u64);

impl Found {
    /// Returns the steps that ended as `outcome`: where they stand, and their names.
    pub(crate) fn steps(&self, outcome: &str) -> Vec<(Line, String)> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        let steps = runbooks.flat_map(|runbook| runbook["steps"].as_array().into_iter().flatten());
        let ended = steps.filter(|step| step["outcome"] == outcome);
        ended.map(|step| (line(&step["place"]), text(&step["id"]))).collect()
    }

    /// Returns the lines of all findings of `outcome`, inside steps and outside of them, sorted and each once.
    pub(crate) fn lines(&self, outcome: &str) -> Vec<Line> {
        let mut lines: Vec<_> =
            self.findings().filter(|it| it["outcome"] == outcome).map(|it| line(&it["place"])).collect();
        lines.sort();
        lines.dedup();
        lines
    }

    /// Returns the files that were looked at, by their paths from the root of the collection.
    pub(crate) fn runbooks(&self) -> Vec<String> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        runbooks.map(|runbook| format!("content/{}.md", text(&runbook["id"]))).collect()
    }

    /// Returns what did not pass, by runbook: the outcome and the step, and of what is only named the line that names it.
    ///
    /// A check that may fail without harm is `warned`. A step that is `drifted` stands with the line of each name.
    pub(crate) fn turned(&self, text_of: impl Fn(&str) -> String) -> BTreeMap<String, BTreeSet<String>> {
        let mut turned = BTreeMap::new();
        for runbook in self.result["runbooks"].as_array().into_iter().flatten() {
            let steps = || runbook["steps"].as_array().into_iter().flatten();
            let mut lines: BTreeSet<_> = steps().filter_map(|step| turned_step(step, &text_of)).flatten().collect();
            let outside = runbook["findings"].as_array().into_iter().flatten();
            lines.extend(outside.filter_map(|it| turned_line(it, "text", &text_of)));
            if !lines.is_empty() {
                turned.insert(text(&runbook["id"]), lines);
            }
        }
        turned
    }

    /// Returns how many steps and findings ended as `outcome`.
    pub(crate) fn count(&self, outcome: &str) -> u64 {
        self.result["tally"][outcome].as_u64().expect("every outcome is counted")
    }

    fn findings(&self) -> impl Iterator<Item = &Json> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        runbooks.flat_map(|runbook| {
            let steps = runbook["steps"].as_array().into_iter().flatten();
            let inside = steps.flat_map(|step| step["findings"].as_array().into_iter().flatten());
            inside.chain(runbook["findings"].as_array().into_iter().flatten())
        })
    }
}

fn turned_step(step: &Json, text_of: &impl Fn(&str) -> String) -> Option<Vec<String>> {
    let (outcome, id) = (step["outcome"].as_str()?, step["id"].as_str()?);
    match outcome {
        "passed" | "skipped" => None,
        "failed" if step["warn"] == true => Some(vec![format!("warned {id}")]),
        "drifted" => {
            let findings = step["findings"].as_array().into_iter().flatten();
            Some(findings.filter_map(|it| turned_line(it, id, text_of)).collect())
        }
        other => Some(vec![format!("{other} {id}")]),
    }
}

fn turned_line(finding: &Json, of: &str, text_of: &impl Fn(&str) -> String) -> Option<String> {
    let outcome = finding["outcome"].as_str().filter(|outcome| !["passed", "skipped"].contains(outcome))?;
    let (path, number) = line(&finding["place"]);
    let text = text_of(&path);
    let line = usize::try_from(number).ok().and_then(|number| text.lines().nth(number - 1)).unwrap_or_default();
    Some(format!("{outcome} {of}: {}", line.trim()))
}

fn line(place: &Json) -> Line {
    (text(&place["path"]), place["line"].as_u64().unwrap_or_default())
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
