//! What the pages of a collection are made of, for whoever waits for it to change.

use std::path::{Component, Path, PathBuf};

use super::listing;
use crate::config::{FILE_NAME, Settings};
use crate::sys::files::{self, FileError, Found};

/// Returns the folders whose files the pages are made of, each by itself and without those below it.
///
/// The root is always one of them: a configuration or a folder of content may appear there. What is built, installed or
/// hidden is none.
pub fn folders(settings: &Settings) -> Result<Vec<PathBuf>, FileError> {
    let state = settings.state_folder();
    let mut found = vec![settings.root.clone(), state.clone(), results(settings)];
    found.retain(|folder| files::is_folder(folder));
    for tree in [&settings.content, &settings.fragments_folder(), &settings.root.join("themes")] {
        if files::is_folder(tree) {
            found.extend(below(settings, tree)?);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn below(settings: &Settings, tree: &Path) -> Result<Vec<PathBuf>, FileError> {
    let folder = |found| match found {
        Found::Folder(path) => Some(path),
        Found::File(_) | Found::Link { .. } => None,
    };
    Ok(files::walk_where(tree, |path| listing::is_content(settings, path))?.into_iter().filter_map(folder).collect())
}

/// Returns whether the pages may be others when the file or folder at `path` is.
pub fn is_source(settings: &Settings, path: &Path) -> bool {
    let Ok(below_root) = path.strip_prefix(&settings.root) else { return false };
    let state = settings.state_folder();
    if below_root == Path::new(FILE_NAME) || path == state {
        return true;
    }
    if let Ok(file) = path.strip_prefix(results(settings)) {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        return !name.starts_with('.') && !is_passing(&name);
    }
    // A path that climbs is no name of anything in here.
    let name = |part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    };
    let Some(names) = below_root.components().map(name).collect::<Option<Vec<_>>>() else { return false };
    let Some(first) = names.first() else { return false };
    let seen = !names.iter().any(|name| name.starts_with('.') || is_passing(name));
    // Where there is a content folder, the root holds nothing else that is shown; it may be about to appear, or to go.
    let of_pages = matches!(first.as_ref(), "content" | "checks" | "themes");
    let of_root = settings.is_whole_root() && path.ancestors().skip(1).all(|folder| is_open(settings, folder));
    seen && (of_pages || of_root && listing::is_content(settings, path))
}

fn is_open(settings: &Settings, folder: &Path) -> bool {
    !folder.starts_with(&settings.root) || folder == settings.root || listing::is_content(settings, folder)
}

/// Returns whether a name is one that editors and downloads give to what will be gone in a moment.
fn is_passing(name: &str) -> bool {
    let ends = ["~", ".swp", ".swx", ".tmp", ".part", ".crdownload", "___jb_tmp___", "___jb_old___"];
    // `4913` is the file vim writes to see whether it may.
    ends.iter().any(|end| name.ends_with(end)) || name.starts_with('#') || name == "4913"
}

fn results(settings: &Settings) -> PathBuf {
    settings.state_folder().join("results")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::sys::Environment;

    fn collection(with_content: bool) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        for file in ["docs/a.md", "target/x.md", "out/.runbooks-manifest", "checks/a.md", ".runbooks/results/p.json"] {
            files::write(&folder.path().join(file), b"").unwrap();
        }
        if with_content {
            files::write(&folder.path().join("content/deep/a.md"), b"").unwrap();
        }
        let settings = config::load(Some(folder.path()), &Environment::default()).unwrap().0;
        (folder, settings)
    }

    fn sources<'a>(settings: &Settings, paths: &[&'a str]) -> Vec<&'a str> {
        paths.iter().copied().filter(|path| is_source(settings, &settings.root.join(path))).collect()
    }

    const OF_PAGES: [&str; 5] = [
        "content/deep/a.md",
        "checks/a.md",
        "themes/default/templates/home.html",
        "runbooks.toml",
        ".runbooks/results/production.json",
    ];
    const STATE: &str = ".runbooks";
    const OTHERS: [&str; 12] = [
        ".runbooks/runs/1/journal.ndjson",
        ".git/index",
        "target/debug/x.md",
        "site/index.html",
        "out/index.html",
        "content/.a.md.swp",
        "content/a.md~",
        "content/4913",
        "content/#a.md#",
        ".runbooks/results/.tmp-1",
        "runbooks.toml~",
        "../elsewhere.md",
    ];

    #[test]
    fn content_checks_themes_configuration_and_results_make_the_pages() {
        let (_folder, settings) = collection(true);
        assert_eq!(sources(&settings, &OF_PAGES), OF_PAGES);
        assert_eq!(sources(&settings, &OTHERS), Vec::<&str>::new());
        assert_eq!(sources(&settings, &["docs/a.md", "README.md", STATE]), [STATE]);
    }

    #[test]
    fn without_a_content_folder_the_root_makes_them_but_for_what_is_built() {
        let (_folder, settings) = collection(false);
        assert_eq!(sources(&settings, &["docs/a.md", "README.md", "new"]), ["docs/a.md", "README.md", "new"]);
        assert_eq!(sources(&settings, &OF_PAGES), OF_PAGES);
        assert_eq!(sources(&settings, &OTHERS), Vec::<&str>::new());
    }

    #[test]
    fn the_folders_are_those_and_none_that_is_built() {
        for (with_content, expected) in [
            (true, vec!["", ".runbooks", ".runbooks/results", "checks", "content", "content/deep"]),
            (false, vec!["", ".runbooks", ".runbooks/results", "checks", "docs"]),
        ] {
            let (_folder, settings) = collection(with_content);
            let expected: Vec<_> = expected.iter().map(|name| settings.root.join(name)).collect();
            let found: Vec<_> = folders(&settings).unwrap().iter().map(|path| path.join("")).collect();
            assert_eq!(found, expected.iter().map(|path| path.join("")).collect::<Vec<_>>());
        }
    }
}
