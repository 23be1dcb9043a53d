//! A Prometheus query: passes where it returns at least one sample, and the expectation holds for each of them.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::super::attempt::{Attempt, Cut};
use super::super::fill::{self, fill};
use super::super::finding::{self, finding};
use super::super::http_client::{Unanswered, unanswered};
use super::super::recorded::{self, PromqlCame};
use super::super::step::StepContext;
use super::{Prepared, not_recorded, replayed, timed_out};
use crate::expression::{Fact, Facts};
use crate::model::{Finding, Outcome, Span, Step};
use crate::recording::StepTape;

/// The longest query that is sent in a URL; a longer one is posted.
const LONGEST_IN_URL: usize = 2000;

/// How many samples are shown with a result.
const SHOWN_SAMPLES: usize = 100;

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    labels: Json,
    text: String,
    value: f64,
}

impl Sample {
    /// Returns `{instance="a"} 0.97`.
    fn line(&self) -> String {
        let labels = self.labels.as_object();
        let name = labels.and_then(|labels| labels.get("__name__")).and_then(Json::as_str).unwrap_or_default();
        let pairs = labels.into_iter().flatten().filter(|(key, _)| *key != "__name__");
        let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
        if name.is_empty() && pairs.is_empty() {
            return self.text.clone();
        }
        format!("{name}{{{}}} {}", pairs.join(","), self.text)
    }
}

/// Tries a query once.
pub(super) async fn attempt(prepared: &Prepared<'_>, context: &StepContext<'_>) -> Attempt {
    let step = prepared.step;
    let replays = context.tape.is_some_and(StepTape::is_replay);
    let Some(base) = context.target.prometheus.as_deref().or(replays.then_some("")) else {
        let message = format!("target `{}` names no Prometheus", context.target.name);
        let mut finding = finding(Outcome::Errored, "no-prometheus", place(step), message);
        finding.help = Some("set `prometheus = \"http://…\"` for the target, or give --prometheus".to_owned());
        return Attempt::found(finding).for_good();
    };
    let query = match fill(step.code.text().trim(), context.values, &fill::promql) {
        Ok(query) => query,
        Err(error) => {
            let skipped = step.code.text().len() - step.code.text().trim_start().len();
            let at = skipped + error.offset;
            let place = finding::within(step, Span::new(at, at + 2));
            return Attempt::found(finding(Outcome::Errored, "query", place, error.message)).for_good();
        }
    };
    let came = match replayed::<PromqlCame>(context) {
        Some(Ok(came)) => came,
        Some(Err(_)) => return not_recorded(step),
        None => ask(context, base, &query).await,
    };
    let complain = |outcome, rule: &str, message| Attempt::found(complaint(step, outcome, rule, message));
    match came {
        PromqlCame::Data { data, duration_ms } => match samples(&data) {
            Ok(samples) => judge(prepared, &samples, Duration::from_millis(duration_ms)),
            Err(message) => complain(Outcome::Errored, "prometheus", message),
        },
        PromqlCame::Complaint { outcome, rule, message } => complain(outcome, &rule, message),
        PromqlCame::TimedOut { limit_ms } => timed_out(step, Duration::from_millis(limit_ms)),
    }
}

fn complaint(step: &Step, outcome: Outcome, rule: &str, message: String) -> Finding {
    let mut finding = finding(outcome, rule, place(step), message);
    finding.command = Some(step.code.text().trim().to_owned());
    finding
}

/// Sends a query and keeps what came of it.
async fn ask(context: &StepContext<'_>, base: &str, query: &str) -> PromqlCame {
    let started = Instant::now();
    let came = match fetch(context, base, query).await {
        Ok(data) => {
            PromqlCame::Data { data, duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }
        }
        Err((outcome, rule, message)) => PromqlCame::Complaint { outcome, rule: rule.to_owned(), message },
    };
    if let Some(tape) = context.tape {
        tape.keep(recorded::json(&came));
    }
    came
}

/// Returns the data of an answer, or what to say where there is none.
async fn fetch(context: &StepContext<'_>, base: &str, query: &str) -> Result<Json, (Outcome, &'static str, String)> {
    let errored = |message| (Outcome::Errored, "prometheus", message);
    let client = context.http.verified().map_err(errored)?;
    let url = format!("{}/api/v1/query", base.trim_end_matches('/'));
    let request = if query.len() <= LONGEST_IN_URL {
        client.get(url).query(&[("query", query)])
    } else {
        client.post(url).form(&[("query", query)])
    };
    let response = request.send().await.map_err(|error| {
        errored(match unanswered(&error) {
            Unanswered::UnknownHost => format!("cannot ask Prometheus at {base}: there is no such host"),
            Unanswered::Certificate(cause) | Unanswered::Unable(cause) | Unanswered::Down(cause) => {
                format!("cannot ask Prometheus at {base}: {cause}")
            }
        })
    })?;
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    let Ok(mut answer) = serde_json::from_str::<Json>(&body) else {
        return Err(errored(format!("{base} answered {status}, and not as Prometheus does")));
    };
    if answer["status"] == "success" {
        return Ok(answer["data"].take());
    }
    let said = answer["error"].as_str().unwrap_or("no reason given");
    Err(match answer["errorType"].as_str() {
        // The query itself is wrong: the text must be mended.
        Some("bad_data") => (Outcome::Drifted, "query", format!("Prometheus cannot read the query: {said}")),
        _ => errored(format!("Prometheus could not answer: {said}")),
    })
}

fn samples(data: &Json) -> Result<Vec<Sample>, String> {
    let sample = |labels: &Json, pair: &Json| {
        let text = pair[1].as_str().unwrap_or_default().to_owned();
        // Prometheus writes `NaN`, `+Inf` and `-Inf`; Rust reads them all.
        let value = text.parse().unwrap_or(f64::NAN);
        Sample { labels: labels.clone(), text, value }
    };
    let result = &data["result"];
    match data["resultType"].as_str() {
        Some("vector") => {
            let entries = result.as_array().map(Vec::as_slice).unwrap_or_default();
            Ok(entries.iter().map(|entry| sample(&entry["metric"], &entry["value"])).collect())
        }
        Some("scalar") => Ok(vec![sample(&json!({}), result)]),
        Some("matrix") => {
            Err("the query returns ranges, not samples; take one with `rate(…)` or `last_over_time(…)`".to_owned())
        }
        _ => Err("the query returns no samples but something else".to_owned()),
    }
}

fn judge(prepared: &Prepared<'_>, samples: &[Sample], duration: Duration) -> Attempt {
    let step = prepared.step;
    let mut attempt = Attempt::new(Outcome::Passed);
    attempt.stdout = samples.iter().take(SHOWN_SAMPLES).map(|sample| sample.line() + "\n").collect();
    attempt.cut = (samples.len() > SHOWN_SAMPLES).then(|| Cut {
        reason: format!("the query returned {} samples, of which only {SHOWN_SAMPLES} are kept", samples.len()),
        help: "narrow it down, for example with `topk(…)`, or say it in `expect`",
    });
    attempt.value = samples.first().map(|sample| sample.text.clone());
    attempt.facts = facts(samples, duration);
    attempt.each = samples.iter().map(|sample| (sample.line(), of_sample(sample))).collect();
    let speaks_of_nothing = prepared.expects("samples");
    let speaks_of_nan = prepared.expects("isNaN") || prepared.expects("math.isNaN");
    let complain = |rule, message: String| Attempt::found(complaint(step, Outcome::Errored, rule, message));
    if samples.is_empty() && !speaks_of_nothing {
        let mut finding = complaint(step, Outcome::Errored, "no-samples", "the query returned no samples".to_owned());
        finding.help = Some("if nothing is good news, say so: expect=\"size(samples) == 0\"".to_owned());
        return Attempt::found(finding);
    }
    let nan = samples.iter().find(|sample| sample.value.is_nan());
    if let (Some(sample), false) = (nan, speaks_of_nan || speaks_of_nothing) {
        return complain("nan", format!("the query returned NaN: {}", sample.line()));
    }
    attempt
}

/// What is known of the whole answer: `value` is that of the only sample, or of the first.
fn facts(samples: &[Sample], duration: Duration) -> Facts {
    let list = samples.iter().map(|sample| {
        let number = serde_json::Number::from_f64(sample.value).map_or_else(|| json!(sample.text), Json::Number);
        json!({"labels": sample.labels, "value": number})
    });
    let mut facts = Facts::default();
    facts.set("samples", Fact::Json(list.collect()));
    facts.set("duration", Fact::Duration(duration));
    match samples.first() {
        Some(first) => of_sample(first).into_iter().for_each(|(name, fact)| facts.set(name, fact)),
        None => facts.set("value", Fact::Unavailable("the query returned no samples".to_owned())),
    }
    facts
}

fn of_sample(sample: &Sample) -> Vec<(&'static str, Fact)> {
    vec![("value", Fact::Number(sample.value)), ("labels", Fact::Json(sample.labels.clone()))]
}

fn place(step: &Step) -> crate::model::Place {
    finding::within(step, finding::line(step, 1))
}
