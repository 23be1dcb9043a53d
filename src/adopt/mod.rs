//! A runbook without roles → the roles its blocks could have, each with the reason, as changes of fence lines.
//!
//! What only reads becomes a check, what writes an action, what is shown under a step its output. What cannot be judged
//! from the text is left alone, with the reason: gaps that somebody fills in, commands that wait for somebody, several
//! ways to one end, programs nobody knows. Nothing is run, and nothing but fence lines is ever changed.

mod command;
mod doubt;
mod output;
mod patch;
mod risk;
mod session;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Level;
use crate::lint;
use crate::model::{Block, Role, Runbook, RunbookId, Source, Span};
use crate::parse::{Fragments, parse};

/// What could be made of a runbook.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// The text as it is.
    pub source: Arc<Source>,
    /// The roles that blocks could have, in the order of the text.
    pub proposals: Vec<Proposal>,
    /// The blocks with commands that are left alone, in the order of the text.
    pub left: Vec<LeftAlone>,
}

/// A role for a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Index of the block.
    pub block: usize,
    /// The role.
    pub role: Role,
    /// Where the info string stands; empty where there is none.
    pub span: Span,
    /// The info string to write in its place.
    pub info: String,
    /// Why.
    pub reason: String,
}

/// A block that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAlone {
    /// Index of the block.
    pub block: usize,
    /// Where the block stands.
    pub span: Span,
    /// Why.
    pub reason: String,
}

/// What is known besides the text.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The shared steps it may use.
    pub fragments: &'a Fragments,
    /// Variables that a target gives a value.
    pub variables: &'a BTreeSet<String>,
    /// The day it is.
    pub today: jiff::civil::Date,
}

/// What is said of one block.
enum Verdict {
    Propose { role: Role, info: String, reason: String },
    Leave(String),
}

/// Returns the roles that the blocks of a runbook could have.
///
/// With these roles the text reads as proposed and has no error that `lint` knows: a proposal that would bring one is
/// taken back, with the error as the reason.
pub fn propose(id: &RunbookId, source: &Arc<Source>, around: Surroundings<'_>) -> Adoption {
    let (runbook, _) = parse(id.clone(), Arc::clone(source), around.fragments);
    let mut adoption = first_look(&runbook);
    while let Some(objections) = objections(id, &adoption, around) {
        adoption.take_back(&objections, &runbook.blocks);
    }
    adoption.left.sort_by_key(|left| left.block);
    adoption
}

fn first_look(runbook: &Runbook) -> Adoption {
    let mut adoption = Adoption { source: Arc::clone(&runbook.source), proposals: Vec::new(), left: Vec::new() };
    for (index, block) in runbook.blocks.iter().enumerate() {
        let verdict = command::judge(runbook, block).or_else(|| {
            let before = index.checked_sub(1).and_then(|before| runbook.blocks.get(before).map(|it| (before, it)))?;
            let is_step = matches!(before.1.role, Some(Role::Check | Role::Action))
                || adoption.proposals.last().is_some_and(|last| last.block == before.0 && last.role != Role::Output);
            is_step.then(|| output::judge(runbook, before.1, block)).flatten()
        });
        match verdict {
            None => {}
            Some(Verdict::Leave(reason)) => adoption.left.push(LeftAlone { block: index, span: block.span, reason }),
            Some(Verdict::Propose { role, info, reason }) => {
                adoption.proposals.push(Proposal { block: index, role, span: block.info, info, reason });
            }
        }
    }
    adoption
}

impl Adoption {
    /// Returns the text with the proposed roles.
    pub fn text(&self) -> String {
        patch::apply(self.source.text(), &self.proposals)
    }

    /// Returns the changes as a unified diff, without context, each with its reason behind the `@@`.
    pub fn diff(&self) -> String {
        patch::diff(&self.source, &self.proposals)
    }

    /// Returns how many blocks would get this role.
    pub fn count(&self, role: Role) -> usize {
        self.proposals.iter().filter(|proposal| proposal.role == role).count()
    }

    fn take_back(&mut self, objections: &[(usize, String)], blocks: &[Block]) {
        for (index, reason) in objections {
            self.proposals.retain(|proposal| proposal.block != *index);
            if let Some(block) = blocks.get(*index) {
                self.left.push(LeftAlone { block: *index, span: block.span, reason: reason.clone() });
            }
        }
    }
}

/// Reads the text as it would be, and returns what speaks against proposals, by block; `None` where nothing does.
fn objections(id: &RunbookId, adoption: &Adoption, around: Surroundings<'_>) -> Option<Vec<(usize, String)>> {
    let source = Arc::new(Source::new(adoption.source.path(), adoption.text()));
    let (runbook, diagnostics) = parse(id.clone(), Arc::clone(&source), around.fragments);
    let found = lint::check(&runbook, diagnostics, around.today);
    let own = found.iter().filter(|diagnostic| diagnostic.source.path() == source.path());
    let grave: Vec<_> = own.filter(|it| it.level == Level::Error || it.rule == "unset-variable").collect();
    let mut objections: Vec<(usize, String)> = Vec::new();
    for proposal in &adoption.proposals {
        let Some(block) = runbook.blocks.get(proposal.block) else { continue };
        let inside =
            |span: Span| block.span.start <= span.start && span.start < block.span.end.max(block.span.start + 1);
        let mut against = grave.iter().filter(|diagnostic| inside(diagnostic.primary.span));
        let against = against.find(|diagnostic| {
            diagnostic.rule != "unset-variable" || !is_set(source.slice(diagnostic.primary.span), around.variables)
        });
        let reads_otherwise = block.role != Some(proposal.role)
            || proposal.role == Role::Output
                && !runbook.steps.iter().any(|step| step.output.as_ref().is_some_and(|it| it.span == block.span));
        if let Some(diagnostic) = against {
            objections.push((proposal.block, diagnostic.title.clone()));
        } else if reads_otherwise {
            objections.push((proposal.block, "the step it would belong to is left alone".to_owned()));
        }
    }
    (!objections.is_empty()).then_some(objections)
}

/// Returns whether a use of a variable, as written, is of one that a target sets.
fn is_set(written: &str, variables: &BTreeSet<String>) -> bool {
    let name = written.trim_start_matches(['$', '{']).trim_end_matches('}');
    variables.contains(name)
}
