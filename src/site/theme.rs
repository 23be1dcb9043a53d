//! The theme: a folder of Tera templates and assets, embedded in the binary, file by file overridden by the site's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::{Context, ErrorKind, Tera};

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Source, Span};

/// Files of a theme by their path in its folder: `templates/runbook.html`, `assets/style.css`.
pub type ThemeFiles = BTreeMap<String, Vec<u8>>;

macro_rules! embedded {
    ($theme:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/themes/", $theme, "/", $path)))),*]
    };
}

/// The default theme. A test compares this list with the folder.
const DEFAULT: &[(&str, &[u8])] = embedded![
    "default":
    "assets/icon.svg",
    "assets/page.js",
    "assets/print.css",
    "assets/scheme.js",
    "assets/search.js",
    "assets/style.css",
    "assets/values.js",
    "templates/404.html",
    "templates/alert.html",
    "templates/base.html",
    "templates/components.html",
    "templates/facet.html",
    "templates/facets.html",
    "templates/feed.xml",
    "templates/home.html",
    "templates/icons.html",
    "templates/llms.txt",
    "templates/navigation.html",
    "templates/opensearch.xml",
    "templates/redirect.html",
    "templates/runbook.html",
    "templates/search.html",
    "templates/section.html",
    "templates/sitemap.xml",
    "templates/status.html",
    "templates/step.html",
    "templates/contents.html",
];

/// A theme of a few lines, for paper, old browsers and those who want to write their own. What it does not have comes from
/// the default one. The same test compares it.
const PLAIN: &[(&str, &[u8])] = embedded!["plain": "assets/style.css", "templates/base.html", "templates/search.html"];

/// Returns what a theme of ours changes of the default one; `None` where we have none of that name.
pub fn named(name: &str) -> Option<ThemeFiles> {
    let files = match name {
        "default" => return Some(ThemeFiles::new()),
        "plain" => PLAIN,
        _ => return None,
    };
    Some(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect())
}

/// Returns the names of our templates.
#[cfg(test)]
pub(super) fn default_templates() -> impl Iterator<Item = &'static str> {
    DEFAULT.iter().filter_map(|(path, _)| path.strip_prefix("templates/"))
}

/// The templates, understood, and the assets.
#[derive(Debug)]
pub(crate) struct Theme {
    tera: Tera,
    files: BTreeMap<String, Vec<u8>>,
}

impl Theme {
    /// Joins the default theme with the site's own files, which win, and understands the templates.
    pub(crate) fn load(own: &ThemeFiles) -> Result<Self, Box<Diagnostic>> {
        let embedded = DEFAULT.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
        let mut files: ThemeFiles = embedded.collect();
        files.extend(own.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
        let templates: Vec<(String, String)> = files
            .iter()
            .filter_map(|(path, bytes)| {
                Some((path.strip_prefix("templates/")?.to_owned(), String::from_utf8_lossy(bytes).into_owned()))
            })
            .collect();
        let mut tera = Tera::new();
        match tera.add_raw_templates(templates) {
            Ok(()) => Ok(Self { tera, files }),
            Err(error) => Err(Box::new(broken(&files, "", &error))),
        }
    }

    /// Puts a value before every template.
    pub(crate) fn set<T: serde::Serialize>(&mut self, name: &'static str, value: &T) {
        self.tera.global_context().insert(name, value);
    }

    /// Fills in a template.
    pub(crate) fn render(&self, template: &str, context: &Context) -> Result<String, Box<Diagnostic>> {
        self.tera.render(template, context).map_err(|error| Box::new(broken(&self.files, template, &error)))
    }

    /// Returns all files of the theme, templates and assets.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Returns the theme's assets with their path below `assets/`.
    pub(crate) fn assets(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("assets/")?, bytes.as_slice())))
    }
}

/// Returns what is wrong with a template, with its place where the template engine knows it.
fn broken(files: &ThemeFiles, template: &str, error: &tera::Error) -> Diagnostic {
    let (name, message, span) = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            (report.filename().to_owned(), report.message().to_owned(), report.span().range.clone())
        }
        other => (template.to_owned(), other.to_string(), 0..0),
    };
    let text = files.get(&format!("templates/{name}")).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    let span = Span::new(span.start.min(text.len()), span.end.min(text.len()));
    let source = Arc::new(Source::new(format!("templates/{name}"), text));
    let first = message.lines().next().unwrap_or_default().to_owned();
    Diagnostic::new(
        "broken-template",
        Level::Error,
        format!("the template `{name}` cannot be used: {first}"),
        &source,
        span,
    )
    .help("a file of the same name in your theme's folder wins over ours; remove yours to get ours back")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::sys::files;

    #[test]
    fn the_embedded_lists_are_the_folders() {
        for (name, list) in [("default", DEFAULT), ("plain", PLAIN)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes").join(name);
            let mut found: Vec<String> = files::walk(&folder)
                .unwrap()
                .iter()
                .map(|path| path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/"))
                .collect();
            let mut listed: Vec<String> = list.iter().map(|(path, _)| (*path).to_owned()).collect();
            found.sort();
            listed.sort();
            assert_eq!(found, listed, "{name}");
        }
    }

    #[test]
    fn the_plain_theme_changes_some_files_and_keeps_the_others() {
        let plain = named("plain").unwrap();
        let theme = Theme::load(&plain).unwrap();
        assert!(theme.files().any(|(path, bytes)| path == "assets/style.css" && bytes == plain["assets/style.css"]));
        assert!(theme.files().any(|(path, _)| path == "templates/runbook.html"));
        assert!(named("fancy").is_none());
    }

    #[test]
    fn the_default_templates_are_understood() {
        assert!(Theme::load(&ThemeFiles::new()).is_ok());
    }

    #[test]
    fn a_broken_template_names_its_file_and_line() {
        let own = ThemeFiles::from([("templates/404.html".to_owned(), b"one\n{% if %}".to_vec())]);
        let problem = Theme::load(&own).unwrap_err();
        assert_eq!(problem.source.path(), Path::new("templates/404.html"));
        assert_eq!(problem.source.position(problem.primary.span.start).line, 2);
    }

    #[test]
    fn a_file_of_the_site_wins() {
        let own = ThemeFiles::from([("assets/style.css".to_owned(), b"mine".to_vec())]);
        let theme = Theme::load(&own).unwrap();
        assert!(theme.assets().any(|(path, bytes)| path == "style.css" && bytes == b"mine"));
    }
}
