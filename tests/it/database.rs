//! Sessions with the database of a system, as its application has them.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use crate::process::{PATIENCE, holds_within};
use crate::services;
use crate::system::System;

/// A session of the application, ended with the value.
pub(crate) struct Session {
    client: Child,
    /// The database, and the role.
    of: (String, &'static str),
}

impl Session {
    /// Opens one, and waits until it does what it is told to: until it is in such a state.
    pub(crate) fn open(system: &System, statement: &str, state: &str) -> Self {
        let (database, role) = system.facts.database;
        let url = system.postgres.fact("url");
        let mut command = Command::new("psql");
        command.arg(url.replace("oncall@", &format!("{role}@"))).arg("-wXq");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let client = command.spawn().expect("psql runs; tests/setup installs it");
        let mut session = Self { client, of: (url, role) };
        let stdin = session.client.stdin.as_mut().expect("it is piped");
        stdin.write_all(format!("{statement};\n").as_bytes()).expect("psql listens");
        let seen = format!(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = '{role}' AND datname = '{database}' AND state = '{state}'"
        );
        assert!(holds_within(PATIENCE, || services::sql(&system.postgres, &seen) == "t"), "nobody is {state}");
        session
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
        // The server does not notice of a client that waits for an answer that it is gone.
        let (url, role) = &self.of;
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'");
        let _ = Command::new("psql").arg(url).args(["-wXqc", &end]).stdout(Stdio::null()).status();
    }
}
