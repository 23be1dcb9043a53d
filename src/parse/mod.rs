//! Markdown → runbook and diagnostics.
//!
//! Parsing does not fail: broken text gives a runbook with what could be made sense of, and diagnostics for the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::{Metadata, Requires, Runbook, RunbookId, Source};

/// The fragments under `checks/`, by name without extension.
pub type Fragments = BTreeMap<String, Arc<Source>>;

/// Reads a runbook's text.
pub fn parse(id: RunbookId, source: Arc<Source>, _fragments: &Fragments) -> (Runbook, Vec<Diagnostic>) {
    let runbook = Runbook {
        id,
        source,
        metadata: Metadata::default(),
        params: Vec::new(),
        requires: Requires::default(),
        body: 0,
        sections: Vec::new(),
        blocks: Vec::new(),
        steps: Vec::new(),
        items: Vec::new(),
        inline_code: Vec::new(),
        links: Vec::new(),
    };
    (runbook, Vec::new())
}
