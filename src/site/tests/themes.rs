//! What a theme of one's own can rely on: files win one by one, and the guide names all that templates are given.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{SiteInput, build, file, input};
use crate::model::RunbookId;
use crate::site::theme;

const RICH: &str = include_str!("../../../tests/gui/sample/content/incident/pool.md");
const RESULTS: &str = include_str!("../../../tests/gui/sample/results.json");
const GUIDE: &str = include_str!("../../../content/guide/themes.md");

/// Returns a site in which nothing is empty.
fn rich() -> SiteInput {
    let mut input = input(&[
        ("incident/pool", RICH),
        (
            "incident/other",
            "---\nservice: database\ntags: [connections]\nalerts: [Two]\nreviewed: 2026-11-01\n---\n# Other\n\n[pool](pool.md)\n\n```bash check\ntrue\n```\n",
        ),
        (
            "incident/third",
            "---\nservice: database\ntags: [connections]\nalerts: [Two]\naliases: [old/third]\n---\n# Third\n",
        ),
        ("a/b/c", "# Deep\n"),
    ]);
    input.config.url = Some("https://ops.example.com/".to_owned());
    input.config.repository = Some("https://git.example.com/edit/".to_owned());
    input.config.description = Some("All of it.".to_owned());
    input.results = vec![serde_json::from_str(RESULTS).unwrap()];
    input.unreadable = vec!["staging".to_owned()];
    input.changes.insert(RunbookId("incident/pool".to_owned()), jiff::civil::date(2026, 11, 20));
    input.targets = vec![crate::model::Target { name: "production".to_owned(), ..crate::model::Target::default() }];
    input
}

fn with(files: &[(&str, &str)]) -> SiteInput {
    let theme = files.iter().map(|(name, text)| (format!("templates/{name}"), text.as_bytes().to_vec()));
    SiteInput { theme: theme.collect(), ..rich() }
}

/// Returns what a template is given, as it is where the site has `path`.
fn given(template: &str, path: &str) -> Value {
    const DUMP: &str = "{{ __tera_context | safe }}";
    let files = match template {
        "step.html" => vec![("step.html", DUMP), ("runbook.html", "{{ body | safe }}")],
        "navigation.html" => vec![("navigation.html", DUMP), ("search.html", "{{ navigation | safe }}")],
        other => vec![(other, DUMP)],
    };
    let made = build(&with(&files));
    let text = file(&made, path);
    let start = text.find("{\n").or_else(|| text.find('{')).unwrap_or_else(|| panic!("{template}: {text}"));
    // Nothing is nothing, not `null`.
    let text = text.replace("\\u{1}", "").replace("\": ,", "\": null,").replace("\": }", "\": null}");
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
    values.next().unwrap().unwrap_or_else(|error| panic!("{template}: {error}: {text}"))
}

/// Templates, and a page of each.
const PAGES: [(&str, &str); 16] = [
    ("404.html", "404.html"),
    ("alert.html", "alerts/PoolExhausted/index.html"),
    ("facet.html", "severities/p1/index.html"),
    ("facets.html", "alerts/index.html"),
    ("feed.xml", "feed.xml"),
    ("home.html", "index.html"),
    ("llms.txt", "llms.txt"),
    ("navigation.html", "search/index.html"),
    ("opensearch.xml", "opensearch.xml"),
    ("redirect.html", "old/third/index.html"),
    ("runbook.html", "incident/pool/index.html"),
    ("search.html", "search/index.html"),
    ("section.html", "incident/index.html"),
    ("sitemap.xml", "sitemap.xml"),
    ("status.html", "status/index.html"),
    ("step.html", "incident/pool/index.html"),
];

/// Parts that have no data of their own.
const PARTS: [&str; 4] = ["base.html", "components.html", "contents.html", "icons.html"];

/// Returns the names that stand first in the rows under each heading of the guide.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heading = None;
    for line in GUIDE.lines() {
        if let Some(title) = line.strip_prefix('#') {
            let title = title.trim_start_matches('#').trim();
            let name = title.strip_prefix('`').and_then(|rest| rest.split('`').next());
            heading = Some(name.map_or_else(|| title.to_lowercase(), str::to_owned));
        } else if let (Some(heading), Some(cell)) = (&heading, line.strip_prefix("| `")) {
            let name = cell.split('`').next().unwrap_or_default().to_owned();
            found.entry(heading.clone()).or_default().insert(name);
        }
    }
    found
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn the_guide_names_every_template() {
    let ours: BTreeSet<String> = theme::default_templates().map(str::to_owned).collect();
    let known: BTreeSet<String> = PAGES.iter().map(|(name, _)| *name).chain(PARTS).map(str::to_owned).collect();
    assert_eq!(ours, known, "a template that this test does not know");
    let told = documented().remove("templates").unwrap_or_default();
    assert_eq!(told, ours);
}

#[test]
fn the_guide_names_all_that_templates_are_given() {
    let documented = documented();
    let of = |name: &str| documented.get(name).cloned().unwrap_or_default();
    let everywhere = of("every page");
    let mut wrong = Vec::new();
    let mut compare = |name: &str, given: BTreeSet<String>| {
        let told: BTreeSet<String> = of(name);
        if told != given {
            wrong.push(format!("{name}: given {given:?}, told {told:?}"));
        }
    };
    compare("every page", keys(&given("search.html", "search/index.html")));
    for (template, path) in PAGES {
        let all = keys(&given(template, path));
        let shared = if all.contains("page") { everywhere.clone() } else { BTreeSet::from(["site".to_owned()]) };
        compare(template, all.difference(&shared).cloned().collect());
    }
    let runbook = given("runbook.html", "incident/pool/index.html");
    let step = &given("step.html", "incident/pool/index.html")["step"];
    let home = given("home.html", "index.html");
    let status = given("status.html", "status/index.html");
    for (name, value) in [
        ("site", &runbook["site"]),
        ("page", &runbook["page"]),
        ("runbook", &runbook["runbook"]),
        ("runbook.evidence[]", &runbook["runbook"]["evidence"][0]),
        ("runbook.contents[]", &runbook["runbook"]["contents"][0]),
        ("runbook.values.values[]", &runbook["runbook"]["values"]["values"][0]),
        ("step", step),
        ("step.evidence[]", &step["evidence"][0]),
        ("runbooks[]", &given("section.html", "incident/index.html")["runbooks"][0]),
        ("folders[]", &home["folders"][0]),
        ("facets[]", &home["facets"][0]),
        ("situations[]", &home["situations"][0]),
        ("rows[]", &status["rows"][0]),
    ] {
        assert!(value.is_object(), "{name}: {value}");
        compare(name, keys(value));
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

#[test]
fn one_template_or_one_asset_of_the_site_wins_and_the_rest_is_ours() {
    let mut input = with(&[("404.html", "mine: {{ site.title }}")]);
    input.theme.insert("assets/icon.svg".to_owned(), b"<svg/>".to_vec());
    let made = build(&input);
    assert_eq!(file(&made, "404.html"), "mine: Runbooks");
    assert_eq!(file(&made, "theme/icon.svg"), "<svg/>");
    let (ours, theirs) = (build(&rich()), |path: &str| file(&made, path).to_owned());
    for path in ["incident/pool/index.html", "theme/style.css", "index.html"] {
        assert_eq!(file(&ours, path), theirs(path), "{path}");
    }
}

#[test]
fn the_plain_theme_shows_pages_without_scripts() {
    let made = build(&SiteInput { theme: theme::named("plain").unwrap(), ..rich() });
    for (path, bytes) in made.files.iter().filter(|(path, _)| path.ends_with(".html") && *path != "search/index.html") {
        assert!(!String::from_utf8_lossy(bytes).contains("<script"), "{path}");
    }
    assert!(file(&made, "search/index.html").contains("page.js"), "who searches needs one");
    assert!(file(&made, "incident/pool/index.html").contains("Restart the API"));
}

#[test]
fn a_broken_template_names_its_file_its_line_and_what_it_wanted() {
    let made = build(&with(&[("step.html", "<p>\n{{ step.titel }}")]));
    assert!(made.files.is_empty());
    let problem = &made.diagnostics[0];
    assert_eq!(problem.source.path(), std::path::Path::new("templates/step.html"));
    assert_eq!(problem.source.position(problem.primary.span.start).line, 2);
    assert!(problem.source.slice(problem.primary.span).contains("titel"), "{problem:?}");
}
