//! A real Kubernetes control plane for the tests: `tests/cluster` says what it is.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Run, repository};
use crate::process::{PATIENCE, holds_within};
use crate::services::Service;

/// A cluster that ends with the value.
pub(crate) struct Cluster {
    service: Service,
}

impl Cluster {
    /// Starts a cluster of one's own.
    pub(crate) fn start() -> Self {
        let binary = repository().join("target/testcluster/testcluster");
        assert!(
            binary.is_file(),
            "no test cluster at {}: run `bash tests/setup`, which builds it once",
            binary.display()
        );
        let mut command = Command::new(binary);
        command.arg("up");
        Self { service: Service::start(command) }
    }

    /// Returns the cluster that tests share which change nothing in it, but for what stands in a namespace of their own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Returns the administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> String {
        self.service.fact("kubeconfig")
    }

    /// Returns the kubeconfig of an identity that may only read workloads, in the namespace `default`.
    pub(crate) fn restricted_kubeconfig(&self) -> String {
        self.service.fact("restricted_kubeconfig")
    }

    /// Returns the folder of what pods print.
    pub(crate) fn pod_logs(&self) -> PathBuf {
        self.service.fact("pod_logs").into()
    }

    /// Returns the folder of where the ports of pods lead.
    pub(crate) fn pod_ports(&self) -> PathBuf {
        self.service.fact("pod_ports").into()
    }

    /// Returns the folder of what is run inside pods: programs in `bin`, and a folder for each pod.
    pub(crate) fn pod_programs(&self) -> PathBuf {
        self.service.fact("exec").into()
    }

    /// Returns the version of its API server.
    pub(crate) fn version(&self) -> String {
        self.service.fact("version")
    }

    /// Makes a namespace.
    pub(crate) fn namespace(&self, name: &str) {
        self.kubectl(&["create", "namespace", name]);
    }

    /// Ends the API server, for good. From then on connections are refused.
    pub(crate) fn stop_the_api_server(&self) {
        self.signal_the_api_server(Signal::KILL);
        let server = self.service.fact("server");
        let address = server.trim_start_matches("https://");
        let gone = || TcpStream::connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
        assert!(holds_within(PATIENCE, gone), "the API server is still there");
    }

    /// Makes the API server keep silent while its connections stay open (`STOP`), or go on (`CONT`).
    pub(crate) fn signal_the_api_server(&self, signal: Signal) {
        let pid = Pid::from_raw(self.service.pid_of("apiserver")).expect("a process has a number");
        kill_process(pid, signal).expect("the API server runs");
    }

    /// Runs kubectl as the administrator, past the gate, and returns what it printed.
    #[track_caller]
    pub(crate) fn kubectl(&self, words: &[&str]) -> String {
        let done = self.kubectl_command(words).output().expect("kubectl runs");
        assert!(done.status.success(), "kubectl {}: {}", words.join(" "), String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Runs kubectl as the administrator, and returns whether it succeeded.
    pub(crate) fn kubectl_succeeds(&self, words: &[&str]) -> bool {
        self.kubectl_command(words).output().expect("kubectl runs").status.success()
    }

    fn kubectl_command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(repository().join("target/testcluster/kubectl"));
        command.args(words).env("KUBECONFIG", self.kubeconfig());
        command
    }
}

impl Run {
    /// Points it at a cluster.
    pub(crate) fn on(self, cluster: &Cluster) -> Self {
        self.env("KUBECONFIG", cluster.kubeconfig())
    }
}
