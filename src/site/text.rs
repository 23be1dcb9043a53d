//! Text in HTML, and times and amounts in words.

use std::time::Duration;

/// Appends `text` so that HTML shows it as it is, in content and in quoted attributes.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    escape_where(out, text, |byte| (byte == b'"').then_some("&quot;"));
}

/// Appends `text` so that HTML shows it as it is, in content only: quotes, of which code is full, stay as they are.
pub(crate) fn escape_text_into(out: &mut String, text: &str) {
    escape_where(out, text, |_| None);
}

fn escape_where(out: &mut String, text: &str, other: impl Fn(u8) -> Option<&'static str>) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            byte => match other(byte) {
                Some(entity) => entity,
                None => continue,
            },
        };
        out.push_str(&text[done..at]);
        out.push_str(entity);
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

/// Returns `text` so that HTML shows it as it is.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

/// Returns a sentence as HTML, with what stands between backticks as code.
pub(crate) fn with_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, code, after)) = rest
        .split_once('`')
        .and_then(|(before, rest)| rest.split_once('`').map(|(code, after)| (before, code, after)))
        .filter(|(_, code, _)| !code.is_empty())
    {
        escape_into(&mut out, before);
        out.push_str("<code>");
        escape_into(&mut out, code);
        out.push_str("</code>");
        rest = after;
    }
    escape_into(&mut out, rest);
    out
}

/// Returns a length of time as people write it, in its two greatest units: `1h 30m`, `90s` is `1m 30s`, `120ms`.
pub(crate) fn duration(length: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let seconds = length.as_secs();
    if seconds == 0 {
        return format!("{}ms", length.as_millis());
    }
    if seconds < 10 && length.subsec_millis() >= 100 {
        return format!("{seconds}.{}s", length.subsec_millis() / 100);
    }
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, letter) in UNITS {
        if rest >= unit && parts.len() < 2 {
            parts.push(format!("{}{letter}", rest / unit));
        }
        rest %= unit;
    }
    parts.join(" ")
}

/// Returns a moment for people: `2026-11-20 14:03 UTC`.
pub(crate) fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_a_lone_one_is_a_sign() {
        assert_eq!(with_code("add `--a=<b>` & `c`"), "add <code>--a=&lt;b&gt;</code> &amp; <code>c</code>");
        assert_eq!(with_code("a ` b"), "a ` b");
        assert_eq!(with_code("`` b ` c"), "`` b ` c");
    }

    #[test]
    fn markup_is_shown_not_obeyed() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn durations_have_at_most_two_units() {
        assert_eq!(duration(Duration::from_millis(120)), "120ms");
        assert_eq!(duration(Duration::from_millis(1_240)), "1.2s");
        assert_eq!(duration(Duration::from_secs(90)), "1m 30s");
        assert_eq!(duration(Duration::from_secs(600)), "10m");
        assert_eq!(duration(Duration::from_secs(90_061)), "1d 1h");
    }
}
