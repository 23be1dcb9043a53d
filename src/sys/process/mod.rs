//! Child processes: each step's is its own process group, bounded in what it may print, and ended whole.
//!
//! Standard input is empty: a command that asks gets no answer, rather than the operator's keys. One that is there for
//! the operator's keys is lent the terminal itself, and shares our process group meanwhile.

mod capture;
mod lines;
mod tree;

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Once;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Cancel, Confinement};

pub use capture::{Captured, KEPT, is_cut};
use lines::Lines;
use tree::Tree;
pub use tree::{MARKER, end_marked, kill_marked, marked_runs};

/// Returns whether there is a process of that number, ours or somebody else's.
pub fn is_alive(process: i32) -> bool {
    let asked = rustix::process::Pid::from_raw(process).map(rustix::process::test_kill_process);
    asked.is_some_and(|answer| answer != Err(rustix::io::Errno::SRCH))
}

/// Returns whether this process was started so that losing its terminal does not end it, as by `nohup`. Where the system
/// does not tell, it was not.
#[expect(clippy::disallowed_methods, reason = "this is the door to processes")]
pub fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first bit is that of signal 1.
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1))
}

/// How long a process that was asked to end may take before it is ended by force.
pub const GRACE: Duration = Duration::from_secs(2);

/// How long output is waited for once the process has ended, while something it left running holds the pipe.
const LINGER: Duration = Duration::from_millis(25);

/// The longest that is waited for in all, when what was left running keeps printing.
const LINGER_AT_MOST: Duration = Duration::from_millis(250);

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program: a path, or a name on the `PATH` of `environment`.
    pub program: OsString,
    /// Its arguments. Everybody on the machine can read them: no secrets.
    pub arguments: Vec<OsString>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Its whole environment; nothing is inherited.
    pub environment: Vec<(String, String)>,
    /// Marks it and all it starts, in the variable [`MARKER`].
    pub marker: String,
    /// Whether the streams are kept apart.
    pub streams: Streams,
    /// How many bytes of the beginning and of the end of each stream are kept.
    pub keep: usize,
    /// What it, and all it starts, cannot read.
    pub confinement: Option<Confinement>,
}

/// Whether standard output and standard error are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Each is captured by itself.
    Apart,
    /// Both are one, in the order in which they were printed, as on a terminal: all is standard output.
    AsOnTerminal,
    /// There are none: it has our terminal, and what it shows there is not kept.
    Terminal,
    /// It reads from our terminal and asks there; what it prints is captured.
    AsksAtTerminal,
}

impl Streams {
    /// Returns whether the process is at our terminal.
    const fn are_at_terminal(self) -> bool {
        matches!(self, Self::Terminal | Self::AsksAtTerminal)
    }
}

/// Which stream a text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipe {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start `{program}`: {source}")]
pub struct LaunchError {
    /// The program.
    pub program: String,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

impl LaunchError {
    /// Returns whether there is no such program.
    pub fn is_missing(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exit(i32),
    /// By this signal, which we did not send.
    Signal(i32),
    /// We ended it: its time was up.
    TimedOut,
    /// We ended it: somebody wanted to stop.
    Cancelled,
}

impl Ending {
    /// Returns the status a shell would report: 128 + signal; `None` where we ended it.
    pub const fn status(self) -> Option<i32> {
        match self {
            Self::Exit(status) => Some(status),
            Self::Signal(signal) => Some(128 + signal),
            Self::TimedOut | Self::Cancelled => None,
        }
    }
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub ending: Ending,
    /// What it printed.
    pub stdout: Captured,
    /// What it complained of; empty where the streams were one.
    pub stderr: Captured,
    /// How long it ran.
    pub duration: Duration,
    /// The pipes that something it left running still holds.
    pub leftover: Option<Leftover>,
}

/// Pipes that are still written to. Whoever drops them ends the writers with SIGPIPE, so they are drained.
#[derive(Debug)]
pub struct Leftover {
    task: tokio::task::JoinHandle<()>,
}

impl Leftover {
    /// Stops draining.
    pub fn close(self) {
        self.task.abort();
    }
}

/// A process that runs. Dropped before its end, it is killed with its group.
#[derive(Debug)]
pub struct Running {
    child: Child,
    tree: Tree,
    stdout: Source,
    stderr: Source,
    started: Instant,
}

/// Takes what is printed, as it is printed: a stream, and one or several whole lines with their newlines. A line that
/// is longer than 64 KiB comes in pieces; what has no newline at the end comes at the end.
pub type Listen<'a> = dyn FnMut(Pipe, &str) + Send + 'a;

/// Starts a process.
pub fn start(launch: &Launch) -> Result<Running, LaunchError> {
    no_core_dumps();
    let failed = |source| LaunchError { program: launch.program.to_string_lossy().into_owned(), source };
    let program = program(launch).ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let mut command = command(&program, launch);
    let merged = match launch.streams {
        Streams::Apart => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            None
        }
        Streams::Terminal => {
            command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
            None
        }
        Streams::AsksAtTerminal => {
            command.stdout(Stdio::piped()).stderr(Stdio::inherit());
            None
        }
        Streams::AsOnTerminal => {
            let (reader, writer) = io::pipe().map_err(failed)?;
            command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
            Some(reader)
        }
    };
    let spawned = match &launch.confinement {
        Some(confinement) => confinement.spawn(&mut command),
        None => command.spawn(),
    };
    let mut child = spawned.map_err(failed)?;
    // The command holds our copies of the pipe's writing end.
    drop(command);
    let leads = child.id().filter(|_| !launch.streams.are_at_terminal());
    let tree = Tree::new(leads, launch.marker.clone());
    let (stdout, stderr) = match merged {
        None => (Source::of(child.stdout.take(), launch.keep), Source::of(child.stderr.take(), launch.keep)),
        Some(reader) => {
            let reader = tokio::net::unix::pipe::Receiver::from_owned_fd(OwnedFd::from(reader)).map_err(failed)?;
            (Source::of(Some(reader), launch.keep), Source::of(None::<tokio::io::Empty>, launch.keep))
        }
    };
    Ok(Running { child, tree, stdout, stderr, started: Instant::now() })
}

#[expect(clippy::disallowed_methods, reason = "this is the door to processes")]
fn command(program: &Path, launch: &Launch) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    command
        .args(&launch.arguments)
        .current_dir(&launch.directory)
        .env_clear()
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .env(MARKER, &launch.marker);
    if launch.streams.are_at_terminal() {
        // Of several groups only one may read from a terminal: it stays in ours.
        command.stdin(Stdio::inherit());
    } else {
        command.stdin(Stdio::null()).process_group(0);
    }
    command
}

/// Returns the file that is run. Looking it up here, not in the child, spares a copy of our whole address space: only
/// a program with a path is started without one.
fn program(launch: &Launch) -> Option<PathBuf> {
    let name = Path::new(&launch.program);
    if name.components().count() > 1 {
        return Some(launch.directory.join(name));
    }
    let folders = launch.environment.iter().find(|(variable, _)| variable == "PATH").map(|(_, folders)| folders)?;
    std::env::split_paths(folders).map(|folder| launch.directory.join(folder).join(name)).find(|path| path.is_file())
}

/// A core dump would hold every secret of the run, so neither we nor our children write one.
fn no_core_dumps() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        // Where the system refuses, its own default stays; nothing else depends on it.
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    });
}

impl Running {
    /// Returns whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end, at most for `limit`; then it is ended with all it started.
    pub async fn wait(mut self, limit: Duration, cancel: &Cancel, listen: &mut Listen<'_>) -> io::Result<Ended> {
        let deadline = self.started + limit;
        let asked = tokio::select! {
            biased;
            () = cancel.cancelled() => Some(Ending::Cancelled),
            status = pump(&mut self.child, &mut self.stdout, &mut self.stderr, listen) => {
                return self.ended(ending(status?), listen).await;
            }
            () = sleep_until(deadline) => Some(Ending::TimedOut),
        };
        self.stop(asked.unwrap_or(Ending::TimedOut), listen).await
    }

    /// Ends it with all it started, and returns what it printed until then.
    pub async fn end(self, listen: &mut Listen<'_>) -> io::Result<Ended> {
        self.stop(Ending::Cancelled, listen).await
    }

    /// Asks, waits for [`GRACE`], then ends it by force. Reading goes on meanwhile: it may have last words.
    async fn stop(mut self, ending: Ending, listen: &mut Listen<'_>) -> io::Result<Ended> {
        self.tree.ask();
        let last_words = pump(&mut self.child, &mut self.stdout, &mut self.stderr, listen);
        if timeout(GRACE, last_words).await.is_err() {
            self.tree.kill();
            self.child.wait().await?;
        }
        self.tree.sweep();
        self.ended(ending, listen).await
    }

    /// Reads what is still in the pipes, but does not wait for what was left running.
    async fn ended(mut self, ending: Ending, listen: &mut Listen<'_>) -> io::Result<Ended> {
        self.tree.forget();
        let duration = self.started.elapsed();
        let until = Instant::now() + LINGER_AT_MOST;
        while Instant::now() < until && !(self.stdout.done && self.stderr.done) {
            if timeout(LINGER, read_one(&mut self.stdout, &mut self.stderr, listen)).await.is_err() {
                break;
            }
        }
        self.stdout.lines.finish(&mut |text| listen(Pipe::Stdout, text));
        self.stderr.lines.finish(&mut |text| listen(Pipe::Stderr, text));
        let (stdout, left_stdout) = self.stdout.close();
        let (stderr, left_stderr) = self.stderr.close();
        let leftover = leftover(left_stdout, left_stderr);
        Ok(Ended { ending, stdout, stderr, duration, leftover })
    }
}

fn ending(status: std::process::ExitStatus) -> Ending {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exit(code),
        (None, signal) => Ending::Signal(signal.unwrap_or_default()),
    }
}

type Reader = Box<dyn AsyncRead + Send + Sync + Unpin>;

/// One pipe, what was read from it, and how far the listener has heard.
struct Source {
    reader: Option<Reader>,
    captured: Captured,
    lines: Lines,
    buffer: Vec<u8>,
    done: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Source").field("done", &self.done).finish_non_exhaustive()
    }
}

impl Source {
    fn of<R: AsyncRead + Send + Sync + Unpin + 'static>(reader: Option<R>, keep: usize) -> Self {
        let reader = reader.map(|reader| -> Reader { Box::new(reader) });
        Self {
            done: reader.is_none(),
            reader,
            captured: Captured::new(keep),
            lines: Lines::default(),
            buffer: vec![0; 16 * 1024],
        }
    }

    /// Reads once. Cancel-safe: what was read is kept before anything else is awaited.
    async fn read(&mut self) -> usize {
        let Some(reader) = self.reader.as_mut() else { return 0 };
        reader.read(&mut self.buffer).await.unwrap_or(0)
    }

    fn take(&mut self, count: usize, hear: &mut dyn FnMut(&str)) {
        if count == 0 {
            self.done = true;
            self.reader = None;
            return;
        }
        let bytes = &self.buffer[..count];
        self.captured.push(bytes);
        self.lines.push(bytes, hear);
    }

    fn close(self) -> (Captured, Option<Reader>) {
        (self.captured, self.reader)
    }
}

/// Reads both pipes until the process ends.
async fn pump(
    child: &mut Child,
    stdout: &mut Source,
    stderr: &mut Source,
    listen: &mut Listen<'_>,
) -> io::Result<std::process::ExitStatus> {
    loop {
        tokio::select! {
            () = read_one(stdout, stderr, listen), if !(stdout.done && stderr.done) => {}
            status = child.wait() => return status,
        }
    }
}

/// Reads once from whichever pipe has something.
async fn read_one(stdout: &mut Source, stderr: &mut Source, listen: &mut Listen<'_>) {
    tokio::select! {
        count = stdout.read(), if !stdout.done => stdout.take(count, &mut |text| listen(Pipe::Stdout, text)),
        count = stderr.read(), if !stderr.done => stderr.take(count, &mut |text| listen(Pipe::Stderr, text)),
        else => {}
    }
}

fn leftover(stdout: Option<Reader>, stderr: Option<Reader>) -> Option<Leftover> {
    if stdout.is_none() && stderr.is_none() {
        return None;
    }
    let task = tokio::spawn(async move {
        tokio::join!(drain(stdout), drain(stderr));
    });
    Some(Leftover { task })
}

async fn drain(reader: Option<Reader>) {
    let Some(mut reader) = reader else { return };
    let mut buffer = [0; 4096];
    while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests;
