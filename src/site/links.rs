//! Where a link leads: to a page, a file of the content, another site, or nowhere.

use std::fmt::Write as _;

use super::address;
use super::catalogue::{AnchorMatch, Catalogue, Entry};
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::model::Span;

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Somewhere on this site: a URL relative to the page it stands on.
    Here(String),
    /// To another site, or to a mail program.
    Away(String),
    /// Nowhere: the text is shown without a link.
    Nowhere,
}

/// Where a link stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a, 'b> {
    /// What is on the site.
    pub(crate) catalogue: &'a Catalogue<'b>,
    /// The page it stands on.
    pub(crate) entry: &'a Entry<'b>,
    /// The link in the source.
    pub(crate) span: Span,
}

/// Returns where `written` leads from a page, and what is wrong with it.
pub(crate) fn resolve(written: &str, place: Place<'_, '_>, diagnostics: &mut Vec<Diagnostic>) -> Destination {
    let written = written.trim();
    if let Some(scheme) = scheme(written) {
        return away(written, scheme, place, diagnostics);
    }
    if written.starts_with("//") {
        return Destination::Away(written.to_owned());
    }
    let (path, fragment) = written.split_once('#').map_or((written, None), |(path, name)| (path, Some(name)));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() {
        let mut url = String::new();
        append_fragment(&mut url, fragment, place.entry, place, diagnostics);
        return Destination::Here(if url.is_empty() { "#main".to_owned() } else { url });
    }
    let Some(target) = address::join(place.entry.folder, &address::decode(path)) else {
        diagnostics.push(
            warning("broken-link", format!("`{path}` leads out of the content folder"), place)
                .label("the site holds nothing from there")
                .help("move the file below the content folder, or link to it by its full URL"),
        );
        return Destination::Nowhere;
    };
    inside(path, &target, fragment, place, diagnostics)
}

fn inside(
    path: &str,
    target: &str,
    fragment: Option<&str>,
    place: Place<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Destination {
    let catalogue = place.catalogue;
    let root = place.entry.address.to_root();
    let runbook = without_extension(target).map_or_else(|| catalogue.by_id(target), |id| catalogue.by_id(id));
    if let Some(entry) = runbook {
        let mut url = format!("{root}{}", entry.address.url());
        append_fragment(&mut url, fragment, entry, place, diagnostics);
        return Destination::Here(url);
    }
    if catalogue.folders.contains_key(target) {
        return Destination::Here(format!("{root}{}", catalogue.folder_address(target).url()));
    }
    if catalogue.input.files.contains_key(target) {
        let mut url = format!("{root}{}", address::encode(target));
        if let Some(fragment) = fragment {
            url.push('#');
            url.push_str(fragment);
        }
        return Destination::Here(url);
    }
    diagnostics.push(missing(path, target, place));
    Destination::Nowhere
}

/// Says that there is no such page, and what was probably meant.
fn missing(path: &str, target: &str, place: Place<'_, '_>) -> Diagnostic {
    let catalogue = place.catalogue;
    let wanted = without_extension(target).unwrap_or(target);
    let ids = || catalogue.entries.iter().map(|entry| entry.runbook.id.as_str());
    let files = catalogue.input.files.keys().map(String::as_str);
    let same_name = || ids().find(|id| address::name(id).eq_ignore_ascii_case(address::name(wanted)));
    let problem = warning("broken-link", format!("there is no page or file `{path}`"), place);
    match did_you_mean(wanted, ids()).or_else(|| did_you_mean(target, files)).or_else(same_name) {
        Some(close) => problem.help(format!("did you mean `{}`?", relative_file(catalogue, place.entry, close))),
        None => problem.help(format!("looked for `{target}` below the content folder")),
    }
}

/// Returns how an author writes a link from a page to the runbook `id`.
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

fn append_fragment(
    url: &mut String,
    fragment: Option<&str>,
    target: &Entry<'_>,
    place: Place<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) else { return };
    let name = address::decode(fragment);
    let found = match target.anchors.find(&name) {
        AnchorMatch::Exact => name,
        AnchorMatch::Loose(known) => {
            diagnostics.push(
                Diagnostic::new(
                    "loose-anchor",
                    Level::Hint,
                    format!("`#{name}` is spelled differently from `#{known}`"),
                    &place.entry.runbook.source,
                    place.span,
                )
                .help(format!("write `#{known}`; the page leads there all the same")),
            );
            known.to_owned()
        }
        AnchorMatch::Missing => {
            let problem = warning("broken-anchor", format!("`{}` has no `#{name}`", target.title), place);
            diagnostics.push(match did_you_mean(&name, target.anchors.names()) {
                Some(close) => problem.help(format!("did you mean `#{close}`?")),
                None => problem.help("link to a heading or a step of that page"),
            });
            return;
        }
    };
    // Writing to a string cannot fail.
    _ = write!(url, "#{}", address::encode(&found));
}

fn away(written: &str, scheme: &str, place: Place<'_, '_>, diagnostics: &mut Vec<Diagnostic>) -> Destination {
    if ["http", "https", "mailto", "tel", "ssh", "slack", "msteams", "irc", "ftp"].contains(&scheme) {
        return Destination::Away(written.to_owned());
    }
    diagnostics.push(
        warning("unsafe-link", format!("a `{scheme}:` link is not shown as a link"), place)
            .help("the site links to pages, files, and http, https, mailto and tel addresses"),
    );
    Destination::Nowhere
}

fn warning(rule: &'static str, title: String, place: Place<'_, '_>) -> Diagnostic {
    Diagnostic::new(rule, Level::Warning, title, &place.entry.runbook.source, place.span)
}

/// Returns the scheme of an absolute URL, in lower case letters only: `C:\x` and `a b:c` have none.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let sound = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    sound.then_some(match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        "https" => "https",
        "mailto" => "mailto",
        _ => scheme,
    })
}

/// Returns a Markdown file's path without its extension.
fn without_extension(path: &str) -> Option<&str> {
    path.strip_suffix(".md").or_else(|| path.strip_suffix(".markdown")).or_else(|| path.strip_suffix(".mdx"))
}

/// Returns the position of the runbook a link leads to, without a word about what is wrong with it.
pub(crate) fn runbook(catalogue: &Catalogue<'_>, from: &Entry<'_>, written: &str) -> Option<usize> {
    let path = written.split(['#', '?']).next().filter(|path| !path.is_empty() && scheme(path).is_none())?;
    let target = address::join(from.folder, &address::decode(path))?;
    catalogue.position(without_extension(&target).unwrap_or(&target))
}

#[cfg(test)]
mod tests {
    use super::scheme;

    #[test]
    fn a_scheme_ends_at_its_colon() {
        assert_eq!(scheme("HTTPS://a"), Some("https"));
        assert_eq!(scheme("javascript:alert(1)"), Some("javascript"));
        assert_eq!(scheme("a/b.md#c:d"), None);
    }
}
