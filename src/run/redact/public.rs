//! What everybody can read: the texts of the runbooks and of the settings.
//!
//! Clusters keep user names, hosts and database names in Secrets, and these are words that a runbook and its report are
//! full of. To take them out would hide nothing and leave a report that nobody can read. What a Secret keeps under a name
//! that says it is a password is another matter: see [`super::Redactor::learn_of_cluster`].

use std::sync::Arc;

use crate::model::Source;

/// Texts that everybody can read.
#[derive(Debug, Clone, Default)]
pub struct Public {
    texts: Vec<Arc<Source>>,
}

impl Public {
    /// Makes it of texts; one that comes several times is read once.
    pub fn of(texts: impl IntoIterator<Item = Arc<Source>>) -> Self {
        let mut kept: Vec<Arc<Source>> = Vec::new();
        for text in texts {
            if !kept.iter().any(|other| Arc::ptr_eq(other, &text)) {
                kept.push(text);
            }
        }
        Self { texts: kept }
    }

    /// Returns whether the texts hold this, as a word of its own.
    pub fn says(&self, value: &str) -> bool {
        let value = value.trim();
        !value.is_empty() && self.texts.iter().any(|text| has_word(text.text(), value))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
        !text[..at].ends_with(joins) && !text[at + word.len()..].starts_with(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_texts_is_no_secret_and_a_part_of_one_may_be() {
        let public = Public::of([Arc::new(Source::new("a.md", "kubectl -n ledger get pods; psql -U app1_reader"))]);
        for said in ["ledger", "ledger\n", "psql -U app1_reader", "app1_reader"] {
            assert!(public.says(said), "{said}");
        }
        for unsaid in ["ledge", "app1", "hunter2", "", " "] {
            assert!(!public.says(unsaid), "{unsaid}");
        }
    }
}
