//! Where a runbook is pointed.

use std::collections::BTreeMap;

use super::{Rights, Risk};

/// A cluster context, param values and a policy: `[target.NAME]` in `runbooks.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Its name; `default` where none is configured.
    pub name: String,
    /// What people read, where it differs from the name.
    pub title: Option<String>,
    /// The kubeconfig context; `None` is the current one.
    pub context: Option<String>,
    /// The namespace of commands that name none.
    pub namespace: Option<String>,
    /// The base URL of the Prometheus that `promql` steps ask.
    pub prometheus: Option<String>,
    /// The highest risk that a headless `exec` may take here.
    pub max_risk: Option<Risk>,
    /// Whether `exec` asks for the target's name, and refuses a text that is changed and not committed.
    pub protected: bool,
    /// Whether `exec` takes an action of high risk only after a second person has agreed to it.
    pub two_people: bool,
    /// Who may carry out which runbooks with `exec`: globs of ids, or `USER: GLOB`; empty is everybody and all.
    pub allowed: Vec<String>,
    /// Whose rights the commands that are not run are held against.
    pub rights: Rights,
    /// Globs of the runbooks this target is for; empty is all.
    pub runbooks: Vec<String>,
    /// Values for params, by name.
    pub params: BTreeMap<String, String>,
}
