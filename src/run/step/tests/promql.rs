use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::routing::get;

use super::http::serve;
use super::*;

/// Answers as Prometheus does: the query names the answer.
async fn answer(uri: Uri) -> (StatusCode, String) {
    let url = reqwest::Url::parse(&format!("http://x{uri}")).unwrap();
    let query = url.query_pairs().find(|(name, _)| name == "query").unwrap().1.into_owned();
    let sample = |instance: &str, value: &str| json!({"metric": {"instance": instance}, "value": [0, value]});
    let vector = |samples: Vec<Json>| json!({"status": "success", "data": {"resultType": "vector", "result": samples}});
    let answer = match query.as_str() {
        "two" => vector(vec![sample("a", "0.5"), sample("b", "0.97")]),
        "one" | "up{job=\"x\\\"y\"}" => vector(vec![sample("a", "0.5")]),
        "nan" => vector(vec![sample("a", "NaN")]),
        "none" => vector(Vec::new()),
        "scalar" => json!({"status": "success", "data": {"resultType": "scalar", "result": [0, "3"]}}),
        "matrix" => json!({"status": "success", "data": {"resultType": "matrix", "result": []}}),
        "slow" => {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({"status": "error", "errorType": "timeout", "error": "query timed out"}).to_string(),
            );
        }
        other => {
            let error = format!("parse error: unexpected {other}");
            return (
                StatusCode::BAD_REQUEST,
                json!({"status": "error", "errorType": "bad_data", "error": error}).to_string(),
            );
        }
    };
    (StatusCode::OK, answer.to_string())
}

async fn ask(attributes: &str, query: &str) -> StepResult {
    let base = serve(Router::new().route("/api/v1/query", get(answer))).await;
    let mut stage = Stage::new(&format!("```promql check {attributes}\n{query}\n```\n")).value("NAME", "x\"y");
    stage.target.prometheus = Some(format!("{base}/"));
    stage.result(0).await
}

#[tokio::test]
async fn a_sample_passes_and_is_the_value() {
    let result = ask("", "one").await;
    assert_eq!((result.outcome, result.value.as_deref()), (Outcome::Passed, Some("0.5")), "{result:?}");
    assert_eq!(result.stdout, "{instance=\"a\"} 0.5\n");
    assert_eq!(ask("expect='value == 3.0'", "scalar").await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn an_expectation_holds_for_every_sample() {
    assert_eq!(ask("expect='value < 1.0'", "two").await.outcome, Outcome::Passed);
    let result = ask("expect='value < 0.9'", "two").await;
    assert_eq!(first(&result).2, "`value < 0.9` does not hold for 1 of 2 samples");
    assert_eq!(result.findings[0].actual.as_deref(), Some("{instance=\"b\"} 0.97"));
    let result = ask("expect='value > 0.9'", "one").await;
    assert_eq!(result.findings[0].actual.as_deref(), Some("value = 0.5"));
    assert_eq!(ask("expect=\"labels.instance != 'b'\"", "two").await.outcome, Outcome::Failed);
}

#[tokio::test]
async fn nothing_and_nan_are_no_answer_unless_they_are_spoken_of() {
    assert_eq!(
        first(&ask("expect='value < 1.0'", "none").await),
        (Outcome::Errored, "no-samples", "the query returned no samples")
    );
    assert_eq!(first(&ask("", "nan").await), (Outcome::Errored, "nan", "the query returned NaN: {instance=\"a\"} NaN"));
    assert_eq!(ask("expect='size(samples) == 0'", "none").await.outcome, Outcome::Passed);
    assert_eq!(ask("expect='size(samples) == 0'", "one").await.outcome, Outcome::Failed);
    assert_eq!(ask("expect='isNaN(value)'", "nan").await.outcome, Outcome::Passed);
    assert_eq!(ask("expect='isNaN(value) || value < 1.0'", "one").await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_drift() {
    let result = ask("", "rate(").await;
    assert_eq!(
        first(&result),
        (Outcome::Drifted, "query", "Prometheus cannot read the query: parse error: unexpected rate(")
    );
}

#[tokio::test]
async fn a_prometheus_that_cannot_answer_is_an_error() {
    assert_eq!(
        first(&ask("", "slow").await),
        (Outcome::Errored, "prometheus", "Prometheus could not answer: query timed out")
    );
    assert!(first(&ask("", "matrix").await).2.contains("ranges"));
    let mut stage = Stage::new("```promql check\nup\n```\n");
    stage.target.prometheus = Some("http://127.0.0.1:1".to_owned());
    let result = stage.result(0).await;
    assert_eq!(result.outcome, Outcome::Errored);
    assert!(first(&result).2.ends_with("connection refused"), "{result:?}");
}

#[tokio::test]
async fn a_target_without_prometheus_says_so() {
    let result = run("```promql check within=1h\nup\n```\n").await;
    assert_eq!(first(&result), (Outcome::Errored, "no-prometheus", "target `test` names no Prometheus"));
}

#[tokio::test]
async fn values_are_quoted_in_queries() {
    assert_eq!(ask("", "up{job=\"${NAME}\"}").await.outcome, Outcome::Passed);
    let result = ask("", "up{job=~${NAME}}").await;
    assert_eq!(first(&result).1, "query");
    assert_eq!(result.outcome, Outcome::Errored);
}
