//! `NovaCron`, the system whose runbooks we ship, at rest: its objects in a cluster, and what stands beside the cluster.
//!
//! `tests/systems/novacron/README.md` says what is in it and which values the runbooks take in tests.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::{Collection, Run, repository};
use crate::services::{self, Service};

/// What the runbooks say the users are served by.
pub(crate) const LIVE: &str = "novacron-api-blue";

/// A healthy `NovaCron`.
pub(crate) struct Novacron {
    pub(crate) cluster: Cluster,
    pub(crate) endpoints: Service,
    pub(crate) postgres: Service,
    prometheus: Service,
}

/// A system that a test may break.
pub(crate) struct Breakable {
    novacron: Novacron,
    /// One at a time: each is most of a gigabyte.
    _turn: MutexGuard<'static, ()>,
}

impl std::ops::Deref for Breakable {
    type Target = Novacron;

    fn deref(&self) -> &Novacron {
        &self.novacron
    }
}

impl Novacron {
    /// Returns the system that tests share which change nothing in it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Novacron> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a system that a test may break.
    pub(crate) fn of_its_own() -> Breakable {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Breakable { novacron: Self::start(), _turn: turn }
    }

    fn start() -> Self {
        let metrics = system().join("prometheus/metrics.prom");
        let (cluster, others) = std::thread::scope(|scope| {
            let cluster = scope.spawn(Cluster::start);
            let prometheus = scope.spawn(|| services::prometheus(&metrics));
            let others = (services::endpoints(&metrics), services::postgres(100));
            (cluster.join().expect("the cluster starts"), (others, prometheus.join().expect("Prometheus starts")))
        });
        let ((endpoints, postgres), prometheus) = others;
        let novacron = Self { cluster, endpoints, postgres, prometheus };
        novacron.furnish();
        novacron
    }

    fn furnish(&self) {
        let logs = self.cluster.pod_logs().join("novacron");
        fs::create_dir_all(&logs).expect("a folder for the logs of pods");
        for entry in fs::read_dir(system().join("podlogs")).expect("the logs are there").flatten() {
            fs::copy(entry.path(), logs.join(entry.file_name())).expect("a log can be copied");
        }
        let ports = self.cluster.pod_ports().join("novacron");
        fs::create_dir_all(&ports).expect("a folder for the ports of pods");
        let address = format!("127.0.0.1:{}", self.endpoints.fact("port"));
        fs::write(ports.join("8090"), address).expect("a port can be told");
        let manifests = system();
        self.cluster.kubectl(&["apply", "-f", &manifests.to_string_lossy()]);
        self.settle();
    }

    /// Waits until everything asked for is ready.
    pub(crate) fn settle(&self) {
        for object in [format!("deployment/{LIVE}"), "statefulset/postgres".into(), "statefulset/redis".into()] {
            self.cluster.kubectl(&["rollout", "status", &object, "-n", "novacron", "--timeout=60s"]);
        }
    }

    /// Returns the values that the runbooks take here, as variables of the environment.
    fn values(&self) -> Vec<(String, String)> {
        let param = |name: &str, value: String| (format!("RUNBOOKS_PARAM_{name}"), value);
        vec![
            ("KUBECONFIG".to_owned(), self.cluster.kubeconfig()),
            ("RUNBOOKS_PROMETHEUS".to_owned(), self.prometheus.fact("url")),
            param("BASE_URL", self.endpoints.fact("url")),
            param("DB_HOST", self.postgres.fact("host")),
            param("DB_PORT", self.postgres.fact("port")),
            param("DB_USER", "oncall".to_owned()),
            param("DB_NAME", "novacron".to_owned()),
            param("APP_DB_USER", "novacron".to_owned()),
            param("IDLE_SECONDS", "1".to_owned()),
            param("LOCAL_PORT", services::free_port().to_string()),
        ]
    }

    /// Returns the program, about to be run on the content we ship and on this system.
    pub(crate) fn run(&self, collection: &Collection, words: &str) -> Run {
        let run = collection.run(words).arg("--target").arg("novacron").envs(&self.values());
        run.env("RUNBOOKS_PARAM_LOG_DIR", collection.home())
    }

    /// Returns what `verify` finds.
    #[track_caller]
    pub(crate) fn verify(&self, collection: &Collection, exit: i32) -> Found {
        Found { result: self.run(collection, "verify --format json").json(exit) }
    }

    /// Returns a value of an object in the namespace of the system.
    #[track_caller]
    pub(crate) fn value(&self, object: &str, path: &str) -> String {
        self.cluster.kubectl(&["get", object, "-n", "novacron", "-o", &format!("jsonpath={path}")])
    }

    /// Returns everything there is in the namespace that a runbook could change, with its version.
    pub(crate) fn everything(&self) -> String {
        let kinds = "deployments,services,configmaps,horizontalpodautoscalers,jobs,cronjobs,pods";
        let columns = "custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation,UID:.metadata.uid";
        self.cluster.kubectl(&["get", kinds, "-n", "novacron", "-o", columns])
    }
}

fn system() -> PathBuf {
    repository().join("tests/systems/novacron")
}

/// A result, and questions to it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) result: Json,
}

/// A file of the collection and a line in it.
pub(crate) type Line = (String, u64);

impl Found {
    /// Returns the steps that ended as `outcome`: where they stand, and their names.
    pub(crate) fn steps(&self, outcome: &str) -> Vec<(Line, String)> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        let steps = runbooks.flat_map(|runbook| runbook["steps"].as_array().into_iter().flatten());
        let ended = steps.filter(|step| step["outcome"] == outcome);
        ended.map(|step| (line(&step["place"]), text(&step["id"]))).collect()
    }

    /// Returns the lines of all findings of `outcome`, inside steps and outside of them, sorted and each once.
    pub(crate) fn lines(&self, outcome: &str) -> Vec<Line> {
        let mut lines: Vec<_> =
            self.findings().filter(|it| it["outcome"] == outcome).map(|it| line(&it["place"])).collect();
        lines.sort();
        lines.dedup();
        lines
    }

    /// Returns how many steps and findings ended as `outcome`.
    pub(crate) fn count(&self, outcome: &str) -> u64 {
        self.result["tally"][outcome].as_u64().expect("every outcome is counted")
    }

    fn findings(&self) -> impl Iterator<Item = &Json> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        runbooks.flat_map(|runbook| {
            let steps = runbook["steps"].as_array().into_iter().flatten();
            let inside = steps.flat_map(|step| step["findings"].as_array().into_iter().flatten());
            inside.chain(runbook["findings"].as_array().into_iter().flatten())
        })
    }
}

fn line(place: &Json) -> Line {
    (text(&place["path"]), place["line"].as_u64().unwrap_or_default())
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
