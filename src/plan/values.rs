//! Values for params: where each comes from, and whether it will do.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::diagnostic::did_you_mean;
use crate::model::{
    Param, ParamType, Runbook, Step, Target, Value, ValueOrigin, Values, is_secret_name, length_of_time,
};

/// A secret shorter than this would be masked in half of all words, and is guessed at once anyway.
const SHORTEST_SECRET: usize = 4;

/// What the person and the machine around the run give.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--param NAME=VALUE`.
    pub flags: BTreeMap<String, String>,
    /// `--params-file`.
    pub file: BTreeMap<String, String>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// What a person typed at the prompt.
    pub prompted: BTreeMap<String, String>,
    /// What the run had before it died.
    pub earlier: BTreeMap<String, String>,
}

/// Why a value is missing or will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// A param that needs a value has none.
    #[error("param `{name}` has no value{}", takes.as_ref().map(|name| format!(": its default takes `{name}`, which has none")).unwrap_or_default())]
    Missing {
        /// The param.
        name: String,
        /// What its default takes and what has no value.
        takes: Option<String>,
    },
    /// A value does not fit the param's type or pattern. The value itself is not shown: it may be a secret.
    #[error("the value of param `{name}` (from {origin}) is {why}")]
    Unfit {
        /// The param.
        name: String,
        /// Where the value came from.
        origin: String,
        /// What it should be.
        why: String,
    },
    /// A name given with `--param` that nothing uses.
    #[error("no param `{name}`{}", suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// As given.
        name: String,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
}

/// Returns the values of a run: those of the target, and one for every param that has one; and what is wrong with them.
///
/// Strongest first: flag, params file, prompt, environment, target, default.
pub fn resolve(runbook: &Runbook, target: &Target, given: &Given) -> (Values, Vec<ValueProblem>) {
    let secrets = handed_to_secrets(runbook);
    let mut values = undeclared(runbook, target, given);
    values.iter_mut().for_each(|(name, value)| value.secret |= secrets.contains(name.as_str()));
    let mut problems = unknown_flags(runbook, target, given);
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for param in &runbook.params {
        // Nobody means an empty text where a value is required.
        let found = find(param, target, given, &values).filter(|value| !param.required || !value.text.is_empty());
        if let Some(mut value) = found {
            problems.extend(misfit(param, &value));
            value.secret |= secrets.contains(param.name.as_str());
            values.insert(param.name.clone(), value);
            continue;
        }
        let takes = param.default.as_deref().and_then(|default| unfilled(default, &values).next());
        if takes.is_none() && !param.required {
            continue;
        }
        // One whose default takes a missing one is told of through that one.
        if takes.is_none_or(|takes| !missing.contains(takes)) {
            problems.push(ValueProblem::Missing { name: param.name.clone(), takes: takes.map(str::to_owned) });
        }
        missing.insert(&param.name);
    }
    (values, problems)
}

/// Returns the names whose values are secrets although no param of the runbook says so: a block hands them to a secret param
/// of its fragment.
fn handed_to_secrets(runbook: &Runbook) -> BTreeSet<&str> {
    let bindings = runbook.steps.iter().flat_map(|step| step.bindings.iter().map(move |binding| (step, binding)));
    bindings.filter(|(step, (name, _))| step.is_secret(name)).flat_map(|(_, (_, text))| taken(text)).collect()
}

/// Returns whether a text takes a secret.
fn takes_secret(text: &str, values: &Values) -> bool {
    taken(text).any(|name| values.get(name).is_some_and(|value| value.secret))
}

/// Returns whether a runbook declares a value of that name, or its text uses it.
pub fn is_used(runbook: &Runbook, name: &str) -> bool {
    runbook.params.iter().any(|param| param.name == name) || uses(runbook, name)
}

/// Returns `text` with every `${NAME}` that has a value filled in; others stay as they are.
pub fn expand(text: &str, values: &Values) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, reference) = rest.split_at(start);
        filled.push_str(before);
        let Some(end) = reference.find('}') else {
            rest = reference;
            break;
        };
        filled.push_str(meant(&reference[2..end], values).unwrap_or(&reference[..=end]));
        rest = &reference[end + 1..];
    }
    filled.push_str(rest);
    filled
}

/// Returns what `${NAME}` or `${NAME:-text}` stands for, by what is inside the braces: the value, or the text where that is
/// missing or empty.
pub fn meant<'a>(inside: &'a str, values: &'a Values) -> Option<&'a str> {
    let (name, instead) = split(inside);
    let value = values.get(name).map(|value| value.text.as_str());
    match instead {
        Some(instead) => Some(value.filter(|text| !text.is_empty()).unwrap_or(instead)),
        None => value,
    }
}

fn split(inside: &str) -> (&str, Option<&str>) {
    inside.split_once(":-").map_or((inside, None), |(name, instead)| (name, Some(instead)))
}

fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside)
}

/// Returns the names that a text takes as `${NAME}` or `${NAME:-text}`.
pub fn taken(text: &str) -> impl Iterator<Item = &str> {
    references(text).map(|inside| split(inside).0)
}

/// Returns the names that a text takes as `${NAME}` and that have no value; `${NAME:-text}` needs none.
pub fn unfilled<'t>(text: &'t str, values: &Values) -> impl Iterator<Item = &'t str> {
    references(text).filter(|inside| meant(inside, values).is_none())
}

/// Returns the values a step sees: those of the runbook, and over them what its `use=` block hands to its fragment. What
/// the block takes from a value that is not known is not known either, and what it takes from a secret is one.
pub fn bound(step: &Step, values: &Values) -> Values {
    let mut bound = values.clone();
    for (name, text) in &step.bindings {
        if unfilled(text, values).next().is_some() {
            bound.remove(name);
            continue;
        }
        let secret = step.is_secret(name) || takes_secret(text, values);
        bound.insert(name.clone(), Value { text: expand(text, values), secret, origin: ValueOrigin::Default });
    }
    bound
}

/// Values that no front matter declares, secrets where their names say so: those of the target, those that the run had
/// before it died, and flags for variables the text uses.
fn undeclared(runbook: &Runbook, target: &Target, given: &Given) -> Values {
    let named = |name: &String, text: &str, origin| {
        (name.clone(), Value { text: text.to_owned(), secret: is_secret_name(name), origin })
    };
    let mut values: Values =
        target.params.iter().map(|(name, text)| named(name, text, ValueOrigin::Target(target.name.clone()))).collect();
    let loose = |name: &String| target.params.contains_key(name) || uses(runbook, name);
    let given = [
        (&given.earlier, ValueOrigin::Earlier),
        (&given.prompted, ValueOrigin::Prompt),
        (&given.file, ValueOrigin::File),
        (&given.flags, ValueOrigin::Flag),
    ];
    for (given, origin) in given {
        let taken = given.iter().filter(|(name, _)| loose(name));
        values.extend(taken.map(|(name, text)| named(name, text, origin.clone())));
    }
    values
}

fn unknown_flags(runbook: &Runbook, target: &Target, given: &Given) -> Vec<ValueProblem> {
    let declared = || runbook.params.iter().map(|param| param.name.as_str());
    let unknown = given.flags.keys().filter(|name| !knows(runbook, target, name));
    unknown
        .map(|name| ValueProblem::Unknown {
            name: name.clone(),
            suggestion: did_you_mean(name, declared()).map(str::to_owned),
        })
        .collect()
}

/// Returns whether a runbook has a use for a value of that name on this target.
pub fn knows(runbook: &Runbook, target: &Target, name: &str) -> bool {
    let declared = runbook.params.iter().any(|param| param.name == name);
    declared || target.params.contains_key(name) || uses(runbook, name)
}

/// Returns whether the text uses a variable of that name.
fn uses(runbook: &Runbook, name: &str) -> bool {
    speaks_of(runbook.source.text(), name)
}

/// Returns whether a text uses a variable of that name.
pub fn speaks_of(text: &str, name: &str) -> bool {
    let follows = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let plain = format!("${name}");
    text.contains(&format!("${{{name}")) || text.match_indices(&plain).any(|(at, _)| follows(&text[at + plain.len()..]))
}

fn find(param: &Param, target: &Target, given: &Given, earlier: &Values) -> Option<Value> {
    let name = &param.name;
    let own_variable = format!("RUNBOOKS_PARAM_{name}");
    let from = |text: &String, origin| Some(Value { text: text.clone(), secret: param.secret, origin });
    if let Some(text) = given.flags.get(name) {
        return from(text, ValueOrigin::Flag);
    }
    if let Some(text) = given.file.get(name) {
        return from(text, ValueOrigin::File);
    }
    if let Some(text) = given.prompted.get(name) {
        return from(text, ValueOrigin::Prompt);
    }
    let default = param.default.as_deref().filter(|default| unfilled(default, earlier).next().is_none());
    let by_default = default.map(|default| composed(default, param, earlier));
    if let Some(text) = given.earlier.get(name) {
        let was_composed =
            |default: &str| taken(default).next().is_some() && *text == expand(default, &plain(&given.earlier));
        let follows = param.default.as_deref().is_some_and(was_composed);
        return if follows { by_default } else { from(text, ValueOrigin::Earlier) };
    }
    for variable in [Some(&own_variable), param.env.as_ref()].into_iter().flatten() {
        if let Some(text) = given.environment.get(variable) {
            return from(text, ValueOrigin::Environment(variable.clone()));
        }
    }
    if let Some(text) = target.params.get(name) {
        return from(text, ValueOrigin::Target(target.name.clone()));
    }
    by_default
}

/// Returns the value that a default makes of the values before it.
fn composed(default: &str, param: &Param, earlier: &Values) -> Value {
    let secret = param.secret || takes_secret(default, earlier);
    Value { text: expand(default, earlier), secret, origin: ValueOrigin::Default }
}

fn plain(texts: &BTreeMap<String, String>) -> Values {
    let value = |text: &String| Value { text: text.clone(), secret: false, origin: ValueOrigin::Earlier };
    texts.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

/// Makes the defaults anew that nobody gave another value: those that take what has changed follow it.
pub fn follow(runbook: &Runbook, values: &mut Values) {
    for param in &runbook.params {
        let Some(was) = values.get(&param.name).filter(|value| value.origin == ValueOrigin::Default) else { continue };
        if let Some(default) = &param.default {
            let now = composed(default, param, values);
            let secret = was.secret || now.secret;
            values.insert(param.name.clone(), Value { secret, ..now });
        }
    }
}

/// Returns why a text is no value for a param; the text itself is not in it, since it may be a secret.
pub fn why_unfit(param: &Param, text: &str) -> Option<String> {
    mismatch(param, text)
}

fn misfit(param: &Param, value: &Value) -> Option<ValueProblem> {
    let why = mismatch(param, &value.text)?;
    Some(ValueProblem::Unfit { name: param.name.clone(), origin: value.origin.to_string(), why })
}

fn mismatch(param: &Param, text: &str) -> Option<String> {
    if param.secret && !text.is_empty() && text.chars().count() < SHORTEST_SECRET {
        return Some(format!("shorter than {SHORTEST_SECRET} characters, too short to be kept out of the output"));
    }
    let fits = match &param.kind {
        ParamType::String => true,
        ParamType::Int => text.parse::<i64>().is_ok(),
        ParamType::Bool => matches!(text, "true" | "false"),
        ParamType::Duration => length_of_time(text).is_some(),
        ParamType::Url => is_absolute_url(text),
        ParamType::Enum(choices) => choices.iter().any(|choice| choice == text),
    };
    if !fits {
        return Some(expectation(&param.kind));
    }
    let pattern = param.pattern.as_ref()?;
    let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    (!whole.is_match(text)).then(|| format!("not of the form `{pattern}`"))
}

fn is_absolute_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && !scheme.is_empty()
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    })
}

fn expectation(kind: &ParamType) -> String {
    match kind {
        ParamType::String => "not a text".to_owned(),
        ParamType::Int => "not a whole number".to_owned(),
        ParamType::Bool => "neither `true` nor `false`".to_owned(),
        ParamType::Duration => "not a duration such as `90s` or `2m 30s`".to_owned(),
        ParamType::Url => "not an absolute URL".to_owned(),
        ParamType::Enum(choices) => format!("none of {}", choices.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Metadata, Requires, RunbookId, Source, Span};

    fn param(name: &str, kind: ParamType) -> Param {
        Param {
            name: name.to_owned(),
            kind,
            default: None,
            pattern: None,
            required: true,
            secret: false,
            env: None,
            help: None,
            span: Span::default(),
            default_at: None,
        }
    }

    fn runbook(params: Vec<Param>) -> Runbook {
        Runbook {
            id: RunbookId("a".to_owned()),
            source: Arc::new(Source::new("a.md", "`echo $LOOSE ${OTHER}`")),
            metadata: Metadata::default(),
            params,
            requires: Requires::default(),
            body: 0,
            sections: Vec::new(),
            blocks: Vec::new(),
            steps: Vec::new(),
            items: Vec::new(),
            inline_code: Vec::new(),
            links: Vec::new(),
        }
    }

    fn flags(pairs: &[(&str, &str)]) -> Given {
        let flags = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Given { flags, ..Given::default() }
    }

    #[test]
    fn a_required_param_without_value_is_missing() {
        let (_, problems) =
            resolve(&runbook(vec![param("POD", ParamType::String)]), &Target::default(), &Given::default());
        assert_eq!(problems, [ValueProblem::Missing { name: "POD".to_owned(), takes: None }]);
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_target() {
        let runbook = runbook(vec![param("POD", ParamType::String)]);
        let target = Target { params: [("POD".to_owned(), "target".to_owned())].into(), ..Target::default() };
        let mut given = Given {
            environment: [("RUNBOOKS_PARAM_POD".to_owned(), "environment".to_owned())].into(),
            ..Given::default()
        };
        assert_eq!(resolve(&runbook, &target, &given).0["POD"].text, "environment");
        given.flags.insert("POD".to_owned(), "flag".to_owned());
        assert_eq!(resolve(&runbook, &target, &given).0["POD"].text, "flag");
    }

    #[test]
    fn a_default_may_refer_to_params_before_it() {
        let mut green = param("GREEN", ParamType::String);
        green.default = Some("${APP}-green".to_owned());
        let runbook = runbook(vec![param("APP", ParamType::String), green]);
        let (values, problems) = resolve(&runbook, &Target::default(), &flags(&[("APP", "api")]));
        assert!(problems.is_empty());
        assert_eq!(values["GREEN"].text, "api-green");
    }

    #[test]
    fn a_default_that_takes_what_has_no_value_is_none_and_the_first_of_a_chain_is_told() {
        let mut green = param("GREEN", ParamType::String);
        (green.default, green.required) = (Some("${APP}-green".to_owned()), false);
        let mut url = param("URL", ParamType::String);
        (url.default, url.required) = (Some("https://${GREEN}/".to_owned()), false);
        let mut health = param("HEALTH", ParamType::String);
        (health.default, health.required) = (Some("${URL}health".to_owned()), false);
        let runbook = runbook(vec![green, url, health]);
        let (values, problems) = resolve(&runbook, &Target::default(), &Given::default());
        assert_eq!(values.len(), 0);
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["param `GREEN` has no value: its default takes `APP`, which has none"]);
        assert!(resolve(&runbook, &Target::default(), &flags(&[("GREEN", "api")])).1.is_empty());
    }

    #[test]
    fn a_default_that_takes_a_secret_is_one() {
        let mut token = param("TOKEN", ParamType::String);
        token.secret = true;
        let mut url = param("URL", ParamType::String);
        url.default = Some("https://me:${TOKEN}@shop/".to_owned());
        let mut host = param("HOST", ParamType::String);
        host.default = Some("shop".to_owned());
        let runbook = runbook(vec![token, url, host]);
        let secret = |given: &Given, name: &str| resolve(&runbook, &Target::default(), given).0[name].secret;
        let composed = flags(&[("TOKEN", "hunter2")]);
        assert!(secret(&composed, "TOKEN") && secret(&composed, "URL") && !secret(&composed, "HOST"));
        let given = flags(&[("TOKEN", "hunter2"), ("URL", "https://shop/")]);
        assert!(!secret(&given, "URL"), "it takes nothing");
    }

    #[test]
    fn a_default_that_nobody_gave_another_value_follows_what_it_takes() {
        let mut full = param("FULL", ParamType::String);
        (full.default, full.required) = (Some("${NAME}-x".to_owned()), false);
        let runbook = runbook(vec![param("NAME", ParamType::String), full]);
        let resumed = |full: &str| {
            let earlier = [("NAME", "web"), ("FULL", full)].map(|(name, text)| (name.to_owned(), text.to_owned()));
            let given = Given { earlier: earlier.into(), ..flags(&[("NAME", "api")]) };
            resolve(&runbook, &Target::default(), &given).0
        };
        assert_eq!(resumed("web-x")["FULL"].text, "api-x");
        assert_eq!(resumed("given")["FULL"].text, "given");
        let mut values = resumed("web-x");
        values.get_mut("NAME").unwrap().text = "third".to_owned();
        follow(&runbook, &mut values);
        assert_eq!(values["FULL"].text, "third-x");
    }

    #[test]
    fn an_empty_text_is_no_value_of_a_required_param() {
        let mut optional = param("OPTIONAL", ParamType::String);
        optional.required = false;
        let runbook = runbook(vec![param("VERSION", ParamType::String), optional]);
        let (values, problems) = resolve(&runbook, &Target::default(), &flags(&[("VERSION", ""), ("OPTIONAL", "")]));
        assert_eq!(problems, [ValueProblem::Missing { name: "VERSION".to_owned(), takes: None }]);
        assert_eq!(values["OPTIONAL"].text, "");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_without_being_shown() {
        let runbook = runbook(vec![param("N", ParamType::Int)]);
        let (_, problems) = resolve(&runbook, &Target::default(), &flags(&[("N", "hunter2")]));
        assert_eq!(problems[0].to_string(), "the value of param `N` (from --param) is not a whole number");
    }

    #[test]
    fn a_flag_for_a_variable_of_the_text_is_taken_and_another_refused() {
        let (values, problems) =
            resolve(&runbook(Vec::new()), &Target::default(), &flags(&[("LOOSE", "1"), ("LOOS", "2")]));
        assert_eq!(values["LOOSE"].text, "1");
        assert!(matches!(&problems[..], [ValueProblem::Unknown { name, .. }] if name == "LOOS"));
    }

    #[test]
    fn a_reference_without_value_stays() {
        assert_eq!(expand("a ${B} $C ${", &Values::new()), "a ${B} $C ${");
    }
}
