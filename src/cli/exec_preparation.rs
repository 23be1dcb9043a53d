//! What `runbooks exec` knows before anything runs: the runbook, its values, and what an earlier process of the run did.

use std::collections::BTreeMap;

use super::exec::{ExecArguments, RiskArgument};
use super::failure::Failure;
use super::obstacles::Sitting;
use super::question::Person;
use super::ui::Ui;
use super::{missing_params, obstacles, shared};
use crate::collection;
use crate::config::{ParamsFile, Settings};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{Risk, Runbook, RunbookId, Step, StepId, Target, Values};
use crate::plan::{self, Entry, Given, Part};
use crate::run::archive::Archive;
use crate::run::event::Event;
use crate::run::exec::{Past, to_be_given_again, to_take_back};
use crate::run::journal::{Journal, Record};
use crate::run::redact::SHORTEST_SECRET;
use crate::sys::{Clock, Environment};

/// Where and when, and who is told.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) settings: &'a Settings,
    pub(super) ui: Ui,
    pub(super) environment: &'a Environment,
    pub(super) clock: Clock,
    /// Whoever sits there, if anybody does.
    pub(super) person: Person<'a>,
}

/// What is known before anything runs.
pub(super) struct Prepared {
    pub(super) runbook: Runbook,
    pub(super) target: Target,
    pub(super) values: Values,
    pub(super) part: Part,
    pub(super) past: Past,
    pub(super) earlier: Vec<Event>,
    pub(super) run: String,
    /// The journal of the run that is resumed. It was held before it was read: nobody else goes on with it meanwhile.
    pub(super) journal: Option<Journal>,
}

/// Finds out what is to be done, and refuses what must not be.
pub(super) async fn prepare(arguments: &ExecArguments, place: Place<'_>) -> Result<Prepared, Failure> {
    let Place { settings, ui, environment, clock, person } = place;
    let (run, journal, earlier) = match &arguments.resume {
        None => (shared::run_id(clock), None, Vec::new()),
        Some(name) => resumed(name, arguments, settings)?,
    };
    let mut past = Past::of(&earlier);
    may_resume(&run, &past, arguments, settings)?;
    let mut target_arguments = arguments.target.clone();
    if target_arguments.target.is_none() && settings.configured(&past.target).is_some() {
        target_arguments.target = Some(past.target.clone());
    }
    if let Some((context, namespace)) = &past.place {
        // Unless somebody says otherwise, a run goes on where it began.
        target_arguments.context = target_arguments.context.or_else(|| context.clone());
        target_arguments.namespace = target_arguments.namespace.or_else(|| namespace.clone());
    }
    let target = target_arguments.target(settings)?;
    if !past.target.is_empty() && past.target != target.name {
        let message = format!("run `{run}` is on target `{}`, and goes on nowhere else", past.target);
        return Err(Failure::Usage(message));
    }
    same_place(arguments, &run, &past, &target)?;
    let id = match (&arguments.runbook, &past.runbook) {
        (Some(written), _) => id_of(written, settings),
        (None, Some(id)) => id.clone(),
        (None, None) => return Err(Failure::Usage(format!("run `{run}` never began; start it anew"))),
    };
    let (runbook, diagnostics) = find(&id, settings, &target)?;
    let file = params_file(arguments, &runbook, &target, &past)?;
    let mut given = arguments.params.given(file.as_ref(), environment);
    given.earlier.clone_from(&past.values);
    if !arguments.yes && !arguments.plan {
        missing_params::ask(person, &runbook, &target, &mut given).await;
    }
    let sitting = if arguments.yes { Sitting::Nobody } else { Sitting::Somebody };
    let (values, obstacles) = obstacles::of(ui, &runbook, &diagnostics, &target, &given, sitting);
    if !obstacles.is_empty() {
        return Err(Failure::Text);
    }
    if arguments.undo {
        past.take_back_again(&runbook);
        if to_take_back(&runbook, &past).is_empty() {
            return Err(Failure::Usage(format!("nothing that run `{run}` did can be taken back")));
        }
    }
    past.forget_undone(&runbook);
    give_again(arguments, person, &runbook, &given, &mut past).await?;
    check_choices(&arguments.choose, &runbook, &past)?;
    let part = if arguments.resume.is_some() { past.part.clone() } else { part(arguments) };
    part.check(&runbook)?;
    let prepared = Prepared { runbook, target, values, part, past, earlier, run, journal };
    allow(arguments, &prepared)?;
    answer_items(arguments, &prepared)?;
    Ok(prepared)
}

/// Reads the file of values, and refuses a name that is misspelt. A secret that a step kept is given again under its name.
fn params_file(
    arguments: &ExecArguments,
    runbook: &Runbook,
    target: &Target,
    past: &Past,
) -> Result<Option<ParamsFile>, Failure> {
    let Some(file) = arguments.params.file()? else { return Ok(None) };
    let is_used = |name: &str| plan::knows(runbook, target, name) || past.lost.contains_key(name);
    file.all_used(is_used, &runbook.params.iter().map(|param| param.name.as_str()).collect::<Vec<_>>())?;
    Ok(Some(file))
}

fn part(arguments: &ExecArguments) -> Part {
    let ids = |written: &[String]| written.iter().cloned().map(StepId).collect();
    Part {
        skip: ids(&arguments.skip),
        from: arguments.from.clone().map(StepId),
        until: arguments.until.clone().map(StepId),
        only: ids(&arguments.only),
    }
}

/// Stops a run that nobody watches before items that only a person can answer, where an action stands behind them: it
/// may rest on the answer. All are told at once, before anything runs: half-way is no place to find out. Items behind the
/// last action are told as unanswered when it is their turn, and stop nothing.
fn answer_items(arguments: &ExecArguments, prepared: &Prepared) -> Result<(), Failure> {
    let Prepared { runbook, part, past, .. } = prepared;
    let nobody_needed = arguments.plan || arguments.assume_manual || arguments.dry_run.is_some();
    if !arguments.yes || nobody_needed || past.taking_back.is_some() || past.stopped.is_some() {
        return Ok(());
    }
    let mut past = past.clone();
    let mut open = Vec::new();
    let mut way = plan::forward(runbook);
    let acts = |entry: &Entry| match *entry {
        Entry::Step(index) => runbook.steps[index].as_action().is_some() && part.leaves_out(runbook, *entry).is_none(),
        Entry::Item(_) => false,
    };
    way.truncate(way.iter().rposition(acts).unwrap_or_default());
    for entry in way {
        let Entry::Item(index) = entry else { continue };
        let item = &runbook.items[index];
        if item.step.is_some() || part.leaves_out(runbook, entry).is_some() || past.takes_answer(&item.text) {
            continue;
        }
        let line = runbook.source.position(item.span.start).line;
        open.push(format!("  {}:{line}: {}", runbook.source.path().display(), item.text));
    }
    if open.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "nobody is there to answer for these; nothing was run. --assume-manual says that they are so\n{}",
        open.join("\n")
    )))
}

/// Refuses to go on where the target leads elsewhere than when the run began: what was done was done there.
fn same_place(arguments: &ExecArguments, run: &str, past: &Past, target: &Target) -> Result<(), Failure> {
    let Some((context, namespace)) = &past.place else { return Ok(()) };
    if arguments.accept_changes || (context, namespace) == (&target.context, &target.namespace) {
        return Ok(());
    }
    let shown =
        |name: &Option<String>| name.as_ref().map_or_else(|| "the current one".to_owned(), |it| format!("`{it}`"));
    Err(Failure::Usage(format!(
        "run `{run}` began with context {} and namespace {}, and would go on with context {} and namespace {}; nothing was \
         run. Give what it began with, or --accept-changes",
        shown(context),
        shown(namespace),
        shown(&target.context),
        shown(&target.namespace),
    )))
}

/// Refuses to go on with a run that cannot be gone on with, or with another one than was meant.
fn may_resume(run: &str, past: &Past, arguments: &ExecArguments, settings: &Settings) -> Result<(), Failure> {
    if past.mode == "dry-run" {
        return Err(Failure::Usage(format!("run `{run}` was a dry run; there is nothing to resume")));
    }
    if past.finished && !arguments.undo {
        return Err(Failure::Usage(format!("run `{run}` came to its end; there is nothing to resume")));
    }
    match (&arguments.runbook, &past.runbook) {
        (Some(written), Some(id)) if id_of(written, settings) != *id => {
            Err(Failure::Usage(format!("run `{run}` is one of `{id}`, not of `{written}`")))
        }
        _ => Ok(()),
    }
}

/// Refuses a choice that the text does not offer: taking another alternative instead would be a guess.
fn check_choices(choices: &[(String, String)], runbook: &Runbook, past: &Past) -> Result<(), Failure> {
    let group_of = |step: &Step| step.as_action().and_then(|action| action.choose.clone());
    for (group, id) in choices {
        let steps = runbook.steps.iter().filter(|step| group_of(step).as_ref() == Some(group));
        let offered: Vec<_> = steps.map(|step| step.id.as_str()).collect();
        if offered.is_empty() {
            let groups: Vec<_> = runbook.steps.iter().filter_map(group_of).collect();
            let hint = suggested(group, groups.iter().map(String::as_str));
            return Err(Failure::Usage(format!("`{}` offers no choice called `{group}`{hint}", runbook.id)));
        }
        if !offered.contains(&id.as_str()) {
            let hint = suggested(id, offered.iter().copied());
            let offered = offered.join(", ");
            return Err(Failure::Usage(format!("`{group}` offers {offered}, and not `{id}`{hint}")));
        }
        if let Some(taken) = past.taken_of(runbook, group).filter(|taken| taken.as_str() != id) {
            return Err(Failure::Usage(format!("of `{group}`, `{taken}` was taken already in this run")));
        }
    }
    Ok(())
}

fn suggested<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    did_you_mean(written, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

type Resumed = (String, Option<Journal>, Vec<Event>);

/// Takes hold of a run's journal and reads it. Who only wants the plan reads, and holds nothing.
fn resumed(name: &str, arguments: &ExecArguments, settings: &Settings) -> Result<Resumed, Failure> {
    let archive = Archive::new(&settings.state_folder());
    let wanted = arguments.runbook.as_ref().map(|written| id_of(written, settings).to_string());
    let run = if name.is_empty() { archive.unfinished(wanted.as_deref())? } else { name.to_owned() };
    if arguments.plan {
        return Ok((run.clone(), None, archive.read(&run)?.events));
    }
    let (journal, Record { events, .. }) = archive.reopen(&run)?;
    Ok((run, Some(journal), events))
}

fn id_of(written: &str, settings: &Settings) -> RunbookId {
    let prefix = obstacles::content_prefix(settings);
    let selection = plan::Selection::new(&[written.to_owned()], &[], &prefix);
    selection.ok().and_then(|selection| selection.single()).unwrap_or_else(|| RunbookId(written.to_owned()))
}

/// Reads the one runbook; the whole collection only to tell what was probably meant.
fn find(id: &RunbookId, settings: &Settings, target: &Target) -> Result<(Runbook, Vec<Diagnostic>), Failure> {
    if let Some(found) = collection::load_one(settings, id)? {
        return Ok(found);
    }
    let all = collection::load(settings)?;
    let selection = plan::Selection::new(&[id.to_string()], &[], "")?;
    selection.of(&all.runbooks, target)?;
    Err(Failure::Usage(format!("`{id}` is a pattern; exec takes one runbook")))
}

/// Has the secrets given again that the run had captured and that are not on record: from the environment, from the params
/// file, or by a person. They are not guessed, and a step that uses one does not run without.
async fn give_again(
    arguments: &ExecArguments,
    person: Person<'_>,
    runbook: &Runbook,
    given: &Given,
    past: &mut Past,
) -> Result<(), Failure> {
    if arguments.plan {
        return Ok(());
    }
    for (name, step) in to_be_given_again(runbook, past) {
        let variable = format!("RUNBOOKS_PARAM_{name}");
        let there = given.file.get(&name).cloned().or_else(|| given.environment.get(&variable).cloned());
        let text = match there {
            Some(text) => Some(text),
            None if arguments.yes => None,
            None => {
                person.tell(&format!("\n{name} is a secret that `{step}` kept, and that is not on record."));
                person.typed_hidden(&format!("{name} = ")).await
            }
        };
        let Some(text) = text.filter(|text| text.len() >= SHORTEST_SECRET) else {
            return Err(Failure::Usage(format!(
                "`{step}` kept the secret `{name}`, which is not on record, and what is left to do uses it; nothing was \
                 run. Give it as {variable} in the environment, or in --params-file"
            )));
        };
        past.given_again.insert(name, text);
    }
    Ok(())
}

/// Refuses what --yes does not cover, before anything runs.
fn allow(arguments: &ExecArguments, prepared: &Prepared) -> Result<(), Failure> {
    let takes_back = prepared.past.taking_back.is_some() || prepared.past.stopped.is_some();
    if !arguments.yes || arguments.plan || takes_back && !arguments.undo {
        return Ok(());
    }
    let asked = match arguments.max_risk {
        Some(RiskArgument::Low) => Risk::Low,
        Some(RiskArgument::Medium) => Risk::Medium,
        Some(RiskArgument::High) => Risk::High,
        None => prepared.target.max_risk.unwrap_or(Risk::Medium).min(Risk::Medium),
    };
    let ceiling = prepared.target.max_risk.map_or(asked, |most| most.min(asked));
    let mut chosen: BTreeMap<String, String> = arguments.choose.iter().cloned().collect();
    for group in prepared.runbook.steps.iter().filter_map(|step| step.as_action()?.choose.clone()) {
        let taken = prepared.past.taken_of(&prepared.runbook, &group);
        chosen.extend(taken.map(|step| (group, step.0)));
    }
    let left: Vec<&Step> = if arguments.undo {
        to_take_back(&prepared.runbook, &prepared.past).into_iter().map(|(_, undo)| undo).collect()
    } else {
        let steps = plan::may_run(&prepared.runbook, &prepared.part, &chosen).into_iter();
        steps.filter(|step| !prepared.past.has_ended(&step.id)).collect()
    };
    let above =
        left.into_iter().filter_map(|step| Some((step, step.as_action()?.risk))).find(|(_, risk)| *risk > ceiling);
    match above {
        None => Ok(()),
        Some((step, risk)) => Err(Failure::Usage(format!(
            "`{}` is of risk {}, and --yes covers {} here; nothing was run. Give --max-risk {}{}",
            step.id,
            risk.as_str(),
            ceiling.as_str(),
            risk.as_str(),
            if ceiling < asked { ", if the target's max_risk allows it" } else { "" },
        ))),
    }
}
