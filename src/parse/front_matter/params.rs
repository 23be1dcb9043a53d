//! The values a runbook takes: `params`.

use std::collections::BTreeMap;

use regex::Regex;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{Located, Param, ParamType, Span, is_secret_name};

use super::super::findings::{Findings, one_of};
use super::super::values;
use super::data::{Data, Node};
use super::unknown_key;

/// The keys of a param.
pub const KEYS: [&str; 9] = ["name", "type", "default", "pattern", "choices", "required", "secret", "env", "help"];
const TYPES: [&str; 6] = ["string", "int", "bool", "duration", "url", "enum"];

/// Reads `params`: a list of tables or names, or a table of name → table, default or nothing.
pub(super) fn read(node: &Node, findings: &mut Findings) -> Vec<Param> {
    let params: Vec<Param> = match &node.data {
        Data::List(nodes) => nodes.iter().filter_map(|node| listed(node, findings)).collect(),
        Data::Map(entries) => entries.iter().filter_map(|(name, node)| named(name, node, findings)).collect(),
        Data::Null => Vec::new(),
        Data::Bool(..) | Data::Scalar(_) => {
            node.wrong_type("params", "a list or a table", findings);
            Vec::new()
        }
    };
    without_repeats(params, findings)
}

/// Returns whether `text` can name a variable of a shell.
pub(in crate::parse) fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn listed(node: &Node, findings: &mut Findings) -> Option<Param> {
    let Data::Map(entries) = &node.data else {
        let Some(name) = node.scalar() else {
            node.wrong_type("params", "a list of names and tables", findings);
            return None;
        };
        return named(&Located::new(name, node.span), &Node { data: Data::Null, span: node.span }, findings);
    };
    let Some((_, name)) = entries.iter().find(|(key, _)| key.value == "name") else {
        let title = "a param has no `name`";
        findings.add(findings.error("missing-name", node.span, title).help("add `name: NAME`"));
        return None;
    };
    let text = name.text("name", findings)?;
    table(&Located::new(text, name.span), entries, findings)
}

fn named(name: &Located<String>, node: &Node, findings: &mut Findings) -> Option<Param> {
    match &node.data {
        Data::Map(entries) => table(name, entries, findings),
        Data::List(_) => {
            node.wrong_type(&name.value, "a default or a table", findings);
            None
        }
        Data::Null | Data::Bool(..) | Data::Scalar(_) => {
            let default = node.scalar();
            let required = default.is_none();
            let default_at = default.is_some().then_some(node.span);
            let param = Param { default, required, default_at, ..empty(name) };
            valid_name(name, findings).then(|| {
                check_secret(&param, true, None, findings);
                param
            })
        }
    }
}

fn empty(name: &Located<String>) -> Param {
    Param {
        name: name.value.clone(),
        kind: ParamType::String,
        default: None,
        pattern: None,
        required: false,
        secret: is_secret_name(&name.value),
        env: None,
        help: None,
        span: name.span,
        default_at: None,
    }
}

fn valid_name(name: &Located<String>, findings: &mut Findings) -> bool {
    if is_name(&name.value) {
        return true;
    }
    let title = format!("`{}` cannot be the name of a variable", name.value);
    findings.add(findings.error("bad-name", name.span, title).help("use letters, digits and `_`, a letter first"));
    false
}

fn table(name: &Located<String>, entries: &[(Located<String>, Node)], findings: &mut Findings) -> Option<Param> {
    if !valid_name(name, findings) {
        return None;
    }
    let mut param = empty(name);
    let mut kind = None;
    let mut choices = Vec::new();
    let mut choices_at = None;
    let mut required = None;
    let mut secret = None;
    let mut flag = None;
    for (key, node) in entries {
        match key.value.as_str() {
            "name" => {}
            "type" => kind = node.text("type", findings).map(|text| Located::new(text, node.span)),
            "default" => {
                param.default = node.text("default", findings);
                flag = node.truth();
                param.default_at = Some(node.span);
            }
            "pattern" => param.pattern = pattern(node, findings),
            "choices" => {
                choices = node.list("choices", findings).into_iter().map(|choice| choice.value).collect();
                choices_at = Some(node.span);
            }
            "required" => required = node.flag("required", findings),
            "secret" => secret = node.flag("secret", findings),
            "env" => param.env = node.text("env", findings),
            "help" => param.help = node.text("help", findings),
            unknown => unknown_key(unknown, key.span, "a param", &KEYS, findings),
        }
    }
    param.required = required.unwrap_or(param.default.is_none());
    param.kind = param_type(kind, choices, name, findings);
    // `default: yes` of a bool is `true`; of a text it is `yes`.
    if let (ParamType::Bool, Some(flag)) = (&param.kind, flag) {
        param.default = Some(flag.to_string());
    }
    param.secret = secret.unwrap_or(param.secret);
    check_secret(&param, secret.is_none(), choices_at, findings);
    check_default(&param, param.default_at.unwrap_or(name.span), findings);
    Some(param)
}

fn pattern(node: &Node, findings: &mut Findings) -> Option<String> {
    let text = node.text("pattern", findings)?;
    if Regex::new(&text).is_err() {
        let title = format!("`{text}` is not a regular expression");
        findings.add(findings.error("bad-value", node.span, title));
        return None;
    }
    Some(text)
}

fn param_type(
    kind: Option<Located<String>>,
    choices: Vec<String>,
    name: &Located<String>,
    findings: &mut Findings,
) -> ParamType {
    let (word, span) = kind.map_or((None, name.span), |kind| (Some(kind.value), kind.span));
    match word.as_deref() {
        None | Some("enum") if !choices.is_empty() => ParamType::Enum(choices),
        Some("enum") => {
            let title = format!("`{}` is an enum without `choices`", name.value);
            findings.add(findings.error("missing-choices", span, title).help("add `choices: [a, b]`"));
            ParamType::String
        }
        None | Some("string") => ParamType::String,
        Some("int") => ParamType::Int,
        Some("bool") => ParamType::Bool,
        Some("duration") => ParamType::Duration,
        Some("url") => ParamType::Url,
        Some(unknown) => {
            unknown_type(unknown, span, findings);
            ParamType::String
        }
    }
}

fn unknown_type(word: &str, span: Span, findings: &mut Findings) {
    let title = format!("unknown type `{word}`");
    let diagnostic = findings.error("unknown-type", span, title).label(format!("expected {}", one_of(TYPES)));
    let help = did_you_mean(word, TYPES).map(|meant| format!("did you mean `{meant}`?"));
    findings.add(Diagnostic { help, ..diagnostic });
}

/// A default that refers to other params is only known when their values are.
fn check_default(param: &Param, span: Span, findings: &mut Findings) {
    let Some(default) = known_default(param) else { return };
    if let Some(expected) = values::mismatch(param, default) {
        let title = match (&param.kind, param.secret) {
            (ParamType::Enum(_), true) => format!("the default of `{}` is none of its choices", param.name),
            (_, true) => format!("the default of `{}` is not {expected}", param.name),
            (_, false) => format!("the default of `{}` is not {expected}: `{default}`", param.name),
        };
        findings.add(findings.error("bad-default", span, title));
    }
}

fn known_default(param: &Param) -> Option<&str> {
    param.default.as_deref().filter(|default| !default.contains("${"))
}

/// Keeps the default of a secret out of every excerpt of the text, and says that it should not be there.
fn check_secret(param: &Param, by_name: bool, choices_at: Option<Span>, findings: &mut Findings) {
    if !param.secret || param.default.is_none() {
        return;
    }
    let at = param.default_at.unwrap_or(param.span);
    [Some(at), choices_at].into_iter().flatten().for_each(|place| findings.source.hide(place));
    if known_default(param).is_some_and(|default| !default.is_empty()) {
        let title = format!("the default of `{}`, a secret, stands in the text", param.name);
        let mut help = format!("whoever can read the file has it; take it from the environment: `env: {}`", param.name);
        if by_name {
            help.push_str("; if it is no secret, say `secret: false`");
        }
        findings.add(findings.warning("secret-default", at, title).help(help));
    }
}

fn without_repeats(params: Vec<Param>, findings: &mut Findings) -> Vec<Param> {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut kept = Vec::with_capacity(params.len());
    for param in params {
        if let Some(first) = seen.get(&param.name) {
            let title = format!("`{}` is declared twice", param.name);
            findings.add(findings.error("repeated-param", param.span, title).related(*first, "declared here first"));
            continue;
        }
        seen.insert(param.name.clone(), param.span);
        kept.push(param);
    }
    kept
}
