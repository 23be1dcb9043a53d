//! Which of the runbooks that are meant are looked at in this run: those of a shard, those that have changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use crate::config::Settings;
use crate::model::Runbook;
use crate::plan::Shard;
use crate::sys::{Environment, git};

/// Flags that make a part of the selection.
#[derive(Debug, Clone, Args)]
pub(super) struct ScopeArguments {
    /// Only the K-th of N parts of the selected runbooks; together the parts are all of them
    #[arg(long, value_name = "K/N", env = "RUNBOOKS_SHARD")]
    shard: Option<Shard>,
    /// Only runbooks that have changed since the branch left this git revision: their file, a shared step they use, or
    /// runbooks.toml. If none has, nothing is verified and the exit code is 0
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
}

/// What the flags come to.
#[derive(Debug)]
pub(super) struct Scope {
    shard: Option<Shard>,
    since: Option<(String, BTreeSet<PathBuf>)>,
    config: Option<PathBuf>,
    fragments: PathBuf,
}

impl ScopeArguments {
    /// Asks git what has changed, if that matters.
    pub(super) fn scope(&self, settings: &Settings, environment: &Environment) -> Result<Scope, Failure> {
        let since = match &self.changed_since {
            Some(revision) => Some((revision.clone(), git::changed_since(&settings.root, revision, environment)?)),
            None => None,
        };
        let folder = settings.fragments_folder();
        Ok(Scope {
            shard: self.shard,
            since,
            config: settings.file.as_ref().map(|file| file.path().to_owned()),
            fragments: folder.strip_prefix(&settings.root).unwrap_or(&folder).to_owned(),
        })
    }
}

impl Scope {
    /// Returns those of the runbooks that are looked at.
    pub(super) fn of<'a>(&self, runbooks: &[&'a Runbook]) -> Vec<&'a Runbook> {
        runbooks.iter().copied().filter(|runbook| self.holds(runbook)).collect()
    }

    /// Says why nothing is left of what was selected: another shard has it, or nothing has changed.
    pub(super) fn nothing(&self, selected: usize) -> String {
        let what = if selected == 1 { "the one runbook".to_owned() } else { format!("the {selected} runbooks") };
        match (&self.since, self.shard) {
            (Some((revision, _)), None) => {
                format!("nothing to verify: none of {what} selected has changed since {revision}")
            }
            (Some((revision, _)), Some(shard)) => {
                format!(
                    "nothing to verify: none of {what} selected has changed since {revision} and is in shard {shard}"
                )
            }
            (None, Some(shard)) => format!("nothing to verify: none of {what} selected is in shard {shard}"),
            (None, None) => "nothing to verify".to_owned(),
        }
    }

    fn holds(&self, runbook: &Runbook) -> bool {
        let here = self.shard.is_none_or(|shard| shard.holds(&runbook.id));
        here && self.since.as_ref().is_none_or(|(_, changed)| self.has_changed(runbook, changed))
    }

    fn has_changed(&self, runbook: &Runbook, changed: &BTreeSet<PathBuf>) -> bool {
        let config = self.config.as_ref().is_some_and(|config| changed.contains(config));
        let used = runbook.blocks.iter().filter_map(|block| block.fragment.as_ref());
        let mut fragments = used.map(|name| self.fragments.join(format!("{name}.md")));
        config || changed.contains(runbook.source.path()) || fragments.any(|path| changed.contains::<Path>(&path))
    }
}
