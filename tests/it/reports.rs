//! Reports of real runs against what their formats promise, and results that are kept, compared and merged.

use serde_json::Value as Json;

use crate::harness::{Collection, repository};
use crate::schema::violations;

const PAGE: &str = r#"# Pool: "a | b" <x>, 100%

```bash check id=passes
echo fine
```

```bash check id=differs
printf 'one\ntwo\n'
```

```output
one
three
```

```bash check id=fails
echo "says: a, b % c" >&2; false
```

```bash check id=warns warn
exit 3
```

```bash check id=expects expect="stdout.contains('zzz')"
echo hi
```

```bash check id=skipped when=false
echo hi
```

```bash
kubectl get pods --no-such-flag
```

```bash
kubectl get pods –n x
```
"#;

fn collection() -> Collection {
    Collection::empty().with("a page.md", PAGE)
}

fn schema(name: &str) -> Json {
    let text = std::fs::read_to_string(repository().join("docs").join(name)).expect("the schema is there");
    serde_json::from_str(&text).expect("the schema is JSON")
}

#[test]
fn the_result_of_verify_is_as_its_schema_says() {
    let collection = collection();
    let result = collection.run("verify --save --compare --format json").json(2);
    assert_eq!(violations(&schema("result.schema.json"), &result), Vec::<String>::new());
    let result = collection.run("verify --compare --format json").json(2);
    assert_eq!(violations(&schema("result.schema.json"), &result), Vec::<String>::new());
    assert!(result["trend"]["still"].as_array().is_some_and(|still| !still.is_empty()), "{result:#}");
}

#[test]
fn what_lint_finds_is_as_its_schema_says() {
    let found = collection().run("lint --format json").json(1);
    assert_eq!(violations(&schema("lint.schema.json"), &found), Vec::<String>::new());
    assert!(found["diagnostics"].as_array().is_some_and(|found| found.len() > 1), "{found:#}");
}

#[test]
fn the_schemas_are_printed() {
    let collection = Collection::empty();
    assert_eq!(collection.run("report schema").json(0), schema("result.schema.json"));
    assert_eq!(collection.run("report schema lint").json(0), schema("lint.schema.json"));
}

/// What SARIF 2.1.0 requires of the parts we write.
fn sarif_is_sound(log: &Json) {
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "runbooks");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules are a list");
    let ids: std::collections::BTreeSet<_> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids.len(), rules.len(), "the id of a rule is unique");
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    let results = run["results"].as_array().expect("results are a list");
    assert!(!results.is_empty());
    for result in results {
        assert!(matches!(result["level"].as_str(), Some("error" | "warning" | "note" | "none")), "{result}");
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20page.md");
        let region = |name: &str| place["region"][name].as_u64().unwrap_or(0);
        assert!(region("startLine") > 0 && region("startColumn") > 0, "{result}");
        let end = (region("endLine"), region("endColumn"));
        assert!(end == (0, 0) || end > (region("startLine"), region("startColumn")), "{result}");
        assert!(result["partialFingerprints"]["runbooks/v1"].as_str().is_some_and(|it| it.len() == 32), "{result}");
    }
}

#[test]
fn sarif_is_what_the_standard_asks_for() {
    sarif_is_sound(&collection().run("verify --format sarif").json(2));
    sarif_is_sound(&collection().run("lint --format sarif").json(1));
}

#[test]
fn the_metrics_are_good_for_prometheus() {
    let collection = collection();
    let done = collection.run("verify --report prometheus=runbooks.prom").done().exits(2);
    assert!(done.stderr.is_empty(), "{done}");
    let check = collection.command("bash").arg("-c").arg("promtool check metrics < runbooks.prom").done().exits(0);
    assert!(check.stdout.is_empty() && check.stderr.is_empty(), "{check}");
    let metrics = collection.text("runbooks.prom");
    assert!(metrics.contains("runbook=\"a page\",step=\"fails\",outcome=\"failed\"} 1\n"), "{metrics}");
}

#[test]
fn annotations_are_one_line_each_and_at_their_place() {
    let done = collection().run("verify --format github").done().exits(2);
    let lines: Vec<_> = done.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")), "{done}");
    let of = |rule: &str| lines.iter().find(|line| line.contains(&format!("%3A {rule}::"))).copied().unwrap_or("");
    assert!(of("output").starts_with("::error file=a page.md,line=12,col=1,title=failed%3A output::"), "{done}");
    assert!(of("exit-status").contains("says%3A") || of("exit-status").contains("says: a, b %25 c"), "{done}");
    assert!(lines.iter().any(|line| line.starts_with("::warning ")), "the check that warns\n{done}");
}

#[test]
fn the_step_summary_is_added_to_and_its_absence_is_told_before_anything_runs() {
    let collection = Collection::empty().with("a.md", "```bash check\ntrue\n```\n").with("summary", "# Before\n");
    let done = collection.run("verify --step-summary").done().exits(2);
    assert!(done.stderr.contains("GITHUB_STEP_SUMMARY") && done.stdout.is_empty(), "{done}");
    let summary = collection.path("summary");
    collection.run("verify --step-summary").env("GITHUB_STEP_SUMMARY", &summary).done().exits(0);
    collection.run("lint --step-summary").env("GITHUB_STEP_SUMMARY", &summary).done();
    let text = collection.text("summary");
    assert!(text.starts_with("# Before\n## verify: 1 passed"), "{text}");
    assert!(text.contains("\n## 1 runbooks: "), "{text}");
}

#[test]
fn two_runs_that_end_at_once_are_both_kept() {
    let collection = Collection::empty();
    let names: Vec<_> = (0..6).map(|number| format!("p{number}")).collect();
    for name in &names {
        collection.write(&format!("{name}.md"), "```bash check\ntrue\n```\n");
    }
    let runs: Vec<_> = names.iter().map(|name| collection.run(&format!("verify {name} --save")).start()).collect();
    for run in runs {
        run.done(crate::process::PATIENCE).exits(0);
    }
    let kept: Json = serde_json::from_str(&collection.text(".runbooks/results/default.json")).expect("JSON");
    assert_eq!(kept["runbooks"].as_array().map(Vec::len), Some(names.len()));
    let history = collection.text(".runbooks/history/default.ndjson");
    assert_eq!(history.lines().count(), names.len());
    for line in history.lines() {
        serde_json::from_str::<Json>(line).expect("every line is JSON");
    }
}

#[test]
fn a_comparison_says_what_is_new_and_what_is_fixed() {
    let page = |first: &str, second: &str| {
        format!("```bash check id=one\n{first}\n```\n\n```bash check id=two\n{second}\n```\n")
    };
    let collection = Collection::empty().with("a.md", &page("true", "false"));
    let done = collection.run("verify --compare --save").done().exits(1);
    assert!(done.stdout.contains("compared with nothing"), "{done}");
    collection.write("a.md", &page("false", "true"));
    let done = collection.run("verify --compare").done().exits(1);
    assert!(done.stdout.contains(": 1 new, 1 fixed, 0 still failing, 0 flaky\n"), "{done}");
    assert!(done.stdout.contains("  new    one  passed -> failed  a.md:1\n"), "{done}");
    assert!(done.stdout.contains("  fixed  two  failed -> passed  a.md:5\n"), "{done}");
}

#[test]
fn a_step_that_goes_to_and_fro_is_flaky() {
    let collection = Collection::empty().with("a.md", "```bash check id=x\ntest \"$MOOD\" = good\n```\n");
    for mood in ["good", "bad", "good"] {
        collection.run("verify --save").env("MOOD", mood).done();
    }
    let trend = collection.run("verify --compare --format json").env("MOOD", "bad").json(1)["trend"].clone();
    assert_eq!(trend["flaky"][0]["name"], "x", "{trend:#}");
    let trend = collection.run("verify --compare --format json").env("MOOD", "good").json(0)["trend"].clone();
    assert_eq!(trend["flaky"], serde_json::json!([]), "{trend:#}");
}

#[test]
fn shards_are_merged_into_one_report() {
    let collection = Collection::empty()
        .with("a.md", "```bash check id=x\ntrue\n```\n")
        .with("b.md", "```bash check id=x\nfalse\n```\n");
    collection.run("verify a --report json=one.json").done().exits(0);
    collection.run("verify b --report json=two.json").done().exits(1);
    let merged = collection.run("report merge one.json two.json --format json --save").json(1);
    assert_eq!(violations(&schema("result.schema.json"), &merged), Vec::<String>::new());
    assert_eq!((&merged["tally"]["passed"], &merged["tally"]["failed"]), (&1.into(), &1.into()));
    assert!(collection.text(".runbooks/results/default.json").contains("\"b\""));
    collection.run("report merge one.json").done().exits(0);
    collection.write("three.json", "{}");
    let done = collection.run("report merge one.json three.json").done().exits(2);
    assert!(done.stderr.contains("three.json"), "{done}");
}
