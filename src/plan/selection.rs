//! Which runbooks are meant.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::diagnostic::did_you_mean;
use crate::model::{Runbook, RunbookId, Target};

/// What a person asked for: ids, globs or file names, and tags.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    patterns: Vec<Pattern>,
    tags: Vec<String>,
}

#[derive(Debug, Clone)]
struct Pattern {
    written: String,
    matcher: globset::GlobMatcher,
}

/// Why nothing, or not what was meant, is selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// A pattern is no glob.
    #[error("`{pattern}` is not a pattern: {reason}")]
    Invalid {
        /// As written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pattern matches no runbook.
    #[error("no runbook matches `{pattern}`{}", suggestion.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
    NoMatch {
        /// As written.
        pattern: String,
        /// The id that was probably meant.
        suggestion: Option<String>,
    },
    /// No runbook carries these tags, or the collection is empty.
    #[error("no runbook is selected")]
    Nothing,
}

impl Selection {
    /// Understands what was typed: `incident/db-pool`, `incident/*`, `content/incident/db-pool.md`, and tags.
    ///
    /// A name under `content_prefix` (the content folder as seen from the root) is understood as its id.
    pub fn new(patterns: &[String], tags: &[String], content_prefix: &str) -> Result<Self, SelectionError> {
        let patterns = patterns.iter().map(|pattern| compile(pattern, content_prefix)).collect::<Result<_, _>>()?;
        Ok(Self { patterns, tags: tags.to_vec() })
    }

    /// Returns the one id that is meant, where it is written out: neither a glob nor several, and no tags.
    pub fn single(&self) -> Option<RunbookId> {
        let [pattern] = self.patterns.as_slice() else { return None };
        let plain = !pattern.written.contains(['*', '?', '[', '{']) && self.tags.is_empty();
        plain.then(|| RunbookId(pattern.written.clone()))
    }

    /// Returns the runbooks that are meant, in the order given; without patterns, those the target is for.
    pub fn of<'a>(&self, runbooks: &'a [Runbook], target: &Target) -> Result<Vec<&'a Runbook>, SelectionError> {
        for pattern in &self.patterns {
            if !runbooks.iter().any(|runbook| pattern.matcher.is_match(runbook.id.as_str())) {
                let ids = runbooks.iter().map(|runbook| runbook.id.as_str());
                let suggestion = suggest(&pattern.written, ids);
                return Err(SelectionError::NoMatch { pattern: pattern.written.clone(), suggestion });
            }
        }
        let selected: Vec<_> = runbooks.iter().filter(|runbook| self.selects(runbook, target)).collect();
        if selected.is_empty() { Err(SelectionError::Nothing) } else { Ok(selected) }
    }

    fn selects(&self, runbook: &Runbook, target: &Target) -> bool {
        let named = if self.patterns.is_empty() {
            is_for_target(&runbook.id, target)
        } else {
            self.patterns.iter().any(|pattern| pattern.matcher.is_match(runbook.id.as_str()))
        };
        named && (self.tags.is_empty() || self.tags.iter().any(|tag| runbook.metadata.tags.contains(tag)))
    }
}

/// Returns whether `target` is meant for a runbook: its globs name it, or it has none.
///
/// A glob that cannot be read matches nothing; `config` has said so by then.
pub fn is_for_target(id: &RunbookId, target: &Target) -> bool {
    target.runbooks.is_empty() || globs(&target.runbooks).is_match(id.as_str())
}

/// Returns whether `allowed` of a target lets somebody carry out a runbook: a glob of ids for everybody, or `USER: GLOB`
/// for those whose name, or `name@host`, fits. A glob that cannot be read lets nobody.
pub fn is_allowed(target: &Target, operator: &str, id: &RunbookId) -> bool {
    let user = operator.split('@').next().unwrap_or_default();
    let fits = |glob: &str, text: &str| globs(&[glob.trim().to_owned()]).is_match(text);
    target.allowed.is_empty()
        || target.allowed.iter().any(|rule| match rule.split_once(':') {
            Some((who, glob)) => (fits(who, user) || fits(who, operator)) && fits(glob, id.as_str()),
            None => fits(rule, id.as_str()),
        })
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|pattern| Glob::new(pattern).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

fn compile(written: &str, content_prefix: &str) -> Result<Pattern, SelectionError> {
    let invalid = |error: globset::Error| SelectionError::Invalid {
        pattern: written.to_owned(),
        reason: error.kind().to_string(),
    };
    let id = as_id(written, content_prefix);
    let matcher = Glob::new(id).map_err(invalid)?.compile_matcher();
    Ok(Pattern { written: id.to_owned(), matcher })
}

/// Returns the id in what may be a file's name.
fn as_id<'a>(written: &'a str, content_prefix: &str) -> &'a str {
    let plain = written.strip_prefix("./").unwrap_or(written);
    let inside = plain.strip_prefix(content_prefix).map_or(plain, |rest| rest.trim_start_matches('/'));
    [".md", ".markdown"].into_iter().find_map(|extension| inside.strip_suffix(extension)).unwrap_or(inside)
}

/// Returns the id that was probably meant: the only one with that last part, or a near one.
fn suggest<'a>(written: &str, ids: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let same: Vec<_> = ids.clone().filter(|id| last(id) == last(written)).collect();
    match same.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => did_you_mean(written, ids).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_understood_as_its_id() {
        assert_eq!(as_id("content/incident/db-pool.md", "content"), "incident/db-pool");
        assert_eq!(as_id("./notes.md", ""), "notes");
    }

    #[test]
    fn the_only_runbook_of_that_last_name_is_suggested() {
        assert_eq!(suggest("db-pool", ["incident/db-pool", "health/app"].into_iter()), Some("incident/db-pool".into()));
        assert_eq!(suggest("db-pool", ["alpha/db-pool", "beta/db-pool"].into_iter()), None);
    }

    #[test]
    fn a_target_without_globs_is_for_everything() {
        let id = RunbookId("incident/db-pool".to_owned());
        let only_deploy = Target { runbooks: vec!["deploy/*".to_owned()], ..Target::default() };
        assert!(is_for_target(&id, &Target::default()));
        assert!(!is_for_target(&id, &only_deploy));
    }
}
