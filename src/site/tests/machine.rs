//! What programs read of a site.

use serde_json::Value;

use super::{SiteInput, build, file, input, site};
use crate::model::{Outcome, RunResult, RunbookId};

const POOL: &str = "---\nseverity: P1\nowner: data\ndescription: \"Too <few> connections\"\nalerts: [PoolExhausted]\n---\n# The pool\n\n\
                    ```bash check id=room\ntrue\n```\n\n```bash action risk=high\ntrue\n```\n";

fn json(site: &super::SiteOutput, path: &str) -> Value {
    serde_json::from_str(file(site, path)).unwrap()
}

fn published() -> SiteInput {
    let mut input = input(&[("incident/pool", POOL), ("notes", "# Notes & more\n")]);
    input.config.url = Some("https://ops.example.com/runbooks/".to_owned());
    input.changes.insert(RunbookId("incident/pool".to_owned()), jiff::civil::date(2026, 11, 20));
    input.changes.insert(RunbookId("notes".to_owned()), jiff::civil::date(2026, 11, 21));
    input
}

fn seen(target: &str, outcome: Outcome, started: &str) -> RunResult {
    let tally = serde_json::to_value(crate::model::Tally::default()).unwrap();
    let references = serde_json::to_value(crate::model::ReferenceCount::default()).unwrap();
    let run = serde_json::json!({
        "version": 1, "run": "x", "mode": "verify", "target": target, "started": started, "finished": started,
        "interrupted": false, "tally": tally,
        "runbooks": [{
            "id": "incident/pool", "title": "The pool", "path": "content/incident/pool.md", "outcome": outcome,
            "steps": [], "references": references, "started": started, "duration_ms": 1
        }]
    });
    serde_json::from_value(run).unwrap()
}

#[test]
fn runbooks_steps_and_alerts_are_told_with_addresses_that_are_there() {
    let site = build(&published());
    let all = json(&site, "api/runbooks.json");
    let pool = &all["runbooks"][0];
    assert_eq!((&pool["id"], &pool["severity"]), (&"incident/pool".into(), &"P1".into()));
    assert_eq!((&pool["steps"][0]["anchor"], &pool["steps"][1]["risk"]), (&"room".into(), &"high".into()));
    for name in ["page", "markdown", "badge"] {
        let path = pool[name].as_str().unwrap();
        assert!(site.files.contains_key(path), "{path}");
    }
    assert_eq!(all["runbooks"][1]["badge"], Value::Null, "nothing to verify, nothing to show");
    assert!(!site.files.contains_key("notes/badge.svg"));
    let alert = &json(&site, "api/alerts.json")["alerts"][0];
    assert_eq!((&alert["name"], &alert["runbooks"][0]), (&"PoolExhausted".into(), &"incident/pool".into()));
    assert!(site.files.contains_key(alert["page"].as_str().unwrap()));
}

#[test]
fn a_page_that_is_published_has_a_card_that_a_chat_can_find() {
    let site = build(&published());
    let page = file(&site, "incident/pool/index.html");
    assert!(page.contains("property=\"og:image\" content=\"https://ops.example.com/runbooks/incident/pool/card.svg\""));
    let card = file(&site, "incident/pool/card.svg");
    assert!(
        card.contains(">The pool</text>") && card.contains("P1 · data") && card.contains("never verified"),
        "{card}"
    );
    assert!(!file(&site, "notes/card.svg").contains("never verified"), "there is nothing to verify");
    assert!(file(&site, "notes/card.svg").contains("Notes &amp; more"));
    let unpublished = super::site(&[("incident/pool", POOL)]);
    assert!(!unpublished.files.contains_key("incident/pool/card.svg"));
    assert!(!file(&unpublished, "incident/pool/index.html").contains("og:"));
}

#[test]
fn the_markdown_stands_beside_the_page_as_it_was_written() {
    let site = site(&[("incident/pool", POOL)]);
    assert_eq!(file(&site, "incident/pool/index.md"), POOL);
    assert!(file(&site, "incident/pool/index.html").contains("href=\"index.md\""));
}

#[test]
fn what_must_name_where_the_site_is_published_is_only_there_if_that_is_known() {
    let site = site(&[("notes", "# Notes\n")]);
    for path in ["feed.xml", "opensearch.xml", "sitemap.xml"] {
        assert!(!site.files.contains_key(path), "{path}");
    }
    assert!(!file(&site, "notes/index.html").contains("feed.xml"));
    assert!(file(&site, "llms.txt").contains("- [Notes](notes/index.md)\n"), "{}", file(&site, "llms.txt"));
}

#[test]
fn the_feed_tells_the_latest_change_first_with_absolute_addresses() {
    let site = build(&published());
    let feed = file(&site, "feed.xml");
    let (notes, pool) = (feed.find("Notes &amp; more").unwrap(), feed.find("The pool").unwrap());
    assert!(notes < pool, "{feed}");
    assert!(feed.contains("<updated>2026-11-21T00:00:00Z</updated>\n<author>"), "{feed}");
    assert!(feed.contains("<id>https://ops.example.com/runbooks/incident/pool/</id>"), "{feed}");
    assert!(feed.contains("<summary>Too &lt;few&gt; connections</summary>"), "{feed}");
    assert!(file(&site, "notes/index.html").contains("../feed.xml"));
    let nothing = build(&SiteInput { changes: std::collections::BTreeMap::new(), ..published() });
    assert!(!nothing.files.contains_key("feed.xml"), "nobody knows when anything was changed");
}

#[test]
fn a_browser_is_told_how_to_search() {
    let site = build(&published());
    let told = file(&site, "opensearch.xml");
    assert!(told.contains("template=\"https://ops.example.com/runbooks/search/index.html?q={searchTerms}\""), "{told}");
    assert!(file(&site, "index.html").contains("opensearch.xml"));
}

#[test]
fn models_are_told_what_is_here() {
    let site = build(&published());
    let expected = "\n## Incident\n\n- [The pool](https://ops.example.com/runbooks/incident/pool/index.md): Too <few> connections\n";
    assert!(file(&site, "llms.txt").contains(expected), "{}", file(&site, "llms.txt"));
}

#[test]
fn a_badge_says_what_was_seen_and_when() {
    let badge = |results: Vec<RunResult>| {
        let site = build(&SiteInput { results, ..published() });
        file(&site, "incident/pool/badge.svg").to_owned()
    };
    let says = |badge: &str, words: &str| badge.contains(&format!("<title>runbook: {words}</title>"));
    assert!(says(&badge(Vec::new()), "never verified"));
    let passed = |target| seen(target, Outcome::Passed, "2026-11-20T10:00:00Z");
    let green = badge(vec![passed("a"), seen("b", Outcome::Passed, "2026-11-19T23:00:00Z")]);
    assert!(says(&green, "verified 2026-11-19"), "{green}");
    assert!(green.contains("role=\"img\" aria-label=\"runbook: verified 2026-11-19\""));
    let drifted = badge(vec![passed("a"), seen("b", Outcome::Drifted, "2026-11-18T10:00:00Z")]);
    assert!(says(&drifted, "drifted 2026-11-18"), "{drifted}");
    let stale = badge(vec![seen("a", Outcome::Passed, "2026-10-01T10:00:00Z")]);
    assert!(says(&stale, "stale, verified 2026-10-01"), "{stale}");
}

#[test]
fn what_programs_read_is_the_same_each_time() {
    let files = |input: &SiteInput| build(input).files;
    let input = SiteInput { results: vec![seen("a", Outcome::Passed, "2026-11-20T10:00:00Z")], ..published() };
    assert_eq!(files(&input), files(&input));
    assert!(files(&input).contains_key("api/status.json"));
}

#[test]
fn a_file_of_the_content_keeps_its_address() {
    let mut input = published();
    input.files.insert("llms.txt".to_owned(), b"mine".to_vec());
    assert_eq!(file(&build(&input), "llms.txt"), "mine");
}
