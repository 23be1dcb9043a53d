//! What is wrong, one by one: the common shape of what `verify` and `lint` find, for formats that list problems.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Finding, Outcome, Place, RunResult, fingerprint};

/// How loud a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Good to know.
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

/// One problem, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The stable name of the rule.
    pub rule: String,
    /// How loud.
    pub loudness: Loudness,
    /// `failed`, `drifted` or `errored`; `None` for what `lint` finds.
    pub outcome: Option<Outcome>,
    /// Where.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// What else is known, by name: `target` (of a run on several), `command`, `expected`, `actual`, `hint`.
    pub details: Vec<(&'static str, String)>,
}

impl Notice {
    /// Returns the message and everything that is known, a line for each short detail.
    pub fn in_full(&self) -> String {
        let mut text = self.message.clone();
        for (name, detail) in &self.details {
            let detail = detail.trim_end();
            let gap = if detail.contains('\n') { "\n" } else { " " };
            text.push_str(&format!("\n{name}:{gap}{detail}"));
        }
        text
    }

    /// Returns what became of it in a word; nothing for what `lint` finds.
    pub(super) fn word(&self) -> Option<&'static str> {
        self.outcome.map(|outcome| if outcome == Outcome::Skipped { "warned" } else { outcome.as_str() })
    }

    /// Returns what is known under a name.
    pub(super) fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str())
    }

    /// Returns a name for this problem that survives edits elsewhere in the file: of its rule, its file, its message, and
    /// the target, since what is wrong on two of them is mended on each.
    pub fn fingerprint(&self) -> String {
        let path = slashes(&self.place.path);
        let parts = [Some(self.rule.as_str()), Some(&path), Some(&self.message), self.detail("target")];
        let parts: Vec<_> = parts.into_iter().flatten().map(|part| part.replace('\0', "")).collect();
        let mut whole = fingerprint(parts.join("\0").as_bytes());
        whole.truncate(32);
        whole
    }
}

/// Returns what is wrong in a run: the findings of its steps, the reasons of those without any, and what is outside them.
pub fn of_run(result: &RunResult) -> Vec<Notice> {
    let mut notices = Vec::new();
    for runbook in &result.runbooks {
        let before = notices.len();
        for step in runbook.steps.iter().filter(|step| !matches!(step.outcome, Outcome::Passed | Outcome::Skipped)) {
            let quiet = step.warn && step.outcome == Outcome::Failed;
            notices.extend(step.findings.iter().filter_map(|finding| of_finding(finding, quiet)));
            if step.findings.is_empty() {
                notices.push(Notice {
                    rule: step.outcome.as_str().to_owned(),
                    loudness: if quiet { Loudness::Warning } else { Loudness::Error },
                    outcome: Some(step.outcome),
                    place: step.place.clone(),
                    message: step.reason.clone().unwrap_or_else(|| format!("`{}` {}", step.id, step.outcome.as_str())),
                    details: Vec::new(),
                });
            }
        }
        notices.extend(runbook.findings.iter().filter_map(|finding| of_finding(finding, false)));
        if let Some(target) = &runbook.target {
            notices.iter_mut().skip(before).for_each(|notice| notice.details.insert(0, ("target", target.clone())));
        }
    }
    notices
}

/// A reference that stays unknown claims nothing, so it is no problem.
fn of_finding(finding: &Finding, quiet: bool) -> Option<Notice> {
    if matches!(finding.outcome, Outcome::Skipped | Outcome::Passed) && !finding.warn {
        return None;
    }
    let parts = [
        ("command", finding.command.as_deref()),
        ("expected", finding.expected_besides()),
        ("actual", finding.actual.as_deref()),
        ("hint", finding.help.as_deref()),
    ];
    Some(Notice {
        rule: finding.rule.clone(),
        loudness: if quiet || finding.warn { Loudness::Warning } else { Loudness::Error },
        outcome: Some(finding.outcome),
        place: finding.place.clone(),
        message: finding.message.clone(),
        details: parts.into_iter().filter_map(|(name, text)| Some((name, text?.to_owned()))).collect(),
    })
}

/// Returns what `lint` found.
pub fn of_diagnostics<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Notice> {
    diagnostics.into_iter().map(of_diagnostic).collect()
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Notice {
    let label = Some(&diagnostic.primary.text).filter(|text| !text.is_empty());
    let parts = [("here", label), ("hint", diagnostic.help.as_ref())];
    Notice {
        rule: diagnostic.rule.to_owned(),
        loudness: match diagnostic.level {
            Level::Hint => Loudness::Note,
            Level::Warning => Loudness::Warning,
            Level::Error => Loudness::Error,
        },
        outcome: None,
        place: Place::of(&diagnostic.source, diagnostic.primary.span),
        message: diagnostic.title.clone(),
        details: parts.into_iter().filter_map(|(name, text)| Some((name, text?.clone()))).collect(),
    }
}

/// Returns a path as other systems write it: with `/`.
pub(super) fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/").replacen("//", "/", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_finding_of_a_step_is_a_problem_and_a_passed_step_is_none() {
        let notices = of_run(&example::result(Outcome::Drifted));
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].outcome, Some(Outcome::Drifted));
        assert!(of_run(&example::result(Outcome::Passed)).is_empty());
    }

    #[test]
    fn a_check_that_warns_is_a_warning() {
        let mut result = example::result(Outcome::Failed);
        result.runbooks[0].steps[0].warn = true;
        assert_eq!(of_run(&result)[0].loudness, Loudness::Warning);
    }

    #[test]
    fn a_step_that_could_not_look_and_says_only_why_is_a_problem_too() {
        let mut result = example::result(Outcome::Errored);
        result.runbooks[0].steps[0].findings.clear();
        result.runbooks[0].steps[0].reason = Some("no cluster".to_owned());
        assert_eq!(of_run(&result)[0].message, "no cluster");
    }

    #[test]
    fn the_fingerprint_does_not_depend_on_the_line() {
        let mut notice = of_run(&example::result(Outcome::Failed)).remove(0);
        let before = notice.fingerprint();
        notice.place.start.line += 7;
        assert_eq!(notice.fingerprint(), before);
        notice.message.push('x');
        assert_ne!(notice.fingerprint(), before);
    }
}
