//! Raw HTML, taken apart: tags with their attributes, comments, and the text between.
//!
//! What may be shown is not decided here.

/// A piece of raw HTML.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What is no tag.
    Text(&'a str),
    /// A comment, a declaration or a processing instruction.
    Comment,
    /// A tag that opens an element.
    Open {
        /// Its name in lower case.
        name: String,
        /// Where it begins.
        at: usize,
        /// Its attributes, with their names in lower case.
        attributes: Vec<(String, String)>,
        /// As it was written.
        written: &'a str,
    },
    /// A tag that closes one.
    Close {
        /// Its name in lower case.
        name: String,
        /// As it was written.
        written: &'a str,
    },
}

/// Takes raw HTML apart. What is no tag is text.
pub fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut at, mut text) = (0, 0);
    while let Some(found) = html[at..].find('<').map(|found| at + found) {
        let Some((piece, end)) = tag(html, found) else {
            at = found + 1;
            continue;
        };
        if text < found {
            pieces.push(Piece::Text(&html[text..found]));
        }
        pieces.push(piece);
        (at, text) = (end, end);
    }
    if text < html.len() {
        pieces.push(Piece::Text(&html[text..]));
    }
    pieces
}

/// Reads the tag or comment that begins at `at`, and where it ends.
fn tag(html: &str, at: usize) -> Option<(Piece<'_>, usize)> {
    let rest = &html[at..];
    if let Some(comment) = rest.strip_prefix("<!--") {
        return Some((Piece::Comment, comment.find("-->").map_or(html.len(), |end| at + end + 7)));
    }
    if rest.starts_with("<!") || rest.starts_with("<?") {
        return Some((Piece::Comment, rest.find('>').map_or(html.len(), |end| at + end + 1)));
    }
    let closing = rest.starts_with("</");
    let name_start = if closing { 2 } else { 1 };
    let name_end = name_start
        + rest[name_start..].find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).unwrap_or(0);
    let name = rest[name_start..name_end].to_ascii_lowercase();
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return None;
    }
    let (attributes, length) = attributes(&rest[name_end..])?;
    let end = name_end + length;
    let written = &rest[..end];
    let piece = if closing { Piece::Close { name, written } } else { Piece::Open { name, at, attributes, written } };
    Some((piece, at + end))
}

/// Reads attributes up to the `>`, and how long they are with it; `None` where there is no end.
fn attributes(text: &str) -> Option<(Vec<(String, String)>, usize)> {
    let mut attributes = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len()
            - text[at..].trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/').len();
        let rest = &text[at..];
        if rest.starts_with('>') {
            return Some((attributes, at + 1));
        }
        let length = rest.find(|letter: char| letter.is_whitespace() || "=>/\"'<".contains(letter))?;
        if length == 0 {
            return None;
        }
        let key = rest[..length].to_ascii_lowercase();
        at += length;
        let after = text[at..].trim_start();
        let Some(value) = after.strip_prefix('=') else {
            attributes.push((key, String::new()));
            continue;
        };
        let value = value.trim_start();
        let start = text.len() - value.len();
        let (value, end) = match value.chars().next()? {
            quote @ ('"' | '\'') => {
                let length = value[1..].find(quote)?;
                (&value[1..=length], start + length + 2)
            }
            _ => {
                let length = value.find(|letter: char| letter.is_whitespace() || letter == '>')?;
                (&value[..length], start + length)
            }
        };
        attributes.push((key, value.replace("&amp;", "&").replace("&quot;", "\"")));
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_a_sign() {
        let found = pieces("a < b <i title='x > y'>c</i><!-- <b> -->");
        assert_eq!(found[0], Piece::Text("a < b "));
        let attributes = vec![("title".to_owned(), "x > y".to_owned())];
        assert_eq!(found[1], Piece::Open { name: "i".to_owned(), at: 6, attributes, written: "<i title='x > y'>" });
        assert_eq!(found[2], Piece::Text("c"));
        assert_eq!(found[3], Piece::Close { name: "i".to_owned(), written: "</i>" });
        assert_eq!(found[4..], [Piece::Comment]);
    }
}
