//! The values of a runbook while it is carried out: how they change, and which of them a step or its undo has.

use super::{Stage, StageError};
use crate::model::{Step, Value, ValueOrigin, Values};
use crate::plan;
use crate::run::event::Event;
use crate::run::exec::Past;

impl Stage<'_> {
    /// Gives a param another value for the steps to come, and puts it on record. Defaults that take it follow.
    pub fn set_value(&mut self, name: &str, text: String, secret: bool) -> Result<(), StageError> {
        let secret = secret || self.around.redactor.finds(&text);
        self.values.insert(name.to_owned(), Value { text, secret, origin: ValueOrigin::Prompt });
        plan::follow(self.runbook, &mut self.values);
        for value in self.values.values().filter(|value| value.secret) {
            self.around.redactor.learn(&value.text);
        }
        self.settle()
    }

    /// Records the values of the run; secrets only by name.
    pub(in crate::run) fn settle(&self) -> Result<(), StageError> {
        let is_secret = |value: &Value| value.secret || self.around.redactor.finds(&value.text);
        let (secret, open): (Values, Values) = self.values.clone().into_iter().partition(|(_, value)| is_secret(value));
        self.around.listener.hear(&Event::ValuesSettled {
            runbook: self.runbook.id.clone(),
            values: open.into_iter().map(|(name, value)| (name, value.text)).collect(),
            secrets: secret.into_keys().collect(),
        })?;
        Ok(())
    }

    /// Takes over what an earlier process of the same run knew.
    pub fn recall(&mut self, past: &Past) {
        self.results.clone_from(&past.results);
        let origin = ValueOrigin::Captured(self.around.run.to_owned());
        for (name, text) in &past.captured {
            self.session.set(name, text);
            let value = Value { text: text.clone(), secret: false, origin: origin.clone() };
            self.values.insert(name.clone(), value);
        }
        let captured = |name: &String| past.captured.iter().any(|(other, _)| other == name);
        for (step, then) in &past.ran_with {
            let then = then.iter().map(|(name, text)| {
                let origin = if captured(name) { origin.clone() } else { ValueOrigin::Earlier };
                (name.clone(), Value { text: text.clone(), secret: false, origin })
            });
            self.ran_with.insert(step.clone(), then.collect());
        }
        // A secret goes to the processes that need it, and is no part of the session, which is kept on disk.
        for (name, text) in &past.given_again {
            self.around.redactor.learn(text);
            let value = Value { text: text.clone(), secret: true, origin: ValueOrigin::Prompt };
            self.values.insert(name.clone(), value);
        }
    }

    /// Goes back to the values that an action ran with, but for what it captured itself and for secrets, which may have been
    /// changed for a reason. Returns those of now, for [`Self::go_forward`].
    pub(in crate::run) fn go_back(&mut self, step: &Step) -> Values {
        let now = self.values.clone();
        let own = step.capture.as_ref().map(|capture| capture.value.name.clone());
        for (name, value) in self.ran_with.get(&step.id).cloned().unwrap_or_default() {
            if !value.secret && own.as_ref() != Some(&name) {
                self.put(&name, &value);
            }
        }
        now
    }

    /// Takes up the values again that were left with [`Self::go_back`].
    pub(in crate::run) fn go_forward(&mut self, now: &Values) {
        now.iter().filter(|(_, value)| !value.secret).for_each(|(name, value)| self.put(name, value));
    }

    fn put(&mut self, name: &str, value: &Value) {
        let was = self.values.insert(name.to_owned(), value.clone());
        let captured = matches!(value.origin, ValueOrigin::Captured(_));
        if captured && was.is_none_or(|was| was.text != value.text) {
            self.session.set(name, &value.text);
        }
    }

    /// Has the values of now count for what is taken back, where somebody gave them for that.
    pub(in crate::run) fn keep_given(&mut self) {
        let given = |name: &String| self.values.get(name).is_some_and(|value| value.origin == ValueOrigin::Flag);
        self.ran_with.values_mut().for_each(|then| then.retain(|name, _| !given(name)));
    }

    /// Returns the values that a step sees. The redactor learns which of them are secrets.
    pub(super) fn bound(&self, step: &Step) -> Values {
        let values = plan::bound(step, &self.values);
        let handed_on = step.bindings.iter().filter_map(|(name, _)| values.get(name));
        handed_on.filter(|value| value.secret).for_each(|value| self.around.redactor.learn(&value.text));
        values
    }
}
