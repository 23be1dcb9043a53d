//! `runbooks adopt`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::adopt::{self, Adoption, Surroundings};
use crate::collection;
use crate::model::{ExitCode, Role, Source};
use crate::sys::{Clock, Environment, files};

/// Propose roles for the blocks of existing runbooks
#[derive(Debug, Args)]
#[command(
    after_help = "Prints a unified diff of fence lines, each with its reason. What cannot be judged is left alone, and named \
                  with the reason. Nothing is run.\n\nExample: runbooks adopt docs/runbook.md --write"
)]
pub(super) struct AdoptArguments {
    /// Markdown files, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the fence lines, and nothing else of the files
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    root: RootArguments,
}

/// Carries out `runbooks adopt`.
pub(super) fn run(arguments: &AdoptArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let fragments = collection::fragments(&settings)?;
    let variables: BTreeSet<String> =
        settings.targets.iter().flat_map(|target| target.params.keys().cloned()).collect();
    let today = Clock::from_environment(environment).now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let around = Surroundings { fragments: &fragments, variables: &variables, today };
    let mut adoptions = Vec::new();
    // All are read before the first is written: a file that is not there must not leave the others half done.
    for file in &markdown_in(&arguments.files, environment)? {
        let path = environment.directory().join(file);
        let text = text(&path, file)?;
        let id = collection::id_of(path.strip_prefix(&settings.content).unwrap_or(file));
        adoptions.push((path, adopt::propose(&id, &Arc::new(Source::new(file, text)), around)));
    }
    for (path, adoption) in &adoptions {
        ui.data(&adoption.diff());
        for left in &adoption.left {
            let place = adoption.source.position(left.span.start);
            ui.say(&format!("{}:{}: left alone: {}", adoption.source.path().display(), place.line, left.reason));
        }
        if arguments.write {
            write(path, adoption)?;
        }
    }
    ui.say(&sum(&adoptions, arguments.write));
    Ok(ExitCode::Passed)
}

/// Returns the files, for a folder those of Markdown in it.
fn markdown_in(files: &[PathBuf], environment: &Environment) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for file in files {
        let path = environment.directory().join(file);
        if files::is_folder(&path) {
            let inside = files::walk(&path)?.into_iter().filter(|inside| collection::is_markdown(inside));
            found.extend(inside.map(|inside| file.join(inside.strip_prefix(&path).unwrap_or(&inside))));
        } else {
            found.push(file.clone());
        }
    }
    Ok(found)
}

/// Returns the text of a file, byte for byte: what is not UTF-8 could not be written back as it was.
fn text(path: &Path, shown: &Path) -> Result<String, Failure> {
    String::from_utf8(files::read(path)?)
        .map_err(|_| Failure::Usage(format!("`{}` is not UTF-8 and is left alone", shown.display())))
}

/// Writes the fence lines, if the file is still as it was read.
fn write(path: &Path, adoption: &Adoption) -> Result<(), Failure> {
    if adoption.proposals.is_empty() {
        return Ok(());
    }
    if files::read(path)? != adoption.source.text().as_bytes() {
        let message = format!("`{}` was changed while it was looked at; nothing was written", path.display());
        return Err(Failure::Usage(message));
    }
    Ok(files::rewrite(path, adoption.text().as_bytes())?)
}

fn sum(adoptions: &[(PathBuf, Adoption)], written: bool) -> String {
    let count = |role| adoptions.iter().map(|(_, adoption)| adoption.count(role)).sum::<usize>();
    let (checks, actions, outputs) = (count(Role::Check), count(Role::Action), count(Role::Output));
    let left: usize = adoptions.iter().map(|(_, adoption)| adoption.left.len()).sum();
    let mut sum = format!("{checks} checks, {actions} actions, {outputs} outputs; {left} blocks left alone");
    let any = checks + actions + outputs > 0;
    if any && written {
        sum.push_str("; written: read them, then `runbooks lint`");
    } else if any {
        sum.push_str("; --write writes these fence lines");
    }
    sum
}
