//! An API server in trouble: what it says, or does not, is told as it is, and nothing is claimed of the cluster.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value as Json;

use crate::harness::Collection;
use crate::process::{PATIENCE, holds_within};

const PAGE: &str = "# Look\n\nSee `kubectl get nodes node-1`.\n\n\
    ```bash check id=looks timeout=20s\n$(echo kubectl) get pods\n```\n\n\
    ```bash check id=hides timeout=20s\n$(echo kubectl) get pods 2>/dev/null || true\n```\n\n\
    ```bash action id=acts\nkubectl rollout restart deployment/api\n```\n\n\
    ```bash check id=local\ntrue\n```\n";

/// What a server does with a connection. It never knows a single path.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Busy,
    SignIn,
    BrokenJson,
    Resets,
    Hangs,
}

/// Returns the address of a server in trouble; it ends with the test process.
fn server(trouble: Trouble) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let mut kept = Vec::new();
        for connection in listener.incoming().flatten() {
            match trouble {
                Trouble::Resets => drop(connection),
                Trouble::Hangs => kept.push(connection),
                Trouble::Busy | Trouble::SignIn | Trouble::BrokenJson => {
                    thread::spawn(move || answer(connection, trouble));
                }
            }
        }
    });
    format!("http://{address}")
}

fn answer(mut connection: TcpStream, trouble: Trouble) {
    let (status, kind, body) = match trouble {
        Trouble::Busy => ("429 Too Many Requests", "text/plain", "the server has had enough"),
        Trouble::SignIn => ("200 OK", "text/html", "<html>please sign in</html>"),
        _ => ("200 OK", "application/json", "{\"kind\": \"APIGroupDiscoveryList\", \"items\": [{"),
    };
    let mut part = [0; 16384];
    while connection.read(&mut part).is_ok_and(|read| read > 0) {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        if connection.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         contexts: [{{name: c, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
    )
}

#[test]
fn what_a_troubled_server_does_is_told_and_claims_nothing() {
    for (trouble, told) in [
        (Trouble::Busy, "the server has had enough"),
        (Trouble::SignIn, "please sign in"),
        (Trouble::BrokenJson, "not what was asked for"),
        (Trouble::Resets, "cannot reach the cluster"),
        (Trouble::Hangs, "no answer within"),
    ] {
        let collection = Collection::empty().with("content/look.md", PAGE);
        std::fs::write(collection.home().join("config"), kubeconfig(&server(trouble))).expect("a kubeconfig");
        let run = collection.run("verify --format json").env("KUBECONFIG", collection.home().join("config"));
        let result = run.json(2);
        let steps = result["runbooks"][0]["steps"].as_array().expect("steps");
        let outcomes: Vec<_> = steps.iter().map(|step| (step["id"].as_str(), step["outcome"].as_str())).collect();
        let errored = Some("errored");
        assert_eq!(
            outcomes,
            [
                (Some("looks"), errored),
                (Some("hides"), errored),
                (Some("acts"), errored),
                (Some("local"), Some("passed"))
            ],
            "{trouble:?}: {result:#}"
        );
        for step in steps.iter().filter(|step| step["outcome"] == "errored") {
            assert!(step["reason"].as_str().is_some_and(|reason| reason.contains(told)), "{trouble:?}: {step:#}");
        }
        assert_eq!(result["runbooks"][0]["references"]["drifted"], 0, "{trouble:?}");
        let outside = result["runbooks"][0]["findings"].as_array().expect("findings");
        assert!(outside.iter().all(|finding| finding["outcome"] == "errored"), "{trouble:?}: {outside:#?}");
    }
}

#[test]
fn whoever_is_stopped_in_the_middle_leaves_a_report_of_what_was_looked_at() {
    let slow = "# B\n\n```bash check id=slow timeout=80s\ntouch begun; sleep 75\n```\n";
    let collection = Collection::empty()
        .with("content/a.md", "# A\n\n```bash check id=quick\ntrue\n```\n")
        .with("content/b.md", slow)
        .with("content/c.md", "# C\n\n```bash check id=later\ntrue\n```\n");
    std::fs::write(collection.home().join("config"), kubeconfig(&server(Trouble::Hangs))).expect("a kubeconfig");
    let run = collection.run("verify --jobs 1 --format json --report junit=partial.xml --report sarif=partial.sarif");
    let running = run.env("KUBECONFIG", collection.home().join("config")).start();
    assert!(holds_within(PATIENCE, || collection.path("begun").exists()), "the second never begins");
    running.signal(rustix::process::Signal::INT);
    let done = running.done(PATIENCE).exits(130);
    let result: Json = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{done}"));
    assert_eq!(result["interrupted"], true);
    let ids: Vec<_> = result["runbooks"].as_array().expect("runbooks").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["a", "b"], "{result:#}");
    let slow = &result["runbooks"][1]["steps"][0];
    assert_eq!((&slow["outcome"], &slow["reason"]), (&"errored".into(), &"interrupted".into()));
    assert!(serde_json::from_str::<Json>(&collection.text("partial.sarif")).is_ok());
    assert!(collection.text("partial.xml").trim_end().ends_with("</testsuites>"), "{}", collection.text("partial.xml"));
}
