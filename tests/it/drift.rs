//! What a runbook says, and a cluster that has moved on: each planted change is told at every place that names what has
//! changed, with the way out, and nothing else is told.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use runbooks::cluster::{Gate, GateOptions};
use runbooks::model::World as _;
use runbooks::reference::{self, Made, NoShelf, Scope};
use runbooks::shell;
use runbooks::sys::Environment;
use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::Collection;

/// The runbook of every case; `NS` is the namespace of the case.
const RUNBOOK: &str = include_str!("drift/runbook.md");

/// What the runbook is about.
const MANIFEST: &str = include_str!("drift/shop.yaml");

/// Commands that work, one a line.
const VALID: &str = include_str!("drift/valid.txt");

/// What `verify` must find: the line (by a part of it), the words there, the rule, a part of the way out.
type Expected = (&'static str, &'static str, &'static str, &'static str);

struct Case {
    name: &'static str,
    plant: fn(&Planted),
    expected: &'static [Expected],
    /// The steps that must fail.
    failed: &'static [&'static str],
}

/// A case in the making: a cluster with a shop in a namespace of its own, and its runbook.
struct Planted {
    namespace: String,
    collection: Collection,
}

impl Planted {
    fn new(name: &str) -> Self {
        let namespace = format!("drift-{name}");
        let fill = |text: &str| text.replace("NS", &namespace);
        let collection = Collection::empty()
            .with("content/shop.md", &fill(RUNBOOK))
            .with("scripts/warm.sh", "#!/bin/sh\n")
            .with("shop.yaml", &fill(MANIFEST));
        Cluster::shared().namespace(&namespace);
        let planted = Self { namespace, collection };
        planted.apply("shop.yaml");
        planted.settle();
        planted.kubectl("set image deployment/api api=shop/api:2");
        planted.settle();
        planted
    }

    fn kubectl(&self, words: &str) -> String {
        let words: Vec<&str> = ["-n", &self.namespace].into_iter().chain(words.split(' ')).collect();
        Cluster::shared().kubectl(&words)
    }

    fn apply(&self, path: &str) {
        Cluster::shared().kubectl(&["apply", "-f", &self.collection.path(path).to_string_lossy()]);
    }

    fn settle(&self) {
        self.kubectl(
            "wait crd/widgets.NS.example --for=condition=Established --timeout=60s"
                .replace("NS", &self.namespace)
                .as_str(),
        );
        self.kubectl("rollout status deployment/api --timeout=60s");
    }

    /// Puts the object that the manifest describes in place of the one there is, with something else in it.
    fn replace(&self, from: &str, to: &str) {
        let text = self.collection.text("shop.yaml");
        assert!(text.contains(from), "the manifest says `{from}`");
        self.collection.write("shop.yaml", &text.replace(from, to));
    }

    /// Puts another manifest of the deployment beside the runbook.
    fn more(&self, spec: &str) {
        let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n";
        self.collection.write("more.yaml", &format!("{head}  namespace: {}\n{spec}", self.namespace));
    }

    /// Puts an overlay beside the runbook, on a base with a config map.
    fn overlay(&self, kustomization: &str) {
        self.collection.write("overlays/prod/kustomization.yaml", &kustomization.replace("NS", &self.namespace));
        self.collection.write("overlays/base/kustomization.yaml", "resources: [settings.yaml]\n");
        let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base-settings, namespace: NS}\n";
        self.collection.write("overlays/base/settings.yaml", &settings.replace("NS", &self.namespace));
    }

    fn rewrite(&self, from: &str, to: &str) {
        let text = self.collection.text("content/shop.md");
        assert!(text.contains(from), "the runbook says `{from}`");
        self.collection.write("content/shop.md", &text.replace(from, to));
    }

    /// Returns a kubeconfig of the identity that carries the runbook out.
    fn deployer(&self) -> std::path::PathBuf {
        let token = self.kubectl("create token deployer");
        let path = self.collection.home().join("deployer");
        fs::copy(Cluster::shared().kubeconfig(), &path).expect("a kubeconfig can be copied");
        let file = path.to_string_lossy().into_owned();
        for words in [
            &["set-credentials", "deployer", "--token", token.as_str()][..],
            &["set-context", "--current", "--user", "deployer"],
        ] {
            Cluster::shared().kubectl(&[&["config", "--kubeconfig", &file], words].concat());
        }
        path
    }

    fn verify(&self, exit: i32) -> Json {
        self.collection.run("verify shop --format json").env("KUBECONFIG", self.deployer()).json(exit)
    }

    /// Returns where the words stand on the line with that part.
    fn place(&self, (line, words, ..): &Expected) -> (u64, u64) {
        let text = self.collection.text("content/shop.md");
        let (line, words) = (line.replace("NS", &self.namespace), words.replace("NS", &self.namespace));
        let (number, whole) =
            (1..).zip(text.lines()).find(|(_, whole)| whole.contains(&line)).expect("the line is there");
        let column = whole.rfind(&words).expect("the words stand on the line") + 1;
        (number, u64::try_from(column).expect("a small number"))
    }
}

/// What was found: line, column, rule, and everything said. Warnings claim nothing.
fn findings(result: &Json) -> Vec<(u64, u64, String, String)> {
    let runbooks = result["runbooks"].as_array().into_iter().flatten();
    let mut found: Vec<_> = runbooks
        .flat_map(|runbook| {
            let steps = runbook["steps"].as_array().into_iter().flatten();
            let inside = steps.filter(|step| step["outcome"] != "failed");
            let inside = inside.flat_map(|step| step["findings"].as_array().into_iter().flatten());
            inside.chain(runbook["findings"].as_array().into_iter().flatten()).filter(|finding| finding["warn"] != true)
        })
        .map(|finding| {
            let number = |key: &str| finding["place"][key].as_u64().expect("a place");
            let rule = finding["rule"].as_str().expect("a rule").to_owned();
            (number("line"), number("column"), rule, finding.to_string())
        })
        .collect();
    found.sort();
    found
}

fn failed(result: &Json) -> Vec<&str> {
    let runbooks = result["runbooks"].as_array().into_iter().flatten();
    let steps = runbooks.flat_map(|runbook| runbook["steps"].as_array().into_iter().flatten());
    steps.filter(|step| step["outcome"] == "failed").filter_map(|step| step["id"].as_str()).collect()
}

impl Case {
    fn run(&self) -> Result<(), String> {
        let planted = Planted::new(self.name);
        (self.plant)(&planted);
        let result = planted.verify(i32::from(!(self.expected.is_empty() && self.failed.is_empty())));
        let found = findings(&result);
        let mut expected: Vec<_> = self.expected.iter().map(|expected| (planted.place(expected), expected)).collect();
        expected.sort();
        let places: Vec<_> = found.iter().map(|(line, column, rule, _)| (*line, *column, rule.as_str())).collect();
        let wanted: Vec<_> = expected.iter().map(|((line, column), it)| (*line, *column, it.2)).collect();
        let helps = expected.iter().zip(&found).all(|((_, it), found)| found.3.contains(it.3));
        if places != wanted || !helps || failed(&result) != self.failed {
            return Err(format!(
                "{}: expected {expected:#?} and {:?}\nfound {found:#?}\n{result:#}",
                self.name, self.failed
            ));
        }
        Ok(())
    }
}

const DEPLOYMENT: [&str; 2] = ["deployment/api", "deployment api"];

const CASES: &[Case] = &[
    Case { name: "nothing", plant: |_| {}, expected: &[], failed: &[] },
    Case {
        name: "deployment-renamed",
        plant: |planted| {
            planted.kubectl("delete deployment api");
            planted.replace("name: api # the deployment", "name: shop-api # the deployment");
            planted.apply("shop.yaml");
            planted.kubectl("rollout status deployment/shop-api --timeout=60s");
        },
        expected: &[
            ("rollout status deployment/api", "api", "missing-object", "did you mean \\\"shop-api\\\"?"),
            ("logs deployment/api", "api -c", "missing-object", "did you mean \\\"shop-api\\\"?"),
            ("rollout restart deployment/api", "api", "missing-object", "did you mean \\\"shop-api\\\"?"),
            ("rollout undo deployment/api", "api", "missing-object", "did you mean \\\"shop-api\\\"?"),
            ("describe deployment api", "api`", "missing-object", "did you mean \\\"shop-api\\\"?"),
        ],
        failed: &[],
    },
    Case {
        name: "selector-changed",
        plant: |planted| {
            planted.kubectl(r#"patch service api -p {"spec":{"selector":{"app":"shop-api"}}}"#);
        },
        expected: &[("port-forward service/api", "api", "no-endpoints", "values of \\\"app\\\": api")],
        failed: &[],
    },
    Case {
        name: "container-renamed",
        plant: |planted| {
            planted.kubectl("delete deployment api");
            planted.replace("name: api # the container", "name: web # the container");
            planted.apply("shop.yaml");
            planted.kubectl("set image deployment/api web=shop/api:2");
            planted.kubectl("rollout status deployment/api --timeout=60s");
        },
        expected: &[("logs deployment/api", "api --tail", "missing-container", "its only container is \\\"web\\\"")],
        failed: &[],
    },
    Case {
        name: "cronjob-gone",
        plant: |planted| {
            planted.kubectl("delete cronjob backup");
        },
        expected: &[("--from=cronjob/backup", "backup", "missing-object", "no cronjobs at all")],
        failed: &[],
    },
    Case {
        name: "key-gone",
        plant: |planted| {
            planted.kubectl(r#"patch configmap settings --type=json -p [{"op":"move","from":"/data/LOG_LEVEL","path":"/data/LOG_LEVELS"}]"#);
        },
        expected: &[("{.data.LOG_LEVEL}", "LOG_LEVEL", "missing-key", "did you mean \\\"LOG_LEVELS\\\"?")],
        failed: &[],
    },
    Case {
        name: "port-changed",
        plant: |planted| {
            planted.kubectl(
                r#"patch service api --type=json -p [{"op":"replace","path":"/spec/ports/0/name","value":"web"}]"#,
            );
        },
        expected: &[("port-forward service/api", "http", "missing-port", "its only port is 80 (web)")],
        failed: &[],
    },
    Case {
        name: "right-lost",
        plant: |planted| {
            planted.kubectl(
                r#"patch role deployer --type=json -p [{"op":"replace","path":"/rules/1/verbs","value":["get"]}]"#,
            );
        },
        expected: &[
            (
                "rollout restart deployment/api",
                "rollout restart",
                "forbidden",
                "may not patch deployments.apps in namespace",
            ),
            ("rollout undo deployment/api", "rollout undo", "forbidden", ":deployer\\\" may not patch"),
        ],
        failed: &[],
    },
    Case {
        name: "no-replicas",
        plant: |planted| {
            planted.kubectl("scale deployment/api --replicas=0");
            planted.kubectl("wait pod -l app=api --for=delete --timeout=60s");
        },
        expected: &[],
        failed: &["ready"],
    },
    Case {
        name: "image-unpullable",
        plant: |planted| {
            planted.kubectl("set image deployment/api api=shop/nopull:3");
        },
        expected: &[],
        failed: &["ready"],
    },
    Case {
        name: "flag-removed",
        plant: |planted| planted.rewrite("--delete-emptydir-data", "--delete-local-data"),
        expected: &[("drain node-1", "--delete-local-data", "removed-flag", "use --delete-emptydir-data")],
        failed: &[],
    },
    Case {
        name: "version-not-served",
        plant: |planted| planted.rewrite("get cronjobs.v1.batch", "get cronjobs.v1beta1.batch"),
        expected: &[("get cronjobs.v1beta1", "cronjobs", "unknown-kind", "removed in Kubernetes 1.25; use batch/v1")],
        failed: &[],
    },
    Case {
        name: "script-moved",
        plant: |planted| {
            planted.collection.write("scripts/ops/warm.sh", "#!/bin/sh\n");
            fs::remove_file(planted.collection.path("scripts/warm.sh")).expect("it was there");
        },
        expected: &[("scripts/warm.sh", "./scripts/warm.sh", "missing-file", "there is \\\"scripts/ops/warm.sh\\\"")],
        failed: &[],
    },
    Case {
        name: "revision-gone",
        plant: |planted| {
            let first = planted.kubectl("get replicasets -l app=api -o name --sort-by=.metadata.creationTimestamp");
            let names = "jsonpath={range .items[?(@.metadata.annotations.deployment\\.kubernetes\\.io/revision==\"1\")]}{.metadata.name}{end}";
            assert!(first.lines().count() > 1, "there are two revisions");
            let old = Cluster::shared().kubectl(&["-n", &planted.namespace, "get", "replicasets", "-o", names]);
            planted.kubectl(&format!("delete replicaset {old}"));
        },
        expected: &[("--to-revision=1", "1", "missing-revision", "revisions: 2")],
        failed: &[],
    },
    Case {
        name: "change-accepted",
        plant: |planted| planted.rewrite("rollout restart deployment/api", "scale deployment/api --replicas=3"),
        expected: &[],
        failed: &[],
    },
    Case {
        name: "change-refused",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "patch deployment/api -p '{\"spec\":{\"replicas\":-1}}'");
        },
        expected: &[("patch deployment/api", "patch", "refused", "must be greater than or equal to 0")],
        failed: &[],
    },
    Case {
        name: "manifest-accepted",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply -f more.yaml");
            planted.kubectl("scale deployment/api --replicas=3");
            planted.more("spec:\n  replicas: 2\n");
        },
        expected: &[],
        failed: &[],
    },
    Case {
        name: "manifest-of-an-unknown-field",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply -f more.yaml");
            planted.more("spec:\n  replica: 2\n");
        },
        expected: &[("apply -f more.yaml", "more.yaml", "refused", "field not declared in schema")],
        failed: &[],
    },
    Case {
        name: "manifest-of-an-immutable-field",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply -f more.yaml");
            planted.more("spec:\n  selector: {matchLabels: {app: other}}\n");
        },
        expected: &[("apply -f more.yaml", "more.yaml", "refused", "immutable")],
        failed: &[],
    },
    Case {
        name: "manifest-in-conflict",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply --server-side -f more.yaml");
            planted.kubectl("scale deployment/api --replicas=3");
            planted.more("spec:\n  replicas: 2\n");
        },
        expected: &[("apply --server-side -f more.yaml", "more.yaml", "refused", "conflict with")],
        failed: &[],
    },
    Case {
        name: "kustomization",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply -k overlays/prod");
            planted.overlay("resources: [../base]\nnamespace: NS\n");
        },
        expected: &[],
        failed: &[],
    },
    Case {
        name: "kustomization-of-a-field-that-is-not-there",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "apply -k overlays/prod");
            planted.overlay("resources: [../base, space.yaml]\n");
            planted.collection.write(
                "overlays/prod/space.yaml",
                &format!(
                    "apiVersion: v1\nkind: Service\nmetadata: {{name: new, namespace: {}}}\nspec: {{portz: 1}}\n",
                    planted.namespace
                ),
            );
        },
        expected: &[("apply -k overlays/prod", "overlays/prod", "refused", "strict decoding error")],
        failed: &[],
    },
    Case {
        name: "kustomization-file-moved",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "diff -k overlays/prod");
            planted.overlay("resources: [../base, hpa.yaml]\npatches: [{path: replicas.yaml}]\n");
            planted.collection.write("overlays/prod/replicas.yaml", "");
        },
        expected: &[("diff -k overlays/prod", "overlays/prod", "broken-kustomization", "names \\\"hpa.yaml\\\"")],
        failed: &[],
    },
    Case {
        name: "kustomization-of-a-namespace-that-is-gone",
        plant: |planted| {
            planted.rewrite("rollout restart deployment/api", "diff -k overlays/prod");
            planted.overlay("resources: [../base]\nnamespace: NS-live\n");
        },
        expected: &[("diff -k overlays/prod", "overlays/prod", "missing-namespace", "did you mean")],
        failed: &[],
    },
    Case {
        name: "crd-removed",
        plant: |planted| {
            planted.kubectl(&format!("delete crd widgets.{}.example", planted.namespace));
        },
        expected: &[("get widgets.NS.example", "widgets", "unknown-kind", "has no resource kind")],
        failed: &[],
    },
    Case {
        name: "became-a-set",
        plant: |planted| {
            planted.kubectl("delete deployment api");
            planted.replace("kind: Deployment", "kind: StatefulSet");
            planted.apply("shop.yaml");
            planted.kubectl("rollout status statefulset/api --timeout=60s");
        },
        expected: &[
            ("rollout status deployment/api", "api", "missing-object", "is a StatefulSet, not a Deployment"),
            ("logs deployment/api", "api -c", "missing-object", "is a StatefulSet, not a Deployment"),
            ("rollout restart deployment/api", "api", "missing-object", "is a StatefulSet, not a Deployment"),
            ("rollout undo deployment/api", "api", "missing-object", "is a StatefulSet, not a Deployment"),
            ("describe deployment api", "api`", "missing-object", "is a StatefulSet, not a Deployment"),
        ],
        failed: &[],
    },
];

#[test]
fn each_planted_change_is_told_where_the_text_names_it_and_nothing_else() {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(case) = CASES.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(case.run().err());
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no case panics")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_namespace_that_is_gone_is_told_at_every_command_that_names_it() {
    let planted = Planted::new("gone");
    let kubeconfig = Cluster::shared().kubeconfig();
    Cluster::shared().kubectl(&["delete", "namespace", &planted.namespace]);
    let result = planted.collection.run("verify shop --format json").env("KUBECONFIG", kubeconfig).json(1);
    let text = planted.collection.text("content/shop.md");
    let flag = format!("-n {}", planted.namespace);
    let wanted: Vec<_> = (1_u64..)
        .zip(text.lines())
        .filter_map(|(number, line)| Some((number, u64::try_from(line.find(&flag)?).ok()? + 4)))
        .collect();
    let found = findings(&result);
    let places: Vec<_> = found.iter().map(|(line, column, ..)| (*line, *column)).collect();
    assert_eq!(places, wanted, "{found:#?}");
    assert!(found.iter().all(|(_, _, rule, _)| rule == "missing-namespace"), "{found:#?}");
    assert_eq!(failed(&result), Vec::<&str>::new());
    assert!(wanted.len() > 10 && DEPLOYMENT.iter().all(|name| text.contains(name)));
}

#[test]
fn commands_that_work_raise_no_alarm() {
    let planted = Planted::new("valid");
    let commands: Vec<String> = VALID.lines().map(|line| line.replace("NS", &planted.namespace)).collect();
    assert!(commands.len() >= 100, "{}", commands.len());
    let kubeconfig = Cluster::shared().kubeconfig();
    let dead: Vec<String> = commands
        .iter()
        .map(|line| planted.collection.command("/bin/bash").arg("-ec").arg(line).env("KUBECONFIG", &kubeconfig).done())
        .filter(|done| done.code != Some(0))
        .map(|done| done.to_string())
        .collect();
    assert!(dead.is_empty(), "these do not work at all:\n{}", dead.join("\n"));
    let blocks: Vec<String> = commands.iter().map(|line| format!("```bash\n{line}\n```\n")).collect();
    planted
        .collection
        .write("content/valid.md", &format!("# Valid\n\n{}\n```bash check\ntrue\n```\n", blocks.join("\n")));
    let result = planted.collection.run("verify valid --format json").env("KUBECONFIG", kubeconfig).json(0);
    assert_eq!(findings(&result), [], "no false alarm");
    let references = &result["runbooks"][0]["references"];
    assert!(references["resolved"].as_u64() > Some(150) && references["unknown"].as_u64() < Some(10), "{references:#}");
}

#[test]
fn ten_thousand_references_cost_no_more_than_kinds_times_namespaces() {
    let cluster = Cluster::shared();
    let namespaces: Vec<String> = (0..20).map(|number| format!("drift-cost-{number}")).collect();
    namespaces.iter().for_each(|name| cluster.namespace(name));
    let folder = tempfile::tempdir().expect("a folder for a test");
    let variables = [("KUBECONFIG".to_owned(), cluster.kubeconfig())];
    let options = GateOptions::of(Environment::of(variables, folder.path()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (resolution, requests, kinds) = runtime.block_on(async {
        let gate = Gate::open(options).await.expect("the cluster is there");
        let served = gate.cluster().kinds().await.expect("discovery");
        let kinds: Vec<String> = served
            .iter()
            .filter(|kind| kind.verbs.iter().any(|verb| verb == "list"))
            .map(|kind| format!("{}.{}.{}", kind.plural, kind.version, kind.group))
            .take(50)
            .collect();
        let names = (0..10).map(|number| format!("x{number}")).collect::<Vec<_>>().join(" ");
        let mut text = String::new();
        for namespace in &namespaces {
            for kind in &kinds {
                text += &format!("kubectl get {kind} {names} -n {namespace} --ignore-not-found\n");
            }
            text += &format!("kubectl patch configmap kube-root-ca.crt -p '{{}}' -n {namespace}\n");
        }
        let found = reference::references(&shell::parse(&text), &mut Scope::default(), &|_| None, None);
        let resolution = reference::resolve(&found, &mut Made::default(), gate.cluster(), &NoShelf).await;
        (resolution, gate.cluster().requests(), kinds.len())
    });
    assert!(resolution.problems.iter().all(reference::Problem::warns), "{:?}", resolution.problems);
    assert!(resolution.count.resolved >= 10_000, "{:?}", resolution.count);
    // Discovery is two requests; each namespace has one right that is asked for, and one change that is tried.
    let (kinds, namespaces) = (u64::try_from(kinds).expect("few"), 20);
    assert!(kinds >= 50, "{kinds}");
    assert!(requests <= kinds * namespaces + 2 * namespaces + 3, "{requests} requests");
}

#[test]
fn what_the_server_will_not_serve_for_ever_is_a_warning() {
    let warned =
        Collection::empty().with("content/old.md", "# Old\n\nSee `kubectl get cs`.\n\n```bash check\ntrue\n```\n");
    let verify = |words: &str, exit| {
        warned.run(words).env("KUBECONFIG", Cluster::shared().kubeconfig()).done().exits(exit);
    };
    verify("verify", 0);
    verify("verify --fail-on warn", 1);
    let text = "# Old\n\nSee `kubectl -n kube-system get endpoints`, or `kubectl get cs` and `kubectl get nodes`.\n\n\
                ```yaml\napiVersion: batch/v1\nkind: Job\n---\napiVersion: example.com/v1\nkind: Unheard\n---\n\
                apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\n```\n";
    let collection = Collection::empty().with("content/old.md", text);
    let result = collection.run("verify --format json").env("KUBECONFIG", Cluster::shared().kubeconfig()).json(1);
    let found = result["runbooks"][0]["findings"].as_array().expect("findings");
    let told: Vec<_> = found
        .iter()
        .map(|finding| (finding["place"]["line"].as_u64(), finding["rule"].as_str(), finding["warn"] == true))
        .collect();
    let warning = (Some(3), Some("server-warning"), true);
    assert_eq!(told, [warning, warning, (Some(12), Some("unknown-kind"), false)], "{found:#?}");
    assert!(found[0]["message"].as_str().is_some_and(|text| text.contains("use discovery.k8s.io/v1 EndpointSlice")));
    assert!(found[2]["help"].as_str().is_some_and(|text| text.contains("1.25; use policy/v1")), "{found:#?}");
}

#[test]
fn what_a_fragment_is_given_of_a_value_to_come_is_not_known_and_no_drift() {
    let there =
        "---\nparams: [{name: NAME}]\n---\n\n```bash check\nkubectl get configmap \"$NAME\" -n default -o name\n```\n";
    let text = "# A\n\n```bash check id=found capture=FOUND\necho kube-root-ca.crt\n```\n\n\
                ```check use=there id=captured\nNAME: ${FOUND}\n```\n\n\
                ```check use=there id=misspelt\nNAME: kube-root-ca.cert\n```\n";
    let collection = Collection::empty().with("checks/there.md", there).with("content/a.md", text);
    let result = collection.run("verify --format json").on(Cluster::shared()).json(1);
    let steps = result["runbooks"][0]["steps"].as_array().cloned().unwrap_or_default();
    let outcomes: Vec<_> = steps.iter().map(|step| (step["id"].clone(), step["outcome"].clone())).collect();
    let expected = [("found", "passed"), ("captured", "passed"), ("misspelt", "drifted")];
    assert_eq!(outcomes, expected.map(|(id, outcome)| (id.into(), outcome.into())), "{result:#}");
}
