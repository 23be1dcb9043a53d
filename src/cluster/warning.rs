//! Warnings that an API server sends beside its answer: `Warning: 299 - "v1 Endpoints is deprecated in v1.33+"`.

use hyper::HeaderMap;
use hyper::header::{HeaderValue, WARNING};

/// Returns the texts of the warnings, in order.
pub(super) fn warnings_in(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(WARNING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    values.flat_map(|value| texts(&value)).collect()
}

/// Returns the header that a text came in.
pub(super) fn as_header(text: &str) -> Option<HeaderValue> {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()).ok()
}

/// Returns the quoted texts of a header; there may be several, with commas between. A date may stand behind each, in
/// quotes too.
fn texts(header: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some(at) = rest.find("299 ") {
        let Some(open) = rest[at..].find('"') else { break };
        let (text, behind) = quoted(&rest[at + open + 1..]);
        found.push(text);
        rest = behind;
    }
    found.retain(|text| !text.is_empty());
    found
}

/// Returns the text up to the closing quote, and what stands behind it.
fn quoted(from: &str) -> (String, &str) {
    let mut text = String::new();
    let mut letters = from.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &from[at + 1..]),
            '\\' => text.extend(letters.next().map(|(_, letter)| letter)),
            letter => text.push(letter),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_is_read() {
        assert_eq!(
            texts(r#"299 - "v1 Endpoints is deprecated in v1.33+; use x", 299 - "say \"b\"""#),
            ["v1 Endpoints is deprecated in v1.33+; use x", r#"say "b""#]
        );
        assert_eq!(texts(r#"299 host "a" "Wed, 21 Oct 2015 07:28:00 GMT""#), ["a"]);
    }

    #[test]
    fn what_is_no_warning_is_none() {
        for header in ["", "299", "299 - ", r#"110 - "stale""#, r#"299 - """#] {
            assert!(texts(header).is_empty(), "{header}");
        }
        assert_eq!(texts(r#"299 - "cut of"#), ["cut of"]);
    }

    #[test]
    fn a_text_comes_out_of_its_header_as_it_went_in() {
        for text in ["v1 Endpoints is deprecated in v1.33+", "say \"x\", or \\y"] {
            let mut headers = HeaderMap::new();
            headers.append(WARNING, as_header(text).expect("a header"));
            assert_eq!(warnings_in(&headers), [text]);
        }
    }
}
