//! The plan, as a person reads it before saying yes: where it goes and what stands in the way first, then step by step
//! what is done, what that touches and how it is now.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};

use super::exec_look::undo_text;
use super::exec_preparation::Prepared;
use super::plan_json::undo;
use super::screen::{clean, wrap};
use crate::model::{Finding, Outcome, Risk, Runbook, Step, Value, ValueOrigin};
use crate::plan::{self, Entry};
use crate::report::duration;
use crate::run::Redactor;
use crate::run::exec::Unmet;
use crate::run::references::{NamedObject, Resolved};
use crate::run::when;
use crate::sys::Environment;

/// How far what is said of a step stands from the margin.
const INDENT: usize = 6;

/// What a plan is made of.
pub(super) struct PlanView<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) resolved: &'a Resolved,
    pub(super) missing: &'a [Unmet],
    /// How the objects that are touched are now.
    pub(super) states: &'a BTreeMap<NamedObject, String>,
    /// The context and the namespace, where there is a cluster.
    pub(super) cluster: Option<(&'a str, &'a str)>,
    /// Whether every value is listed, not only those somebody gave for this run.
    pub(super) verbose: bool,
    /// Whether it is carried out although the text names things that are not there.
    pub(super) despite_drift: bool,
    pub(super) environment: &'a Environment,
    pub(super) width: usize,
    pub(super) redactor: &'a Redactor,
}

impl PlanView<'_> {
    /// Returns the plan.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        self.obstacles(&mut out);
        self.values(&mut out);
        out.push('\n');
        let past = &self.prepared.past;
        if past.taking_back.is_some() || past.stopped.is_some() {
            self.line(&mut out, &format!("{}Nothing goes forward.", undo_text(self.prepared)), 4);
            return out;
        }
        let way = plan::forward(&self.prepared.runbook);
        for (number, entry) in way.iter().enumerate() {
            self.entry(&mut out, number + 1, *entry);
        }
        out.push('\n');
        self.line(&mut out, &self.sum(&way), 0);
        out
    }

    fn head(&self, out: &mut String) {
        let Prepared { runbook, target, .. } = self.prepared;
        let bold = Style::new().bold();
        self.line(out, &format!("{bold}{}{bold:#} ({})", runbook.metadata.title, runbook.id), 2);
        let mut place = vec![format!("on {}", target.title.as_ref().unwrap_or(&target.name))];
        match self.cluster {
            Some((context, namespace)) => {
                place.push(format!("context {context}"));
                place.push(format!("namespace {namespace}"));
            }
            None => place.push("no cluster".to_owned()),
        }
        if target.protected {
            place.push("protected".to_owned());
        }
        if let Some(expected) = runbook.metadata.duration {
            place.push(format!("about {}", milliseconds(expected)));
        }
        self.line(out, &place.join(" · "), 2);
    }

    /// What must be mended before anything can run.
    fn obstacles(&self, out: &mut String) {
        let drifted = self.drifted();
        if self.missing.is_empty() && drifted.is_empty() {
            return;
        }
        let red = AnsiColor::Red.on_default().bold();
        let (what, then) = match (self.missing.is_empty(), self.despite_drift) {
            (true, true) => ("THE TEXT IS WRONG", "it is carried out all the same (--despite-drift)"),
            (true, false) => ("THE TEXT IS WRONG", "nothing runs until this is mended"),
            (false, _) => ("IN THE WAY", "nothing runs until this is mended"),
        };
        out.push('\n');
        self.line(out, &format!("{red}{what}{red:#}: {then}"), 2);
        for it in self.missing {
            self.line(out, &format!("  x {} ({}:{})", it.message, it.place.path.display(), it.place.start.line), 2);
            if let Some(help) = &it.help {
                self.line(out, &format!("    {help}"), 2);
            }
        }
        drifted.into_iter().for_each(|finding| self.finding(out, finding, 2));
    }

    /// What the text names that is not there.
    fn drifted(&self) -> Vec<&Finding> {
        let steps = self.prepared.runbook.steps.len();
        let findings = (0..steps).flat_map(|index| &self.resolved.of_step(index).findings);
        findings.filter(|finding| finding.outcome == Outcome::Drifted).collect()
    }

    fn finding(&self, out: &mut String, finding: &Finding, indent: usize) {
        let place = format!("{}:{}", finding.place.path.display(), finding.place.start.line);
        let space = " ".repeat(indent);
        let word = finding.outcome.as_str();
        self.line(out, &format!("{space}x {word}: {} ({place})", clean(&finding.message)), 2);
        if let Some(help) = &finding.help {
            self.line(out, &format!("{space}  {}", clean(help)), 2);
        }
    }

    /// What somebody gave for this run; the rest is as on every day, and only counted.
    fn values(&self, out: &mut String) {
        let Prepared { runbook, values, .. } = self.prepared;
        let used: Vec<_> = values.iter().filter(|(name, _)| plan::is_used(runbook, name)).collect();
        let everyday = |value: &Value| {
            matches!(value.origin, ValueOrigin::Target(_) | ValueOrigin::Default | ValueOrigin::Earlier)
        };
        let (folded, given): (Vec<_>, Vec<_>) =
            used.into_iter().partition(|(_, value)| !self.verbose && everyday(value));
        if given.is_empty() && folded.is_empty() {
            return;
        }
        out.push('\n');
        for (name, value) in given {
            let text = if value.secret { "(secret)".to_owned() } else { clean(&value.text).replace('\n', " ") };
            let told = value.secret && value.origin == ValueOrigin::Flag;
            let who = if told { ", where everybody on this machine can read it" } else { "" };
            self.line(out, &format!("  {name} = {text}  (from {}{who})", value.origin), 2);
        }
        let of = |it: fn(&ValueOrigin) -> bool| folded.iter().filter(|(_, value)| it(&value.origin)).count();
        let counted = [
            (of(|origin| matches!(origin, ValueOrigin::Earlier)), "as the run began with"),
            (of(|origin| matches!(origin, ValueOrigin::Target(_))), "from the target"),
            (of(|origin| matches!(origin, ValueOrigin::Default)), "by default"),
        ];
        let counted: Vec<_> =
            counted.iter().filter(|(count, _)| *count > 0).map(|(count, origin)| format!("{count} {origin}")).collect();
        if !counted.is_empty() {
            self.line(out, &format!("  Values: {} (--plan -v lists them)", counted.join(", ")), 2);
        }
    }

    fn entry(&self, out: &mut String, number: usize, entry: Entry) {
        let Prepared { runbook, part, .. } = self.prepared;
        match entry {
            Entry::Item(index) => {
                self.line(out, &format!("{number:>3}.  person  {}", runbook.items[index].text), INDENT);
            }
            Entry::Step(index) => self.step(out, number, index),
        }
        if let Some(reason) = part.leaves_out(runbook, entry) {
            self.note(out, &reason);
        }
    }

    fn step(&self, out: &mut String, number: usize, index: usize) {
        let runbook = &self.prepared.runbook;
        let step = &runbook.steps[index];
        let bold = Style::new().bold();
        if let Some(before) = self.before(step) {
            let role = if step.as_action().is_some() { "ACTION" } else { "check " };
            return self.line(out, &format!("{number:>3}.  {before}  {role}  {} ({})", step.title, step.id), INDENT);
        }
        match step.as_action() {
            None => self.line(out, &format!("{number:>3}.  check   {} ({})", step.title, step.id), INDENT),
            Some(action) => {
                let risk = action.risk.as_str();
                let title = format!("{bold}ACTION{bold:#}  {bold}{}{bold:#} ({})", step.title, step.id);
                self.line(out, &format!("{number:>3}.  {title}"), INDENT);
                let two = self.prepared.target.two_people && action.risk == Risk::High;
                let two = if two { ", a second person must approve" } else { "" };
                if let Some((left, _)) = self.prepared.past.doubt_of(&step.id) {
                    self.note(out, &format!("BEGUN BEFORE: it {left}"));
                }
                self.note(out, &format!("risk {risk}, {}{}{two}", undo_note(runbook, step), limit(step)));
                self.conditions(out, step);
                self.touched(out, index);
            }
        }
        let told = |finding: &&Finding| finding.outcome != Outcome::Skipped && finding.outcome != Outcome::Drifted;
        let findings = &self.resolved.of_step(index).findings;
        findings.iter().filter(told).for_each(|finding| self.finding(out, finding, INDENT));
    }

    fn conditions(&self, out: &mut String, step: &Step) {
        let Some(action) = step.as_action() else { return };
        if let Some(when) = &step.when {
            let word = if self.is_idle(step) { "left out as things are: only when" } else { "only when" };
            self.note(out, &format!("{word} {}", when.value));
        }
        if let Some(group) = &action.choose {
            self.note(out, &format!("one of several: {group}"));
        }
        let ids: Vec<_> = action.requires.iter().map(|it| it.value.to_string()).collect();
        if !ids.is_empty() {
            self.note(out, &format!("needs {} to pass right before", ids.join(" and ")));
        }
        if let Some(verify) = &action.verify {
            self.note(out, &format!("then looks at {}", verify.value));
        }
    }

    /// Returns what became of a step in an earlier process of the run, where it is not taken again.
    fn before(&self, step: &Step) -> Option<&'static str> {
        let result = self.prepared.past.results.get(&step.id)?;
        match result.outcome {
            Outcome::Passed if step.as_action().is_some_and(|action| action.background) => None,
            Outcome::Passed => Some("done before"),
            Outcome::Skipped => Some("left out before"),
            Outcome::Failed | Outcome::Drifted | Outcome::Errored => None,
        }
    }

    /// Returns whether the values alone say that a step is not taken.
    fn is_idle(&self, step: &Step) -> bool {
        let Prepared { runbook, values, .. } = self.prepared;
        let known = when::Known {
            params: &runbook.params,
            declared: &step.declared,
            values,
            results: &BTreeMap::new(),
            environment: self.environment,
        };
        step.when.as_ref().is_some_and(|when| matches!(when::holds(&when.value, known), Ok(false)))
    }

    fn touched(&self, out: &mut String, index: usize) {
        for object in &self.resolved.of_step(index).objects {
            self.note(out, &touch_line(object, self.states.get(object)));
        }
    }

    fn note(&self, out: &mut String, text: &str) {
        self.line(out, &format!("{}{text}", " ".repeat(INDENT)), 2);
    }

    fn line(&self, out: &mut String, text: &str, hanging: usize) {
        // A secret that a line break cuts would not be known again.
        out.push_str(&wrap(&self.redactor.redact(text), self.width, hanging));
        out.push('\n');
    }

    /// One line that stays in sight where the plan is longer than the screen.
    fn sum(&self, way: &[Entry]) -> String {
        let Prepared { runbook, part, .. } = self.prepared;
        let taken: Vec<_> = way.iter().filter(|entry| part.leaves_out(runbook, **entry).is_none()).collect();
        let steps: Vec<_> = taken
            .iter()
            .filter_map(|entry| match entry {
                Entry::Step(index) => runbook.steps.get(*index),
                Entry::Item(_) => None,
            })
            .collect();
        let (before, steps): (Vec<&Step>, Vec<&Step>) = steps.into_iter().partition(|step| self.before(step).is_some());
        let actions: Vec<_> = steps.iter().filter(|step| step.as_action().is_some()).collect();
        let final_ones = actions.iter().filter(|step| undo(runbook, step).is_none()).count();
        let counted = [(steps.len() - actions.len(), "check"), (actions.len(), "action")];
        let counted = counted.iter().filter(|(number, _)| *number > 0).map(|(number, of)| count(*number, of));
        let mut parts: Vec<_> = counted.collect();
        if final_ones > 0 {
            parts.push(format!("{final_ones} cannot be taken back"));
        }
        let items = taken.len() - steps.len() - before.len();
        if items > 0 {
            parts.push(format!("{} for a person", count(items, "item")));
        }
        if !before.is_empty() {
            parts.push(format!("{} done or left out before", count(before.len(), "step")));
        }
        let wrong = self.drifted().len();
        let obstacles = self.missing.len() + if self.despite_drift { 0 } else { wrong };
        if obstacles > 0 {
            parts.push(format!("{} in the way: see the top", count(obstacles, "thing")));
        } else if wrong > 0 {
            parts.push(format!("{} named and not there: see the top", count(wrong, "thing")));
        }
        parts.join(", ")
    }
}

/// Says that an object is touched, and how it is now.
pub(super) fn touch_line(object: &NamedObject, state: Option<&String>) -> String {
    let namespace = object.namespace.as_ref().map(|it| format!("{it}/")).unwrap_or_default();
    let state = state.map(|state| format!(": {}", clean(state))).unwrap_or_default();
    format!("touches {} {namespace}{}{state}", object.kind, object.name)
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

fn undo_note(runbook: &Runbook, step: &Step) -> String {
    match undo(runbook, step) {
        Some(undo) => format!("can be taken back ({})", undo.id),
        None => "cannot be taken back".to_owned(),
    }
}

fn limit(step: &Step) -> String {
    step.timeout.map(|timeout| format!(", at most {}", milliseconds(timeout))).unwrap_or_default()
}

fn milliseconds(length: std::time::Duration) -> String {
    duration(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}
