//! What is wrong with a link, and the way out.

use super::address;
use super::catalogue::{Catalogue, Entry};
use super::resolve::without_extension;
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::model::Span;

/// What is wrong with a link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It leads out of the content.
    Outside(String),
    /// There is no such page or file.
    Missing {
        /// As written.
        path: String,
        /// Below the content folder.
        target: String,
    },
    /// The page is there, the place on it is not.
    Anchor {
        /// Position of the page.
        page: usize,
        /// The name that is not there.
        name: String,
    },
    /// The place is there under another spelling.
    LooseAnchor {
        /// As written.
        name: String,
        /// As it should be.
        known: String,
    },
    /// The address would do something: `javascript:…`.
    Unsafe(String),
}

impl Fault {
    /// Says what is wrong with the link at `span` of a page.
    pub(crate) fn diagnostic(&self, catalogue: &Catalogue<'_>, entry: &Entry<'_>, span: Span) -> Diagnostic {
        let problem = |rule, level, title: String| Diagnostic::new(rule, level, title, &entry.runbook.source, span);
        match self {
            Self::Outside(path) => {
                problem("broken-link", Level::Warning, format!("`{path}` leads out of the content folder"))
                    .label("the site holds nothing from there")
                    .help("move the file below the content folder, or link to it by its full URL")
            }
            Self::Missing { path, target } => {
                let problem = problem("broken-link", Level::Warning, format!("there is no page or file `{path}`"));
                problem.help(match meant(catalogue, target) {
                    Some(close) => format!("did you mean `{}`?", relative_file(catalogue, entry, close)),
                    None => format!("looked for `{target}` below the content folder"),
                })
            }
            Self::Anchor { page, name } => {
                let target = &catalogue.entries[*page];
                let problem = problem("broken-anchor", Level::Warning, format!("`{}` has no `#{name}`", target.title));
                problem.help(match did_you_mean(name, target.anchors.sorted_names()) {
                    Some(close) => format!("did you mean `#{close}`?"),
                    None => "link to a heading or a step of that page".to_owned(),
                })
            }
            Self::LooseAnchor { name, known } => {
                let title = format!("`#{name}` is spelled differently from `#{known}`");
                problem("loose-anchor", Level::Hint, title)
                    .help(format!("write `#{known}`; the page leads there all the same"))
            }
            Self::Unsafe(scheme) => {
                problem("unsafe-link", Level::Warning, format!("a `{scheme}:` link is not shown as a link"))
                    .help("the site links to pages, files, and http, https, mailto and tel addresses")
            }
        }
    }
}

/// Returns the id or the file that was probably meant by a path below the content folder.
fn meant<'a>(catalogue: &'a Catalogue<'_>, target: &str) -> Option<&'a str> {
    let wanted = without_extension(target).unwrap_or(target);
    let ids = || catalogue.entries.iter().map(|entry| entry.runbook.id.as_str());
    let files = catalogue.files.iter().map(String::as_str);
    // Every folder has one, so one of another folder is no better than any.
    let common = ["readme", "index", "_index"].contains(&address::name(wanted).to_lowercase().as_str());
    let same_name = || ids().find(|id| !common && address::name(id).eq_ignore_ascii_case(address::name(wanted)));
    did_you_mean(wanted, ids()).or_else(|| did_you_mean(target, files)).or_else(same_name)
}

/// Returns how an author writes a link from a page to the runbook or file `id`.
fn relative_file(catalogue: &Catalogue<'_>, from: &Entry<'_>, id: &str) -> String {
    let file = match catalogue.by_id(id) {
        Some(entry) => {
            let path = entry.runbook.source.path();
            let extension = path.extension().map_or_else(|| "md".into(), |extension| extension.to_string_lossy());
            format!("{id}.{extension}")
        }
        None => id.to_owned(),
    };
    let (mut here, mut there): (Vec<&str>, Vec<&str>) = (from.folder.split('/').collect(), file.split('/').collect());
    here.retain(|name| !name.is_empty());
    while !here.is_empty() && there.len() > 1 && here[0] == there[0] {
        here.remove(0);
        there.remove(0);
    }
    format!("{}{}", "../".repeat(here.len()), there.join("/"))
}
