//! Systems that a test may break, and that the next test of the same system finds as they were at the start.
//!
//! A start costs more than most tests. So a system is put right and handed on; where something stays that cannot be put
//! right, a new one is started.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::system::{Facts, System};

/// How many there are at a time, each most of a gigabyte.
const MOST: usize = 6;

/// How many of them are of the same system, so that not all others have to go.
const MOST_OF_A_KIND: usize = 2;

static POOL: Pool = Pool { places: Mutex::new(Places { idle: Vec::new(), taken: Vec::new() }), freed: Condvar::new() };

struct Pool {
    places: Mutex<Places>,
    freed: Condvar,
}

struct Places {
    /// The one that was used last stands last.
    idle: Vec<System>,
    taken: Vec<&'static str>,
}

/// A system that a test may break.
pub(crate) struct Breakable {
    system: Option<System>,
    facts: &'static Facts,
}

impl Pool {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, with the system that stands there if it is of that kind.
    fn take(&self, facts: &'static Facts) -> Option<System> {
        let mut places = self.places();
        loop {
            let idle = places.idle.iter().rposition(|system| system.facts.name == facts.name);
            let full = places.idle.len() + places.taken.len() == MOST;
            let alike = places.taken.iter().filter(|name| **name == facts.name).count();
            if let Some(index) = idle {
                places.taken.push(facts.name);
                return Some(places.idle.remove(index));
            }
            if alike < MOST_OF_A_KIND && !(full && places.idle.is_empty()) {
                let other = full.then(|| places.idle.remove(0));
                places.taken.push(facts.name);
                drop(places);
                drop(other);
                return None;
            }
            places = self.freed.wait(places).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, facts: &'static Facts, system: Option<System>) {
        let mut places = self.places();
        let index = places.taken.iter().position(|name| *name == facts.name).expect("it was taken");
        places.taken.remove(index);
        places.idle.extend(system);
        self.freed.notify_all();
    }
}

impl Breakable {
    /// Returns a system that stands ready, put right, or starts one; waits where there are too many.
    pub(crate) fn take(facts: &'static Facts) -> Self {
        let system = POOL.take(facts);
        let mut breakable = Self { system, facts };
        breakable.put_right();
        breakable
    }

    /// Makes everything as it was at the start, by a new start if need be.
    pub(crate) fn put_right(&mut self) {
        if !self.system.as_ref().is_some_and(System::put_right) {
            drop(self.system.take());
            self.system = Some(System::start(self.facts));
        }
    }

    /// Ends the system with the test: it is broken for good.
    pub(crate) fn ruin(&mut self) -> System {
        self.system.take().expect("a system that is not ruined yet")
    }
}

impl std::ops::Deref for Breakable {
    type Target = System;

    fn deref(&self) -> &System {
        self.system.as_ref().expect("a system that is not ruined")
    }
}

impl Drop for Breakable {
    fn drop(&mut self) {
        // Nobody knows what a failed test leaves behind.
        let system = self.system.take().filter(|_| !std::thread::panicking());
        POOL.give_back(self.facts, system);
    }
}
