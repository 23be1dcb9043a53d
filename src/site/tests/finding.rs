//! Ways to a runbook without searching.

use super::*;

const DOWN: &str = "---\nalerts: [PoolFull]\nservice: db\ntags: [pool]\nseverity: P1\n---\n# The pool is full\n";

#[test]
fn the_home_page_asks_what_is_going_on() {
    let site =
        site(&[("incident/pool", DOWN), ("deploy/go", "# Go\n"), ("ops/x", "---\nfrequency: weekly\n---\n# Weekly\n")]);
    let home = file(&site, "index.html");
    for (situation, url) in
        [("Something is down", "incident/pool"), ("I deploy", "deploy/go"), ("It is scheduled", "ops/x")]
    {
        let card = home.split(situation).nth(1).unwrap_or_else(|| panic!("no {situation}"));
        assert!(card.split("</section>").next().unwrap().contains(url), "{situation}");
    }
    assert!(site.files.contains_key("frequencies/weekly/index.html"));
}

#[test]
fn a_situation_without_a_runbook_is_not_shown() {
    assert!(!file(&site(&[("a", "# A\n")]), "index.html").contains("Something is down"));
}

#[test]
fn what_was_changed_last_is_listed_newest_first_and_dated_on_its_page() {
    let mut input = input(&[("a", "# Aa\n"), ("b", "# Bb\n")]);
    for (id, day) in [("a", 3), ("b", 7)] {
        input.changes.insert(RunbookId(id.to_owned()), jiff::civil::date(2026, 11, day));
    }
    let site = build(&input);
    let home = file(&site, "index.html").split("Recently changed").nth(1).unwrap();
    assert!(home.find("2026-11-07") < home.find("2026-11-03"), "{home}");
    assert!(file(&site, "a/index.html").contains("Changed 2026-11-03"));
}

#[test]
fn runbooks_with_much_in_common_are_related() {
    let other = DOWN.replace("The pool", "Another pool").replace("PoolFull", "Other");
    let site = site(&[("incident/pool", DOWN), ("incident/other", &other), ("x", "---\ntags: [pool]\n---\n# X\n")]);
    let page = file(&site, "incident/pool/index.html").split("Related").nth(1).unwrap();
    assert!(page.contains("Another pool is full"), "{page}");
    assert!(!file(&site, "x/index.html").contains("Related"));
}

#[test]
fn a_list_beside_a_page_names_some_of_many_folders_and_the_one_that_is_open() {
    let ids: Vec<String> = (10..50).map(|at| format!("all/g{at}/page")).collect();
    let texts: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "# Page\n")).collect();
    let site = site(&texts);
    let beside = |path: &str| {
        let page = file(&site, path);
        page[page.find("<nav id=\"navigation\"").unwrap()..page.find("</nav>").unwrap()].to_owned()
    };
    let list = beside("all/g49/page/index.html");
    assert!(list.contains(">G10 <") && list.contains(">G39 <") && !list.contains(">G40 <"), "{list}");
    assert!(list.contains(">G49 <") && list.contains("aria-current=\"page\">Page</a>"), "{list}");
    assert!(list.contains(">9 more</a>"), "{list}");
    assert!(beside("all/g11/page/index.html").contains(">10 more</a>"));
    // The page of the folder itself lists all.
    assert!((10..50).all(|at| file(&site, "all/index.html").contains(&format!("g{at}/index.html"))));
}
