//! Commands that carry other commands: `sudo`, `xargs`, `sh -c '…'`, `ssh host '…'`, `kubectl exec … --`.
//!
//! What is carried as arguments becomes a command right away. What is carried as a text waits until its layer is done, so
//! that the parser always starts on a shallow stack.

mod carriers;
mod containers;
mod text;

use crate::shell::{Command, Context, Word, Wrapper};

use super::walk::{Frame, Pending, Walk};

pub(in crate::shell) use containers::KUBECTL;

/// Deeper nesting than this is nobody's runbook.
const DEEPEST: usize = 8;

/// What a command carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Carried {
    wrapper: Wrapper,
    context: Context,
    form: Form,
}

/// How a command carries another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As arguments: the words from here up to there.
    Arguments(usize, usize),
    /// As shell text: the words from here up to there, joined by blanks.
    Text(usize, usize),
    /// As shell text in its here-document.
    Input,
}

impl Carried {
    const fn new(wrapper: Wrapper, form: Form) -> Self {
        let context = match wrapper {
            Wrapper::Remote => Context::Remote,
            Wrapper::Container => Context::Container,
            _ => Context::Local,
        };
        Self { wrapper, context, form }
    }
}

impl Walk<'_> {
    /// Adds the commands that the command `index` carries.
    pub(super) fn unwrap(&mut self, index: usize, frame: &Frame) {
        self.unwrap_owned(index, index, frame);
    }

    /// `owner` is the command whose redirections feed the command `index`.
    fn unwrap_owned(&mut self, index: usize, owner: usize, frame: &Frame) {
        let Some(command) = self.script.commands.get(index) else { return };
        if frame.via.len() >= DEEPEST {
            return;
        }
        for carried in carried(command) {
            let mut inner = Frame { parent: Some(index), ..frame.clone() };
            inner.via.push(carried.wrapper);
            inner.context = inner.context.max(carried.context);
            match carried.form {
                Form::Arguments(from, to) => self.carry_arguments(index, owner, (from, to), &inner),
                Form::Text(from, to) => {
                    let words = self.words(index, from, to);
                    self.carry_text(text::of_words(self.layer, self.outermost, &words), carried.wrapper, inner);
                }
                Form::Input => {
                    if let Some(layer) = self.here_text(owner) {
                        self.carry_text(layer, carried.wrapper, inner);
                    }
                }
            }
        }
    }

    fn carry_arguments(&mut self, index: usize, owner: usize, range: (usize, usize), frame: &Frame) {
        let words = self.words(index, range.0, range.1);
        let input_given = self.script.commands.get(index).is_some_and(|command| command.input_given);
        if words.is_empty() {
            return;
        }
        let inner = self.reserve(frame);
        self.finish(inner, words, Vec::new(), Vec::new());
        if let Some(command) = self.script.commands.get_mut(inner) {
            command.input_given |= input_given && !command.takes_more_arguments();
        }
        self.unwrap_owned(inner, owner, frame);
    }

    fn carry_text(&mut self, mut layer: super::layer::Layer, wrapper: Wrapper, mut frame: Frame) {
        if layer.depth > DEEPEST || layer.text.trim().is_empty() {
            return;
        }
        let evaluated = wrapper == Wrapper::Shell && frame.parent.is_some_and(|parent| self.is_eval(parent));
        layer.own_variables = evaluated && self.layer.own_variables;
        frame.confined |= !evaluated;
        self.pending.push(Pending { layer, frame });
    }

    fn is_eval(&self, index: usize) -> bool {
        self.script.commands.get(index).and_then(Command::name).is_some_and(|name| name == "eval")
    }

    fn words(&self, index: usize, from: usize, to: usize) -> Vec<Word> {
        let words = self.script.commands.get(index).map(|command| command.words.as_slice()).unwrap_or_default();
        words.get(from..to.min(words.len())).unwrap_or_default().to_vec()
    }

    fn here_text(&self, owner: usize) -> Option<super::layer::Layer> {
        let command = self.script.commands.get(owner)?;
        let body = command.redirections.iter().find_map(|redirection| redirection.body.as_ref())?;
        Some(text::of_parts(self.layer, self.outermost, &body.parts))
    }
}

/// Returns what a command carries.
fn carried(command: &Command) -> Vec<Carried> {
    let Some(name) = command.name() else { return Vec::new() };
    let words = &command.words;
    let one = match name.as_str() {
        "find" | "gfind" => return carriers::find(words),
        "kubectl" | "oc" | "k" | "kubecolor" => containers::kubectl(words),
        "docker" | "podman" | "nerdctl" | "crictl" | "docker-compose" | "podman-compose" => {
            containers::docker(&name, words)
        }
        _ => carriers::carrier(&name, words),
    };
    one.into_iter().collect()
}
