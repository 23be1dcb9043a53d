//! Processes that cannot outlive their test.
//!
//! Every process is started with a mark in its environment, which whatever it starts inherits. So a test can say that
//! nothing is left behind, and a process that hangs is ended with all of its descendants, orphans included.

use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything takes that does not hang, on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// How long what a process started may take to end after it.
const GRACE: Duration = Duration::from_secs(5);

const MARK: &str = "RUNBOOKS_TEST_MARK";

/// A process under way.
pub(crate) struct Running {
    pid: Pid,
    mark: String,
    ending: Receiver<Finished>,
    input: Option<ChildStdin>,
    shown: String,
}

/// A process that ended, and what it said.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    shown: String,
}

/// Starts a command whose output is collected. Its standard input is what the caller set, or nothing.
pub(crate) fn start(mut command: Command) -> Running {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let shown = shown(&command);
    command.env(MARK, &mark).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
    let pid = Pid::from_child(&child);
    let input = child.stdin.take();
    let (sender, ending) = channel();
    let name = shown.clone();
    std::thread::spawn(move || sender.send(collect(child, name)));
    Running { pid, mark, ending, input, shown }
}

fn collect(child: Child, shown: String) -> Finished {
    let output = child.wait_with_output().expect("a child can be waited for");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code(), shown }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

impl Running {
    /// Waits for the end, and that nothing is left behind.
    #[track_caller]
    pub(crate) fn done(self, patience: Duration) -> Finished {
        let finished = self.ended(patience);
        let left = self.wait_for_descendants();
        assert!(left.is_empty(), "{} left behind: {left:?}\n{finished:?}", self.shown);
        finished
    }

    /// Ends the process as a power cut would, and then what it left behind, which has nobody to end it.
    #[track_caller]
    pub(crate) fn kill(self) -> Finished {
        let _ = kill_process(self.pid, Signal::KILL);
        // What it started holds its output open.
        for (pid, _) in marked(&self.mark) {
            let _ = kill_process(pid, Signal::KILL);
        }
        // A process that is killed may hold its locks for a moment.
        holds_within(GRACE, || marked(&self.mark).is_empty());
        self.ended(PATIENCE)
    }

    /// Returns whether the process has not ended yet.
    pub(crate) fn lives(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid.as_raw_nonzero())).unwrap_or_default();
        !matches!(stat.rsplit(") ").next().and_then(|rest| rest.chars().next()), None | Some('Z'))
    }

    /// Ends the process alone, as the kernel does when memory is short; what it had started lives on.
    pub(crate) fn kill_alone(self) {
        let _ = kill_process(self.pid, Signal::KILL);
        // Its output stays open as long as what it had started lives, so that its end is not waited for.
        assert!(holds_within(GRACE, || !self.lives()), "{} is still there", self.shown);
    }

    /// Writes to its standard input, which the caller made a pipe.
    pub(crate) fn write(&mut self, text: &str) {
        let input = self.input.as_mut().expect("its input is a pipe");
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).expect("somebody reads it");
    }

    /// Sends a signal to the process alone.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the process is still there");
    }

    #[track_caller]
    fn ended(&self, patience: Duration) -> Finished {
        match self.ending.recv_timeout(patience) {
            Ok(finished) => finished,
            Err(RecvTimeoutError::Disconnected) => panic!("lost track of {}", self.shown),
            Err(RecvTimeoutError::Timeout) => {
                let hanging = marked(&self.mark);
                for (pid, _) in &hanging {
                    let _ = kill_process(*pid, Signal::KILL);
                }
                let said = self.ending.recv_timeout(GRACE);
                panic!("{} did not end within {patience:?}\nrunning: {hanging:?}\nsaid: {said:?}", self.shown);
            }
        }
    }

    fn wait_for_descendants(&self) -> Vec<String> {
        let alone = holds_within(GRACE, || marked(&self.mark).is_empty());
        if alone {
            return Vec::new();
        }
        let left = marked(&self.mark);
        for (pid, _) in &left {
            let _ = kill_process(*pid, Signal::KILL);
        }
        left.into_iter().map(|(_, command)| command).collect()
    }
}

impl Finished {
    /// Says how the process must have ended.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert!(self.code == Some(code), "expected exit {code}\n{self}");
        self
    }

    /// Says what must stand on standard error.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "expected on stderr: {text}\n{self}");
        self
    }

    /// Says what must stand on standard output.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "expected on stdout: {text}\n{self}");
        self
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stdout, stderr, code, shown } = self;
        write!(formatter, "$ {shown}\nexit: {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Returns whether something comes true within a time.
pub(crate) fn holds_within(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the processes that carry a mark, with their command lines. Without `/proc` there are none to be seen.
fn marked(mark: &str) -> Vec<(Pid, String)> {
    let wanted = format!("{MARK}={mark}");
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let carries = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    pids.filter(carries).filter_map(|pid| Some((Pid::from_raw(pid)?, command_line(pid)))).collect()
}

fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}
