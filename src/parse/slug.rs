//! Anchors of headings, as GitHub makes them, so that links which work there work on our pages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

/// What GitHub keeps: letters, marks, digits, connecting punctuation, hyphens and spaces. Emoji are symbols and go.
static DROPPED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Nl}\p{Pc}\- ]").ok());

/// Returns the anchor of a heading: lower case, without punctuation and symbols, spaces as hyphens.
///
/// Two headings of the same text get the same slug; [`Anchors`] tells them apart.
pub fn slug(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = match DROPPED.as_ref() {
        Some(dropped) => dropped.replace_all(&lower, "").into_owned(),
        None => lower,
    };
    kept.replace(' ', "-")
}

/// Hands out the anchors of one page, each once: `restart`, `restart-1`, `restart-2`.
#[derive(Debug, Default)]
pub struct Anchors {
    /// The anchors given out, and the number to try next for each.
    taken: BTreeMap<String, usize>,
}

impl Anchors {
    /// Keeps an anchor that an author has given; returns whether it was still free.
    pub fn reserve(&mut self, anchor: &str) -> bool {
        self.taken.insert(anchor.to_owned(), 1).is_none()
    }

    /// Returns a free anchor for a heading; one without letters and digits is called `section`.
    pub fn take(&mut self, heading: &str) -> String {
        let slug = match slug(heading) {
            empty if empty.is_empty() => "section".to_owned(),
            slug => slug,
        };
        free_name(slug, 1, &mut self.taken)
    }
}

/// Returns `base`, or the first `base-N` that is still free, with numbers from `first`; it is taken then.
pub(super) fn free_name(base: String, first: usize, taken: &mut BTreeMap<String, usize>) -> String {
    let mut number = match taken.get(&base) {
        None => {
            taken.insert(base.clone(), first);
            return base;
        }
        Some(&next) => next.max(first),
    };
    let mut name = format!("{base}-{number}");
    while taken.contains_key(&name) {
        number += 1;
        name = format!("{base}-{number}");
    }
    taken.insert(base, number + 1);
    taken.insert(name.clone(), first);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_goes_and_spaces_become_hyphens() {
        assert_eq!(slug("Step 1: check `kubectl get pods` & wait"), "step-1-check-kubectl-get-pods--wait");
        assert_eq!(slug("snake_case and-hyphen"), "snake_case-and-hyphen");
    }

    #[test]
    fn letters_of_every_script_stay_and_emoji_go() {
        assert_eq!(slug("서비스 재시작"), "서비스-재시작");
        assert_eq!(slug("🚀 Launch"), "-launch");
        assert_eq!(slug("Überblick — Zürich"), "überblick--zürich");
    }

    #[test]
    fn a_repeated_heading_gets_a_number() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.take("Fix"), "fix");
        assert_eq!(anchors.take("Fix"), "fix-1");
        assert_eq!(anchors.take("Fix 1"), "fix-1-1");
        assert_eq!(anchors.take("🚀"), "section");
    }
}
