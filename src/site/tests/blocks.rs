use super::{build, file, html, input, site, text};
use crate::model::{Outcome, Place, Position, Role, RunResult, RunbookId, RunbookResult, StepId, StepResult, Tally};

const STEPS: &str = "# R\n\n```bash check id=ready title=\"It is ready\" within=5m every=10s\nkubectl get pods\n```\n\n\
```output\nREADY\n```\n\n```bash action id=go title=\"Go <on>\" risk=high verify=ready confirm=\"Sure?\"\ngo\n```\n\n\
```bash action id=back undo=go\nback\n```\n";

#[test]
fn a_step_is_a_card_with_its_promises_in_words() {
    let page = html(STEPS);
    assert!(
        page.contains("<div class=\"step check\" id=\"ready\" role=\"group\" aria-labelledby=\"ready-title\">"),
        "{page}"
    );
    assert!(page.contains("Tried for up to 5m, every 10s"));
    assert!(page.contains("high risk"));
    assert!(page.contains("Go &lt;on&gt;"));
    assert!(page.contains("Then checks <a href=\"#ready\">It is ready</a>"));
    assert!(page.contains("Asks “Sure?”"));
}

#[test]
fn the_expected_output_stands_in_the_card_of_its_step() {
    let page = html(STEPS);
    assert_eq!(page.matches("READY").count(), 1);
    assert!(page.find("READY").unwrap() < page.find("id=\"go\"").unwrap());
}

#[test]
fn output_after_prose_stays_in_its_place_and_names_its_step() {
    let page = html("```bash check id=a title=A\nls\n```\n\nYou should see:\n\n```output\nx\n```\n");
    assert!(
        page.find("You should see").unwrap() < page.find("expected output of <a href=\"#a\">A</a>").unwrap(),
        "{page}"
    );
}

#[test]
fn an_action_and_its_undo_name_each_other() {
    let page = html(STEPS);
    assert!(page.contains("Undo: <a href=\"#back\">"), "{page}");
    assert!(page.contains("Takes back <a href=\"#go\">"));
}

#[test]
fn a_step_that_nobody_tried_says_so() {
    assert_eq!(html(STEPS).matches("Never verified").count(), 3);
}

#[test]
fn a_step_whose_name_is_a_heading_gives_way() {
    let page = html("# R\n\n## Ready\n\n```bash check id=ready\ntrue\n```\n");
    assert!(page.contains("<h2 id=\"ready\">") && page.contains("id=\"step-ready\""), "{page}");
}

#[test]
fn steps_of_one_section_are_told_apart_by_the_ids_they_were_given() {
    let page = html(
        "# R\n\n## Look\n\n```bash check id=api-answers\nx\n```\n\n```bash check title=Disk\ny\n```\n\n```bash check\nz\n```\n",
    );
    assert!(page.contains("<strong>Api answers</strong>") && page.contains("<strong>Disk</strong>"), "{page}");
    assert_eq!(page.matches("<strong>Look</strong>").count(), 1, "{page}");
}

const DIAGRAM: &str = "```mermaid\nflowchart TD\n  accTitle: Who is called\n  A[Alert] --> B[Page <on-call>]\n```\n";

#[test]
fn a_diagram_is_a_picture_with_its_text_below() {
    let site = site(&[("a/x", DIAGRAM), ("y", DIAGRAM)]);
    let pictures: Vec<_> = site.files.keys().filter(|path| path.starts_with("diagrams/")).collect();
    let &[picture] = pictures.as_slice() else { panic!("{pictures:?}") };
    assert!(file(&site, picture).contains(">Alert<"));
    let page = text(&site, "a/x");
    assert!(page.contains(&format!("<img src=\"../../{picture}\" width=\"")), "{page}");
    assert!(page.contains("aria-label=\"Diagram: Who is called\""), "{page}");
    assert!(page.contains("<summary>Diagram: Who is called, as text</summary>") && page.contains("&lt;on-call&gt;"));
    assert!(text(&site, "y").contains(&format!("<img src=\"../{picture}\"")));
    assert!(site.diagnostics.is_empty(), "{:?}", site.diagnostics);
}

#[test]
fn a_diagram_that_cannot_be_drawn_is_its_text_and_is_said() {
    let site = site(&[("x", "# X\n\n```mermaid\nflowchart TD\n  A[open --> B\n```\n")]);
    assert!(!site.files.keys().any(|path| path.starts_with("diagrams/")));
    let page = text(&site, "x");
    assert!(page.contains("<figcaption>diagram, as Mermaid text</figcaption>") && !page.contains("<img"), "{page}");
    let said: Vec<_> = site.diagnostics.iter().map(|said| (said.rule, said.primary.span.start)).collect();
    assert_eq!(said, [("undrawn-diagram", 5)]);
}

#[test]
fn a_plain_block_shows_its_language() {
    assert!(html("```yaml\na: 1\n```\n").contains("<figcaption>yaml</figcaption>"));
}

#[test]
fn a_block_in_a_list_loses_its_indent() {
    assert!(html("1. do\n\n   ```sh\n   ls\n     -l\n   ```\n").contains("<b>ls</b>\n  <b>-l</b>"));
}

#[test]
fn an_unclosed_block_is_shown_to_its_end() {
    assert!(html("```bash\necho a\n\n## not a heading\n").contains("not a heading"));
}

#[test]
fn evidence_says_what_when_where_and_whether_it_is_old() {
    let mut input = input(&[("r", STEPS)]);
    let step = input.runbooks[0].steps[0].clone();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let position = Position { line: 3, column: 1 };
    let place = Place { path: "content/r.md".into(), start: position, end: position };
    let result = StepResult {
        id: StepId("ready".to_owned()),
        title: "It is ready".to_owned(),
        role: Role::Check,
        place: place.clone(),
        hash: step.hash,
        outcome: Outcome::Failed,
        warn: false,
        reason: None,
        findings: vec![crate::model::Finding {
            outcome: Outcome::Failed,
            warn: false,
            rule: "expectation".to_owned(),
            place,
            command: None,
            message: "the output <differs>".to_owned(),
            expected: Some("3/3".to_owned()),
            actual: Some("0/3".to_owned()),
            help: None,
        }],
        started: at("2026-11-01T12:00:00Z"),
        duration_ms: 1_240,
        attempts: 1,
        exit: Some(0),
        stdout: String::new(),
        stderr: String::new(),
        value: None,
    };
    let runbook = RunbookResult {
        target: None,
        id: RunbookId("r".to_owned()),
        title: "R".to_owned(),
        path: "content/r.md".into(),
        outcome: Outcome::Failed,
        steps: vec![result],
        references: crate::model::ReferenceCount::default(),
        findings: Vec::new(),
        started: at("2026-11-01T12:00:00Z"),
        duration_ms: 1_240,
    };
    input.results = vec![RunResult {
        version: 1,
        run: "x".to_owned(),
        mode: "verify".to_owned(),
        target: "production".to_owned(),
        cluster_version: Some("v1.33.1".to_owned()),
        recording: None,
        started: at("2026-11-01T12:00:00Z"),
        finished: at("2026-11-01T12:00:05Z"),
        interrupted: false,
        tally: Tally::default(),
        trend: None,
        runbooks: vec![runbook],
    }];
    let made = build(&input);
    let page = text(&made, "r");
    for words in [
        "failed",
        "on production (v1.33.1)",
        "2026-11-01 12:00 UTC",
        "1.2s",
        "stale",
        "the output &lt;differs&gt;",
        "0/3",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("edited since"));
    assert!(file(&made, "index.html").contains("Needs attention"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let texts = [("a/x", STEPS), ("b/y", "# Y\n\n[x](../a/x.md)\n"), ("README", "# Home\n")];
    let (one, other) = (site(&texts), site(&texts));
    assert_eq!(one.files, other.files);
}
