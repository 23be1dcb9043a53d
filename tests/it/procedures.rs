//! Procedures of each system, carried out headless by the person on call and then taken back by their own undo.
//!
//! Releases stand in `systems` and `novacron`, incidents in `incidents`; `tests/systems/README.md` says which test shows
//! what. Objects are asked for in the API server, data in PostgreSQL, and the rest of the world keeps a log.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use crate::harness::{Collection, repository};
use crate::system::{CANDLEFISH, DOTMAC, Facts, INOPNC, NOA, NOVACRON, System};

/// What is asked of the API server: an object, a path in it, and what stands there.
type Value<'a> = (&'a str, &'a str, &'a str);

/// A procedure, and the states it promises.
#[derive(Default)]
struct Procedure<'a> {
    /// The runbook, with the params that an operator would pass.
    run: &'a str,
    /// What has happened before: a line of shell.
    prepare: &'a str,
    /// What the cluster holds afterwards, and a line of shell that succeeds then.
    after: &'a [Value<'a>],
    and: &'a str,
    /// The same, when the run has been taken back; with neither there is nothing to take back.
    taken_back: &'a [Value<'a>],
    and_back: &'a str,
}

const IMAGE: &str = "{.spec.template.spec.containers[0].image}";
const READY: &str = "{.status.readyReplicas}";
const PODS: &str = "{.spec.replicas}";

#[track_caller]
fn carry_out(facts: &'static Facts, procedures: &[Procedure<'_>]) {
    let mut system = System::of_its_own(facts);
    for (index, procedure) in procedures.iter().enumerate() {
        if index > 0 {
            system.put_right();
        }
        let collection = Collection::shipped();
        let on_call = system.on_call(&collection);
        collection.put_programs(&repository().join("tests/systems/stand-ins"));
        if !procedure.prepare.is_empty() {
            system.shell(&collection, procedure.prepare);
            system.notice();
        }
        let words = format!("exec {} --yes --assume-manual --max-risk high", procedure.run);
        system.run(&collection, &words).env("KUBECONFIG", &on_call).done().exits(0);
        system.settle();
        is_so(&system, &collection, procedure.after, procedure.and, procedure.run);
        if !procedure.taken_back.is_empty() || !procedure.and_back.is_empty() {
            let words = format!("runs undo {} --yes --max-risk high", collection.run_id());
            system.run(&collection, &words).env("KUBECONFIG", &on_call).done().exits(0);
            let what = format!("{} taken back", procedure.run);
            is_so(&system, &collection, procedure.taken_back, procedure.and_back, &what);
        }
    }
}

#[track_caller]
fn is_so(system: &System, collection: &Collection, values: &[Value<'_>], line: &str, after: &str) {
    for (object, path, expected) in values {
        assert_eq!(system.value(object, path), *expected, "{object} {path} after {after}");
    }
    if !line.is_empty() {
        let line = format!("if {line} > /dev/null; then echo yes; fi");
        assert!(system.shell(collection, &line).contains("yes"), "after {after}: not so: {line}");
    }
}

/// Puts a program in the way of whoever runs a command inside a pod; `$DB` in it is the database of the system.
fn program_of_pods(name: &str, text: &str) -> String {
    let text = format!("#!/bin/sh\nDB='$DB'\n{text}\n");
    format!(
        "printf '%s' {} | sed \"s#'[$]DB'#'$DB'#\" > \"$EXEC/bin/{name}\" && chmod 755 \"$EXEC/bin/{name}\"",
        quoted(&text)
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[test]
fn clean_up_revision_data_and_maintenance_of_novacron() {
    let (live, green) = ("deployment/novacron-api-blue", "deployment/novacron-api-green");
    let config = "configmap/novacron-config";
    let index = "psql \"$DB\" -wXAtc \"SELECT relfilenode FROM pg_class WHERE relname = 'users_pkey'\"";
    let index_before = format!("{index} > ~/index");
    let (good, bad) = ("registry.novacron.local/novacron-api:v1.5.0", "registry.novacron.local/novacron-api:v1.5.1");
    let release = format!("kubectl set image {live} api={bad} && kubectl rollout status {live} --timeout=60s");
    let script = program_of_pods(
        "migration-rollback.sh",
        "psql -wXq \"$DB\" -c \"DELETE FROM schema_migrations WHERE version > $2\"",
    );
    let script = format!(
        "{script}; for pod in $(kubectl get pods -l component=api -o jsonpath='{{.items[*].metadata.name}}'); do \
         mkdir -p \"$EXEC/novacron/$pod/scripts\"; cp \"$EXEC/bin/migration-rollback.sh\" \"$EXEC/novacron/$pod/scripts/\"; done"
    );
    let newest = "test \"$(psql \"$DB\" -wXAtc 'SELECT max(version) FROM schema_migrations')\" = 20250110";
    let restored = "kubectl get jobs -o name | grep restore-emergency-";
    carry_out(
        &NOVACRON,
        &[
            Procedure {
                run: "deploy/clean-up",
                prepare: "kubectl scale deployment novacron-api-green --replicas=3",
                after: &[(green, PODS, "0"), (live, READY, "3")],
                taken_back: &[(green, READY, "3")],
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/revision --param REVISION=0",
                prepare: &release,
                after: &[(live, IMAGE, good), (live, READY, "3")],
                taken_back: &[(live, IMAGE, bad)],
                ..Procedure::default()
            },
            Procedure {
                run: "incident/db-pool --param NEW_POOL_SIZE=2",
                after: &[(config, "{.data.DB_POOL_MAX}", "2"), (live, READY, "3")],
                taken_back: &[(config, "{.data.DB_POOL_MAX}", "4")],
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/environment --param RESTORE_DATA=yes",
                prepare: &release,
                after: &[
                    (live, IMAGE, good),
                    (live, READY, "3"),
                    ("service/novacron-api", "{.spec.selector.version}", "blue"),
                ],
                and: restored,
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/database --param WAY=migration",
                prepare: &script,
                and: newest,
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/database --param WAY=restore",
                // What a restore brings back.
                prepare: "psql \"$DB\" -wXqc 'DELETE FROM schema_migrations WHERE version > 20250110'",
                after: &[(live, READY, "3")],
                and: restored,
                ..Procedure::default()
            },
            Procedure {
                run: "maintenance/database --param TASK=both",
                prepare: &index_before,
                and: &format!(
                    "psql \"$DB\" -wXAtc \"SELECT bool_and(last_vacuum IS NOT NULL AND last_analyze IS NOT NULL) FROM \
                     pg_stat_user_tables\" | grep -x t && ! {index} | cmp - ~/index"
                ),
                ..Procedure::default()
            },
            Procedure {
                run: "maintenance/images",
                prepare: "echo '[{\"id\": 7, \"name\": \"old\", \"created_at\": \"2025-01-01T00:00:00Z\"}]' > ~/gh-artifacts",
                and: "grep -- '-X DELETE repos/.*/actions/artifacts/7' ~/stand-ins.log",
                ..Procedure::default()
            },
            Procedure { run: "deploy/pipeline", and: "grep 'gh workflow run' ~/stand-ins.log", ..Procedure::default() },
        ],
    );
}

#[test]
fn releases_and_sizes_of_noa_are_carried_out_and_taken_back() {
    let (live, green, canary) = ("deployment/noa-api-blue", "deployment/noa-api-green", "deployment/noa-api-canary");
    let (old, new) = ("registry.noaserver.com/noa-api:v2.3.0", "registry.noaserver.com/noa-api:v2.4.0");
    let autoscaler = "horizontalpodautoscaler/noa-api-blue";
    let (selector, weights) = ("{.spec.selector.version}", "{.spec.rules[0].backendRefs[*].weight}");
    let limits = "{.spec.template.spec.containers[0].resources.limits.memory}";
    carry_out(
        &NOA,
        &[
            Procedure {
                run: "deploy/blue-green --param SWITCH=at-once",
                after: &[("service/noa-api", selector, "green"), (green, IMAGE, new), (green, READY, "3")],
                taken_back: &[("service/noa-api", selector, "blue"), (green, PODS, "0"), (live, READY, "3")],
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/canary",
                after: &[(live, IMAGE, new), ("httproute/noa-api", weights, "100 0"), (canary, PODS, "0")],
                taken_back: &[(live, IMAGE, old), ("httproute/noa-api", weights, "100 0"), (canary, PODS, "0")],
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/rolling",
                after: &[(live, IMAGE, new), (live, READY, "3")],
                taken_back: &[(live, IMAGE, old), (live, READY, "3")],
                ..Procedure::default()
            },
            Procedure {
                run: "scaling/vertical --param REQUESTS=cpu=100m,memory=768Mi --param LIMITS=cpu=1,memory=2Gi",
                after: &[(live, limits, "2Gi"), (live, READY, "3")],
                taken_back: &[(live, limits, "1Gi")],
                ..Procedure::default()
            },
            Procedure {
                run: "scaling/workers --param WORKERS=4",
                after: &[("deployment/noa-worker", READY, "4")],
                taken_back: &[("deployment/noa-worker", READY, "2")],
                ..Procedure::default()
            },
            Procedure {
                run: "scaling/horizontal --param PODS=5",
                after: &[(autoscaler, "{.spec.minReplicas}", "5"), (live, READY, "5")],
                taken_back: &[(autoscaler, "{.spec.minReplicas}", "3")],
                ..Procedure::default()
            },
            Procedure {
                run: "scaling/autoscalers --param MAX_PODS=14",
                after: &[(autoscaler, "{.spec.maxReplicas}", "14")],
                taken_back: &[(autoscaler, "{.spec.maxReplicas}", "12")],
                ..Procedure::default()
            },
            Procedure {
                run: "incident/data-breach",
                after: &[("networkpolicy/breach-containment", "{.spec.policyTypes[0]}", "Egress")],
                and_back: "test -z \"$(kubectl get networkpolicies -o name)\"",
                ..Procedure::default()
            },
        ],
    );
}

#[test]
fn canary_flags_and_modes_of_inopnc_are_carried_out_and_taken_back() {
    let (live, canary, config) = ("deployment/inopnc-blue", "deployment/inopnc-canary", "configmap/inopnc-config");
    let (old, new) = ("ghcr.io/your-org/inopnc-wm:v1.2.2", "ghcr.io/your-org/inopnc-wm:v1.2.3");
    let release = format!("kubectl set image {live} app={new} && kubectl rollout status {live} --timeout=60s");
    carry_out(
        &INOPNC,
        &[
            Procedure {
                run: "deploy/canary",
                after: &[(live, IMAGE, new), (canary, PODS, "0")],
                taken_back: &[(live, IMAGE, old), (canary, PODS, "0")],
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/environment",
                prepare: &release,
                after: &[(live, IMAGE, old), (live, READY, "3")],
                taken_back: &[(live, IMAGE, new)],
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/feature-flags --param VALUE=true",
                after: &[(config, "{.data.FEATURE_NEW_SCHEDULE}", "true")],
                taken_back: &[(config, "{.data.FEATURE_NEW_SCHEDULE}", "false")],
                ..Procedure::default()
            },
            Procedure {
                run: "maintenance/mode --until close",
                after: &[(config, "{.data.MAINTENANCE_MODE}", "true")],
                taken_back: &[(config, "{.data.MAINTENANCE_MODE}", "false")],
                ..Procedure::default()
            },
            Procedure {
                run: "backup/restore-full",
                after: &[(live, READY, "3")],
                and: "kubectl get jobs -o name | grep restore-full-",
                ..Procedure::default()
            },
        ],
    );
}

#[test]
fn migrations_secrets_and_nodes_of_candlefish_are_carried_out_and_taken_back() {
    let live = "deployment/candlefish-website-blue";
    let manage = program_of_pods(
        "python",
        "case \"$*\" in
  *showmigrations*) echo '[ ] 0044_waiting' ;;
  *'migrate --noinput maturity 0043_scores'*) psql -wXq \"$DB\" -c \"DELETE FROM django_migrations WHERE id > 42\" ;;
  *'migrate maturity '*) psql -wXq \"$DB\" -c \"DELETE FROM django_migrations WHERE id > 41\" ;;
  *migrate*) psql -wXq \"$DB\" -c \"INSERT INTO django_migrations VALUES (44, 'maturity', '0044_waiting')\" ;;
esac",
    );
    let newest = |name: &str| {
        format!("psql \"$DB\" -wXAtc 'SELECT name FROM django_migrations ORDER BY id DESC LIMIT 1' | grep -x {name}")
    };
    carry_out(
        &CANDLEFISH,
        &[
            Procedure {
                run: "deploy/migrations --param APPLY=yes",
                prepare: &manage,
                and: &newest("0044_waiting"),
                // Back where it stood, and no further.
                and_back: &newest("0043_scores"),
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/database --param WAY=migration",
                prepare: &manage,
                and: &newest("0042_previous_migration"),
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/secret-version",
                after: &[(live, READY, "3")],
                and: "grep -x 22222222-bbbb ~/aws-current",
                and_back: "grep -x 11111111-aaaa ~/aws-current",
                ..Procedure::default()
            },
            Procedure {
                run: "security/secret-rotation",
                after: &[(live, READY, "3")],
                and: "grep -x 33333333-cccc ~/aws-current && grep -x 'mode 600' ~/stand-ins.log && \
                      ! grep -o 'file:///.*' ~/stand-ins.log | sed 's#file://##' | xargs ls 2> /dev/null",
                taken_back: &[(live, READY, "3")],
                and_back: "grep -x 11111111-aaaa ~/aws-current",
                ..Procedure::default()
            },
            Procedure {
                run: "maintenance/node --param NODE=node-1 --until drain",
                after: &[(live, READY, "3")],
                and: "test -z \"$(kubectl get pods --field-selector spec.nodeName=node-1 -o name)\" && \
                      test \"$(kubectl get node node-1 -o jsonpath='{.spec.unschedulable}')\" = true",
                and_back: "test -z \"$(kubectl get node node-1 -o jsonpath='{.spec.unschedulable}')\"",
                ..Procedure::default()
            },
            Procedure {
                run: "backup/configuration",
                and: "grep 'aws s3 cp' ~/stand-ins.log && ls ~/production-*.json",
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/pipeline",
                prepare: "touch ~/gh-other",
                and: "grep 'gh workflow run deploy.yml' ~/stand-ins.log",
                ..Procedure::default()
            },
        ],
    );
}

#[test]
fn services_and_sizes_of_dotmac_are_carried_out_and_taken_back() {
    let (live, billing) = ("deployment/api-gateway", "deployment/billing");
    let (old, new) = ("registry.dotmac.framework/api-gateway:v1.2.3", "registry.dotmac.framework/api-gateway:v1.3.0");
    let limits = "{.spec.template.spec.containers[0].resources.limits.memory}";
    carry_out(
        &DOTMAC,
        &[
            Procedure {
                run: "deploy/rolling",
                after: &[(live, IMAGE, new), (live, READY, "3")],
                taken_back: &[(live, IMAGE, old)],
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/emergency --param HOW=bypass",
                after: &[(live, IMAGE, new)],
                taken_back: &[(live, IMAGE, old)],
                ..Procedure::default()
            },
            Procedure {
                run: "deploy/emergency --param HOW=force",
                prepare: "touch ~/gh-other",
                after: &[(live, IMAGE, new)],
                and: "grep force_deployment=true ~/stand-ins.log",
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/pipeline --param ONE_SERVICE=billing",
                prepare: "kubectl set image deployment/billing '*=registry.dotmac.framework/billing:v9' && \
                          kubectl rollout status deployment/billing --timeout=60s",
                after: &[(billing, IMAGE, "registry.dotmac.framework/billing:v1.2.3"), (live, IMAGE, old)],
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/pipeline --param TO=v1.2.3",
                prepare: "touch ~/gh-other && \
                          kubectl set image deployment/api-gateway '*=registry.dotmac.framework/api-gateway:v9' && \
                          kubectl set image deployment/api-gateway '*=registry.dotmac.framework/api-gateway:v10' && \
                          kubectl rollout status deployment/api-gateway --timeout=60s",
                after: &[(live, IMAGE, old), (live, READY, "3")],
                ..Procedure::default()
            },
            Procedure {
                run: "scaling/vertical --param REQUESTS=cpu=100m,memory=768Mi --param LIMITS=cpu=1,memory=2Gi",
                after: &[(live, limits, "2Gi"), (live, READY, "3")],
                taken_back: &[(live, limits, "1Gi")],
                ..Procedure::default()
            },
            // The version that runs already: there is nothing to do, and nothing older to go back to.
            Procedure {
                run: "deploy/rolling --param VERSION=v1.2.3",
                prepare: "kubectl set image deployment/api-gateway '*=registry.dotmac.framework/api-gateway:v1.0.0' && \
                          kubectl set image deployment/api-gateway '*=registry.dotmac.framework/api-gateway:v1.2.3' && \
                          kubectl rollout status deployment/api-gateway --timeout=60s",
                after: &[(live, IMAGE, old), (live, READY, "3")],
                taken_back: &[(live, IMAGE, old)],
                ..Procedure::default()
            },
            Procedure {
                run: "rollback/database --param WAY=restore",
                after: &[(live, READY, "3")],
                and: "kubectl get jobs -o name | grep restore-emergency-",
                ..Procedure::default()
            },
        ],
    );
}

#[test]
fn a_namespace_that_is_gone_is_rebuilt() {
    let mut breakable = System::of_its_own(&CANDLEFISH);
    let collection = Collection::shipped();
    let admin = breakable.cluster.kubeconfig();
    breakable.shell(&collection, "kubectl delete namespace production --wait");
    let run = breakable.run(
        &collection,
        "exec backup/restore-environment --param REBUILD=yes --until namespace --yes --assume-manual",
    );
    run.env("KUBECONFIG", &admin).done().exits(0);
    // What people are asked for: secrets, manifests, data.
    breakable.shell(&collection, "kubectl apply -f \"$OBJECTS\"");
    breakable.settle();
    let collection = Collection::shipped();
    let run = breakable.run(&collection, "exec backup/restore-environment --param REBUILD=yes --yes --assume-manual");
    run.env("KUBECONFIG", &admin).done().exits(0);
    assert_eq!(breakable.value("deployment/candlefish-website-blue", READY), "3");
    assert_eq!(breakable.value("cronjob/candlefish-backup", "{.spec.suspend}"), "false");
    drop(breakable.ruin());
}

/// Returns the rows of a table of a Markdown file, under the headings of systems.
fn rows(path: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut systems: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut system = String::new();
    for line in text.lines() {
        if let Some(name) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) {
            system = name.split(' ').next().unwrap_or_default().to_lowercase();
        }
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if let [procedure, shown, ..] = cells[..]
            && line.starts_with('|')
            && procedure != "procedure"
            && !procedure.starts_with("---")
        {
            systems.entry(system.clone()).or_default().insert(procedure.to_owned(), shown.to_owned());
        }
    }
    systems
}

#[test]
fn each_procedure_is_shown_by_a_test_that_there_is() {
    let procedures = rows("content/reference/procedures.md");
    let shown = rows("tests/systems/README.md");
    let tests = repository().join("tests/it");
    let name = Regex::new("`([a-z_]+)::([a-z0-9_]+)`").expect("a good pattern");
    let mut seen = 0;
    for (system, procedures) in &procedures {
        let shown = shown.get(system).unwrap_or_else(|| panic!("no table for {system}"));
        let (wanted, there): (BTreeSet<_>, BTreeSet<_>) = (procedures.keys().collect(), shown.keys().collect());
        assert_eq!(wanted, there, "{system}: left: procedures, right: shown by a test");
        for (procedure, by) in shown {
            let found: Vec<_> = name.captures_iter(by).collect();
            assert!(!found.is_empty(), "{system}: {procedure} is shown by no test");
            for test in found {
                let text = fs::read_to_string(tests.join(format!("{}.rs", &test[1]))).unwrap_or_default();
                assert!(text.contains(&format!("fn {}(", &test[2])), "{system}: {procedure}: no test {}", &test[0]);
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} procedures");
}
