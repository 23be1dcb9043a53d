//! The systems whose runbooks we ship, at rest: their objects in a cluster, and what stands beside the cluster.
//!
//! `tests/systems/NAME/` holds the objects of each; `README.md` there says which values the runbooks take in tests.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::{Collection, Run, repository};
use crate::services::{self, Service};

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
    database: (&'static str, &'static str),
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
}

/// A system that a test may break.
pub(crate) struct Breakable {
    system: System,
    /// One at a time: each is most of a gigabyte.
    _turn: MutexGuard<'static, ()>,
}

impl std::ops::Deref for Breakable {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}

impl System {
    /// Returns the `NovaCron` that tests share which change nothing in it.
    pub(crate) fn novacron() -> &'static Self {
        static SHARED: OnceLock<System> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&NOVACRON))
    }

    /// Starts a system that a test may break.
    pub(crate) fn of_its_own(facts: &'static Facts) -> Breakable {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Breakable { system: Self::start(facts), _turn: turn }
    }

    fn start(facts: &'static Facts) -> Self {
        let metrics = facts.metrics();
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
        let system = Self { facts, cluster, endpoints, postgres, prometheus };
        system.furnish();
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
        let status = folder.join("status");
        if status.is_dir() {
            let words = ["apply", "--server-side", "--subresource=status", "-f", &status.to_string_lossy()];
            self.cluster.kubectl(&words);
        }
        self.settle();
    }

    /// Waits until everything asked for is ready.
    pub(crate) fn settle(&self) {
        let objects =
            self.cluster.kubectl(&["get", "deployments,statefulsets", "-n", self.facts.namespace, "-o", "name"]);
        for object in objects.lines() {
            self.cluster.kubectl(&["rollout", "status", object, "-n", self.facts.namespace, "--timeout=60s"]);
        }
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
        collection.put_programs(&repository().join("tests/systems/stand-ins"));
        let run = collection.run(words).arg("--target").arg(self.facts.name).envs(&self.values());
        run.env("RUNBOOKS_PARAM_LOG_DIR", collection.home())
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

    /// Returns the files that were looked at, by their paths from the root of the collection.
    pub(crate) fn runbooks(&self) -> Vec<String> {
        let runbooks = self.result["runbooks"].as_array().into_iter().flatten();
        runbooks.map(|runbook| format!("content/{}.md", text(&runbook["id"]))).collect()
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
