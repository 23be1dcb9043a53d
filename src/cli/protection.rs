//! What a target asks of whoever carries out a runbook on it: who may, that its name is said, that the text is committed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::exec::ExecArguments;
use super::exec_preparation::{Place, Prepared};
use super::failure::Failure;
use super::question::Person;
use crate::plan;
use crate::run::event::Event;
use crate::sys::{git, operator};

/// Refuses what the target does not let pass. Returns what was forced, for the record.
pub(super) async fn protect(
    arguments: &ExecArguments,
    place: Place<'_>,
    prepared: &Prepared,
    person: &Person<'_>,
) -> Result<Vec<Event>, Failure> {
    let target = &prepared.target;
    let who = operator(place.environment);
    if !plan::is_allowed(target, &who, &prepared.runbook.id) {
        let (id, name) = (&prepared.runbook.id, &target.name);
        let message = format!("`allowed` of target `{name}` does not let {who} carry out `{id}`; nothing was run");
        return Err(Failure::Usage(message));
    }
    if !target.protected || arguments.dry_run.is_some() {
        return Ok(Vec::new());
    }
    let forced = uncommitted(arguments, place, prepared)?;
    confirm(arguments, prepared, person).await?;
    Ok(forced)
}

/// Refuses a text that nobody but this machine has, unless that is forced.
fn uncommitted(arguments: &ExecArguments, place: Place<'_>, prepared: &Prepared) -> Result<Vec<Event>, Failure> {
    let runbook = &prepared.runbook;
    let fragments = runbook.steps.iter().map(|step| step.source.path().to_owned());
    let files: BTreeSet<PathBuf> = fragments.chain([runbook.source.path().to_owned()]).collect();
    let mut found = Vec::new();
    for file in files {
        match git::is_committed(&place.settings.root, &file, place.environment) {
            Ok(true) => {}
            Ok(false) => found.push(format!("`{}` is changed and not committed", file.display())),
            Err(error) => found.push(format!("whether `{}` is committed is not known: {error}", file.display())),
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let name = &prepared.target.name;
    if !arguments.force_uncommitted {
        return Err(Failure::Usage(format!(
            "target `{name}` is protected, and takes only what is committed; nothing was run\n  {}\n\
             --force-uncommitted runs it all the same, and that goes on record",
            found.join("\n  ")
        )));
    }
    let at = place.clock.now();
    Ok(found
        .into_iter()
        .map(|what| Event::Forced { what: format!("{what}, on protected target `{name}`"), at })
        .collect())
}

/// Has the target's name said: by who sits at the terminal, or beforehand.
async fn confirm(arguments: &ExecArguments, prepared: &Prepared, person: &Person<'_>) -> Result<(), Failure> {
    let name = &prepared.target.name;
    let said = match (&arguments.confirm_target, arguments.yes) {
        (Some(said), _) => said.clone(),
        (None, true) => {
            let message = format!("target `{name}` is protected; nothing was run. Give --confirm-target {name}");
            return Err(Failure::Usage(message));
        }
        (None, false) => {
            person.tell(&format!("\nTarget `{name}` is protected."));
            person.typed("Type its name to go on, or nothing to quit: ").await.unwrap_or_default()
        }
    };
    match said.trim() {
        said if said == name => Ok(()),
        "" => Err(Failure::Interrupted),
        said => Err(Failure::Usage(format!("`{said}` is not `{name}`; nothing was run"))),
    }
}
