use super::*;

fn installed() -> Table {
    let release = |namespace: &str, name: &str, version: u32| {
        let labels = json!({"owner": "helm", "name": name, "version": version.to_string(), "status": "deployed"});
        let whole = format!("sh.helm.release.v1.{name}.v{version}");
        json!({"kind": "Secret", "metadata": {"name": whole, "namespace": namespace, "labels": labels}})
    };
    let mut table = shop();
    for version in [8, 9, 10] {
        table = table.with(release("shop", "api", version));
    }
    let stranger =
        json!({"kind": "Secret", "metadata": {"name": "web", "namespace": "shop", "labels": {"name": "web"}}});
    table.with(release("logging", "loki", 1)).with(stranger)
}

#[test]
fn releases_and_revisions_that_are_there_are_not_drifted() {
    for text in [
        "helm rollback api 9",
        "helm rollback -n shop api 0",
        "helm rollback api",
        "helm status api --revision=8",
        "helm history api -nshop",
        "helm get values api -a -o yaml",
        "helm upgrade api ./chart --set a=b",
        "helm uninstall api --keep-history && helm status api",
        "helm --namespace logging status loki",
        "helm upgrade --install fresh ./chart && helm status fresh",
        "helm status nothing || true",
        "helm uninstall nothing --ignore-not-found",
        "helm search repo nothing",
        "helm version",
    ] {
        assert_eq!(problems(text, &installed()), Vec::<String>::new(), "{text}");
    }
    assert_eq!(look("helm rollback api $REVISION", &installed()).count.unknown, 1);
    assert_eq!(look("helm rollback <release> 1", &installed()).problems, []);
}

#[test]
fn a_release_that_is_not_there_is_drifted() {
    for (text, told) in [
        (
            "helm rollback apo 9",
            "missing-release at `apo`: no Helm release \"apo\" in namespace \"shop\" | did you mean \"api\"?",
        ),
        (
            "helm status loki",
            "missing-release at `loki`: no Helm release \"loki\" in namespace \"shop\" | there is one in namespace \"logging\"",
        ),
        ("helm get manifest web", "missing-release at `web`: no Helm release \"web\" in namespace \"shop\""),
        (
            "helm rollback api 7 -n shop",
            "missing-revision at `7`: release \"api\" has no revision 7 | the one before the present one is 9",
        ),
        ("helm history api -n shoq", "missing-namespace at `shoq`: no namespace \"shoq\" | did you mean \"shop\"?"),
    ] {
        assert_eq!(problems(text, &installed()), [told], "{text}");
    }
}

#[test]
fn who_may_not_list_secrets_cannot_tell_of_releases() {
    let mut table = installed();
    table.forbidden.insert("secrets".to_owned());
    let found = look("helm rollback apo 9", &table);
    assert_eq!((found.count.errored, found.count.drifted, found.problems.len()), (1, 0, 1));
    assert!(found.problems[0].message.contains("cannot list secrets"), "{found:?}");
}

#[test]
fn what_a_release_that_is_installed_brings_is_unknown_and_not_missing() {
    let found =
        look("helm install fresh ./chart; kubectl get deploy fresh; kubectl get pods -l app=fresh", &installed());
    assert_eq!((found.problems.len(), found.count.unknown), (0, 2), "{found:?}");
    let found = look("helm upgrade --install api ./chart; kubectl get deploy fresh", &installed());
    assert_eq!(found.problems.len(), 1, "what is installed already has brought what it brings: {found:?}");
}
