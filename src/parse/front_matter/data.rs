//! YAML and TOML as one sort of tree that remembers where everything stands.

use crate::model::{Located, Span};

use super::super::findings::Findings;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::parse) struct Node {
    pub(in crate::parse) data: Data,
    pub(in crate::parse) span: Span,
}

/// A value. Scalars keep the text as it was written, so that `1.20` stays `1.20`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::parse) enum Data {
    Null,
    /// What YAML 1.1 takes for true or false, and how it was written: `N`, `on` and `yes` are names, too.
    Bool(bool, String),
    /// A number, a date, a string: the text.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Located<String>, Node)>),
}

/// Why a text is not YAML or TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::parse) struct Unreadable {
    pub(in crate::parse) message: String,
    /// Where, in the Markdown file.
    pub(in crate::parse) span: Span,
    pub(in crate::parse) help: Option<String>,
}

impl Node {
    /// Returns what sort of value this is, for messages.
    pub(in crate::parse) const fn sort(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Bool(..) => "true or false",
            Data::Scalar(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a table",
        }
    }

    /// Returns the text of a scalar; `None` of anything else.
    pub(in crate::parse) fn scalar(&self) -> Option<String> {
        match &self.data {
            Data::Bool(_, text) | Data::Scalar(text) => Some(text.clone()),
            Data::Null | Data::List(_) | Data::Map(_) => None,
        }
    }

    /// Returns what is true or false, whichever way it was written.
    pub(super) const fn truth(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value, _) => Some(value),
            _ => None,
        }
    }

    /// Returns the text of a scalar, and reports anything else but nothing.
    pub(super) fn text(&self, name: &str, findings: &mut Findings) -> Option<String> {
        let text = self.scalar();
        if text.is_none() && self.data != Data::Null {
            self.wrong_type(name, "text", findings);
        }
        text
    }

    /// Returns a flag, and reports anything else but nothing.
    pub(super) fn flag(&self, name: &str, findings: &mut Findings) -> Option<bool> {
        match &self.data {
            Data::Bool(value, _) => Some(*value),
            Data::Null => None,
            _ => {
                self.wrong_type(name, "`true` or `false`", findings);
                None
            }
        }
    }

    /// Returns the scalars of a list; one scalar alone is a list of one.
    pub(super) fn list(&self, name: &str, findings: &mut Findings) -> Vec<Located<String>> {
        match &self.data {
            Data::List(nodes) => nodes
                .iter()
                .filter_map(|node| node.text(name, findings).map(|text| Located::new(text, node.span)))
                .collect(),
            Data::Map(_) => {
                self.wrong_type(name, "a list", findings);
                Vec::new()
            }
            Data::Null | Data::Bool(..) | Data::Scalar(_) => {
                self.scalar().into_iter().map(|text| Located::new(text, self.span)).collect()
            }
        }
    }

    /// Reports that something else is expected here.
    pub(super) fn wrong_type(&self, name: &str, expected: &str, findings: &mut Findings) {
        let title = format!("`{name}` is {expected}, not {}", self.sort());
        findings.add(findings.error("wrong-type", self.span, title).label(format!("expected {expected}")));
    }
}
