//! `runbooks init`

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::ui::Ui;
use crate::config::FILE_NAME;
use crate::model::ExitCode;
use crate::sys::Environment;
use crate::sys::files::{self, FileError, Found};

const CONFIGURATION: &str = include_str!("templates/runbooks.toml");
const EXAMPLE: &str = include_str!("templates/back-up.md");

/// Begin a collection: a configuration and one runbook that works as it stands
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing that is there is ever overwritten. Where a folder holds Markdown already, that is the content, and \
                  only runbooks.toml is added.\n\nExample: runbooks init operations"
)]
pub(super) struct InitArguments {
    /// Folder of the collection; it is made, if need be
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// Carries out `runbooks init`.
pub(super) fn run(arguments: &InitArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let folder = environment.directory().join(&arguments.folder);
    let shown = |path: &str| arguments.folder.join(path).display().to_string();
    let filled = holds_markdown(&folder)?;
    let mut files = vec![(FILE_NAME, CONFIGURATION)];
    if !filled {
        files.push(("content/back-up.md", EXAMPLE));
    }
    for (path, text) in files {
        let told = if files::write_new(&folder.join(path), text.as_bytes())? { "wrote" } else { "left as it is:" };
        ui.say(&format!("{told} {}", shown(path).trim_start_matches("./")));
    }
    if filled {
        ui.say("the Markdown that is there is the content; `runbooks adopt FILE` proposes roles for its blocks");
    }
    ui.say(&next(&arguments.folder, filled));
    Ok(ExitCode::Passed)
}

/// Returns whether there are runbooks already: in `content/`, or, where there is none, in the folder itself. What stands
/// in the folder beside a collection, a README and the like, is none.
fn holds_markdown(folder: &Path) -> Result<bool, FileError> {
    let content = folder.join("content");
    let is_content = files::is_folder(&content);
    let looked_at = if is_content { content } else { folder.to_owned() };
    if !files::is_folder(&looked_at) {
        return Ok(false);
    }
    let found = files::walk_where(&looked_at, |path| is_content || !is_foreign(path))?;
    Ok(found.iter().any(|found| matches!(found, Found::File(path) if is_runbook(path, is_content))))
}

fn is_runbook(path: &Path, is_content: bool) -> bool {
    let name = path.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let about = ["readme", "changelog", "contributing", "license", "licence", "security", "code_of_conduct"];
    let markdown = path.extension().is_some_and(|extension| extension == "md" || extension == "markdown");
    markdown && (is_content || !about.contains(&name.as_str()))
}

fn is_foreign(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ["checks", "themes", "site", "target", "node_modules"].contains(&name.as_str())
}

fn next(folder: &Path, filled: bool) -> String {
    let mut steps = Vec::new();
    if folder != Path::new(".") {
        steps.push((format!("cd {}", folder.display()), "everything below is typed there"));
    }
    steps.push(("runbooks verify".to_owned(), "runs the checks"));
    steps.push(("runbooks serve".to_owned(), "shows the site, and every change as it is saved"));
    if !filled {
        steps.push(("runbooks exec back-up".to_owned(), "carries the example out, asking first"));
    }
    steps.push(("runbooks new incident/NAME".to_owned(), "begins a runbook"));
    let width = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let lines = steps.iter().map(|(command, what)| format!("\n  {command:<width$}   # {what}"));
    format!("\nnext:{}", lines.collect::<String>())
}
