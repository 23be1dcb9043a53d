//! What the text before a command has set: variables, the default namespace, the context.

use std::collections::BTreeMap;

use crate::model::Span;
use crate::shell::{Command, Joint, Nesting, Script, SetBy, VariableSet};

use super::argument::{Argument, Unknown};
use super::question::Question;

/// What the blocks before have set. One document has one, handed from block to block in order.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    variables: BTreeMap<String, Variable>,
    /// The namespace that a command made the default one.
    pub(super) namespace: Option<Argument>,
    /// The context that a command switched to.
    pub(super) context: Option<Argument>,
    /// The folder that a command went to.
    folder: Option<Place>,
}

/// Where a text stands after `cd`.
#[derive(Debug, Clone)]
struct Place {
    /// A path from where the document begins; `None` where nobody knows.
    path: Option<String>,
    /// What the `cd` stands in: `(cd x; …)` ends with the parenthesis.
    nesting: Vec<Nesting>,
}

/// A variable that the text has set, and where that holds.
#[derive(Debug, Clone)]
struct Variable {
    /// `None` where the value is only known at run time.
    value: Option<String>,
    /// What the cluster would have to be asked to know the value.
    question: Option<Question>,
    /// What the assignment stands in: behind the end of a branch or loop nobody knows whether it was made.
    nesting: Vec<Nesting>,
    /// Whether it stands behind `&&` or `||`.
    conditional: bool,
}

impl Scope {
    /// Says that a variable has a value from here on; `None` where the value is only known at run time.
    pub fn set(&mut self, name: impl Into<String>, value: Option<String>) {
        self.variables.insert(name.into(), Variable { value, question: None, nesting: Vec::new(), conditional: false });
    }

    /// Says that a variable has the value that the cluster would give as an answer.
    pub fn set_asked(&mut self, name: impl Into<String>, question: Question) {
        let variable = Variable { value: None, question: Some(question), nesting: Vec::new(), conditional: false };
        self.variables.insert(name.into(), variable);
    }

    /// Returns what the cluster would have to be asked to know the value of a variable.
    pub(super) fn question(&self, name: &str, reader: &Command) -> Option<&Question> {
        self.variables.get(name).filter(|variable| variable.holds_for(reader))?.question.as_ref()
    }

    /// Returns the value of a variable for a command; what the text does not set is asked of `lookup`.
    pub(super) fn value(
        &self,
        name: &str,
        reader: &Command,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Option<String> {
        match self.variables.get(name) {
            Some(variable) => variable.value.clone().filter(|_| variable.holds_for(reader)),
            None => lookup(name),
        }
    }

    /// Follows `cd`.
    pub(super) fn enter(&mut self, command: &Command, target: Option<&Argument>) {
        let here = self.folder(command).ok().flatten();
        let target = target.and_then(|target| target.known().ok()).filter(|path| !path.starts_with(['/', '-', '~']));
        let known = target.filter(|_| self.folder(command).is_ok());
        let path = known.map(|path| here.map_or_else(|| path.to_owned(), |here| format!("{here}/{path}")));
        self.folder = Some(Place { path, nesting: command.nesting.clone() });
    }

    /// Returns the folder that a command stands in, where the text has gone to one; an error where nobody knows it.
    pub(super) fn folder(&self, command: &Command) -> Result<Option<String>, Unknown> {
        match self.folder.as_ref().filter(|place| command.nesting.starts_with(&place.nesting)) {
            None => Ok(None),
            Some(Place { path: Some(path), .. }) => Ok(Some(path.clone())),
            Some(Place { path: None, .. }) => Err(Unknown::Elsewhere("in another folder".to_owned())),
        }
    }

    /// Returns whether the text points kubectl at another kubeconfig.
    pub(super) fn elsewhere(&self, command: &Command) -> Option<Unknown> {
        let set = self.variables.contains_key("KUBECONFIG")
            || command.assignments.iter().any(|assignment| assignment.name == "KUBECONFIG");
        set.then(|| Unknown::Elsewhere("with another kubeconfig".to_owned()))
    }

    pub(super) fn apply(
        &mut self,
        script: &Script,
        set: &VariableSet,
        question: Option<Question>,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) {
        if set.by == SetBy::Declaration {
            return;
        }
        let owner = innermost(script, set.span);
        let reader = owner.cloned().unwrap_or_default();
        if set.by == SetBy::Expansion && self.value(&set.name, &reader, lookup).is_some_and(|value| !value.is_empty()) {
            return;
        }
        let value = set.value.as_ref().and_then(|word| word.known(&|name| self.value(name, &reader, lookup)));
        let nesting = if set.by == SetBy::Loop { Vec::new() } else { reader.nesting };
        let conditional = matches!(reader.joint, Joint::And | Joint::Or);
        self.variables.insert(set.name.clone(), Variable { value, question, nesting, conditional });
    }

    /// Forgets what does not outlive a block: values that may or may not have been set, and those of subshells.
    pub(super) fn leave(&mut self, script: &Script) {
        for variable in self.variables.values_mut() {
            let unsure = variable.nesting.iter().any(|nesting| !matches!(nesting, Nesting::Group));
            if unsure || std::mem::take(&mut variable.conditional) {
                variable.value = None;
                variable.question = None;
            }
            variable.nesting.clear();
        }
        self.folder = self.folder.take().filter(|place| place.nesting.is_empty());
        for set in script.sets.iter().filter(|set| set.by == SetBy::Loop || set.confined) {
            self.set(set.name.clone(), None);
        }
    }
}

impl Variable {
    fn holds_for(&self, reader: &Command) -> bool {
        reader.nesting.starts_with(&self.nesting)
            && (!self.conditional || matches!(reader.joint, Joint::And | Joint::Or) || !reader.nesting.is_empty())
    }
}

fn innermost(script: &Script, span: Span) -> Option<&Command> {
    let holders = script.commands.iter().filter(|command| command.span.contains(span));
    holders.min_by_key(|command| command.span.end - command.span.start)
}
