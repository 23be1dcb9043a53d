//! One session per runbook and run: what a block sets is there for the next.
//!
//! Each block is a process of its own, started from the state that the block before left at its end: exported and
//! shell variables, arrays, functions, aliases, options, the working directory. Background jobs live until the session
//! ends. The state survives a crash of ours, but for what is secret: that is never written to a disk.

mod dump;
mod quote;
mod script;
mod state;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sys::files::{self, FileError};
use crate::sys::process::{self, Ended, Launch, LaunchError, Leftover, Listen, Streams};
use crate::sys::{Cancel, Confinement, Mailbox};

use super::Redactor;
use crate::model::is_secret_name;
pub(crate) use dump::Failure;
use state::State;

/// What is said of a block that a recording does not hold.
pub(crate) const NOT_RECORDED: &str =
    "not in the recording: this block, or something it depends on, was different when the recording was made";

/// The longest block that is handed to a shell as an argument, and the longest secret state handed on by environment:
/// Linux takes 128 KiB in one string.
const LONGEST_STRING: usize = 120 * 1024;

/// Where a session lives.
#[derive(Debug, Clone)]
pub struct SessionPlace {
    /// A folder of its own, made if missing, private (0700). `exec --resume` gives the same one to go on.
    pub folder: PathBuf,
    /// The directory the first block runs in: the collection's root.
    pub directory: PathBuf,
    /// `<run id>/<runbook id>`: marks every process of the session.
    pub name: String,
}

/// Why a session cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The folder or the state in it cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The state is not one that we wrote.
    #[error("the state of the session in `{}` cannot be read: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a session cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The shell is missing, or cannot be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The state cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A recording answers, and this block is not in it.
    #[error("{NOT_RECORDED}")]
    NotRecorded,
    /// The system refuses something we need.
    #[error("cannot run a block: {0}")]
    System(#[from] std::io::Error),
}

/// Whose words the state is spoken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Bash,
    Sh,
}

/// The program that runs a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    words: Vec<String>,
    dialect: Option<Dialect>,
}

impl Program {
    /// Reads `shell=`: a program, and perhaps arguments.
    pub(crate) fn named(text: &str) -> Self {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let base = words.first().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
        let dialect = match base {
            "bash" => Some(Dialect::Bash),
            "sh" | "dash" | "ash" => Some(Dialect::Sh),
            _ => None,
        };
        let mut program = Self { words, dialect };
        if matches!(program.words.first().and_then(|word| word.rsplit('/').next()), Some("zsh" | "ksh" | "mksh")) {
            program.words.extend(["-e".to_owned(), "-o".to_owned(), "pipefail".to_owned()]);
        }
        program
    }

    /// Returns the name people know it by.
    pub(crate) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

/// A script to run.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) program: &'a Program,
    pub(crate) code: &'a str,
    /// For this block only; `None` is where the block before was.
    pub(crate) directory: Option<&'a Path>,
    /// The whole environment it is given: the operator's, params, the gate's.
    pub(crate) environment: &'a BTreeMap<&'a str, &'a str>,
    /// Names whose values are secret.
    pub(crate) secrets: &'a [&'a str],
    /// Of the environment and of what was captured, what this block does not get, unless something carried over needs it.
    pub(crate) withheld: &'a [String],
    /// Names that no block may carry over: where the gate is.
    pub(crate) fixed: &'a [(String, String)],
    pub(crate) step: &'a str,
    pub(crate) timeout: Duration,
    pub(crate) streams: Streams,
    pub(crate) keep: usize,
    /// What it cannot read.
    pub(crate) confinement: Option<&'a Confinement>,
}

/// A script that has ended.
#[derive(Debug)]
pub(crate) struct BlockEnd {
    pub(crate) ended: Ended,
    /// The exit status; a writer whose reader had enough counts as 0. `None` where we ended it.
    pub(crate) status: Option<i32>,
    /// Where it ended, if a command of it failed.
    pub(crate) failure: Option<Failure>,
}

/// What blocks hand on to the blocks after them.
#[derive(Debug)]
pub struct Session {
    place: SessionPlace,
    state: State,
    /// Variables that hold secrets: in memory alone.
    private: BTreeMap<String, state::Variable>,
    given: BTreeMap<String, String>,
    mailbox: Option<Mailbox>,
    leftovers: Vec<Leftover>,
    /// Whether anything was started that may still run.
    used: bool,
    /// The dialect that the file on disk is in.
    written: Option<Dialect>,
    scripts: usize,
}

impl Session {
    /// Opens a session: where the folder holds the state of an earlier one, it goes on from there.
    pub fn open(place: SessionPlace) -> Result<Self, SessionError> {
        files::create_private_folder(&place.folder)?;
        let path = place.folder.join("state.json");
        let state = match files::read_text_if_exists(&path)? {
            None => State::default(),
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| SessionError::Damaged { path, reason: error.to_string() })?,
        };
        Ok(Self {
            place,
            state,
            private: BTreeMap::new(),
            given: BTreeMap::new(),
            mailbox: None,
            leftovers: Vec::new(),
            used: false,
            written: None,
            scripts: 0,
        })
    }

    /// Returns where it lives.
    pub const fn place(&self) -> &SessionPlace {
        &self.place
    }

    /// Sets an exported variable for the blocks to come: a captured value. It wins over what a block has set.
    pub fn set(&mut self, name: &str, value: &str) {
        let carried = self.state.variables.remove(name).is_some();
        if self.state.unset.remove(name) || carried {
            self.written = None;
        }
        self.private.remove(name);
        self.given.insert(name.to_owned(), value.to_owned());
    }

    /// Ends the session: whatever its blocks left running is ended too.
    pub async fn end(mut self) {
        if self.used {
            process::end_marked(&format!("{}/", self.place.name)).await;
        }
        for leftover in self.leftovers.drain(..) {
            leftover.close();
        }
    }

    /// Returns what exported variables a program that is no shell of ours is given.
    fn exported(&self) -> BTreeMap<String, String> {
        let variables = self.state.variables.iter().chain(&self.private);
        let exported = variables.filter_map(|(name, variable)| match variable {
            state::Variable::Exported(value) => Some((name.clone(), value.clone())),
            _ => None,
        });
        self.given.clone().into_iter().chain(exported).collect()
    }

    /// Runs a script to its end, and keeps what it hands on.
    pub(crate) async fn run(
        &mut self,
        block: &Block<'_>,
        redactor: &Redactor,
        cancel: &Cancel,
        listen: &mut Listen<'_>,
    ) -> Result<BlockEnd, RunError> {
        let launch = self.launch(block)?;
        self.used = true;
        self.mailbox.iter().for_each(Mailbox::empty);
        let running = process::start(&launch)?;
        let work = running.wait(block.timeout, cancel, listen);
        let (ended, message) = match (&self.mailbox, block.program.dialect) {
            (Some(mailbox), Some(_)) => mailbox.during(work).await,
            _ => (work.await, Vec::new()),
        };
        let mut ended = ended?;
        self.leftovers.extend(ended.leftover.take());
        let mut end = BlockEnd { status: ended.ending.status(), ended, failure: None };
        if let (Some(dialect), Some(_)) = (block.program.dialect, end.status) {
            self.learn(&message, dialect, block, redactor, &mut end)?;
        }
        Ok(end)
    }

    /// Starts a script that keeps running; what it sets is not handed on.
    pub(crate) fn start(&mut self, block: &Block<'_>) -> Result<process::Running, RunError> {
        let launch = self.launch(block)?;
        self.used = true;
        Ok(process::start(&launch)?)
    }

    fn launch(&mut self, block: &Block<'_>) -> Result<Launch, RunError> {
        let mut environment: BTreeMap<String, String> =
            block.environment.iter().map(|(&name, &value)| (name.to_owned(), value.to_owned())).collect();
        environment.extend(self.given.clone());
        environment.retain(|name, _| !self.withholds(block, name));
        let arguments = if let Some(dialect) = block.program.dialect {
            self.shell_arguments(dialect, block, &mut environment)?
        } else {
            environment.extend(self.exported());
            environment.retain(|name, _| !self.withholds(block, name));
            vec![self.script(block.code)?.into()]
        };
        environment.extend(block.fixed.iter().cloned());
        let words = block.program.words.iter().skip(1).map(Into::into);
        Ok(Launch {
            program: block.program.name().into(),
            arguments: words.chain(arguments).collect(),
            directory: self.directory(block),
            environment: environment.into_iter().collect(),
            marker: format!("{}/{}", self.place.name, block.step),
            streams: block.streams,
            keep: block.keep,
            confinement: block.confinement.cloned(),
        })
    }

    /// Returns whether a block is not given a variable.
    fn withholds(&self, block: &Block<'_>, name: &str) -> bool {
        block.withheld.iter().any(|withheld| withheld == name) && !self.state.needs(name)
    }

    fn directory(&self, block: &Block<'_>) -> PathBuf {
        let carried = self.state.directory.as_deref().filter(|directory| files::is_folder(directory));
        block.directory.or(carried).unwrap_or(&self.place.directory).to_owned()
    }

    fn shell_arguments(
        &mut self,
        dialect: Dialect,
        block: &Block<'_>,
        environment: &mut BTreeMap<String, String>,
    ) -> Result<Vec<std::ffi::OsString>, RunError> {
        let traps = block.code.contains("trap") || self.state.functions.contains("trap");
        if dialect == Dialect::Bash && traps {
            environment.insert("RUNBOOKS_TRAP".to_owned(), "1".to_owned());
        }
        let private = script::statements(&self.private);
        if !private.is_empty() && private.len() < LONGEST_STRING {
            environment.insert("RUNBOOKS_PRIVATE".to_owned(), private);
        }
        let path = self.write_prelude(dialect)?;
        let code = if block.code.len() < LONGEST_STRING {
            block.code.to_owned()
        } else {
            format!(". {}", quote::quote(&self.script(block.code)?.to_string_lossy()))
        };
        let code = match dialect {
            Dialect::Bash => {
                environment.insert("BASH_ENV".to_owned(), path.to_string_lossy().into_owned());
                code
            }
            // On the same line, so that the lines that `sh` names are those of the block.
            Dialect::Sh if block.code.contains("trap") => {
                format!(". {}; {code}\n__runbooks_save", quote::quote(&path.to_string_lossy()))
            }
            Dialect::Sh => format!(". {}; {code}", quote::quote(&path.to_string_lossy())),
        };
        Ok(vec!["-c".into(), code.into()])
    }

    /// Writes the file that the shell reads first, unless it stands there already.
    fn write_prelude(&mut self, dialect: Dialect) -> Result<PathBuf, RunError> {
        let path = self.place.folder.join("session");
        let mailbox = match &self.mailbox {
            Some(mailbox) => mailbox,
            None => self.mailbox.insert(Mailbox::create(&self.place.folder.join("mailbox"))?),
        };
        if self.written != Some(dialect) {
            let text = script::render(dialect, &self.state, mailbox.path());
            files::write_private(&path, text.as_bytes())?;
            self.written = Some(dialect);
        }
        Ok(path)
    }

    /// Writes a script for a program that reads it from a file.
    fn script(&mut self, code: &str) -> Result<PathBuf, RunError> {
        self.scripts += 1;
        let path = self.place.folder.join(format!("script-{}", self.scripts));
        files::write_private(&path, code.as_bytes())?;
        Ok(path)
    }

    /// Takes over what a shell handed on.
    fn learn(
        &mut self,
        message: &[u8],
        dialect: Dialect,
        block: &Block<'_>,
        redactor: &Redactor,
        end: &mut BlockEnd,
    ) -> Result<(), RunError> {
        let mut given = block.environment.clone();
        given.extend(self.given.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        given.retain(|name, _| !self.withholds(block, name));
        let fixed = block.fixed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        given.extend(fixed);
        let Some(dump) = dump::read(message, dialect, &given, &self.state) else { return Ok(()) };
        let mut state = dump.state;
        for (name, _) in block.fixed {
            state.variables.remove(name);
            state.unset.remove(name);
        }
        let gone = block.withheld.iter().filter(|name| self.state.unset.contains(*name));
        state.unset.extend(gone.cloned());
        if block.directory.is_some() {
            state.directory.clone_from(&self.state.directory);
        }
        self.private = take_private(&mut state, block.secrets, redactor);
        end.failure = dump.failure;
        if dump.broken_pipe && end.status == Some(141) {
            end.status = Some(0);
        }
        if state != self.state {
            self.state = state;
            self.written = None;
            self.save()?;
        }
        Ok(())
    }

    /// Returns the names of the variables that hold secrets, and are kept in memory alone.
    pub(crate) fn private_names(&self) -> impl Iterator<Item = &str> {
        self.private.keys().map(String::as_str)
    }

    fn save(&self) -> Result<(), RunError> {
        let text = serde_json::to_vec(&self.state).map_err(std::io::Error::other)?;
        Ok(files::write_private(&self.place.folder.join("state.json"), &text)?)
    }
}

/// Takes out of a state what must not be written to a disk: secrets by name, and whatever holds a known secret.
fn take_private(state: &mut State, secrets: &[&str], redactor: &Redactor) -> BTreeMap<String, state::Variable> {
    for (name, variable) in &state.variables {
        let named = is_secret_name(name) || secrets.contains(&name.as_str());
        if named && let state::Variable::Shell(value) | state::Variable::Exported(value) = variable {
            redactor.learn(value);
        }
    }
    if redactor.finds(&state.functions) {
        // A function with a secret in it is not handed on: it cannot be kept without being written.
        state.functions.clear();
        state.exported_functions.clear();
    }
    state.aliases.retain(|alias| !redactor.finds(alias));
    let private = |name: &String, variable: &mut state::Variable| {
        is_secret_name(name) || secrets.contains(&name.as_str()) || redactor.finds(variable.text())
    };
    state.variables.extract_if(.., private).collect()
}

#[cfg(test)]
mod tests;
