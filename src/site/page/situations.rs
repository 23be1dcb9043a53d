//! What a person comes with: something is down, a release, a routine. And what else may help on the way.

use std::collections::BTreeMap;

use serde::Serialize;

use super::view::{RunbookItem, Site, TitledLink};
use crate::link::Entry;
use crate::link::facets::{FacetKind, severity_rank};

/// How many runbooks a situation shows.
const SHOWN: usize = 6;
/// How many related runbooks a page shows.
const RELATED: usize = 5;
/// What more runbooks than this have in common relates none of them.
const COMMON: usize = 60;

/// A situation, for a template.
#[derive(Debug, Serialize)]
pub(super) struct Situation {
    title: &'static str,
    runbooks: Vec<RunbookItem>,
    /// How many are not shown.
    more: usize,
    /// Where all are listed.
    all: Option<TitledLink>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Down,
    Release,
    Routine,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Down, Self::Release, Self::Routine];

    const fn title(self) -> &'static str {
        match self {
            Self::Down => "Something is down",
            Self::Release => "I deploy",
            Self::Routine => "It is scheduled",
        }
    }

    /// Words in a folder's name or a tag that tell.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Down => &["incident", "alert", "troubleshoot", "outage", "debug"],
            Self::Release => &["deploy", "release", "rollout", "rollback", "upgrade", "migrat"],
            Self::Routine => &["maintenance", "routine", "schedule", "health", "daily", "weekly", "rotation", "backup"],
        }
    }

    /// Returns whether a runbook is for this; one that an alert leads to is for nothing so much as for that.
    fn fits(self, entry: &Entry<'_>) -> bool {
        let metadata = &entry.runbook.metadata;
        let told = match self {
            Self::Down => !metadata.alerts.is_empty(),
            Self::Release => false,
            Self::Routine => metadata.frequency.is_some(),
        };
        let says = |text: &str| self.words().iter().any(|word| text.to_lowercase().contains(word));
        let folder = entry.runbook.id.as_str().rsplit_once('/').is_some_and(|(folder, _)| says(folder));
        told || folder || metadata.tags.iter().any(|tag| says(tag))
    }

    fn all(self, site: Site<'_>) -> Option<TitledLink> {
        let kind = match self {
            Self::Down => FacetKind::Alert,
            Self::Release => FacetKind::Service,
            Self::Routine => FacetKind::Frequency,
        };
        let facet = site.facets.get(kind)?;
        Some(TitledLink { title: format!("By {}", kind.one().to_lowercase()), url: facet.address.url() })
    }
}

/// Returns the situations that any runbook is for, the gravest runbooks first.
pub(super) fn of(site: Site<'_>) -> Vec<Situation> {
    let entries = &site.catalogue.entries;
    let situation = |kind: Kind| {
        let mut fitting: Vec<usize> =
            (0..entries.len()).filter(|&at| !entries[at].of_folder && kind.fits(&entries[at])).collect();
        let rank = |at: &usize| {
            entries[*at].runbook.metadata.severity.as_ref().map_or(u8::MAX, |severity| severity_rank(&severity.0))
        };
        fitting.sort_by_key(rank);
        let shown = fitting.len().min(SHOWN);
        Situation {
            title: kind.title(),
            runbooks: site.items(&fitting[..shown]),
            more: fitting.len() - shown,
            all: kind.all(site),
        }
    };
    Kind::ALL.into_iter().map(situation).filter(|situation| !situation.runbooks.is_empty()).collect()
}

/// Returns the runbooks that have most in common with one: alerts count most, then the service, then tags.
pub(super) fn related(site: Site<'_>, entry: &Entry<'_>, at: usize) -> Vec<TitledLink> {
    let metadata = &entry.runbook.metadata;
    let words = metadata.alerts.iter().map(|word| (FacetKind::Alert, word, 3));
    let words = words.chain(metadata.service.iter().map(|word| (FacetKind::Service, word, 2)));
    let words = words.chain(metadata.tags.iter().map(|word| (FacetKind::Tag, word, 1)));
    let mut scores: BTreeMap<usize, u32> = BTreeMap::new();
    for (kind, word, weight) in words {
        let value = site.facets.page(kind, word).filter(|value| value.entries.len() <= COMMON);
        for &other in value.iter().flat_map(|value| &value.entries).filter(|&&other| other != at) {
            *scores.entry(other).or_default() += weight;
        }
    }
    let mut scores: Vec<_> = scores.into_iter().filter(|(_, score)| *score > 1).collect();
    scores.sort_by_key(|(other, score)| (std::cmp::Reverse(*score), *other));
    let link = |&(at, _): &(usize, u32)| {
        let entry = &site.catalogue.entries[at];
        TitledLink { title: entry.title.clone(), url: entry.address.url() }
    };
    scores.iter().take(RELATED).map(link).collect()
}
