//! What `verify` makes of a real cluster's answers, and of those it does not get.

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::Collection;

/// Returns the outcome and the first finding of each step, by id.
fn outcomes(result: &Json) -> Vec<(String, String, String)> {
    let steps = result["runbooks"].as_array().into_iter().flatten().filter_map(|runbook| runbook["steps"].as_array());
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    steps
        .flatten()
        .map(|step| (text(&step["id"]), text(&step["outcome"]), text(&step["findings"][0]["message"])))
        .collect()
}

fn expected(outcomes: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    outcomes.iter().map(|(id, outcome, told)| (id.to_string(), outcome.to_string(), told.to_string())).collect()
}

const TABLES: &str = r"# Tables

```bash check id=some-columns
kubectl -n tables get deploy
```

```text output match=table
NAME READY AVAILABLE
api  2/2   2
```

```bash check id=pods
kubectl -n tables get pods -o wide
```

```text output match=table
NAME                  READY  STATUS   NOMINATED NODE  READINESS GATES
api-5fc7c5555b-abcde  1/1    Running  <none>          <none>
api-…                 1/1    Running  <none>          <none>
```

```bash check id=everywhere
kubectl get pods -A
```

```text output match=table
NAMESPACE  NAME   READY
tables     api-…  1/1
tables     api-…  1/1
...
```

```bash check id=another-number
kubectl -n tables get deploy
```

```text output match=table
NAME  READY
api   3/3
```

```bash check id=no-such-column
kubectl -n tables get deploy
```

```text output match=table
NAME  PORTS
api   80
```

```bash check id=a-row-too-many
kubectl -n tables get deploy,svc
```

```text output match=table
NAME READY
deployment.apps/api 2/2

NAME TYPE
```
";

#[test]
fn tables_of_kubectl_are_compared_by_the_documented_columns() {
    let cluster = Cluster::shared();
    cluster.namespace("tables");
    cluster.kubectl(&["-n", "tables", "create", "deployment", "api", "--image=x", "--replicas=2"]);
    cluster.kubectl(&["-n", "tables", "expose", "deployment", "api", "--port=80"]);
    cluster.kubectl(&["-n", "tables", "rollout", "status", "deployment", "api"]);
    let collection = Collection::empty().with("content/tables.md", TABLES);
    let result = collection.run("verify --format json").on(cluster).json(1);
    let told = [
        ("some-columns", "passed", ""),
        ("pods", "passed", ""),
        ("everywhere", "passed", ""),
        ("another-number", "failed", "row `api`: READY is `2/2`, documented `3/3`"),
        ("no-such-column", "failed", "there is no column `PORTS`, but NAME, READY, UP-TO-DATE, AVAILABLE, AGE"),
        ("a-row-too-many", "failed", "row `service/api` is not documented"),
    ];
    let mut seen = outcomes(&result);
    // Of a `get deploy,svc` kubectl prints the two tables in the order asked for.
    seen.sort_by_key(|(id, ..)| told.iter().position(|(other, ..)| other == id));
    assert_eq!(seen, expected(&told));
}

#[test]
fn what_this_identity_may_not_look_at_is_errored_unless_that_is_expected() {
    let cluster = Cluster::shared();
    let text = "# May I?\n\n\
        ```bash check id=hidden\nK=kubectl; $(echo $K) get secrets\n```\n\n\
        ```bash check id=refused\n! $(echo kubectl) get secrets\n```\n\n\
        ```bash check id=said expect=\"exit == 1 && stderr.contains('forbidden')\"\n$(echo kubectl) get secrets\n```\n\n\
        ```bash check id=allowed\n$(echo kubectl) get pods; false\n```\n\n\
        ```bash check id=swallowed\n$(echo kubectl) get secrets 2>/dev/null || true\n```\n\n\
        ```bash check id=counted\n$(echo kubectl) get secrets 2>/dev/null | wc -l\n```\n\n```text output\n0\n```\n\n\
        ```bash check id=described\n$(echo kubectl) create deploy x --image=x --dry-run=client -o name\n```\n\n\
        ```bash check id=as-somebody-else\n$(echo kubectl) get pods --as=nobody || true\n```\n\n\
        ```bash check id=negated-search\n! $(echo kubectl) get secrets 2>/dev/null | grep Crash\n```\n\n\
        ```bash check id=a-number\n$(echo kubectl) get secrets 2>/dev/null | grep -c 403 || true\n```\n\n\
        ```bash check id=wants-success expect=\"exit == 0\"\ntest -z \"$($(echo kubectl) get secrets -o name 2>/dev/null)\"\n```\n";
    let collection = Collection::empty().with("content/may-i.md", text);
    let run = collection.run("verify --format json").env("KUBECONFIG", cluster.restricted_kubeconfig());
    let seen = outcomes(&run.json(2));
    let (hidden, others) = seen.split_first().expect("four steps");
    assert_eq!((hidden.0.as_str(), hidden.1.as_str()), ("hidden", "errored"));
    assert!(hidden.2.starts_with("could not look: forbidden: GET secrets"), "{}", hidden.2);
    let outcomes: Vec<_> = others.iter().map(|(id, outcome, _)| (id.as_str(), outcome.as_str())).collect();
    let expected = [
        ("refused", "passed"),
        ("said", "passed"),
        ("allowed", "failed"),
        ("swallowed", "errored"),
        ("counted", "errored"),
        ("described", "passed"),
        ("as-somebody-else", "passed"),
        ("negated-search", "errored"),
        ("a-number", "errored"),
        ("wants-success", "errored"),
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn an_api_server_that_hangs_is_told_as_such() {
    let cluster = Cluster::start();
    let text = "# Look\n\n```bash check id=one timeout=4s\n$(echo kubectl) get pods\n```\n\n\
        ```bash check id=two within=6s every=500ms\n$(echo kubectl) get pods\n```\n\n\
        ```bash action id=act\nkubectl delete pod x\n```\n\n```bash check id=local\ntrue\n```\n";
    let collection = Collection::empty().with("content/look.md", text);
    cluster.signal_the_api_server(Signal::STOP);
    let result = collection.run("verify --format json").on(&cluster).json(2);
    cluster.signal_the_api_server(Signal::CONT);
    let seen = outcomes(&result);
    for (id, outcome, told) in &seen {
        if id == "local" {
            assert_eq!((outcome.as_str(), told.as_str()), ("passed", ""));
        } else {
            assert_eq!(outcome, "errored", "{id}: {told}");
            assert!(told.contains("cannot reach the cluster") && told.contains("no answer within"), "{id}: {told}");
        }
    }
    assert_eq!(seen.len(), 4);
}
