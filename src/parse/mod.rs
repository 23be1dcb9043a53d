//! Markdown → runbook and diagnostics.
//!
//! Parsing does not fail: broken text gives a runbook with what could be made sense of, and diagnostics for the rest.
//! The grammar is written down, with examples that are tests, in `tests/spec`. Expressions in `expect` and `when` are
//! kept as located text here, and what shell blocks say is not looked at.

pub mod html;
pub mod markdown;

mod attributes;
mod autolink;
mod blocks;
mod bodies;
mod document;
mod fence;
mod findings;
mod fragment;
mod front_matter;
mod hash;
mod indented;
mod info;
mod names;
mod severity;
mod slug;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::{Block, Metadata, Runbook, RunbookId, Section, Source, Span, Step};

use blocks::{Blocks, Body};
use document::Document;
use findings::Findings;
use fragment::{Expander, Use};

pub use attributes::names as attributes;
pub use front_matter::{KEYS as FRONT_MATTER_KEYS, PARAM_KEYS, REQUIRES_KEYS};
pub use slug::{Anchors, slug};

/// The fragments under `checks/`, by name without extension.
pub type Fragments = BTreeMap<String, Arc<Source>>;

/// Reads a runbook's text.
///
/// The diagnostics are in the order of the text; those about a fragment that the runbook uses (their `source` is the
/// fragment) follow, so two runbooks that use a broken fragment both say so.
pub fn parse(id: RunbookId, source: Arc<Source>, fragments: &Fragments) -> (Runbook, Vec<Diagnostic>) {
    let mut findings = Findings::new(&source);
    let front = front_matter::read(&mut findings);
    let document = document::read(source.text());
    report(&document, &mut findings);
    let metadata = complete(front.metadata, &id, &document);
    let found = blocks::read(&document, &metadata.title, &mut findings);
    let mut expander = Expander::new(fragments);
    let (blocks, steps) = steps(found, &document.sections, &mut expander, &mut findings);
    names::check_references(&steps, &mut findings);
    let items = names::items(document.items, &steps, &document.sections);
    let mut diagnostics = findings.into_sorted();
    diagnostics.append(&mut expander.inside);
    let runbook = Runbook {
        id,
        source,
        metadata,
        params: front.params,
        requires: front.requires,
        body: front.body,
        sections: document.sections,
        blocks,
        steps,
        items,
        inline_code: document.inline_code,
        links: document.links,
    };
    (runbook, diagnostics)
}

/// Returns what is wrong in a fragment, whether a runbook uses it or not.
pub fn check_fragment(source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut findings = Findings::new(source);
    fragment::check(&mut findings);
    findings.into_sorted()
}

fn report(document: &Document, findings: &mut Findings) {
    for &span in &document.hidden {
        let title = "this fence is not a block, because it stands in an indented block or in HTML";
        let help = "put an empty line before it and take its indentation away";
        findings.add(findings.warning("hidden-fence", span, title).help(help));
    }
    for (anchor, span) in &document.repeated_anchors {
        let title = format!("the anchor `{anchor}` is given twice");
        findings.add(findings.warning("duplicate-anchor", *span, title).help("anchors are unique on a page"));
    }
}

fn steps(
    found: Blocks,
    sections: &[Section],
    expander: &mut Expander<'_>,
    findings: &mut Findings,
) -> (Vec<Block>, Vec<Step>) {
    let ids = names::ids(&found, sections, findings);
    let Blocks { blocks, drafts } = found;
    let mut steps: Vec<Step> = Vec::with_capacity(ids.len());
    for (draft, id) in drafts.into_iter().zip(ids) {
        let titled = draft.titled;
        match draft.body {
            Body::Own(step) => steps.push(Step { id, ..*step }),
            Body::Fragment(name, step) => {
                let block = blocks.get(draft.block);
                let uses = block.map(|block| Use { name: &name, block, step: &step, id: &id, titled });
                steps.extend(uses.into_iter().flat_map(|uses| expander.expand(&uses, findings)));
            }
        }
    }
    let place = |step: &Step| blocks.get(step.block).map_or(Span::default(), |block| block.info);
    names::check_unique(&steps, place, findings);
    (blocks, steps)
}

/// Fills in what front matter leaves open and the text tells.
fn complete(mut metadata: Metadata, id: &RunbookId, document: &Document) -> Metadata {
    let name = id.as_str().rsplit('/').next().unwrap_or_default();
    let heading = document.sections.iter().find(|section| section.level == 1).map(|section| section.title.as_str());
    if metadata.title.is_empty() {
        metadata.title = heading.filter(|title| !title.is_empty()).map_or_else(|| in_words(name), str::to_owned);
    }
    if metadata.alerts.is_empty() && heading == Some(name) && is_camel_case(name) {
        metadata.alerts = vec![name.to_owned()];
    }
    if metadata.severity.is_none() {
        metadata.severity.clone_from(&document.severity);
    }
    metadata
}

/// Returns the title of a runbook that says nothing of its own: the file's name in words, that of an alert as it is.
pub fn title_of(id: &RunbookId) -> String {
    let name = id.as_str().rsplit('/').next().unwrap_or_default();
    if is_camel_case(name) { name.to_owned() } else { in_words(name) }
}

/// Returns `Db pool` for `db-pool`.
fn in_words(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Returns whether a name is written as alerts are: `KubePodCrashLooping`.
fn is_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(char::is_alphanumeric)
        && name.chars().filter(|letter| letter.is_uppercase()).count() > 1
        && name.chars().any(char::is_lowercase)
}
