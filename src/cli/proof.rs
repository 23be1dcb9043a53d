//! What earlier runs have shown, for the pages: kept results and history, as far as they can be read.

use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{RunResult, Source, Span};
use crate::run::evidence::{self, DamagedResults};
use crate::run::history::{self, History};
use crate::site::PastOutcome;

/// How many runs of a target are looked through: each may have been of a few runbooks only.
const MOST_RUNS: usize = 400;

/// What earlier runs have shown.
#[derive(Debug, Default)]
pub(super) struct Proof {
    /// The latest result of each target.
    pub(super) results: Vec<RunResult>,
    /// What became of steps before that.
    pub(super) history: Vec<PastOutcome>,
    /// Targets whose results cannot be read.
    pub(super) unreadable: Vec<String>,
    /// What cannot be read, with its line.
    pub(super) problems: Vec<Diagnostic>,
}

/// Reads what is kept. A damaged file is a warning: nobody waits for a page because of it.
pub(super) fn read(settings: &Settings) -> Result<Proof, Failure> {
    let folder = settings.state_folder();
    let kept = evidence::load(&folder)?;
    let mut proof = Proof { results: kept.results, ..Proof::default() };
    for damaged in kept.damaged {
        proof.problems.push(damaged_results(settings, &damaged));
        let known =
            settings.targets.iter().map(|target| &target.name).find(|name| evidence::file_name(name) == damaged.target);
        proof.unreadable.push(known.cloned().unwrap_or(damaged.target));
    }
    for result in &proof.results {
        let read = history::read_what_is_sound(&folder, &result.target)?;
        proof.problems.extend(damaged_history(settings, &history::path(&folder, &result.target), &read));
        proof.history.extend(outcomes(&read, &result.target));
    }
    Ok(proof)
}

fn outcomes<'a>(history: &'a History, target: &'a str) -> impl Iterator<Item = PastOutcome> + 'a {
    // More is never shown: each step appears at most once in a run.
    let last = &history.runs[history.runs.len().saturating_sub(MOST_RUNS)..];
    last.iter().flat_map(|run| &run.runbooks).flat_map(move |(id, runbook)| {
        runbook.steps.iter().map(move |(step, past)| PastOutcome {
            target: target.to_owned(),
            runbook: id.clone(),
            step: step.clone(),
            outcome: past.outcome,
        })
    })
}

fn damaged_results(settings: &Settings, damaged: &DamagedResults) -> Diagnostic {
    let source = Arc::new(Source::new(below_root(settings, &damaged.path), damaged.text.clone()));
    let line = damaged.error.line().max(1);
    let before: usize = damaged.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let place = (before + damaged.error.column().saturating_sub(1)).min(damaged.text.len());
    let place = damaged.text.floor_char_boundary(place);
    let title = format!("the results of target `{}` cannot be read: {}", damaged.target, damaged.error);
    Diagnostic::new("unreadable-results", Level::Warning, title, &source, Span::new(place, place))
        .help("run `runbooks verify --save` again; until then the pages say that these results cannot be read")
}

fn damaged_history(settings: &Settings, path: &Path, history: &History) -> Option<Diagnostic> {
    let (line, error) = history.damaged.first()?;
    let count = history.damaged.len();
    let source = Arc::new(Source::new(below_root(settings, path), String::new()));
    let title = match count {
        1 => format!("line {line} tells of no run: {error}"),
        _ => format!("{count} lines tell of no run, the first is line {line}: {error}"),
    };
    let problem = Diagnostic::new("unreadable-history", Level::Warning, title, &source, Span::default());
    Some(problem.help("remove the line; the pages show the other runs"))
}

fn below_root(settings: &Settings, path: &Path) -> std::path::PathBuf {
    path.strip_prefix(&settings.root).unwrap_or(path).to_owned()
}
