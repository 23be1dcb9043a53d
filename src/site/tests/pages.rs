use super::{build, file, input, site};

const FRONT: &str = "---\ntitle: Pool\nseverity: P1\nservice: api\nowner: Data Team\ntags: [postgres]\nalerts: [PoolFull]\naliases: [old/pool]\nreviewed: 2025-01-01\nreview_every: 90d\n---\n# Pool\n\ntext\n";

#[test]
fn every_page_has_one_h1_and_names_its_files_relatively() {
    let made = site(&[("a/b/deep", FRONT), ("README", "# All\n")]);
    for (path, bytes) in made.files.iter().filter(|(path, _)| path.ends_with(".html") && *path != "404.html") {
        let page = std::str::from_utf8(bytes).unwrap();
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(!page.contains("href=\"/") && !page.contains("src=\"/"), "{path}");
        assert!(!page.contains(" style=") && !page.contains("<script>"), "{path}");
        let depth = path.matches('/').count();
        assert!(page.contains(&format!("href=\"{}theme/style.css\"", "../".repeat(depth))), "{path}");
    }
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let made = site(&[("a/b/deep", FRONT), ("a/README", "# A\n\n[deep](b/deep.md#pool)\n"), ("c", "# C\n")]);
    for (path, bytes) in made.files.iter().filter(|(path, _)| path.ends_with(".html") && *path != "404.html") {
        let page = std::str::from_utf8(bytes).unwrap();
        for link in page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if link.starts_with('#') {
                continue;
            }
            let target = link.split(['#', '?']).next().unwrap();
            let folder = crate::link::address::parent(path);
            let file = crate::link::address::join(folder, target).unwrap();
            assert!(made.files.contains_key(&file), "{path}: {link}");
        }
    }
}

#[test]
fn an_alert_leads_to_its_runbook_in_either_spelling() {
    let made = site(&[("a/pool", FRONT)]);
    for path in ["alerts/PoolFull/index.html", "alerts/poolfull/index.html"] {
        assert!(file(&made, path).contains("content=\"0; url=../../a/pool/index.html\""), "{path}");
    }
    assert!(file(&made, "alerts/index.html").contains("PoolFull"));
}

#[test]
fn an_alert_of_two_runbooks_shows_both() {
    let made = site(&[("a", FRONT), ("b", FRONT)]);
    let page = file(&made, "alerts/PoolFull/index.html");
    assert!(page.contains("../../a/index.html") && page.contains("../../b/index.html"));
}

#[test]
fn an_earlier_address_leads_to_the_page() {
    assert!(file(&site(&[("a/pool", FRONT)]), "old/pool/index.html").contains("url=../../a/pool/index.html"));
}

#[test]
fn words_of_the_front_matter_have_pages() {
    let made = site(&[("a/pool", FRONT)]);
    for path in ["severities/p1", "services/api", "owners/data-team", "tags/postgres"] {
        assert!(file(&made, &format!("{path}/index.html")).contains("a/pool/index.html"), "{path}");
    }
}

#[test]
fn a_content_folder_keeps_its_name() {
    let made = site(&[("alerts/PoolFull", FRONT), ("alerts/README", "# My alerts\n")]);
    assert!(file(&made, "alerts/index.html").contains("My alerts"));
    assert!(file(&made, "alerts/PoolFull/index.html").contains("text"));
    assert!(file(&made, "by-alert/index.html").contains("PoolFull"));
}

#[test]
fn an_overdue_review_is_said() {
    assert!(file(&site(&[("pool", FRONT)]), "pool/index.html").contains("overdue since 2025-04-01"));
}

#[test]
fn the_page_being_read_is_marked_in_the_list() {
    let made = site(&[("a/x", "# X\n"), ("a/y", "# Y\n")]);
    let page = file(&made, "a/x/index.html");
    assert!(page.contains("href=\"../x/index.html\" aria-current=\"page\""));
    assert_eq!(page.matches("aria-current").count(), 1);
}

#[test]
fn a_sitemap_needs_an_address() {
    let mut input = input(&[("a", "# A\n")]);
    assert!(!build(&input).files.contains_key("sitemap.xml"));
    input.config.url = Some("https://example.com/ops/".to_owned());
    let made = build(&input);
    assert!(file(&made, "sitemap.xml").contains("<loc>https://example.com/ops/a/</loc>"));
    assert!(file(&made, "404.html").contains("href=\"/ops/theme/style.css\""));
    assert!(file(&made, "a/index.html").contains("<link rel=\"canonical\" href=\"https://example.com/ops/a/\">"));
}

#[test]
fn a_broken_template_is_an_error_and_nothing_is_written() {
    let mut input = input(&[("a", "# A\n")]);
    input.theme.insert("templates/runbook.html".to_owned(), b"{{ nothing.here }}".to_vec());
    let made = build(&input);
    assert!(made.files.is_empty());
    assert_eq!(made.diagnostics[0].rule, "broken-template");
}

#[test]
fn an_empty_collection_has_a_home_page() {
    assert!(file(&site(&[]), "index.html").contains("0 runbooks"));
}

#[test]
fn commands_to_paste_name_the_first_target_that_is_meant() {
    let mut input = input(&[("incident/x", "```bash action\nx\n```\n")]);
    let target = |name: &str, glob: &str| crate::model::Target {
        name: name.to_owned(),
        runbooks: vec![glob.to_owned()],
        ..crate::model::Target::default()
    };
    input.targets = vec![target("a", "deploy/*"), target("b", "incident/*")];
    assert!(
        file(&build(&input), "incident/x/index.html")
            .contains("runbooks exec incident/x <span class=\"whole\">--target</span> <span data-target>b</span>")
    );
}

#[test]
fn a_secret_default_is_not_shown() {
    let text = "---\nparams:\n  - name: TOKEN\n    secret: true\n    default: hunter2\n---\n# A\n";
    assert!(!file(&site(&[("a", text)]), "a/index.html").contains("hunter2"));
}
