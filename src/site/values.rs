//! The values that commands on a page show: those of a target, or those a reader types in.
//!
//! What is copied runs as `runbooks exec` would run it. A value of harmless characters stands where its variable stood;
//! any other is set by a line before the command, quoted, so that no value can become part of a command.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::model::{Block, Param, ParamType, Runbook, Step, StepLanguage, Target};
use crate::shell;

/// How many placeholders of a page get a field.
const MOST_PLACEHOLDERS: usize = 12;

/// A value's name, what it is, and what it is where nobody says otherwise.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PageValue {
    /// The variable, or the placeholder with its brackets.
    pub(crate) name: String,
    /// What values are good, in words.
    kind: String,
    help: Option<String>,
    /// As the front matter has it; may refer to values before it.
    default: Option<String>,
    /// The value on the target that is shown first.
    pub(crate) value: Option<String>,
    choices: Vec<String>,
    required: bool,
    secret: bool,
    /// Whether it is a placeholder in a command rather than a variable.
    placeholder: bool,
}

/// A target, as far as a page is concerned.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PageTarget {
    pub(crate) name: String,
    /// Whether the target is one for this runbook.
    meant: bool,
    context: Option<String>,
    values: BTreeMap<String, String>,
}

/// The values of a page.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PageValues {
    pub(crate) values: Vec<PageValue>,
    pub(crate) targets: Vec<PageTarget>,
    /// The target that is shown first.
    pub(crate) shown: Option<String>,
    /// How many values a reader has to fill in on it.
    missing: usize,
}

impl PageValues {
    /// Collects the values that the commands of a runbook use.
    pub(crate) fn new(runbook: &Runbook, targets: &[Target], is_meant: impl Fn(&Target) -> bool) -> Self {
        let text = runbook.source.text();
        let captured = |name: &str| {
            runbook.steps.iter().any(|step| step.capture.as_ref().is_some_and(|capture| capture.value.name == name))
        };
        let declared = |name: &str| runbook.params.iter().any(|param| param.name == name);
        let secret = |name: &str| runbook.params.iter().any(|param| param.name == name && param.secret);
        let used = |name: &&String| !captured(name) && !secret(name) && (declared(name) || mentions(text, name) > 0);
        let page_target = |target: &Target| PageTarget {
            name: target.name.clone(),
            meant: is_meant(target),
            context: target.context.clone(),
            values: target.params.iter().filter(|(name, _)| used(name)).map(pair).collect(),
        };
        let targets: Vec<PageTarget> = targets.iter().map(page_target).collect();
        let shown = targets.iter().find(|target| target.meant);
        let mut values: Vec<PageValue> =
            runbook.params.iter().filter(|param| !captured(&param.name)).map(PageValue::of_param).collect();
        let mut names: Vec<&String> = targets.iter().flat_map(|target| target.values.keys()).collect();
        names.sort_unstable();
        names.dedup();
        values.extend(names.into_iter().filter(|name| !declared(name)).map(|name| PageValue::undeclared(name)));
        let mut known = BTreeMap::new();
        for value in values.iter_mut().filter(|value| !value.secret) {
            let given = shown.and_then(|target| target.values.get(&value.name).cloned());
            value.value = given.or_else(|| expand(value.default.as_ref()?, &known));
            known.extend(value.value.clone().map(|text| (value.name.clone(), text)));
        }
        values.extend(placeholders(runbook).iter().map(|name| PageValue::placeholder(name)));
        let shown = shown.map(|target| target.name.clone());
        let missing = values.iter().filter(|value| value.is_missing()).count();
        Self { values, targets, shown, missing }
    }

    /// Returns the values that are known by name, for commands; secrets are known to nobody.
    pub(crate) fn known(&self) -> BTreeMap<String, Option<String>> {
        let variables = self.values.iter().filter(|value| !value.placeholder);
        variables.map(|value| (value.name.clone(), value.value.clone())).collect()
    }

    /// Returns the values as a step sees them: a shared step has names of its own.
    pub(crate) fn of_step(&self, step: &Step) -> BTreeMap<String, Option<String>> {
        let mut known = self.known();
        let plain: BTreeMap<String, String> =
            self.values.iter().filter_map(|value| Some((value.name.clone(), value.value.clone()?))).collect();
        let bound = step.bindings.iter().map(|(name, text)| {
            let text = expand(text, &plain).filter(|_| !step.is_secret(name));
            (name.clone(), text)
        });
        let bound: Vec<_> = bound.collect();
        known.extend(bound);
        known
    }
}

impl PageValue {
    /// Returns whether a reader has to fill it in; secrets are never asked for on a page.
    fn is_missing(&self) -> bool {
        self.value.is_none() && !self.secret && (self.required || self.placeholder)
    }

    fn of_param(param: &Param) -> Self {
        let (kind, choices) = match &param.kind {
            ParamType::String => ("text".to_owned(), Vec::new()),
            ParamType::Int => ("whole number".to_owned(), Vec::new()),
            ParamType::Bool => ("true or false".to_owned(), vec!["true".to_owned(), "false".to_owned()]),
            ParamType::Duration => ("duration".to_owned(), Vec::new()),
            ParamType::Url => ("URL".to_owned(), Vec::new()),
            ParamType::Enum(_) if param.secret => ("text".to_owned(), Vec::new()),
            ParamType::Enum(choices) => (format!("one of {}", choices.join(", ")), choices.clone()),
        };
        Self {
            name: param.name.clone(),
            kind,
            help: param.help.clone(),
            // A secret's default is nobody's business on a page.
            default: param.default.clone().filter(|_| !param.secret),
            value: None,
            choices,
            required: param.required,
            secret: param.secret,
            placeholder: false,
        }
    }

    fn undeclared(name: &str) -> Self {
        let kind = "set by the target".to_owned();
        Self { kind, ..Self::to_fill_in(name) }
    }

    fn placeholder(name: &str) -> Self {
        Self { placeholder: true, ..Self::to_fill_in(name) }
    }

    fn to_fill_in(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: "to fill in".to_owned(),
            help: None,
            default: None,
            value: None,
            choices: Vec::new(),
            required: false,
            secret: false,
            placeholder: false,
        }
    }
}

fn pair((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// Returns the `<placeholders>` of the commands of a runbook, each once, in the order of the text.
fn placeholders(runbook: &Runbook) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let shell = |block: &&Block| block.language.as_deref().is_some_and(is_shell) && block.code.text().contains('<');
    for block in runbook.blocks.iter().filter(shell) {
        for placeholder in shell::placeholders(block.code.text()) {
            let sound = placeholder.text.starts_with('<') && placeholder.text.ends_with('>');
            if sound && !found.contains(&placeholder.text) {
                found.push(placeholder.text);
            }
        }
    }
    found.truncate(MOST_PLACEHOLDERS);
    found
}

/// Returns whether a language is one of shells or of terminals.
pub(crate) fn is_shell(language: &str) -> bool {
    matches!(
        language,
        "bash" | "sh" | "shell" | "zsh" | "ksh" | "console" | "shell-session" | "sh-session" | "terminal"
    )
}

/// Returns a text with every `${NAME}` filled in; `None` where one has no value.
fn expand(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let end = start + rest[start..].find('}')?;
        filled.push_str(&rest[..start]);
        filled.push_str(known.get(&rest[start + 2..end])?);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Some(filled)
}

/// Returns how often `$NAME` or `${NAME…` stands in a text.
pub(crate) fn mentions(text: &str, name: &str) -> usize {
    let of_a_name = |next: char| next.is_ascii_alphanumeric() || next == '_';
    let is_mention = |at: &usize| {
        let before = text[..*at].trim_end_matches(['#', '!']);
        let dollar = before.strip_suffix('{').unwrap_or(before).ends_with('$');
        dollar && !text[at + name.len()..].starts_with(of_a_name)
    };
    text.match_indices(name).map(|(at, _)| at).filter(is_mention).count()
}

/// How a variable in a text is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// As a shell's.
    Shell,
    /// A request.
    Http,
    /// A query.
    Promql,
    /// YAML or JSON.
    Data,
}

impl Grammar {
    /// Returns how the code of a step is filled in.
    pub(crate) const fn of_step(step: &Step) -> Self {
        match step.language {
            StepLanguage::Shell(_) | StepLanguage::Console => Self::Shell,
            StepLanguage::Http => Self::Http,
            StepLanguage::Promql => Self::Promql,
            StepLanguage::Object(_) => Self::Data,
        }
    }
}

/// The values for one piece of code.
#[derive(Debug)]
pub(crate) struct Filling {
    /// How they are filled in.
    pub(crate) grammar: Grammar,
    known: BTreeMap<String, Option<String>>,
}

impl Filling {
    /// Takes the values that a piece of code does not set itself; `None` where nothing can be filled in.
    pub(crate) fn new(grammar: Grammar, code: &str, known: BTreeMap<String, Option<String>>) -> Option<Self> {
        let used = |name: &String| mentions(code, name) > 0;
        let known: BTreeMap<_, _> = known.into_iter().filter(|(name, _)| used(name)).collect();
        (!known.is_empty()).then_some(Self { grammar, known })
    }

    /// Returns the value of `$NAME` or `${NAME}`: `None` where it is not ours to fill in.
    pub(crate) fn value(&self, written: &str) -> Option<&Option<String>> {
        let name = variable(written)?;
        self.known.get(name)
    }

    /// Returns the names, and the values they have.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.known.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Takes out the names that a shell text sets itself, or that a number could not stand for; returns them. They are set
    /// by a line before it.
    pub(crate) fn set_apart(&mut self, code: &str) -> Vec<String> {
        let bare = |name: &str| {
            let joined = |letter: char| letter.is_ascii_alphanumeric() || "_${#!".contains(letter);
            let follows = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            code.match_indices(name)
                .any(|(at, _)| !code[..at].ends_with(joined) && !code[at + name.len()..].starts_with(follows))
        };
        let redirected = |name: &str| {
            [format!("${name}"), format!("${{{name}}}")]
                .iter()
                .any(|written| code.contains(&format!("{written}>")) || code.contains(&format!("{written}<")))
        };
        let parsed = self.known.keys().any(|name| bare(name)).then(|| shell::parse(code));
        let sets = |name: &str| parsed.as_ref().is_some_and(|script| script.sets.iter().any(|set| set.name == name));
        let apart: Vec<String> =
            self.known.keys().filter(|name| redirected(name) || bare(name) && sets(name)).cloned().collect();
        self.known.retain(|name, _| !apart.contains(name));
        apart
    }
}

/// Returns the name in `$NAME` or `${NAME}`.
pub(crate) fn variable(written: &str) -> Option<&str> {
    let inner = written.strip_prefix('$')?;
    let name = inner.strip_prefix('{').map_or(Some(inner), |inner| inner.strip_suffix('}'))?;
    let sound = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    sound.then_some(name)
}

/// Returns whether a value means the same wherever it stands in a shell text.
pub(crate) fn is_harmless(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:@%+,-".contains(&byte))
}

/// Returns a text as one word of a shell.
pub(crate) fn quoted(value: &str) -> String {
    if is_harmless(value) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

/// Where a variable stands in a text that is no shell's, told by what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The beginning of a URL.
    Base,
    /// Its host.
    Host,
    /// A segment or an argument of a URL.
    Url,
    /// A line, as it is.
    Line,
    /// Between double quotes.
    Double,
    /// Between single quotes of a query.
    Single,
    /// Bare in a query.
    Bare,
    /// A scalar of YAML or JSON.
    Scalar,
}

impl Place {
    /// Returns the place behind `before`.
    pub(crate) fn behind(before: &str, grammar: Grammar) -> Option<Self> {
        let line = before.rsplit('\n').next().unwrap_or_default();
        match grammar {
            Grammar::Shell => None,
            Grammar::Http if before.contains('\n') => Some(Self::Line),
            Grammar::Http => {
                let url = line.split_once(' ').map_or(line, |(_, url)| url);
                Some(match url.split_once("://") {
                    None if url.is_empty() => Self::Base,
                    Some((_, rest)) if !rest.contains(['/', '?', '#']) => Self::Host,
                    _ => Self::Url,
                })
            }
            Grammar::Promql => Some(match open_quote(before, &['"', '\'']) {
                Some('"') => Self::Double,
                Some(_) => Self::Single,
                None => Self::Bare,
            }),
            Grammar::Data => Some(if open_quote(line, &['"']).is_some() { Self::Double } else { Self::Scalar }),
        }
    }

    /// Returns the letter that the page's script knows it by.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Base => 'b',
            Self::Host => 'h',
            Self::Url => 'u',
            Self::Line => 'l',
            Self::Double => 'd',
            Self::Single => 's',
            Self::Bare => 'n',
            Self::Scalar => 'y',
        }
    }

    /// Returns a value as it is written here; `None` where it cannot stand here.
    pub(crate) fn fill(self, value: &str) -> Option<String> {
        let all = |signs: &str| {
            !value.is_empty() && value.chars().all(|letter| letter.is_ascii_alphanumeric() || signs.contains(letter))
        };
        let as_it_is = |good: bool| good.then(|| value.to_owned());
        match self {
            Self::Base => as_it_is(
                (value.starts_with("http://") || value.starts_with("https://"))
                    && !value.contains(|letter: char| letter.is_whitespace() || letter.is_control()),
            ),
            Self::Host => as_it_is(all("-.:[]_")),
            Self::Url => Some(percent(value)),
            Self::Line => as_it_is(!value.contains(['\r', '\n', '\0'])),
            Self::Double => {
                let json = serde_json::Value::from(value).to_string();
                Some(json[1..json.len() - 1].to_owned())
            }
            Self::Single => Some(value.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n")),
            Self::Bare => as_it_is(all("_:.")),
            Self::Scalar => {
                Some(if all("_./-") { value.to_owned() } else { serde_json::Value::from(value).to_string() })
            }
        }
    }
}

fn percent(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn open_quote(text: &str, marks: &[char]) -> Option<char> {
    let mut open = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match open {
            Some(_) if letter == '\\' => _ = letters.next(),
            Some(mark) if letter == mark => open = None,
            None if marks.contains(&letter) => open = Some(letter),
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_mentioned_in_every_form_and_not_as_part_of_another() {
        assert_eq!(mentions("$NS ${NS} ${NS:-x} ${#NS} $NSX NS A_NS ${A_NS}", "NS"), 4);
    }

    #[test]
    fn a_value_stays_one_value_in_its_place() {
        assert_eq!(Place::Url.fill("a/b?c").as_deref(), Some("a%2Fb%3Fc"));
        assert_eq!(Place::Double.fill("a\"b\\").as_deref(), Some("a\\\"b\\\\"));
        assert_eq!(Place::Bare.fill("5m]) or b"), None);
        assert_eq!(Place::Scalar.fill("x: y").as_deref(), Some("\"x: y\""));
        assert_eq!(Place::Line.fill("a\r\nX: 1"), None);
        assert_eq!(Place::Base.fill("file:///etc"), None);
    }

    #[test]
    fn places_are_told_by_what_stands_before_them() {
        let places =
            ["GET ", "GET http://", "GET http://a/", "GET http://a/\nX: "].map(|it| Place::behind(it, Grammar::Http));
        assert_eq!(places, [Place::Base, Place::Host, Place::Url, Place::Line].map(Some));
        assert_eq!(Place::behind("a: \"", Grammar::Data), Some(Place::Double));
        assert_eq!(Place::behind("up{a='", Grammar::Promql), Some(Place::Single));
    }

    #[test]
    fn names_that_a_text_sets_itself_are_left_to_it() {
        let known = || BTreeMap::from([("NS".to_owned(), Some("a".to_owned()))]);
        for (code, apart) in [
            ("NS=x; ls $NS", true),
            ("for NS in a b; do ls $NS; done", true),
            ("ls $NS", false),
            ("echo NS $NS", false),
            ("ls $NS>x", true),
        ] {
            let mut filling = Filling::new(Grammar::Shell, code, known()).unwrap();
            assert_eq!(filling.set_apart(code).is_empty(), !apart, "{code}");
        }
    }
}
