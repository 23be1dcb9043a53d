//! `verify --look-up`: programs, hosts and URLs that commands name, and that nobody is asked for them without it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::harness::Collection;

/// Requests through a proxy, which answers by their paths: so their hosts need no address.
struct Proxy {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        // It ends with the test process.
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &hears)));
        Self { address, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

fn answer(mut stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let mut bytes = vec![0; 8192];
    let length = stream.read(&mut bytes).unwrap_or_default();
    let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let status = match request.split_whitespace().nth(1).and_then(|url| url.rsplit('/').next()) {
        Some("ok") => "200 OK",
        Some("private") => "401 Unauthorized",
        Some("gone") => "404 Not Found",
        Some("broken") => "500 Internal Server Error",
        _ => "",
    };
    heard.lock().expect("nobody panicked").push(request);
    if !status.is_empty() {
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}

const TEXT: &str = r#"---
params:
  KEY: {secret: true, default: hunter2-hunter2}
---

# Outside

```bash check id=good
curl -fsS -H "Authorization: Bearer not-to-be-sent" http://shop.novacron.invalid/ok
curl -fsS http://shop.novacron.invalid/ok http://shop.novacron.invalid/private
```

```bash check id=gone
curl -fsS http://shop.novacron.invalid/gone
```

```bash check id=broken
curl -fsS http://shop.novacron.invalid/broken
```

```bash check id=cut
wget -q http://shop.novacron.invalid/cut
```

```bash action id=hook risk=low
curl -fsS http://shop.novacron.invalid/restart
```

```bash action id=writes risk=low
curl -X POST http://shop.novacron.invalid/written
curl -d x=y http://shop.novacron.invalid/written
```

```bash action id=secret risk=low
curl "http://shop.novacron.invalid/$KEY/ok"
curl "http://shop.novacron.invalid/x?access_token=abc"
curl http://api.shop.svc/ok http://localhost:8080/ok
```

```bash action id=typo risk=low
kubctl get pods
```
"#;

/// Returns the rule of each finding about what is outside the cluster, with the step's name.
fn told(result: &Json) -> Vec<(String, String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let steps = result["runbooks"][0]["steps"].as_array().into_iter().flatten();
    let findings = steps.flat_map(|step| {
        let findings = step["findings"].as_array().into_iter().flatten();
        findings.map(|finding| (text(&step["id"]), text(&finding["outcome"]), text(&finding["rule"])))
    });
    let of_looking = |rule: &str| ["-url", "-host", "-tool"].iter().any(|end| rule.ends_with(end));
    findings.filter(|(_, _, rule)| of_looking(rule)).collect()
}

/// Verifies with a PATH on which only bash, curl, wget and kubectl are, the last three doing nothing.
fn verified(proxy: &Proxy, collection: &Collection, flags: &str) -> Json {
    let bin = collection.path("only");
    std::fs::create_dir_all(&bin).expect("a folder for a test");
    for name in ["curl", "wget", "kubectl"] {
        collection.write(&format!("only/{name}"), "#!/bin/sh\nexit 1\n");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(bin.join(name), mode).expect("a program for a test");
    }
    std::os::unix::fs::symlink("/bin/bash", bin.join("bash")).expect("a shell for a test");
    let run = collection.run(&format!("verify --format json {flags}"));
    let done = run.env("PATH", &bin).env("http_proxy", &proxy.address).done();
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{done}"))
}

fn lines(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|(id, outcome, rule)| (id.to_string(), outcome.to_string(), rule.to_string())).collect()
}

#[test]
fn without_the_flag_nobody_is_asked_and_nothing_is_counted() {
    let (proxy, collection) = (Proxy::start(), Collection::empty().with("content/x.md", TEXT));
    let result = verified(&proxy, &collection, "");
    assert_eq!(told(&result), []);
    assert_eq!(proxy.heard(), Vec::<String>::new());
    let references = &result["runbooks"][0]["references"];
    let counted = ["resolved", "drifted", "unknown", "errored"].map(|sort| references[sort].as_u64());
    assert!(counted.iter().all(|count| *count == Some(0)), "{references}");
}

#[test]
fn urls_are_asked_once_each_without_what_the_command_sends() {
    let (proxy, collection) = (Proxy::start(), Collection::empty().with("content/x.md", TEXT));
    let result = verified(&proxy, &collection, "--look-up urls");
    let expected = [
        ("gone", "drifted", "dead-url"),
        ("broken", "errored", "unanswered-url"),
        ("cut", "errored", "unanswered-url"),
    ];
    assert_eq!(told(&result), lines(&expected));
    let heard = proxy.heard();
    let urls: Vec<_> = heard.iter().filter_map(|it| it.lines().next()).filter(|it| !it.contains("/cut")).collect();
    for path in ["ok", "private", "gone", "broken"] {
        let asked = urls.iter().filter(|line| line.ends_with(&format!("/{path} HTTP/1.1"))).count();
        assert_eq!(asked, 1, "{path}: {urls:?}");
    }
    assert_eq!(urls.len(), 4, "{urls:?}");
    let all = heard.concat().to_lowercase();
    assert!(!all.contains("authorization") && !all.contains("hunter2") && !all.contains("access_token"), "{all}");
}

#[test]
fn tools_and_hosts_are_looked_up_where_the_configuration_says_so() {
    let config = "[verify]\nlook_up = ['tools', 'hosts']\n";
    let collection = Collection::empty().with("content/x.md", TEXT).with("runbooks.toml", config);
    let proxy = Proxy::start();
    let result = verified(&proxy, &collection, "");
    let unknown = |id| (id, "drifted", "unknown-host");
    let mut expected: Vec<_> =
        ["good", "gone", "broken", "cut", "hook", "writes", "secret"].into_iter().map(unknown).collect();
    expected.push(("typo", "errored", "missing-tool"));
    let mut found = told(&result);
    found.dedup();
    assert_eq!(found, lines(&expected));
    let text = result.to_string();
    assert!(text.contains("did you mean `kubectl`?") && !text.contains("hunter2"), "{text}");
    assert_eq!(proxy.heard(), Vec::<String>::new());
}
