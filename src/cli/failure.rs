//! Why a command could not do its job.

use crate::cluster::GateError;
use crate::config::{ConfigError, ParamsFileError, TargetError};
use crate::model::ExitCode;
use crate::plan::{PartError, SelectionError};
use crate::recording::RecordingError;
use crate::report::{JunitError, MergeError};
use crate::run::archive::ArchiveError;
use crate::run::evidence::EvidenceError;
use crate::run::journal::JournalError;
use crate::run::stage::StageError;
use crate::sys::AppendError;
use crate::sys::files::FileError;
use crate::sys::git::GitError;

/// Why a command could not do its job. What was wrong in a text has been drawn already.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The file of values.
    #[error(transparent)]
    Params(#[from] ParamsFileError),
    /// The selection.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The part of the runbook.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that must be held.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The way to the cluster.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// A recording.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The run.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The runs on record.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The results on record.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A report.
    #[error("cannot write the report: {0}")]
    Json(#[from] serde_json::Error),
    /// A report.
    #[error(transparent)]
    Junit(#[from] JunitError),
    /// Results that are no parts of one whole.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The site.
    #[error("{0}")]
    Site(String),
    /// The system gives no runtime.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// What was typed does not go together.
    #[error("{0}")]
    Usage(String),
    /// Ctrl-C, before anything ran.
    #[error("interrupted; nothing was run")]
    Interrupted,
    /// A second Ctrl-C, while something ran.
    #[error("stopped at once; `runbooks exec --resume {0}` goes on, and asks about what was in flight")]
    Aborted(String),
    /// The text has errors, which have been drawn.
    #[error("nothing was run")]
    Text,
}

impl Failure {
    /// Returns what to exit with. Every way of not doing the job is the same to a caller, but for being told to stop.
    pub(super) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_)
            | Self::Target(_)
            | Self::Params(_)
            | Self::Selection(_)
            | Self::Part(_)
            | Self::File(_)
            | Self::Append(_)
            | Self::Git(_)
            | Self::Gate(_)
            | Self::Recording(_)
            | Self::Stage(_)
            | Self::Journal(_)
            | Self::Archive(_)
            | Self::Evidence(_)
            | Self::Json(_)
            | Self::Junit(_)
            | Self::Merge(_)
            | Self::Site(_)
            | Self::Runtime(_)
            | Self::Usage(_)
            | Self::Text => ExitCode::Unable,
            Self::Interrupted | Self::Aborted(_) => ExitCode::Interrupted,
        }
    }
}
