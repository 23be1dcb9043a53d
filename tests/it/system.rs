//! The systems whose runbooks we ship, at rest: their objects in a cluster, and what stands beside the cluster.
//!
//! `tests/systems/NAME/` holds the objects of each; `README.md` there says which values the runbooks take in tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cluster::Cluster;
pub(crate) use crate::found::{Found, Line};
use crate::harness::{Collection, Run, repository};
use crate::pool::Breakable;
use crate::process::{PATIENCE, holds_within};
use crate::services::{self, Service};
use crate::state::State;

/// Longer than any `within` of the content we ship that is waited out here, several of them after each other.
const LONGEST: Duration = Duration::from_mins(5);

/// How long what was broken may take to be right again; then a new start is quicker.
const A_WHILE: Duration = Duration::from_secs(20);

/// What tells one system from another.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Its name: that of its target, and of its folder in `tests/systems`.
    pub(crate) name: &'static str,
    pub(crate) namespace: &'static str,
    /// The deployment that serves the users.
    pub(crate) live: &'static str,
    /// The job that Prometheus knows it by.
    job: &'static str,
    /// The port its containers listen on.
    port: &'static str,
    /// The database, and the role that the application connects as.
    pub(crate) database: (&'static str, &'static str),
}

pub(crate) const NOVACRON: Facts = Facts {
    name: "novacron",
    namespace: "novacron",
    live: "novacron-api-blue",
    job: "novacron-api",
    port: "8090",
    database: ("novacron", "novacron"),
};

pub(crate) const NOA: Facts = Facts {
    name: "noa",
    namespace: "noa",
    live: "noa-api-blue",
    job: "noa-api",
    port: "8080",
    database: ("noa", "noa"),
};

pub(crate) const INOPNC: Facts = Facts {
    name: "inopnc",
    namespace: "production",
    live: "inopnc-blue",
    job: "inopnc-prod",
    port: "3000",
    database: ("inopnc", "inopnc"),
};

pub(crate) const CANDLEFISH: Facts = Facts {
    name: "candlefish",
    namespace: "production",
    live: "candlefish-website-blue",
    job: "candlefish-website-service",
    port: "3000",
    database: ("candlefish", "candlefish"),
};

pub(crate) const DOTMAC: Facts = Facts {
    name: "dotmac",
    namespace: "dotmac",
    live: "api-gateway",
    job: "api-gateway",
    port: "8000",
    database: ("dotmac_prod", "dotmac"),
};

/// All of them.
pub(crate) const SYSTEMS: [&Facts; 5] = [&NOVACRON, &NOA, &INOPNC, &CANDLEFISH, &DOTMAC];

/// A healthy system.
pub(crate) struct System {
    pub(crate) facts: &'static Facts,
    pub(crate) cluster: Cluster,
    pub(crate) endpoints: Service,
    pub(crate) postgres: Service,
    prometheus: Service,
    /// Holds the series that are scraped, as they are now.
    scraped: TempDir,
    /// What its objects say at the start.
    at_the_start: OnceLock<State>,
}

impl System {
    /// Returns the `NovaCron` that tests share which change nothing in it.
    pub(crate) fn novacron() -> &'static Self {
        static SHARED: OnceLock<System> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&NOVACRON))
    }

    /// Returns a system that a test may break.
    pub(crate) fn of_its_own(facts: &'static Facts) -> Breakable {
        Breakable::take(facts)
    }

    pub(crate) fn start(facts: &'static Facts) -> Self {
        let scraped = tempfile::tempdir().expect("a folder for a test");
        let metrics = scraped.path().join("metrics.prom");
        fs::copy(facts.metrics(), &metrics).expect("series can be copied");
        let (cluster, others) = std::thread::scope(|scope| {
            let cluster = scope.spawn(Cluster::start);
            let prometheus = scope
                .spawn(|| services::prometheus(&metrics, facts.job, &facts.folder().join("prometheus/alerts.yaml")));
            let endpoints = services::endpoints(&facts.folder().join("http/answers.json"), &metrics);
            let postgres = facts.postgres(100);
            let prometheus = prometheus.join().expect("Prometheus starts");
            (cluster.join().expect("the cluster starts"), (endpoints, postgres, prometheus))
        });
        let (endpoints, postgres, prometheus) = others;
        let at_the_start = OnceLock::new();
        let system = Self { facts, cluster, endpoints, postgres, prometheus, scraped, at_the_start };
        system.furnish();
        system.at_the_start.get_or_init(|| State::of(&system.cluster));
        system
    }

    fn furnish(&self) {
        let (folder, namespace) = (self.facts.folder(), self.facts.namespace);
        let logs = self.cluster.pod_logs().join(namespace);
        fs::create_dir_all(&logs).expect("a folder for the logs of pods");
        for entry in fs::read_dir(folder.join("podlogs")).expect("the logs are there").flatten() {
            fs::copy(entry.path(), logs.join(entry.file_name())).expect("a log can be copied");
        }
        let ports = self.cluster.pod_ports().join(namespace);
        fs::create_dir_all(&ports).expect("a folder for the ports of pods");
        let address = format!("127.0.0.1:{}", self.endpoints.fact("port"));
        fs::write(ports.join(self.facts.port), address).expect("a port can be told");
        let kinds = repository().join("tests/systems/crds.yaml").to_string_lossy().into_owned();
        self.cluster.kubectl(&["apply", "-f", &kinds]);
        self.cluster.kubectl(&["wait", "--for=condition=established", "--timeout=60s", "-f", &kinds]);
        self.cluster.kubectl(&["apply", "-f", &folder.to_string_lossy()]);
        self.apply_status();
        self.equip_pods();
        self.settle();
    }

    /// Gives pods a `curl` for which their own port is that of the endpoints.
    fn equip_pods(&self) {
        let text = format!(
            "#!/bin/sh\nfor word; do\n  shift\n  set -- \"$@\" \"$(printf %s \"$word\" | sed 's#^http://localhost:{}#{}#')\"\n\
             done\nPATH=/usr/bin:/bin exec curl \"$@\"\n",
            self.facts.port,
            self.endpoints.fact("url")
        );
        let program = self.cluster.pod_programs().join("bin/curl");
        fs::write(&program, text).expect("a program can be written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program can be made one");
    }

    fn apply_status(&self) {
        let status = self.facts.folder().join("status");
        if status.is_dir() {
            let words = ["apply", "--server-side", "--force-conflicts", "--subresource=status", "-f"];
            self.cluster.kubectl(&[&words[..], &[&status.to_string_lossy()]].concat());
        }
    }

    /// Makes everything as it was at the start: the objects, the data, the series, what the endpoints answer, the
    /// programs of pods. Returns whether it is so.
    #[expect(clippy::print_stderr, reason = "shown where the test fails, for whoever wonders what took so long")]
    pub(crate) fn put_right(&self) -> bool {
        let before = self.at_the_start.get().expect("it was started");
        State::of(&self.cluster).delete_what_was_not_in(before, &self.cluster);
        if !self.replace() {
            return false;
        }
        let nodes = self.cluster.kubectl(&["get", "nodes", "-o", "name"]);
        self.cluster.kubectl(&[&["uncordon"], &nodes.lines().collect::<Vec<_>>()[..]].concat());
        self.apply_status();
        let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC";
        services::sql(&self.postgres, empty);
        services::sql_file(&self.postgres, &self.facts.folder().join("database.sql"));
        self.heal();
        self.series(&fs::read_to_string(self.facts.metrics()).expect("there are series"));
        for entry in fs::read_dir(self.cluster.pod_programs().join("bin")).expect("a folder of programs").flatten() {
            fs::remove_file(entry.path()).expect("a program can be removed");
        }
        self.equip_pods();
        self.settle();
        let mut left = Vec::new();
        let right = holds_within(A_WHILE, || {
            left = State::of(&self.cluster).differences(before);
            left.is_empty()
        });
        if !right {
            eprintln!("{} is started anew: these cannot be put right: {left:?}", self.facts.name);
        }
        right
    }

    /// Puts the objects of the manifests in place of those there are.
    fn replace(&self) -> bool {
        let folder = self.facts.folder().to_string_lossy().into_owned();
        // A controller may write an object between our look at it and our replacement: then kubectl refuses, and looks anew.
        holds_within(A_WHILE, || {
            self.cluster.kubectl_succeeds(&["replace", "-f", &folder]) || {
                // What is not there cannot be replaced.
                self.cluster.kubectl_succeeds(&["apply", "--server-side", "--force-conflicts", "-f", &folder]);
                false
            }
        })
    }

    /// Waits until every pod that is asked for is there, ready, and of the newest kind, and no other is.
    pub(crate) fn settle(&self) {
        self.wait_until_all("are well", is_well);
    }

    /// Waits until the controllers have seen everything as it is, whatever becomes of it.
    pub(crate) fn notice(&self) {
        self.wait_until_all("are seen", is_seen);
    }

    fn wait_until_all(&self, what: &str, holds: fn(&Json) -> bool) {
        let words = ["get", "deployments,statefulsets", "-n", self.facts.namespace, "-o", "json"];
        let mut last = String::new();
        let hold = holds_within(PATIENCE, || {
            last = self.cluster.kubectl(&words);
            let list: Json = serde_json::from_str(&last).expect("kubectl writes JSON");
            list["items"].as_array().into_iter().flatten().all(holds)
        });
        assert!(hold, "waited in vain until all {what}: {last}");
    }

    /// Makes a path of its endpoints answer that it is ill.
    pub(crate) fn fail(&self, path: &str) {
        services::post(&self.endpoints, &format!("/control/fail?path={path}"));
    }

    /// Makes its endpoints answer as at the start.
    pub(crate) fn heal(&self) {
        services::post(&self.endpoints, "/control/heal");
    }

    /// Returns the series that Prometheus is given now.
    pub(crate) fn series_now(&self) -> String {
        fs::read_to_string(self.scraped.path().join("metrics.prom")).expect("there are series")
    }

    /// Gives Prometheus these series from now on, and waits until it has them.
    pub(crate) fn series(&self, text: &str) {
        if self.series_now() != text {
            let aside = self.scraped.path().join("new");
            fs::write(&aside, text).expect("series can be written");
            fs::rename(&aside, self.scraped.path().join("metrics.prom")).expect("series can be exchanged");
            services::scraped_anew(&self.prometheus, self.facts.job);
        }
    }

    /// Runs a line of shell as somebody would who breaks or mends the system, and returns what it printed.
    ///
    /// It may use `kubectl` (as administrator, in the namespace of the system), the manifests in `$OBJECTS`, what pods do in `$EXEC`, `psql "$DB"`,
    /// `curl "$ENDPOINTS/…"` (see `endpoints.py`), the file `$METRICS`, and the home that the stand-ins read.
    #[track_caller]
    pub(crate) fn shell(&self, collection: &Collection, line: &str) -> String {
        let before = self.series_now();
        let admin = collection.home().join("admin");
        if !admin.exists() {
            fs::copy(self.cluster.kubeconfig(), &admin).expect("a kubeconfig can be copied");
            let file = admin.to_string_lossy().into_owned();
            let namespace = format!("--namespace={}", self.facts.namespace);
            self.cluster.kubectl(&["config", "--kubeconfig", &file, "set-context", "--current", &namespace]);
        }
        let run = collection.command("bash").arg("-euo").arg("pipefail").arg("-c").arg(line);
        let run = run.env("KUBECONFIG", &admin).env("DB", self.postgres.fact("url"));
        let run = run.env("ENDPOINTS", self.endpoints.fact("url")).env("OBJECTS", self.facts.folder());
        let run = run.env("EXEC", self.cluster.pod_programs());
        let run = run.env("METRICS", self.scraped.path().join("metrics.prom"));
        let done = run.done().exits(0);
        if self.series_now() != before {
            services::scraped_anew(&self.prometheus, self.facts.job);
        }
        done.stdout
    }

    /// Returns the values that the runbooks take here, as variables of the environment.
    fn values(&self) -> Vec<(String, String)> {
        let param = |name: &str, value: String| (format!("RUNBOOKS_PARAM_{name}"), value);
        let url = self.endpoints.fact("url");
        let (database, role) = self.facts.database;
        let mut values = vec![
            ("KUBECONFIG".to_owned(), self.cluster.kubeconfig()),
            ("RUNBOOKS_PROMETHEUS".to_owned(), self.prometheus.fact("url")),
            param("BASE_URL", url.clone()),
            param("DB_HOST", self.postgres.fact("host")),
            param("DB_PORT", self.postgres.fact("port")),
            param("DB_USER", "oncall".to_owned()),
            param("DB_NAME", database.to_owned()),
            param("APP_DB_USER", role.to_owned()),
            param("IDLE_SECONDS", "1".to_owned()),
            param("LOCAL_PORT", services::free_port().to_string()),
        ];
        for portal in ["ADMIN_URL", "CUSTOMER_URL", "RESELLER_URL", "TECHNICIAN_URL"] {
            values.push(param(portal, url.clone()));
        }
        values
    }

    /// Returns the program, about to be run on the content we ship and on this system.
    pub(crate) fn run(&self, collection: &Collection, words: &str) -> Run {
        self.run_on(collection, words, self.facts.name)
    }

    /// Returns the program, about to be run on the content we ship and on another target that this system serves as.
    pub(crate) fn run_on(&self, collection: &Collection, words: &str, target: &str) -> Run {
        collection.put_programs(&repository().join("tests/systems/stand-ins"));
        let run = collection.run(words).arg("--target").arg(target).envs(&self.values());
        run.env("RUNBOOKS_PARAM_LOG_DIR", collection.home()).with_patience(LONGEST)
    }

    /// Returns what `verify` finds.
    #[track_caller]
    pub(crate) fn verify(&self, collection: &Collection, exit: i32) -> Found {
        Found { result: self.run(collection, "verify --format json").json(exit) }
    }

    /// Returns what `verify` finds for the person on call, who may do little.
    #[track_caller]
    pub(crate) fn verify_on_call(&self, collection: &Collection, exit: i32) -> Found {
        let run = self.run(collection, "verify --format json").env("KUBECONFIG", self.on_call(collection));
        Found { result: run.json(exit) }
    }

    /// Returns a kubeconfig of the service account that the manifests make for the person on call.
    pub(crate) fn on_call(&self, collection: &Collection) -> PathBuf {
        let token = self.cluster.kubectl(&["create", "token", "oncall", "-n", self.facts.namespace]);
        let path = collection.home().join("kubeconfig");
        fs::copy(self.cluster.kubeconfig(), &path).expect("a kubeconfig can be copied");
        let file = path.to_string_lossy().into_owned();
        let config = |words: &[&str]| {
            self.cluster.kubectl(&[&["config", "--kubeconfig", &file], words].concat());
        };
        config(&["set-credentials", "oncall", "--token", &token]);
        config(&["set-context", "--current", "--user", "oncall"]);
        path
    }

    /// Returns a value of an object in the namespace of the system.
    #[track_caller]
    pub(crate) fn value(&self, object: &str, path: &str) -> String {
        self.cluster.kubectl(&["get", object, "-n", self.facts.namespace, "-o", &format!("jsonpath={path}")])
    }

    /// Returns everything there is in the namespace that a runbook could change, with its version.
    pub(crate) fn everything(&self) -> String {
        let kinds = "deployments,services,configmaps,horizontalpodautoscalers,jobs,cronjobs,pods";
        let columns = "custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation,UID:.metadata.uid";
        self.cluster.kubectl(&["get", kinds, "-n", self.facts.namespace, "-o", columns])
    }
}

impl Facts {
    /// Returns the folder of its objects.
    pub(crate) fn folder(&self) -> PathBuf {
        repository().join("tests/systems").join(self.name)
    }

    /// Returns the file of its healthy series.
    pub(crate) fn metrics(&self) -> PathBuf {
        self.folder().join("prometheus/metrics.prom")
    }

    /// Starts the PostgreSQL of the system, with what its checks ask for.
    pub(crate) fn postgres(&self, max_connections: usize) -> Service {
        let (database, role) = self.database;
        let service = services::postgres(database, role, max_connections);
        services::sql_file(&service, &self.folder().join("database.sql"));
        service
    }
}

/// Returns whether the controllers have seen a deployment or a stateful set as it is.
fn is_seen(item: &Json) -> bool {
    item["status"]["observedGeneration"].as_u64() >= item["metadata"]["generation"].as_u64()
}

/// Returns whether all its pods are there, ready and of the newest kind.
fn is_well(item: &Json) -> bool {
    let status = |name: &str| item["status"][name].as_u64().unwrap_or_default();
    let wanted = item["spec"]["replicas"].as_u64().unwrap_or_default();
    is_seen(item) && ["replicas", "updatedReplicas", "readyReplicas"].iter().all(|name| status(name) == wanted)
}
