use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::super::objects::{Answer, Applied, Found, ObjectName};
use super::super::session::SessionPlace;
use super::*;
use crate::model::{Runbook, RunbookId, Source, StepResult, Unavailable, ValueOrigin};
use crate::parse;

mod console;
mod http;
mod object;
mod polling;
mod promql;
mod shell;

/// A runbook in a folder of its own, and all that a step is run in.
struct Stage {
    folder: TempDir,
    runbook: Runbook,
    session: Session,
    values: Values,
    target: Target,
    environment: Environment,
    redactor: Redactor,
    cancel: Cancel,
    cluster: Option<Shelf>,
    heard: Mutex<String>,
    verdict: Option<Verdict>,
    patience: Option<Duration>,
    http: HttpClient,
}

impl Stage {
    fn new(text: &str) -> Self {
        let source = Arc::new(Source::new("a.md", text));
        let (runbook, diagnostics) = parse::parse(RunbookId("a".to_owned()), source, &parse::Fragments::new());
        assert!(!runbook.steps.is_empty(), "{diagnostics:?}");
        let folder = tempfile::tempdir().unwrap();
        let place = SessionPlace {
            folder: folder.path().join(".session"),
            directory: folder.path().to_owned(),
            name: format!("step-test/{}", folder.path().display()),
        };
        let path = ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned());
        Self {
            session: Session::open(place).unwrap(),
            folder,
            runbook,
            values: Values::new(),
            target: Target { name: "test".to_owned(), ..Target::default() },
            environment: Environment::of([path], "/"),
            redactor: Redactor::new(),
            cancel: Cancel::new(),
            cluster: None,
            heard: Mutex::default(),
            verdict: None,
            patience: None,
            http: HttpClient::default(),
        }
    }

    fn value(mut self, name: &str, text: &str) -> Self {
        let value = Value { text: text.to_owned(), secret: false, origin: ValueOrigin::Flag };
        self.values.insert(name.to_owned(), value);
        self
    }

    async fn end(&mut self, index: usize) -> StepEnd {
        let heard = &self.heard;
        let output = |_, text: &str| heard.lock().unwrap().extend([text, "\n"]);
        let verdict = &self.verdict;
        let judge = |_: &Attempt| verdict.clone();
        let context = StepContext {
            root: self.folder.path(),
            target: &self.target,
            params: &self.runbook.params,
            values: &self.values,
            withheld: &[],
            environment: &self.environment,
            door: &[],
            confinement: None,
            objects: self.cluster.as_ref().map(|shelf| shelf as &dyn Objects),
            http: &self.http,
            tape: None,
            redactor: &self.redactor,
            cancel: &self.cancel,
            console: None,
            output: &output,
            waiting: None,
            patience: self.patience,
            judge: Some(&judge),
            clock: Clock::fixed("2026-11-21T00:00:00Z".parse().unwrap()),
        };
        let step = &self.runbook.steps[index];
        let end = needs_send(run_step(step, &mut self.session, &context)).await;
        if let Some((name, value)) = &end.captured {
            self.values.insert(name.clone(), value.clone());
        }
        end
    }

    async fn result(&mut self, index: usize) -> StepResult {
        self.end(index).await.result
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Documents run in parallel, so whatever runs a step must be able to move between threads.
fn needs_send<F: Future + Send>(future: F) -> F {
    future
}

/// Runs the only step of a text.
async fn run(text: &str) -> StepResult {
    Stage::new(text).result(0).await
}

/// Returns outcome, rule and message of the first finding.
fn first(result: &StepResult) -> (Outcome, &str, &str) {
    let finding = result.findings.first().unwrap_or_else(|| panic!("no finding: {result:?}"));
    (result.outcome, finding.rule.as_str(), finding.message.as_str())
}

/// A cluster of a few objects.
#[derive(Default)]
struct Shelf {
    objects: Mutex<BTreeMap<String, Json>>,
    unavailable: bool,
}

impl Shelf {
    fn key(name: &ObjectName) -> String {
        format!("{}/{}", name.kind, name.name)
    }
}

impl Objects for Shelf {
    fn get<'a>(&'a self, name: &'a ObjectName) -> Answer<'a, Found> {
        Box::pin(async move {
            if self.unavailable {
                return Err(Unavailable::Unreachable("connection refused".to_owned()));
            }
            if name.kind == "Unknown" {
                return Ok(Found::UnknownKind);
            }
            Ok(self.objects.lock().unwrap().get(&Self::key(name)).cloned().map_or(Found::Nothing, Found::Object))
        })
    }

    fn apply<'a>(&'a self, name: &'a ObjectName, object: &'a Json) -> Answer<'a, Applied> {
        Box::pin(async move {
            if object["spec"]["replicas"] == json!(-1) {
                return Ok(Applied::Refused("spec.replicas: must not be negative".to_owned()));
            }
            self.objects.lock().unwrap().insert(Self::key(name), object.clone());
            Ok(Applied::Object(object.clone()))
        })
    }
}
