//! Where a link leads: to a page, a file of the content, another site, or nowhere.

use std::fmt::Write as _;

use super::address;
use super::catalogue::{AnchorMatch, Catalogue, Entry};
use super::fault::Fault;
use super::generated::Generated;

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

/// Where a link leads, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// Where it leads all the same.
    pub(crate) destination: Destination,
    /// What is wrong.
    pub(crate) fault: Option<Fault>,
}

impl Resolved {
    const fn sound(destination: Destination) -> Self {
        Self { destination, fault: None }
    }

    const fn nowhere(fault: Fault) -> Self {
        Self { destination: Destination::Nowhere, fault: Some(fault) }
    }
}

/// Schemes that lead somewhere and do nothing else.
const SAFE: &[&str] = &["http", "https", "mailto", "tel", "ssh", "slack", "msteams", "irc", "ftp"];

/// Returns where `written` leads from a page.
pub(crate) fn resolve(written: &str, catalogue: &Catalogue<'_>, entry: &Entry<'_>) -> Resolved {
    let written = written.trim();
    if let Some(scheme) = scheme(written) {
        return match SAFE.contains(&scheme) {
            true => Resolved::sound(Destination::Away(written.to_owned())),
            false => Resolved::nowhere(Fault::Unsafe(scheme.to_owned())),
        };
    }
    if written.starts_with("//") {
        return Resolved::sound(Destination::Away(written.to_owned()));
    }
    let (path, fragment) = parts(written);
    if path.is_empty() {
        let here = catalogue.position(entry.runbook.id.as_str());
        let mut resolved = here.map_or_else(
            || Resolved::sound(Destination::Here(String::new())),
            |page| on_page(String::new(), page, fragment, catalogue),
        );
        if resolved.destination == Destination::Here(String::new()) {
            resolved.destination = Destination::Here("#main".to_owned());
        }
        return resolved;
    }
    match address::join(entry.folder, &address::decode(path)) {
        Some(target) => inside(path, target, fragment, catalogue, entry),
        None => Resolved::nowhere(Fault::Outside(path.to_owned())),
    }
}

/// Returns the path and the fragment of a relative link; what stands behind `?` leads nowhere on this site.
fn parts(written: &str) -> (&str, Option<&str>) {
    let (path, fragment) = written.split_once('#').map_or((written, None), |(path, name)| (path, Some(name)));
    (path.split_once('?').map_or(path, |(path, _)| path), fragment)
}

fn inside(
    path: &str,
    target: String,
    fragment: Option<&str>,
    catalogue: &Catalogue<'_>,
    entry: &Entry<'_>,
) -> Resolved {
    let root = entry.address.to_root();
    if let Some(page) = catalogue.position(without_extension(&target).unwrap_or(&target)) {
        let url = format!("{root}{}", catalogue.entries[page].address.url());
        return on_page(url, page, fragment, catalogue);
    }
    if catalogue.folders.contains_key(&target) {
        return Resolved::sound(Destination::Here(format!("{root}{}", catalogue.folder_address(&target).url())));
    }
    if catalogue.files.contains(&target) {
        let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
        return Resolved::sound(Destination::Here(format!("{root}{}{fragment}", address::encode(&target))));
    }
    match catalogue.generated.at(&target) {
        Some(Generated::Page(address)) => {
            let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
            Resolved::sound(Destination::Here(format!("{root}{}{fragment}", address.url())))
        }
        Some(&Generated::Runbook(page)) => {
            on_page(format!("{root}{}", catalogue.entries[page].address.url()), page, fragment, catalogue)
        }
        None => Resolved::nowhere(Fault::Missing { path: path.to_owned(), target }),
    }
}

/// Returns where a fragment leads on the page that stands at `url`.
fn on_page(mut url: String, page: usize, fragment: Option<&str>, catalogue: &Catalogue<'_>) -> Resolved {
    let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) else {
        return Resolved::sound(Destination::Here(url));
    };
    let name = address::decode(fragment);
    let (known, fault) = match catalogue.entries[page].anchors.find(&name) {
        AnchorMatch::Exact => (name, None),
        AnchorMatch::Loose(known) => (known.to_owned(), Some(Fault::LooseAnchor { name, known: known.to_owned() })),
        AnchorMatch::Missing => {
            return Resolved { destination: Destination::Here(url), fault: Some(Fault::Anchor { page, name }) };
        }
    };
    // Writing to a string cannot fail.
    _ = write!(url, "#{}", address::encode(&known));
    Resolved { destination: Destination::Here(url), fault }
}

/// Returns the file that a link leads to, by its path below the content folder.
pub(super) fn file<'a>(catalogue: &'a Catalogue<'_>, from: &Entry<'_>, written: &str) -> Option<&'a str> {
    let target = below(from, written)?;
    catalogue.files.get(&target).map(String::as_str)
}

/// Returns the position of the runbook a link leads to.
pub(crate) fn runbook(catalogue: &Catalogue<'_>, from: &Entry<'_>, written: &str) -> Option<usize> {
    let target = below(from, written)?;
    catalogue.position(without_extension(&target).unwrap_or(&target))
}

/// Returns the path below the content folder that a relative link names.
fn below(from: &Entry<'_>, written: &str) -> Option<String> {
    let written = written.trim();
    let (path, _) = parts(written);
    if path.is_empty() || scheme(written).is_some() || written.starts_with("//") {
        return None;
    }
    address::join(from.folder, &address::decode(path))
}

/// Returns the scheme of an absolute URL: `C:\x` and `a b:c` have none.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let sound = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let known = SAFE.iter().find(|known| known.eq_ignore_ascii_case(scheme));
    sound.then_some(known.copied().unwrap_or(scheme))
}

/// Returns a Markdown file's path without its extension.
pub(super) fn without_extension(path: &str) -> Option<&str> {
    path.strip_suffix(".md").or_else(|| path.strip_suffix(".markdown")).or_else(|| path.strip_suffix(".mdx"))
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
