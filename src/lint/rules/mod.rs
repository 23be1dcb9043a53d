//! Every rule by its stable name: what it says, how grave it is, and what to do about it.
//!
//! The reference page `content/reference/rules.md` is made from this table, and a test compares them.

mod alerts;
mod commands;
mod grammar;
mod world;

use crate::diagnostic::{Level, did_you_mean};

/// What looks for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The reading of the text: front matter, fences, attributes. What it finds cannot be allowed.
    Grammar,
    /// `lint`: the commands as they are written, without a cluster.
    Commands,
    /// The site: links, anchors, HTML.
    Pages,
    /// `verify` and `exec`: what is there and what came. These are findings of a run, which `lint` never has.
    World,
    /// `alerts`: what alert rules and pages say of each other.
    Alerts,
}

impl Family {
    /// Returns what people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grammar => "grammar",
            Self::Commands => "commands",
            Self::Pages => "pages",
            Self::World => "world",
            Self::Alerts => "alerts",
        }
    }
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// What looks for it.
    pub family: Family,
    /// How grave it is; where that depends, the gravest.
    pub level: Level,
    /// Whether `<!-- runbooks: allow … -->` can silence it.
    pub allowed: bool,
    /// What it says, in one line.
    pub summary: &'static str,
    /// Why, and what to do, in a paragraph.
    pub explanation: &'static str,
}

/// Every rule, by name.
pub static RULES: std::sync::LazyLock<Vec<Rule>> = std::sync::LazyLock::new(|| {
    let mut rules: Vec<Rule> = [alerts::RULES, grammar::RULES, commands::RULES, world::RULES].concat();
    rules.sort_by_key(|rule| rule.name);
    rules
});

/// Returns the rule of that name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.binary_search_by_key(&name, |rule| rule.name).ok().and_then(|index| RULES.get(index))
}

/// Returns the rule that was probably meant.
pub fn similar(name: &str) -> Option<&'static str> {
    did_you_mean(name, RULES.iter().map(|rule| rule.name))
}

const fn grammar(name: &'static str, level: Level, summary: &'static str, explanation: &'static str) -> Rule {
    Rule { name, family: Family::Grammar, level, allowed: false, summary, explanation }
}

const fn command(name: &'static str, level: Level, summary: &'static str, explanation: &'static str) -> Rule {
    Rule { name, family: Family::Commands, level, allowed: true, summary, explanation }
}

const fn page(name: &'static str, level: Level, summary: &'static str, explanation: &'static str) -> Rule {
    Rule { name, family: Family::Pages, level, allowed: true, summary, explanation }
}

const fn alert(name: &'static str, level: Level, summary: &'static str, explanation: &'static str) -> Rule {
    Rule { name, family: Family::Alerts, level, allowed: false, summary, explanation }
}

const fn world(name: &'static str, summary: &'static str, explanation: &'static str) -> Rule {
    Rule { name, family: Family::World, level: Level::Error, allowed: false, summary, explanation }
}

/// Takes away the means to silence a rule: `verify` and `exec` refuse to run what it finds.
const fn binding(rule: Rule) -> Rule {
    Rule { allowed: false, ..rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for pair in RULES.windows(2) {
            assert!(pair[0].name < pair[1].name, "`{}` stands twice", pair[0].name);
        }
        for known in RULES.iter() {
            assert_eq!(rule(known.name), Some(known));
            assert!(known.explanation.ends_with('.') && !known.summary.ends_with('.'), "{}", known.name);
        }
        assert_eq!(rule("no-such-rule"), None);
        assert_eq!(similar("placeholdr"), Some("placeholder"));
    }
}
