//! Where a run stands in its text: how far it is, what the section at hand says, how long it took so far.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;

use super::exec_preparation::Prepared;
use super::screen::{Motion, Screen, prose, task};
use crate::model::{Item, Runbook, StepId};
use crate::plan::{self, Entry, Part};
use crate::report::duration;
use crate::sys::Clock;

/// Leads somebody through a text.
pub(super) struct Guide {
    pub(super) screen: Screen,
    runbook: Runbook,
    part: Part,
    /// The way forward, in order.
    way: Vec<Entry>,
    /// Whether the prose is shown: to a person who decides, not to a log.
    tells_prose: bool,
    clock: Clock,
    so_far: Mutex<SoFar>,
}

#[derive(Default)]
struct SoFar {
    began: Option<Timestamp>,
    /// The entry that was introduced last.
    at: Option<Entry>,
    section: Option<usize>,
    /// Whether the step before was left out.
    skipped: bool,
    /// The action that somebody was just asked about.
    described: Option<StepId>,
    /// What the last step that printed something printed.
    output: Option<(StepId, String)>,
}

impl Guide {
    /// Leads through what is prepared; `tells_prose` where a person is asked.
    pub(super) fn new(screen: Screen, prepared: &Prepared, tells_prose: bool, clock: Clock) -> Self {
        let Prepared { runbook, part, .. } = prepared;
        let (runbook, part) = (runbook.clone(), part.clone());
        let way = plan::forward(&runbook);
        Self { screen, runbook, part, way, tells_prose, clock, so_far: Mutex::default() }
    }

    /// Notes when the run began.
    pub(super) fn begin(&self, at: Timestamp) {
        self.so_far().began = Some(at);
    }

    /// Notes that a step was left out.
    pub(super) fn skip(&self) {
        self.so_far().skipped = true;
    }

    /// Notes that an action was described to somebody, who was asked.
    pub(super) fn describes(&self, step: &StepId) {
        self.so_far().described = Some(step.clone());
    }

    /// Returns whether somebody is being asked about this action now.
    pub(super) fn is_described(&self, step: &StepId) -> bool {
        self.so_far().described.as_ref() == Some(step)
    }

    /// Returns whether an action that begins was just described.
    pub(super) fn takes_described(&self, step: &StepId) -> bool {
        self.so_far().described.take().as_ref() == Some(step)
    }

    /// Says that lines are not shown, and how they are seen.
    pub(super) fn left_out(&self, lines: usize) -> String {
        let how = if self.tells_prose { "; [o]utput at the next question shows them" } else { "" };
        format!("… {lines} lines are left out here{how} …")
    }

    /// Notes what a step has printed, as it may be shown.
    pub(super) fn keep_output(&self, step: &StepId, text: String) {
        if !text.is_empty() {
            self.so_far().output = Some((step.clone(), text));
        }
    }

    /// Returns what the last step that printed something printed.
    pub(super) fn last_output(&self) -> Option<(StepId, String)> {
        self.so_far().output.clone()
    }

    /// Returns the entry of a step.
    pub(super) fn entry_of(&self, id: &StepId) -> Option<Entry> {
        self.runbook.steps.iter().position(|step| step.id == *id).map(Entry::Step)
    }

    /// Returns the entry of the item that begins at a place.
    pub(super) fn entry_of_item(&self, start: usize) -> Option<Entry> {
        self.runbook.items.iter().position(|item| item.span.start == start).map(Entry::Item)
    }

    /// Returns what an item asks, and what stands under that up to where the way goes on.
    pub(super) fn task(&self, item: &Item) -> (String, String) {
        let inside = self.way.iter().map(|entry| self.span(*entry).0);
        let end = inside.filter(|start| item.span.start < *start).fold(item.span.end, usize::min);
        task(&self.runbook, item, end, Screen::width())
    }

    /// Shows where the run is, and what the text says before this entry; once. What is not on the way is no station.
    pub(super) fn introduce(&self, entry: Entry) {
        let Some(place) = self.way.iter().position(|it| *it == entry) else { return };
        let mut so_far = self.so_far();
        if so_far.at == Some(entry) {
            return;
        }
        so_far.at = Some(entry);
        let section = self.section(entry);
        let is_new = section != so_far.section;
        so_far.section = section;
        let after_skipped = std::mem::take(&mut so_far.skipped);
        let elapsed = so_far.began.map(|began| self.clock.now().duration_since(began));
        drop(so_far);
        self.screen.say("");
        self.station(place, section, elapsed.and_then(|it| Duration::try_from(it).ok()).unwrap_or_default());
        if self.tells_prose {
            self.tell(place, section.filter(|_| is_new), after_skipped);
        }
    }

    fn station(&self, place: usize, section: Option<usize>, elapsed: Duration) {
        let taken = |entry: &&Entry| self.part.leaves_out(&self.runbook, **entry).is_none();
        // What is left out has no number; another step may have it run all the same.
        let is_taken = self.way.get(place).is_some_and(|entry| taken(&entry));
        let number = self.way[..=place].iter().filter(taken).count();
        let all = self.way.iter().filter(taken).count();
        let mut parts: Vec<_> = is_taken.then(|| format!("{number} of {all}")).into_iter().collect();
        parts.extend(section.and_then(|index| self.runbook.sections.get(index)).map(|section| section.title.clone()));
        let expected = self.runbook.metadata.duration.map(|it| format!(" of about {}", whole_seconds(it)));
        if elapsed >= Duration::from_secs(1) {
            parts.push(format!("{}{}", whole_seconds(elapsed), expected.unwrap_or_default()));
        }
        if parts.is_empty() {
            return;
        }
        let bold = Style::new().bold();
        let line = match self.screen.motion {
            Motion::Live => format!("{bold}── {}{bold:#}", parts.join(" · ")),
            Motion::Lines if is_taken => format!("Step {}", parts.join(", ")),
            Motion::Lines => parts.join(", "),
        };
        self.screen.tell(&line, 3);
    }

    /// Tells what stands between the entry before, whether or not it was taken, and this one.
    fn tell(&self, place: usize, section: Option<usize>, after_skipped: bool) {
        let before = place.checked_sub(1).and_then(|before| self.way.get(before));
        let mut start = before.map_or(self.runbook.body, |before| self.told(*before));
        let end = self.way.get(place).map_or(start, |entry| self.span(*entry).0);
        let heading = section.and_then(|index| self.runbook.sections.get(index)).map(|it| it.heading.start);
        if let Some(heading) = heading.filter(|_| after_skipped) {
            // What stands behind a step that was left out speaks of it.
            start = start.max(heading);
        }
        let text = prose(&self.runbook, start..end.max(start), heading, Screen::width());
        if !text.is_empty() {
            self.screen.say(&format!("\n{text}\n"));
        }
    }

    /// Returns up to where the text of an entry is told: an item that a step ticks is asked of nobody, and what stands
    /// under it is told with what comes next.
    fn told(&self, entry: Entry) -> usize {
        let (start, end) = self.span(entry);
        let is_asked = |index: usize| self.runbook.items.get(index).is_some_and(|item| item.step.is_none());
        match entry {
            Entry::Item(index) if !is_asked(index) => start,
            Entry::Item(_) | Entry::Step(_) => end,
        }
    }

    fn section(&self, entry: Entry) -> Option<usize> {
        match entry {
            Entry::Step(index) => self.runbook.steps.get(index)?.section,
            Entry::Item(index) => self.runbook.items.get(index)?.section,
        }
    }

    fn span(&self, entry: Entry) -> (usize, usize) {
        let span = match entry {
            Entry::Step(index) => {
                let block = self.runbook.steps.get(index).and_then(|step| self.runbook.blocks.get(step.block));
                block.map(|block| block.span).unwrap_or_default()
            }
            Entry::Item(index) => self.runbook.items.get(index).map(|item| item.span).unwrap_or_default(),
        };
        (span.start, span.end)
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        // What is shown may be a little off; nothing is decided by it.
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_seconds(length: Duration) -> String {
    duration(length.as_secs().saturating_mul(1000))
}
