//! Parts of objects, rights, names that are asked for, and changes that are tried.

use super::*;
use crate::model::{Actor, Rights};

#[test]
fn a_missing_port_is_drifted() {
    let world = shop().with(json!({
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]},
    }));
    let told = |text| problems(text, &world);
    assert_eq!(
        told("kubectl port-forward svc/web 8080:https"),
        ["missing-port at `https`: service \"web\" has no port \"https\" | did you mean \"http\"?"]
    );
    assert_eq!(
        told("kubectl port-forward svc/web 8080"),
        ["missing-port at `8080`: service \"web\" has no port 8080 | its only port is 80 (http)"]
    );
    for text in [
        "kubectl port-forward svc/web 8080:80",
        "kubectl port-forward svc/web :http",
        "kubectl port-forward deploy/web 9090",
    ] {
        assert_eq!(told(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(told("kubectl port-forward deploy/web 9090:admin").len(), 1, "a name must be declared");
}

#[test]
fn a_missing_key_is_drifted_and_no_value_is_told() {
    let world = shop().with(json!({
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "shop"},
        "data": {"password": "aHVudGVyMg=="},
    }));
    let found = look("kubectl get secret db -o jsonpath='{.data.pasword}'", &world);
    assert_eq!(found.problems[0].message, "secret \"db\" has no key \"pasword\"");
    assert!(!format!("{found:?}").contains("aHVudGVyMg"), "{found:?}");
    assert_eq!(problems("kubectl get secret db -o jsonpath='{.data.password}'", &world), Vec::<String>::new());
}

#[test]
fn a_missing_revision_is_drifted() {
    let set = |name: &str, revision: &str| {
        json!({"kind": "ReplicaSet", "metadata": {
            "name": name, "namespace": "shop", "annotations": {"revision": revision},
            "ownerReferences": [{"kind": "Deployment", "name": "web"}],
        }})
    };
    let world = shop().with(set("web-1", "3")).with(set("web-2", "4"));
    assert_eq!(
        problems("kubectl rollout undo deploy/web --to-revision=2", &world),
        ["missing-revision at `2`: deployment \"web\" has no revision 2 | the one before the present one is 3"]
    );
    assert_eq!(problems("kubectl rollout undo deploy/web --to-revision=3", &world), Vec::<String>::new());
    let open = look("kubectl rollout undo deploy/web --to-revision=''", &world);
    assert_eq!((open.problems.len(), open.count.unknown), (0, 1), "a value that is yet to be given");
    assert_eq!(problems("kubectl rollout history deploy/web --revision=4", &world), Vec::<String>::new());
}

#[test]
fn a_service_that_selects_no_pods_is_drifted_where_the_text_relies_on_them() {
    let service = |selector: serde_json::Value| json!({"kind": "Service", "metadata": {"name": "front", "namespace": "shop"}, "spec": {"selector": selector}});
    let world = shop().with(service(json!({"app": "front"})));
    for text in ["kubectl port-forward svc/front 80", "kubectl logs svc/front", "kubectl exec svc/front -- env"] {
        let rules: Vec<_> = look(text, &world).problems.iter().map(|problem| problem.rule).collect();
        assert!(rules.contains(&"no-endpoints"), "{text}: {rules:?}");
    }
    assert_eq!(problems("kubectl get svc front", &world), Vec::<String>::new(), "nothing relies on pods");
    for selector in [json!({"app": "api-green"}), json!({"app": "web"}), json!({})] {
        let world = shop().with(service(selector));
        assert_eq!(problems("kubectl logs svc/front", &world), Vec::<String>::new(), "a web scaled to nothing counts");
    }
}

#[test]
fn a_kind_that_cannot_do_what_the_verb_asks_is_drifted() {
    wrong(
        "kubectl scale ds/agent --replicas=2",
        "unsuitable-kind at `ds`: a DaemonSet cannot be scaled | it works for deployments, statefulsets, replicasets",
    );
    wrong(
        "kubectl rollout pause sts/db",
        "unsuitable-kind at `sts`: a StatefulSet cannot be paused | it works for deployments",
    );
    nothing_wrong(
        "kubectl scale sts/db --replicas=2; kubectl rollout restart ds/agent; kubectl rollout pause deploy/web",
    );
}

#[test]
fn a_right_that_is_missing_is_drifted() {
    let mut world = shop();
    world.denied = ["patch deployments shop", "create pods/exec shop"].map(str::to_owned).into();
    assert_eq!(
        problems("kubectl rollout restart deploy/web", &world),
        [
            "forbidden at `rollout restart`: \"deployer\" may not patch deployments.apps in namespace \"shop\" | give it the right; if somebody else carries this out, name them with `act_as` in the target"
        ]
    );
    assert_eq!(look("kubectl exec deploy/web -- env", &world).problems[0].rule, "forbidden");
    for text in [
        "kubectl get deploy web",
        "kubectl scale deploy web --replicas=1",
        "kubectl patch deploy web -p x --dry-run=server",
        "kubectl patch deploy web -p x --as=root",
    ] {
        assert_eq!(problems(text, &world), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_right_to_one_object_is_enough_for_it() {
    let mut world = shop();
    world.denied = ["patch deployments shop".to_owned()].into();
    world.granted = ["patch web".to_owned()].into();
    assert_eq!(problems("kubectl rollout restart deploy/web", &world), Vec::<String>::new());
    assert_eq!(look("kubectl rollout restart deploy/api-green", &world).problems[0].rule, "forbidden");
}

#[test]
fn whose_rights_count_is_said_by_the_target() {
    let mut world = shop();
    world.denied = ["patch deployments shop".to_owned()].into();
    let actor = Actor { user: Some("jane".to_owned()), groups: Vec::new(), name: "jane".to_owned() };
    world.rights = Rights::Of(actor);
    let found = look("kubectl rollout restart deploy/web", &world);
    assert_eq!(found.problems[0].message, "\"jane\" may not patch deployments.apps in namespace \"shop\"");
    world.discreet = true;
    let found = look("kubectl rollout restart deploy/web", &world);
    assert_eq!((found.problems.len(), found.count.errored, found.count.unknown), (0, 0, 1));
    assert_eq!(found.unknown[0].1.to_string(), "needs to ask what \"jane\" may do");
    world.rights = Rights::Unasked;
    let found = look("kubectl rollout restart deploy/web", &world);
    assert_eq!((found.problems.len(), found.count.unknown), (0, 0));
}

#[test]
fn a_name_that_a_command_tells_is_asked_for() {
    let text = "POD=$(kubectl get pods -l app=api-green -o name | head -1); kubectl logs $POD -c prosy";
    wrong(
        text,
        "missing-container at `prosy`: pod \"api-green-7d9c6c5b4f-x2x4z\" has no container \"prosy\" | did you mean \"proxy\"?",
    );
    nothing_wrong("kubectl logs $(kubectl get pods -l app=api-green -o jsonpath='{.items[0].metadata.name}') -c api");
    nothing_wrong(
        "COLOR=$(kubectl get svc api -o jsonpath='{.spec.selector.app}'); kubectl rollout status deploy/$COLOR",
    );
    let text = "APP=$(kubectl get svc api -o jsonpath='{.spec.selector.app}'); kubectl rollout status deploy/$APP-old";
    wrong(
        text,
        "missing-object at `$APP-old`: no deployment \"api-green-old\" in namespace \"shop\" | did you mean \"api-green\"?",
    );
}

#[test]
fn a_name_that_nobody_can_tell_is_counted_and_never_passed() {
    for text in [
        "POD=$(kubectl get pods | grep api); kubectl logs $POD",
        "POD=$(kubectl get pods -l app=web -o name); kubectl logs $POD",
        "X=$(kubectl get secret db -o jsonpath='{.data.name}'); kubectl get deploy $X",
    ] {
        assert!(look(text, &shop()).count.unknown > 0, "{text}");
    }
}

#[test]
fn a_field_selector_by_name_names_an_object() {
    assert_eq!(
        look("kubectl get deploy --field-selector metadata.name=wep", &shop()).problems[0].rule,
        "missing-object"
    );
    nothing_wrong("kubectl get deploy --field-selector metadata.name=web");
    nothing_wrong("kubectl get pods --field-selector spec.nodeName=node-1,status.phase=Failed");
    assert_eq!(
        look("kubectl get pods -A --field-selector spec.nodeName=node-9", &shop()).problems[0].rule,
        "missing-object"
    );
}

#[test]
fn a_change_that_the_server_would_refuse_is_drifted() {
    let mut world = shop();
    world.refuses = Some("exceeded quota: pods".to_owned());
    for text in [
        "kubectl scale deploy/web --replicas=90",
        "kubectl label deploy web tier=front",
        "kubectl patch deploy web -p '{\"spec\":{\"paused\":true}}'",
        "kubectl set image deploy/web nginx=nginx:2",
        "kubectl rollout restart deploy/web",
        "kubectl cordon node-1",
    ] {
        let found = look(text, &world).problems;
        let rules: Vec<_> = found.iter().map(|problem| problem.rule).collect();
        assert_eq!(rules, ["refused"], "{text}");
        assert!(found[0].message.contains("exceeded quota"), "{}", found[0].message);
    }
    nothing_wrong("kubectl scale deploy/web --replicas=90");
}

#[test]
fn a_change_that_is_not_known_or_not_made_here_is_not_tried() {
    let mut world = shop();
    world.refuses = Some("no".to_owned());
    for text in [
        "kubectl scale deploy/web --replicas=$N",
        "kubectl scale deploy/web --replicas=3 --dry-run=server",
        "kubectl --context staging label deploy web a=b",
        "kubectl label deploy web a=b --as admin",
        "kubectl label deploy web a=b || true",
        "kubectl create deploy new --image=x; kubectl scale deploy/new --replicas=3",
        "kubectl rollout status deploy/web",
    ] {
        assert_eq!(problems(text, &world), Vec::<String>::new(), "{text}");
    }
    assert_eq!(
        look("kubectl scale deploy/wep --replicas=3", &world).problems.len(),
        1,
        "what is not there is told once"
    );
}

const APPLIED: &str =
    "kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: KEY\nEOF\n";

#[test]
fn a_manifest_that_the_server_would_refuse_is_drifted() {
    let mut world = shop();
    world.refuses = Some("field is immutable".to_owned());
    let told = ["refused at `-`: the server would refuse configmap \"settings\": field is immutable"];
    assert_eq!(problems(APPLIED, &world), told);
    assert_eq!(problems(&APPLIED.replace("KEY", "$A").replace("kubectl", "A=x; kubectl"), &world), told);
    for harmless in [
        APPLIED.replace("KEY", "$UNSET"),
        APPLIED.replace("apply", "create"),
        APPLIED.replace("ConfigMap", "Secret"),
        APPLIED.replace("-f -", "--dry-run=client -f -"),
        format!("kubectl delete cm settings\n{APPLIED}"),
    ] {
        assert_eq!(problems(&harmless, &world), Vec::<String>::new(), "{harmless}");
    }
}

#[test]
fn who_may_not_apply_a_manifest_is_told_so() {
    let mut world = shop();
    world.denied = ["patch configmaps shop".to_owned()].into();
    let told = problems(APPLIED, &world);
    assert!(told.len() == 1 && told[0].contains("may not patch configmaps in namespace \"shop\""), "{told:?}");
    assert_eq!(problems(&APPLIED.replace("settings", "new"), &world), Vec::<String>::new());
    world.denied = ["create configmaps shop".to_owned()].into();
    assert_eq!(problems(&APPLIED.replace("settings", "new"), &world).len(), 1);
}

#[test]
fn what_the_server_warns_of_is_told_once_per_place_and_is_no_drift() {
    let mut world = shop();
    world.warns = vec![("configmaps".to_owned(), "v1 ConfigMap is deprecated in v9".to_owned())];
    let found = look("kubectl get cm settings; kubectl get deploy web", &world);
    assert_eq!((found.problems.len(), found.count.drifted), (1, 0));
    assert!(found.problems[0].warns());
    assert_eq!(found.problems[0].message, "the server warns: v1 ConfigMap is deprecated in v9");
}

#[test]
fn a_loop_over_words_names_each_of_them() {
    let text = "for name in web api; do kubectl get deploy \"$name\"; done";
    assert_eq!(
        problems(text, &shop()),
        ["missing-object at `\"$name\"`: no deployment \"api\" in namespace \"shop\" | did you mean \"api-green\"?"]
    );
    assert_eq!(
        problems("for kind in deploy sts; do for name in x y; do kubectl get $kind $name; done; done", &shop()).len(),
        4
    );
    for unknown in ["for x in $(date) web; do", "for x in *.yaml; do", "for x; do", "for x in \"$@\"; do"] {
        let found = look(&format!("{unknown} kubectl get deploy $x; done"), &shop());
        assert_eq!((found.problems.len(), found.count.unknown), (0, 1), "{unknown}");
    }
    let after = look("for x in web; do true; done; kubectl get deploy $x", &shop());
    assert_eq!(after.problems, []);
}

#[test]
fn words_that_xargs_hands_on_are_names() {
    let missing = |name: &str| format!("missing-object at `{name}`: no deployment \"{name}\" in namespace \"shop\"");
    for text in [
        "echo web other | xargs kubectl get deploy",
        "echo web other | xargs -n1 kubectl rollout restart deploy",
        "printf '%s\\n' web other | xargs -I{} kubectl get deploy {}",
        "printf '%s\\n' web other | xargs -I NAME kubectl get deploy/NAME",
    ] {
        let found = problems(text, &shop());
        assert!(found.len() == 1 && found[0].starts_with(&missing("other")), "{text}: {found:?}");
    }
    let found = problems("xargs kubectl get deploy <<< 'web'", &shop());
    assert_eq!(found, Vec::<String>::new());
    for text in [
        "cat names | xargs kubectl get deploy",
        "echo $NAMES | xargs kubectl get deploy",
        "echo web | tr w W | xargs kubectl get deploy",
        "kubectl get deploy -o name | xargs kubectl rollout restart",
    ] {
        assert_eq!(problems(text, &shop()), Vec::<String>::new(), "{text}");
    }
}
