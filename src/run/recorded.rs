//! What a step's looks at the world brought, as a recording keeps it, and what an answer depends on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::http_client::Unanswered;
use super::redact::REDACTED;
use super::session::{BlockEnd, Failure};
use crate::model::{Outcome, Runbook, Step, StepLanguage, Values, fingerprint};
use crate::shell;
use crate::sys::process::{Captured, Ended, Ending};

/// Commands that change the shell for the blocks to come, whatever they are given.
const LASTING: [&str; 10] = ["cd", "pushd", "popd", "source", ".", "eval", "set", "shopt", "alias", "trap"];

/// How many letters of a hash are enough to tell one block from all others.
const HASH: usize = 32;

/// Returns the hash of all that a check's answer depends on: its code, the blocks before it that set what it reads, and
/// the values that these name. Of a secret it is the name that counts: its value is in no recording.
pub(super) fn hash(runbook: &Runbook, step: &Step, values: &Values) -> String {
    let mut texts = vec![step.code.text()];
    let own = runbook.steps.iter().position(|other| other.id == step.id).unwrap_or_default();
    if is_shell(step) {
        let before = runbook.steps.get(..own).unwrap_or_default().iter().rev();
        for earlier in before.filter(|earlier| is_shell(earlier) && earlier.as_check().is_some()) {
            if hands_on(earlier.code.text(), &texts) {
                texts.push(earlier.code.text());
            }
        }
    }
    let mut parts = vec![language(step.language).to_owned(), step.shell.clone().unwrap_or_default()];
    parts.push(step.dir.clone().unwrap_or_default());
    parts.extend(texts.iter().map(|text| text.trim_end().to_owned()));
    for (name, value) in values.iter().filter(|(name, _)| texts.iter().any(|text| mentions(text, name))) {
        let hidden = value.secret || value.text.contains(REDACTED);
        parts.push(format!("{name}={}", if hidden { REDACTED } else { &value.text }));
    }
    let mut hash = fingerprint(parts.join("\0").as_bytes());
    hash.truncate(HASH);
    hash
}

/// Returns whether a block leaves something behind that the others read.
fn hands_on(code: &str, to: &[&str]) -> bool {
    let script = shell::parse(code);
    let named = script.sets.iter().map(|set| set.name.as_str()).chain(script.functions.iter().map(String::as_str));
    let lasting = |command: &shell::Command| command.name().is_some_and(|name| LASTING.contains(&name.as_str()));
    named.into_iter().any(|name| to.iter().any(|text| mentions(text, name))) || script.commands.iter().any(lasting)
}

/// Returns whether a text holds a name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let inside = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    !name.is_empty()
        && text
            .match_indices(name)
            .any(|(at, _)| !inside(text[..at].chars().next_back()) && !inside(text[at + name.len()..].chars().next()))
}

const fn is_shell(step: &Step) -> bool {
    matches!(step.language, StepLanguage::Shell(_) | StepLanguage::Console)
}

const fn language(language: StepLanguage) -> &'static str {
    match language {
        StepLanguage::Shell(crate::model::Shell::Bash) => "bash",
        StepLanguage::Shell(crate::model::Shell::Sh) => "sh",
        StepLanguage::Console => "console",
        StepLanguage::Http => "http",
        StepLanguage::Promql => "promql",
        StepLanguage::Object(_) => "object",
    }
}

/// How a script ended and what it printed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ScriptEnd {
    ending: End,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    status: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<Failure>,
    #[serde(skip_serializing_if = "Printed::is_nothing", default)]
    stdout: Printed,
    #[serde(skip_serializing_if = "Printed::is_nothing", default)]
    stderr: Printed,
    duration_ms: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum End {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Printed {
    text: String,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    cut: bool,
}

impl Printed {
    fn of(captured: &Captured) -> Self {
        Self { text: captured.text(), cut: captured.is_cut() }
    }

    const fn is_nothing(&self) -> bool {
        self.text.is_empty()
    }

    fn told(self) -> Captured {
        Captured::told(self.text, self.cut)
    }
}

impl ScriptEnd {
    /// Returns the end of a script as it is kept; `None` where somebody stopped it, which tells nothing.
    pub(super) fn of(end: &BlockEnd) -> Option<Self> {
        let ending = match end.ended.ending {
            Ending::Exit(status) => End::Exit(status),
            Ending::Signal(signal) => End::Signal(signal),
            Ending::TimedOut => End::TimedOut,
            Ending::Cancelled => return None,
        };
        Some(Self {
            ending,
            status: end.status,
            failure: end.failure.clone(),
            stdout: Printed::of(&end.ended.stdout),
            stderr: Printed::of(&end.ended.stderr),
            duration_ms: u64::try_from(end.ended.duration.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Returns the end as if the script had just been run.
    pub(super) fn again(self) -> BlockEnd {
        let ending = match self.ending {
            End::Exit(status) => Ending::Exit(status),
            End::Signal(signal) => Ending::Signal(signal),
            End::TimedOut => Ending::TimedOut,
        };
        let ended = Ended {
            ending,
            stdout: self.stdout.told(),
            stderr: self.stderr.told(),
            duration: Duration::from_millis(self.duration_ms),
            leftover: None,
        };
        BlockEnd { ended, status: self.status, failure: self.failure }
    }
}

/// What came of an `http` step's request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HttpCame {
    /// An answer.
    Answered(HttpAnswer),
    /// None.
    Unanswered { why: Unanswered, duration_ms: u64 },
    /// A certificate that is not trusted, which the expectation speaks of.
    Untrusted(Json),
    /// Nothing in time.
    TimedOut { limit_ms: u64 },
}

/// An answer to an `http` step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HttpAnswer {
    /// The status.
    pub(super) status: u16,
    /// The headers; the values of one that is repeated are joined.
    pub(super) headers: BTreeMap<String, String>,
    /// The body.
    pub(super) body: String,
    /// Whether something in the middle of the body was left out.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) cut: bool,
    /// What the certificate says, or why there is none.
    pub(super) tls: Result<Json, String>,
    /// How long it took.
    pub(super) duration_ms: u64,
}

impl HttpAnswer {
    /// Returns it without headers that let somebody in.
    pub(super) fn to_be_kept(&self) -> Self {
        let mut kept = self.clone();
        for (name, value) in &mut kept.headers {
            let named = crate::model::is_secret_name(name);
            if named || matches!(name.as_str(), "set-cookie" | "authorization" | "proxy-authorization") {
                REDACTED.clone_into(value);
            }
        }
        kept
    }
}

/// What came of a `promql` step's query.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PromqlCame {
    /// The data of the answer.
    Data { data: Json, duration_ms: u64 },
    /// Why there is none.
    Complaint { outcome: Outcome, rule: String, message: String },
    /// Nothing in time.
    TimedOut { limit_ms: u64 },
}

/// Returns what is kept, as JSON; nothing where it cannot be, which cannot happen with what is kept here.
pub(super) fn json(kept: &impl Serialize) -> Json {
    serde_json::to_value(kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{RunbookId, Source, Value, ValueOrigin};
    use crate::parse::{Fragments, parse};

    fn runbook(text: &str) -> Runbook {
        let source = Arc::new(Source::new("a.md", text.to_owned()));
        parse(RunbookId("a".to_owned()), source, &Fragments::new()).0
    }

    fn hashes(text: &str, values: &[(&str, &str, bool)]) -> Vec<String> {
        let runbook = runbook(text);
        let value = |text: &str, secret| Value { text: text.to_owned(), secret, origin: ValueOrigin::Flag };
        let values = values.iter().map(|(name, text, secret)| ((*name).to_owned(), value(text, *secret))).collect();
        runbook.steps.iter().map(|step| hash(&runbook, step, &values)).collect()
    }

    #[test]
    fn a_block_depends_on_its_code_and_the_values_it_names() {
        let text = "# A\n\n```bash check\necho $A\n```\n";
        let usual = hashes(text, &[("A", "1", false), ("B", "1", false)]);
        assert_eq!(usual, hashes(&text.replace("# A", "# Renamed"), &[("A", "1", false), ("B", "2", false)]));
        assert_ne!(usual, hashes(text, &[("A", "2", false), ("B", "1", false)]));
        assert_ne!(usual, hashes(&text.replace("$A", "$A x"), &[("A", "1", false)]));
        assert_ne!(usual, hashes(&text.replace("bash", "sh"), &[("A", "1", false)]));
    }

    #[test]
    fn of_a_secret_the_name_counts() {
        let text = "```bash check\necho $A\n```\n";
        assert_eq!(hashes(text, &[("A", "hunter2", true)]), hashes(text, &[("A", REDACTED, false)]));
    }

    #[test]
    fn a_block_depends_on_those_before_it_that_set_what_it_reads() {
        let text = "```bash check\nX=1\n```\n\n```bash check\nY=$X; Z=1\n```\n\n```bash check\necho $Y\n```\n\n```bash check\necho none\n```\n";
        let (usual, changed) = (hashes(text, &[]), hashes(&text.replace("X=1", "X=2"), &[]));
        let same: Vec<_> = usual.iter().zip(&changed).map(|(left, right)| left == right).collect();
        assert_eq!(same, [false, false, false, true]);
        let moved = text.replace("X=1", "cd /");
        assert!(usual.iter().zip(&hashes(&moved, &[])).all(|(left, right)| left != right));
    }
}
