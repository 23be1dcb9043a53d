//! Which files of a folder are content.
//!
//! Hidden files never are, nor what a build has written, nor what a symbolic link brings in from outside the root.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::shown;
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Source, Span};
use crate::sys::files::{self, FileError, Found};
use crate::sys::tree;

/// Folders of the root that hold no runbooks, where the root itself is the content.
const NOT_CONTENT: &[&str] = &["checks", "themes", "site", "target", "node_modules"];

/// Returns the files of the content folder, relative to it, and what was left out although somebody put it there.
pub(super) fn list(settings: &Settings) -> Result<(Vec<PathBuf>, Vec<Diagnostic>), FileError> {
    let real_root = files::canonical(&settings.root)?;
    let (mut paths, mut strays) = (Vec::new(), Vec::new());
    for found in files::walk_where(&settings.content, |folder| is_content(settings, folder))? {
        let path = match found {
            Found::Folder(_) => continue,
            Found::File(path) => path,
            Found::Link { path, target } => match why_not(&real_root, target.as_deref()) {
                None => path,
                Some(reason) => {
                    strays.push(stray(settings, &path, reason));
                    continue;
                }
            },
        };
        paths.extend(path.strip_prefix(&settings.content).ok().map(Path::to_owned));
    }
    Ok((paths, strays))
}

/// Returns whether runbooks are looked for in a folder below the content folder.
pub(super) fn is_content(settings: &Settings, folder: &Path) -> bool {
    let written = files::exists(&folder.join(tree::MANIFEST)) || files::exists(&folder.join("CACHEDIR.TAG"));
    let of_root = settings.is_whole_root() && folder.parent() == Some(&*settings.content);
    let other = folder.file_name().is_some_and(|name| NOT_CONTENT.iter().any(|other| name == *other));
    !written && !(of_root && other)
}

/// Returns why a link is not followed to `target`; `None` if it is.
fn why_not(real_root: &Path, target: Option<&Path>) -> Option<&'static str> {
    let Some(target) = target else { return Some("leads to nothing") };
    let Ok(inside) = target.strip_prefix(real_root) else { return Some("leads out of the folder of the collection") };
    let hidden = |part: Component<'_>| part.as_os_str().to_string_lossy().starts_with('.');
    if inside.components().any(hidden) {
        return Some("leads to a hidden file");
    }
    files::is_folder(target).then_some("leads to a folder")
}

fn stray(settings: &Settings, path: &Path, reason: &str) -> Diagnostic {
    let source = Arc::new(Source::new(shown(settings, path), String::new()));
    let name = shown(settings, path);
    let title = format!("`{}` is a symbolic link that {reason}; it is left out", name.display());
    Diagnostic::new("stray-symlink", Level::Warning, title, &source, Span::default())
        .help("put the file itself there, or remove the link")
}
