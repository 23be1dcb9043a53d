//! What a page has to tell a reader who knows none of the systems, and what stands on two pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use crate::harness::{Collection, repository};
use crate::system::SYSTEMS;

/// Returns every page, by its id.
fn pages() -> BTreeMap<String, String> {
    let content = repository().join("content");
    let files = walkdir::WalkDir::new(&content).into_iter().flatten().map(walkdir::DirEntry::into_path);
    let pages = files.filter(|path| path.extension().is_some_and(|it| it == "md")).map(|path| {
        let id = path.strip_prefix(&content).expect("it stands below").with_extension("");
        (id.to_string_lossy().into_owned(), fs::read_to_string(&path).expect("a page is text"))
    });
    // The guide is about the tool, not about a system.
    pages.filter(|(id, _)| !id.starts_with("guide/")).collect()
}

/// Returns a value of the front matter, as it is written.
fn front_matter<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let front = text.strip_prefix("---\n")?.split("\n---\n").next()?;
    front.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn title(text: &str) -> &str {
    front_matter(text, "title").unwrap_or_default().trim_matches('"')
}

#[test]
fn each_runbook_says_when_to_use_it_what_it_touches_and_how_to_take_it_back() {
    let mut seen = 0;
    let says_nothing = Regex::new("(?i)changes? (nothing|anything)").expect("a good pattern");
    for (id, text) in pages().iter().filter(|(id, _)| !id.starts_with("reference/") && *id != "index") {
        assert!(text.contains("**Use it**"), "{id} does not say when to use it");
        let not = ["**Do not use it**", "**Not needed**", "**Not covered:**"];
        assert!(not.iter().any(|words| text.contains(words)), "{id} does not say when not to use it");
        assert!(text.contains("\n## What comes next"), "{id} does not say what comes next");
        for key in ["severity", "service", "owner", "duration", "reviewed", "review_every"] {
            assert!(front_matter(text, key).is_some(), "{id} has no `{key}`");
        }
        if is_changing(text) {
            assert!(text.contains("**It touches**"), "{id} does not say what it touches");
        } else {
            assert!(says_nothing.is_match(text), "{id} does not say that it changes nothing");
        }
        seen += 1;
    }
    assert!(seen > 60, "only {seen} runbooks");
}

/// Returns whether a page holds an action.
fn is_changing(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("```") && line.split(' ').nth(1) == Some("action"))
}

#[test]
fn an_action_that_has_no_undo_says_why_on_its_page() {
    let block = Regex::new(r"(?m)^```\S+ action (.*)$").expect("a good pattern");
    let attribute = |info: &str, name: &str| {
        let start = info.find(&format!("{name}="))? + name.len() + 1;
        info[start..].split(' ').next().map(str::to_owned)
    };
    for (id, text) in pages() {
        let actions: Vec<_> = block.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        let undone: BTreeSet<_> = actions.iter().filter_map(|info| attribute(info, "undo")).collect();
        let forward = actions.iter().filter(|info| attribute(info, "undo").is_none());
        let lasting: Vec<_> = forward
            .filter(|info| attribute(info, "id").is_some_and(|id| !undone.contains(&id)))
            .filter(|info| attribute(info, "risk").is_some_and(|risk| risk != "low"))
            .collect();
        let words = [
            "take back",
            "taken back",
            "way back",
            "undo",
            "restart needs none",
            "comes back",
            "is gone",
            "to take that back",
        ];
        let says = words.iter().any(|words| text.to_lowercase().contains(words));
        assert!(lasting.is_empty() || says, "{id}: {lasting:?} cannot be taken back, and nobody says so");
    }
}

#[test]
fn what_is_done_every_day_week_month_and_quarter_stands_in_the_index() {
    let pages = pages();
    let rhythm = &pages["reference/rhythm"];
    let mut seen = 0;
    for (frequency, heading) in
        [("daily", "Every day"), ("weekly", "Every week"), ("monthly", "Every month"), ("quarterly", "Every quarter")]
    {
        let section = section(rhythm, heading);
        let linked = links(section);
        for (id, text) in &pages {
            if front_matter(text, "frequency") == Some(frequency) {
                assert!(linked.contains(id), "{id} is {frequency}, and not in \"{heading}\"");
                seen += 1;
            }
        }
        let other: Vec<_> = linked
            .iter()
            .filter(|id| front_matter(&pages[*id], "frequency") != Some(frequency))
            .filter(|id| !(frequency == "quarterly" && *id == "maintenance/database"))
            .collect();
        assert!(other.is_empty(), "\"{heading}\" names {other:?}, whose pages say another frequency");
    }
    assert!(seen > 15, "only {seen} runbooks are done regularly");
}

#[test]
fn every_incident_runbook_is_found_by_what_happens() {
    let pages = pages();
    let linked = links(section(&pages["reference/rhythm"], "By scenario"));
    let incidents: BTreeSet<_> = pages.keys().filter(|id| id.starts_with("incident/")).cloned().collect();
    // This one is for whoever does not know yet what happens.
    let missing: Vec<_> = incidents.difference(&linked).filter(|id| *id != "incident/response").collect();
    assert!(missing.is_empty(), "not in the index by scenario: {missing:?}");
}

#[test]
fn a_procedure_is_linked_by_the_title_of_its_page() {
    let pages = pages();
    let link = Regex::new(r"\[([^\]]+)\]\(\.\./([a-z/-]+)\.md\)").expect("a good pattern");
    let mut seen = 0;
    for found in link.captures_iter(&pages["reference/procedures"]) {
        assert_eq!(&found[1], title(&pages[&found[2]]), "the link to {}", &found[2]);
        seen += 1;
    }
    assert!(seen > 100, "only {seen} links");
}

/// Returns a section of a page, by its heading.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let rest = text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split("\n## ").next().unwrap_or_default()
}

/// Returns the ids of the runbooks that a text of `reference/` links to.
fn links(text: &str) -> BTreeSet<String> {
    let link = Regex::new(r"\]\(\.\./([a-z/-]+)\.md").expect("a good pattern");
    link.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// Returns the cells of a page's tables.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Returns which column of a table speaks of a system.
fn column(rows: &[Vec<&str>], system: &str) -> usize {
    rows[0].iter().position(|cell| cell.eq_ignore_ascii_case(system)).expect("it has a column")
}

#[test]
fn thresholds_are_those_of_the_targets() {
    let settings: toml::Table = Collection::shipped().text("runbooks.toml").parse().expect("it is TOML");
    let pages = pages();
    let rows = rows(&pages["reference/thresholds"]);
    for facts in SYSTEMS {
        let params = &settings["target"][facts.name]["params"];
        let number = |name: &str| params[name].as_str().and_then(|text| text.parse::<f64>().ok());
        let column = column(&rows, facts.name);
        let cells = |what: &str| {
            let about = rows.iter().filter(|row| row[0].starts_with(what));
            about.map(|row| row[column]).collect::<Vec<_>>().join(" ; ")
        };
        for (param, factor, row, unit) in [
            ("MAX_ERROR_RATIO", 100.0, "errors", "%"),
            ("MAX_P95_SECONDS", 1.0, "95th percentile", "s"),
            ("MAX_MEMORY_RATIO", 100.0, "memory", "%"),
            ("POOL_LIMIT_PERCENT", 1.0, "database connections", "%"),
        ] {
            let Some(value) = number(param) else { continue };
            let wanted = format!("{}", (value * factor * 1000.0).round() / 1000.0);
            let told = cells(row);
            let words: Vec<_> = told.split([' ', '/', ';']).collect();
            assert!(words.contains(&wanted.as_str()), "{}: {param} is {wanted} {unit}, {row}: {told}", facts.name);
        }
    }
}

/// An alert: its name, the number it compares with, and for how long.
fn alerts(rules: &str) -> Vec<(String, f64, String)> {
    let value = |part: &str, name: &str| {
        let line = part.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map(|rest| rest.trim().to_owned()).unwrap_or_default()
    };
    let alerts = rules.split("- alert: ").skip(1);
    alerts
        .filter_map(|part| {
            let expression = value(part, "expr:");
            let number = expression.rsplit(' ').next()?.parse().ok()?;
            Some((part.lines().next()?.to_owned(), number, value(part, "for:")))
        })
        .collect()
}

#[test]
fn alerts_fire_where_the_thresholds_say() {
    let pages = pages();
    let rows = rows(&pages["reference/thresholds"]);
    let mut seen = 0;
    for facts in SYSTEMS {
        let rules = fs::read_to_string(facts.folder().join("prometheus/alerts.yaml")).expect("there are rules");
        let column = column(&rows, facts.name);
        for (alert, number, wait) in alerts(&rules) {
            let (factor, row) = match alert.as_str() {
                "HighErrorRate" | "ErrorRateElevated" => (100.0, "errors"),
                "HighResponseTime" | "HighLatency" | "ResponseTimeElevated" => (1.0, "95th percentile"),
                "HighMemoryUsage" => (100.0, "memory"),
                "HighCpuUsage" => (100.0, "CPU"),
                "DiskSpaceLow" => (100.0, "disk"),
                "DatabaseConnectionPoolExhausted" => (100.0, "database connections"),
                "QueueTooDeep" => (1.0, "messages in the queue"),
                _ => continue,
            };
            let wanted = format!("{}", (number * factor * 1000.0_f64).round() / 1000.0);
            let cells: Vec<_> =
                rows.iter().filter(|cells| cells[0].starts_with(row)).map(|cells| cells[column]).collect();
            let says = |cell: &&&str| cell.split([' ', '/', ';']).any(|word| word == wanted);
            let cell = cells.iter().find(says);
            let cell = cell.unwrap_or_else(|| panic!("{}: {alert} fires at {wanted}, {row}: {cells:?}", facts.name));
            if let Some((_, told)) = cell.split_once(" for ") {
                assert_eq!(told, wait.replace('m', " min"), "{}: {alert}", facts.name);
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} alerts");
}
