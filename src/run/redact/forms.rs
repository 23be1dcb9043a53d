//! The forms in which a value is printed: as it is, quoted, escaped, percent-encoded, in HTML, in base64.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::SHORTEST_SECRET;

/// Widths at which `base64` (76) and `openssl base64` (64) break lines.
const BASE64_LINES: [usize; 2] = [76, 64];

/// What bash escapes where it quotes with backslashes.
const SPECIAL: [char; 22] =
    [' ', '!', '"', '$', '&', '\'', '(', ')', '*', ',', ';', '<', '>', '?', '[', '\\', ']', '^', '`', '{', '|', '}'];

/// Returns everything to look for, so that `secret` is found. None is shorter than [`SHORTEST_SECRET`].
pub(super) fn of(secret: &str) -> BTreeSet<String> {
    let trimmed = secret.trim();
    let mut forms = BTreeSet::new();
    if trimmed.len() < SHORTEST_SECRET {
        return forms;
    }
    plain(secret, &mut forms);
    plain(trimmed, &mut forms);
    for line in trimmed.lines() {
        plain(line.trim(), &mut forms);
    }
    base64_forms(secret.as_bytes(), &mut forms);
    base64_forms(trimmed.as_bytes(), &mut forms);
    forms.retain(|form| form.len() >= SHORTEST_SECRET);
    forms
}

fn plain(value: &str, forms: &mut BTreeSet<String>) {
    if value.len() < SHORTEST_SECRET {
        return;
    }
    forms.insert(value.to_owned());
    forms.insert(json(value));
    // Go, and so kubectl, escapes these in JSON.
    forms.insert(json(value).replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
    // Single quotes as `set -x` prints them, double quotes as `declare -p` does.
    forms.insert(value.replace('\'', r"'\''"));
    forms.insert(escaped(value, &['$', '`', '"', '\\']));
    // As `printf %q` prints it, and Python a text.
    forms.insert(escaped(value, &SPECIAL));
    forms.insert(value.replace('\\', r"\\"));
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.insert(html.replace('"', "&quot;").replace('\'', "&#39;"));
    forms.insert(html.replace('"', "&quot;").replace('\'', "&#x27;"));
    forms.insert(html);
    let percent = percent(value);
    forms.insert(percent.replace("%20", "+"));
    forms.insert(lower_escapes(&percent));
    forms.insert(percent);
}

fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// Returns a value with a backslash before each of some characters.
fn escaped(value: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if special.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn percent(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// Returns a percent-encoded text with its escapes in lower case.
fn lower_escapes(encoded: &str) -> String {
    let mut left = 0_u8;
    let lower = |character: char| {
        let escaped = left > 0;
        left = if character == '%' { 2 } else { left.saturating_sub(1) };
        if escaped { character.to_ascii_lowercase() } else { character }
    };
    encoded.chars().map(lower).collect()
}

/// Adds the characters of a base64 text that the secret alone determines, wherever in the encoded text it begins.
fn base64_forms(secret: &[u8], forms: &mut BTreeSet<String>) {
    for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for before in 0..3_usize {
            let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
            let encoded = alphabet.encode(&bytes);
            let first = (before * 8).div_ceil(6);
            let last = bytes.len() * 8 / 6;
            if let Some(determined) = encoded.get(first..last) {
                forms.insert(determined.to_owned());
            }
            if before == 0 {
                for width in BASE64_LINES {
                    wrapped(&encoded[..last.min(encoded.len())], width, forms);
                }
            }
        }
    }
}

fn wrapped(encoded: &str, width: usize, forms: &mut BTreeSet<String>) {
    if encoded.len() > width {
        let lines = encoded.as_bytes().chunks(width).filter_map(|line| std::str::from_utf8(line).ok());
        forms.extend(lines.map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::super::Redactor;
    use super::*;

    fn leaks(secret: &str, printed: &str) -> bool {
        let redactor = Redactor::new();
        redactor.learn(secret);
        !redactor.redact(printed).contains("[redacted]")
    }

    #[test]
    fn base64_is_found_at_all_three_alignments() {
        for before in ["", "u", "us", "user:"] {
            let printed = STANDARD.encode(format!("{before}s3cr3t-v4lue\n"));
            assert!(!leaks("s3cr3t-v4lue", &printed), "{before:?}");
        }
    }

    #[test]
    fn base64_broken_into_lines_is_found_on_every_line() {
        let secret = "0123456789abcdef".repeat(12);
        let encoded = STANDARD.encode(&secret);
        for line in encoded.as_bytes().chunks(76) {
            assert!(!leaks(&secret, std::str::from_utf8(line).unwrap()));
        }
    }

    #[test]
    fn url_and_json_forms_are_found() {
        assert!(!leaks("p@ss w/rd", "?p=p%40ss%20w%2Frd"));
        assert!(!leaks("p@ss w/rd", "?p=p%40ss%20w%2frd"));
        assert!(!leaks("p@ss w/rd", "p=p%40ss+w%2Frd"));
        assert!(!leaks("a\"b\\c<d", r#"{"p":"a\"b\\c<d"}"#));
        assert!(!leaks("a\"b\\c<d", r#"{"p":"a\"b\\c\u003cd"}"#));
    }

    #[test]
    fn shell_quotations_are_found() {
        assert!(!leaks("it's me", r"+ echo 'it'\''s me'"));
        assert!(!leaks("pa$$word", r#"declare -- X="pa\$\$word""#));
        assert!(!leaks("cat&mouse 42", r"cat\&mouse\ 42"));
        assert!(!leaks(r#"a"b\cd"#, r#"'a"b\\cd'"#));
    }

    #[test]
    fn what_stands_in_a_page_is_found() {
        assert!(!leaks("cat&mouse 42", "cat&amp;mouse 42"));
        assert!(!leaks("<it's>\"x", "&lt;it&#39;s&gt;&quot;x") && !leaks("<it's>\"x", "&lt;it's&gt;\"x"));
    }

    #[test]
    fn each_line_of_a_key_is_found_alone() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n";
        assert!(!leaks(key, "  MIIEvQIBADANBg"));
        assert!(leaks(key, "  MIIEother"));
    }

    #[test]
    fn a_file_s_trailing_newline_is_not_part_of_the_secret() {
        assert!(!leaks("swordfish\n", "[swordfish]"));
    }
}
