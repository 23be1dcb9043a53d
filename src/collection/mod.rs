//! The files of a site: found, read and parsed.
//!
//! What a runbook means is the business of `parse`; which files are runbooks is decided here.

mod listing;
mod sources;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::model::{Runbook, RunbookId, Source};
use crate::parse::{self, Fragments};
use crate::sys::files::{self, FileError};

pub use sources::{folders, is_source};

/// A collection: its runbooks in order of their ids, and what its texts have wrong.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// The runbooks, by id.
    pub runbooks: Vec<Runbook>,
    /// Files of the content folder that are no runbooks (images, scripts), relative to the content folder. None is
    /// hidden, and none lies outside the root.
    pub assets: Vec<PathBuf>,
    /// What is wrong in the texts.
    pub diagnostics: Vec<Diagnostic>,
}

/// The files of a collection as they stand there: read, and not understood.
#[derive(Debug)]
pub struct Texts {
    /// The runbooks, each with its path below the content folder, in order of these.
    pub runbooks: Vec<(PathBuf, String)>,
    /// The shared steps.
    pub fragments: Fragments,
    /// Other files of the content folder.
    pub assets: Vec<PathBuf>,
    /// What was left out although somebody put it there.
    pub strays: Vec<Diagnostic>,
}

/// Reads and parses every runbook.
pub fn load(settings: &Settings) -> Result<Collection, FileError> {
    Ok(texts(settings, fragments(settings)?)?.parse(settings))
}

/// Reads every runbook.
pub fn texts(settings: &Settings, fragments: Fragments) -> Result<Texts, FileError> {
    let (paths, strays) = listing::list(settings)?;
    let (mut markdown, assets): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_markdown(path));
    markdown.sort_unstable();
    let read = |path: PathBuf| files::read_text(&settings.content.join(&path)).map(|text| (path, text));
    let runbooks = markdown.into_par_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Texts { runbooks, fragments, assets, strays })
}

impl Texts {
    /// Parses all of them.
    pub fn parse(self, settings: &Settings) -> Collection {
        self.parse_but(settings, &|_, _| None)
    }

    /// Parses those that are not known.
    pub fn parse_but(self, settings: &Settings, known: Known<'_>) -> Collection {
        let Self { runbooks, fragments, assets, strays } = self;
        let parse = |(path, text): (PathBuf, String)| parsed(settings, &path, text, &fragments, known);
        let mut parsed: Vec<_> = runbooks.into_par_iter().map(parse).collect();
        parsed.sort_by(|(left, _), (right, _)| left.id.cmp(&right.id));
        let mut collection = Collection { assets, diagnostics: strays, ..Collection::default() };
        for (runbook, diagnostics) in parsed {
            collection.runbooks.push(runbook);
            collection.diagnostics.extend(diagnostics);
        }
        collection
    }
}

/// Returns what became of a text before, if that is known.
pub type Known<'a> = &'a (dyn Fn(&RunbookId, &str) -> Option<(Runbook, Vec<Diagnostic>)> + Sync);

/// Reads and parses the one runbook of that id, without looking at any other; `None` where there is no such file.
pub fn load_one(settings: &Settings, id: &RunbookId) -> Result<Option<(Runbook, Vec<Diagnostic>)>, FileError> {
    let candidates = ["md", "markdown"].map(|extension| PathBuf::from(format!("{id}.{extension}")));
    let Some(path) = candidates.into_iter().find(|path| files::exists(&settings.content.join(path))) else {
        return Ok(None);
    };
    read(settings, &path, &fragments(settings)?).map(Some)
}

/// Returns the shared steps under `checks/`, by name.
pub fn fragments(settings: &Settings) -> Result<Fragments, FileError> {
    let folder = settings.fragments_folder();
    if !files::is_folder(&folder) {
        return Ok(Fragments::new());
    }
    let mut fragments = Fragments::new();
    for path in files::walk(&folder)?.into_iter().filter(|path| is_markdown(path)) {
        let text = files::read_text(&path)?;
        let name = id_of(path.strip_prefix(&folder).unwrap_or(&path));
        fragments.insert(name.0, Arc::new(Source::new(shown(settings, &path), text)));
    }
    Ok(fragments)
}

/// Returns the id of the runbook in a file, given relative to the content folder.
pub fn id_of(path: &Path) -> RunbookId {
    let parts: Vec<_> = path
        .with_extension("")
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    RunbookId(parts.join("/"))
}

/// Returns the id of the runbook that stands in a file, if it is one of the content.
pub fn id_of_file(settings: &Settings, file: &Path) -> Option<RunbookId> {
    let path = file.strip_prefix(&settings.content).ok().filter(|path| is_markdown(path))?;
    Some(id_of(path))
}

/// Reads and parses the runbook in a file of the content.
pub fn read_file(
    settings: &Settings,
    file: &Path,
    fragments: &Fragments,
) -> Result<(Runbook, Vec<Diagnostic>), FileError> {
    let path = file.strip_prefix(&settings.content).unwrap_or(file);
    read(settings, path, fragments)
}

fn read(settings: &Settings, path: &Path, fragments: &Fragments) -> Result<(Runbook, Vec<Diagnostic>), FileError> {
    let text = files::read_text(&settings.content.join(path))?;
    Ok(parsed(settings, path, text, fragments, &|_, _| None))
}

fn parsed(
    settings: &Settings,
    path: &Path,
    text: String,
    fragments: &Fragments,
    known: Known<'_>,
) -> (Runbook, Vec<Diagnostic>) {
    if let Some(known) = known(&id_of(path), &text) {
        return known;
    }
    let source = Arc::new(Source::new(shown(settings, &settings.content.join(path)), text));
    parse::parse(id_of(path), source, fragments)
}

/// Returns a path as diagnostics show it: relative to the root.
fn shown(settings: &Settings, path: &Path) -> PathBuf {
    path.strip_prefix(&settings.root).unwrap_or(path).to_owned()
}

/// Returns whether a file is Markdown, as its name says.
pub fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md" || extension == "markdown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_path_without_extension() {
        assert_eq!(id_of(Path::new("incident/db-pool.md")).as_str(), "incident/db-pool");
    }

    #[test]
    fn only_the_last_extension_is_dropped() {
        assert_eq!(id_of(Path::new("a.html.md")).as_str(), "a.html");
    }
}
