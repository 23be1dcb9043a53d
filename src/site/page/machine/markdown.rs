//! The text of a runbook as it is published beside its page: as it was written, but for the values of secret params.

use std::borrow::Cow;

use crate::model::{Param, Runbook, Span};

/// What stands in place of a secret. Quoted, so that the front matter is still one.
const REDACTED: &str = "\"[redacted]\"";
/// Shorter words are not looked for elsewhere in the front matter: they would be found in others.
const SHORTEST: usize = 4;

/// Returns the text of a runbook without what nobody may read.
pub(super) fn of(runbook: &Runbook) -> Cow<'_, str> {
    let source = &runbook.source;
    let text = source.excerpt(Span::new(0, source.text().len()));
    let Some(front) = runbook.metadata.span else { return text };
    let secrets: Vec<&Param> = runbook.params.iter().filter(|param| param.secret).collect();
    let (written, body) = text.split_at(front.end);
    if secrets_meant(written) > secrets.len() {
        // Front matter that could not be read: nobody can tell which of it is secret.
        return Cow::Owned(body.to_owned());
    }
    if secrets.is_empty() {
        return text;
    }
    let mut front = written.to_owned();
    let mut places: Vec<_> = secrets.iter().filter_map(|param| param.default_at).collect();
    places.sort_unstable_by_key(|place| std::cmp::Reverse(place.start));
    for place in places.into_iter().filter(|place| place.start < place.end && place.end <= written.len()) {
        front.replace_range(place.start..place.end, REDACTED);
    }
    for line in secrets.iter().filter_map(|param| param.default.as_deref()).flat_map(str::lines).map(str::trim) {
        if line.len() >= SHORTEST {
            front = front.replace(line, "[redacted]");
        }
    }
    Cow::Owned(front + body)
}

/// Counts the places where front matter says that something is secret.
fn secrets_meant(front: &str) -> usize {
    let says = |rest: &str| {
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix([':', '=']).unwrap_or_default().trim_start();
        let word: String = value.chars().take_while(char::is_ascii_alphabetic).collect();
        matches!(word.to_ascii_lowercase().as_str(), "true" | "yes" | "on")
    };
    front.match_indices("secret").filter(|(at, word)| says(&front[at + word.len()..])).count()
}
