//! Ids of steps, and the places where one step names another.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{Item, Located, Role, Section, Span, Step, StepId, StepKind};

use super::blocks::{Blocks, Draft};
use super::document::Entry;
use super::findings::Findings;
use super::slug::free_name;

/// Returns an id for every draft, in order: the author's, else the section's anchor; repeats are numbered from 2.
pub(super) fn ids(blocks: &Blocks, sections: &[Section], findings: &mut Findings) -> Vec<StepId> {
    let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
    let mut ids: Vec<Option<StepId>> = Vec::with_capacity(blocks.drafts.len());
    for draft in &blocks.drafts {
        let id = draft.id.as_ref().filter(|id| match taken.get(id.value.as_str()) {
            Some(first) => {
                findings.add(duplicate(&id.value, id.span, findings).related(*first, "first here"));
                false
            }
            None => true,
        });
        if let Some(id) = id {
            taken.insert(&id.value, id.span);
        }
        ids.push(id.map(|id| StepId(id.value.clone())));
    }
    let mut names: BTreeMap<String, usize> = taken.keys().map(|&name| (name.to_owned(), 2)).collect();
    let derive = |(draft, id): (&Draft, Option<StepId>)| id.unwrap_or_else(|| derived(draft, sections, &mut names));
    blocks.drafts.iter().zip(ids).map(derive).collect()
}

fn duplicate(id: &str, span: Span, findings: &Findings) -> Diagnostic {
    let title = format!("the id `{id}` is taken");
    findings.error("duplicate-id", span, title).help("ids are unique on a page: choose another")
}

fn derived(draft: &Draft, sections: &[Section], names: &mut BTreeMap<String, usize>) -> StepId {
    let step = draft.step();
    let section = step.section.and_then(|index| sections.get(index)).map(|section| section.anchor.as_str());
    let base = match (&draft.id, section) {
        (Some(id), _) => id.value.as_str(),
        (None, Some(anchor)) => anchor,
        (None, None) => role(step).as_str(),
    };
    StepId(free_name(base.to_owned(), 2, names))
}

const fn role(step: &Step) -> Role {
    match step.kind {
        StepKind::Check(_) => Role::Check,
        StepKind::Action(_) => Role::Action,
    }
}

/// Reports ids that two steps got because a fragment's steps are named after the block that uses it.
pub(super) fn check_unique(steps: &[Step], place: impl Fn(&Step) -> Span, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for step in steps {
        if !seen.insert(&step.id) {
            findings.add(duplicate(step.id.as_str(), place(step), findings));
        }
    }
}

/// Reports names of steps that are not there, are of the wrong sort, or take each other back in a circle.
pub(super) fn check_references(steps: &[Step], findings: &mut Findings) {
    for step in steps {
        let StepKind::Action(action) = &step.kind else { continue };
        let checks = action.requires.iter().map(|id| ("requires", id));
        let checks = checks.chain(action.verify.iter().map(|id| ("verify", id)));
        for (attribute, id) in checks.chain(action.ready.iter().map(|id| ("ready", id))) {
            check_reference(attribute, id, Role::Check, steps, findings);
        }
        if let Some(id) = &action.undo {
            check_reference("undo", id, Role::Action, steps, findings);
        }
    }
    check_undo(steps, findings);
}

fn check_reference(attribute: &str, id: &Located<StepId>, expected: Role, steps: &[Step], findings: &mut Findings) {
    let name = id.value.as_str();
    let diagnostic = match steps.iter().find(|step| step.id == id.value) {
        Some(step) if role(step) == expected => return,
        Some(step) => {
            let (is, wants) = (role(step).as_str(), expected.as_str());
            let article = |word: &str| if word == "action" { "an" } else { "a" };
            let title = format!("`{attribute}` names {} {wants}, and `{name}` is {} {is}", article(wants), article(is));
            findings.error("wrong-step", id.span, title)
        }
        None => {
            let candidates = steps.iter().filter(|step| role(step) == expected).map(|step| step.id.as_str());
            let title = format!("no {} is called `{name}`", expected.as_str());
            let diagnostic = findings.error("unknown-step", id.span, title);
            let help = did_you_mean(name, candidates).map(|meant| format!("did you mean `{meant}`?"));
            Diagnostic { help, ..diagnostic }
        }
    };
    findings.add(diagnostic);
}

/// An action that is taken back by what it takes back would never end.
fn check_undo(steps: &[Step], findings: &mut Findings) {
    let undo_of = |id: &StepId| steps.iter().find(|step| step.id == *id)?.as_action()?.undo.as_ref();
    let mut reported: BTreeSet<&StepId> = BTreeSet::new();
    for step in steps {
        let Some(first) = undo_of(&step.id) else { continue };
        let mut path = vec![&step.id];
        let mut next = Some(first);
        while let Some(target) = next.filter(|target| !path.contains(&&target.value)) {
            path.push(&target.value);
            next = undo_of(&target.value);
        }
        let closes = next.is_some_and(|target| target.value == step.id);
        if closes && !path.iter().any(|id| reported.contains(id)) {
            let names = path.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" → ");
            let title = format!("actions undo each other: {names} → `{}`", step.id);
            findings.add(findings.error("undo-cycle", first.span, title));
            reported.extend(path);
        }
    }
}

/// Returns the items, each with the step its link leads to.
///
/// A link to a section stands for the section's step where there is exactly one.
pub(super) fn items(entries: Vec<Entry>, steps: &[Step], sections: &[Section]) -> Vec<Item> {
    let ids: BTreeMap<String, &StepId> =
        steps.iter().rev().map(|step| (step.id.as_str().to_lowercase(), &step.id)).collect();
    let item = |entry: Entry| {
        let anchor = entry.link.as_deref().and_then(|link| link.strip_prefix('#')).map(str::to_lowercase);
        let step = anchor.and_then(|anchor| match ids.get(&anchor) {
            Some(id) => Some((*id).clone()),
            None => only_step_of(&anchor, steps, sections),
        });
        Item { text: entry.text, span: entry.span, ticked: entry.ticked, step, section: entry.section }
    };
    entries.into_iter().map(item).collect()
}

fn only_step_of(anchor: &str, steps: &[Step], sections: &[Section]) -> Option<StepId> {
    let section = sections.iter().position(|section| section.anchor.to_lowercase() == anchor)?;
    let mut inside = steps.iter().filter(|step| step.section == Some(section));
    let only = inside.next()?;
    inside.next().is_none().then(|| only.id.clone())
}
