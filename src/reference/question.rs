//! What a read-only command of the text would print, as a question that can be asked without running it.
//!
//! `POD=$(kubectl get pod -l app=api -o name | head -1)` asks for the first pod with a label. Only commands that are
//! understood to the end become questions; all others leave what they print unknown.

use serde_json::Value;

use crate::model::Span;

use super::argument::Argument;
use super::kubectl::{self, Invocation, Program, Setting};

/// A question that a command asks of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// The kind, in any form kubectl takes.
    pub(super) kind: String,
    /// The object, where it is named.
    pub(super) name: Option<String>,
    /// The labels it has, where it is not.
    pub(super) selector: Option<String>,
    /// Where; `None` is the default namespace.
    pub(super) namespace: Option<String>,
    /// Which of several objects, counted from 0.
    pub(super) which: Which,
    /// What of the object is printed.
    pub(super) path: Vec<Key>,
    /// Whether `kind/` is printed before the name.
    pub(super) with_kind: bool,
    /// What the text puts behind the answer.
    pub(super) suffix: String,
}

/// Which of several objects is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Which {
    /// The one in this place, from 0.
    At(usize),
    /// The last one.
    Last,
}

/// A step into an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// A field.
    Field(String),
    /// A place in a list.
    At(usize),
}

impl Question {
    /// Reads the question of a pipeline, given as the words of its commands; `namespace` is where kubectl looks by default.
    pub(super) fn read(pipeline: &[Vec<Argument>], namespace: Option<&Argument>) -> Option<Self> {
        let (first, filters) = pipeline.split_first()?;
        let (name, arguments) = first.split_first()?;
        let program = Program::named(name.known().ok()?.rsplit('/').next()?)?;
        let setting = Setting { program, span: Span::default(), open_ended: false, release: None };
        let invocation = kubectl::parse(setting, arguments).invocation;
        let mut question = Self::of(&invocation, namespace)?;
        for filter in filters {
            let words: Option<Vec<&str>> = filter.iter().map(|word| word.known().ok()).collect();
            question.filter(&words?)?;
        }
        Some(question)
    }

    fn of(invocation: &Invocation, namespace: Option<&Argument>) -> Option<Self> {
        let elsewhere =
            ["all-namespaces", "context", "kubeconfig", "server", "field-selector", "filename", "sort-by", "raw"];
        if invocation.path() != "get" || elsewhere.iter().any(|flag| invocation.flag(flag).is_some()) {
            return None;
        }
        let (kind, name) = subject(invocation.own_positionals())?;
        let known = |argument: &Argument| argument.known().ok().map(str::to_owned);
        let namespace = match invocation.value("namespace").or(namespace) {
            Some(written) => Some(known(written)?),
            None => None,
        };
        let selector = match invocation.value("selector") {
            Some(written) => Some(known(written)?),
            None => None,
        };
        let named = vec![Key::Field("metadata".to_owned()), Key::Field("name".to_owned())];
        let mut question = Self {
            kind,
            name,
            selector,
            namespace,
            which: Which::At(0),
            path: named,
            with_kind: false,
            suffix: String::new(),
        };
        let output = invocation.value("output").map_or(Some(String::new()), known)?;
        if output == "name" {
            question.with_kind = true;
        } else if let Some(template) = output.strip_prefix("jsonpath=") {
            question.take(template)?;
        } else if let Some(columns) = output.strip_prefix("custom-columns=") {
            let column = columns.split_once(':')?;
            let bare = column.0.is_empty() || invocation.is_set("no-headers");
            (bare && column.1.trim_start_matches('.') == "metadata.name").then_some(())?;
        } else {
            // The columns of a table: the name is the first, once a filter takes it.
            (output.is_empty() && invocation.is_set("no-headers")).then_some(())?;
            question.path = Vec::new();
        }
        Some(question)
    }

    /// Takes over what a jsonpath picks: one field of one object.
    fn take(&mut self, template: &str) -> Option<()> {
        let inner = template.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        let mut path = path(inner.strip_prefix('$').unwrap_or(inner))?;
        if self.name.is_none() {
            let (items, which) = (path.first()?, path.get(1)?);
            (*items == Key::Field("items".to_owned())).then_some(())?;
            let Key::At(which) = which else { return None };
            self.which = Which::At(*which);
            path.drain(..2);
        }
        self.path = path;
        (!self.path.is_empty()).then_some(())
    }

    /// Takes over what a filter behind the command does: picks a line, or cuts the kind off.
    fn filter(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["head", "-1" | "-n1"] | ["head", "-n", "1"] => self.which = Which::At(0),
            ["tail", "-1" | "-n1"] | ["tail", "-n", "1"] => self.which = Which::Last,
            ["cut", "-d/" | "-d", .., "-f2"] if words.contains(&"/") || words.contains(&"-d/") => self.cut()?,
            ["cut", "-d", "/", "-f", "2"] | ["cut", "-d/", "-f", "2"] => self.cut()?,
            ["awk", "-F/", "{print $2}"] | ["awk", "-F", "/", "{print $2}"] => self.cut()?,
            ["sed", program] if program.starts_with('s') && program.contains('/') && self.with_kind => self.cut()?,
            ["awk", "{print $1}" | "{ print $1 }"] if self.path.is_empty() => {
                self.path = vec![Key::Field("metadata".to_owned()), Key::Field("name".to_owned())];
            }
            ["awk", "{print $1; exit}" | "{print $1;exit}" | "NR==1{print $1}"] if self.path.is_empty() => {
                self.path = vec![Key::Field("metadata".to_owned()), Key::Field("name".to_owned())];
            }
            _ => return None,
        }
        Some(())
    }

    fn cut(&mut self) -> Option<()> {
        std::mem::take(&mut self.with_kind).then_some(())
    }

    /// Returns whether everything it asks for is said.
    pub(super) const fn is_complete(&self) -> bool {
        !self.path.is_empty()
    }

    /// Returns whether all it asks of an object is its name.
    pub(super) fn asks_for_name(&self) -> bool {
        matches!(self.path.as_slice(), [Key::Field(one), Key::Field(two)] if one == "metadata" && two == "name")
    }

    /// Returns what it asks for, taken from an object, where that is a plain value.
    pub(super) fn answer(&self, object: &Value) -> Option<String> {
        let mut value = object;
        for key in &self.path {
            value = match key {
                Key::Field(name) => value.get(name)?,
                Key::At(index) => value.get(index)?,
            };
        }
        match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(is) => Some(is.to_string()),
            _ => None,
        }
    }
}

/// Returns kind and name of `pod`, `pod x`, `pod/x`.
fn subject(positionals: &[Argument]) -> Option<(String, Option<String>)> {
    let known: Option<Vec<&str>> = positionals.iter().map(|word| word.known().ok()).collect();
    let (kind, name) = match known?.as_slice() {
        [one] => match one.split_once('/') {
            Some((kind, name)) => ((*kind).to_owned(), Some(name.to_owned())),
            None => ((*one).to_owned(), None),
        },
        [kind, name] if !name.contains('/') => ((*kind).to_owned(), Some((*name).to_owned())),
        _ => return None,
    };
    (!kind.contains(',')).then_some((kind, name))
}

/// Reads `.items[0].metadata.labels.app\.kubernetes\.io/name`; `None` where there is more in it than fields and places.
fn path(text: &str) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => {
                let mut field = String::new();
                while let Some(next) = letters.next_if(|next| !matches!(next, '.' | '[')) {
                    field.push(if next == '\\' { letters.next()? } else { next });
                }
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
                (!field.is_empty() && field.chars().all(plain)).then_some(())?;
                keys.push(Key::Field(field));
            }
            '[' => {
                let mut inner = String::new();
                while let Some(next) = letters.next_if(|next| *next != ']') {
                    inner.push(next);
                }
                letters.next()?;
                keys.push(match inner.strip_prefix(['\'', '"']) {
                    Some(name) => Key::Field(name.strip_suffix(['\'', '"'])?.to_owned()),
                    None => Key::At(if inner == "*" { 0 } else { inner.parse().ok()? }),
                });
            }
            _ => return None,
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(text: &str) -> Option<Question> {
        let words = |part: &str| -> Vec<Argument> {
            let script = crate::shell::parse(part);
            script.commands[0].words.iter().flat_map(|word| super::super::expand(word, &|_| None)).collect()
        };
        let pipeline: Vec<_> = text.split(" | ").map(words).collect();
        Question::read(&pipeline, None).filter(Question::is_complete)
    }

    #[test]
    fn a_command_that_prints_one_name_is_a_question() {
        for text in [
            "kubectl get pod -l app=api -o name",
            "kubectl get pod -l app=api -o name | head -1",
            "kubectl get pod -l app=api -o name | head -n 1 | cut -d/ -f2",
            "kubectl -n shop get pods -l app=api -o jsonpath='{.items[0].metadata.name}'",
            "kubectl get pods -l app=api --no-headers | awk '{print $1}'",
            "kubectl get pods -l app=api --no-headers -o custom-columns=:metadata.name",
            "kubectl get svc api -o jsonpath='{.spec.selector.version}'",
        ] {
            assert!(question(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_command_that_is_not_understood_is_no_question() {
        for text in [
            "kubectl get pods",
            "kubectl get pods -A -o name",
            "kubectl get pods -l app=$X -o name",
            "kubectl get pods -o name | grep api",
            "kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name}{end}'",
            "kubectl get pods -o jsonpath='{.items[?(@.x==1)].metadata.name}'",
            "kubectl get pods --sort-by=.metadata.name -o name",
            "kubectl delete pods -l app=api -o name",
            "kubectl get pods,svc -o name",
            "date",
        ] {
            assert_eq!(question(text), None, "{text}");
        }
    }

    #[test]
    fn an_answer_is_a_plain_value() {
        let asked = question("kubectl get svc api -o jsonpath='{.spec.ports[0].port}'").expect("a question");
        assert_eq!(asked.answer(&json!({"spec": {"ports": [{"port": 80}]}})).as_deref(), Some("80"));
        assert_eq!(asked.answer(&json!({"spec": {"ports": []}})), None);
        let labelled = question(r"kubectl get svc api -o jsonpath='{.metadata.labels.app\.kubernetes\.io/name}'");
        let object = json!({"metadata": {"labels": {"app.kubernetes.io/name": "api"}}});
        assert_eq!(labelled.expect("a question").answer(&object).as_deref(), Some("api"));
    }
}
