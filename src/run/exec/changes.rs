//! What was changed in a text since its run began: nothing of it may run unseen.

use std::collections::BTreeMap;

use super::Past;
use crate::model::{Outcome, Param, Runbook, Step, StepId, fingerprint};
use crate::plan::Part;
use crate::run::event::{Event, PlannedStep};

/// As much of a hash as a person compares.
const SHOWN: usize = 12;

/// Returns what a run of this runbook puts on record before its first step.
pub(super) fn plan(runbook: &Runbook, part: &Part) -> Event {
    let (steps, params) = (steps(runbook), params(runbook));
    Event::StepsPlanned { runbook: runbook.id.clone(), steps, params, part: part.clone() }
}

/// Returns what is other than when the run began, a line for each.
pub fn changes(runbook: &Runbook, past: &Past) -> Vec<String> {
    let Some((old, old_params)) = &past.planned else { return Vec::new() };
    let new = steps(runbook);
    let mut found: Vec<_> = new.iter().filter_map(|step| changed_step(runbook, past, old, step)).collect();
    let gone = old.iter().filter(|step| runbook.step(&step.step).is_none());
    found.extend(gone.map(|it| format!("step `{}` is gone; it {}", it.step, standing(past, &it.step))));
    if found.is_empty() && old.iter().map(|it| &it.step).ne(new.iter().map(|it| &it.step)) {
        found.push("the steps stand in another order".to_owned());
    }
    found.extend(changed_params(past, old_params, &params(runbook)));
    found
}

fn changed_step(runbook: &Runbook, past: &Past, old: &[PlannedStep], new: &PlannedStep) -> Option<String> {
    let place = runbook.step(&new.step).map(|step| super::super::stage::step_place(runbook, step));
    let place = place.map(|it| format!("{}:{}: ", it.path.display(), it.start.line)).unwrap_or_default();
    let Some(before) = old.iter().find(|it| it.step == new.step) else {
        let twin = old.iter().find(|it| it.hash == new.hash && past.has_ended(&it.step));
        let twin = twin.map(|it| format!("; its block is that of `{}`, which {}", it.step, standing(past, &it.step)));
        return Some(format!("{place}step `{}` was added{}", new.step, twin.unwrap_or_default()));
    };
    (before.hash != new.hash).then(|| {
        let hashes = format!("{} → {}", short(&before.hash), short(&new.hash));
        format!("{place}step `{}` was changed ({hashes}); it {}", new.step, standing(past, &new.step))
    })
}

fn changed_params(past: &Past, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    let other = new.iter().filter_map(|(name, hash)| match old.get(name) {
        None => Some(format!("param `{name}` was added")),
        Some(before) if before == hash => None,
        Some(_) => Some(match past.values.get(name) {
            Some(value) => format!("param `{name}` was changed; the run keeps its value `{value}`"),
            None => format!("param `{name}` was changed"),
        }),
    });
    let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("param `{name}` is gone"));
    other.chain(gone).collect()
}

fn standing(past: &Past, id: &StepId) -> String {
    if past.in_flight.contains_key(id) {
        return "was in flight".to_owned();
    }
    match past.results.get(id).map(|result| result.outcome) {
        None => "was not begun".to_owned(),
        Some(Outcome::Passed) => "was done, and is not repeated".to_owned(),
        Some(outcome) => format!("ended {}", outcome.as_str()),
    }
}

fn steps(runbook: &Runbook) -> Vec<PlannedStep> {
    runbook.steps.iter().map(|step| PlannedStep { step: step.id.clone(), hash: hash(step) }).collect()
}

/// What a step promises to print decides what becomes of it, as its block does.
fn hash(step: &Step) -> String {
    match &step.output {
        None => step.hash.clone(),
        Some(output) => {
            fingerprint(format!("{}\0{:?}\0{}", step.hash, output.comparison, output.code.text()).as_bytes())
        }
    }
}

fn params(runbook: &Runbook) -> BTreeMap<String, String> {
    runbook.params.iter().map(|param| (param.name.clone(), declaration(param))).collect()
}

/// What a person is told of a param changes nothing that is done.
fn declaration(param: &Param) -> String {
    let Param { kind, default, pattern, required, secret, env, .. } = param;
    fingerprint(format!("{kind:?} {default:?} {pattern:?} {required} {secret} {env:?}").as_bytes())
}

fn short(hash: &str) -> &str {
    hash.get(..SHOWN).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{RunbookId, Source};
    use crate::parse;

    const TEXT: &str = "---\nparams: [{name: N, default: '1'}]\n---\n\n# A\n\n```bash action id=one\ntrue\n```\n\n```console check id=two\n$ echo $N\n1\n```\n\n```http check id=three\nGET http://localhost/\n```\n\n```check use=shared id=four\nWHAT: x\n```\n\n```bash check id=five\necho 5\n```\n\n```output\n5\n```\n";
    const SHARED: &str =
        "---\nparams: [{name: WHAT}, {name: MORE, default: a}]\n---\n\n```bash check\necho $WHAT $MORE\n```\n";

    fn read(text: &str, shared: &str) -> Runbook {
        let fragments = [("shared".to_owned(), Arc::new(Source::new("checks/shared.md", shared)))].into();
        let (runbook, problems) =
            parse::parse(RunbookId("a".to_owned()), Arc::new(Source::new("a.md", text)), &fragments);
        assert!(problems.is_empty(), "{problems:?}");
        runbook
    }

    fn after(text: &str, shared: &str) -> Vec<String> {
        let past = Past::of(&[plan(&read(TEXT, SHARED), &Part::default())]);
        changes(&read(text, shared), &past)
    }

    #[test]
    fn an_unchanged_text_has_no_changes_and_prose_is_none() {
        assert_eq!(after(TEXT, SHARED), [""; 0]);
        assert_eq!(after(&TEXT.replace("# A\n", "# A\n\nMore words.\n"), SHARED), [""; 0]);
    }

    #[test]
    fn every_sort_of_change_names_what_was_changed() {
        for (from, to, name) in [
            ("true\n", "false\n", "`one`"),
            ("action id=one", "action id=one risk=low", "`one`"),
            ("$ echo $N\n1", "$ echo $N\n2", "`two`"),
            ("localhost/", "localhost/x", "`three`"),
            ("WHAT: x", "WHAT: y", "`four`"),
            ("use=shared", "use=shared within=1m", "`four`"),
            ("```output\n5", "```output\n6", "`five`"),
            ("```output\n", "```output match=contains\n", "`five`"),
            ("default: '1'", "default: '2'", "param `N`"),
        ] {
            let found = after(&TEXT.replace(from, to), SHARED);
            assert!(matches!(&found[..], [only] if only.contains(name) && only.contains("changed")), "{to}: {found:?}");
        }
        for (from, to) in [("echo $WHAT", "printf $WHAT"), ("default: a", "default: b"), ("bash check", "sh check")] {
            let found = after(TEXT, &SHARED.replace(from, to));
            assert!(matches!(&found[..], [only] if only.contains("`four` was changed")), "{to}: {found:?}");
        }
    }

    #[test]
    fn steps_that_come_go_and_move_are_named() {
        let more = TEXT.replace("```bash action id=one", "```bash action id=new\ntrue\n```\n\n```bash action id=one");
        assert_eq!(after(&more, SHARED), ["a.md:7: step `new` was added"]);
        let gone = TEXT.replace("```bash action id=one\ntrue\n```\n", "");
        assert_eq!(after(&gone, SHARED), ["step `one` is gone; it was not begun"]);
        let block = "```http check id=three\nGET http://localhost/\n```\n\n";
        let moved = TEXT.replace(block, "").replace("```bash action", &format!("{block}```bash action"));
        assert_eq!(after(&moved, SHARED), ["the steps stand in another order"]);
    }
}
