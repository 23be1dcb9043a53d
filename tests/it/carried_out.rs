//! Runbooks beside those of releases, carried out headless by the person on call: what the API says afterwards.

use crate::database::Session;
use crate::execution::begun;
use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, NOVACRON, System};

/// A runbook with its params, an object of the system, a path in it, and what stands there afterwards.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str);

#[track_caller]
fn carry_out(system: &System, cases: &[Case<'_>]) {
    for (words, object, path, expected) in cases {
        let collection = Collection::shipped();
        let run = system.run(&collection, &format!("exec {words} --yes --assume-manual --max-risk high"));
        run.env("KUBECONFIG", system.on_call(&collection)).done().exits(0);
        assert_eq!(system.value(object, path), *expected, "after {words}");
    }
}

fn kubectl(system: &System, words: &[&str]) {
    system.cluster.kubectl(&[words, &["-n", system.facts.namespace]].concat());
}

/// Returns how many jobs there are whose names begin so.
fn jobs(system: &System, prefix: &str) -> usize {
    system.value("jobs", "{.items[*].metadata.name}").split(' ').filter(|name| name.starts_with(prefix)).count()
}

fn started(facts: &'static Facts) -> crate::pool::Breakable {
    System::of_its_own(facts)
}

#[test]
fn what_novacron_needs_beside_releases_is_carried_out() {
    let system = started(&NOVACRON);
    let live = "deployment/novacron-api-blue";
    let image = "{.spec.template.spec.containers[0].image}";
    kubectl(&system, &["set", "image", live, "*=registry.novacron.local/novacron-api:v1.5.9"]);
    kubectl(&system, &["patch", "service", "novacron-api", "-p", r#"{"spec":{"selector":{"version":"green"}}}"#]);
    carry_out(
        &system,
        &[
            ("rollback/environment", "service/novacron-api", "{.spec.selector.version}", "blue"),
            ("rollback/environment", live, image, "registry.novacron.local/novacron-api:v1.5.0"),
            (
                "security/certificates --param RENEW=yes",
                "certificate/novacron-tls",
                "{.status.conditions[?(@.type=='Issuing')].status}",
                "True",
            ),
            ("maintenance/images", live, "{.status.readyReplicas}", "3"),
        ],
    );
    assert_eq!(jobs(&system, "backup-rollback-"), 2, "the state before is kept each time");
}

#[test]
fn what_noa_needs_beside_releases_is_carried_out() {
    let system = started(&NOA);
    let live = "deployment/noa-api-blue";
    let (autoscaler, pods) = ("horizontalpodautoscaler/noa-api-blue", "{.status.readyReplicas}");
    let moment = "backup/restore-point-in-time --param MOMENT=2026-11-20T14:30:00Z";
    kubectl(&system, &["scale", live, "--replicas=0"]);
    system.shell(&Collection::shipped(), &what_others_say());
    carry_out(
        &system,
        &[
            ("incident/outage", live, pods, "3"),
            ("backup/before-deploy", live, pods, "3"),
            ("backup/restore-full", live, "{.spec.replicas}", "3"),
            (moment, live, "{.spec.replicas}", "3"),
            ("backup/restore-volume --param EXCHANGE=yes", "statefulset/postgres", pods, "1"),
            ("incident/data-breach", "networkpolicy/breach-containment", "{.spec.policyTypes[0]}", "Egress"),
            ("backup/restore-cluster", live, "{.spec.replicas}", "3"),
            // Last: from now on the autoscaler asks for more pods than a restore does.
            ("scaling/horizontal --param PODS=4", autoscaler, "{.spec.minReplicas}", "4"),
            ("scaling/autoscalers --param MAX_PODS=14", autoscaler, "{.spec.maxReplicas}", "14"),
        ],
    );
    assert_eq!((jobs(&system, "restore-full-"), jobs(&system, "restore-pitr-")), (1, 1));
    let arguments = system.value("jobs", "{.items[*].spec.template.spec.containers[0].args}");
    assert!(arguments.contains("2026-11-20T14:30:00Z"), "{arguments}");
    assert_eq!(
        system.value("persistentvolumeclaim/data-postgres-0-restored", "{.spec.dataSource.name}"),
        "postgres-nightly"
    );
    let restore =
        ["get", "restores.velero.io", "noa-daily-rebuild", "-n", "velero", "-o", "jsonpath={.spec.backupName}"];
    assert_eq!(system.cluster.kubectl(&restore), "noa-daily");
}

/// Returns a line of shell that says for the cloud and for the tool of the nightly copies that all they are asked for is
/// done. Who asks later leaves what is said here as it is.
fn what_others_say() -> String {
    let snapshot = "{apiVersion: snapshot.storage.k8s.io/v1, kind: VolumeSnapshot, \
                    metadata: {name: postgres-before-restore}, status: {readyToUse: true}}";
    let restore = "{apiVersion: velero.io/v1, kind: Restore, \
                   metadata: {name: noa-daily-rebuild, namespace: velero}, status: {phase: Completed}}";
    format!("kubectl create -f - <<< '{snapshot}' && kubectl create -n velero -f - <<< '{restore}'")
}

#[test]
fn what_inopnc_needs_beside_releases_is_carried_out() {
    let system = started(&INOPNC);
    kubectl(&system, &["patch", "service", "inopnc-prod", "-p", r#"{"spec":{"selector":{"environment":"green"}}}"#]);
    let (live, image) = ("deployment/inopnc-blue", "{.spec.template.spec.containers[0].image}");
    carry_out(
        &system,
        &[
            ("incident/service-unreachable", "service/inopnc-prod", "{.spec.selector.environment}", "blue"),
            ("deploy/image", live, image, "ghcr.io/your-org/inopnc-wm:v1.2.2"),
            ("deploy/rolling", live, image, "ghcr.io/your-org/inopnc-wm:v1.2.3"),
            ("maintenance/mode", "configmap/inopnc-config", "{.data.MAINTENANCE_MODE}", "false"),
        ],
    );
}

#[test]
fn what_candlefish_needs_beside_releases_is_carried_out() {
    let system = started(&CANDLEFISH);
    let (flags, live) = ("configmap/candlefish-config", "deployment/candlefish-website-blue");
    let pods = "{.status.readyReplicas}";
    carry_out(
        &system,
        &[
            ("deploy/access", live, pods, "3"),
            ("deploy/feature-flags --param VALUE=true", flags, "{.data.FEATURE_NEW_UI}", "true"),
            ("incident/database-emergency --param READ_ONLY=yes", flags, "{.data.READ_ONLY_MODE}", "true"),
            ("rollback/secret-version", live, pods, "3"),
            ("security/secret-rotation", live, pods, "3"),
            ("backup/configuration", live, pods, "3"),
            ("maintenance/node --param NODE=node-1", live, pods, "3"),
        ],
    );
    let node = system.cluster.kubectl(&["get", "node", "node-1", "-o", "jsonpath={.spec.unschedulable}"]);
    assert_eq!(node, "", "pods may come again");
}

#[test]
fn an_emergency_release_of_dotmac_past_the_pipeline_is_carried_out() {
    let system = started(&DOTMAC);
    let (live, image) = ("deployment/api-gateway", "{.spec.template.spec.containers[0].image}");
    let released = "registry.dotmac.framework/api-gateway:v1.3.0";
    carry_out(&system, &[("deploy/emergency --param HOW=bypass", live, image, released)]);
}

#[test]
fn a_service_of_dotmac_that_has_no_colours_is_given_none() {
    let system = started(&DOTMAC);
    let collection = Collection::shipped();
    system.shell(&collection, r#"kubectl patch service api-gateway -p '{"spec":{"selector":{"app":"gateway"}}}'"#);
    let run = system.run(&collection, "exec incident/service-unreachable --yes --assume-manual --max-risk high");
    let done = run.env("KUBECONFIG", system.on_call(&collection)).done().says("completed");
    let selector = system.value("service/api-gateway", "{.spec.selector}");
    assert!(selector.contains(r#""app":"gateway""#) && !selector.contains("version"), "{selector}\n{done}");
    assert_eq!(done.code, Some(1), "{done}");
}

#[test]
fn a_restore_does_not_begin_while_somebody_writes_and_once_begun_lets_nobody_write() {
    let system = started(&DOTMAC);
    let live = "deployment/api-gateway";
    let restore = |says: &str| {
        let collection = Collection::shipped();
        let run = system.run(&collection, "exec backup/restore-full --yes --assume-manual --max-risk high");
        run.env("KUBECONFIG", system.on_call(&collection)).done().exits(1).says(says)
    };
    let billing = Session::open(&system, "SELECT 1", "idle");
    let done = restore("stopped at `no-sessions`");
    assert_eq!(jobs(&system, "restore-full-"), 0, "{done}");
    assert_eq!(system.value(live, "{.status.readyReplicas}"), "3", "users are served as before: {done}");
    drop(billing);

    let bad = r#"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"restore","image":"crash"}]}}}}}}"#;
    kubectl(&system, &["patch", "cronjob", "dotmac-restore", "-p", bad]);
    let done = restore("stopped at `restored-well`");
    assert_eq!(jobs(&system, "restore-full-"), 1, "{done}");
    assert_eq!(system.value(live, "{.spec.replicas}"), "0", "nobody writes into half of a database: {done}");
    // Nor where another attempt ends before it begins.
    let _billing = Session::open(&system, "SELECT 1", "idle");
    let done = restore("stopped at `no-sessions`");
    assert_eq!(system.value(live, "{.spec.replicas}"), "0", "{done}");
}

#[test]
fn where_more_pods_than_usual_are_asked_for_no_runbook_takes_any_away() {
    let mut system = started(&NOVACRON);
    let (live, pods) = ("deployment/novacron-api-blue", "{.spec.replicas}");
    let image = |name: &str| {
        kubectl(&system, &["set", "image", live, &format!("*=registry.novacron.local/{name}:v1.5.0")]);
    };
    // It would take them away again.
    kubectl(&system, &["delete", "horizontalpodautoscaler/novacron-api-blue"]);
    kubectl(&system, &["scale", live, "--replicas=5"]);
    image("crash-api");
    let ready = || system.value(live, "{.status.readyReplicas}") == "5";
    assert!(holds_within(PATIENCE, || !ready()), "its pods do not crash");
    let run = |collection: &Collection, runbook: &str| {
        let run = system.run(collection, &format!("exec {runbook} --yes --assume-manual --max-risk high"));
        run.env("KUBECONFIG", system.on_call(collection))
    };

    // Pods are asked for, and do not come: to ask for fewer is no help.
    let outage = Collection::shipped();
    run(&outage, "incident/outage").done().exits(1).prints("skipped  start-again");
    assert_eq!(system.value(live, pods), "5");

    // The old colour is waited for, and is not made smaller.
    let traffic = Collection::shipped();
    let waits = run(&traffic, "rollback/traffic").start();
    assert!(holds_within(PATIENCE, || begun(&traffic.journal()).contains(&"wake".to_owned())), "nothing is woken");
    image("novacron-api");
    let done = waits.done(PATIENCE).exits(0);
    assert!(!done.stderr.contains("deployments.apps/scale \"novacron-api-blue\""), "{done}");
    assert_eq!((system.value(live, pods).as_str(), ready()), ("5", true));
    // An autoscaler that comes back remembers for minutes how many there were.
    drop(system.ruin());
}
