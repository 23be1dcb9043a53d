//! What kubectl understands: the verbs and flags in `flags.txt`, and since when and until when.
//!
//! The data is generated; nothing here knows a flag by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

static TEXT: &str = include_str!("flags.txt");
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(TEXT));

/// A minor release of kubectl: `1.34`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(u32);

impl Release {
    /// Returns the release that `1.MINOR` names.
    pub const fn new(minor: u32) -> Self {
        Self(minor)
    }

    /// Reads `1.34`, `v1.34.2` or `1.34.2+build`; `None` where it is no such thing.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().trim_start_matches('v').strip_prefix("1.")?;
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok().map(Self)
    }

    /// Returns the release after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1.{}", self.0)
    }
}

/// The releases that have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lifetime {
    /// The first release; `None` where it is older than the table.
    pub since: Option<Release>,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The last release that has it.
    Until(Release),
    /// Before the oldest release of the table.
    Long,
}

impl Lifetime {
    fn parse(text: &str) -> Self {
        let (since, until) = text.split_once('-').unwrap_or((text, ""));
        let end = if until == "old" { Some(End::Long) } else { Release::parse(until).map(End::Until) };
        Self { since: Release::parse(since), end }
    }

    /// Returns whether it is over in `release`.
    pub fn is_over(self, release: Release) -> bool {
        match self.end {
            Some(End::Until(last)) => release > last,
            Some(End::Long) => true,
            None => false,
        }
    }

    /// Returns whether it is still to come in `release`.
    pub fn is_to_come(self, release: Release) -> bool {
        self.since.is_some_and(|first| release < first)
    }
}

/// How a flag takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// Stands alone; a value can only follow `=`.
    Bool,
    /// Must have a value.
    Value,
    /// Must have a value, and may be repeated or hold several with commas.
    List,
    /// Stands alone or takes a value behind `=`: `--dry-run`, `--dry-run=server`.
    Optional,
}

impl FlagKind {
    fn parse(letter: &str) -> Self {
        match letter {
            "b" => Self::Bool,
            "l" => Self::List,
            "o" => Self::Optional,
            _ => Self::Value,
        }
    }

    /// Returns whether the next word is its value where there is no `=`.
    pub const fn takes_next_word(self) -> bool {
        matches!(self, Self::Value | Self::List)
    }
}

/// A flag of a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its name without dashes.
    pub name: &'static str,
    /// Its one-letter form.
    pub short: Option<char>,
    /// How it takes its value.
    pub kind: FlagKind,
    /// The releases that have it.
    pub lifetime: Lifetime,
    /// What to use instead, or why it is hidden.
    pub note: Option<&'static str>,
}

/// A verb, or a verb below a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb {
    /// All its words: `rollout status`.
    pub path: &'static str,
    /// Other names for its last word.
    pub aliases: Vec<&'static str>,
    /// The releases that have it.
    pub lifetime: Lifetime,
    /// What to use instead, or why it is hidden.
    pub note: Option<&'static str>,
    /// Its own flags, by name.
    pub flags: Vec<Flag>,
}

/// Everything kubectl understands.
#[derive(Debug)]
pub struct Table {
    newest: Release,
    verbs: BTreeMap<&'static str, Verb>,
    globals: Vec<Flag>,
}

/// Returns the table of the releases we know.
pub fn table() -> &'static Table {
    &TABLE
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = Self { newest: Release(0), verbs: BTreeMap::new(), globals: Vec::new() };
        let mut current: Option<Verb> = None;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(flag) = line.strip_prefix("  ") {
                if let Some(verb) = &mut current {
                    verb.flags.push(parse_flag(flag));
                }
            } else if let Some(range) = line.strip_prefix("kubectl ") {
                table.newest = range.rsplit(' ').next().and_then(Release::parse).unwrap_or(table.newest);
            } else {
                table.keep(current.replace(parse_verb(line)));
            }
        }
        table.keep(current);
        table
    }

    fn keep(&mut self, verb: Option<Verb>) {
        match verb {
            Some(verb) if verb.path == "*" => self.globals = verb.flags,
            Some(verb) => drop(self.verbs.insert(verb.path, verb)),
            None => {}
        }
    }

    /// Returns the newest release the table knows.
    pub const fn newest(&self) -> Release {
        self.newest
    }

    /// Returns the verb below `parent` (`""`: kubectl itself) that `word` names, by its name or an alias.
    pub fn verb(&self, parent: &str, word: &str) -> Option<&Verb> {
        let path = if parent.is_empty() { word.to_owned() } else { format!("{parent} {word}") };
        self.verbs.get(path.as_str()).or_else(|| self.below(parent).find(|verb| verb.aliases.contains(&word)))
    }

    /// Returns the verb with exactly that path.
    pub fn by_path(&self, path: &str) -> Option<&Verb> {
        self.verbs.get(path)
    }

    /// Returns the verbs right below `parent`; those of kubectl itself for `""`.
    pub fn below(&self, parent: &str) -> impl Iterator<Item = &Verb> {
        self.verbs.values().filter(move |verb| verb.parent() == parent)
    }

    /// Returns the flags of every verb.
    pub fn all_flags(&self) -> impl Iterator<Item = &Flag> {
        self.verbs.values().flat_map(|verb| &verb.flags)
    }

    /// Returns the flags that every verb takes.
    pub fn globals(&self) -> &[Flag] {
        &self.globals
    }
}

impl Verb {
    /// Returns its last word.
    pub fn name(&self) -> &'static str {
        self.path.rsplit(' ').next().unwrap_or(self.path)
    }

    /// Returns the path of the verb above it; empty for kubectl itself.
    pub fn parent(&self) -> &'static str {
        self.path.rsplit_once(' ').map_or("", |(parent, _)| parent)
    }

    /// Returns whether people are not meant to see it in help, although it is there.
    pub const fn is_hidden(&self) -> bool {
        self.note.is_some() && self.lifetime.end.is_none()
    }
}

fn parse_verb(line: &'static str) -> Verb {
    let (head, note) = split_note(line);
    let mut words = head.split(' ');
    let lifetime = words.next_back().filter(|word| word.contains('-') && is_range(word));
    let head = lifetime.map_or(head, |range| head[..head.len() - range.len()].trim_end());
    let (path, aliases) = head.split_once(" = ").unwrap_or((head, ""));
    Verb {
        path,
        aliases: aliases.split_whitespace().collect(),
        lifetime: lifetime.map(Lifetime::parse).unwrap_or_default(),
        note,
        flags: Vec::new(),
    }
}

fn parse_flag(line: &'static str) -> Flag {
    let (head, note) = split_note(line);
    let mut fields = head.split(' ');
    let (name, short) =
        fields.next().map_or(("", None), |field| field.split_once(',').map_or((field, None), |(n, s)| (n, Some(s))));
    Flag {
        name,
        short: short.and_then(|short| short.chars().next()),
        kind: FlagKind::parse(fields.next().unwrap_or_default()),
        lifetime: fields.next().map(Lifetime::parse).unwrap_or_default(),
        note,
    }
}

fn split_note(line: &'static str) -> (&'static str, Option<&'static str>) {
    line.split_once(" | ").map_or((line, None), |(head, note)| (head, Some(note)))
}

fn is_range(word: &str) -> bool {
    word == "-old" || word.chars().all(|letter| letter.is_ascii_digit() || letter == '.' || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(path: &str, name: &str) -> &'static Flag {
        table().by_path(path).and_then(|verb| verb.flags.iter().find(|flag| flag.name == name)).expect("a flag")
    }

    #[test]
    fn the_table_knows_the_releases_it_was_made_from() {
        assert_eq!(table().newest(), Release::new(36));
        assert!(table().globals().iter().any(|flag| flag.name == "namespace" && flag.short == Some('n')));
    }

    #[test]
    fn verbs_are_found_by_alias() {
        assert_eq!(table().verb("top", "po").map(|verb| verb.path), Some("top pod"));
        assert_eq!(table().verb("create", "deploy").map(Verb::name), Some("deployment"));
        assert_eq!(table().verb("", "po"), None);
    }

    #[test]
    fn flags_have_lifetimes_and_kinds() {
        assert_eq!(flag("drain", "delete-local-data").lifetime.end, Some(End::Until(Release::new(30))));
        assert_eq!(flag("get", "export").lifetime.end, Some(End::Long));
        assert_eq!(flag("autoscale", "cpu").lifetime.since, Some(Release::new(34)));
        assert_eq!(flag("apply", "dry-run").kind, FlagKind::Optional);
        assert_eq!(flag("get", "filename").kind, FlagKind::List);
        assert_eq!(flag("get", "watch").short, Some('w'));
    }

    #[test]
    fn verbs_have_lifetimes() {
        assert!(table().by_path("rolling-update").is_some_and(|verb| verb.lifetime.is_over(Release::new(27))));
        assert!(table().by_path("kuberc").is_some_and(|verb| verb.lifetime.is_to_come(Release::new(33))));
        assert!(table().by_path("options").is_some_and(Verb::is_hidden));
    }

    #[test]
    fn releases_are_read_as_tools_print_them() {
        assert_eq!(Release::parse("v1.32.4-dispatcher"), Some(Release::new(32)));
        assert_eq!(Release::parse("1.36"), Some(Release::new(36)));
        assert_eq!(Release::parse("2.0"), None);
    }
}
