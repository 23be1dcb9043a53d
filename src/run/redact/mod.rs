//! Keeps secrets out of every sink.
//!
//! Known values are replaced, in every form they are likely to be printed in. What was never made known is not guessed.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::is_secret_name;

mod forms;
mod public;

pub use public::Public;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// The shortest secret that can be kept out, in bytes: shorter ones would mangle ordinary text, so the caller refuses
/// them.
pub const SHORTEST_SECRET: usize = 4;

/// The shortest password that is kept out although it stands in a text that everybody can read.
const SHORTEST_TOLD: usize = 8;

/// Replaces every known secret, in every form it is likely to be printed in. One stands before every sink of a run;
/// clones know the same secrets.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
    public: Arc<RwLock<Public>>,
}

/// Without `Debug` of its own that would show the patterns.
#[derive(Default, Clone)]
struct Known {
    patterns: BTreeSet<String>,
    automaton: Option<Arc<AhoCorasick>>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} patterns", self.patterns.len())
    }
}

impl Redactor {
    /// Returns a redactor that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a secret; from now on it is kept out. Values shorter than [`SHORTEST_SECRET`] bytes are not learned.
    pub fn learn(&self, secret: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.patterns.len();
        known.patterns.extend(forms::of(secret));
        if known.patterns.len() > before {
            let builder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&known.patterns);
            // Building fails only beyond 2 GiB of patterns; the older automaton is then better than none.
            if let Ok(automaton) = builder {
                known.automaton = Some(Arc::new(automaton));
            }
        }
    }

    /// Says what everybody can read.
    pub fn publish(&self, public: Public) {
        *self.public.write().unwrap_or_else(PoisonError::into_inner) = public;
    }

    /// Learns a value that a cluster keeps in a Secret under `key`, unless everybody can read it anyway. A password that
    /// stands in a text is still one, and the text is to be mended; but one that is also an ordinary word (`ledger`,
    /// `changeme`) would be taken out of every sentence, and is left.
    pub fn learn_of_cluster(&self, key: &str, secret: &str) {
        let tells = is_secret_name(key) && !is_ordinary_word(secret.trim());
        if tells || !self.public.read().unwrap_or_else(PoisonError::into_inner).says(secret) {
            self.learn(secret);
        }
    }

    /// Returns the text without secrets.
    pub fn redact(&self, text: &str) -> String {
        self.automaton().map_or_else(|| text.to_owned(), |automaton| replace(&automaton, text))
    }

    /// Returns whether the text holds a secret.
    pub fn finds(&self, text: &str) -> bool {
        self.automaton().is_some_and(|automaton| automaton.is_match(text))
    }

    /// Returns a redactor for a text that comes in pieces.
    pub fn stream(&self) -> RedactedStream<'_> {
        RedactedStream { redactor: self, held: String::new() }
    }

    fn automaton(&self) -> Option<Arc<AhoCorasick>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).automaton.clone()
    }
}

/// Returns whether a value may well stand in a sentence that does not speak of it: it is short, or of letters alone.
fn is_ordinary_word(value: &str) -> bool {
    value.chars().count() < SHORTEST_TOLD || value.chars().all(char::is_alphabetic)
}

fn replace(automaton: &AhoCorasick, text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for found in automaton.find_iter(text) {
        clean.push_str(&text[end..found.start()]);
        clean.push_str(REDACTED);
        end = found.end();
    }
    clean.push_str(&text[end..]);
    clean
}

/// A text that comes in pieces: a secret that lies across two of them is found too.
#[derive(Debug)]
pub struct RedactedStream<'a> {
    redactor: &'a Redactor,
    held: String,
}

impl RedactedStream<'_> {
    /// Takes a piece and returns what may be shown of it and of what was held back. The end of a line holds nothing
    /// back: every line of a secret is known by itself.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let Some(automaton) = self.redactor.automaton() else { return std::mem::take(&mut self.held) };
        let cut = self.cut(&automaton);
        let rest = self.held.split_off(cut);
        let ready = std::mem::replace(&mut self.held, rest);
        replace(&automaton, &ready)
    }

    /// Returns what was held back.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.redactor.redact(&held)
    }

    /// Returns up to where nothing that is still to come can make a secret of what is there already.
    fn cut(&self, automaton: &AhoCorasick) -> usize {
        if self.held.ends_with('\n') {
            return self.held.len();
        }
        let longest = automaton.max_pattern_len();
        let safe = self.held.floor_char_boundary(self.held.len().saturating_sub(longest));
        // A secret that lies across the cut is held back whole.
        automaton
            .find_iter(&self.held)
            .find(|found| found.start() < safe && safe < found.end())
            .map_or(safe, |found| found.start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(secret: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.learn(secret);
        redactor
    }

    #[test]
    fn a_secret_is_replaced_wherever_it_stands() {
        assert_eq!(knowing("hunter2!").redact("a hunter2! b=hunter2!"), "a [redacted] b=[redacted]");
    }

    #[test]
    fn other_text_is_left_alone() {
        let redactor = knowing("hunter2!");
        assert_eq!(redactor.redact("hunter, the second"), "hunter, the second");
        assert!(!redactor.finds("hunter"));
    }

    #[test]
    fn a_short_value_is_not_learned() {
        assert_eq!(knowing("abc").redact("abcdef"), "abcdef");
    }

    #[test]
    fn a_secret_across_pieces_is_found() {
        let redactor = knowing("hunter2!");
        let mut stream = redactor.stream();
        let mut shown = stream.push(&format!("{} hun", "x".repeat(50)));
        shown += &stream.push("ter2! and more\n");
        shown += &stream.finish();
        assert_eq!(shown, format!("{} [redacted] and more\n", "x".repeat(50)));
    }

    #[test]
    fn whole_lines_are_not_held_back() {
        let redactor = knowing("hunter2!");
        assert_eq!(redactor.stream().push("ready\n"), "ready\n");
    }

    #[test]
    fn a_secret_learned_later_is_kept_out_from_then_on() {
        let redactor = knowing("hunter2!");
        redactor.learn("swordfish");
        assert_eq!(redactor.redact("hunter2! swordfish"), "[redacted] [redacted]");
    }

    #[test]
    fn a_password_that_stands_in_a_text_is_kept_out_unless_it_is_an_ordinary_word() {
        let redactor = Redactor::new();
        let text = "psql -U ledger -h db-1.ledger.svc # password: Sommer2024! or changeme";
        redactor.publish(Public::of([Arc::new(crate::model::Source::new("a.md", text))]));
        for (key, value) in [("db-password", "Sommer2024!"), ("host", "db-1.ledger.svc"), ("password", "changeme")] {
            redactor.learn_of_cluster(key, value);
        }
        redactor.learn_of_cluster("host", "elsewhere");
        let shown = redactor.redact("Sommer2024! db-1.ledger.svc changeme elsewhere");
        assert_eq!(shown, "[redacted] db-1.ledger.svc changeme [redacted]");
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert!(!format!("{:?}", knowing("hunter2!")).contains("hunter2!"));
    }
}
