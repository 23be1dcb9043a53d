//! Everything passes for the person on call, and one change at a time is found at exactly the lines that are about it.
//!
//! `tests/systems/NAME/planted.toml` lists the changes, how each is taken back, and what turns in which runbook; of the
//! runbooks it names for a change, nothing else may turn. Together the lists hold every runbook that says a command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;

use crate::found::Found;
use crate::harness::{Collection, repository};
use crate::process::{PATIENCE, holds_within};
use crate::rights;
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, NOVACRON, SYSTEMS, System};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planting {
    /// What has happened to the system, for whoever reads a failure.
    what: String,
    /// Lines of shell: how it happens, and how it is taken back.
    change: String,
    back: String,
    /// A line of shell that succeeds once the change has had its effect.
    until: Option<String>,
    /// Another target than that of the system.
    target: Option<String>,
    /// By runbook, what turns: `OUTCOME STEP`, and the line where it is a name that has drifted.
    turns: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Deserialize)]
struct Plantings {
    planted: Vec<Planting>,
}

/// Pages that say no command at all.
const WITHOUT_COMMANDS: [&str; 12] = [
    "index",
    "reference/contacts",
    "reference/dashboards",
    "reference/environment",
    "reference/escalation",
    "reference/incident-report",
    "reference/notices",
    "reference/procedures",
    "reference/rhythm",
    "reference/rules",
    "reference/severities",
    "reference/thresholds",
];

fn plantings(facts: &Facts) -> Vec<Planting> {
    let path = facts.folder().join("planted.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let plantings: Plantings = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    plantings.planted
}

/// Verifies everything as the person on call, who has no right too many; then plants each change, and verifies what it
/// is about.
fn passes_and_finds_each_change(facts: &'static Facts) {
    let system = System::of_its_own(facts);
    let collection = Collection::shipped();
    let before = system.everything();
    let found = system.verify_on_call(&collection, 0);
    assert!(found.count("passed") > 100, "{:#}", found.result["tally"]);
    assert_eq!(before, system.everything(), "a verification changes nothing");
    let mut otherwise = rights::too_many(&system, &collection);
    for planting in plantings(facts) {
        system.shell(&collection, &planting.change);
        system.notice();
        if let Some(line) = &planting.until {
            let effect = format!("if {line}; then echo yes; fi");
            let seen = holds_within(PATIENCE, || system.shell(&collection, &effect).contains("yes"));
            assert!(seen, "waited in vain until {line}");
        }
        let found = verify(&system, &collection, &planting).turned(|path| collection.text(path));
        if found != planting.turns {
            otherwise.push(format!("{}\n  found: {found:?}\n  expected: {:?}", planting.what, planting.turns));
        }
        system.shell(&collection, &planting.back);
        system.settle();
    }
    assert!(
        otherwise.is_empty(),
        "rights that nobody needs, and changes with other effects:\n{}",
        otherwise.join("\n")
    );
}

fn verify(system: &System, collection: &Collection, planting: &Planting) -> Found {
    let runbooks: Vec<_> = planting.turns.keys().map(String::as_str).collect();
    let words = format!("verify {} --format json", runbooks.join(" "));
    let kubeconfig = collection.home().join(if planting.target.is_some() { "admin" } else { "kubeconfig" });
    let run = system.run_on(collection, &words, planting.target.as_deref().unwrap_or(system.facts.name));
    let done = run.env("KUBECONFIG", kubeconfig).done();
    let result = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{done}"));
    Found { result }
}

#[test]
fn everything_passes_on_novacron_and_each_planted_change_turns_its_lines_and_no_others() {
    passes_and_finds_each_change(&NOVACRON);
}

#[test]
fn everything_passes_on_noa_and_each_planted_change_turns_its_lines_and_no_others() {
    passes_and_finds_each_change(&NOA);
}

#[test]
fn everything_passes_on_inopnc_and_each_planted_change_turns_its_lines_and_no_others() {
    passes_and_finds_each_change(&INOPNC);
}

#[test]
fn everything_passes_on_candlefish_and_each_planted_change_turns_its_lines_and_no_others() {
    passes_and_finds_each_change(&CANDLEFISH);
}

#[test]
fn everything_passes_on_dotmac_and_each_planted_change_turns_its_lines_and_no_others() {
    passes_and_finds_each_change(&DOTMAC);
}

#[test]
fn every_runbook_that_says_a_command_has_a_change_that_turns_it() {
    let content = repository().join("content");
    let mut says_a_command = BTreeSet::new();
    let mut says_none = BTreeSet::new();
    for entry in walkdir::WalkDir::new(&content).into_iter().flatten() {
        let path = entry.path();
        // The guide is about the tool: its commands belong to no system.
        let of_a_system = !path.starts_with(content.join("guide"));
        if of_a_system && path.extension().is_some_and(|it| it == "md") {
            let text = fs::read_to_string(path).expect("a runbook is text");
            let id = path.strip_prefix(&content).expect("it stands below").with_extension("");
            let kind = if has_command(&text) { &mut says_a_command } else { &mut says_none };
            kind.insert(id.to_string_lossy().into_owned());
        }
    }
    assert_eq!(says_none, WITHOUT_COMMANDS.iter().map(|&id| id.to_owned()).collect(), "pages without a command");
    let planted: BTreeSet<_> = SYSTEMS.iter().flat_map(|facts| plantings(facts)).flat_map(|it| it.turns).collect();
    let empty: Vec<_> = planted.iter().filter(|(_, turns)| turns.is_empty()).collect();
    assert!(empty.is_empty(), "a change that turns nothing: {empty:?}");
    let turned: BTreeSet<_> = planted.into_iter().map(|(id, _)| id).collect();
    assert_eq!(says_a_command, turned, "left: say a command, right: have a planted change");
}

/// Returns whether a page holds a block that runs, or that could be pasted.
fn has_command(text: &str) -> bool {
    let fences = text.lines().filter_map(|line| line.strip_prefix("```"));
    fences.into_iter().any(|info| {
        ["bash", "check", "http ", "promql"].iter().any(|word| info.starts_with(word)) || info.contains(" check ")
    })
}
