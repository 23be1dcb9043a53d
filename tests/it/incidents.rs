//! Incidents in systems that really have them: found, carried through by the person on call, and ending well.
//!
//! The numbers are ill until the cluster is as the runbook's way out makes it, and nobody tells them of the runbook.
//! What is so before and afterwards is asked of the API server and of Prometheus, not of our own reports.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::database::Session;
use crate::found::Found;
use crate::harness::Collection;
use crate::pool::Breakable;
use crate::process::holds_within;
use crate::services;
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, NOVACRON, System};

/// What is asked of the API server: an object, a path in it, and what stands there.
type Value<'a> = (&'a str, &'a str, &'a str);

/// An incident, and the way out of it.
#[derive(Default)]
struct Incident<'a> {
    /// The runbook, with the params that an operator would pass after having looked.
    runbook: &'a str,
    /// How it comes about: a line of shell.
    breaks: &'a str,
    /// Series that are ill meanwhile, and their values.
    numbers: &'a [(&'a str, &'a str)],
    /// Paths that fail meanwhile.
    paths: &'a [&'a str],
    /// The steps by which it is found.
    found_by: &'a [&'a str],
    /// A line of shell that succeeds once the cluster is as it has to be for users to be well.
    cured_by: &'a str,
    /// What the cluster holds before, afterwards, and when the run has been taken back.
    before: &'a [Value<'a>],
    after: &'a [Value<'a>],
    taken_back: &'a [Value<'a>],
}

const IMAGE: &str = "{.spec.template.spec.containers[0].image}";
const READY: &str = "{.status.readyReplicas}";
const RESTARTED: &str =
    "kubectl get deployment {} -o jsonpath='{.spec.template.metadata.annotations}' | grep restartedAt";

/// Longer than anything here takes; what hangs is not waited for.
const LONG: Duration = Duration::from_secs(240);

#[track_caller]
fn ends_well(system: &System, incident: &Incident<'_>) {
    let collection = Collection::shipped();
    let on_call = system.on_call(&collection);
    let well = system.series_now();
    if !incident.breaks.is_empty() {
        system.shell(&collection, incident.breaks);
        system.notice();
    }
    system.series(&with(&well, incident.numbers));
    for path in incident.paths {
        system.fail(path);
    }
    holds(system, incident.before, &format!("before {}", incident.runbook));
    let name = incident.runbook.split(' ').next().expect("a name");
    let found = system.run(&collection, &format!("verify {name} --format json")).env("KUBECONFIG", &on_call).done();
    let result = serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{found}"));
    let turned = Found { result }.turned(|path| collection.text(path));
    let steps: BTreeSet<_> = turned.values().flatten().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(steps, incident.found_by.iter().copied().collect(), "{name} finds it: {turned:?}");

    let over = AtomicBool::new(false);
    let cured = std::thread::scope(|scope| {
        let effect = format!("if {} > /dev/null; then echo cured; fi", incident.cured_by);
        let (well, over, collection) = (&well, &over, &collection);
        let world = scope.spawn(move || {
            let mut cured = false;
            holds_within(LONG, || {
                cured = system.shell(collection, &effect).contains("cured");
                cured || over.load(Ordering::Relaxed)
            });
            if cured {
                system.heal();
                system.series(well);
            }
            cured
        });
        let words = format!("exec {} --yes --assume-manual --max-risk high", incident.runbook);
        let done = system.run(collection, &words).env("KUBECONFIG", &on_call).done();
        over.store(true, Ordering::Relaxed);
        let cured = world.join().expect("the world goes on");
        done.exits(0);
        cured
    });
    assert!(cured, "{} does not do what cures", incident.runbook);
    system.settle();
    holds(system, incident.after, &format!("after {}", incident.runbook));
    assert_eq!(system.series_now(), well);
    system.run(&collection, &format!("verify {name}")).env("KUBECONFIG", &on_call).done().exits(0);

    if !incident.taken_back.is_empty() {
        let id = collection.run_id();
        let undo = format!("runs undo {id} --yes --max-risk high");
        system.run(&collection, &undo).env("KUBECONFIG", &on_call).done().exits(0);
        holds(system, incident.taken_back, &format!("{} taken back", incident.runbook));
    }
}

#[track_caller]
fn holds(system: &System, values: &[Value<'_>], when: &str) {
    for (object, path, expected) in values {
        assert_eq!(system.value(object, path), *expected, "{object} {path} {when}");
    }
}

/// Returns the series, some of them with other values.
fn with(series: &str, numbers: &[(&str, &str)]) -> String {
    let mut lines: Vec<_> = series.lines().map(str::to_owned).collect();
    for (name, value) in numbers {
        let line = lines.iter_mut().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no series {name}"));
        let kept = line.rsplit_once(' ').expect("a series has a value").0;
        *line = format!("{kept} {value}");
    }
    lines.join("\n") + "\n"
}

fn all_end_well(facts: &'static Facts, incidents: &[Incident<'_>]) -> Breakable {
    let mut system = System::of_its_own(facts);
    for (index, incident) in incidents.iter().enumerate() {
        if index > 0 {
            system.put_right();
        }
        ends_well(&system, incident);
    }
    system
}

#[test]
fn too_many_errors_slow_answers_and_the_four_mitigations_of_novacron() {
    let (live, autoscaler) = ("deployment/novacron-api-blue", "horizontalpodautoscaler/novacron-api-blue");
    let (good, bad) = ("registry.novacron.local/novacron-api:v1.5.0", "registry.novacron.local/novacron-api:v1.5.1");
    let release = format!("kubectl set image {live} api={bad} && kubectl rollout status {live} --timeout=60s");
    let restarted = RESTARTED.replace("{}", "novacron-api-blue");
    let more = format!("test \"$(kubectl get {live} -o jsonpath='{READY}')\" = 5");
    let back = format!("test \"$(kubectl get {live} -o jsonpath='{IMAGE}')\" = {good}");
    let minimum = "{.spec.minReplicas}";
    all_end_well(
        &NOVACRON,
        &[
            Incident {
                runbook: "incident/high-error-rate",
                breaks: &release,
                numbers: &[("job:http_requests:error_ratio_5m", "0.2")],
                found_by: &["errors", "errors-over"],
                cured_by: &back,
                before: &[(live, IMAGE, bad)],
                after: &[(live, IMAGE, good), (live, READY, "3")],
                taken_back: &[(live, IMAGE, bad)],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/high-error-rate --param CAUSE=process",
                numbers: &[("job:http_requests:error_ratio_5m", "0.2")],
                found_by: &["errors", "errors-over"],
                cured_by: &restarted,
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/high-latency",
                numbers: &[("job:http_request_duration_seconds:p95_5m{", "3"), ("container:cpu_usage", "0.97")],
                found_by: &["cpu", "fast-enough", "latency-over", "usual"],
                cured_by: &more,
                before: &[(autoscaler, minimum, "3")],
                after: &[(autoscaler, minimum, "5"), (live, READY, "5")],
                taken_back: &[(autoscaler, minimum, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/response",
                paths: &["/health"],
                found_by: &["answers", "seen-health"],
                cured_by: &restarted,
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/response --choose mitigation=clear-cache",
                // The cache is well again once it is empty.
                breaks: "printf '#!/bin/sh\\necho \"$*\" > emptied\\n' > \"$EXEC/bin/redis-cli\" && chmod 755 \"$EXEC/bin/redis-cli\"",
                paths: &["/health/cache"],
                found_by: &["seen-cache"],
                cured_by: "grep -x -- '-h redis FLUSHDB ASYNC' \"$EXEC\"/novacron/*/emptied",
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/response --choose mitigation=more-pods",
                numbers: &[("job:http_request_duration_seconds:p95_5m{", "3")],
                found_by: &["seen-latency"],
                cured_by: &more,
                after: &[(autoscaler, minimum, "5"), (live, READY, "5")],
                taken_back: &[(autoscaler, minimum, "3")],
                ..Incident::default()
            },
        ],
    );
}

#[test]
fn a_provider_a_flood_and_an_outage_of_noa() {
    let (live, autoscaler) = ("deployment/noa-api-blue", "horizontalpodautoscaler/noa-api-blue");
    let (minimum, provider) = ("{.spec.minReplicas}", "{.data.AI_PROVIDER}");
    let other = "test \"$(kubectl get configmap noa-config -o jsonpath='{.data.AI_PROVIDER}')\" = anthropic";
    let ready = |pods: u32| format!("test \"$(kubectl get {live} -o jsonpath='{READY}')\" = {pods}");
    let scaled = format!("kubectl scale {live} --replicas=0");
    all_end_well(
        &NOA,
        &[
            Incident {
                runbook: "incident/ai-provider",
                numbers: &[("ai_provider_error_ratio_5m", "0.6"), ("ai_provider_latency_seconds", "9")],
                found_by: &["provider-errors", "provider-latency", "provider-over"],
                cured_by: other,
                before: &[("configmap/noa-config", provider, "openai")],
                after: &[("configmap/noa-config", provider, "anthropic"), (live, READY, "3")],
                taken_back: &[("configmap/noa-config", provider, "openai")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/ddos",
                numbers: &[("job:http_requests:per_second{", "1200"), ("job:http_requests:error_ratio_5m", "0.3")],
                found_by: &["errors", "errors-over", "usual-load"],
                cured_by: &ready(8),
                before: &[(autoscaler, minimum, "3")],
                after: &[(autoscaler, minimum, "8"), (live, READY, "8")],
                taken_back: &[(autoscaler, minimum, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/outage",
                breaks: &scaled,
                paths: &["/health"],
                found_by: &["all-ready", "answers", "endpoints", "live-ready", "outside"],
                cured_by: &ready(3),
                before: &[(live, "{.spec.replicas}", "0")],
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
        ],
    );
}

#[test]
fn memory_of_inopnc_runs_out() {
    let live = "deployment/inopnc-blue";
    let limit = "{.spec.template.spec.containers[0].resources.limits.memory}";
    let raised = format!("test \"$(kubectl get {live} -o jsonpath='{limit}')\" = 2Gi");
    let restarted = RESTARTED.replace("{}", "inopnc-blue");
    let memory = [("container:memory_working_set:limit_ratio", "0.97")];
    all_end_well(
        &INOPNC,
        &[
            Incident {
                runbook: "incident/high-memory",
                numbers: &memory,
                found_by: &["memory-free", "memory-over"],
                cured_by: &restarted,
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/high-memory --param NEW_MEMORY_LIMIT=2Gi",
                numbers: &memory,
                found_by: &["memory-free", "memory-over"],
                cured_by: &raised,
                before: &[(live, limit, "1Gi")],
                after: &[(live, limit, "2Gi"), (live, READY, "3")],
                taken_back: &[(live, limit, "1Gi")],
                ..Incident::default()
            },
        ],
    );
}

#[test]
fn a_disk_of_candlefish_fills_up_and_a_secret_keeps_its_pods_from_the_database() {
    let (claim, live) = ("persistentvolumeclaim/data-postgresql-0", "deployment/candlefish-website-blue");
    let capacity = "{.status.capacity.storage}";
    // The cloud makes the volume larger when it is asked to.
    let grown = "test \"$(kubectl get persistentvolumeclaim data-postgresql-0 -o jsonpath='{.spec.resources.requests.storage}')\" \
                 = 20Gi && kubectl patch persistentvolumeclaim data-postgresql-0 --subresource=status -p \
                 '{\"status\":{\"capacity\":{\"storage\":\"20Gi\"}}}'";
    let restarted = RESTARTED.replace("{}", "candlefish-website-blue");
    let mode = "{.data.READ_ONLY_MODE}";
    let read_only = "test \"$(kubectl get configmap candlefish-config -o jsonpath='{.data.READ_ONLY_MODE}')\" = true";
    let mut system = all_end_well(
        &CANDLEFISH,
        &[
            Incident {
                runbook: "incident/disk-space --param NEW_SIZE=20Gi",
                breaks: "kubectl patch storageclass standard -p '{\"allowVolumeExpansion\":true}'",
                numbers: &[("volume:usage:ratio", "0.93")],
                found_by: &["room", "room-now"],
                cured_by: grown,
                before: &[(claim, capacity, "10Gi")],
                after: &[(claim, capacity, "20Gi")],
                ..Incident::default()
            },
            Incident {
                runbook: "incident/database-unreachable",
                paths: &["/api/health/db"],
                found_by: &["api-reaches-database", "api-view"],
                cured_by: &restarted,
                after: &[(live, READY, "3")],
                ..Incident::default()
            },
        ],
    );
    let collection = Collection::shipped();
    let run = system.run(
        &collection,
        "exec incident/database-emergency --param READ_ONLY=yes --yes --assume-manual --max-risk high",
    );
    run.env("KUBECONFIG", system.on_call(&collection)).done().exits(0);
    assert!(system.shell(&collection, &format!("{read_only} && echo so")).contains("so"));
    let undo = format!("runs undo {} --yes --max-risk high", collection.run_id());
    system.run(&collection, &undo).env("KUBECONFIG", system.on_call(&collection)).done().exits(0);
    assert_eq!(system.value("configmap/candlefish-config", mode), "false");
    system.run(&collection, "verify incident/database-emergency").done().exits(0);
    // A volume that has grown does not become smaller again.
    drop(system.ruin());
}

#[test]
fn a_query_that_does_not_end_and_a_transaction_that_was_forgotten_are_ended() {
    let system = System::of_its_own(&NOVACRON);
    let restarted = || system.value("deployment/novacron-api-blue", "{.spec.template.metadata.annotations}");
    let end = |words: &str, exit: i32| {
        let collection = Collection::shipped();
        let words = format!("exec {words} --yes --assume-manual --max-risk high");
        let done = system.run(&collection, &words).env("KUBECONFIG", system.on_call(&collection)).done().exits(exit);
        (done.to_string(), restarted())
    };
    let stuck = Session::open(&system, "SELECT pg_sleep(600)", "active");
    let (_, annotations) = end("incident/high-latency --param END_SLOW=yes --param SLOW_SECONDS=0", 0);
    let left = services::sql(&system.postgres, "SELECT state FROM pg_stat_activity WHERE usename = 'novacron'");
    assert_eq!((left.as_str(), annotations.as_str()), ("idle", ""), "the query is ended, and the session lives");
    drop(stuck);

    // Two sessions are more than this server is said to bear.
    let full = "incident/db-pool --param POOL_LIMIT_PERCENT=1 --param IDLE_SECONDS=0";
    let _forgotten = Session::open(&system, "BEGIN; SELECT 1", "idle in transaction");
    let (said, annotations) = end(full, 0);
    let left = services::sql(&system.postgres, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'novacron'");
    assert_eq!((left.as_str(), annotations.as_str()), ("0", ""), "{said}");

    // One that works is not ended: pods are replaced, and with a new pod it is gone. Here nobody goes, so it stops.
    let _works = Session::open(&system, "SELECT pg_sleep(600)", "active");
    let (said, annotations) = end(full, 1);
    assert!(said.contains("stopped at `pool-has-room`"), "{said}");
    assert!(annotations.contains("restartedAt"), "{annotations}");
}

#[test]
fn pods_of_dotmac_that_ask_for_too_much_find_a_node_again() {
    let (live, requests) = ("deployment/api-gateway", "{.spec.template.spec.containers[0].resources.requests.cpu}");
    let greedy = "kubectl set resources deployment/api-gateway --requests=cpu=900 --limits=cpu=900";
    let modest = format!("test \"$(kubectl get {live} -o jsonpath='{requests}')\" = 100m");
    all_end_well(
        &DOTMAC,
        &[Incident {
            runbook: "incident/pod-pending --param REQUESTS=cpu=100m,memory=256Mi",
            breaks: greedy,
            found_by: &["none-pending"],
            cured_by: &modest,
            before: &[(live, requests, "900")],
            after: &[(live, requests, "100m"), (live, READY, "3")],
            taken_back: &[(live, requests, "900")],
            ..Incident::default()
        }],
    );
}
