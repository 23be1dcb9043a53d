//! What `exec` looks at before anything runs: whether all is there, what would be done, and how the world is now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::exec::{ExecArguments, ExecFormat};
use super::exec_preparation::{Place, Prepared};
use super::failure::Failure;
use super::object_state::states;
use super::plan_json::plan_json;
use super::plan_text::PlanView;
use super::screen::Screen;
use crate::cluster::Gate;
use crate::model::{ExitCode, StepId, World as _};
use crate::reference::kubectl::Release;
use crate::run::exec::{to_take_back, unmet};
use crate::run::outside::Outside;
use crate::run::references::{self, NamedObject, Reach, Resolved};

/// The objects that each action names.
pub(super) type Touched = BTreeMap<StepId, Vec<NamedObject>>;

/// What came of looking.
pub(super) enum Looked {
    /// All is there.
    Good(Touched),
    /// Nothing is to be run, and this is what to exit with.
    Ended(ExitCode),
}

/// Shows the plan, and looks whether what it needs is there.
pub(super) async fn look(
    arguments: &ExecArguments,
    place: Place<'_>,
    prepared: &Prepared,
    gate: Result<&Gate, &str>,
    kubectl: Option<Release>,
) -> Result<Looked, Failure> {
    let Place { ui, environment, settings, person, .. } = place;
    let (Prepared { runbook, values, .. }, redactor) = (prepared, person.redactor);
    if arguments.undo {
        person.screen.tell(&redactor.redact(undo_text(prepared).trim_end()), 4);
        return Ok(Looked::Good(Touched::new()));
    }
    let outside = Outside::default();
    let root = &settings.root;
    let known = references::Around { root, release: kubectl, redactor, reach: Reach::WholeText, outside: &outside };
    let resolved = references::resolve(runbook, values, gate, known).await;
    let missing = unmet(runbook, values, environment, gate).await;
    let touched = touched(prepared, &resolved);
    let each_once: BTreeSet<_> = touched.values().flatten().collect();
    let states = states(each_once, gate).await;
    let cluster = gate.ok().map(|gate| (gate.context(), gate.cluster().namespace()));
    let view = PlanView {
        prepared,
        resolved: &resolved,
        missing: &missing,
        states: &states,
        cluster,
        verbose: arguments.verbose,
        despite_drift: arguments.despite_drift,
        environment,
        width: Screen::width(),
        redactor,
    };
    let drifted = resolved.has_drifted() && !arguments.despite_drift;
    if arguments.plan {
        let plan = match arguments.format {
            ExecFormat::Human => view.text(),
            ExecFormat::Json => serde_json::to_string_pretty(&plan_json(&view))? + "\n",
        };
        ui.data(&redactor.redact(&plan));
        return Ok(Looked::Ended(match (missing.is_empty(), drifted) {
            (false, _) => ExitCode::Unable,
            (true, true) => ExitCode::Found,
            (true, false) => ExitCode::Passed,
        }));
    }
    ui.say(redactor.redact(&view.text()).trim_end());
    if !missing.is_empty() {
        return Err(Failure::Usage("what the runbook requires is not there; nothing was run".to_owned()));
    }
    if drifted {
        let told = "the text names things that are not there; nothing was run. --despite-drift goes on all the same";
        person.screen.tell(told, 0);
        return Ok(Looked::Ended(ExitCode::Found));
    }
    Ok(Looked::Good(touched))
}

fn touched(prepared: &Prepared, resolved: &Resolved) -> Touched {
    let steps = prepared.runbook.steps.iter().enumerate().filter(|(_, step)| step.as_action().is_some());
    steps.map(|(index, step)| (step.id.clone(), resolved.of_step(index).objects.clone())).collect()
}

/// Returns what will be taken back, newest first.
pub(super) fn undo_text(prepared: &Prepared) -> String {
    let mut text = format!("{}: what run {} did is taken back, newest first\n", prepared.runbook.id, prepared.run);
    for (step, undo) in to_take_back(&prepared.runbook, &prepared.past) {
        let left = if prepared.past.in_flight.contains_key(&step.id) { ", which was in flight" } else { "" };
        let risk = undo.as_action().map_or("", |action| action.risk.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {} ({}){left}  by  {} ({}), risk {risk}", step.title, step.id, undo.title, undo.id);
    }
    text
}
