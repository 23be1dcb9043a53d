//! Severity as most runbooks write it: `**Severity:** P1` somewhere in the text.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::Severity;

static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern =
        r"(?i)^\W*severity\W*[:|]\W*(P[0-5]|SEV[- ]?[0-5]|S[0-5]|critical|high|medium|low|major|minor|warning)\b";
    Regex::new(pattern).ok()
});

/// Collects the lines of a text and remembers what they say about severity.
#[derive(Default)]
pub(super) struct Reader {
    line: String,
    found: Vec<String>,
}

impl Reader {
    /// Adds text to the current line.
    pub(super) fn push(&mut self, text: &str) {
        if self.line.len() < 80 {
            self.line.push_str(text);
        }
    }

    /// Ends a cell of a table: `| Severity | P1 |` counts too.
    pub(super) fn end_of_cell(&mut self) {
        self.push("|");
    }

    /// Ends the current line.
    pub(super) fn end_of_line(&mut self) {
        if self.line.len() > 8
            && let Some(found) =
                STATEMENT.as_ref().and_then(|regex| regex.captures(&self.line)).and_then(|all| all.get(1))
        {
            self.found.push(found.as_str().to_owned());
        }
        self.line.clear();
    }

    /// Returns the severity, where every statement says the same: a page of many alerts has none of its own.
    pub(super) fn finish(mut self) -> Option<Severity> {
        self.end_of_line();
        let first = self.found.first()?.clone();
        self.found.iter().all(|other| *other == first).then_some(Severity(first))
    }
}

#[cfg(test)]
mod tests {
    use super::super::document;

    fn severity_of(text: &str) -> Option<String> {
        document::read(text).severity.map(|severity| severity.0)
    }

    #[test]
    fn a_statement_in_the_body_is_found() {
        for text in ["**Severity:** P1", "**Severity**: P1\nmore", "- Severity: P1", "|a|b|\n|-|-|\n|Severity|P1|"] {
            assert_eq!(severity_of(text).as_deref(), Some("P1"), "{text}");
        }
    }

    #[test]
    fn prose_about_severity_is_no_statement() {
        assert_eq!(severity_of("The severity: it depends."), None);
        assert_eq!(severity_of("Severity: P1\n\nSeverity: P2"), None);
    }
}
