//! Questions that are answered with a letter or a word.

use super::screen::{Screen, wrap};
use crate::run::Redactor;
use crate::sys::{Cancel, terminal};

/// A question longer than this stands on a line of its own, before its answers.
const LONGEST_QUESTION: usize = 20;

/// Something that can be answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// What is typed: the whole, or its first letter.
    pub(super) word: &'static str,
    /// How it is offered: `[y]es`.
    pub(super) offer: &'static str,
    /// What it does, for whoever types `?`.
    pub(super) help: &'static str,
}

/// Returns an answer.
pub(super) const fn answer(word: &'static str, offer: &'static str, help: &'static str) -> Answer {
    Answer { word, offer, help }
}

/// What was answered: the first letter of the word, and what was typed behind it.
pub(super) type Answered = (char, Option<String>);

/// A person at a terminal, asked line by line.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub(super) screen: &'a Screen,
    /// Keeps secrets out of the questions.
    pub(super) redactor: &'a Redactor,
    /// Ctrl-C while a question stands is an answer: stop.
    pub(super) cancel: &'a Cancel,
}

impl Person<'_> {
    /// Tells what a question is about. What was typed before is no answer to it.
    pub(super) fn tell(&self, text: &str) {
        terminal::forget_what_was_typed();
        self.screen.tell(&self.redactor.redact(text), 2);
    }

    /// Asks once, and returns what is typed. The end of input and Ctrl-C give `None`, at once.
    pub(super) async fn typed(&self, question: &str) -> Option<String> {
        let line = self.read(question, false).await;
        if line.is_none() {
            // The cursor stands behind the question.
            self.screen.say("");
        }
        line
    }

    /// Does the same, and does not show what is typed.
    pub(super) async fn typed_hidden(&self, question: &str) -> Option<String> {
        self.read(question, true).await
    }

    async fn read(&self, question: &str, hidden: bool) -> Option<String> {
        self.screen.ask(&wrap(&self.redactor.redact(question), Screen::width(), 2));
        let typed = async { if hidden { terminal::read_hidden_line().await } else { terminal::read_line().await } };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            line = typed => line,
        }
    }

    /// Asks until one of the answers is typed. The end of input and Ctrl-C give `None`, at once.
    pub(super) async fn answer(&self, question: &str, answers: &[Answer]) -> Option<Answered> {
        // A question stands whole at eighty columns.
        let gap = if question.chars().count() > LONGEST_QUESTION { "\n  " } else { " " };
        let offers: Vec<_> = answers.iter().map(|answer| answer.offer).collect();
        let whole = format!("{question}{gap}{}, [?]: ", offers.join(", "));
        loop {
            let line = self.typed(whole.trim_start()).await?;
            let line = line.trim();
            // Whoever types an offer as it stands means it, and notes nothing.
            let is_spoken = |answer: &&Answer| answer.offer.replace(['[', ']'], "").eq_ignore_ascii_case(line);
            if let Some(meant) = answers.iter().find(is_spoken) {
                return meant.word.chars().next().map(|letter| (letter, None));
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let word = word.to_ascii_lowercase();
            let is_meant = |answer: &&Answer| word == answer.word || word.chars().eq(answer.word.chars().take(1));
            if let Some(meant) = answers.iter().find(is_meant) {
                let rest = (!rest.trim().is_empty()).then(|| rest.trim().to_owned());
                return meant.word.chars().next().map(|letter| (letter, rest));
            }
            if !matches!(word.as_str(), "?" | "h" | "help") {
                let words: Vec<_> = answers.iter().map(|answer| answer.word).collect();
                self.screen.tell(&format!("please type one of: {}", words.join(", ")), 2);
                continue;
            }
            for Answer { word, help, .. } in answers {
                self.screen.tell(&format!("  {word:<8} {help}"), 9);
            }
        }
    }

    /// Asks, and returns the letter alone.
    pub(super) async fn choice(&self, question: &str, answers: &[Answer]) -> Option<char> {
        self.answer(question, answers).await.map(|(letter, _)| letter)
    }
}
