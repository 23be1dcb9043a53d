//! A process and all it started: its group, and those who left the group, found by a mark in their environment.

#![expect(clippy::disallowed_methods, reason = "this is the door to processes")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep};

use super::GRACE;

/// The environment variable that marks every process of a step: `<run>/<runbook>/<step>`.
pub const MARKER: &str = "RUNBOOKS_STEP";

/// How often it is looked whether a process that was asked to end has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The group a process leads, and the mark of those who left it.
#[derive(Debug)]
pub(super) struct Tree {
    hold: Hold,
    marker: String,
}

/// What those who are to be ended are found by.
#[derive(Debug)]
enum Hold {
    /// Their group.
    Group(Pid),
    /// Their mark: they share a group with us.
    Mark,
    /// Nothing more.
    Nothing,
}

impl Tree {
    /// Holds the group that the process `id` leads; without one, what bears the mark.
    pub(super) fn new(id: Option<u32>, marker: String) -> Self {
        let group = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { hold: group.map_or(Hold::Mark, Hold::Group), marker }
    }

    /// Asks the group to end.
    pub(super) fn ask(&self) {
        self.signal(Signal::TERM);
        // A stopped process hears nothing until it goes on.
        self.signal(Signal::CONT);
    }

    /// Ends the group by force.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Ends those who left the group, and what is left of it.
    pub(super) fn sweep(&self) {
        self.kill();
        self.signal_marked(Signal::KILL);
    }

    /// Leaves whoever is still in the group alone: the leader has ended, and background jobs may live on.
    pub(super) fn forget(&mut self) {
        self.hold = Hold::Nothing;
    }

    fn signal(&self, signal: Signal) {
        match self.hold {
            Hold::Group(group) => {
                // A group that is gone needs no signal.
                let _ = kill_process_group(group, signal);
            }
            Hold::Mark => self.signal_marked(signal),
            Hold::Nothing => {}
        }
    }

    fn signal_marked(&self, signal: Signal) {
        for process in marked(|marker| marker == self.marker.as_bytes()) {
            process.signal(signal);
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends every process whose mark begins with `prefix`: asks, waits at most [`GRACE`], then by force.
///
/// Does nothing where the system has no `/proc`.
pub async fn end_marked(prefix: &str) {
    let ours = |marker: &[u8]| marker.starts_with(prefix.as_bytes());
    let deadline = Instant::now() + GRACE;
    for process in marked(ours) {
        process.signal(Signal::TERM);
        process.signal(Signal::CONT);
    }
    loop {
        let left = marked(ours);
        if left.is_empty() {
            return;
        }
        if Instant::now() >= deadline {
            for process in left {
                process.signal(Signal::KILL);
            }
            return;
        }
        sleep(LOOK).await;
    }
}

/// Ends by force, at once, every process whose mark begins with `prefix`.
pub fn kill_marked(prefix: &str) {
    for process in marked(|marker| marker.starts_with(prefix.as_bytes())) {
        process.signal(Signal::KILL);
    }
}

/// Returns what stands before the first slash in the marks of all processes: the runs they are of.
pub fn marked_runs() -> BTreeSet<String> {
    let runs = RefCell::new(BTreeSet::new());
    marked(|marker| {
        let run = marker.split(|&byte| byte == b'/').next().unwrap_or_default();
        runs.borrow_mut().insert(String::from_utf8_lossy(run).into_owned());
        false
    });
    runs.into_inner()
}

/// A process held by its descriptor, so that a signal never reaches another that got the same number meanwhile.
struct Marked {
    #[cfg(target_os = "linux")]
    descriptor: std::os::fd::OwnedFd,
}

impl Marked {
    #[cfg(target_os = "linux")]
    fn signal(&self, signal: Signal) {
        // A process that is gone needs no signal.
        let _ = rustix::process::pidfd_send_signal(&self.descriptor, signal);
    }

    #[cfg(not(target_os = "linux"))]
    fn signal(&self, _signal: Signal) {}
}

/// Returns the processes whose mark is wanted.
#[cfg(target_os = "linux")]
fn marked(wanted: impl Fn(&[u8]) -> bool) -> Vec<Marked> {
    let own = std::process::id();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|&id| id != own)
        .filter_map(|id| {
            let pid = Pid::from_raw(i32::try_from(id).ok()?)?;
            let descriptor = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()?;
            // Read after the descriptor is held: the environment is then that of the process held. Other people's
            // environments cannot be read, and a process that has ended has none.
            let environment = std::fs::read(format!("/proc/{id}/environ")).ok()?;
            let marker = mark(&environment)?;
            wanted(marker).then_some(Marked { descriptor })
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn marked(_wanted: impl Fn(&[u8]) -> bool) -> Vec<Marked> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn mark(environment: &[u8]) -> Option<&[u8]> {
    environment
        .split(|&byte| byte == 0)
        .find_map(|variable| variable.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"="))
}
