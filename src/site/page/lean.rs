//! What a finished page can do without: drawings that nothing on it shows, and ways up that lead down again.
//!
//! Nothing a reader sees changes. Templates stay simple: they write every address from the root.

use std::collections::HashSet;

use crate::link::address::{self, Address};

/// Returns a page without what it does not need.
pub(super) fn lean(html: String, page: &Address) -> String {
    nearer(without_unused_symbols(html), page)
}

/// Leaves out the symbols of a sprite that no `<use>` of the page shows.
fn without_unused_symbols(html: String) -> String {
    const OPENS: &str = "<symbol id=\"";
    const ENDS: &str = "</symbol>\n";
    if !html.contains(OPENS) {
        return html;
    }
    let quoted = |(_, rest): (&str, &str)| rest.split('"').next().unwrap_or_default().to_owned();
    let name = |at: usize| html[at..].split_once('#').map(quoted);
    let used: HashSet<String> = html.match_indices("<use href=\"#").filter_map(|(at, _)| name(at)).collect();
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some(start) = rest.find(OPENS) {
        let Some(length) = rest[start..].find(ENDS) else { break };
        let end = start + length + ENDS.len();
        let name = rest[start + OPENS.len()..].split('"').next().unwrap_or_default();
        out.push_str(&rest[..if used.contains(name) { end } else { start }]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Lets links to pages of the same folder, or of one above it, climb no higher than they must: of the address of a
/// neighbour, a deep page writes `../name/` rather than the whole way from the root.
fn nearer(mut html: String, page: &Address) -> String {
    let mut folder = page.as_str();
    let mut up = String::new();
    while !folder.is_empty() {
        // A `<` in text is escaped, so that this is always a tag's.
        let far = format!("<a href=\"{}{}/", page.to_root(), address::encode(folder));
        // The page itself keeps its name: a bare `index.html` tells nobody where it leads.
        if !up.is_empty() && html.contains(&far) {
            html = html.replace(&far, &format!("<a href=\"{up}"));
        }
        folder = address::parent(folder);
        up.push_str("../");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_nobody_uses_are_left_out() {
        let page = "<symbol id=\"i-a\">A</symbol>\n<symbol id=\"i-b\">B</symbol>\n<use href=\"#i-b\"/>".to_owned();
        assert_eq!(lean(page, &Address::home()), "<symbol id=\"i-b\">B</symbol>\n<use href=\"#i-b\"/>");
    }

    #[test]
    fn a_neighbour_is_one_step_away_and_text_stays() {
        let page = "<a href=\"../../a/b/index.html\">x</a> <a href=\"../../a/c/index.html\">y</a> \
                    <a href=\"../../index.html\">z</a> &lt;a href=\"../../a/c/index.html\">";
        let lean = lean(page.to_owned(), &Address::new("a/b"));
        let expected = "<a href=\"../b/index.html\">x</a> <a href=\"../c/index.html\">y</a> \
                        <a href=\"../../index.html\">z</a> &lt;a href=\"../../a/c/index.html\">";
        assert_eq!(lean, expected);
    }
}
