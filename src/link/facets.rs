//! The words that runbooks are found by: severity, service, owner, tags, alerts and how often they are done.

use std::collections::{BTreeMap, HashMap};

use super::Catalogue;
use super::address::Address;
use crate::model::{Metadata, Severity};
use crate::parse;

/// A way to find runbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FacetKind {
    /// How grave.
    Severity,
    /// What it is about.
    Service,
    /// Who keeps it.
    Owner,
    /// Free words.
    Tag,
    /// What leads there.
    Alert,
    /// How often.
    Frequency,
}

impl FacetKind {
    /// Every way, in the order in which pages show them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Severity, Self::Service, Self::Alert, Self::Frequency, Self::Owner, Self::Tag];

    /// Returns the folder of its pages.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Severity => "severities",
            Self::Service => "services",
            Self::Owner => "owners",
            Self::Tag => "tags",
            Self::Alert => "alerts",
            Self::Frequency => "frequencies",
        }
    }

    /// Returns the word for one.
    pub(crate) const fn one(self) -> &'static str {
        match self {
            Self::Severity => "Severity",
            Self::Service => "Service",
            Self::Owner => "Owner",
            Self::Tag => "Tag",
            Self::Alert => "Alert",
            Self::Frequency => "Frequency",
        }
    }

    /// Returns the word for many.
    pub(crate) const fn many(self) -> &'static str {
        match self {
            Self::Severity => "Severities",
            Self::Service => "Services",
            Self::Owner => "Owners",
            Self::Tag => "Tags",
            Self::Alert => "Alerts",
            Self::Frequency => "Frequencies",
        }
    }

    /// Returns the values a runbook has.
    fn values(self, metadata: &Metadata) -> Vec<&str> {
        match self {
            Self::Severity => metadata.severity.iter().map(|Severity(word)| word.as_str()).collect(),
            Self::Service => metadata.service.as_deref().into_iter().collect(),
            Self::Owner => metadata.owner.as_deref().into_iter().collect(),
            Self::Frequency => metadata.frequency.as_deref().into_iter().collect(),
            Self::Tag => metadata.tags.iter().map(String::as_str).collect(),
            Self::Alert => metadata.alerts.iter().map(String::as_str).collect(),
        }
    }
}

/// One value and the runbooks that have it.
#[derive(Debug)]
pub(crate) struct FacetValue {
    /// The value as its first author wrote it.
    pub(crate) label: String,
    /// Its page.
    pub(crate) address: Address,
    /// The runbooks, as positions in the catalogue.
    pub(crate) entries: Vec<usize>,
}

/// One way to find runbooks, with its values.
#[derive(Debug)]
pub(crate) struct Facet {
    /// Which.
    pub(crate) kind: FacetKind,
    /// Where its values are listed.
    pub(crate) address: Address,
    /// The values in order: severities gravest first, frequencies most frequent first, all others by name. Keys are the values' names in URLs.
    pub(crate) values: Vec<FacetValue>,
    /// The places of the values by their names in URLs.
    by_slug: HashMap<String, usize>,
}

impl Facet {
    /// Returns the value of that name in URLs.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&FacetValue> {
        self.by_slug.get(slug).map(|&at| &self.values[at])
    }
}

/// All facets that have a value.
#[derive(Debug, Default)]
pub(crate) struct Facets(Vec<Facet>);

impl Facets {
    /// Collects the facets of all runbooks; spellings that differ in case only are one value.
    pub(super) fn new(catalogue: &Catalogue<'_>) -> Self {
        let facets = FacetKind::ALL.into_iter().map(|kind| facet(kind, catalogue));
        Self(facets.filter(|facet| !facet.values.is_empty()).collect())
    }

    /// Returns the facets.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Facet> {
        self.0.iter()
    }

    /// Returns one facet, where any runbook has a value of it.
    pub(crate) fn get(&self, kind: FacetKind) -> Option<&Facet> {
        self.0.iter().find(|facet| facet.kind == kind)
    }

    /// Returns the page of a value.
    pub(crate) fn page(&self, kind: FacetKind, value: &str) -> Option<&FacetValue> {
        let slug = slug(kind, value);
        self.get(kind)?.by_slug(&slug)
    }
}

fn facet(kind: FacetKind, catalogue: &Catalogue<'_>) -> Facet {
    // A content folder of the same name keeps it: `alerts/` of a collection is more than our list.
    let folder = kind.folder();
    let taken = catalogue.folders.contains_key(folder) || catalogue.by_id(folder).is_some();
    let base = if taken { format!("by-{}", kind.one().to_lowercase()) } else { folder.to_owned() };
    let (mut values, mut by_slug) = (Vec::<FacetValue>::new(), BTreeMap::<String, usize>::new());
    // Most words stand on many pages, and are written alike there.
    let mut by_label: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in catalogue.entries.iter().enumerate() {
        for label in kind.values(&entry.runbook.metadata) {
            let place = *by_label.entry(label).or_insert_with(|| {
                let slug = slug(kind, label);
                let address = Address::new(format!("{base}/{slug}"));
                *by_slug.entry(slug).or_insert_with(|| {
                    values.push(FacetValue { label: label.to_owned(), address, entries: Vec::new() });
                    values.len() - 1
                })
            });
            if values[place].entries.last() != Some(&at) {
                values[place].entries.push(at);
            }
        }
    }
    values.sort_by(|one, other| one.address.cmp(&other.address));
    match kind {
        FacetKind::Severity => values.sort_by_key(|value| severity_rank(&value.label)),
        FacetKind::Frequency => values.sort_by_key(|value| frequency_rank(&value.label)),
        FacetKind::Service | FacetKind::Owner | FacetKind::Tag | FacetKind::Alert => {}
    }
    let name = |value: &FacetValue| value.address.as_str().rsplit('/').next().unwrap_or_default().to_owned();
    let by_slug = values.iter().enumerate().map(|(at, value)| (name(value), at)).collect();
    Facet { kind, address: Address::new(base), values, by_slug }
}

/// Returns a value's name in URLs. An alert keeps its spelling: `runbook_url` annotations name it exactly.
fn slug(kind: FacetKind, label: &str) -> String {
    if kind == FacetKind::Alert {
        return label.replace('/', "-");
    }
    let slug = parse::slug(label);
    if slug.is_empty() { "other".to_owned() } else { slug }
}

/// Returns how grave a severity is, from 0 (gravest) to 4, by its number or its word; an unknown word counts as 3.
pub(crate) fn severity_rank(label: &str) -> u8 {
    let word = label.to_lowercase();
    if let Some(digit) = word.bytes().find(u8::is_ascii_digit) {
        return (digit - b'0').min(4);
    }
    match word.as_str() {
        "critical" | "page" | "emergency" | "blocker" => 0,
        "high" | "major" | "urgent" => 1,
        "medium" | "moderate" | "warning" => 2,
        "info" | "informational" | "none" => 4,
        _ => 3,
    }
}

/// Returns how rarely something is done, from 0 (all the time) up; unknown words stand last.
fn frequency_rank(label: &str) -> u8 {
    const WORDS: [&[&str]; 8] = [
        &["continuous", "minute"],
        &["hour"],
        &["shift"],
        &["daily", "day", "night"],
        &["week"],
        &["month"],
        &["quarter"],
        &["year", "annual"],
    ];
    let label = label.to_lowercase();
    let rank = WORDS.iter().position(|words| words.iter().any(|word| label.contains(word)));
    u8::try_from(rank.unwrap_or(WORDS.len())).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{frequency_rank, severity_rank};

    #[test]
    fn frequencies_are_ranked_by_their_words() {
        let mut labels = ["on demand", "Yearly", "every day", "weekly", "hourly"];
        labels.sort_by_key(|label| frequency_rank(label));
        assert_eq!(labels, ["hourly", "every day", "weekly", "Yearly", "on demand"]);
    }

    #[test]
    fn severities_are_ranked_by_number_or_word() {
        assert_eq!(severity_rank("P1"), 1);
        assert_eq!(severity_rank("SEV0"), 0);
        assert_eq!(severity_rank("critical"), 0);
        assert_eq!(severity_rank("odd"), 3);
    }
}
