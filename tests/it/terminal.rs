//! The program at a real pseudo-terminal, and the screen as whoever sits there sees it.
//!
//! `script` makes the terminal; what comes out of it goes through a small emulator.

use std::fs::File;
use std::io::Read as _;
use std::sync::LazyLock;

use regex::Regex;

use crate::harness::{Collection, Run, repository};
use crate::process::{Finished, PATIENCE, Running, holds_within};
use crate::snapshot::{difference, redacted};

/// What a terminal sends for Ctrl-C.
pub(crate) const CONTROL_C: &str = "\x03";

/// How a terminal is that is not said to be otherwise.
pub(crate) const SIZE: (u16, u16) = (80, 24);

/// A terminal with the program on it.
pub(crate) struct Terminal<'a> {
    collection: &'a Collection,
    running: Option<Running>,
    output: File,
    parser: vt100::Parser,
    raw: String,
    /// How much of it had been written when something was typed last.
    answered: usize,
    /// Whether the line is over that `script` begins its file with.
    begun: bool,
}

impl<'a> Terminal<'a> {
    /// Starts `runbooks` with these words at a terminal of 80 columns and 24 rows.
    pub(crate) fn start(collection: &'a Collection, words: &str) -> Self {
        Self::start_at(collection, words, SIZE, "xterm-256color", |run| run)
    }

    /// Starts it at another terminal.
    pub(crate) fn start_at(
        collection: &'a Collection,
        words: &str,
        (columns, rows): (u16, u16),
        kind: &str,
        with: impl Fn(Run) -> Run,
    ) -> Self {
        let typescript = collection.home().join("typescript");
        // What an earlier one showed is nothing of this one.
        File::create(&typescript).expect("a file for a test");
        let run = with(collection.command("script").with_input().env("TERM", kind));
        let run = ["--quiet", "--return", "--flush", "--echo", "never", "--command"].iter().fold(run, Run::arg);
        // The shell gets the Ctrl-C too, and must live to tell how the terminal was left.
        let command = format!(
            "trap : INT; stty echo cols {columns} rows {rows}; tty > tty; stty -a > stty-before; \
             sh -c 'echo $$ > pid; exec runbooks {words}'; \
             code=$?; stty -a > stty-after; exit $code"
        );
        let running = run.arg(command).arg(&typescript).start();
        let output = File::open(&typescript).expect("it was made above");
        Self {
            collection,
            running: Some(running),
            output,
            parser: vt100::Parser::new(rows, columns, 0),
            raw: String::new(),
            answered: 0,
            begun: false,
        }
    }

    /// Waits until a text stands on the screen.
    #[track_caller]
    pub(crate) fn shows(&mut self, text: &str) -> &mut Self {
        let stands = holds_within(PATIENCE, || {
            self.look();
            self.parser.screen().contents().contains(text)
        });
        assert!(stands, "waited in vain for `{text}` on:\n{}", self.parser.screen().contents());
        self
    }

    /// Waits until a question stands at the cursor.
    #[track_caller]
    pub(crate) fn asks(&mut self, question: &str) -> &mut Self {
        let stands = holds_within(PATIENCE, || {
            self.look();
            let is_new = self.raw.get(self.answered..).is_some_and(|new| new.contains(question));
            is_new && self.parser.screen().contents().trim_end().ends_with(question)
        });
        assert!(stands, "waited in vain to be asked `{question}` on:\n{}", self.parser.screen().contents());
        self
    }

    /// Types a line.
    pub(crate) fn answers(&mut self, line: &str) -> &mut Self {
        self.types(&format!("{line}\n"))
    }

    /// Presses keys.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.look();
        self.answered = self.raw.len();
        self.running.as_mut().expect("it runs").write(keys);
        self
    }

    /// Gives the terminal another size, as a window that is drawn larger or smaller does.
    pub(crate) fn resizes(&mut self, columns: u16, rows: u16) -> &mut Self {
        let terminal = self.collection.text("tty").trim().to_owned();
        let size = format!("cols {columns} rows {rows}");
        let run = self.collection.command("stty").arg("-F").arg(terminal);
        size.split(' ').fold(run, Run::arg).done().exits(0);
        self.parser.screen_mut().set_size(rows, columns);
        self
    }

    /// Compares the screen with the one that is kept under this name.
    #[track_caller]
    pub(crate) fn is(&mut self, name: &str) -> &mut Self {
        self.look();
        let screen = masked(&self.parser.screen().contents(), self.collection);
        let file = repository().join(format!("tests/screens/{name}.txt"));
        if let Some(difference) = difference(&(screen.trim_end().to_owned() + "\n"), &file) {
            panic!("{difference}");
        }
        self
    }

    /// Returns all that was written to the terminal so far.
    pub(crate) fn written(&mut self) -> &str {
        self.look();
        &self.raw
    }

    /// Waits for the end; the terminal must be as it was. Returns all that was written to it, too.
    #[track_caller]
    pub(crate) fn done(mut self) -> (Finished, String) {
        let finished = self.wait();
        (finished, self.raw)
    }

    /// Waits for the end, and compares the screen that is left.
    #[track_caller]
    pub(crate) fn ends(mut self, exit: i32, name: &str) -> Finished {
        let finished = self.wait();
        self.is(name);
        finished.exits(exit)
    }

    /// Does the same, and returns all that was written.
    #[track_caller]
    pub(crate) fn ends_with(mut self, name: &str) -> (Finished, String) {
        let finished = self.wait();
        self.is(name);
        (finished, self.raw)
    }

    #[track_caller]
    fn wait(&mut self) -> Finished {
        let finished = self.running.take().expect("it is waited for once").done(PATIENCE);
        self.look();
        let sizeless = |name: &str| self.collection.text(name).lines().skip(1).collect::<Vec<_>>().join("\n");
        assert_eq!(sizeless("stty-before"), sizeless("stty-after"), "the terminal is left otherwise than it was");
        finished
    }

    /// Ends it as a power cut would.
    pub(crate) fn kills(self) {
        // Before the terminal goes, which is another end.
        let pid = self.collection.text("pid").trim().to_owned();
        self.collection.command("kill").arg("-9").arg(pid).done().exits(0);
        self.running.expect("it runs").kill();
    }

    fn look(&mut self) {
        let mut more = Vec::new();
        self.output.read_to_end(&mut more).expect("it can be read");
        let more = self.own(&more);
        self.raw.push_str(&String::from_utf8_lossy(&more));
        self.parser.process(&more);
    }

    /// Leaves out what `script` itself writes into its file, before and after.
    fn own(&mut self, more: &[u8]) -> Vec<u8> {
        let begin = match more.iter().position(|byte| *byte == b'\n') {
            _ if self.begun => 0,
            Some(at) => at + 1,
            None => return Vec::new(),
        };
        self.begun = true;
        let own = &more[begin..];
        let end = own.windows(AFTERWARDS.len()).position(|window| window == AFTERWARDS).unwrap_or(own.len());
        own[..end].to_vec()
    }
}

/// How the line begins that `script` ends its file with.
const AFTERWARDS: &[u8] = b"\nScript done on";

/// Takes out what varies, which on a screen is also what turns.
fn masked(screen: &str, collection: &Collection) -> String {
    let screen = redacted(screen, collection);
    PATTERNS.iter().fold(screen, |screen, (pattern, word)| pattern.replace_all(&screen, *word).into_owned())
}

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let patterns = [
        (r"(?m)^[|/\\-] ", "* "),
        (r"(?m)^(\* .*?) \d+s, ", "$1 [TIME], "),
        (r"; \d+s of (\d+)", "; [TIME] of $1"),
        (r"in \d+s", "in [TIME]"),
        (r#""creationTimestamp": "[^"]*""#, r#""creationTimestamp": "[TIME]""#),
        (r"context: kind-\S+|context \S+ ·", "context [CONTEXT] ·"),
    ];
    patterns.map(|(pattern, word)| (Regex::new(pattern).expect("a good pattern"), word)).into()
});
