//! `runbooks new`

use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::collection;
use crate::config::Settings;
use crate::model::ExitCode;
use crate::parse;
use crate::sys::{Environment, files};

const TEMPLATE: &str = include_str!("templates/runbook.md");

/// Begin a runbook: a file with the usual sections
#[derive(Debug, Args)]
#[command(
    after_help = "Prints the file's path. One that is there is never overwritten.\n\nExample: $EDITOR \"$(runbooks new incident/db-pool)\""
)]
pub(super) struct NewArguments {
    /// Id of the runbook, which is its path under content/ without extension
    #[arg(value_name = "PATH")]
    path: String,
    #[command(flatten)]
    root: RootArguments,
}

/// Carries out `runbooks new`.
pub(super) fn run(arguments: &NewArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let inside = inside(&arguments.path, &settings)?;
    let id = collection::id_of(&inside);
    let title = parse::title_of(&id);
    if collection::load_one(&settings, &id)?.is_some() {
        return Err(Failure::Usage(format!("there is a runbook `{id}` already")));
    }
    let path = settings.content.join(&inside);
    if !files::write_new(&path, TEMPLATE.replace("@TITLE@", &title).as_bytes())? {
        return Err(Failure::Usage(format!("`{}` is there already", path.display())));
    }
    let shown = path.strip_prefix(environment.directory()).unwrap_or(&path);
    ui.data(&format!("{}\n", shown.display()));
    ui.say(&format!("begun: {title}; `runbooks lint {id}` says what is wrong with it, `runbooks serve` shows it"));
    Ok(ExitCode::Passed)
}

/// Returns the file of a runbook, relative to the content folder, as it was typed: as an id or as a path of the
/// collection, with or without extension.
fn inside(typed: &str, settings: &Settings) -> Result<PathBuf, Failure> {
    let unfit = |why: &str| Failure::Usage(format!("`{typed}` cannot be the path of a runbook: {why}"));
    let path = Path::new(typed);
    let prefix = settings.content.strip_prefix(&settings.root).unwrap_or(Path::new(""));
    let path = path.strip_prefix(prefix).unwrap_or(path);
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy()),
            Component::CurDir => {}
            Component::ParentDir => return Err(unfit("it leads out of the content")),
            Component::RootDir | Component::Prefix(_) => return Err(unfit("it is not relative to the content")),
        }
    }
    let written = path.extension().and_then(|extension| extension.to_str());
    let extended = matches!(written, Some("md" | "markdown"));
    let stem = path.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    if names.is_empty() || extended && stem.is_empty() || typed.ends_with('/') {
        return Err(unfit("it has no name"));
    }
    if names.iter().any(|name| name.starts_with('.')) {
        return Err(unfit("what is hidden is never published"));
    }
    if names.iter().any(|name| name.chars().any(|letter| letter.is_control() || "\"\\".contains(letter))) {
        return Err(unfit("it holds a character that a page cannot be called by"));
    }
    let joined = names.join("/");
    Ok(PathBuf::from(if extended { joined } else { format!("{joined}.md") }))
}
