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

/// Returns the schema of SARIF 2.1.0 as OASIS published it, out of a crate that carries it: `tests/schemas` says which.
fn official_sarif_schema() -> Json {
    let mut command = std::process::Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--locked"]).current_dir(repository().join("tests/schemas"));
    let done = command.output().expect("cargo runs");
    assert!(done.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&done.stderr));
    let metadata: Json = serde_json::from_slice(&done.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let carrier = packages.into_iter().find(|package| package["name"] == "serde-sarif").expect("the crate is named");
    let manifest = std::path::Path::new(carrier["manifest_path"].as_str().expect("a path"));
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("a schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

#[test]
fn sarif_is_what_the_standard_asks_for() {
    let schema = official_sarif_schema();
    assert!(
        schema["title"].as_str().is_some_and(|title| title.contains("SARIF) Version 2.1.0")),
        "{}",
        schema["title"]
    );
    for mut log in [
        collection().run("verify --format sarif").json(2),
        collection().run("lint --format sarif").json(1),
        Collection::empty().with("a.md", "# A\n\n```bash check\ntrue\n```\n").run("verify --format sarif").json(0),
    ] {
        assert_eq!(violations(&schema, &log), Vec::<String>::new());
        if log["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()) {
            sarif_is_sound(&log);
            log["runs"][0]["results"][0]["level"] = "loud".into();
            assert_eq!(violations(&schema, &log).len(), 1, "the schema is held against the log");
        }
    }
}

/// Answers one request with this status, and returns what was asked.
fn answer_once(listener: &std::net::TcpListener, status: &str) -> String {
    use std::io::{Read as _, Write as _};
    let (mut connection, _) = listener.accept().expect("a client comes");
    let (mut text, mut part) = (Vec::new(), [0; 4096]);
    let body_is_whole = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        body.len() >= length.unwrap_or(0_usize)
    };
    while !body_is_whole(&text) {
        let read = connection.read(&mut part).expect("the client sends");
        assert!(read > 0, "the client sends all of it");
        text.extend(&part[..read]);
        if text.windows(20).any(|window| window.eq_ignore_ascii_case(b"expect: 100-continue")) {
            connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").expect("the client listens");
        }
    }
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    connection.write_all(answer.as_bytes()).expect("the client listens");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_documented_push_sends_the_metrics_and_keeps_the_exit_code() {
    let documented = std::fs::read_to_string(repository().join("docs/ci.md")).expect("the page is there");
    let blocks = documented.split("```bash\n").skip(1).filter_map(|block| block.split_once("```"));
    let push = blocks.map(|(block, _)| block).find(|block| block.contains("PUSHGATEWAY")).expect("it is documented");
    let push = push.replace("--target production ", "");
    let good = "# A\n\n```bash check\ntrue\n```\n";
    for (page, status, code) in [(PAGE, "200 OK", 2), (good, "200 OK", 0), (good, "404 Not Found", 2)] {
        let collection = Collection::empty().with("a page.md", page);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let sent = std::thread::scope(|scope| {
            let asked = scope.spawn(|| answer_once(&listener, status));
            let run = collection.command("/bin/bash").arg("-c").arg(&push).env("PUSHGATEWAY", &address);
            run.done().exits(code);
            asked.join().expect("it was sent")
        });
        let (head, body) = sent.split_once("\r\n\r\n").expect("a request");
        assert!(head.starts_with("PUT /metrics/job/runbooks HTTP/1.1"), "{head}");
        assert_eq!(body, collection.text("runbooks.prom"));
    }
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
