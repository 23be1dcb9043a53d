//! The plan as JSON: what `exec` would do, for programs. Versioned; it only grows.

use serde_json::{Value as Json, json};

use super::exec_preparation::Prepared;
use super::plan_text::PlanView;
use crate::model::{Runbook, Step};
use crate::plan::{self, Entry};

/// Returns what will be done, in order, and what is missing. Values of secret params are left out.
pub(super) fn plan_json(view: &PlanView<'_>) -> Json {
    let PlanView { prepared, missing, cluster, .. } = view;
    let Prepared { runbook, target, values, .. } = prepared;
    let used = values.iter().filter(|(name, _)| plan::is_used(runbook, name));
    let params = used.map(|(name, value)| {
        let text = (!value.secret).then_some(&value.text);
        json!({"name": name, "value": text, "secret": value.secret, "origin": value.origin.to_string()})
    });
    let entries = plan::forward(runbook).into_iter();
    let missing = missing.iter().map(|it| json!({"message": it.message, "place": it.place, "help": it.help}));
    json!({
        "version": 1,
        "runbook": runbook.id,
        "title": runbook.metadata.title,
        "target": target.name,
        "context": cluster.map(|(context, _)| context),
        "namespace": cluster.map(|(_, namespace)| namespace),
        "protected": target.protected,
        "expected_ms": runbook.metadata.duration.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        "params": params.collect::<Vec<_>>(),
        "entries": entries.map(|entry| entry_json(view, entry)).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
    })
}

fn entry_json(view: &PlanView<'_>, entry: Entry) -> Json {
    let PlanView { prepared: Prepared { runbook, part, .. }, resolved, states, .. } = view;
    let left_out = part.leaves_out(runbook, entry);
    match entry {
        Entry::Item(index) => {
            let item = &runbook.items[index];
            json!({"kind": "item", "text": item.text, "ticked_by": item.step, "left_out": left_out})
        }
        Entry::Step(index) => {
            let step = &runbook.steps[index];
            let found = resolved.of_step(index);
            let action = step.as_action();
            json!({
                "kind": if action.is_some() { "action" } else { "check" },
                "id": step.id,
                "title": step.title,
                "hash": step.hash,
                "risk": action.map(|action| action.risk),
                "undo": action.map(|_| undo(runbook, step).map(|undo| &undo.id)),
                "can_be_undone": action.map(|_| undo(runbook, step).is_some()),
                "when": step.when.as_ref().map(|when| &when.value),
                "choose": action.and_then(|action| action.choose.as_ref()),
                "timeout_ms": step.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
                "names": found.touches,
                "objects": found.objects.iter().map(|object| json!({
                    "kind": object.kind, "name": object.name, "namespace": object.namespace,
                    "now": states.get(object),
                })).collect::<Vec<_>>(),
                "findings": found.findings,
                "left_out": left_out,
            })
        }
    }
}

/// Returns the action that takes back what a step does, if the text has one.
pub(super) fn undo<'a>(runbook: &'a Runbook, step: &Step) -> Option<&'a Step> {
    let undoes = |other: &&Step| {
        other.as_action().and_then(|action| action.undo.as_ref()).is_some_and(|undone| undone.value == step.id)
    };
    runbook.steps.iter().find(undoes)
}
