//! Where a page stands, and how one page names another.
//!
//! Every page is a folder with an `index.html`, and every link is relative and names that file. So the same bytes work
//! under any path of any web server and from a disk, where a folder does not show its `index.html`.

use std::fmt::Write as _;

/// The place of a page: its folder below the site's root, with `/` between names; empty for the home page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address(String);

impl Address {
    /// Makes the address of the folder `path`; slashes at its ends do not count.
    pub(crate) fn new(path: impl AsRef<str>) -> Self {
        Self(path.as_ref().trim_matches('/').to_owned())
    }

    /// Returns the home page.
    pub(crate) const fn home() -> Self {
        Self(String::new())
    }

    /// Returns the folder, without slashes at its ends.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the page's file, as a path below the site's root.
    pub(crate) fn file(&self) -> String {
        if self.0.is_empty() { "index.html".to_owned() } else { format!("{}/index.html", self.0) }
    }

    /// Returns what leads from this page up to the site's root: empty, or `../` once for each folder.
    pub(crate) fn to_root(&self) -> String {
        if self.0.is_empty() { String::new() } else { "../".repeat(self.0.split('/').count()) }
    }

    /// Returns the page's file as a URL relative to the site's root.
    pub(crate) fn url(&self) -> String {
        encode(&self.file())
    }

    /// Returns the page's folder as a URL relative to the site's root: what a canonical link shows.
    pub(crate) fn folder_url(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!("{}/", encode(&self.0)) }
    }
}

/// Percent-encodes a path for a URL; letters, digits, `/` and the unreserved signs of RFC 3986 stay as they are.
pub(crate) fn encode(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => _ = write!(url, "%{byte:02X}"),
        }
    }
    url
}

/// Undoes percent-encoding; a `%` that begins no code stays, and bytes that are not UTF-8 become `U+FFFD`.
pub(crate) fn decode(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Joins a relative path to a folder and resolves `.` and `..`; `None` where it leads out of the root.
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    let (base, path) = match path.strip_prefix('/') {
        Some(absolute) => ("", absolute),
        None => (folder, path),
    };
    let mut names: Vec<&str> = base.split('/').filter(|name| !name.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

/// Returns the folder a path stands in; empty for the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns the last name of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns a folder's or file's name as a title: `db-pool` is `Db pool`.
pub(crate) fn title_of_name(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_two_folders_down_climbs_twice() {
        let page = Address::new("incident/db-pool");
        assert_eq!(page.file(), "incident/db-pool/index.html");
        assert_eq!(page.to_root(), "../../");
        assert_eq!(Address::home().to_root(), "");
    }

    #[test]
    fn spaces_and_other_scripts_are_encoded() {
        assert_eq!(Address::new("a b/한").url(), "a%20b/%ED%95%9C/index.html");
        assert_eq!(decode("a%20b/%ED%95%9C"), "a b/한");
        assert_eq!(decode("100%"), "100%");
    }

    #[test]
    fn a_path_out_of_the_root_is_none() {
        assert_eq!(join("incident", "../deploy/./x.md").as_deref(), Some("deploy/x.md"));
        assert_eq!(join("incident", "/x.md").as_deref(), Some("x.md"));
        assert_eq!(join("incident", "../../x.md"), None);
    }

    #[test]
    fn names_become_titles() {
        assert_eq!(title_of_name("db-pool"), "Db pool");
    }
}
