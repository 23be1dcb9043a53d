//! Who decides: a person at a terminal, or flags given beforehand.

use std::future::Future;
use std::pin::Pin;

use crate::model::{Item, Param, Step, StepId, Values};

/// An answer that somebody is being asked for.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An action that is about to run.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The action.
    pub step: &'a Step,
    /// Its command with the values that are no secrets filled in.
    pub command: &'a str,
    /// The values that the command speaks of, by name, in place of a secret a word.
    pub with: &'a [(String, String)],
    /// The action that would take it back, if there is one.
    pub undo: Option<&'a Step>,
    /// What was done so far and can be taken back, newest first: each action with its undo.
    pub done: &'a [(&'a Step, &'a Step)],
}

/// What is to be done with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Run it.
    Run,
    /// Ask the cluster what it would do, changing nothing, then ask again.
    DryRun,
    /// Give a param another value, then ask again.
    Edit,
    /// Leave it out.
    Skip,
    /// Go no further, and take back what was done so far.
    Undo,
    /// Stop here.
    Quit,
}

/// What is said of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ticked {
    /// It is so, and perhaps there is something to note.
    Done(Option<String>),
    /// It is not so, and perhaps there is something to note; the run goes on.
    NotDone(Option<String>),
    /// Nobody is there to say; whoever started the run says that it is so.
    Assumed,
    /// Nobody is there to say.
    Unanswered,
    /// Stop here.
    Quit,
}

/// An action that an earlier process of the run began, and that may have done what it does, or a part of it.
#[derive(Debug, Clone, Copy)]
pub struct Doubt<'a> {
    /// The action.
    pub step: &'a Step,
    /// Its command with the values that are no secrets filled in.
    pub command: &'a str,
    /// How it was left: `was in flight when the run died`, `was interrupted` …
    pub left: &'a str,
    /// Whether its block was changed since.
    pub changed: bool,
}

/// What is to be done with an action that is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlight {
    /// Run it again.
    Again,
    /// It was done.
    Done,
    /// Leave it out.
    Skip,
    /// Nobody can say: stop.
    Unknown,
    /// A person stops here.
    Quit,
}

/// Which of several alternatives is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// The one at this index.
    Take(usize),
    /// This one was asked for beforehand, and is not possible now.
    Impossible(StepId),
    /// A person stops here.
    Quit,
}

/// Decides what only a person can. Headless, the flags decide, and what they leave open stops the run.
pub trait Operator: Send + Sync {
    /// Says whether an action runs.
    fn decide<'a>(&'a self, proposal: Proposal<'a>) -> Asked<'a, Choice>;

    /// Says which param gets which value; `None` where none does.
    fn edit<'a>(&'a self, params: &'a [Param], values: &'a Values) -> Asked<'a, Option<(String, String)>>;

    /// Says whether an item is so.
    fn tick<'a>(&'a self, item: &'a Item) -> Asked<'a, Ticked>;

    /// Says which of several alternatives is taken. `steps` are those that are possible, at least one.
    fn choose<'a>(&'a self, group: &'a str, steps: &'a [&'a Step]) -> Asked<'a, Alternative>;

    /// Says whether `step` is taken back, as `undo` proposes.
    fn take_back<'a>(&'a self, step: &'a Step, undo: Proposal<'a>) -> Asked<'a, bool>;

    /// Says what became of an action that an earlier process of the run began.
    fn in_flight<'a>(&'a self, doubt: Doubt<'a>) -> Asked<'a, InFlight>;
}
