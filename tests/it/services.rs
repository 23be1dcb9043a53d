//! Real services for the tests: PostgreSQL, Prometheus, and the HTTP endpoints of the systems whose runbooks we ship.
//!
//! Each is a program that says in one line of JSON where it is, and ends when its standard input closes: with the value
//! here, or with the test process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value as Json;

use crate::harness::repository;
use crate::process::holds_within;

/// Starting takes a second or two; on a machine that is busy with other things, longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A service that ends with the value.
pub(crate) struct Service {
    child: Child,
    facts: Json,
}

impl Service {
    /// Starts a program, and waits until it says that it is ready.
    pub(crate) fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, line) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            sender.send(line)
        });
        let line = line.recv_timeout(PATIENCE).unwrap_or_default();
        let Ok(facts) = serde_json::from_str(&line) else {
            let _ = child.kill();
            let mut complaint = String::new();
            let _ = child.stderr.take().expect("it is piped").read_to_string(&mut complaint);
            panic!("{shown} did not start: {line}{complaint}");
        };
        // Nobody reads what it complains of later, and it must not wait for that.
        let mut stderr = child.stderr.take().expect("it is piped");
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { child, facts }
    }

    /// Returns something it said of itself.
    #[track_caller]
    pub(crate) fn fact(&self, name: &str) -> String {
        match &self.facts[name] {
            Json::Null => panic!("no `{name}` in {}", self.facts),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Returns the process of one of its parts.
    pub(crate) fn pid_of(&self, part: &str) -> i32 {
        let pid = self.facts["pids"][part].as_i64().and_then(|pid| i32::try_from(pid).ok());
        pid.unwrap_or_else(|| panic!("no pid of `{part}` in {}", self.facts))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn script(path: &str) -> Command {
    Command::new(repository().join(path))
}

/// Starts a PostgreSQL that lets everybody in, with a superuser `oncall`, a database and the role of an application.
pub(crate) fn postgres(database: &str, role: &str, max_connections: usize) -> Service {
    let mut command = script("tests/services/service");
    command.args(["postgres", "--user", "oncall", "--database", database, "--max-connections"]);
    let service = Service::start({
        command.arg(max_connections.to_string());
        command
    });
    sql(&service, &format!("CREATE ROLE {role} LOGIN"));
    service
}

/// Runs one statement as the superuser and returns what it printed.
#[track_caller]
pub(crate) fn sql(postgres: &Service, statement: &str) -> String {
    let done = Command::new("psql").arg(postgres.fact("url")).args(["-wXAt", "-c", statement]).output();
    let done = done.expect("psql runs; tests/setup installs it");
    assert!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Runs the statements of a file as the superuser.
#[track_caller]
pub(crate) fn sql_file(postgres: &Service, file: &Path) {
    let mut command = Command::new("psql");
    command.arg(postgres.fact("url")).args(["-wXq", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file);
    let done = command.output().expect("psql runs; tests/setup installs it");
    assert!(done.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
}

/// Starts the HTTP endpoints of a healthy system.
pub(crate) fn endpoints(answers: &Path, metrics: &Path) -> Service {
    let mut command = Command::new("/usr/bin/python3");
    command.arg(repository().join("tests/systems/endpoints.py")).arg("--metrics").arg(metrics);
    command.arg("--answers").arg(answers);
    Service::start(command)
}

/// Starts a Prometheus that scrapes a file of samples as a job, and evaluates a file of rules.
pub(crate) fn prometheus(metrics: &Path, job: &str, rules: &Path) -> Service {
    let mut command = script("tests/services/service");
    command.args(["prometheus", "--job", job, "--metrics"]).arg(metrics).arg("--rule").arg(rules);
    Service::start(command)
}

/// Sends a POST without a body to an endpoint of the system, which makes it ill or well again.
#[track_caller]
pub(crate) fn post(endpoints: &Service, path: &str) {
    let answer = exchange(endpoints, &format!("POST {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n"));
    assert!(answer.contains(" 200 "), "POST {path}: {answer}");
}

/// Waits until a Prometheus has scraped a job from its beginning to its end since now.
pub(crate) fn scraped_anew(prometheus: &Service, job: &str) {
    let address = prometheus.fact("url");
    let host = address.trim_start_matches("http://");
    let last = || {
        let query = format!("/api/v1/query?query=timestamp(up%7Bjob%3D%22{job}%22%7D)");
        let mut stream = TcpStream::connect(host).expect("Prometheus answers");
        write!(stream, "GET {query} HTTP/1.0\r\nHost: {host}\r\n\r\n").expect("Prometheus listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("Prometheus answers");
        let answer: Json =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap_or_default()).unwrap_or_default();
        let value = answer["data"]["result"][0]["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
        value.unwrap_or_default()
    };
    // The scrape that is under way may have read the series of before: two more are sure.
    let mut seen = last();
    for _ in 0..2 {
        let before = seen;
        let scraped = holds_within(PATIENCE, || {
            seen = last();
            seen > before
        });
        assert!(scraped, "Prometheus does not scrape `{job}` any more");
    }
}

fn exchange(endpoints: &Service, request: &str) -> String {
    let port = endpoints.fact("port").parse().expect("a port is a number");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the endpoints answer");
    stream.write_all(request.as_bytes()).expect("the endpoints listen");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the endpoints answer");
    answer
}

/// Returns a port on which nobody listens, from below the range of outgoing connections, which could take it again.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other test processes begin elsewhere.
    let begin = u16::try_from(std::process::id() % 10_000).expect("it is small");
    let ports = std::iter::repeat_with(|| 12_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000);
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.take(1000).find(free).expect("there is a free port")
}
