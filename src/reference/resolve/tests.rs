mod parts;
mod releases;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::super::{Extracted, Made, NoShelf, Scope, made_by_object, of_object, references};
use super::testing::{Table, shop};
use super::{Resolution, resolve, resolve_all};
use crate::model::{Outcome, Span, Unavailable};
use crate::shell;

fn block<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn extract(text: &str) -> Extracted {
    references(&shell::parse(text), &mut Scope::default(), &|_| None, None)
}

fn look(text: &str, world: &Table) -> Resolution {
    block(resolve(&extract(text), &mut Made::default(), world, &NoShelf))
}

/// Returns the problems of a text as `rule at "words": message | help`.
fn problems(text: &str, world: &Table) -> Vec<String> {
    look(text, world)
        .problems
        .iter()
        .map(|problem| {
            let place = &text[problem.span.start..problem.span.end];
            let help = problem.help.as_deref().map_or_else(String::new, |help| format!(" | {help}"));
            format!("{} at `{place}`: {}{help}", problem.rule, problem.message)
        })
        .collect()
}

fn nothing_wrong(text: &str) {
    assert_eq!(problems(text, &shop()), Vec::<String>::new(), "{text}");
}

fn wrong(text: &str, problem: &str) {
    assert_eq!(problems(text, &shop()), [problem], "{text}");
}

#[test]
fn an_unknown_context_is_drifted() {
    wrong(
        "kubectl --context prodution get pods",
        "unknown-context at `prodution`: no context \"prodution\" | did you mean \"production\"?",
    );
    wrong("kubectl config use-context other", "unknown-context at `other`: no context \"other\"");
}

#[test]
fn a_known_context_is_not_drifted() {
    nothing_wrong("kubectl --context production get deploy web");
    nothing_wrong("kubectl config use-context staging");
    nothing_wrong("kubectl config rename-context staging canary && kubectl config use-context canary");
}

#[test]
fn what_another_context_has_is_unknown() {
    let found = look("kubectl --context staging get deploy nothing", &shop());
    assert!(found.problems.is_empty());
    assert_eq!((found.count.resolved, found.count.unknown), (1, 1));
    assert_eq!(found.unknown[0].1.to_string(), "is looked up in context \"staging\"");
}

#[test]
fn an_unknown_kind_is_drifted() {
    wrong(
        "kubectl get deploys",
        "unknown-kind at `deploys`: the cluster has no resource kind \"deploys\" | did you mean \"deploy\"?",
    );
    wrong(
        "kubectl get logs web",
        "unknown-kind at `logs`: the cluster has no resource kind \"logs\" | `kubectl logs` is a command of its own",
    );
    wrong(
        "kubectl get psp",
        "unknown-kind at `psp`: the cluster has no resource kind \"psp\" | it was removed in Kubernetes 1.25; use Pod Security admission",
    );
    wrong(
        "kubectl get deployment.v1beta1.extensions",
        "unknown-kind at `deployment.v1beta1.extensions`: the cluster has no resource kind \"deployment.v1beta1.extensions\" | it was removed in Kubernetes 1.16; use apps/v1",
    );
}

#[test]
fn a_kind_that_a_silent_group_may_hold_is_not_drifted() {
    let mut world = shop();
    world.silent = vec!["metrics.k8s.io/v1beta1".to_owned()];
    let found = look("kubectl get podmetrics; kubectl get deploys.apps; kubectl get deploy web", &world);
    let told: Vec<_> = found.problems.iter().map(|problem| (problem.outcome, problem.rule)).collect();
    assert_eq!(told, [(Outcome::Errored, "unavailable"), (Outcome::Drifted, "unknown-kind")]);
    assert!(found.problems[0].message.contains("nothing for metrics.k8s.io/v1beta1"), "{:?}", found.problems[0]);
}

#[test]
fn an_unknown_kind_is_said_once_per_place() {
    let text = "kubectl delete deploys a b c";
    assert_eq!(problems(text, &shop()).len(), 1);
    assert_eq!(problems("kubectl get deploys; kubectl get deploys", &shop()).len(), 2);
}

#[test]
fn kinds_in_every_form_are_not_drifted() {
    nothing_wrong(
        "kubectl get deploy,sts,Pods,svc; kubectl get all; kubectl get clusters.postgresql; kubectl explain deploy.spec",
    );
}

#[test]
fn a_missing_namespace_is_said_once_and_nothing_of_what_is_in_it() {
    wrong(
        "kubectl -n loging get deploy a b -l x=y; true",
        "missing-namespace at `loging`: no namespace \"loging\" | did you mean \"logging\"?",
    );
    let found = look("kubectl logs -n apps deploy/api -c x", &shop());
    assert_eq!((found.problems.len(), found.count.drifted, found.count.resolved), (1, 1, 0));
    assert_eq!(found.problems[0].actual.as_deref(), Some("namespaces: logging, shop, default"));
}

#[test]
fn where_the_object_is_that_a_missing_namespace_should_hold_is_told() {
    let told = "missing-namespace at `telemetry`: no namespace \"telemetry\"";
    let help = " | there is a deployment \"loki\" in namespace \"logging\"";
    wrong("kubectl -n telemetry get deploy loki", &format!("{told}{help}"));
    wrong("kubectl -n telemetry get deploy nothing", told);
}

#[test]
fn a_missing_default_namespace_is_said_once() {
    let world = shop().without("Namespace", "shop");
    let world = world.without("Deployment", "web").without("Deployment", "api-green");
    let found = problems("kubectl get deploy web\nkubectl get deploy api-green", &world);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("missing-namespace at `web`: no namespace \"shop\" | the command names no namespace"));
}

#[test]
fn an_existing_namespace_is_not_drifted() {
    nothing_wrong("kubectl get pods -nlogging; kubectl get ns logging; kubectl -n=logging get deploy/loki");
}

#[test]
fn a_missing_object_is_drifted_and_near_names_are_offered() {
    wrong(
        "kubectl rollout status deployment/api -n shop",
        "missing-object at `api`: no deployment \"api\" in namespace \"shop\" | did you mean \"api-green\"?",
    );
    wrong("kubectl cordon node-9", "missing-object at `node-9`: no node \"node-9\" | did you mean \"node-1\"?");
    let found = look("kubectl get deploy/api", &shop());
    assert_eq!(found.problems[0].expected.as_deref(), Some("deployment/api"));
    assert_eq!(found.problems[0].actual.as_deref(), Some("deployments: api-green, web"));
    assert_eq!(found.problems[0].outcome, Outcome::Drifted);
}

#[test]
fn the_kind_an_object_really_has_is_told() {
    wrong(
        "kubectl rollout restart deploy/agent",
        "missing-object at `agent`: no deployment \"agent\" in namespace \"shop\" | \"agent\" is a DaemonSet, not a Deployment",
    );
}

#[test]
fn what_its_labels_call_so_is_offered() {
    let labelled = |name: &str, label: &str| {
        let labels = json!({"app.kubernetes.io/name": label});
        json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "labels": labels}})
    };
    let world = shop().with(labelled("storefront", "billing"));
    let told = "missing-object at `billing`: no deployment \"billing\" in namespace \"shop\"";
    let help = " | did you mean \"storefront\", which has the label app.kubernetes.io/name=billing?";
    assert_eq!(problems("kubectl get deploy billing", &world), [format!("{told}{help}")]);
    let several = world.with(labelled("backstore", "billing"));
    assert_eq!(problems("kubectl get deploy billing", &several), [told], "which of them, nobody knows");
    assert_eq!(problems("kubectl get deploy billing", &shop()), [told]);
}

#[test]
fn a_change_that_the_server_does_not_look_at_is_counted() {
    let text = "kubectl scale deploy web --replicas=2";
    let mut hesitant = shop();
    hesitant.untried = true;
    let found = look(text, &hesitant);
    assert_eq!((found.untried, found.problems.len(), found.count.unknown), (1, 0, 0));
    assert_eq!(look(text, &shop()).untried, 0);
}

#[test]
fn the_namespace_an_object_is_really_in_is_told() {
    wrong(
        "kubectl scale deploy loki --replicas=2",
        "missing-object at `loki`: no deployment \"loki\" in namespace \"shop\" | there is one in namespace \"logging\"",
    );
}

#[test]
fn a_pod_that_is_no_more_leads_to_what_makes_its_kind() {
    wrong(
        "kubectl logs api-green-6f8d9c5b7b-abcde",
        "missing-object at `api-green-6f8d9c5b7b-abcde`: no pod \"api-green-6f8d9c5b7b-abcde\" in namespace \"shop\" | the names of pods change; \"deploy/api-green\" names those that run now",
    );
}

#[test]
fn existing_objects_are_not_drifted() {
    nothing_wrong(
        "kubectl get deploy web; kubectl describe deploy api; kubectl get sts/db cm/settings; kubectl top node node-1",
    );
    nothing_wrong(
        "kubectl create job backup-now --from=cronjob/backup; kubectl create rolebinding x --clusterrole=view --user=a",
    );
}

#[test]
fn a_pod_of_a_stateful_set_need_not_run() {
    nothing_wrong("kubectl exec db-0 -- psql -c 'select 1'");
    assert_eq!(problems("kubectl exec bd-0 -- true", &shop()).len(), 1);
}

#[test]
fn what_need_not_exist_is_not_drifted() {
    nothing_wrong("kubectl delete deploy api --ignore-not-found");
    nothing_wrong("kubectl wait --for=delete pod/gone --timeout=60s");
    nothing_wrong("kubectl delete deploy api || true");
    nothing_wrong("if kubectl get deploy api; then echo yes; fi");
    nothing_wrong("! kubectl get deploy api");
    assert_eq!(problems("kubectl delete deploy api && true", &shop()).len(), 1);
}

#[test]
fn what_the_text_makes_is_not_missing() {
    nothing_wrong(
        "kubectl create deployment new --image=x\nkubectl rollout status deploy/new\nkubectl logs -l app=new",
    );
    nothing_wrong(
        "kubectl run probe --image=busybox -- sleep 60\nkubectl wait --for=condition=Ready pod/probe\nkubectl delete pod probe",
    );
    nothing_wrong("kubectl expose deploy web --port=80 --name=front; kubectl get svc front");
    nothing_wrong(
        "kubectl create job now --from=cj/backup; kubectl wait --for=condition=complete job/now; kubectl logs -l job-name=now",
    );
    nothing_wrong("kubectl label node node-1 disk=ssd; kubectl get nodes -l disk=ssd");
    nothing_wrong(
        "kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\nEOF\nkubectl get cm extra",
    );
}

#[test]
fn what_is_made_later_or_elsewhere_is_missing() {
    assert_eq!(
        problems("kubectl rollout status deploy/new\nkubectl create deployment new --image=x", &shop()).len(),
        1
    );
    assert_eq!(
        problems("kubectl create deployment new -n logging --image=x\nkubectl get deploy new", &shop()).len(),
        1
    );
}

#[test]
fn what_the_text_takes_away_is_not_expected_afterwards() {
    let text = "kubectl delete deploy api\nkubectl get deploy api";
    let found = problems(text, &shop());
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_is_in_a_namespace_that_the_text_makes_is_unknown() {
    let found = look("kubectl create ns fresh\nkubectl -n fresh get deploy api", &shop());
    assert!(found.problems.is_empty());
    assert_eq!(found.unknown[0].1, super::Unknown::NewNamespace("fresh".to_owned()));
}

#[test]
fn blocks_of_a_document_share_what_they_make() {
    let (world, mut made) = (shop(), Made::default());
    block(resolve(&extract("kubectl create cm extra --from-literal=a=b"), &mut made, &world, &NoShelf));
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "yaml"}});
    for making in made_by_object(&manifest) {
        made.add(making, "shop");
    }
    let found = block(resolve(&extract("kubectl get cm extra; kubectl get deploy yaml"), &mut made, &world, &NoShelf));
    assert_eq!((found.problems.len(), found.count.resolved), (0, 2));
}

#[test]
fn a_selector_that_matches_nothing_is_drifted() {
    wrong(
        "kubectl get pods -l app=api",
        "no-match at `app=api`: no pod in namespace \"shop\" matches \"app=api\" | did you mean \"app.kubernetes.io/name=api\"?",
    );
    wrong(
        "kubectl logs -l 'app in (nothing)'",
        "no-match at `'app in (nothing)'`: no pod in namespace \"shop\" matches \"app in (nothing)\" | values of \"app\": api-green",
    );
    wrong(
        "kubectl get nodes -l role=db",
        "no-match at `role=db`: no node matches \"role=db\" | nothing there has a label \"role\"",
    );
    wrong("kubectl get pods -l app:api", "invalid-selector at `app:api`: `app:api` is no label requirement");
}

#[test]
fn a_selector_of_pods_that_are_scaled_to_nothing_is_not_drifted() {
    nothing_wrong("kubectl get pods -l app=web; kubectl get pods -l app=backup; kubectl delete pod -l app=db");
}

#[test]
fn a_selector_that_matches_is_not_drifted() {
    nothing_wrong(
        "kubectl get pods -l app=api-green; kubectl get deploy,pods -l app=api-green; kubectl get pods -A -l '!canary'",
    );
    nothing_wrong("kubectl drain -l zone=a --ignore-daemonsets");
}

#[test]
fn a_missing_container_is_drifted() {
    wrong(
        "kubectl logs deploy/api-green -c apj",
        "missing-container at `apj`: deployment \"api-green\" has no container \"apj\" | did you mean \"api\"?",
    );
    wrong(
        "kubectl set image deploy/web web=nginx:1.27",
        "missing-container at `web`: deployment \"web\" has no container \"web\" | its only container is \"nginx\"",
    );
    wrong(
        "kubectl exec svc/api -c sidecar -- true",
        "missing-container at `sidecar`: service \"api\" has no container \"sidecar\"",
    );
    wrong(
        "kubectl logs -l app=api-green -c sidecar",
        "missing-container at `sidecar`: the pods of \"app=api-green\" have no container \"sidecar\"",
    );
}

#[test]
fn an_existing_container_is_not_drifted() {
    nothing_wrong(
        "kubectl logs deploy/api-green -c proxy; kubectl logs cronjob/backup backup; kubectl exec -c api svc/api -- true",
    );
    nothing_wrong("kubectl logs api-green-7d9c6c5b4f-x2x4z -c migrate; kubectl set image deploy/web '*=nginx:1'");
}

#[test]
fn a_container_of_a_missing_object_is_not_told_of() {
    assert_eq!(problems("kubectl logs deploy/nothing -c x", &shop()).len(), 1);
}

#[test]
fn what_is_unknown_is_counted_and_not_drifted() {
    let found = look("kubectl logs $POD -n shop; kubectl get \"$KIND\" x; kubectl argo list", &shop());
    assert!(found.problems.is_empty());
    assert_eq!((found.count.resolved, found.count.unknown), (1, 3));
    let reasons: Vec<String> = found.unknown.iter().map(|(_, reason)| reason.to_string()).collect();
    assert_eq!(reasons, ["needs $POD", "needs $KIND", "`kubectl argo` is a plugin"]);
}

#[test]
fn an_unavailable_world_is_errored_and_nothing_else_is_claimed() {
    let mut world = shop();
    world.down = Some(Unavailable::Unreachable("connection refused".to_owned()));
    let found = look("kubectl get deploys; kubectl -n nowhere get deploy nothing; kubectl logs -l a=b -c x", &world);
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!(found.problems[0].outcome, Outcome::Errored);
    assert_eq!(found.problems[0].message, "cannot reach the cluster: connection refused");
    assert_eq!((found.count.drifted, found.count.resolved), (0, 0));
    assert!(found.count.errored >= 3);
}

#[test]
fn who_may_not_list_asks_by_name() {
    let mut world = shop();
    world.forbidden = BTreeSet::from(["deployments".to_owned(), "namespaces".to_owned()]);
    let found = look("kubectl -n shop get deploy web", &world);
    assert_eq!((found.problems.len(), found.count.resolved), (0, 2));
    world.forbidden.insert("deployments/web".to_owned());
    let found = look("kubectl get deploy web", &world);
    assert_eq!(found.problems[0].outcome, Outcome::Errored);
    assert_eq!(found.problems[0].message, "not allowed to look: cannot get deployments \"web\"");
}

#[test]
fn who_may_not_look_at_namespaces_sees_what_is_in_them() {
    let mut world = shop();
    world.forbidden =
        BTreeSet::from(["namespaces".to_owned(), "namespaces/shop".to_owned(), "namespaces/empty".to_owned()]);
    assert_eq!(look("kubectl -n shop get pods", &world).count.errored, 0);
    assert_eq!(look("kubectl -n empty get pods", &world).count.errored, 1);
}

#[test]
fn grammar_problems_are_drifted() {
    wrong(
        "kubectl drain node-1 --delete-local-data",
        "removed-flag at `--delete-local-data`: flag `--delete-local-data` of `kubectl drain` was removed in kubectl 1.31 | use --delete-emptydir-data",
    );
    wrong(
        "kubectl get pods --selecter app=api-green",
        "unknown-flag at `--selecter`: `kubectl get` has no flag `--selecter` | did you mean `--selector`?",
    );
    wrong(
        "kubectl rollout staus deploy/web",
        "unknown-verb at `staus`: `kubectl rollout` has no `staus` | did you mean `kubectl rollout status`?",
    );
}

#[test]
fn an_object_of_a_block_is_looked_up_whole() {
    let object =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"}});
    let found = block(resolve_all(&of_object(&object, Span::new(0, 4)), &mut Made::default(), &shop()));
    assert_eq!(found.problems[0].message, "no deployment \"api\" in namespace \"shop\"");
    let object = json!({"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "backup"}});
    let found = block(resolve_all(&of_object(&object, Span::new(0, 4)), &mut Made::default(), &shop()));
    assert_eq!(found.problems[0].message, "the cluster does not serve \"CronJob\" of \"batch/v1beta1\"");
}

#[test]
fn the_number_of_questions_is_bounded_by_kinds_and_namespaces() {
    let world = shop();
    let commands: Vec<String> = (0..2_000)
        .map(|at| {
            let kind = ["deploy", "sts", "ds", "svc", "cm"][at % 5];
            let namespace = ["shop", "logging"][at % 2];
            format!("kubectl -n {namespace} get {kind} nothing-{at}")
        })
        .collect();
    let found = look(&commands.join("\n"), &world);
    assert_eq!(found.count.drifted, 2_000);
    let kinds_and_namespaces = super::testing::kinds().len() * 4;
    assert!(world.asked.load(Ordering::Relaxed) <= kinds_and_namespaces, "{:?}", world.asked);
}

#[test]
fn looking_up_can_be_done_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let (extracted, mut made, world) = (Extracted::default(), Made::default(), shop());
    is_send(&resolve(&extracted, &mut made, &world, &NoShelf));
}
