//! Label selectors: `app=x,tier in (a, b),!canary`.

use std::collections::BTreeMap;

/// A label selector, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) requirements: Vec<Requirement>,
}

/// One condition of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) key: String,
    pub(super) test: Test,
}

/// What a condition asks of the value of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// `key`.
    Exists,
    /// `!key`.
    Absent,
    /// `key=a`, `key in (a, b)`.
    In(Vec<String>),
    /// `key!=a`, `key notin (a, b)`; holds also where the key is absent.
    NotIn(Vec<String>),
}

impl Selector {
    /// Reads a selector; what is wrong with it is said in one line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let requirements: Result<Vec<_>, _> =
            split(text).into_iter().map(|part| Requirement::parse(part.trim())).collect();
        requirements.map(|requirements| Self { requirements })
    }

    /// Returns whether labels satisfy all conditions.
    pub(super) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// Returns whether it asks for nothing that must be there, so that an empty answer says nothing about it.
    pub(super) fn only_excludes(&self) -> bool {
        self.requirements.iter().all(|requirement| matches!(requirement.test, Test::Absent | Test::NotIn(_)))
    }
}

impl Requirement {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no label requirement");
        let (key, condition) = if let Some(key) = text.strip_prefix('!') {
            (key.trim(), Test::Absent)
        } else if let Some((key, value)) = text.split_once("!=") {
            (key.trim(), Test::NotIn(vec![value.trim().to_owned()]))
        } else if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            (key.trim(), Test::In(vec![value.trim().to_owned()]))
        } else if let Some((key, rest)) = text.split_once(char::is_whitespace) {
            (key, set(rest.trim()).ok_or_else(wrong)?)
        } else {
            (text, Test::Exists)
        };
        let value_is_plain = match &condition {
            Test::In(values) | Test::NotIn(values) => values.iter().all(|value| value.is_empty() || is_label(value)),
            Test::Exists | Test::Absent => true,
        };
        let key_is_plain = key.rsplit('/').next().is_some_and(is_label);
        if key_is_plain && value_is_plain { Ok(Self { key: key.to_owned(), test: condition }) } else { Err(wrong()) }
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::In(values) => value.is_some_and(|value| values.contains(value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
        }
    }
}

fn set(text: &str) -> Option<Test> {
    let (negated, rest) = match text.strip_prefix("notin") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("in")?),
    };
    let inner = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
    let values = inner.split(',').map(|value| value.trim().to_owned()).collect();
    Some(if negated { Test::NotIn(values) } else { Test::In(values) })
}

/// Splits at the commas outside parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Selector::parse(selector).expect("a selector").matches(&labels)
    }

    #[test]
    fn equality_and_sets_are_understood() {
        let labels = [("app", "api"), ("app.kubernetes.io/part-of", "shop")];
        assert!(matches("app=api", &labels));
        assert!(matches("app==api,app.kubernetes.io/part-of=shop", &labels));
        assert!(!matches("app=web", &labels));
        assert!(matches("app!=web,tier!=x", &labels));
        assert!(matches("app in (web, api),!canary", &labels));
        assert!(!matches("app notin (web,api)", &labels));
        assert!(matches("app", &labels));
        assert!(!matches("tier", &labels));
    }

    #[test]
    fn what_is_no_selector_is_said() {
        assert!(Selector::parse("app:api").is_err());
        assert!(Selector::parse("app is api").is_err());
        assert!(Selector::parse("").is_err());
    }
}
