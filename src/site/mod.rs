//! Runbooks + results → the pages of a site and its search index.
//!
//! The same input gives the same bytes. Nothing here reads or writes a file, asks a cluster or runs a step: the texts,
//! the results of earlier runs, the theme and today's date are handed in, and the files come out: all of them, those that
//! are not known from an earlier build, or one at a time.

mod body;
mod diagram;
mod evidence;
mod highlight;
mod navigation;
mod page;
mod search;
mod strip;
mod text;
mod theme;
mod values;
mod whole;

pub mod live;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::model::{Outcome, RunResult, Runbook, RunbookId, StepId, Target};

use body::PageText;

pub use theme::{ThemeFiles, named as theme_named};
pub use whole::{Output, Unwritten, Written, write};

/// The file that is published last: it names the others of the search index.
pub const LAST: &str = search::DIRECTORY;

/// What the pages show around the runbooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// The name in the header.
    pub title: String,
    /// A sentence under it.
    pub description: Option<String>,
    /// Where the site is published, absolute; a sitemap, canonical links and a 404 page that works need it.
    pub url: Option<String>,
    /// Where a file of the content can be edited; its path below the content folder is appended.
    pub repository: Option<String>,
    /// The language of the texts, as in `<html lang>`.
    pub language: String,
    /// Whether raw HTML is shown as it is, scripts and styles included.
    pub unsafe_html: bool,
    /// Evidence older than this is shown as stale.
    pub stale_after: Duration,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            title: "Runbooks".to_owned(),
            description: None,
            url: None,
            repository: None,
            language: "en".to_owned(),
            unsafe_html: false,
            stale_after: Duration::from_hours(7 * 24),
        }
    }
}

/// What became of a step in one run of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastOutcome {
    /// The target's name.
    pub target: String,
    /// The runbook.
    pub runbook: RunbookId,
    /// The step.
    pub step: StepId,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Everything a site is made of.
#[derive(Debug, Clone)]
pub struct SiteInput {
    /// What the pages show around the runbooks.
    pub config: SiteConfig,
    /// The runbooks, in any order.
    pub runbooks: Vec<Runbook>,
    /// The latest result of each target: the evidence.
    pub results: Vec<RunResult>,
    /// What became of steps in earlier runs, oldest first within a target.
    pub history: Vec<PastOutcome>,
    /// Targets whose results cannot be read.
    pub unreadable: Vec<String>,
    /// When the text of a runbook was changed last, where that is known.
    pub changes: BTreeMap<RunbookId, jiff::civil::Date>,
    /// Where runbooks can be pointed.
    pub targets: Vec<Target>,
    /// The site's own files of the theme, which win over the default ones.
    pub theme: ThemeFiles,
    /// Other files of the content folder, by their path in it; they are published as they are.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The day reviews and evidence are measured against.
    pub today: jiff::civil::Date,
}

/// A site, and what is wrong with the texts it was made of.
#[derive(Debug, Clone, Default)]
pub struct SiteOutput {
    /// The files by their path below the site's root; empty where a template is broken.
    pub files: BTreeMap<String, Vec<u8>>,
    /// How many pages show a runbook.
    pub pages: usize,
    /// Broken links and other findings that only the whole site shows.
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes the site, in memory.
///
/// Whatever is wrong with a text is a diagnostic and the rest is built. Only a broken template leaves nothing to show:
/// then there are no files, and a diagnostic of level error says why.
pub fn build(input: &SiteInput) -> SiteOutput {
    let files = whole::InMemory::default();
    match write(input.clone(), &files) {
        Ok(written) => SiteOutput { files: files.into_files(), pages: written.pages, diagnostics: written.diagnostics },
        Err(Unwritten::Template(diagnostic)) => SiteOutput { diagnostics: vec![*diagnostic], ..SiteOutput::default() },
        Err(Unwritten::Output(never)) => match never {},
    }
}

#[cfg(test)]
mod tests;
