//! Commands that the text runs several times: in a `for` loop over words, and behind `xargs` over words.
//!
//! Where the words are known, the command is looked at once for each; otherwise once, with a name that is not known.

use crate::shell::{Command, LoopKind, Nesting, PartKind, Word, Wrapper};

use super::super::argument::{Argument, expand};
use super::{Extractor, here_document};

/// How many rounds of a loop are looked at.
const ROUNDS: usize = 64;

impl Extractor<'_> {
    /// Looks at a command: in a loop over words that are known, once for each of them.
    pub(super) fn rounds(&mut self, index: usize) {
        let command = &self.script.commands[index];
        let mut turns: Vec<Vec<(String, String)>> = vec![Vec::new()];
        for (name, values) in self.loops_around(command) {
            if values.len() * turns.len() > ROUNDS {
                return self.served(index);
            }
            let with = |turn: &Vec<(String, String)>, value: &String| {
                turn.iter().cloned().chain([(name.clone(), value.clone())]).collect()
            };
            turns = turns.iter().flat_map(|turn| values.iter().map(move |value| with(turn, value))).collect();
        }
        for turn in turns {
            turn.iter().for_each(|(name, value)| self.scope.set(name.clone(), Some(value.clone())));
            self.served(index);
            turn.into_iter().for_each(|(name, _)| self.scope.set(name, None));
        }
    }

    /// Returns the variables of the loops around a command that its words use, with the words they go through.
    fn loops_around(&self, command: &Command) -> Vec<(String, Vec<String>)> {
        if !command.nesting.contains(&Nesting::Loop(LoopKind::For)) {
            return Vec::new();
        }
        let uses = |name: &str| {
            let mut parts = command.words.iter().flat_map(|word| &word.parts);
            parts.any(|part| matches!(&part.kind, PartKind::Variable { name: used, .. } if used == name))
        };
        let around = self.script.sets.iter().filter_map(|set| Some((set, set.rounds.as_ref()?)));
        let around = around.filter(|(set, rounds)| rounds.body.contains(command.span) && uses(&set.name));
        around.filter_map(|(set, rounds)| Some((set.name.clone(), self.words_of(&rounds.words, command)?))).collect()
    }

    /// Returns what a loop goes through, where all of it is known.
    fn words_of(&self, words: &[Word], command: &Command) -> Option<Vec<String>> {
        let lookup = |name: &str| self.scope.value(name, command, self.lookup);
        let all = words.iter().flat_map(|word| expand(word, &lookup));
        all.map(|argument| argument.known().ok().filter(|text| !text.contains(['*', '?', '[', '{'])).map(str::to_owned))
            .collect()
    }

    /// Looks at a command: behind `xargs`, with what it is handed.
    fn served(&mut self, index: usize) {
        let command = &self.script.commands[index];
        let Some(words) = self.handed(command) else { return self.command(index) };
        let one_by_one = self.is_one_by_one(command);
        let rounds = if one_by_one { words.into_iter().map(|word| vec![word]).collect() } else { vec![words] };
        for round in rounds {
            self.input = Some(round);
            self.command(index);
        }
        self.input = None;
    }

    /// Returns the words that `xargs` hands a command, where the text says all of them: `echo a b | xargs …`.
    fn handed(&self, command: &Command) -> Option<Vec<Argument>> {
        if command.via.last() != Some(&Wrapper::Xargs) {
            return None;
        }
        let at = command.parent?;
        let carrier = self.script.commands.get(at)?;
        let words = match here_document(carrier) {
            Some([]) => return None,
            Some(_) => carrier.redirections.iter().flat_map(|it| self.plain(&it.target, carrier)).collect(),
            None => {
                let place = carrier.pipeline.filter(|place| place.index == 1)?;
                let before = self.script.commands[..at].iter().rfind(|other| {
                    other.parent == carrier.parent
                        && other.pipeline.is_some_and(|other| other.index == 0 && other.length == place.length)
                })?;
                self.printed(before)?
            }
        };
        let known = words.iter().all(|word| word.known().is_ok_and(|text| !text.contains(['*', '?', '[', '{'])));
        let parts = words.iter().flat_map(|word| {
            word.text.split_whitespace().map(|part| Argument::implied(part, word.span)).collect::<Vec<_>>()
        });
        let parts: Vec<_> = parts.collect();
        (known && !parts.is_empty() && parts.len() <= ROUNDS).then_some(parts)
    }

    /// Returns what `echo` and `printf '%s\\n'` print.
    fn printed(&self, command: &Command) -> Option<Vec<Argument>> {
        let mut words = self.plain_arguments(command);
        let plain = command.redirections.is_empty() && command.via.is_empty();
        match words.first().filter(|_| plain)?.known().ok()? {
            "echo" => drop(words.remove(0)),
            "printf" if words.get(1).is_some_and(|format| format.is("%s\\n") || format.is("%s ")) => {
                words.drain(..2);
            }
            _ => return None,
        }
        words.retain(|word| !(word.is("-n") || word.is("-e")));
        Some(words)
    }

    fn plain(&self, word: &Word, command: &Command) -> Vec<Argument> {
        expand(word, &|name: &str| self.scope.value(name, command, self.lookup))
    }

    /// Returns whether `xargs` starts the command anew for each word.
    fn is_one_by_one(&self, command: &Command) -> bool {
        let carrier = command.parent.and_then(|at| self.script.commands.get(at));
        let words: Vec<String> = carrier.into_iter().flat_map(|it| &it.words).filter_map(Word::literal).collect();
        let number = |at: usize| words.get(at + 1).is_some_and(|next| next == "1");
        words.iter().enumerate().any(|(at, word)| match word.as_str() {
            "-n1" | "-L1" | "-i" => true,
            "-n" | "-L" | "--max-args" | "--max-lines" => number(at),
            word => word.starts_with("-I") || word.starts_with("--replace"),
        })
    }
}
