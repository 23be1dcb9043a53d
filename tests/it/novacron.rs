//! The runbooks we ship, on the system they are about: healthy, broken in the ways that matter, and repaired.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use regex::Regex;

use crate::execution::begun;
use crate::harness::{Collection, Run, repository};
use crate::process::{PATIENCE, holds_within};
use crate::services::{self, Service};
use crate::system::{Line, NOVACRON, System};

const LIVE: &str = NOVACRON.live;

#[test]
fn everything_we_ship_passes_on_a_healthy_system() {
    let found = System::novacron().verify(&Collection::shipped(), 0);
    assert!(found.count("passed") > 50, "{:#}", found.result["tally"]);
    assert_eq!(found.result["cluster_version"], System::novacron().cluster.version());
    let never_taken = ["ready", "traffic-right", "pool-has-room", "health", "scraped", "config-exists"];
    for id in never_taken {
        assert!(!found.steps("skipped").iter().any(|(_, step)| step == id), "`{id}` is skipped");
    }
}

#[test]
fn nothing_selected_is_never_green() {
    let collection = Collection::shipped();
    System::novacron().run(&collection, "verify --tag no-such-tag").done().exits(2).says("no runbook is selected");
}

#[test]
fn a_deployment_scaled_to_nothing_fails_at_its_check_and_nowhere_else() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    novacron.cluster.kubectl(&["scale", "deployment", LIVE, "-n", "novacron", "--replicas=0"]);
    wait_until("no pod is left", || novacron.value(&format!("deployment/{LIVE}"), "{.status.replicas}").is_empty());
    let found = novacron.verify(&collection, 1);
    let failed: Vec<_> = found.steps("failed").into_iter().map(|(line, _)| line).collect();
    assert_eq!(
        sorted(failed),
        fences(&collection, &found.runbooks(), |info| info.contains(" id=live-ready ")),
        "{:#}",
        found.result
    );
    assert_eq!((found.count("drifted"), found.count("errored")), (0, 0));
}

#[test]
fn a_renamed_deployment_drifts_at_every_line_that_names_it() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    rename_live(&novacron, "novacron-api-azure");
    let found = novacron.verify(&collection, 1);
    assert_eq!(
        found.lines("drifted"),
        lines_that_name_live(&collection, &found.runbooks()),
        "left: found, right: what the texts name"
    );
    assert_eq!((found.count("failed"), found.count("errored")), (0, 0), "{:#}", found.result);
    let text = found.result.to_string();
    assert!(text.contains(LIVE) && text.contains("novacron-api-azure"), "the new name is offered");
}

/// Deletes the live deployment and creates it again under another name, as somebody would who wants another name.
fn rename_live(novacron: &System, name: &str) {
    let manifest = fs::read_to_string(repository().join("tests/systems/novacron/20-api.yaml")).expect("it is there");
    let documents = manifest.split("\n---\n");
    let is_live =
        |document: &&str| document.contains("kind: Deployment") && document.contains(&format!("name: {LIVE}"));
    let document = documents.clone().find(is_live).expect("the manifest holds the live deployment");
    let folder = tempfile::tempdir().expect("a folder for a test");
    let file = folder.path().join("renamed.yaml");
    fs::write(&file, document.replace(&format!("name: {LIVE}"), &format!("name: {name}"))).expect("a file for a test");
    novacron.cluster.kubectl(&["delete", "deployment", LIVE, "-n", "novacron", "--wait"]);
    novacron.cluster.kubectl(&["apply", "-f", &file.to_string_lossy()]);
    novacron.cluster.kubectl(&["rollout", "status", &format!("deployment/{name}"), "-n", "novacron", "--timeout=60s"]);
    let old = format!("{LIVE}-");
    wait_until("the pods of the old name are gone", || {
        !novacron.value("pods", "{.items[*].metadata.name}").split(' ').any(|pod| pod.starts_with(&old))
    });
}

/// Returns the lines that name the live deployment, read from the Markdown without any of our code: kubectl commands in
/// shell blocks, and blocks that hand its name to a shared check (those count at their fence).
fn lines_that_name_live(collection: &Collection, files: &[String]) -> Vec<Line> {
    let command = Regex::new(r#"deployments?[/ ]"?\$\{?(LIVE_DEPLOYMENT|MIGRATOR)\b"#).expect("a good pattern");
    let mut lines = Vec::new();
    for (path, text) in texts(collection, files) {
        let mut fence: Option<(u64, &str)> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let info = line.trim_start().strip_prefix("```");
            match (info, fence) {
                (Some(info), None) => fence = Some((number, info)),
                (Some(_), Some(_)) => fence = None,
                (None, Some((start, info))) if info.contains("use=") => {
                    let names = line.starts_with("DEPLOYMENT:") && line.contains("LIVE_DEPLOYMENT");
                    lines.extend(names.then(|| (path.clone(), start)));
                }
                (None, Some((_, info))) if info.starts_with("bash") => {
                    lines.extend(command.is_match(line).then(|| (path.clone(), number)));
                }
                (None, _) => {}
            }
        }
    }
    assert!(lines.len() > 20, "the texts name the deployment in more places than {lines:?}");
    sorted(lines)
}

#[test]
fn without_its_api_server_nothing_is_claimed() {
    let novacron = System::of_its_own(&NOVACRON).ruin();
    novacron.cluster.stop_the_api_server();
    let found = novacron.verify(&Collection::shipped(), 2);
    assert_eq!((found.count("failed"), found.count("drifted")), (0, 0), "{:#}", found.result);
    assert!(found.count("errored") > 20, "{:#}", found.result["tally"]);
    let passed = found.steps("passed");
    assert!(passed.iter().any(|(_, step)| step == "answers"), "what needs no cluster is looked at: {passed:?}");
    assert!(!passed.iter().any(|(_, step)| step == "live-ready"), "{passed:?}");
}

#[test]
fn a_release_and_its_roll_back_end_in_the_promised_state() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    // Its pods run long before they are ready.
    let exec = "exec deploy/blue-green --yes --assume-manual --max-risk high";
    let exec = format!("{exec} --param API_IMAGE=registry.novacron.local/slow-api");
    let channel = format!("{}/channel", novacron.endpoints.fact("url"));
    novacron.run(&collection, &exec).env("RUNBOOKS_PARAM_SLACK_WEBHOOK_URL", channel).done().exits(0);
    let told = novacron.shell(&collection, "curl -fsS \"$ENDPOINTS/control/requests\" | grep channel");
    assert!(told.contains("NovaCron v1.6.0 is live on green"), "{told}");
    let green = "deployment/novacron-api-green";
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "green");
    assert_eq!(novacron.value(green, "{.status.readyReplicas}"), "3");
    assert_eq!(
        novacron.value(green, "{.spec.template.spec.containers[0].image}"),
        "registry.novacron.local/slow-api:v1.6.0"
    );
    assert!(
        novacron.value(green, "{.metadata.annotations}").contains("release v1.6.0, users moved from blue to green")
    );
    assert_eq!(novacron.value(&format!("deployment/{LIVE}"), "{.status.readyReplicas}"), "3", "the way back is open");
    assert!(novacron.value("jobs", "{.items[*].metadata.name}").contains("backup-pre-deploy-"));

    let collection = Collection::shipped();
    novacron.run(&collection, "exec rollback/traffic --yes --assume-manual --max-risk high").done().exits(0);
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "blue");
    assert_eq!(novacron.value(green, "{.spec.replicas}"), "0");
    let saved: Vec<_> = fs::read_dir(collection.home()).expect("a folder").flatten().map(|it| it.path()).collect();
    assert!(saved.iter().any(|path| path.extension().is_some_and(|it| it == "log")), "no logs are saved: {saved:?}");
    novacron.verify(&collection, 0);

    novacron.run(&collection, &format!("runs undo {} --yes --max-risk high", collection.run_id())).done().exits(0);
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "green");
    assert_eq!(novacron.value(green, "{.spec.replicas}"), "3", "to look into it");
}

#[test]
fn a_release_that_fails_is_taken_back() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    services::post(&novacron.endpoints, "/control/fail?path=/api/v1/dwcp/status");
    let done =
        novacron.run(&collection, "exec deploy/blue-green --yes --assume-manual --max-risk high").done().exits(1);
    assert!(done.stderr.contains("next-extra"), "{done}");
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "blue");
    assert_eq!(novacron.value("deployment/novacron-api-green", "{.spec.replicas}"), "0", "green is parked again");

    // The next one works, and is too slow for users.
    novacron.heal();
    let collection = Collection::shipped();
    let exec = "exec deploy/blue-green --yes --assume-manual --max-risk high --param MAX_P95_SECONDS=0.1";
    let done = novacron.run(&collection, exec).done().exits(1).says("stopped at `latency-after`");
    let done = done.says("taking back `switch-traffic`").says("taking back `share-traffic`");
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "blue", "{done}");
    assert_eq!(novacron.value("deployment/novacron-api-green", "{.spec.replicas}"), "0");
}

#[test]
fn going_back_that_does_not_help_is_taken_back() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    novacron.run(&collection, "exec deploy/blue-green --yes --assume-manual --max-risk high").done().exits(0);
    // The old colour was parked in the meantime.
    novacron.cluster.kubectl(&["scale", "deployment", LIVE, "-n", "novacron", "--replicas=0"]);
    services::post(&novacron.endpoints, "/control/fail?path=/health");
    let done = novacron.run(&collection, "exec rollback/traffic --yes --assume-manual --max-risk high").done().exits(1);
    let done = done.says("stopped at `healthy`").says("taking back `switch-back` with `switch-forward`");
    let done = done.says("taking back `wake` with `park-again`");
    assert_eq!(novacron.value(&format!("deployment/{LIVE}"), "{.spec.replicas}"), "0", "it is parked as it was");
    assert_eq!(novacron.value("service/novacron-api", "{.spec.selector.version}"), "green", "{done}");
    assert_eq!(novacron.value("deployment/novacron-api-green", "{.status.readyReplicas}"), "3", "it was not parked");
}

#[test]
fn a_pool_size_that_does_not_help_is_taken_back() {
    let novacron = System::of_its_own(&NOVACRON);
    let collection = Collection::shipped();
    services::post(&novacron.endpoints, "/control/fail?path=/health/db");
    let exec = "exec incident/db-pool --yes --assume-manual --max-risk high --param NEW_POOL_SIZE=1";
    let done = novacron.run(&collection, exec).done().exits(1).says("stopped at `api-reaches-database`");
    let size = novacron.value("configmap/novacron-config", "{.data.DB_POOL_MAX}");
    assert_eq!(size, "4", "{done}");
    let writes = collection.journal().into_iter().filter(|line| line["event"] == "cluster-write");
    let patched = writes.filter(|line| line["object"].as_str().is_some_and(|object| object.starts_with("configmaps")));
    let by: Vec<_> = patched.map(|line| line["step"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(by, ["resize", "resize-back"]);
}

#[test]
fn pods_that_crash_or_have_no_image_are_put_back_to_the_revision_before() {
    let novacron = System::of_its_own(&NOVACRON);
    for (tag, reason) in [("crash", "CrashLoopBackOff"), ("nopull", "ImagePullBackOff")] {
        let collection = Collection::shipped();
        let image = format!("api=registry.novacron.local/novacron-api:{tag}");
        novacron.cluster.kubectl(&["set", "image", &format!("deployment/{LIVE}"), &image, "-n", "novacron"]);
        let waiting = "{.items[*].status.containerStatuses[*].state.waiting.reason}";
        wait_until(reason, || novacron.value("pods", waiting).contains(reason));
        let before = novacron.run(&collection, "verify incident/crash-loop --format json").json(1);
        let steps = before["runbooks"][0]["steps"].as_array().expect("there are steps");
        let seen = steps.iter().find(|step| step["id"] == "no-crash-loops").expect("the first check is there");
        assert_eq!(seen["outcome"], "failed", "{reason}: {seen}");
        novacron.run(&collection, "exec incident/crash-loop --yes --assume-manual --max-risk high").done().exits(0);
        let now = novacron.value(&format!("deployment/{LIVE}"), "{.spec.template.spec.containers[0].image}");
        assert_eq!(now, "registry.novacron.local/novacron-api:v1.5.0");
        let undo = format!("runs undo {} --yes --max-risk high", collection.run_id());
        novacron.run(&collection, &undo).done().exits(0);
        let now = novacron.value(&format!("deployment/{LIVE}"), "{.spec.template.spec.containers[0].image}");
        assert!(now.ends_with(tag), "{now}");
        let good = "api=registry.novacron.local/novacron-api:v1.5.0";
        novacron.cluster.kubectl(&["set", "image", &format!("deployment/{LIVE}"), good, "-n", "novacron"]);
        novacron.settle();
    }
}

#[test]
fn pods_that_crash_for_want_of_what_is_there_again_are_started_afresh() {
    let (novacron, collection) = (System::of_its_own(&NOVACRON), Collection::shipped());
    let ready = || novacron.value(&format!("deployment/{LIVE}"), "{.status.readyReplicas}");
    let pods = novacron.value("pods", "{range .items[*]}{.metadata.name} {end}");
    let crashing: Vec<&str> = pods.split_whitespace().filter(|name| name.starts_with(LIVE)).collect();
    assert_eq!(crashing.len(), 3, "{pods}");
    // What crashed them is repaired; each waits out a pause that grows.
    let crash = r#"{"status": {
        "conditions": [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "False"}],
        "containerStatuses": [{"name": "api", "image": "x", "imageID": "x", "ready": false, "restartCount": 6,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}, "running": null},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "containerID": "kwok://x"}}}]}}"#;
    for pod in &crashing {
        novacron.cluster.kubectl(&["patch", "pod", pod, "-n", "novacron", "--subresource=status", "-p", crash]);
    }
    wait_until("no pod is ready", || ready().is_empty() || ready() == "0");
    let exec = "exec incident/crash-loop --yes --assume-manual --max-risk high --param CAUSE=environment";
    novacron.run(&collection, exec).done().exits(0);
    let pods = novacron.value("pods", "{range .items[*]}{.metadata.name} {end}");
    assert!(!pods.split_whitespace().any(|name| crashing.contains(&name)), "they were replaced: {pods}");
    assert_eq!(ready(), "3");
}

/// A PostgreSQL whose connections are all taken, by clients of the application that do nothing.
struct Exhausted {
    postgres: Service,
    _clients: Vec<Client>,
}

struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Exhausted {
    fn start() -> Self {
        let postgres = NOVACRON.postgres(20);
        let clients = (0..17).map(|_| idle_client(&postgres)).collect();
        let idle = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'novacron' AND state = 'idle' \
                    AND state_change < now() - interval '1 second'";
        wait_until("all clients are idle", || services::sql(&postgres, idle) == "17");
        let exhausted = Self { postgres, _clients: clients };
        assert!(!exhausted.has_room(), "the application is turned away");
        exhausted
    }

    /// Returns whether the application gets a connection.
    fn has_room(&self) -> bool {
        let done = psql(&self.postgres).args(["-c", "SELECT 1"]).output().expect("psql runs");
        done.status.success()
    }

    fn run(&self, collection: &Collection, words: &str) -> Run {
        let run = System::novacron().run(collection, words);
        run.env("RUNBOOKS_PARAM_DB_HOST", self.postgres.fact("host"))
            .env("RUNBOOKS_PARAM_DB_PORT", self.postgres.fact("port"))
    }
}

fn psql(postgres: &Service) -> Command {
    let mut command = Command::new("psql");
    let (host, port) = (postgres.fact("host"), postgres.fact("port"));
    command.args(["--host", &host, "--port", &port, "--username", "novacron", "--dbname", "novacron", "-wXAt"]);
    command
}

/// Starts a client that does nothing, and waits until it has its connection.
fn idle_client(postgres: &Service) -> Client {
    let child = psql(postgres).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let mut client = Client(child.expect("psql runs"));
    let stdin = client.0.stdin.as_mut().expect("it is piped");
    stdin.write_all(b"\\echo connected\n").expect("psql listens");
    let mut line = String::new();
    let stdout = client.0.stdout.as_mut().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("psql answers");
    assert_eq!(line, "connected\n", "there was a connection left");
    client
}

#[test]
fn an_exhausted_database_is_found_mitigated_and_verified() {
    let exhausted = Exhausted::start();
    let collection = Collection::shipped();
    exhausted.run(&collection, "verify health/database").done().exits(1).prints("failed   pool-has-room");
    let before = System::novacron().everything();
    exhausted.run(&collection, "exec incident/db-pool --yes --assume-manual --max-risk high").done().exits(0);
    assert!(exhausted.has_room());
    let journal = collection.journal();
    let finished = |id: &str| {
        let results = journal.iter().filter(|entry| entry["event"] == "step-finished").map(|entry| &entry["result"]);
        results.filter(|result| result["id"] == id).map(|result| result["outcome"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(finished("pool-has-room"), ["failed", "passed"]);
    assert_eq!(finished("end-idle"), ["passed"]);
    assert_eq!((finished("end-forgotten"), finished("restart")), (vec!["skipped".into()], vec!["skipped".into()]));
    assert_eq!(before, System::novacron().everything(), "the cluster had nothing to do with it");
    exhausted.run(&collection, "verify health/database").done().exits(0);
}

#[test]
fn a_mitigation_that_is_killed_half_way_is_resumed_and_repeats_nothing() {
    let exhausted = Exhausted::start();
    let collection = Collection::shipped();
    let endpoints = services::endpoints(&NOVACRON.folder().join("http/answers.json"), &NOVACRON.metrics());
    // The last check takes its time, and there the power goes.
    services::post(&endpoints, "/control/slow?path=/health/db&seconds=4");
    let run = |words: &str| exhausted.run(&collection, words).env("RUNBOOKS_PARAM_BASE_URL", endpoints.fact("url"));
    let running = run("exec incident/db-pool --yes --assume-manual --max-risk high").start();
    let last = "api-reaches-database";
    let reached = holds_within(PATIENCE, || begun(&collection.journal()).iter().any(|step| step == last));
    let killed = running.kill();
    assert!(reached && killed.code.is_none(), "{killed}");
    let before = begun(&collection.journal());

    services::post(&endpoints, "/control/heal");
    run("exec --resume --yes --assume-manual --max-risk high").done().exits(0);
    let after = begun(&collection.journal());
    assert_eq!(after[before.len()..], [last], "only what had not ended: {after:?}");
    assert_eq!(after.iter().filter(|step| *step == "end-idle").count(), 1);
    assert!(exhausted.has_room());
}

#[test]
fn without_a_terminal_and_yes_it_stops_at_once_and_names_the_flag() {
    let exhausted = Exhausted::start();
    let collection = Collection::shipped();
    let before = System::novacron().everything();
    exhausted.run(&collection, "exec incident/db-pool").done().exits(2).says("--yes");
    assert!(!exhausted.has_room());
    assert_eq!(before, System::novacron().everything());
    assert!(!collection.path(".runbooks").exists());
}

#[test]
fn what_was_verified_stands_on_the_pages() {
    let collection = Collection::shipped();
    System::novacron().run(&collection, "verify health/application --save").done().exits(0);
    collection.run("build").done().exits(0);
    let text = collection.text("site/health/application/index.html");
    assert!(text.contains("2026-11-21") && text.contains("novacron"), "when and where");
}

/// Returns where the fences stand whose info string is such.
fn fences(collection: &Collection, files: &[String], is_such: impl Fn(&str) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for (path, text) in texts(collection, files) {
        let fences = (1..).zip(text.lines()).filter(|(_, line)| line.starts_with("```") && is_such(line));
        lines.extend(fences.map(|(number, _)| (path.clone(), number)));
    }
    assert!(!lines.is_empty(), "no such fence");
    sorted(lines)
}

/// Returns runbooks of a collection: their paths from its root, and their texts.
fn texts(collection: &Collection, files: &[String]) -> Vec<(String, String)> {
    files.iter().map(|file| (file.clone(), collection.text(file))).collect()
}

fn sorted(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort();
    lines.dedup();
    lines
}

#[track_caller]
fn wait_until(what: &str, holds: impl FnMut() -> bool) {
    assert!(holds_within(PATIENCE, holds), "waited in vain until {what}");
}
